//! Draws the map: background, insides, lines, stars, rows.

use super::camera::Camera;
use super::layers::{Direction, FillCorner, Segment, Star};
use crate::gpu::{BACKGROUND, Gpu, clear_color, packed_attributes};

/// Shaders of the layers, complete.
pub const SHADERS: [(&str, &str); 4] = [
    (
        "sky_background",
        concat!(
            include_str!("../shaders/sky.wgsl"),
            include_str!("../shaders/sky_background.wgsl")
        ),
    ),
    (
        "sky_fill",
        concat!(include_str!("../shaders/sky.wgsl"), include_str!("../shaders/sky_fill.wgsl")),
    ),
    (
        "sky_lines",
        concat!(include_str!("../shaders/sky.wgsl"), include_str!("../shaders/sky_lines.wgsl")),
    ),
    (
        "sky_points",
        concat!(include_str!("../shaders/sky.wgsl"), include_str!("../shaders/sky_points.wgsl")),
    ),
];

/// Uniforms of `sky.wgsl` (`View`).
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct ViewUniforms {
    centre_high: [f32; 4],
    centre_low: [f32; 4],
    east: [f32; 4],
    north: [f32; 4],
    scale: [f32; 2],
    pixels: [f32; 2],
    w: f32,
    horizon: f32,
    rim: f32,
    ratio: f32,
    limit: f32,
    fov: f32,
    crowd: f32,
    pad: f32,
}

impl ViewUniforms {
    /// The uniforms of a view; `limit` is the faintest magnitude drawn in full, `crowd` the number
    /// of rows.
    pub fn new(camera: &Camera, limit: f32, crowd: usize) -> ViewUniforms {
        let map = camera.projection();
        let four = |[x, y, z]: [f32; 3]| [x, y, z, 0.0];
        let centre = Direction::of(map.centre);
        let single = |v: tenkyu_sky::sphere::Vec3| four(v.0.map(|c| c as f32));
        let scale = camera.scale();
        ViewUniforms {
            centre_high: four(centre.high),
            centre_low: four(centre.low),
            east: single(map.east),
            north: single(map.north),
            scale: [(2.0 * scale / camera.size.0) as f32, (2.0 * scale / camera.size.1) as f32],
            pixels: [(camera.size.0 * camera.ratio) as f32, (camera.size.1 * camera.ratio) as f32],
            w: map.w as f32,
            horizon: map.horizon() as f32,
            rim: map.rim().unwrap_or(0.0) as f32,
            ratio: camera.ratio as f32,
            limit,
            fov: camera.state.fov_deg as f32,
            crowd: crowd as f32,
            pad: 0.0,
        }
    }
}

/// A vertex buffer and how many instances or corners it holds.
#[derive(Debug)]
pub struct Layer {
    buffer: wgpu::Buffer,
    /// Instances or corners.
    pub count: u32,
    capacity: u64,
}

impl Layer {
    /// An empty layer.
    pub fn new(gpu: &Gpu) -> Layer {
        let usage = wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST;
        Layer { buffer: gpu.buffer(usage, &[]), count: 0, capacity: 0 }
    }

    /// The whole buffer.
    pub fn slice(&self) -> wgpu::BufferSlice<'_> {
        self.buffer.slice(..)
    }

    /// Takes new contents; the buffer is made anew only where they do not fit. What is more than
    /// the device holds in a buffer is left out, and false is answered.
    pub fn set<T: bytemuck::Pod>(&mut self, gpu: &Gpu, items: &[T]) -> bool {
        let size = size_of::<T>().max(1) as u64;
        let room = (gpu.device.limits().max_buffer_size / size).min(u64::from(u32::MAX)) as usize;
        let kept = items.get(..room.min(items.len())).unwrap_or_default();
        let bytes: &[u8] = bytemuck::cast_slice(kept);
        let usage = wgpu::BufferUsages::VERTEX | wgpu::BufferUsages::COPY_DST;
        if bytes.len() as u64 <= self.capacity {
            gpu.queue.write_buffer(&self.buffer, 0, bytes);
        } else {
            self.buffer = gpu.buffer(usage, bytes);
            self.capacity = bytes.len() as u64;
        }
        self.count = kept.len() as u32;
        kept.len() == items.len()
    }
}

/// Everything that is drawn.
#[derive(Debug)]
pub struct SkyLayers {
    /// Triangles of [`FillCorner`].
    pub fills: Layer,
    /// [`Segment`]s of the graticule.
    pub graticule: Layer,
    /// [`Segment`]s of outlines.
    pub outlines: Layer,
    /// [`Star`]s, brightest first; only the first `stars_shown` are drawn.
    pub stars: Layer,
    /// How many of them.
    pub stars_shown: u32,
    /// [`Direction`]s of rows.
    pub rows: Layer,
    /// A `u32` for each row.
    pub flags: Layer,
}

impl SkyLayers {
    /// Empty layers.
    pub fn new(gpu: &Gpu) -> SkyLayers {
        let layer = || Layer::new(gpu);
        SkyLayers {
            fills: layer(),
            graticule: layer(),
            outlines: layer(),
            stars: layer(),
            stars_shown: 0,
            rows: layer(),
            flags: layer(),
        }
    }
}

/// Pipelines and uniforms.
#[derive(Debug)]
pub struct SkyRenderer {
    background: wgpu::RenderPipeline,
    fill: wgpu::RenderPipeline,
    lines: wgpu::RenderPipeline,
    stars: wgpu::RenderPipeline,
    rows: wgpu::RenderPipeline,
    uniforms: wgpu::Buffer,
    bind_group: wgpu::BindGroup,
}

