// From counts to colours. Twin: plot/tone.rs. `Plot` as in plot_points.wgsl.

struct Plot {
    low: vec2<f32>,
    scale: vec2<f32>,
    pixels: vec2<f32>,
    radius: f32,
    weight: f32,
    gain: f32,
    peak: f32,
    selected_gain: f32,
    pad: f32,
    background: vec4<f32>,
    sparse: vec4<f32>,
    dense: vec4<f32>,
    selected: vec4<f32>,
}

@group(0) @binding(0) var<uniform> plot: Plot;
@group(0) @binding(1) var counts: texture_2d<f32>;

@vertex
fn vertex(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    return vec4<f32>(f32(index & 1u) * 4.0 - 1.0, f32(index >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}

@fragment
fn fragment(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let n = textureLoad(counts, vec2<i32>(position.xy), 0).rg / plot.weight;
    // A lone point is as opaque as its disc; a crowd goes from sparse to dense on a log scale.
    let level = clamp(log(1.0 + plot.gain * n.x) / log(1.0 + plot.gain * plot.peak), 0.0, 1.0);
    let alpha = 1.0 - exp(-plot.gain * n.x * 2.5);
    var color = mix(plot.background.rgb, mix(plot.sparse.rgb, plot.dense.rgb, level), alpha);
    let chosen = 1.0 - exp(-plot.selected_gain * n.y * 2.5);
    color = mix(color, plot.selected.rgb, chosen);
    return vec4<f32>(color, 1.0);
}
