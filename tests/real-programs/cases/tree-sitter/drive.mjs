// What `main.rs` does, in JavaScript: it prints the same in Node.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { Language, Parser } from 'web-tree-sitter';

const require = createRequire(import.meta.url);
await Parser.init();
const grammar = require.resolve('tree-sitter-python/tree-sitter-python.wasm');
const parser = new Parser();
parser.setLanguage(await Language.load(readFileSync(grammar)));
const large = Array.from({ length: 400 }, (_, n) =>
  `class C${n}(Base):\n    """Number ${n}"""\n    def f(self, *args, naïve=${n}.5):\n        return [x ** 2 for x in args if x]\n`).join('');
const texts = [
  'def f(x):\n  return x+1 if x else [1,2]\n',
  'match command:\n    case {"a": [1, *rest]} if rest:\n        print(f"{rest!r:>{10}}")\n',
  'def broken(:\n  x = (1,\n',
  large,
];
for (const text of texts) {
  const tree = parser.parse(text);
  const result = tree.rootNode.toString();
  let sum = 0x811c9dc5;
  for (const character of result) sum = Math.imul(sum ^ character.charCodeAt(0), 0x01000193) >>> 0;
  console.log(result.length, sum, tree.rootNode.hasError);
  if (result.length < 1000) console.log(result);
  tree.delete();
}
