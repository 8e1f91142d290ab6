// The table worker's module on generated rows, beside plain JavaScript on typed arrays.
//
// usage: table.mjs PKG_DIR ROWS_DIR
//
// PKG_DIR holds the browser modules, ROWS_DIR what table_rows.py wrote. Prints one JSON line a
// figure; both sides must find the same.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const RUNS = 9;
const [pkg, folder] = process.argv.slice(2);
const { default: init, Table } = await import(pathToFileURL(join(pkg, "tables.js")));
const { memory } = await init({ module_or_path: readFileSync(join(pkg, "tables_bg.wasm")) });

function column(name) {
  const bytes = readFileSync(join(folder, `${name}.bin`));
  return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
}

const median = (times) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)];

function timed(work) {
  const start = performance.now();
  const result = work();
  return [result, (performance.now() - start) / 1000];
}

const stream = readFileSync(join(folder, "rows.arrow"));
const table = new Table();

function ask(request) {
  const reply = JSON.parse(table.handle(JSON.stringify(request), "en").reply);
  if (reply.reply === "failed") throw new Error(reply.detail);
  return reply;
}

const [rows, reading] = timed(() => {
  const CHUNK = 1 << 16;
  for (let at = 0; at < stream.length; at += CHUNK) {
    const failed = table.push(stream.subarray(at, at + CHUNK), "en");
    if (failed) throw new Error(failed);
  }
  const failed = table.finish("en");
  if (failed) throw new Error(failed);
  return JSON.parse(table.progress(true)).rows;
});

const print = (name, seconds, more = {}) => {
  const peak_mb = Math.round(memory.buffer.byteLength / 1e5) / 10;
  console.log(JSON.stringify({ name: `table: ${name}`, rows, seconds, ...more, peak_mb }));
};
print("read the stream", reading, { bytes: stream.length });

/** Times `ours` and `peer` in turn; each gives what both must agree on. */
function beside(name, prepare, ours, peer) {
  const [times, peerTimes] = [[], []];
  for (let run = 0; run < RUNS; run += 1) {
    prepare();
    const [found, seconds] = timed(ours);
    times.push(seconds);
    if (!peer) continue;
    const [wanted, peerSeconds] = timed(peer);
    peerTimes.push(peerSeconds);
    if (JSON.stringify(found) !== JSON.stringify(wanted)) {
      throw new Error(`${name}: ${JSON.stringify(found)} is not ${JSON.stringify(wanted)}`);
    }
  }
  const seconds = median(times);
  const more = { runs: RUNS };
  if (peer) {
    more.peer = "plain JavaScript";
    more.peer_seconds = median(peerTimes);
    more.ratio = more.peer_seconds / seconds;
  }
  print(name, seconds, more);
}

const rule = (filter, sort = null) => ({ op: "view", filter, select: "", sort });
const everything = () => ask(rule(""));
const kept = (filter) => () => ask(rule(filter)).kept;

/** What a page without a module would do: the numbers of the rows that pass. */
function keptBy(passes) {
  return () => {
    const numbers = new Uint32Array(rows);
    let n = 0;
    for (let row = 0; row < rows; row += 1) if (passes(row)) numbers[n++] = row;
    return numbers.subarray(0, n).length;
  };
}

const [ra, dec, mag, pmra, pmdec] = ["ra", "dec", "mag", "pmra", "pmdec"].map(column);

beside("range filter", everything, kept("mag BETWEEN 12 AND 14"),
  keptBy((row) => mag[row] >= 12 && mag[row] <= 14));
beside("expression filter", everything,
  kept("SQRT(pmra*pmra + pmdec*pmdec) > 20 AND mag < 15 AND NOT dec BETWEEN -10 AND 10"),
  keptBy((row) => Math.sqrt(pmra[row] * pmra[row] + pmdec[row] * pmdec[row]) > 20
    && mag[row] < 15 && !(dec[row] >= -10 && dec[row] <= 10)));
beside("circle filter", everything,
  kept("1 = CONTAINS(POINT(ra, dec), CIRCLE(83.6, 22.0, 5.0))"), keptBy(circle(83.6, 22, 5)));
beside("histogram of 64 bins", () => {},
  () => ask({ op: "histogram", column: "mag", bins: 64, range: [3, 21] }).all, histogram);
beside("sort by a column", everything, () => ask(rule("", ["mag", true])).kept);

function circle(ra0, dec0, radius) {
  const radians = Math.PI / 180;
  const haversine = (angle) => Math.sin(angle / 2) ** 2;
  const least = haversine(radius * radians);
  return (row) => haversine((dec[row] - dec0) * radians) + Math.cos(dec[row] * radians)
    * Math.cos(dec0 * radians) * haversine((ra[row] - ra0) * radians) <= least;
}

function histogram() {
  const counts = new Array(64).fill(0);
  const scale = 64 / (21 - 3);
  for (let row = 0; row < rows; row += 1) {
    const value = mag[row];
    if (value >= 3 && value <= 21) counts[Math.min(63, Math.floor((value - 3) * scale))] += 1;
  }
  return counts;
}
