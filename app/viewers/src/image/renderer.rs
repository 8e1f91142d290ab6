//! Draws an image: tiles on the GPU, limits, stretch and colour in the shader.

use wgpu::util::DeviceExt;

use super::pyramid::{Pyramid, level_size};
use super::raster::{Raster, TileFormat};
use super::shade::{Shading, Table};
use super::tiles::{self, SIDE, Tile, TileCache, TileKey, TileLayouts, texture_entry};
use super::view::ImageView;
use crate::gpu::{BACKGROUND, Gpu, clear_color, packed_attributes};

/// Shaders of the three kinds of tile, complete.
pub const SHADERS: [(&str, &str); 3] = [
    (
        "image_float",
        concat!(include_str!("../shaders/image.wgsl"), include_str!("../shaders/image_float.wgsl")),
    ),
    (
        "image_sint",
        concat!(include_str!("../shaders/image.wgsl"), include_str!("../shaders/image_sint.wgsl")),
    ),
    (
        "image_uint",
        concat!(include_str!("../shaders/image.wgsl"), include_str!("../shaders/image_uint.wgsl")),
    ),
];

/// A rectangle of a tile on the screen; mirrors the inputs of `vertex` in `image.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
struct Instance {
    clip: [f32; 4],
    texels: [f32; 4],
    smooth: u32,
    pad: [u32; 3],
}

const INSTANCE: u64 = size_of::<Instance>() as u64;

/// What a rectangle shows.
#[derive(Clone, Copy, Debug)]
enum Source {
    Overview,
    Tile(TileKey),
}

/// Pipelines and tables. The raster, its mipmaps and its tiles belong to the viewer.
#[derive(Debug)]
pub struct ImageRenderer {
    /// Layouts of tiles.
    pub layouts: TileLayouts,
    pipelines: [wgpu::RenderPipeline; 3],
    frame_layout: wgpu::BindGroupLayout,
    native: Option<wgpu::BindGroup>,
    derived: Option<wgpu::BindGroup>,
    instances: wgpu::Buffer,
}

impl ImageRenderer {
    /// Pipelines for pictures of a format.
    pub fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> ImageRenderer {
        let layouts = TileLayouts::new(gpu);
        let frame_layout = frame_layout(gpu);
        let formats = [TileFormat::Float32, TileFormat::Sint32, TileFormat::Uint8];
        let pipelines = std::array::from_fn(|i| {
            let (label, source) = SHADERS[i];
            pipeline(gpu, format, &frame_layout, layouts.of(formats[i]), label, source)
        });
        let instances = instance_buffer(gpu, 64);
        ImageRenderer { layouts, pipelines, frame_layout, native: None, derived: None, instances }
    }

