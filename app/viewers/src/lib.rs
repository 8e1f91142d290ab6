//! wgpu renderers for images, the sky and plots.
