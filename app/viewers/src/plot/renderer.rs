//! Draws a scatter plot in two passes: count, then colour.

use super::tone::{Colors, Tone};
use crate::gpu::{Gpu, packed_attributes};
use crate::image::tiles::texture_entry;
use crate::sky::renderer::Layer;

/// Shaders of the two passes.
pub const SHADERS: [(&str, &str); 2] = [
    ("plot_points", include_str!("../shaders/plot_points.wgsl")),
    ("plot_tone", include_str!("../shaders/plot_tone.wgsl")),
];

/// Uniforms of both shaders (`Plot`).
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
struct Uniforms {
    low: [f32; 2],
    scale: [f32; 2],
    pixels: [f32; 2],
    radius: f32,
    weight: f32,
    gain: f32,
    peak: f32,
    selected_gain: f32,
    pad: f32,
    background: [f32; 4],
    sparse: [f32; 4],
    dense: [f32; 4],
    selected: [f32; 4],
}

/// What a frame shows.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Lowest x and y, relative to the origin of the points.
    pub low: [f32; 2],
    /// Highest x and y.
    pub high: [f32; 2],
    /// Canvas in device pixels.
    pub pixels: (u32, u32),
    /// Device pixels per CSS pixel.
    pub ratio: f32,
    /// How points are drawn.
    pub tone: Tone,
    /// In which colours.
    pub colors: Colors,
}

/// Points on the GPU: x, y and state of each in a buffer of its own.
#[derive(Debug)]
pub struct PlotLayers {
    /// Abscissae.
    pub x: Layer,
    /// Ordinates.
    pub y: Layer,
    /// 0 hidden, 1 shown, 2 selected.
    pub states: Layer,
}

impl PlotLayers {
    /// No points.
    pub fn new(gpu: &Gpu) -> PlotLayers {
        PlotLayers { x: Layer::new(gpu), y: Layer::new(gpu), states: Layer::new(gpu) }
    }
}

/// The texture of counts and what reads it.
#[derive(Debug)]
struct Counts {
    view: wgpu::TextureView,
    size: (u32, u32),
    bind_group: wgpu::BindGroup,
}

/// Pipelines and targets.
#[derive(Debug)]
pub struct PlotRenderer {
    points: wgpu::RenderPipeline,
    tone: wgpu::RenderPipeline,
    uniforms: wgpu::Buffer,
    points_group: wgpu::BindGroup,
    tone_layout: wgpu::BindGroupLayout,
    counts: Option<Counts>,
}

