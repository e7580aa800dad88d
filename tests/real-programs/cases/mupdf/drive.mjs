// MuPDF, a large C library by emscripten, whose errors are longjmp as exceptions.
import { createHash } from 'node:crypto';
import * as mupdf from 'mupdf';

const sum = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);
const html = '<html><body><h1>Wasm to Rust</h1><p>A paragraph of <b>text</b>, &amp; <i>more</i>.</p><ul><li>one</li><li>two</li></ul></body></html>';
const document = mupdf.Document.openDocument(Buffer.from(html), 'text/html');
document.layout(300, 200, 12);
console.log(document.countPages(), document.getMetaData('format'));
const page = document.loadPage(0);
console.log(JSON.stringify(page.getBounds()), page.toStructuredText().asText());
const pixmap = page.toPixmap(mupdf.Matrix.scale(1, 1), mupdf.ColorSpace.DeviceRGB, false);
console.log(pixmap.getWidth(), pixmap.getHeight(), sum(pixmap.getPixels()));

const made = new mupdf.PDFDocument();
const font = made.addSimpleFont(new mupdf.Font('Times-Roman'));
const resources = { Font: { F1: font } };
made.insertPage(-1, made.addPage([0, 0, 200, 100], 0, resources, 'BT /F1 18 Tf 20 50 Td (Hello, PDF) Tj ET 10 10 80 20 re S'));
const bytes = made.saveToBuffer('compress').asUint8Array();
const again = mupdf.Document.openDocument(bytes, 'application/pdf');
console.log(again.countPages(), JSON.stringify(again.loadPage(0).search('PDF')));
for (const wrong of [Buffer.from('not a document'), bytes.slice(0, 200)]) {
  try {
    console.log(mupdf.Document.openDocument(wrong, 'application/pdf').countPages());
  } catch (error) {
    console.log(error.message);
  }
}
