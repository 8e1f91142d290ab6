//! The GPU: device, what it can do, where pictures go.

mod context;
mod target;
mod tier;

pub use context::{Backend, Gpu, GpuError};
pub use target::Canvas;
#[cfg(not(target_arch = "wasm32"))]
pub use target::Offscreen;
pub use tier::Tier;

/// Background of every viewer, sRGB: a blue-black that is never pure black.
pub const BACKGROUND: [f32; 3] = [0x0b as f32 / 255.0, 0x0d as f32 / 255.0, 0x12 as f32 / 255.0];

/// An sRGB colour as wgpu's clear colour; targets are never of an sRGB format, so the numbers
/// reach the screen unchanged on every backend.
pub fn clear_color([r, g, b]: [f32; 3]) -> wgpu::Color {
    wgpu::Color { r: f64::from(r), g: f64::from(g), b: f64::from(b), a: 1.0 }
}

/// A vertex buffer attribute list from formats that follow each other without gaps.
pub fn packed_attributes(
    first_location: u32,
    formats: &[wgpu::VertexFormat],
) -> Vec<wgpu::VertexAttribute> {
    let mut offset = 0;
    (first_location..)
        .zip(formats)
        .map(|(shader_location, &format)| {
            let attribute = wgpu::VertexAttribute { format, offset, shader_location };
            offset += format.size();
            attribute
        })
        .collect()
}
