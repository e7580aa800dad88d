// OpenAI's tokenizer, in Rust with wasm-bindgen.
import { get_encoding } from 'tiktoken';

const encoding = get_encoding('gpt2');
console.log('tiktoken', JSON.stringify(Array.from(encoding.encode('hello wasm world, naïve'))));
const text = 'The quick brown fox, 12345 times: приве́т, 你好, 🦀!\n\tif (x) { y(); }';
const tokens = encoding.encode(text);
console.log(JSON.stringify(Array.from(tokens)));
console.log(new TextDecoder().decode(encoding.decode(tokens)) === text);
try {
  encoding.encode('<|endoftext|>');
} catch (error) {
  console.log(String(error));
}
encoding.free();
