// What a frame of the image viewer costs the page's thread: a generated image of 16 384² 16-bit
// pixels, opened from an address as the page does it, panned and zoomed for some seconds.
//
// usage: frame.mjs SITE_DIR
import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

import { chromium } from "@playwright/test";

import { args } from "../browser.mjs";

const SIDE = 16_384;
// As many as the viewer keeps the times of.
const FRAMES = 120;
const BLOCK = 2880;
const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };

/** Bytes filled up to whole blocks of FITS. */
const blocks = (bytes) => Math.ceil(bytes / BLOCK) * BLOCK;

/** A FITS file: a slope with noise, so that every tile differs. */
function* fits() {
  const number = (name, value) => `${name.padEnd(8)}= ${String(value).padStart(20)}`.padEnd(80);
  const header = [
    number("SIMPLE", "T"), number("BITPIX", 16), number("NAXIS", 2),
    number("NAXIS1", SIDE), number("NAXIS2", SIDE), "END".padEnd(80),
  ].join("");
  yield Buffer.from(header.padEnd(BLOCK));
  let state = 1;
  for (let y = 0; y < SIDE; y += 1) {
    const row = new Int16Array(SIDE);
    for (let x = 0; x < SIDE; x += 1) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      row[x] = ((x + y) >> 2) + (state >>> 22);
    }
    yield Buffer.from(row.buffer).swap16();
  }
  const bytes = 2 * SIDE * SIDE;
  yield Buffer.alloc(blocks(bytes) - bytes);
}

async function send(answer, parts) {
  for (const part of parts) {
    if (!answer.write(part)) await new Promise((resume) => answer.once("drain", resume));
  }
  answer.end();
}

const site = process.argv[2];
const server = createServer((asked, answer) => {
  const { pathname } = new URL(asked.url, "http://localhost");
  if (pathname === "/large.fits") {
    answer.setHeader("content-length", blocks(2 * SIDE * SIDE) + BLOCK);
    return void send(answer, fits());
  }
  if (pathname === "/") {
    answer.setHeader("content-type", "text/html");
    return answer.end("<!doctype html><canvas style='width:1280px;height:800px'></canvas>");
  }
  answer.setHeader("content-type", TYPES[extname(pathname)] ?? "application/octet-stream");
  const file = createReadStream(join(site, normalize(pathname)));
  file.on("error", () => answer.writeHead(404).end());
  return file.pipe(answer);
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));

/** Runs in the page: opens the image and moves over it. Times are milliseconds. */
async function measure({ api, frames }) {
  const module = await import(`/pkg/viewers-${api}.js`);
  const { memory } = await module.default({ module_or_path: `/pkg/viewers-${api}_bg.wasm` });
  const canvas = document.querySelector("canvas");
  const viewer = await module.ImageViewer.create(canvas, api);
  viewer.resize(1280, 800, 1);
  const start = performance.now();
  await viewer.openUrl("/large.fits", () => {});
  const opened = performance.now() - start;
  const next = () => new Promise((resume) => requestAnimationFrame(resume));
  const figures = {};
  const moves = {
    // While the image is still being averaged, as a user does who does not wait.
    "pan, at once": () => viewer.pan(-24, -16),
    "zoom": (i) => viewer.zoomAt(640, 400, i % 80 < 40 ? 1.12 : 1 / 1.12),
    "pan at full resolution": () => viewer.pan(-24, -16),
  };
  for (const [name, move] of Object.entries(moves)) {
    // Half a device pixel a pixel: the level that has to be averaged tile by tile.
    viewer.setState(JSON.stringify({
      ...JSON.parse(viewer.state()),
      center: [12_000, 12_000],
      zoom: name === "pan at full resolution" ? 1 : name === "zoom" ? 0.05 : 0.5,
    }));
    for (let i = 0; i < frames; i += 1) {
      move(i);
      viewer.render();
      await next();
    }
    figures[name] = JSON.parse(viewer.frameStats());
  }
  return { opened, figures, backend: viewer.backend(), memory: memory.buffer.byteLength };
}

const browser = await chromium.launch({ executablePath: process.env.TENKYU_CHROMIUM, args });
try {
  for (const api of ["webgpu", "webgl2"]) {
    const page = await browser.newPage({ viewport: { width: 1300, height: 820 } });
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const found = await page.evaluate(measure, { api, frames: FRAMES });
    const peak_mb = Math.round(found.memory / 1e6);
    for (const [name, times] of Object.entries(found.figures)) {
      console.log(JSON.stringify({
        name: `frame: ${name}, ${found.backend}`,
        bytes: 2 * SIDE * SIDE,
        seconds: times.cpu_ms_median / 1000,
        p99_seconds: times.cpu_ms_p99 / 1000,
        max_seconds: times.cpu_ms_max / 1000,
        frames: times.frames,
        peak_mb,
      }));
    }
    await page.close();
  }
} finally {
  await browser.close();
  server.close();
}
