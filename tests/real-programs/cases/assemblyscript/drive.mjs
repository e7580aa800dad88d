// AssemblyScript, with its imports and its strings.
import { readFileSync } from 'node:fs';

const module = new WebAssembly.Module(readFileSync(process.env.RECORD_MODULE));
const text = (place) => {
  const view = new DataView(instance.exports.memory.buffer);
  const length = view.getUint32(place - 4, true) >> 1;
  const units = Array.from({ length }, (_, n) => view.getUint16(place + 2 * n, true));
  return String.fromCharCode(...units);
};
const instance = new WebAssembly.Instance(module, {
  env: {
    abort(message, file, line, column) {
      console.log(`abort: ${text(message)} in ${text(file)}:${line}:${column}`);
      throw new Error('abort');
    },
  },
});
const { __new, fib, memory, outside, reverse, sortSum } = instance.exports;
console.log(fib(25), sortSum(1000));
const given = 'AssemblyScript: é → Ω';
const place = __new(given.length << 1, 2);
const units = Array.from({ length: given.length }, (_, n) => given.charCodeAt(n));
new Uint16Array(memory.buffer, place, given.length).set(units);
console.log(text(reverse(place)));
try {
  outside(3);
} catch (error) {
  console.log(error.message);
}
console.log(fib(10));
