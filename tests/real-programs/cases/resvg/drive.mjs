// resvg, which draws SVG: Rust with wasm-bindgen.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Resvg, initWasm } from '@resvg/resvg-wasm';

const require = createRequire(import.meta.url);
await initWasm(readFileSync(process.env.RECORD_MODULE));
const font = readFileSync(require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'));
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="120" viewBox="0 0 200 120">
<defs><linearGradient id="g"><stop offset="0" stop-color="#c33"/><stop offset="1" stop-color="#339" stop-opacity="0.4"/></linearGradient>
<filter id="f"><feGaussianBlur stdDeviation="2.5"/></filter></defs>
<rect x="5" y="5" width="190" height="60" rx="12" fill="url(#g)"/>
<path d="M20 100 C 60 20, 120 140, 180 60 S 190 110 150 110" fill="none" stroke="#070" stroke-width="5" stroke-dasharray="12 5 3"/>
<circle cx="150" cy="70" r="28" fill="#fa0" filter="url(#f)" transform="rotate(12) skewX(7)"/>
<text x="20" y="48" font-family="DejaVu Sans" font-size="22" fill="white">Wasm → Rust</text></svg>`;
const options = { fitTo: { mode: 'width', value: 300 }, font: { fontBuffers: [font], defaultFontFamily: 'DejaVu Sans' } };
const image = new Resvg(svg, options);
console.log(image.width, image.height, image.getBBox().width, image.getBBox().height);
const drawn = image.render();
console.log(drawn.width, drawn.height, createHash('sha256').update(drawn.pixels).digest('hex').slice(0, 16));
const png = drawn.asPng();
console.log(png.length, createHash('sha256').update(png).digest('hex').slice(0, 16));
console.log(image.toString().length);
try {
  new Resvg('<svg><g></svg>', {});
} catch (error) {
  console.log(String(error));
}
