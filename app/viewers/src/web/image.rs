//! `ImageViewer`.

use std::cell::RefCell;
use std::rc::Rc;

use tenkyu_wire::view::ImageState;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlCanvasElement;

use super::surface::{self, Painter};
use super::{json, page_lang};
use crate::error::ViewerError;
use crate::gpu::{Backend, Canvas};
use crate::image;

struct Inner {
    viewer: image::ImageViewer,
    canvas: Canvas,
}

impl Painter for Inner {
    fn gpu_is_lost(&self) -> bool {
        self.viewer.gpu().is_lost()
    }

    fn paint(&mut self) -> bool {
        let gpu = self.viewer.gpu().clone();
        let mut complete = true;
        let viewer = &mut self.viewer;
        self.canvas.draw(&gpu, |target, encoder| complete = viewer.draw(target, encoder));
        complete
    }
}

/// A viewer of FITS images on a canvas.
#[wasm_bindgen]
pub struct ImageViewer {
    inner: Rc<RefCell<Inner>>,
    frames: Rc<surface::Frames>,
}

type Result<T> = std::result::Result<T, JsValue>;

#[wasm_bindgen]
impl ImageViewer {
    /// Attaches a viewer to a canvas; `backend` is `webgpu` or `webgl2`.
    pub async fn create(canvas: HtmlCanvasElement, backend: String) -> Result<ImageViewer> {
        let (gpu, canvas) = surface::attach(canvas, Backend::from_word(&backend)).await?;
        let viewer = image::ImageViewer::new(gpu, canvas.format(), page_lang());
        let inner = Rc::new(RefCell::new(Inner { viewer, canvas }));
        Ok(ImageViewer { inner, frames: Rc::default() })
    }

    /// The API in use: `webgpu` or `webgl2`.
    pub fn backend(&self) -> String {
        self.inner.borrow().viewer.gpu().backend_name.to_owned()
    }

    /// Opens the bytes of a file; answers with its description.
    #[wasm_bindgen(js_name = openBytes)]
    pub fn open_bytes(&self, bytes: &js_sys::Uint8Array, filename: &str) -> Result<String> {
        Ok(self.open(vec_of(bytes)?, filename)?)
    }

    /// Downloads and opens a file; `progress(loaded, total)` is called on the way, `total` being 0
    /// where the server does not say.
    #[wasm_bindgen(js_name = openUrl)]
    pub async fn open_url(
        &self,
        url: String,
        progress: Option<js_sys::Function>,
    ) -> Result<String> {
        let bytes = download(&url, progress.as_ref()).await?;
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(self.open(bytes, &name)?)
    }

    fn open(&self, bytes: Vec<u8>, name: &str) -> std::result::Result<String, ViewerError> {
        json(&self.inner.borrow_mut().viewer.open(bytes, name)?)
    }

    /// Takes a state (JSON of `ImageState`).
    #[wasm_bindgen(js_name = setState)]
    pub fn set_state(&self, state: &str) -> Result<()> {
        let state: ImageState = serde_json::from_str(state).map_err(ViewerError::from)?;
        Ok(self.inner.borrow_mut().viewer.set_state(state)?)
    }

    /// The state, with centre and zoom.
    pub fn state(&self) -> String {
        json(&self.inner.borrow().viewer.state()).unwrap_or_default()
    }

    /// Takes the canvas' size in CSS pixels and the device pixels of one.
    pub fn resize(&self, width: f64, height: f64, ratio: f64) {
        let mut inner = self.inner.borrow_mut();
        let gpu = inner.viewer.gpu().clone();
        let size = (surface::device_pixels(width, ratio), surface::device_pixels(height, ratio));
        inner.canvas.resize(&gpu, size.0, size.1);
        inner.viewer.resize(width, height, ratio);
    }

    /// Draws a frame, and more until the picture is complete. Fails when the GPU is gone for good.
    pub fn render(&self) -> Result<()> {
        Ok(surface::render(&self.inner, &self.frames)?)
    }

    /// Moves the image by CSS pixels.
    pub fn pan(&self, dx: f64, dy: f64) {
        self.inner.borrow_mut().viewer.pan(dx, dy);
    }

    /// Zooms by a factor about a point of the canvas.
    #[wasm_bindgen(js_name = zoomAt)]
    pub fn zoom_at(&self, x: f64, y: f64, factor: f64) {
        self.inner.borrow_mut().viewer.zoom_at(x, y, factor);
    }

    /// Shows the whole image.
    pub fn fit(&self) {
        self.inner.borrow_mut().viewer.fit();
    }

    /// Puts a FITS pixel into the middle.
    pub fn center(&self, x: f64, y: f64) {
        self.inner.borrow_mut().viewer.center(x, y);
    }

