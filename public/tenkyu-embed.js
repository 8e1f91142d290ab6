// <tenkyu-image>, <tenkyu-sky> and <tenkyu-table> for any HTML page:
//
//   <script type="module" src="https://archive.example/tenkyu-embed.js"></script>
//   <tenkyu-image artifact="ab12cd" state="stretch=log&amp;cmap=magma"></tenkyu-image>
//   <tenkyu-sky ra="63.35" dec="10.47" fov="0.5"></tenkyu-sky>
//   <tenkyu-table query="SELECT TOP 100 * FROM hipparcos.hip2" select="hpmag &lt; 5"></tenkyu-table>
//
// Each is a sandboxed frame of the archive that this script came from. `src` (an address below
// /embed/ of that archive) replaces the other attributes; `lang` chooses the language.

const ORIGIN = new URL(import.meta.url).origin;

class TenkyuElement extends HTMLElement {
  #frame = document.createElement("iframe");

  connectedCallback() {
    if (!this.shadowRoot) {
      const style = document.createElement("style");
      style.textContent =
        ":host{display:block;height:480px}:host([hidden]){display:none}iframe{width:100%;height:100%;border:0}";
      this.#frame.loading = "lazy";
      // Scripts and same-origin requests to the archive; new windows for "open the full page".
      this.#frame.sandbox =
        "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-downloads";
      this.attachShadow({ mode: "open" }).append(style, this.#frame);
    }
    this.#update();
  }

  attributeChangedCallback() {
    if (this.shadowRoot) this.#update();
  }

  #update() {
    const address = this.#address();
    this.#frame.title = this.getAttribute("title") || this.constructor.title;
    if (address && address !== this.#frame.src) this.#frame.src = address;
  }

  /** The address of the view; nothing of another origin and nothing outside /embed/. */
  #address() {
    const src = this.getAttribute("src");
    let url = src ? new URL(src, ORIGIN) : this.view();
    if (!url) return null;
    if (url.origin !== ORIGIN || !url.pathname.startsWith("/embed/")) {
      console.error(`<${this.localName}>: src must be an address below ${ORIGIN}/embed/`);
      return null;
    }
    const lang = this.getAttribute("lang");
    if (lang) url.searchParams.set("lang", lang);
    return url.href;
  }

  /** An address with parameters named like attributes. */
  parameters(path, names) {
    const url = new URL(path, ORIGIN);
    url.searchParams.set("v", "1");
    for (const [attribute, parameter] of Object.entries(names)) {
      const value = this.getAttribute(attribute);
      if (value) url.searchParams.set(parameter, value);
    }
    return url;
  }
}

class TenkyuImage extends TenkyuElement {
  static title = "Tenkyu: image";
  static observedAttributes = ["src", "artifact", "state", "lang", "title"];

  view() {
    const artifact = this.getAttribute("artifact");
    if (!artifact) return null;
    const url = this.parameters(`/embed/image/${encodeURIComponent(artifact)}`, {});
    for (const [name, value] of new URLSearchParams(this.getAttribute("state") ?? "")) {
      url.searchParams.set(name, value);
    }
    return url;
  }
}

class TenkyuSky extends TenkyuElement {
  static title = "Tenkyu: sky map";
  static observedAttributes = ["src", "ra", "dec", "fov", "lang", "title"];

  view() {
    return this.parameters("/embed/sky", { ra: "ra", dec: "dec", fov: "fov" });
  }
}

class TenkyuTable extends TenkyuElement {
  static title = "Tenkyu: table";
  static observedAttributes = ["src", "query", "where", "select", "sort", "x", "y", "snapshot", "lang", "title"];

  view() {
    if (!this.getAttribute("query")) return null;
    const url = this.parameters("/embed/table", {
      query: "adql", where: "where", select: "select", sort: "sort", x: "x", y: "y",
      snapshot: "snapshot",
    });
    url.searchParams.set("run", "1");
    return url;
  }
}

for (const [name, element] of [
  ["tenkyu-image", TenkyuImage], ["tenkyu-sky", TenkyuSky], ["tenkyu-table", TenkyuTable],
]) {
  if (!customElements.get(name)) customElements.define(name, element);
}
