//! The image viewer: a file, a plane of it, a state, and frames.

use serde::Serialize;
use tenkyu_wire::view::{ImageState, Limits, Stretch};
use tenkyu_wire::{Explain, Lang};

use super::colormap;
use super::document::{Description, Document, Plane};
use super::limits::{Sample, histogram_curve};
use super::pyramid::Pyramid;
use super::renderer::{self, ImageRenderer};
use super::shade::{Shading, Table};
use super::spectrum::{self, Spectrum};
use super::tiles::{Tile, TileCache};
use super::view::ImageView;
use crate::clock::now_ms;
use crate::error::ViewerError;
use crate::gpu::Gpu;

/// Milliseconds of a frame for uploads, and for averaging the rest of a large image after them.
const UPLOAD_MS: f64 = 5.0;
const FRAME_MS: f64 = 8.0;
/// Milliseconds of averaging that a frame has however long its uploads took.
const AVERAGING_MS: f64 = 1.0;
/// Where most pixels hold no event, zscale ends at the first one.
const EVENT_LIMITS: Limits = Limits::Percentile(99.5);
/// Milliseconds of averaging when a plane is opened, so that small images are complete at once.
const OPENING_MS: f64 = 60.0;

/// A plane with what is computed from it.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) plane: Plane,
    pub(super) sample: Sample,
    pyramid: Pyramid,
    overview: Option<(Tile, usize)>,
    /// Limits of the last shading.
    limits: (f64, f64),
}

impl Shown {
    /// The two values of some limits. The extremes are those of all pixels as soon as all were
    /// read, those of a sample before.
    fn limits_for(&self, limits: Limits) -> (f64, f64) {
        let extent = self.pyramid.extent();
        let raster = &self.plane.raster;
        let limits = match limits {
            Limits::Auto if self.plane.is_counts => EVENT_LIMITS,
            limits => limits,
        };
        if limits == Limits::MinMax && self.pyramid.is_done(raster) && extent.finite > 0 {
            let ends = [extent.low, extent.high].map(|v| raster.physical_of(v));
            return self.sample.limits(Limits::Values(ends[0], ends[1]));
        }
        self.sample.limits(limits)
    }
}

/// Counts of pixel values.
#[derive(Clone, Debug, Serialize)]
pub struct Histogram {
    /// Lower edge of the first bin.
    pub low: f64,
    /// Upper edge of the last.
    pub high: f64,
    /// Counts.
    pub counts: Vec<u32>,
    /// Whether every pixel is counted, or a sample.
    pub complete: bool,
}

/// Ends of the stretch.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LimitValues {
    /// Value shown as the map's first colour.
    pub low: f64,
    /// Value shown as its last.
    pub high: f64,
}

/// The image viewer without its canvas.
#[derive(Debug)]
pub struct ImageViewer {
    gpu: Gpu,
    renderer: ImageRenderer,
    cache: TileCache,
    lang: Lang,
    document: Option<Document>,
    pub(super) shown: Option<Shown>,
    pub(super) state: ImageState,
    pub(super) view: ImageView,
    /// The whole image is to be seen whatever the canvas' size.
    fitted: bool,
}

impl ImageViewer {
    /// A viewer that shows nothing yet, for pictures of a format.
    pub fn new(gpu: Gpu, format: wgpu::TextureFormat, lang: Lang) -> ImageViewer {
        let renderer = ImageRenderer::new(&gpu, format);
        ImageViewer {
            gpu,
            renderer,
            cache: TileCache::default(),
            lang,
            document: None,
            shown: None,
            state: ImageState::default(),
            view: ImageView::default(),
            fitted: true,
        }
    }

