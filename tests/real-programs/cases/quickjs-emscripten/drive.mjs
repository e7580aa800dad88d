// QuickJS in a script: C by emscripten, with functions of the script's.
import variant from '@jitl/quickjs-wasmfile-release-sync';
import { newQuickJSWASMModuleFromVariant } from 'quickjs-emscripten-core';

const engine = await newQuickJSWASMModuleFromVariant(variant);
const context = engine.newContext();
const seen = [];
const note = context.newFunction('note', (text) => {
  seen.push(context.getString(text));
  return context.newNumber(seen.length);
});
context.setProp(context.global, 'note', note);
note.dispose();
const run = (code) => {
  const result = context.evalCode(code);
  const handle = result.error ?? result.value;
  console.log(result.error ? 'error' : 'value', JSON.stringify(context.dump(handle)));
  handle.dispose();
};
run('[1, 2, 3].map((n) => n ** 2.5)');
run('note("a") + note([..."reverse"].reverse().join(""))');
run('let f = (n) => n < 2 ? n : f(n - 1) + f(n - 2); f(18)');
run('"2026-11-21, and 2027-01-02".replace(/(?<y>\\d+)-(\\d+)-(\\d+)/g, "$3.$2.$<y>")');
run('class A { #x = 1n << 70n; get x() { return String(this.#x); } }; new A().x');
run('null.x');
run('let seen = ""; for (const part of /a(b+)c/.exec("xabbbc")) seen += part + ";"; seen');
run('new Map([["k", { v: [undefined, NaN] }]]).get("k")');
console.log(JSON.stringify(seen));
context.dispose();