    /// Takes limits, stretch and colours for the next frames.
    pub fn set_shading(&mut self, gpu: &Gpu, shading: &Shading, table: &Table) {
        let colors =
            tiles::texture(gpu, wgpu::TextureFormat::Rgba8Unorm, (256, 1), 4, &table.colors);
        let curve = match table.curve.len() {
            super::limits::CURVE => table.curve.clone(),
            _ => vec![0.0; super::limits::CURVE],
        };
        let curve = tiles::texture(
            gpu,
            wgpu::TextureFormat::R32Float,
            (curve.len(), 1),
            4,
            bytemuck::cast_slice(&curve),
        );
        let bind = |params| {
            let buffer = gpu.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some("image parameters"),
                contents: bytemuck::bytes_of(params),
                usage: wgpu::BufferUsages::UNIFORM,
            });
            let view = |t: &wgpu::Texture| t.create_view(&wgpu::TextureViewDescriptor::default());
            gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("image"),
                layout: &self.frame_layout,
                entries: &[
                    wgpu::BindGroupEntry { binding: 0, resource: buffer.as_entire_binding() },
                    wgpu::BindGroupEntry {
                        binding: 1,
                        resource: wgpu::BindingResource::TextureView(&view(&colors)),
                    },
                    wgpu::BindGroupEntry {
                        binding: 2,
                        resource: wgpu::BindingResource::TextureView(&view(&curve)),
                    },
                ],
            })
        };
        self.native = Some(bind(&shading.native));
        self.derived = Some(bind(&shading.derived));
    }

    /// Uploads what is missing until `deadline_ms` and draws what is there. True when nothing is
    /// missing; otherwise the next frame shows more.
    #[expect(clippy::too_many_arguments, reason = "a frame is made of these")]
    pub fn draw(
        &mut self,
        gpu: &Gpu,
        target: &wgpu::TextureView,
        encoder: &mut wgpu::CommandEncoder,
        view: &ImageView,
        raster: &Raster,
        pyramid: &Pyramid,
        overview: Option<&(Tile, usize)>,
        cache: &mut TileCache,
        deadline_ms: f64,
    ) -> bool {
        cache.begin();
        let level = tiles::level_for(view, pyramid.count());
        let last = pyramid.count().saturating_sub(1);
        let mut wanted = tiles::visible(view, raster, last);
        if level != last {
            wanted.extend(tiles::visible(view, raster, level));
        }
        let complete = cache.upload(gpu, &self.layouts, raster, pyramid, &wanted, deadline_ms);
        let rects = rectangles(view, raster, level, last, complete, overview, cache);
        self.paint(gpu, target, encoder, &rects, overview, cache);
        complete
    }

    fn paint(
        &mut self,
        gpu: &Gpu,
        target: &wgpu::TextureView,
        encoder: &mut wgpu::CommandEncoder,
        rects: &[(Source, Instance)],
        overview: Option<&(Tile, usize)>,
        cache: &TileCache,
    ) {
        let instances: Vec<Instance> = rects.iter().map(|(_, instance)| *instance).collect();
        if instances.len() as u64 * INSTANCE > self.instances.size() {
            self.instances = instance_buffer(gpu, instances.len().next_power_of_two());
        }
        gpu.queue.write_buffer(&self.instances, 0, bytemuck::cast_slice(&instances));
        let mut pass = begin(target, encoder);
        let (Some(native), Some(derived)) = (&self.native, &self.derived) else { return };
        for (i, (source, _)) in (0_u64..).zip(rects) {
            let (tile, is_native) = match source {
                Source::Overview => (overview.map(|(tile, _)| tile), false),
                Source::Tile(key) => (cache.get(*key), key.level == 0),
            };
            let Some(tile) = tile else { continue };
            let [float, sint, uint] = &self.pipelines;
            pass.set_pipeline(match tile.format {
                TileFormat::Float32 => float,
                TileFormat::Sint16 | TileFormat::Sint32 => sint,
                TileFormat::Uint8 => uint,
            });
            pass.set_bind_group(0, if is_native { native } else { derived }, &[]);
            pass.set_bind_group(1, &tile.bind_group, &[]);
            pass.set_vertex_buffer(0, self.instances.slice(i * INSTANCE..(i + 1) * INSTANCE));
            pass.draw(0..4, 0..1);
        }
    }
}

/// Clears a target; what an empty viewer shows.
pub fn begin<'a>(
    target: &wgpu::TextureView,
    encoder: &'a mut wgpu::CommandEncoder,
) -> wgpu::RenderPass<'a> {
    encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("image"),
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view: target,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations {
                load: wgpu::LoadOp::Clear(clear_color(BACKGROUND)),
                store: wgpu::StoreOp::Store,
            },
        })],
        depth_stencil_attachment: None,
        timestamp_writes: None,
        occlusion_query_set: None,
        multiview_mask: None,
    })
}

/// What to draw, from coarse to fine, so that fine tiles cover coarse ones.
fn rectangles(
    view: &ImageView,
    raster: &Raster,
    level: usize,
    last: usize,
    complete: bool,
    overview: Option<&(Tile, usize)>,
    cache: &mut TileCache,
) -> Vec<(Source, Instance)> {
    let mut rects = Vec::new();
    if let Some((tile, step)) = overview.filter(|_| !complete) {
        rects.extend(
            rectangle(view, raster, (0, 0), tile.size, *step as f64).map(|r| (Source::Overview, r)),
        );
    }
    let coarsest = if complete { level } else { last };
    for level in (level..=coarsest).rev() {
        for key in tiles::visible(view, raster, level) {
            let Some(size) = cache.touch(key) else { continue };
            let scale = (1_u64 << level.min(62)) as f64;
            let rect = rectangle(view, raster, (key.x * SIDE, key.y * SIDE), size, scale);
            rects.extend(rect.map(|r| (Source::Tile(key), r)));
        }
    }
    rects
}

