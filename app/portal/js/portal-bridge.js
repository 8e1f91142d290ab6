// What the page needs of the browser and of the modules that load later. Everything here is
// called from src/bridge.rs; nothing here knows what a page shows.

const PKG = "/pkg/";

/** Loads a wasm-bindgen module once and runs its initialiser. */
function lazily(name) {
  let loading;
  return () => {
    loading ??= import(`${PKG}${name}.js`).then(async (module) => {
      await module.default({ module_or_path: `${PKG}${name}_bg.wasm` });
      return module;
    });
    // A failed download may be tried again.
    loading.catch(() => { loading = undefined; });
    return loading;
  };
}

// One module for each graphics API: the one for WebGL2 carries a shader compiler.
const viewers = new Map(["webgpu", "webgl2"].map((api) => [api, lazily(`viewers-${api}`)]));

let answering;
/** The graphics API that the address names, else WebGPU where an adapter answers, else WebGL2. */
async function graphics() {
  const named = new URLSearchParams(location.search).get("gpu");
  if (viewers.has(named)) return named;
  // That the browser knows the API does not mean that it has an adapter.
  answering ??= navigator.gpu?.requestAdapter().then(Boolean, () => false) ?? false;
  return (await answering) ? "webgpu" : "webgl2";
}

/** Creates a viewer (`ImageViewer`, `SkyViewer`, `PlotViewer`) on a canvas. */
export async function openViewer(kind, canvas) {
  const api = await graphics();
  const module = await viewers.get(api)();
  return module[kind].create(canvas, api);
}

/** Opens the bytes of a file in an image viewer. */
export async function openBytes(viewer, bytes, name) {
  return viewer.openBytes(bytes, name);
}

/** Starts a table worker. */
export async function openTables() {
  const module = await import(`${PKG}tables-client.js`);
  return new module.TableClient();
}

const spoken = () => document.documentElement.lang || "en";

/** What an answer says. */
async function heard(answer) {
  return {
    status: answer.status,
    type: answer.headers.get("content-type") ?? "",
    text: await answer.text(),
  };
}

/** Sends a body of a media type, or none, by a method; fails as `request` does. */
export async function send(method, url, body, kind) {
  const headers = { Accept: "application/json", "Accept-Language": spoken() };
  if (kind) headers["Content-Type"] = kind;
  return heard(await fetch(url, { method, headers, body }));
}

/** Fetches text; a network failure rejects, an HTTP error status does not. */
export async function request(url, form, accept) {
  const headers = { Accept: accept, "Accept-Language": spoken() };
  const options = { headers };
  if (form !== undefined) {
    options.method = "POST";
    options.body = form;
    headers["Content-Type"] = form.startsWith("{")
      ? "application/json"
      : "application/x-www-form-urlencoded";
  }
  return heard(await fetch(url, options));
}

/**
 * Empties the page that the server rendered; the answer puts text that was typed into its fields,
 * and the focus, into the fields of the same name in the page that takes its place.
 */
export function takePage() {
  const place = (field) => `${field.tagName}[name="${field.name}"]`;
  const fields = [...document.querySelectorAll("input[name], textarea[name]")];
  const index = (field) => [...document.querySelectorAll(place(field))].indexOf(field);
  const typed = fields
    .filter((field) => field.value !== field.defaultValue || field === document.activeElement)
    .map((field) => [place(field), index(field), field.value, field === document.activeElement]);
  document.body.replaceChildren();
  return () => {
    document.documentElement.dataset.ready = "";
    for (const [selector, at, value, focused] of typed) {
      const field = document.querySelectorAll(selector)[at];
      if (!field) continue;
      if (field.value !== value) {
        field.value = value;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
      if (focused) field.focus();
    }
  };
}

/** Lets the browser follow links itself, before a router can: this module has one page. */
export function linksVisit() {
  addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("a[href]");
    if (link) link.relList.add("external");
  }, { capture: true });
}

/** Fetches a module into the browser's cache when the page is first used, for the next page. */
export function fetchWhenUsed(name) {
  const signs = ["pointerdown", "keydown", "focusin", "wheel", "touchstart"];
  const used = () => {
    for (const sign of signs) removeEventListener(sign, used);
    whenIdle(() => {
      for (const file of [`${name}.js`, `${name}_bg.wasm`]) {
        // The next page fetches it anyway where this fails.
        fetch(PKG + file, { priority: "low" }).then((answer) => answer.blob()).catch(() => {});
      }
    });
  };
  for (const sign of signs) addEventListener(sign, used, { passive: true });
}

