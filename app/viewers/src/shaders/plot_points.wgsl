// Counts points: each adds the coverage of its disc to red (shown) or green (selected).
// `Plot` mirrors plot/renderer.rs.

struct Plot {
    // Clip = (value - low) * scale - 1, values relative to the origin.
    low: vec2<f32>,
    scale: vec2<f32>,
    // Device pixels of the canvas.
    pixels: vec2<f32>,
    // Radius of a disc in device pixels, and what a disc adds.
    radius: f32,
    weight: f32,
    // Tone of the shown points: log(1 + gain n) / log(1 + gain peak).
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

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) offset: vec2<f32>,
    @location(1) amount: vec2<f32>,
}

@vertex
fn vertex(
    @builtin(vertex_index) index: u32,
    @location(0) x: f32,
    @location(1) y: f32,
    // 0 hidden, 1 shown, 2 selected.
    @location(2) state: u32,
) -> Corner {
    let corner = vec2<f32>(f32(index & 1u), f32(index >> 1u)) * 2.0 - 1.0;
    let clip = (vec2<f32>(x, y) - plot.low) * plot.scale - 1.0;
    let grow = select(0.0, 0.6, state >= 2u);
    let reach = plot.radius + grow + 0.5;
    var out: Corner;
    out.offset = corner * reach;
    out.amount = vec2<f32>(select(0.0, plot.weight, state == 1u), select(0.0, plot.weight, state >= 2u));
    out.position = vec4<f32>(clip + corner * reach * 2.0 / plot.pixels, 0.0, 1.0);
    // NaN compares false both ways, so that points without a value go nowhere too.
    let inside = abs(clip.x) <= 1.1 && abs(clip.y) <= 1.1;
    if state == 0u || !inside {
        out.position = vec4<f32>(2.0, 2.0, 2.0, 1.0);
    }
    return out;
}

@fragment
fn fragment(in: Corner) -> @location(0) vec4<f32> {
    let grow = select(0.0, 0.6, in.amount.y > 0.0);
    let cover = clamp(plot.radius + grow + 0.5 - length(in.offset), 0.0, 1.0);
    return vec4<f32>(in.amount * cover, 0.0, 0.0);
}