    /// Counts of pixel values: `{low, high, counts, complete}`.
    pub fn histogram(&self, bins: u32) -> Result<String> {
        Ok(json(&self.inner.borrow().viewer.histogram(bins as usize)?)?)
    }

    /// The limits in use: `{low, high}`.
    pub fn limits(&self) -> Result<String> {
        Ok(json(&self.inner.borrow().viewer.limits()?)?)
    }

    /// What lies under a point of the canvas; `undefined` outside of the image.
    pub fn readout(&self, x: f64, y: f64) -> Option<String> {
        json(&self.inner.borrow().viewer.readout(x, y)?).ok()
    }

    /// Where the plane lies on the other axes: `[{name, value, unit}]`.
    #[wasm_bindgen(js_name = planeAxes)]
    pub fn plane_axes(&self) -> Result<String> {
        Ok(json(&self.inner.borrow().viewer.plane_axes())?)
    }

    /// Scale bar, north and east, grid lines, in CSS pixels.
    pub fn overlay(&self) -> Result<String> {
        Ok(json(&self.inner.borrow().viewer.overlay())?)
    }

    /// Rows of a table HDU as text: `{columns, total, start, rows}`.
    #[wasm_bindgen(js_name = tableRows)]
    pub fn table_rows(&self, hdu: u32, start: u32, count: u32) -> Result<String> {
        let viewer = &self.inner.borrow().viewer;
        Ok(json(&viewer.table_rows(hdu as usize, u64::from(start), u64::from(count))?)?)
    }

    /// The curve of an HDU.
    pub fn spectrum(&self, hdu: u32) -> Result<String> {
        Ok(json(&self.inner.borrow().viewer.spectrum(hdu as usize)?)?)
    }

    /// CPU times of recent frames: `{frames, cpu_ms_last, cpu_ms_median, cpu_ms_p99, cpu_ms_max}`.
    #[wasm_bindgen(js_name = frameStats)]
    pub fn frame_stats(&self) -> String {
        json(&self.frames.summary()).unwrap_or_default()
    }
}

/// Copies bytes into the module, if they fit.
fn vec_of(array: &js_sys::Uint8Array) -> std::result::Result<Vec<u8>, ViewerError> {
    let length = array.length() as usize;
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(length)
        .map_err(|_| ViewerError::OutOfMemory { bytes: length as u64 })?;
    bytes.resize(length, 0);
    array.copy_to(&mut bytes);
    Ok(bytes)
}

/// Fetches a file piece by piece.
async fn download(
    url: &str,
    progress: Option<&js_sys::Function>,
) -> std::result::Result<Vec<u8>, ViewerError> {
    let failed =
        |reason: &str| ViewerError::Fetch { url: url.to_owned(), reason: reason.to_owned() };
    let unreachable = |error: JsValue| {
        let text = error.dyn_ref::<js_sys::Error>().map(|e| String::from(e.message()));
        failed(&text.unwrap_or_else(|| "network".to_owned()))
    };
    let window = web_sys::window().ok_or_else(|| failed("no window"))?;
    let response = JsFuture::from(window.fetch_with_str(url)).await.map_err(unreachable)?;
    let response: web_sys::Response = response.dyn_into().map_err(unreachable)?;
    if !response.ok() {
        return Err(failed(&format!("HTTP {}", response.status())));
    }
    let length = response.headers().get("content-length").ok().flatten();
    let total: usize = length.and_then(|text| text.parse().ok()).unwrap_or(0);
    let body = response.body().ok_or_else(|| failed("no body"))?;
    let reader: web_sys::ReadableStreamDefaultReader =
        body.get_reader().dyn_into().map_err(|_| failed("no reader"))?;
    let mut bytes: Vec<u8> = Vec::new();
    // A declared length is only a hint: it may be that of the compressed transfer.
    bytes.try_reserve(total).map_err(|_| ViewerError::OutOfMemory { bytes: total as u64 })?;
    loop {
        let piece = JsFuture::from(reader.read()).await.map_err(unreachable)?;
        let get =
            |key: &str| js_sys::Reflect::get(&piece, &key.into()).unwrap_or(JsValue::UNDEFINED);
        if get("done").is_truthy() {
            return Ok(bytes);
        }
        let chunk: js_sys::Uint8Array = get("value").dyn_into().map_err(|_| failed("no bytes"))?;
        let start = bytes.len();
        let more = chunk.length() as usize;
        bytes
            .try_reserve(more)
            .map_err(|_| ViewerError::OutOfMemory { bytes: (start + more) as u64 })?;
        bytes.resize(start + more, 0);
        if let Some(room) = bytes.get_mut(start..) {
            chunk.copy_to(room);
        }
        if let Some(progress) = progress {
            // What the page does with it is the page's affair.
            let _ = progress.call2(
                &JsValue::NULL,
                &(bytes.len() as f64).into(),
                &(total as f64).into(),
            );
        }
    }
}
