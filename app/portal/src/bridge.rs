//! The browser's side of the page: `js/portal-bridge.js` and the classes that it hands out.
//!
//! Nothing here may be called while the server renders; effects and event handlers are the place.

use tenkyu_wire::Problem;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlCanvasElement};

use crate::net;

#[wasm_bindgen(raw_module = "/pkg/portal-bridge.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = openViewer)]
    pub(crate) async fn open_viewer(
        kind: &str,
        canvas: &HtmlCanvasElement,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = openBytes)]
    pub(crate) async fn open_bytes(
        viewer: &JsValue,
        bytes: &JsValue,
        name: &str,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = openTables)]
    pub(crate) async fn open_tables() -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch)]
    pub(crate) async fn request(
        url: &str,
        form: Option<&str>,
        accept: &str,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch)]
    pub(crate) async fn send(
        method: &str,
        url: &str,
        body: &JsValue,
        kind: &str,
    ) -> Result<JsValue, JsValue>;

    #[cfg(feature = "hydrate")]
    #[wasm_bindgen(js_name = takePage)]
    pub(crate) fn take_page() -> js_sys::Function;

    #[wasm_bindgen(js_name = linksVisit)]
    pub(crate) fn links_visit();

    #[wasm_bindgen(js_name = fetchWhenUsed)]
    pub(crate) fn fetch_when_used(module: &str);

    pub(crate) fn remembered(key: &str) -> Option<String>;
    pub(crate) fn remember(key: &str, value: &str);

    #[wasm_bindgen(js_name = copyText)]
    pub(crate) async fn copy_text(text: &str) -> JsValue;

    #[wasm_bindgen(js_name = saveFile)]
    pub(crate) fn save_file(bytes: &JsValue, name: &str, media_type: &str);

    #[wasm_bindgen(catch, js_name = fileBytes)]
    pub(crate) async fn file_bytes(file: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = watchSize)]
    pub(crate) fn watch_size(element: &Element, changed: &js_sys::Function);

    #[wasm_bindgen(js_name = draw)]
    fn draw_frame(viewer: &JsValue, after: &js_sys::Function);
    pub(crate) fn gestures(canvas: &HtmlCanvasElement, tell: &js_sys::Function);

    #[wasm_bindgen(js_name = whenIdle)]
    pub(crate) fn when_idle(work: &js_sys::Function);

    pub(crate) fn now() -> f64;
}

#[wasm_bindgen]
extern "C" {
    /// What `request` answers.
    pub(crate) type Answer;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn status(this: &Answer) -> u16;
    #[wasm_bindgen(method, getter, js_name = type)]
    pub(crate) fn media_type(this: &Answer) -> String;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn text(this: &Answer) -> String;
}

/// Draws a viewer in the next frame; then `after` gets what went wrong, if anything did.
pub(crate) fn draw(viewer: &JsValue, after: impl FnOnce(Option<Problem>) + 'static) {
    let after = Closure::once_into_js(move |error: JsValue| {
        after((!error.is_undefined()).then(|| net::thrown(&error)));
    });
    draw_frame(viewer, after.unchecked_ref());
}

/// Keeps a callback alive for as long as the page lives. Used once per canvas, so it is bounded
/// by the number of canvases that were opened.
pub(crate) fn forever<F: ?Sized + wasm_bindgen::closure::WasmClosure>(
    closure: Closure<F>,
) -> js_sys::Function {
    closure.into_js_value().unchecked_into()
}
