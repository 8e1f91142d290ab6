//! Which tiles a view needs, and the textures of those that are on the GPU.

use std::collections::HashMap;

use super::pyramid::{Pyramid, level_size};
use super::raster::{Raster, TileFormat};
use super::view::ImageView;
use crate::clock::now_ms;
use crate::gpu::Gpu;

/// Side of a tile in texels.
pub const SIDE: usize = 512;

/// A tile: level of the pyramid (0 is full resolution), column and row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileKey {
    /// Level.
    pub level: usize,
    /// Column.
    pub x: usize,
    /// Row.
    pub y: usize,
}

/// The level that suits a view: its texels cover between a half and a whole device pixel, or more
/// where the image is enlarged.
pub fn level_for(view: &ImageView, levels: usize) -> usize {
    let pixels = view.zoom * view.ratio;
    let level = (1.0 / pixels).log2().floor().max(0.0) as usize;
    level.min(levels.saturating_sub(1))
}

/// The tiles of a level that a view shows, those nearest to its middle first.
pub fn visible(view: &ImageView, raster: &Raster, level: usize) -> Vec<TileKey> {
    let (width, height) = level_size(raster, level);
    let step = (SIDE << level.min(40)) as f64;
    let [x0, y0, x1, y1] = view.visible();
    let range = |low: f64, high: f64, size: usize| {
        let last = size.div_ceil(SIDE);
        let first = ((low - 0.5) / step).floor().clamp(0.0, last as f64) as usize;
        let end = ((high - 0.5) / step).ceil().clamp(0.0, last as f64) as usize;
        first..end
    };
    let mut keys: Vec<TileKey> = range(y0, y1, height)
        .flat_map(|y| range(x0, x1, width).map(move |x| TileKey { level, x, y }))
        .collect();
    let distance = |key: &TileKey| {
        let middle = |i: usize| (i as f64 + 0.5) * step;
        (middle(key.x) - view.center.0).hypot(middle(key.y) - view.center.1)
    };
    keys.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    keys
}

/// A tile on the GPU.
#[derive(Debug)]
pub struct Tile {
    /// Ready to draw with.
    pub bind_group: wgpu::BindGroup,
    /// How its numbers are held.
    pub format: TileFormat,
    /// Texels in x and y.
    pub size: (usize, usize),
    bytes: usize,
    used: u64,
}

/// Textures by tile, within the tier's budget; those not drawn for longest go first.
#[derive(Debug, Default)]
pub struct TileCache {
    tiles: HashMap<TileKey, Tile>,
    bytes: usize,
    frame: u64,
    /// What the last upload took.
    upload_ms: f64,
}

impl TileCache {
    /// Starts a frame.
    pub fn begin(&mut self) {
        self.frame += 1;
    }

    /// Forgets everything: the raster is another.
    pub fn clear(&mut self) {
        self.tiles.clear();
        self.bytes = 0;
    }

    /// Marks a tile as drawn in this frame; its size in texels, `None` where it is not there.
    pub fn touch(&mut self, key: TileKey) -> Option<(usize, usize)> {
        let tile = self.tiles.get_mut(&key)?;
        tile.used = self.frame;
        Some(tile.size)
    }

    /// A tile that is there.
    pub fn get(&self, key: TileKey) -> Option<&Tile> {
        self.tiles.get(&key)
    }

    /// Uploads wanted tiles, at least one and as many as are likely to be done by `deadline_ms`;
    /// true when none is missing. Tiles whose rows are not averaged yet are left for a later
    /// frame.
    pub fn upload(
        &mut self,
        gpu: &Gpu,
        layouts: &TileLayouts,
        raster: &Raster,
        pyramid: &Pyramid,
        wanted: &[TileKey],
        deadline_ms: f64,
    ) -> bool {
        let mut complete = true;
        let mut uploaded = 0;
        for key in wanted {
            if self.tiles.contains_key(key) {
                continue;
            }
            let start = now_ms();
            let late = uploaded > 0 && start + self.upload_ms > deadline_ms;
            if late || !pyramid.has_rows(raster, key.level, (key.y + 1) * SIDE) {
                complete = false;
                continue;
            }
            let tile = Tile::new(gpu, layouts, raster, pyramid, *key, self.frame);
            self.bytes += tile.bytes;
            self.tiles.insert(*key, tile);
            self.upload_ms = now_ms() - start;
            uploaded += 1;
        }
        self.evict(gpu.tier.tile_budget());
        complete
    }