    /// The device.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Opens a file and shows its first picture, if it has one. The state's HDU and plane are kept
    /// where the file has them, so that a link may be applied before its file has come.
    pub fn open(&mut self, bytes: Vec<u8>, filename: &str) -> Result<Description, ViewerError> {
        let document = Document::open(bytes, filename)?;
        let mut description = document.description(self.lang);
        let mut state = std::mem::take(&mut self.state);
        if self.document.is_some() {
            // HDU and plane were those of the file before.
            (state.hdu, state.plane, state.center, state.zoom) = (None, 0, None, None);
        }
        self.forget();
        self.document = Some(document);
        if let Err(error) = self.set_state(state.clone()) {
            // A table or a spectrum is no failure of the file.
            if !matches!(error, ViewerError::NoPixels { .. }) {
                description.warnings.push(error.detail(self.lang));
            }
            // What a link asks for and the file lacks gives way to what the file has.
            if matches!(error, ViewerError::NoPlane { .. })
                || self.document()?.info(self.hdu()).is_err()
            {
                let _ = self.set_state(ImageState { hdu: None, plane: 0, ..state });
            }
        }
        if let Some(shown) = &self.shown {
            description.warnings.extend(shown.plane.notes.iter().cloned());
        }
        description.chosen = self.hdu();
        Ok(description)
    }

    fn forget(&mut self) {
        self.document = None;
        self.shown = None;
        self.cache.clear();
    }

    /// The opened file.
    pub fn document(&self) -> Result<&Document, ViewerError> {
        self.document.as_ref().ok_or(ViewerError::NothingOpen)
    }

    /// The plane that is shown.
    pub(super) fn shown(&self) -> Result<&Shown, ViewerError> {
        self.shown.as_ref().ok_or(ViewerError::NothingOpen)
    }

    /// The HDU that is shown.
    pub fn hdu(&self) -> usize {
        let chosen = self.document.as_ref().map_or(0, Document::default_hdu);
        self.state.hdu.map_or(chosen, |hdu| hdu as usize)
    }

    /// The state, with centre and zoom unless the whole image is fitted to the canvas.
    pub fn state(&self) -> ImageState {
        ImageState {
            center: (!self.fitted).then_some(self.view.center),
            zoom: (!self.fitted).then_some(self.view.zoom),
            ..self.state.clone()
        }
    }

    /// Takes a state. Without an open file it is kept for the next one.
    ///
    /// # Errors
    /// When the HDU or plane cannot be shown; the rest of the state is taken nevertheless.
    pub fn set_state(&mut self, state: ImageState) -> Result<(), ViewerError> {
        let before = (self.hdu(), self.state.plane);
        self.state = state;
        let changed = self.shown.is_none() || before != (self.hdu(), self.state.plane);
        let result = if changed && self.document.is_some() { self.load() } else { Ok(()) };
        if let (Some(center), Some(zoom)) = (self.state.center, self.state.zoom) {
            self.fitted = false;
            self.view.center = center;
            self.view.zoom = zoom.clamp(super::view::ZOOM_RANGE.0, super::view::ZOOM_RANGE.1);
        } else if self.state.zoom.is_none() && self.state.center.is_none() {
            self.fitted = true;
            self.refit();
        }
        self.shade();
        result
    }

    fn load(&mut self) -> Result<(), ViewerError> {
        let hdu = self.hdu();
        self.shown = None;
        self.cache.clear();
        let plane = self.document()?.plane(hdu, u64::from(self.state.plane), self.lang)?;
        let sample = Sample::of(&plane.raster);
        let mut pyramid = Pyramid::new(&plane.raster);
        let done = pyramid.advance(&plane.raster, OPENING_MS);
        let overview =
            (!done).then(|| Tile::overview(&self.gpu, &self.renderer.layouts, &plane.raster));
        self.shown = Some(Shown { plane, sample, pyramid, overview, limits: (0.0, 1.0) });
        Ok(())
    }

    /// Gives limits, stretch and colours to the renderer.
    fn shade(&mut self) {
        let Some(shown) = &mut self.shown else { return };
        let (low, high) = shown.limits_for(self.state.limits);
        shown.limits = (low, high);
        let raster = &shown.plane.raster;
        let shading = Shading::new(raster, (low, high), self.state.stretch, self.state.invert);
        let curve = match self.state.stretch {
            Stretch::Histogram => histogram_curve(&shown.sample, low, high),
            _ => Vec::new(),
        };
        let table =
            Table { colors: colormap::rgba(self.state.cmap), curve, stretch: self.state.stretch };
        self.renderer.set_shading(&self.gpu, &shading, &table);
    }