/// The part of a tile that is on the screen; `None` where it is all outside. `first` is the tile's
/// first texel in its level, `scale` the pixels of a texel's side.
fn rectangle(
    view: &ImageView,
    raster: &Raster,
    first: (usize, usize),
    size: (usize, usize),
    scale: f64,
) -> Option<Instance> {
    let [vx0, vy0, vx1, vy1] = view.visible();
    let span = |first: usize, size: usize, most: usize, v0: f64, v1: f64| {
        let low = (first as f64 * scale + 0.5).max(v0);
        let high = ((first + size) as f64 * scale).min(most as f64) + 0.5;
        let high = high.min(v1);
        (low < high).then_some((low, high))
    };
    let (x0, x1) = span(first.0, size.0, raster.width(), vx0, vx1)?;
    let (y0, y1) = span(first.1, size.1, raster.height(), vy0, vy1)?;
    let texel = |v: f64, first: usize| ((v - 0.5) / scale - first as f64) as f32;
    let clip_x = |x: f64| (2.0 * (x - vx0) / (vx1 - vx0) - 1.0) as f32;
    let clip_y = |y: f64| (2.0 * (y - vy0) / (vy1 - vy0) - 1.0) as f32;
    Some(Instance {
        clip: [clip_x(x0), clip_y(y0), clip_x(x1), clip_y(y1)],
        texels: [texel(x0, first.0), texel(y0, first.1), texel(x1, first.0), texel(y1, first.1)],
        smooth: u32::from(view.zoom * view.ratio < 1.0 || scale > 1.0),
        pad: [0; 3],
    })
}

/// The size of a level in pixels of the raster that its texels cover.
pub fn covered(raster: &Raster, level: usize) -> (usize, usize) {
    let (w, h) = level_size(raster, level);
    (w << level.min(40), h << level.min(40))
}

fn instance_buffer(gpu: &Gpu, count: usize) -> wgpu::Buffer {
    gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("tiles"),
        size: count as u64 * INSTANCE,
        usage: wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}

fn frame_layout(gpu: &Gpu) -> wgpu::BindGroupLayout {
    let float = wgpu::TextureSampleType::Float { filterable: false };
    gpu.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("image"),
        entries: &[
            wgpu::BindGroupLayoutEntry {
                binding: 0,
                visibility: wgpu::ShaderStages::FRAGMENT,
                ty: wgpu::BindingType::Buffer {
                    ty: wgpu::BufferBindingType::Uniform,
                    has_dynamic_offset: false,
                    min_binding_size: None,
                },
                count: None,
            },
            texture_entry(1, float),
            texture_entry(2, float),
        ],
    })
}

fn pipeline(
    gpu: &Gpu,
    format: wgpu::TextureFormat,
    frame: &wgpu::BindGroupLayout,
    tile: &wgpu::BindGroupLayout,
    label: &str,
    source: &str,
) -> wgpu::RenderPipeline {
    use wgpu::VertexFormat::{Float32x4, Uint32};
    let module = gpu.shader(label, source);
    let layout = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(label),
        bind_group_layouts: &[Some(frame), Some(tile)],
        immediate_size: 0,
    });
    gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(label),
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("vertex"),
            compilation_options: Default::default(),
            buffers: &[Some(wgpu::VertexBufferLayout {
                array_stride: INSTANCE,
                step_mode: wgpu::VertexStepMode::Instance,
                attributes: &packed_attributes(0, &[Float32x4, Float32x4, Uint32]),
            })],
        },
        primitive: wgpu::PrimitiveState {
            topology: wgpu::PrimitiveTopology::TriangleStrip,
            ..Default::default()
        },
        depth_stencil: None,
        multisample: Default::default(),
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("fragment"),
            compilation_options: Default::default(),
            targets: &[Some(format.into())],
        }),
        multiview_mask: None,
        cache: None,
    })
}
