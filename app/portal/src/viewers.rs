//! The classes of the viewers' modules (`/pkg/viewers-webgpu.js`, `/pkg/viewers-webgl2.js`) as the
//! page sees them. States, answers and errors travel as JSON of the wire types.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The sky map.
    #[derive(Clone)]
    pub(crate) type SkyViewer;
    #[wasm_bindgen(method, catch, js_name = setView)]
    pub(crate) fn set_view(this: &SkyViewer, state: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method)]
    pub(crate) fn view(this: &SkyViewer) -> String;
    #[wasm_bindgen(method)]
    pub(crate) fn resize(this: &SkyViewer, width: f64, height: f64, ratio: f64);
    #[wasm_bindgen(method)]
    pub(crate) fn pan(this: &SkyViewer, dx: f64, dy: f64);
    #[wasm_bindgen(method, js_name = zoomAt)]
    pub(crate) fn zoom_at(this: &SkyViewer, x: f64, y: f64, factor: f64);
    #[wasm_bindgen(method, catch, js_name = setStars)]
    pub(crate) fn set_stars(
        this: &SkyViewer,
        ra: &[f64],
        dec: &[f64],
        mag: &[f32],
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = setFootprints)]
    pub(crate) fn set_footprints(this: &SkyViewer, json: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = setPoints)]
    pub(crate) fn set_points(
        this: &SkyViewer,
        ra: &[f64],
        dec: &[f64],
        flags: &[u8],
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method)]
    pub(crate) fn pick(this: &SkyViewer, x: f64, y: f64) -> Option<String>;
    #[wasm_bindgen(method)]
    pub(crate) fn position(this: &SkyViewer, x: f64, y: f64) -> Option<String>;
    #[wasm_bindgen(method)]
    pub(crate) fn labels(this: &SkyViewer) -> String;

    /// The image viewer.
    #[derive(Clone)]
    pub(crate) type ImageViewer;
    #[wasm_bindgen(method, catch, js_name = openUrl)]
    pub(crate) async fn open_url(
        this: &ImageViewer,
        url: &str,
        progress: &js_sys::Function,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = setState)]
    pub(crate) fn set_state(this: &ImageViewer, state: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method)]
    pub(crate) fn state(this: &ImageViewer) -> String;
    #[wasm_bindgen(method, js_name = resize)]
    pub(crate) fn resize_image(this: &ImageViewer, width: f64, height: f64, ratio: f64);
    #[wasm_bindgen(method, js_name = pan)]
    pub(crate) fn pan_image(this: &ImageViewer, dx: f64, dy: f64);
    #[wasm_bindgen(method, js_name = zoomAt)]
    pub(crate) fn zoom_image_at(this: &ImageViewer, x: f64, y: f64, factor: f64);
    #[wasm_bindgen(method)]
    pub(crate) fn fit(this: &ImageViewer);
    #[wasm_bindgen(method)]
    pub(crate) fn readout(this: &ImageViewer, x: f64, y: f64) -> Option<String>;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn histogram(this: &ImageViewer, bins: u32) -> Result<String, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn limits(this: &ImageViewer) -> Result<String, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn overlay(this: &ImageViewer) -> Result<String, JsValue>;
    #[wasm_bindgen(method, catch, js_name = planeAxes)]
    pub(crate) fn plane_axes(this: &ImageViewer) -> Result<String, JsValue>;
    #[wasm_bindgen(method, catch, js_name = tableRows)]
    pub(crate) fn table_rows(
        this: &ImageViewer,
        hdu: u32,
        start: u32,
        count: u32,
    ) -> Result<String, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn spectrum(this: &ImageViewer, hdu: u32) -> Result<String, JsValue>;

    /// The scatter plot.
    #[derive(Clone)]
    pub(crate) type PlotViewer;
    #[wasm_bindgen(method, catch, js_name = setPoints)]
    pub(crate) fn set_plot_points(
        this: &PlotViewer,
        x: &JsValue,
        y: &JsValue,
        flags: &JsValue,
        origin_x: f64,
        origin_y: f64,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = setRange)]
    pub(crate) fn set_range(
        this: &PlotViewer,
        x0: f64,
        x1: f64,
        y0: f64,
        y1: f64,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method, js_name = resize)]
    pub(crate) fn resize_plot(this: &PlotViewer, width: f64, height: f64, ratio: f64);
    #[wasm_bindgen(method, js_name = toData)]
    pub(crate) fn to_data(this: &PlotViewer, x: f64, y: f64) -> Option<String>;
    #[wasm_bindgen(method)]
    pub(crate) fn ticks(this: &PlotViewer) -> String;
}
