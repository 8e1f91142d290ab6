//! wgpu renderers for images, the sky and plots, and the classes through which a page uses them.
//!
//! The renderers know no page framework and no route: a page gives them a canvas and data, and
//! asks for pictures, readouts and overlays. Raw numbers go to the GPU as the file holds them;
//! shaders do stretch, colour and projection. What a shader computes has a twin in Rust (modules
//! `image::shade`, `image::stretch`, `image::colormap`, `sky::projection`, `plot::tone`) that
//! tests hold against it.

pub mod clock;
pub mod error;
pub mod gpu;
pub mod image;
pub mod plot;
pub mod sky;

#[cfg(target_arch = "wasm32")]
pub mod web;