impl SkyRenderer {
    /// Pipelines for pictures of a format.
    pub fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> SkyRenderer {
        use wgpu::VertexFormat::{Float32, Float32x3, Float32x4, Uint32};
        let uniforms = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("sky"),
            size: size_of::<ViewUniforms>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let layout = uniform_layout(gpu);
        let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("sky"),
            layout: &layout,
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: uniforms.as_entire_binding() }],
        });
        let pipeline_layout = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("sky"),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let [background, fill, lines, points] =
            SHADERS.map(|(label, source)| gpu.shader(label, source));
        let make = |module: &wgpu::ShaderModule, vertex, topology, buffers: &[_]| {
            pipeline(gpu, &pipeline_layout, format, module, vertex, topology, buffers)
        };
        let direction = [Float32x3, Float32x3];
        let triangles = wgpu::PrimitiveTopology::TriangleList;
        let strip = wgpu::PrimitiveTopology::TriangleStrip;
        let instances = |size: usize, attributes| {
            Some(wgpu::VertexBufferLayout {
                array_stride: size as u64,
                step_mode: wgpu::VertexStepMode::Instance,
                attributes,
            })
        };
        let corner_attributes =
            packed_attributes(0, &[direction[0], direction[1], Float32x3, Float32x4]);
        let corners = Some(wgpu::VertexBufferLayout {
            array_stride: size_of::<FillCorner>() as u64,
            step_mode: wgpu::VertexStepMode::Vertex,
            attributes: &corner_attributes,
        });
        let segment =
            packed_attributes(0, &[Float32x3, Float32x3, Float32x3, Float32x3, Float32x4, Float32]);
        let star = packed_attributes(0, &[Float32x3, Float32x3, Float32]);
        let row = packed_attributes(0, &direction);
        let flag = packed_attributes(2, &[Uint32]);
        SkyRenderer {
            background: make(&background, "vertex", triangles, &[]),
            fill: make(&fill, "vertex", triangles, &[corners]),
            lines: make(&lines, "vertex", strip, &[instances(size_of::<Segment>(), &segment)]),
            stars: make(&points, "star", strip, &[instances(size_of::<Star>(), &star)]),
            rows: make(
                &points,
                "row",
                strip,
                &[instances(size_of::<Direction>(), &row), instances(4, &flag)],
            ),
            uniforms,
            bind_group,
        }
    }

    /// Draws a frame.
    pub fn draw(
        &self,
        gpu: &Gpu,
        target: &wgpu::TextureView,
        encoder: &mut wgpu::CommandEncoder,
        view: &ViewUniforms,
        layers: &SkyLayers,
    ) {
        gpu.queue.write_buffer(&self.uniforms, 0, bytemuck::bytes_of(view));
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("sky"),
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
        });
        pass.set_bind_group(0, &self.bind_group, &[]);
        pass.set_pipeline(&self.background);
        pass.draw(0..3, 0..1);
        if layers.graticule.count > 0 {
            pass.set_pipeline(&self.lines);
            pass.set_vertex_buffer(0, layers.graticule.buffer.slice(..));
            pass.draw(0..4, 0..layers.graticule.count);
        }
        if layers.stars_shown > 0 {
            pass.set_pipeline(&self.stars);
            pass.set_vertex_buffer(0, layers.stars.buffer.slice(..));
            pass.draw(0..4, 0..layers.stars_shown.min(layers.stars.count));
        }
        if layers.fills.count > 0 {
            pass.set_pipeline(&self.fill);
            pass.set_vertex_buffer(0, layers.fills.buffer.slice(..));
            pass.draw(0..layers.fills.count, 0..1);
        }
        if layers.outlines.count > 0 {
            pass.set_pipeline(&self.lines);
            pass.set_vertex_buffer(0, layers.outlines.buffer.slice(..));
            pass.draw(0..4, 0..layers.outlines.count);
        }
        let rows = layers.rows.count.min(layers.flags.count);
        if rows > 0 {
            pass.set_pipeline(&self.rows);
            pass.set_vertex_buffer(0, layers.rows.buffer.slice(..));
            pass.set_vertex_buffer(1, layers.flags.buffer.slice(..));
            pass.draw(0..4, 0..rows);
        }
    }
}

fn uniform_layout(gpu: &Gpu) -> wgpu::BindGroupLayout {
    gpu.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("sky"),
        entries: &[wgpu::BindGroupLayoutEntry {
            binding: 0,
            visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Uniform,
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        }],
    })
}

/// A pipeline that lays its colours over what is there (colours come multiplied by opacity).
fn pipeline(
    gpu: &Gpu,
    layout: &wgpu::PipelineLayout,
    format: wgpu::TextureFormat,
    module: &wgpu::ShaderModule,
    vertex: &str,
    topology: wgpu::PrimitiveTopology,
    buffers: &[Option<wgpu::VertexBufferLayout<'_>>],
) -> wgpu::RenderPipeline {
    gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some("sky"),
        layout: Some(layout),
        vertex: wgpu::VertexState {
            module,
            entry_point: Some(vertex),
            compilation_options: Default::default(),
            buffers,
        },
        primitive: wgpu::PrimitiveState { topology, ..Default::default() },
        depth_stencil: None,
        multisample: Default::default(),
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: Some("fragment"),
            compilation_options: Default::default(),
            targets: &[Some(wgpu::ColorTargetState {
                format,
                blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                write_mask: wgpu::ColorWrites::ALL,
            })],
        }),
        multiview_mask: None,
        cache: None,
    })
}
