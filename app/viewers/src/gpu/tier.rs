//! What a device can do, as two tiers instead of checks all over the code.

/// Device tiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// WebGPU and native APIs.
    Full,
    /// WebGL2: no compute, no storage, at least 2048² textures.
    Limited,
}

impl Tier {
    /// The tier of an adapter.
    pub fn of(adapter: &wgpu::Adapter) -> Tier {
        match adapter.get_info().backend {
            wgpu::Backend::Gl => Tier::Limited,
            _ => Tier::Full,
        }
    }

    /// The limits to ask of a device. Those that the adapter may raise above the tier's own are
    /// textures and buffers.
    pub fn limits(self, adapter: &wgpu::Adapter) -> wgpu::Limits {
        let base = match self {
            Tier::Full => wgpu::Limits::downlevel_defaults(),
            Tier::Limited => wgpu::Limits::downlevel_webgl2_defaults(),
        };
        let most = adapter.limits();
        wgpu::Limits { max_buffer_size: most.max_buffer_size, ..base.using_resolution(most) }
    }

    /// How many bytes of image tiles may stay on the GPU.
    pub const fn tile_budget(self) -> usize {
        match self {
            Tier::Full => 384 << 20,
            Tier::Limited => 192 << 20,
        }
    }

    /// The format in which a plot counts points: additive and exact to 2048, or the 8-bit one
    /// that every device blends.
    pub fn count_format(adapter: &wgpu::Adapter) -> wgpu::TextureFormat {
        use wgpu::{TextureFormat, TextureFormatFeatureFlags as Flags, TextureUsages};
        let features = adapter.get_texture_format_features(TextureFormat::Rgba16Float);
        let fits = features.allowed_usages.contains(TextureUsages::RENDER_ATTACHMENT)
            && features.flags.contains(Flags::BLENDABLE);
        if fits { TextureFormat::Rgba16Float } else { TextureFormat::Rgba8Unorm }
    }
}
