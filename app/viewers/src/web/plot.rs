//! `PlotViewer`.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::HtmlCanvasElement;

use super::json;
use super::surface::{self, Painter};
use crate::error::ViewerError;
use crate::gpu::{Backend, Canvas};
use crate::plot;

struct Inner {
    viewer: plot::PlotViewer,
    canvas: Canvas,
}

impl Painter for Inner {
    fn gpu_is_lost(&self) -> bool {
        self.viewer.gpu().is_lost()
    }

    fn paint(&mut self) -> bool {
        let gpu = self.viewer.gpu().clone();
        let pixels = self.canvas.size();
        let viewer = &mut self.viewer;
        self.canvas.draw(&gpu, |target, encoder| viewer.draw(target, encoder, pixels));
        true
    }
}

/// A scatter plot on a canvas.
#[wasm_bindgen]
pub struct PlotViewer {
    inner: Rc<RefCell<Inner>>,
    frames: Rc<surface::Frames>,
}

type Result<T> = std::result::Result<T, JsValue>;

#[wasm_bindgen]
impl PlotViewer {
    /// Attaches a plot to a canvas; `backend` is `webgpu` or `webgl2`.
    pub async fn create(canvas: HtmlCanvasElement, backend: String) -> Result<PlotViewer> {
        let (gpu, canvas) = surface::attach(canvas, Backend::from_word(&backend)).await?;
        let viewer = plot::PlotViewer::new(gpu, canvas.format());
        let inner = Rc::new(RefCell::new(Inner { viewer, canvas }));
        Ok(PlotViewer { inner, frames: Rc::default() })
    }

    /// The API in use: `webgpu` or `webgl2`.
    pub fn backend(&self) -> String {
        self.inner.borrow().viewer.gpu().backend_name.to_owned()
    }

    /// Takes points relative to an origin, and 0 hidden, 1 shown, 2 selected for each.
    #[wasm_bindgen(js_name = setPoints)]
    pub fn set_points(
        &self,
        x: Vec<f32>,
        y: Vec<f32>,
        flags: &[u8],
        origin_x: f64,
        origin_y: f64,
    ) -> Result<()> {
        let viewer = &mut self.inner.borrow_mut().viewer;
        Ok(viewer.set_points(x, y, flags, (origin_x, origin_y))?)
    }

    /// Takes new states of the same points.
    #[wasm_bindgen(js_name = setFlags)]
    pub fn set_flags(&self, flags: &[u8]) -> Result<()> {
        Ok(self.inner.borrow_mut().viewer.set_flags(flags)?)
    }

    /// Takes the values at the left, right, lower and upper edge.
    #[wasm_bindgen(js_name = setRange)]
    pub fn set_range(&self, x0: f64, x1: f64, y0: f64, y1: f64) -> Result<()> {
        Ok(self.inner.borrow_mut().viewer.set_range(x0, x1, y0, y1)?)
    }

    /// Takes colours: JSON `{background, sparse, dense, selected}`, each `[r, g, b]` of sRGB in
    /// [0, 1]; those that are absent are the dark theme's.
    #[wasm_bindgen(js_name = setColors)]
    pub fn set_colors(&self, colors: &str) -> Result<()> {
        let colors = serde_json::from_str(colors).map_err(ViewerError::from)?;
        self.inner.borrow_mut().viewer.set_colors(colors);
        Ok(())
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

    /// Data coordinates of a point of the canvas: `{x, y}`.
    #[wasm_bindgen(js_name = toData)]
    pub fn to_data(&self, x: f64, y: f64) -> Option<String> {
        json(&self.inner.borrow().viewer.to_data(x, y)).ok()
    }

    /// Ticks: `{x: [{at, value, label}], y: […]}`.
    pub fn ticks(&self) -> String {
        json(&self.inner.borrow().viewer.ticks()).unwrap_or_default()
    }

    /// CPU times of recent frames: `{frames, cpu_ms_last, cpu_ms_median, cpu_ms_p99, cpu_ms_max}`.
    #[wasm_bindgen(js_name = frameStats)]
    pub fn frame_stats(&self) -> String {
        json(&self.frames.summary()).unwrap_or_default()
    }
}