    fn size(&self) -> (f64, f64) {
        self.shown.as_ref().map_or((1.0, 1.0), |shown| {
            (shown.plane.raster.width() as f64, shown.plane.raster.height() as f64)
        })
    }

    fn refit(&mut self) {
        let (width, height) = self.size();
        self.view.fit(width, height);
    }

    /// Shows the whole image.
    pub fn fit(&mut self) {
        self.fitted = true;
        self.refit();
    }

    /// Takes the canvas' size in CSS pixels and the device pixels of one.
    pub fn resize(&mut self, width: f64, height: f64, ratio: f64) {
        let positive = |v: f64| if v.is_finite() && v > 0.0 { v } else { 1.0 };
        self.view.size = (positive(width), positive(height));
        self.view.ratio = positive(ratio);
        if self.fitted {
            self.refit();
        }
    }

    /// Moves the image by CSS pixels.
    pub fn pan(&mut self, dx: f64, dy: f64) {
        self.fitted = false;
        self.view.pan(dx, dy);
        let (width, height) = self.size();
        self.view.hold(width, height);
    }

    /// Zooms about a point of the canvas.
    pub fn zoom_at(&mut self, x: f64, y: f64, factor: f64) {
        self.fitted = false;
        self.view.zoom_at(x, y, factor);
        let (width, height) = self.size();
        self.view.hold(width, height);
    }

    /// Puts a FITS pixel into the middle.
    pub fn center(&mut self, x: f64, y: f64) {
        if x.is_finite() && y.is_finite() {
            self.fitted = false;
            self.view.center = (x, y);
            let (width, height) = self.size();
            self.view.hold(width, height);
        }
    }

    /// Draws a frame. True when the picture is complete; otherwise more frames show more.
    pub fn draw(&mut self, target: &wgpu::TextureView, encoder: &mut wgpu::CommandEncoder) -> bool {
        let start = now_ms();
        let complete = match &mut self.shown {
            None => {
                drop(renderer::begin(target, encoder));
                true
            }
            Some(shown) => {
                let raster = &shown.plane.raster;
                let averaged = shown.pyramid.is_done(raster);
                let uploaded = self.renderer.draw(
                    &self.gpu,
                    target,
                    encoder,
                    &self.view,
                    raster,
                    &shown.pyramid,
                    shown.overview.as_ref(),
                    &mut self.cache,
                    start + UPLOAD_MS,
                );
                averaged && uploaded
            }
        };
        self.average((FRAME_MS + start - now_ms()).max(AVERAGING_MS));
        complete
    }

    /// Goes on with the averages of a large image; when all of it was read, its extremes are known.
    fn average(&mut self, budget_ms: f64) {
        let Some(shown) = &mut self.shown else { return };
        let raster = &shown.plane.raster;
        if shown.pyramid.is_done(raster) {
            return;
        }
        if shown.pyramid.advance(raster, budget_ms) && self.state.limits == Limits::MinMax {
            self.shade();
        }
    }

    /// The limits in use.
    pub fn limits(&self) -> Result<LimitValues, ViewerError> {
        let (low, high) = self.shown()?.limits;
        Ok(LimitValues { low, high })
    }

    /// Counts of values between the 0.1 and 99.9 % points, or between the limits where they reach
    /// further.
    pub fn histogram(&self, bins: usize) -> Result<Histogram, ViewerError> {
        let shown = self.shown()?;
        let end = |fraction, limit: f64, pick: fn(f64, f64) -> f64| {
            shown.sample.quantile(fraction).map_or(limit, |v| pick(v, limit))
        };
        let (low, high) = shown.limits;
        let (low, high) = (end(0.001, low, f64::min), end(0.999, high, f64::max));
        let counts = shown.sample.histogram(low, high, bins);
        Ok(Histogram { low, high, counts, complete: shown.sample.complete })
    }

    /// The curve of an HDU.
    pub fn spectrum(&self, hdu: usize) -> Result<Spectrum, ViewerError> {
        spectrum::read(self.document()?, hdu)
    }
}
