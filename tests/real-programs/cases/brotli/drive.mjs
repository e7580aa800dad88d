// Brotli, in Rust with wasm-bindgen.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';

const brotli = createRequire(import.meta.url)('brotli-wasm');
const input = Buffer.from('hello hello hello wasm '.repeat(200));
const packed = brotli.compress(input, { quality: 9 });
const sum = createHash('sha256').update(packed).digest('hex').slice(0, 16);
console.log('brotli', packed.length, sum, Buffer.from(brotli.decompress(packed)).equals(input));
for (const quality of [1, 5, 11]) {
  const text = Buffer.from(Array.from({ length: 3000 }, (_, n) => `${n * n} is the square of ${n}\n`).join(''));
  const smaller = brotli.compress(text, { quality });
  console.log(quality, smaller.length, createHash('sha256').update(smaller).digest('hex').slice(0, 16));
  console.log(Buffer.from(brotli.decompress(smaller)).equals(text));
}
try {
  brotli.decompress(Buffer.from('this was never compressed'));
} catch (error) {
  console.log(String(error));
}
