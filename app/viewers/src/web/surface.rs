//! Canvases: choosing an API and drawing frames.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::HtmlCanvasElement;

use crate::clock::{FrameSummary, FrameTimes, now_ms};
use crate::error::ViewerError;
use crate::gpu::{Backend, Canvas, Gpu, GpuError};

/// Whether a WebGPU adapter answers.
pub async fn has_webgpu() -> bool {
    wgpu::util::is_browser_webgpu_supported().await
}

/// Whether a canvas gives a WebGL2 context.
pub fn has_webgl2() -> bool {
    let canvas = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.create_element("canvas").ok())
        .and_then(|element| element.dyn_into::<HtmlCanvasElement>().ok());
    canvas.is_some_and(|canvas| matches!(canvas.get_context("webgl2"), Ok(Some(_))))
}

/// An adapter, its device, and what made them.
#[derive(Clone)]
struct Source {
    instance: wgpu::Instance,
    adapter: wgpu::Adapter,
    gpu: Gpu,
}

thread_local! {
    /// The WebGPU device of the page, shared by all its viewers: a device that is given up while
    /// another draws has been seen to stop Chromium's page for good, and a new one costs time.
    static WEBGPU: RefCell<Option<Source>> = const { RefCell::new(None) };
}

/// A device and a surface on a canvas. WebGPU is asked for an adapter before the canvas is
/// touched: a canvas that once had a context of one API never gives one of the other.
pub async fn attach(
    canvas: HtmlCanvasElement,
    backend: Backend,
) -> Result<(Gpu, Canvas), ViewerError> {
    let kept = match backend {
        Backend::WebGpu => WEBGPU.with_borrow(|kept| kept.clone()),
        Backend::WebGl2 => None,
    };
    if let Some(Source { instance, adapter, gpu }) = kept.filter(|kept| !kept.gpu.is_lost()) {
        let canvas = Canvas::new(surface_of(&instance, canvas)?, &adapter)?;
        return Ok((gpu, canvas));
    }
    // Without these checks wgpu would take the canvas and then fail.
    let (backends, name, there) = match backend {
        Backend::WebGpu => (wgpu::Backends::BROWSER_WEBGPU, "WebGPU", has_webgpu().await),
        Backend::WebGl2 => (wgpu::Backends::GL, "WebGL2", has_webgl2()),
    };
    if !there || !wgpu::Instance::enabled_backend_features().contains(backends) {
        return Err(GpuError::NoAdapter(name.to_owned()).into());
    }
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = backends;
    let instance = wgpu::Instance::new(descriptor);
    let surface = surface_of(&instance, canvas)?;
    let options =
        wgpu::RequestAdapterOptions { compatible_surface: Some(&surface), ..Default::default() };
    let adapter = instance
        .request_adapter(&options)
        .await
        .map_err(|error| GpuError::NoAdapter(error.to_string()))?;
    let gpu = Gpu::of(&adapter).await?;
    let canvas = Canvas::new(surface, &adapter)?;
    if backend == Backend::WebGpu {
        let source = Source { instance, adapter, gpu: gpu.clone() };
        WEBGPU.set(Some(source));
    }
    Ok((gpu, canvas))
}

fn surface_of(
    instance: &wgpu::Instance,
    canvas: HtmlCanvasElement,
) -> Result<wgpu::Surface<'static>, GpuError> {
    instance
        .create_surface(wgpu::SurfaceTarget::Canvas(canvas))
        .map_err(|error| GpuError::NoSurface(error.to_string()))
}

/// What draws itself frame by frame.
pub trait Painter {
    /// Whether nothing can be drawn any more.
    fn gpu_is_lost(&self) -> bool;

    /// Draws a frame; true when nothing is left to do.
    fn paint(&mut self) -> bool;
}

/// The frames of a canvas.
#[derive(Debug, Default)]
pub struct Frames {
    /// One is due in the browser's next frame.
    scheduled: Cell<bool>,
    /// What they cost this thread, from the first upload to the last command.
    times: RefCell<FrameTimes>,
}

impl Frames {
    /// Figures of recent frames.
    pub fn summary(&self) -> FrameSummary {
        self.times.borrow().summary()
    }
}

/// Draws a frame and, while the picture is incomplete, one in each frame of the browser. Where one
/// is due already it will show what is asked for now: two would cost twice and show the same.
pub fn render<P: Painter + 'static>(
    painter: &Rc<RefCell<P>>,
    frames: &Rc<Frames>,
) -> Result<(), ViewerError> {
    if painter.try_borrow().is_ok_and(|painter| painter.gpu_is_lost()) {
        return Err(ViewerError::GpuLost);
    }
    if frames.scheduled.get() {
        return Ok(());
    }
    let start = now_ms();
    // A frame in which the viewer is busy is left out.
    let complete = painter.try_borrow_mut().is_ok_and(|mut painter| painter.paint());
    frames.times.borrow_mut().add(now_ms() - start);
    if complete {
        return Ok(());
    }
    let Some(window) = web_sys::window() else { return Ok(()) };
    let (weak, due) = (Rc::downgrade(painter), Rc::clone(frames));
    let next = Closure::once_into_js(move || {
        due.scheduled.set(false);
        if let Some(painter) = weak.upgrade() {
            // What the page next asks of the viewer tells it.
            let _ = render(&painter, &due);
        }
    });
    if window.request_animation_frame(next.unchecked_ref()).is_ok() {
        frames.scheduled.set(true);
    }
    Ok(())
}

/// Device pixels of a length in CSS pixels.
pub fn device_pixels(css: f64, ratio: f64) -> u32 {
    let pixels = (css * ratio).round();
    if pixels.is_finite() { pixels.clamp(1.0, 16_384.0) as u32 } else { 1 }
}