    fn evict(&mut self, budget: usize) {
        if self.bytes <= budget {
            return;
        }
        let mut old: Vec<(u64, TileKey)> = self
            .tiles
            .iter()
            .filter(|(_, tile)| tile.used + 1 < self.frame)
            .map(|(key, tile)| (tile.used, *key))
            .collect();
        old.sort_unstable();
        for (_, key) in old {
            if self.bytes <= budget {
                return;
            }
            if let Some(tile) = self.tiles.remove(&key) {
                self.bytes -= tile.bytes;
            }
        }
    }
}

/// Bind group layouts for the three kinds of texture.
#[derive(Debug)]
pub struct TileLayouts {
    float: wgpu::BindGroupLayout,
    sint: wgpu::BindGroupLayout,
    uint: wgpu::BindGroupLayout,
}

impl TileLayouts {
    /// The layouts.
    pub fn new(gpu: &Gpu) -> TileLayouts {
        use wgpu::TextureSampleType as Type;
        let layout = |sample_type| {
            gpu.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("tile"),
                entries: &[texture_entry(0, sample_type)],
            })
        };
        TileLayouts {
            float: layout(Type::Float { filterable: false }),
            sint: layout(Type::Sint),
            uint: layout(Type::Uint),
        }
    }

    /// The layout for a format.
    pub fn of(&self, format: TileFormat) -> &wgpu::BindGroupLayout {
        match format {
            TileFormat::Float32 => &self.float,
            TileFormat::Sint16 | TileFormat::Sint32 => &self.sint,
            TileFormat::Uint8 => &self.uint,
        }
    }
}

/// A layout entry for a texture that the fragment shader loads from.
pub fn texture_entry(
    binding: u32,
    sample_type: wgpu::TextureSampleType,
) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty: wgpu::BindingType::Texture {
            sample_type,
            view_dimension: wgpu::TextureViewDimension::D2,
            multisampled: false,
        },
        count: None,
    }
}

impl Tile {
    /// The whole raster in one texture of derived singles: every `step`-th pixel, `step` chosen so
    /// that neither side is over 1024.
    pub fn overview(gpu: &Gpu, layouts: &TileLayouts, raster: &Raster) -> (Tile, usize) {
        let step = raster.width().max(raster.height()).div_ceil(1024).max(1);
        let size = (raster.width().div_ceil(step), raster.height().div_ceil(step));
        let mut row = vec![0.0; raster.width()];
        let mut values = Vec::with_capacity(size.0 * size.1);
        for y in 0..size.1 {
            raster.derived_row((y * step + step / 2).min(raster.height() - 1), 0, &mut row);
            values.extend(
                (0..size.0).map(|x| {
                    row.get(x * step + step / 2).or(row.last()).copied().unwrap_or(f32::NAN)
                }),
            );
        }
        (Tile::of(gpu, layouts, TileFormat::Float32, size, bytemuck::cast_slice(&values), 0), step)
    }

    fn new(
        gpu: &Gpu,
        layouts: &TileLayouts,
        raster: &Raster,
        pyramid: &Pyramid,
        key: TileKey,
        frame: u64,
    ) -> Tile {
        let (width, height) = level_size(raster, key.level);
        let (x0, y0) = (key.x * SIDE, key.y * SIDE);
        let size = (SIDE.min(width - x0), SIDE.min(height - y0));
        let (format, bytes) = if key.level == 0 {
            (raster.native_format(), raster.native_tile(x0, y0, size.0, size.1))
        } else {
            let means = pyramid.tile(raster, key.level, x0, y0, size.0, size.1);
            (TileFormat::Float32, bytemuck::cast_slice(&means).to_vec())
        };
        Tile::of(gpu, layouts, format, size, &bytes, frame)
    }

    fn of(
        gpu: &Gpu,
        layouts: &TileLayouts,
        format: TileFormat,
        size: (usize, usize),
        bytes: &[u8],
        frame: u64,
    ) -> Tile {
        let texture = texture(gpu, format.texture(), size, format.size(), bytes);
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("tile"),
            layout: layouts.of(format),
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::TextureView(&view),
            }],
        });
        Tile { bind_group, format, size, bytes: bytes.len(), used: frame }
    }
}

/// A texture with contents.
pub fn texture(
    gpu: &Gpu,
    format: wgpu::TextureFormat,
    (width, height): (usize, usize),
    texel: usize,
    bytes: &[u8],
) -> wgpu::Texture {
    let size =
        wgpu::Extent3d { width: width as u32, height: height as u32, depth_or_array_layers: 1 };
    let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    let layout = wgpu::TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: Some((width * texel) as u32),
        rows_per_image: None,
    };
    gpu.queue.write_texture(texture.as_image_copy(), bytes, layout, size);
    texture
}
