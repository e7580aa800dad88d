// HarfBuzz, which arranges glyphs: C++ by emscripten.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as hb from 'harfbuzzjs';

const require = createRequire(import.meta.url);
const file = require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');
const font = new hb.Font(new hb.Face(new hb.Blob(readFileSync(file))));
for (const text of ['office AVATAR', 'سلام دنیا', 'é̂ ffi ὅδε']) {
  const buffer = new hb.Buffer();
  buffer.addText(text);
  buffer.guessSegmentProperties();
  hb.shape(font, buffer);
  const positions = buffer.getGlyphPositions();
  console.log(JSON.stringify(buffer.getGlyphInfos().map((glyph, index) => [
    glyph.codepoint, glyph.cluster, positions[index].xAdvance, positions[index].xOffset,
    positions[index].yOffset])));
}