/** What this browser was asked to remember; private windows may remember nothing. */
export function remembered(key) {
  try { return localStorage.getItem(key) ?? undefined; } catch { return undefined; }
}
export function remember(key, value) {
  try { localStorage.setItem(key, value); } catch { /* the page works without */ }
}

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Hands bytes to the user as a file. */
export function saveFile(bytes, name, type) {
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export async function fileBytes(file) {
  return new Uint8Array(await file.arrayBuffer());
}

/** Calls `changed(width, height, ratio)` now and whenever the element's size changes. */
export function watchSize(element, changed) {
  const tell = () => {
    if (!element.isConnected) return;
    changed(element.clientWidth, element.clientHeight, devicePixelRatio || 1);
  };
  const observer = new ResizeObserver(tell);
  observer.observe(element);
  tell();
  return () => observer.disconnect();
}

const due = new WeakSet();
/**
 * Draws a viewer in the next frame; further calls before that frame cost nothing. `after` gets
 * what went wrong, if anything did.
 */
export function draw(viewer, after) {
  if (due.has(viewer)) return;
  due.add(viewer);
  requestAnimationFrame(() => {
    due.delete(viewer);
    let problem;
    try { viewer.render(); } catch (error) { problem = error; }
    after(problem);
  });
}

const KEYS = {
  ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40],
};

/**
 * Turns mouse, touch, wheel and keyboard into `tell(kind, a, b, c)`:
 * `pan` dx dy · `zoom` x y factor · `hover` x y · `leave` · `tap` x y shift · `end` · and, when
 * Shift was held at the start, `brush` x y / `brushed` x y.
 */
export function gestures(canvas, tell) {
  const pointers = new Map();
  let moved = 0;
  let brushing = false;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at(event));
    moved = 0;
    brushing = event.shiftKey || canvas.dataset.tool === "brush";
    if (brushing) tell("brush-start", ...at(event), 0);
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = at(event);
    const last = pointers.get(event.pointerId);
    if (!last) return tell("hover", x, y, 0);
    if (brushing) {
      moved += 1;
      return tell("brush", x, y, 0);
    }
    const before = [...pointers.values()];
    pointers.set(event.pointerId, [x, y]);
    moved += Math.abs(x - last[0]) + Math.abs(y - last[1]);
    if (before.length === 1) return tell("pan", x - last[0], y - last[1], 0);
    const after = [...pointers.values()];
    const spread = ([[ax, ay], [bx, by]]) => Math.hypot(bx - ax, by - ay) || 1;
    const middle = ([[ax, ay], [bx, by]]) => [(ax + bx) / 2, (ay + by) / 2];
    const [x0, y0] = middle(before);
    const [x1, y1] = middle(after);
    tell("pan", x1 - x0, y1 - y0, 0);
    tell("zoom", x1, y1, spread(after) / spread(before));
  });
  const up = (event) => {
    if (!pointers.delete(event.pointerId)) return;
    const [x, y] = at(event);
    if (brushing) {
      brushing = false;
      return tell(event.type === "pointercancel" || moved < 2 ? "brush-cancel" : "brushed", x, y, 0);
    }
    if (pointers.size === 0 && moved < 4) tell("tap", x, y, event.shiftKey ? 1 : 0);
    if (pointers.size === 0) tell("end", 0, 0, 0);
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", () => tell("leave", 0, 0, 0));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    const step = Math.max(-240, Math.min(240, event.deltaY * lines));
    tell("zoom", ...at(event), Math.exp(-step / 400));
    tell("end", 0, 0, 0);
  }, { passive: false });
  canvas.addEventListener("dblclick", (event) => tell("zoom", ...at(event), 2));
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [w, h] = [canvas.clientWidth / 2, canvas.clientHeight / 2];
    if (KEYS[event.key]) tell("pan", ...KEYS[event.key], 0);
    else if (event.key === "+" || event.key === "=") tell("zoom", w, h, 1.25);
    else if (event.key === "-") tell("zoom", w, h, 0.8);
    else return;
    event.preventDefault();
    tell("end", 0, 0, 0);
  });
}

/** Runs `work` when the browser has nothing more urgent to do. */
export function whenIdle(work) {
  if ("requestIdleCallback" in window) requestIdleCallback(work, { timeout: 1500 });
  else setTimeout(work, 200);
}

export function now() {
  return performance.now();
}
