//! Finding a device.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Tier;

/// Which API of the browser to use; the page chooses, and loads a module that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// WebGPU.
    WebGpu,
    /// WebGL2.
    WebGl2,
}

impl Backend {
    /// Reads the page's word: `webgpu`, else WebGL2, which more browsers have.
    pub fn from_word(word: &str) -> Backend {
        if word == "webgpu" { Backend::WebGpu } else { Backend::WebGl2 }
    }
}

/// Why there is no device.
#[derive(Clone, Debug, thiserror::Error)]
pub enum GpuError {
    /// No adapter answered.
    #[error("no adapter: {0}")]
    NoAdapter(String),
    /// The adapter gave no device.
    #[error("no device: {0}")]
    NoDevice(String),
    /// The canvas cannot be drawn on.
    #[error("no surface: {0}")]
    NoSurface(String),
}

/// A device with its queue and what it can do.
#[derive(Clone, Debug)]
pub struct Gpu {
    /// The device.
    pub device: wgpu::Device,
    /// Its queue.
    pub queue: wgpu::Queue,
    /// Its tier.
    pub tier: Tier,
    /// Where a plot's points are counted.
    pub count_format: wgpu::TextureFormat,
    /// `webgpu`, `webgl2` or the native API's name.
    pub backend_name: &'static str,
    /// Set when the device was lost; nothing can be drawn any more.
    lost: Arc<AtomicBool>,
}

impl Gpu {
    /// A device of an adapter.
    pub async fn of(adapter: &wgpu::Adapter) -> Result<Gpu, GpuError> {
        let tier = Tier::of(adapter);
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("tenkyu"),
            required_limits: tier.limits(adapter),
            ..Default::default()
        };
        let (device, queue) = adapter
            .request_device(&descriptor)
            .await
            .map_err(|error| GpuError::NoDevice(error.to_string()))?;
        let lost = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&lost);
        device.set_device_lost_callback(move |_, _| flag.store(true, Ordering::Relaxed));
        // The default handler panics, which would end the page; a failed frame is only a failed
        // frame.
        device.on_uncaptured_error(Arc::new(report));
        Ok(Gpu {
            device,
            queue,
            tier,
            count_format: Tier::count_format(adapter),
            backend_name: backend_name(adapter.get_info().backend),
            lost,
        })
    }

    /// Any native device, for tests and tools: `None` where the machine has none.
    #[cfg(not(target_arch = "wasm32"))]
    pub async fn headless() -> Option<Gpu> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let adapter =
            instance.request_adapter(&wgpu::RequestAdapterOptions::default()).await.ok()?;
        Gpu::of(&adapter).await.ok()
    }

    /// Whether the device was lost.
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// A shader module from WGSL.
    pub fn shader(&self, label: &str, source: &str) -> wgpu::ShaderModule {
        self.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(label),
            source: wgpu::ShaderSource::Wgsl(source.into()),
        })
    }

    /// A buffer with contents.
    pub fn buffer(&self, usage: wgpu::BufferUsages, bytes: &[u8]) -> wgpu::Buffer {
        use wgpu::util::DeviceExt;
        // A buffer of no bytes is an error on some backends.
        let contents = if bytes.is_empty() { &[0; 16] } else { bytes };
        self.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: None,
            contents,
            usage,
        })
    }
}

fn backend_name(backend: wgpu::Backend) -> &'static str {
    match backend {
        wgpu::Backend::BrowserWebGpu => "webgpu",
        wgpu::Backend::Gl => "webgl2",
        other => other.to_str(),
    }
}

#[cfg(target_arch = "wasm32")]
fn report(error: wgpu::Error) {
    web_sys::console::warn_1(&error.to_string().into());
}

#[cfg(not(target_arch = "wasm32"))]
#[expect(clippy::print_stderr, reason = "the native build serves tests and tools")]
fn report(error: wgpu::Error) {
    eprintln!("GPU: {error}");
}
