//! The scatter plot: points, range, ticks.

use serde::Serialize;

use super::axes::{Ticks, ticks};
use super::renderer::{Frame, PlotLayers, PlotRenderer};
use super::tone::{self, Colors};
use crate::error::ViewerError;
use crate::gpu::Gpu;

/// CSS pixels between ticks.
const X_SPACING: f64 = 90.0;
const Y_SPACING: f64 = 56.0;

/// A point in data coordinates.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct DataPoint {
    /// Abscissa.
    pub x: f64,
    /// Ordinate.
    pub y: f64,
}

/// The plot without its canvas. Points are singles relative to an origin in doubles, so that
/// dates and other large numbers keep their digits.
#[derive(Debug)]
pub struct PlotViewer {
    gpu: Gpu,
    renderer: PlotRenderer,
    layers: PlotLayers,
    x: Vec<f32>,
    y: Vec<f32>,
    origin: (f64, f64),
    /// x0, x1, y0, y1: left, right, bottom, top.
    range: [f64; 4],
    /// Points a CSS pixel at the densest place, with what it was computed for.
    density: Option<f64>,
    colors: Colors,
    size: (f64, f64),
    ratio: f64,
}

impl PlotViewer {
    /// An empty plot, for pictures of a format.
    pub fn new(gpu: Gpu, format: wgpu::TextureFormat) -> PlotViewer {
        PlotViewer {
            renderer: PlotRenderer::new(&gpu, format),
            layers: PlotLayers::new(&gpu),
            gpu,
            x: Vec::new(),
            y: Vec::new(),
            origin: (0.0, 0.0),
            range: [0.0, 1.0, 0.0, 1.0],
            density: None,
            colors: Colors::default(),
            size: (1.0, 1.0),
            ratio: 1.0,
        }
    }

    /// The device.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Takes points relative to an origin, and 0 hidden, 1 shown, 2 selected for each.
    ///
    /// # Errors
    /// When the arrays differ in length or do not fit the device's buffers.
    pub fn set_points(
        &mut self,
        x: Vec<f32>,
        y: Vec<f32>,
        flags: &[u8],
        origin: (f64, f64),
    ) -> Result<(), ViewerError> {
        if x.len() != y.len() {
            let what = format!("{} x for {} y", x.len(), y.len());
            return Err(ViewerError::BadRequest { what });
        }
        let fits = self.layers.x.set(&self.gpu, &x) && self.layers.y.set(&self.gpu, &y);
        (self.x, self.y, self.origin) = (x, y, origin);
        self.density = None;
        if !fits {
            return Err(ViewerError::OutOfMemory { bytes: self.x.len() as u64 * 12 });
        }
        self.set_flags(flags)
    }

    /// Takes new states of the same points.
    ///
    /// # Errors
    /// When their number differs from that of the points.
    pub fn set_flags(&mut self, flags: &[u8]) -> Result<(), ViewerError> {
        if flags.len() != self.x.len() {
            let what = format!("{} flags for {} points", flags.len(), self.x.len());
            return Err(ViewerError::BadRequest { what });
        }
        let words: Vec<u32> = flags.iter().map(|flag| u32::from(*flag)).collect();
        self.layers.states.set(&self.gpu, &words);
        Ok(())
    }

    /// Takes the values at the left, right, lower and upper edge; a turned axis has the larger
    /// first.
    ///
    /// # Errors
    /// When they are not finite or an axis has no length.
    pub fn set_range(&mut self, x0: f64, x1: f64, y0: f64, y1: f64) -> Result<(), ViewerError> {
        let range = [x0, x1, y0, y1];
        if range.iter().any(|v| !v.is_finite()) || x0 == x1 || y0 == y1 {
            return Err(ViewerError::BadRequest { what: format!("range {range:?}") });
        }
        self.range = range;
        self.density = None;
        Ok(())
    }

    /// Takes colours.
    pub fn set_colors(&mut self, colors: Colors) {
        self.colors = colors;
    }

    /// Takes the canvas' size in CSS pixels and the device pixels of one.
    pub fn resize(&mut self, width: f64, height: f64, ratio: f64) {
        let positive = |v: f64| if v.is_finite() && v > 0.0 { v } else { 1.0 };
        self.size = (positive(width), positive(height));
        self.ratio = positive(ratio);
        self.density = None;
    }

    /// The range relative to the origin of the points.
    fn relative(&self) -> [f32; 4] {
        let [x0, x1, y0, y1] = self.range;
        let (ox, oy) = self.origin;
        [x0 - ox, x1 - ox, y0 - oy, y1 - oy].map(|v| v as f32)
    }

    /// Draws a frame of `pixels` device pixels.
    pub fn draw(
        &mut self,
        target: &wgpu::TextureView,
        encoder: &mut wgpu::CommandEncoder,
        pixels: (u32, u32),
    ) {
        let range = self.relative();
        let (x, y, size) = (&self.x, &self.y, self.size);
        let density = *self.density.get_or_insert_with(|| tone::peak_density(x, y, range, size));
        let [x0, x1, y0, y1] = range;
        let frame = Frame {
            low: [x0, y0],
            high: [x1, y1],
            pixels,
            ratio: self.ratio as f32,
            tone: tone::choose(self.x.len(), density),
            colors: self.colors,
        };
        self.renderer.draw(&self.gpu, target, encoder, &frame, &self.layers);
    }

    /// Data coordinates of a point of the canvas.
    pub fn to_data(&self, x: f64, y: f64) -> DataPoint {
        let [x0, x1, y0, y1] = self.range;
        DataPoint { x: x0 + (x1 - x0) * x / self.size.0, y: y1 + (y0 - y1) * y / self.size.1 }
    }

    /// The point of the canvas of data coordinates.
    pub fn to_screen(&self, x: f64, y: f64) -> (f64, f64) {
        let [x0, x1, y0, y1] = self.range;
        (self.size.0 * (x - x0) / (x1 - x0), self.size.1 * (y - y1) / (y0 - y1))
    }

    /// Ticks of both axes.
    pub fn ticks(&self) -> Ticks {
        let [x0, x1, y0, y1] = self.range;
        let (width, height) = self.size;
        Ticks {
            x: ticks(x0, x1, width, (width / X_SPACING).floor().max(2.0)),
            y: ticks(y1, y0, height, (height / Y_SPACING).floor().max(2.0)),
        }
    }
}
