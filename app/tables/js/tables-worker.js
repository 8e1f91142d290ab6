// The table worker: fetches a result as an Arrow stream, feeds it to the wasm class `Table`, and
// answers the page's requests (the protocol is shared/wire/src/table.rs). A message to it is
// {id, request, lang}, `request` being JSON; a message from it {id, reply, buffers, last}.

import init, { Table } from "./tables.js";

const ready = init({ module_or_path: new URL("./tables_bg.wasm", import.meta.url) });

/** Milliseconds between progress reports. After each the page's requests get their turn. */
const REPORT_EVERY = 100;

/** The result that is open: {table, controller}. */
let open;

/** The user's own functions as {module, meta} each, a promise; nothing before one is called. */
let functions;

/** Compiled modules by their SHA-256. */
const modules = new Map();

/** Whether a filter or a selection may call a function `my.…`. */
const callsOwn = (request) => /\bmy\b/i.test(`${request.filter ?? ""} ${request.select ?? ""}`);

async function ownFunctions() {
  const list = await fetch("/tap/functions", { headers: { Accept: "application/json" } });
  if (!list.ok) throw new Error(`/tap/functions: HTTP ${list.status}`);
  return Promise.all((await list.json()).map(async (meta) => {
    if (!modules.has(meta.id)) {
      const answer = await fetch(`/tap/functions/${meta.id}`);
      if (!answer.ok) throw new Error(`${meta.name}: HTTP ${answer.status}`);
      modules.set(meta.id, await WebAssembly.compile(await answer.arrayBuffer()));
    }
    return { module: modules.get(meta.id), meta: JSON.stringify(meta) };
  }));
}

/** Gives a table the user's own functions; the JSON of a failure or nothing. */
async function giveFunctions(run, lang) {
  functions ??= ownFunctions();
  try {
    const known = await functions;
    // Another list may have come meanwhile, or this table may have it.
    if (run.functions === known) return undefined;
    run.functions = known;
    run.table.forget_functions();
    return known.map(({ module, meta }) => run.table.add_functions(module, meta, lang))
      .find((failed) => failed !== undefined);
  } catch (error) {
    functions = undefined;
    return Table.unreachable(String(error), lang);
  }
}

function post(id, reply, buffers = [], last = true) {
  self.postMessage({ id, reply, buffers, last }, buffers);
}

const pause = () => new Promise((resolve) => setTimeout(resolve));

/** Undoes the entities of XML. */
function plain(text) {
  const named = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex, decimal, name) => {
    if (name) return named[name] ?? all;
    const code = parseInt(hex ?? decimal, hex ? 16 : 10);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}

/** The JSON of a failure, from an answer that is no table. */
async function refusal(answer, lang) {
  const type = answer.headers.get("content-type") ?? "";
  const text = await answer.text();
  if (type.includes("json")) {
    try {
      const problem = JSON.parse(text);
      if (typeof problem.detail === "string" && typeof problem.code === "string") {
        return JSON.stringify({ reply: "failed", status: answer.status, ...problem });
      }
    } catch { /* shown as it is */ }
  }
  const info = /<INFO[^>]*value\s*=\s*["']ERROR["'][^>]*>([\s\S]*?)<\/INFO>/i.exec(text);
  return Table.refused(answer.status, plain(info ? info[1] : text).trim().slice(0, 2000), lang);
}

async function fetched(request, lang, signal) {
  const headers = { "Accept-Language": lang };
  const options = { headers, signal };
  if (request.form !== null && request.form !== undefined) {
    options.method = "POST";
    options.body = request.form;
    headers["Content-Type"] = "application/x-www-form-urlencoded";
  }
  return fetch(new URL(request.url, self.location.origin), options);
}

/** Reads a stream into `run.table`; gives the JSON of a failure or nothing. */
async function fill(run, body, id, lang) {
  const reader = body.getReader();
  let reported = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (open !== run) return undefined;
    if (done) return run.table.finish(lang);
    const failed = run.table.push(value, lang);
    if (failed) {
      run.controller.abort();
      return failed;
    }
    if (performance.now() - reported > REPORT_EVERY) {
      post(id, run.table.progress(false), [], false);
      await pause();
      if (open !== run) return undefined;
      reported = performance.now();
    }
  }
}

async function start(id, request, lang) {
  close();
  const run = { table: new Table(), controller: new AbortController() };
  open = run;
  let failed;
  try {
    const answer = await fetched(request, lang, run.controller.signal);
    const type = answer.headers.get("content-type") ?? "";
    failed = answer.ok && answer.body && type.includes("arrow")
      ? await fill(run, answer.body, id, lang)
      : await refusal(answer, lang);
  } catch (error) {
    if (!run.controller.signal.aborted) {
      const begun = open === run && run.table.has_schema();
      failed = begun ? run.table.finish(lang) : Table.unreachable(String(error), lang);
    }
  }
  if (open === run) run.controller = undefined;
  // A result that was replaced has nothing more to say than that it has ended.
  post(id, failed ?? (open === run ? run.table.progress(true) : Table.replaced()));
}

/** Stops what is open and gives its memory back. */
function close() {
  const run = open;
  open = undefined;
  run?.controller?.abort();
  run?.table.free();
}

self.onmessage = async ({ data: { id, request, lang } }) => {
  try {
    await ready;
    const { op, ...rest } = JSON.parse(request);
    if (op === "open") {
      await start(id, rest, lang);
    } else if (op === "cancel") {
      open?.controller?.abort();
      post(id, open ? open.table.progress(true) : Table.replaced());
    } else if (op === "functions") {
      functions = undefined;
      post(id, open ? open.table.progress(true) : Table.replaced());
    } else {
      open ??= { table: new Table() };
      if (op === "view" && callsOwn(rest)) {
        const run = open;
        const failed = await giveFunctions(run, lang);
        if (failed || open !== run) {
          post(id, failed ?? Table.replaced());
          return;
        }
      }
      const { reply, buffers } = open.table.handle(request, lang);
      post(id, reply, buffers);
    }
  } catch (error) {
    self.postMessage({ id, error: String(error?.message ?? error), last: true });
  }
};
