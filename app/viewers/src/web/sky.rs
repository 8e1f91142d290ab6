//! `SkyViewer`.

use std::cell::RefCell;
use std::rc::Rc;

use tenkyu_wire::view::SkyState;
use wasm_bindgen::prelude::*;
use web_sys::HtmlCanvasElement;

use super::json;
use super::surface::{self, Painter};
use crate::error::ViewerError;
use crate::gpu::{Backend, Canvas};
use crate::sky;

struct Inner {
    viewer: sky::SkyViewer,
    canvas: Canvas,
}

impl Painter for Inner {
    fn gpu_is_lost(&self) -> bool {
        self.viewer.gpu().is_lost()
    }

    fn paint(&mut self) -> bool {
        let gpu = self.viewer.gpu().clone();
        let viewer = &mut self.viewer;
        self.canvas.draw(&gpu, |target, encoder| viewer.draw(target, encoder));
        true
    }
}

/// A map of the sky on a canvas.
#[wasm_bindgen]
pub struct SkyViewer {
    inner: Rc<RefCell<Inner>>,
    frames: Rc<surface::Frames>,
}

type Result<T> = std::result::Result<T, JsValue>;

#[wasm_bindgen]
impl SkyViewer {
    /// Attaches a map to a canvas; `backend` is `webgpu` or `webgl2`.
    pub async fn create(canvas: HtmlCanvasElement, backend: String) -> Result<SkyViewer> {
        let (gpu, canvas) = surface::attach(canvas, Backend::from_word(&backend)).await?;
        let viewer = sky::SkyViewer::new(gpu, canvas.format());
        let inner = Rc::new(RefCell::new(Inner { viewer, canvas }));
        Ok(SkyViewer { inner, frames: Rc::default() })
    }

    /// The API in use: `webgpu` or `webgl2`.
    pub fn backend(&self) -> String {
        self.inner.borrow().viewer.gpu().backend_name.to_owned()
    }

    /// Looks elsewhere (JSON of `SkyState`).
    #[wasm_bindgen(js_name = setView)]
    pub fn set_view(&self, state: &str) -> Result<()> {
        let state: SkyState = serde_json::from_str(state).map_err(ViewerError::from)?;
        self.inner.borrow_mut().viewer.set_view(state);
        Ok(())
    }

    /// Where the map looks.
    pub fn view(&self) -> String {
        json(&self.inner.borrow().viewer.view()).unwrap_or_default()
    }

    /// Takes the canvas' size in CSS pixels and the device pixels of one.
    pub fn resize(&self, width: f64, height: f64, ratio: f64) {
        let mut inner = self.inner.borrow_mut();
        let gpu = inner.viewer.gpu().clone();
        let size = (surface::device_pixels(width, ratio), surface::device_pixels(height, ratio));
        inner.canvas.resize(&gpu, size.0, size.1);
        inner.viewer.resize(width, height, ratio);
    }

    /// Draws a frame. Fails when the GPU is gone for good.
    pub fn render(&self) -> Result<()> {
        Ok(surface::render(&self.inner, &self.frames)?)
    }

    /// Moves the sky by CSS pixels.
    pub fn pan(&self, dx: f64, dy: f64) {
        self.inner.borrow_mut().viewer.pan(dx, dy);
    }

    /// Zooms by a factor about a point of the canvas.
    #[wasm_bindgen(js_name = zoomAt)]
    pub fn zoom_at(&self, x: f64, y: f64, factor: f64) {
        self.inner.borrow_mut().viewer.zoom_at(x, y, factor);
    }

    /// Takes catalogue stars: ICRS degrees and magnitudes.
    #[wasm_bindgen(js_name = setStars)]
    pub fn set_stars(&self, ra: &[f64], dec: &[f64], magnitude: &[f32]) {
        self.inner.borrow_mut().viewer.set_stars(ra, dec, magnitude);
    }

    /// Takes outlines: JSON of `[{id, s_region, group, highlight}]`; answers how many could not be
    /// read.
    #[wasm_bindgen(js_name = setFootprints)]
    pub fn set_footprints(&self, footprints: &str) -> Result<u32> {
        let list = serde_json::from_str(footprints).map_err(ViewerError::from)?;
        Ok(self.inner.borrow_mut().viewer.set_footprints(list) as u32)
    }

    /// Takes rows of a table: ICRS degrees, and 0 hidden, 1 shown, 2 selected.
    #[wasm_bindgen(js_name = setPoints)]
    pub fn set_points(&self, ra: &[f64], dec: &[f64], flags: &[u8]) {
        self.inner.borrow_mut().viewer.set_points(ra, dec, flags);
    }

    /// What is under a point of the canvas: `{id, ids, star, row}`; `undefined` where nothing is.
    pub fn pick(&self, x: f64, y: f64) -> Option<String> {
        json(&self.inner.borrow().viewer.pick(x, y)?).ok()
    }

    /// The position under a point of the canvas: `{ra_deg, dec_deg}`; `undefined` beside the globe.
    pub fn position(&self, x: f64, y: f64) -> Option<String> {
        json(&self.inner.borrow().viewer.position(x, y)?).ok()
    }

    /// The point of the canvas of a position: `{x, y}`; `undefined` behind the horizon.
    pub fn project(&self, ra_deg: f64, dec_deg: f64) -> Option<String> {
        json(&self.inner.borrow().viewer.project(ra_deg, dec_deg)?).ok()
    }

    /// Labels of the graticule: `[{x, y, text}]`.
    pub fn labels(&self) -> String {
        json(&self.inner.borrow_mut().viewer.labels()).unwrap_or_default()
    }

    /// CPU times of recent frames: `{frames, cpu_ms_last, cpu_ms_median, cpu_ms_p99, cpu_ms_max}`.
    #[wasm_bindgen(js_name = frameStats)]
    pub fn frame_stats(&self) -> String {
        json(&self.frames.summary()).unwrap_or_default()
    }
}