impl PlotRenderer {
    /// Pipelines for pictures of a format.
    pub fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> PlotRenderer {
        use wgpu::VertexFormat::{Float32, Uint32};
        let uniforms = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("plot"),
            size: size_of::<Uniforms>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let uniform = wgpu::BindGroupLayoutEntry {
            binding: 0,
            visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Uniform,
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        };
        let layout = |entries: &[_]| {
            gpu.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("plot"),
                entries,
            })
        };
        let points_layout = layout(&[uniform]);
        let float = wgpu::TextureSampleType::Float { filterable: false };
        let tone_layout = layout(&[uniform, texture_entry(1, float)]);
        let points_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("plot"),
            layout: &points_layout,
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: uniforms.as_entire_binding() }],
        });
        let attributes: [_; 3] =
            [(0, Float32), (1, Float32), (2, Uint32)].map(|(i, f)| packed_attributes(i, &[f]));
        let buffers: [_; 3] = std::array::from_fn(|i| {
            Some(wgpu::VertexBufferLayout {
                array_stride: 4,
                step_mode: wgpu::VertexStepMode::Instance,
                attributes: &attributes[i],
            })
        });
        let add = wgpu::BlendComponent {
            src_factor: wgpu::BlendFactor::One,
            dst_factor: wgpu::BlendFactor::One,
            operation: wgpu::BlendOperation::Add,
        };
        let counting = wgpu::ColorTargetState {
            format: gpu.count_format,
            blend: Some(wgpu::BlendState { color: add, alpha: add }),
            write_mask: wgpu::ColorWrites::ALL,
        };
        let [points, tone] = SHADERS;
        let strip = wgpu::PrimitiveTopology::TriangleStrip;
        let list = wgpu::PrimitiveTopology::TriangleList;
        PlotRenderer {
            points: pipeline(gpu, points, &points_layout, counting, strip, &buffers),
            tone: pipeline(gpu, tone, &tone_layout, format.into(), list, &[]),
            uniforms,
            points_group,
            tone_layout,
            counts: None,
        }
    }

    /// What a disc adds to a count: 8-bit targets hold 64 discs.
    fn weight(gpu: &Gpu) -> f32 {
        if gpu.count_format == wgpu::TextureFormat::Rgba8Unorm { 4.0 / 255.0 } else { 1.0 }
    }

    /// Draws a frame.
    pub fn draw(
        &mut self,
        gpu: &Gpu,
        target: &wgpu::TextureView,
        encoder: &mut wgpu::CommandEncoder,
        frame: &Frame,
        layers: &PlotLayers,
    ) {
        gpu.queue.write_buffer(&self.uniforms, 0, bytemuck::bytes_of(&uniforms(gpu, frame)));
        if self.counts.as_ref().is_none_or(|counts| counts.size != frame.pixels) {
            self.counts = Some(self.new_counts(gpu, frame.pixels));
        }
        let Some(counts) = &self.counts else { return };
        let count = layers.x.count.min(layers.y.count).min(layers.states.count);
        {
            let mut pass = pass(encoder, &counts.view, wgpu::Color::TRANSPARENT);
            if count > 0 {
                pass.set_pipeline(&self.points);
                pass.set_bind_group(0, &self.points_group, &[]);
                for (slot, layer) in (0..).zip([&layers.x, &layers.y, &layers.states]) {
                    pass.set_vertex_buffer(slot, layer.slice());
                }
                pass.draw(0..4, 0..count);
            }
        }
        let mut pass = pass(encoder, target, wgpu::Color::BLACK);
        pass.set_pipeline(&self.tone);
        pass.set_bind_group(0, &counts.bind_group, &[]);
        pass.draw(0..3, 0..1);
    }

    fn new_counts(&self, gpu: &Gpu, size: (u32, u32)) -> Counts {
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("counts"),
            size: wgpu::Extent3d { width: size.0, height: size.1, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: gpu.count_format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("counts"),
            layout: &self.tone_layout,
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: self.uniforms.as_entire_binding() },
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: wgpu::BindingResource::TextureView(&view),
                },
            ],
        });
        Counts { view, size, bind_group }
    }
}

fn uniforms(gpu: &Gpu, frame: &Frame) -> Uniforms {
    let four = |[r, g, b]: [f32; 3]| [r, g, b, 1.0];
    Uniforms {
        low: frame.low,
        scale: std::array::from_fn(|i| 2.0 / (frame.high[i] - frame.low[i])),
        pixels: [frame.pixels.0 as f32, frame.pixels.1 as f32],
        radius: frame.tone.radius * frame.ratio,
        weight: PlotRenderer::weight(gpu),
        gain: frame.tone.gain,
        peak: frame.tone.peak,
        selected_gain: 1.0,
        pad: 0.0,
        background: four(frame.colors.background),
        sparse: four(frame.colors.sparse),
        dense: four(frame.colors.dense),
        selected: four(frame.colors.selected),
    }
}

fn pass<'a>(
    encoder: &'a mut wgpu::CommandEncoder,
    view: &wgpu::TextureView,
    clear: wgpu::Color,
) -> wgpu::RenderPass<'a> {
    encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("plot"),
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations { load: wgpu::LoadOp::Clear(clear), store: wgpu::StoreOp::Store },
        })],
        depth_stencil_attachment: None,
        timestamp_writes: None,
        occlusion_query_set: None,
        multiview_mask: None,
    })
}

fn pipeline(
    gpu: &Gpu,
    (label, source): (&str, &str),
    layout: &wgpu::BindGroupLayout,
    target: wgpu::ColorTargetState,
    topology: wgpu::PrimitiveTopology,
    buffers: &[Option<wgpu::VertexBufferLayout<'_>>],
) -> wgpu::RenderPipeline {
    let module = gpu.shader(label, source);
    let layout = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(label),
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(label),
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("vertex"),
            compilation_options: Default::default(),
            buffers,
        },
        primitive: wgpu::PrimitiveState { topology, ..Default::default() },
        depth_stencil: None,
        multisample: Default::default(),
        fragment: Some(wgpu::FragmentState {
            module: &module,
            entry_point: Some("fragment"),
            compilation_options: Default::default(),
            targets: &[Some(target)],
        }),
        multiview_mask: None,
        cache: None,
    })
}
