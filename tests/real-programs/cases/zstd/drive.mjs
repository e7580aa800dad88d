// Zstandard, by emscripten.
import { createHash } from 'node:crypto';
import { compress, decompress, init } from '@bokuweb/zstd-wasm';

await init();
const input = Buffer.from('hello hello hello wasm '.repeat(200));
const packed = compress(input, 10);
const sum = createHash('sha256').update(packed).digest('hex').slice(0, 16);
console.log('zstd', packed.length, sum, Buffer.from(decompress(packed)).equals(input));

// What does not repeat itself, and what is damaged.
let state = 1;
const noise = Buffer.from(Array.from({ length: 100000 }, (_, index) => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return index % 1000 < 700 ? state >>> 24 : 7;
}));
for (const level of [1, 9, 19]) {
  const smaller = compress(noise, level);
  console.log(level, smaller.length, createHash('sha256').update(smaller).digest('hex').slice(0, 16));
  console.log(Buffer.from(decompress(smaller)).equals(noise));
  smaller[smaller.length >> 1] ^= 1;
  try {
    console.log(Buffer.from(decompress(smaller)).equals(noise));
  } catch (error) {
    console.log('damaged:', error.message);
  }
}
