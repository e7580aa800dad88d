// Rollup's parser, swc: Rust with wasm-bindgen, whose references to JavaScript are in a table.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseAst } from '@rollup/wasm-node/parseAst';

const text = (tree) => JSON.stringify(tree, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
const sum = (tree) => createHash('sha256').update(text(tree)).digest('hex').slice(0, 16);
const small = parseAst('import a, { b as c } from "d"; export default async (x) => ({ ...x, [`${c}`]: a?.b ?? 1n });');
console.log(text(small));
const require = createRequire(import.meta.url);
const large = readFileSync(require.resolve('sql.js/dist/sql-wasm.js'), 'utf8');
const tree = parseAst(large);
console.log(large.length, tree.body.length, sum(tree));
console.log(sum(parseAst('<a b={c}>{...d}</a>', { jsx: true })));
for (const wrong of ['let let = 1', 'a b', 'import {a} from "b"; import {a} from "c"', '"abc']) {
  try {
    parseAst(wrong);
  } catch (error) {
    console.log(error.message);
  }
}
