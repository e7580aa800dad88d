// Compiles a MoonBit program with the compiler that is made for web workers, to WebAssembly and to
// JavaScript, runs the latter, and prints what it answers: `node compile.cjs WORKER SOURCE OUTPUT`.

const fs = require('fs');
const path = require('path');
const vm = require('vm');

/** The compiler's functions, behind the messages by which a page calls its worker. */
function load(file) {
  const listeners = [];
  const waiting = new Map();
  Object.assign(globalThis, {
    self: globalThis,
    require,
    addEventListener: (_, listener) => listeners.push(listener),
    removeEventListener() {},
    postMessage(message) {
      waiting.get(message.id)(message);
      waiting.delete(message.id);
    },
  });
  vm.runInThisContext(fs.readFileSync(file, 'utf8'), { filename: file });
  let calls = 0;
  return (name, argument) =>
    new Promise((resolve, reject) => {
      const id = String(calls++);
      waiting.set(id, ({ type, value }) =>
        type === 'RAW' ? resolve(value) : reject(new Error(JSON.stringify(value))),
      );
      const data = { id, type: 'APPLY', path: [name], argumentList: [{ type: 'RAW', value: argument }] };
      for (const listener of listeners) listener({ data, origin: '*' });
    });
}

async function compile(call, source, target, exportedFunctions) {
  const pkg = 'program';
  const pkgSources = [`${pkg}:${pkg}:/`];
  const { core, diagnostics } = await call('buildPackage', {
    mbtFiles: [['program.mbt', source]],
    miFiles: [],
    indirectImportMiFiles: [],
    stdMiFiles: [],
    target,
    pkg,
    pkgSources,
    isMain: false,
    errorFormat: 'human',
    enableValueTracing: false,
    noOpt: false,
  });
  if (!core) throw new Error(diagnostics.join('\n'));
  const { result } = await call('linkCore', {
    coreFiles: [core],
    main: pkg,
    pkgSources,
    target,
    exportedFunctions,
    outputFormat: 'wasm',
    testMode: false,
    debug: false,
    noOpt: false,
    sourceMap: false,
    sources: {},
    stopOnMain: false,
  });
  return result;
}

async function main([worker, source, output]) {
  const call = load(worker);
  const text = fs.readFileSync(source, 'utf8');
  const names = ['trees', 'closures', 'shapes', 'errors', 'rings', 'bounds', 'text'];
  fs.writeFileSync(path.join(output, 'gc.wasm'), await compile(call, text, 'wasm-gc', names));
  const script = path.resolve(output, 'gc.mjs');
  fs.writeFileSync(script, await compile(call, text, 'js', names));
  const program = await import(script);
  const lines = [];
  for (const [name, ...numbers] of [
    ['trees', 0, 1, 10, 16],
    ['closures', 0, 7, 100000],
    ['shapes', 0, 7, 1000],
    ['errors', 0, 7, 1000],
    ['rings', 0, 7, 500],
    ['bounds', 0, 3, 4, -1],
  ]) {
    for (const number of numbers) {
      let answer;
      try {
        answer = program[name](number);
      } catch {
        answer = 'trap';
      }
      lines.push(`${name} ${number} ${answer}`);
    }
  }
  lines.push(`text ${program.text()}`);
  console.log(lines.join('\n'));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(String(error).slice(0, 2000));
  process.exit(1);
});
