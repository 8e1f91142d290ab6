//! Where pictures go: a canvas, or a texture that tests read back.

use super::{Gpu, GpuError};

/// Largest side of a drawing surface in device pixels.
const MAX_SIDE: u32 = 8192;

/// A surface on a canvas.
#[derive(Debug)]
pub struct Canvas {
    surface: wgpu::Surface<'static>,
    config: wgpu::SurfaceConfiguration,
    configured: bool,
}

impl Canvas {
    /// Chooses a format for a surface; its size comes with [`Canvas::resize`].
    ///
    /// The format is never an sRGB one: backends differ in which they offer first, and the same
    /// colour would come out different.
    pub fn new(
        surface: wgpu::Surface<'static>,
        adapter: &wgpu::Adapter,
    ) -> Result<Canvas, GpuError> {
        let caps = surface.get_capabilities(adapter);
        let format = [wgpu::TextureFormat::Rgba8Unorm, wgpu::TextureFormat::Bgra8Unorm]
            .into_iter()
            .find(|format| caps.formats.contains(format))
            .ok_or_else(|| GpuError::NoSurface("no 8-bit format".to_owned()))?;
        let alpha_mode = if caps.alpha_modes.contains(&wgpu::CompositeAlphaMode::Opaque) {
            wgpu::CompositeAlphaMode::Opaque
        } else {
            wgpu::CompositeAlphaMode::Auto
        };
        let config = wgpu::SurfaceConfiguration {
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
            format,
            color_space: wgpu::SurfaceColorSpace::Auto,
            width: 1,
            height: 1,
            present_mode: wgpu::PresentMode::AutoVsync,
            desired_maximum_frame_latency: 2,
            alpha_mode,
            view_formats: Vec::new(),
        };
        Ok(Canvas { surface, config, configured: false })
    }

    /// The format of the pictures.
    pub fn format(&self) -> wgpu::TextureFormat {
        self.config.format
    }

    /// The size in device pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.config.width, self.config.height)
    }

    /// Sets the size in device pixels.
    pub fn resize(&mut self, gpu: &Gpu, width: u32, height: u32) {
        let most = gpu.device.limits().max_texture_dimension_2d.min(MAX_SIDE);
        let (width, height) = (width.clamp(1, most), height.clamp(1, most));
        if self.configured && (self.config.width, self.config.height) == (width, height) {
            return;
        }
        (self.config.width, self.config.height) = (width, height);
        self.surface.configure(&gpu.device, &self.config);
        self.configured = true;
    }

    /// Draws a frame. Returns false where no frame could be had; the next one may succeed.
    pub fn draw(
        &mut self,
        gpu: &Gpu,
        paint: impl FnOnce(&wgpu::TextureView, &mut wgpu::CommandEncoder),
    ) -> bool {
        use wgpu::CurrentSurfaceTexture as Current;
        if !self.configured || gpu.is_lost() {
            return false;
        }
        let frame = match self.surface.get_current_texture() {
            Current::Success(frame) | Current::Suboptimal(frame) => frame,
            Current::Outdated | Current::Lost => {
                self.surface.configure(&gpu.device, &self.config);
                return false;
            }
            Current::Timeout | Current::Occluded | Current::Validation => return false,
        };
        let view = frame.texture.create_view(&wgpu::TextureViewDescriptor::default());
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        paint(&view, &mut encoder);
        gpu.queue.submit([encoder.finish()]);
        gpu.queue.present(frame);
        true
    }
}

/// A texture that is drawn on and read back; for tests and tools.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug)]
pub struct Offscreen {
    texture: wgpu::Texture,
    width: u32,
    height: u32,
}

#[cfg(not(target_arch = "wasm32"))]
impl Offscreen {
    /// The format of the pictures.
    pub const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

    /// A picture of `width` × `height` device pixels.
    pub fn new(gpu: &Gpu, width: u32, height: u32) -> Offscreen {
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("offscreen"),
            size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: Self::FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        Offscreen { texture, width, height }
    }

    /// Draws a frame.
    pub fn draw(
        &self,
        gpu: &Gpu,
        paint: impl FnOnce(&wgpu::TextureView, &mut wgpu::CommandEncoder),
    ) {
        let view = self.texture.create_view(&wgpu::TextureViewDescriptor::default());
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        paint(&view, &mut encoder);
        gpu.queue.submit([encoder.finish()]);
    }

    /// Reads the picture back: RGBA bytes, top row first; `None` where the device fails.
    pub fn read(&self, gpu: &Gpu) -> Option<Vec<u8>> {
        let stride = (self.width * 4).div_ceil(256) * 256;
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: u64::from(stride) * u64::from(self.height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        encoder.copy_texture_to_buffer(
            self.texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &buffer,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(stride),
                    rows_per_image: None,
                },
            },
            wgpu::Extent3d { width: self.width, height: self.height, depth_or_array_layers: 1 },
        );
        gpu.queue.submit([encoder.finish()]);
        let (send, receive) = std::sync::mpsc::channel();
        buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            let _ = send.send(result);
        });
        gpu.device.poll(wgpu::PollType::wait_indefinitely()).ok()?;
        receive.recv().ok()?.ok()?;
        let bytes = buffer.slice(..).get_mapped_range().ok()?.to_vec();
        let row = self.width as usize * 4;
        Some(
            bytes.chunks(stride as usize).filter_map(|r| r.get(..row)).flatten().copied().collect(),
        )
    }
}
