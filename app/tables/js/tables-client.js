// The page's end of the table worker.

const WORKER = new URL("./tables-worker.js", import.meta.url);

/** Milliseconds for a filter that calls the user's own functions, which may never end. */
const LONGEST_OWN = 60_000;

/** Whether a request may call a function `my.…`. */
const callsOwn = (text) => text.includes('"view"') && /\bmy\b/i.test(text);

/** A worker with one open result. */
export class TableClient {
  #worker;
  #next = 0;
  #waiting = new Map();
  /** Called with the JSON of progress replies for which a request gave no listener of its own. */
  onprogress;

  constructor(url = WORKER) {
    this.#start(url);
  }

  #start(url) {
    this.#worker = new Worker(url, { type: "module" });
    this.#worker.onmessage = ({ data }) => this.#hear(data);
    this.#worker.onerror = (event) => this.#fail(event.message || "the table worker did not load");
    this.#worker.onmessageerror = () => this.#fail("the table worker sent what cannot be read");
  }

  /** Ends a worker in which a function does not end; a new one, without a result, follows it. */
  #giveUp() {
    this.#worker.terminate();
    this.#fail("a function does not end", "function-browser-time");
    this.#start(WORKER);
  }

  /**
   * Sends a request (an object or its JSON). Resolves to {reply, buffers}: the JSON of the last
   * reply, which may be a failure, and its ArrayBuffers. `progress` hears earlier replies.
   */
  request(request, progress) {
    const text = typeof request === "string" ? request : JSON.stringify(request);
    const id = ++this.#next;
    return new Promise((resolve, reject) => {
      const timer = callsOwn(text) ? setTimeout(() => this.#giveUp(), LONGEST_OWN) : undefined;
      this.#waiting.set(id, { resolve, reject, progress, timer });
      const lang = document.documentElement.lang || "en";
      this.#worker.postMessage({ id, request: text, lang });
    });
  }

  /** Ends the worker; requests that wait are rejected. */
  close() {
    this.#worker.terminate();
    this.#fail("the table was closed");
  }

  #hear({ id, reply, buffers, last, error }) {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    if (!last) {
      (waiting.progress ?? this.onprogress)?.(reply);
      return;
    }
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if (error === undefined) waiting.resolve({ reply, buffers });
    else waiting.reject(new Error(error));
  }

  #fail(message, code) {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject, timer } of all) {
      clearTimeout(timer);
      reject(Object.assign(new Error(message), code ? { code } : {}));
    }
  }
}
