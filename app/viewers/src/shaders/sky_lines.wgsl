// Lines of even width: each instance is a stretch between two directions.

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) color: vec4<f32>,
    // Device pixels from the line's middle, and half its width.
    @location(1) across: vec2<f32>,
}

@vertex
fn vertex(
    @builtin(vertex_index) index: u32,
    @location(0) a_high: vec3<f32>,
    @location(1) a_low: vec3<f32>,
    @location(2) b_high: vec3<f32>,
    @location(3) b_low: vec3<f32>,
    @location(4) color: vec4<f32>,
    // CSS pixels.
    @location(5) width: f32,
) -> Corner {
    let a = projected(a_high, a_low);
    let b = projected(b_high, b_low);
    var out: Corner;
    out.color = color;
    out.across = vec2<f32>(0.0);
    out.position = NOWHERE;
    let start = a.clip * view.pixels * 0.5;
    let along = b.clip * view.pixels * 0.5 - start;
    let length_ = length(along);
    // Far outside of the canvas a stereographic map is large without bound.
    let far = max(max(abs(a.clip.x), abs(a.clip.y)), max(abs(b.clip.x), abs(b.clip.y))) > 60.0;
    if hidden(a.z) || hidden(b.z) || far {
        return out;
    }
    let direction = select(vec2<f32>(1.0, 0.0), along / max(length_, 1e-6), length_ > 1e-6);
    let normal = vec2<f32>(-direction.y, direction.x);
    let half_width = 0.5 * width * view.ratio;
    let side = select(-1.0, 1.0, (index & 1u) == 1u) * (half_width + 1.0);
    // Ends of strong lines overlap, so that corners close; on thin ones the overlap would show as
    // a dot.
    let overlap = 0.5 * max(half_width - 0.75 * view.ratio, 0.0);
    let end = select(-overlap, length_ + overlap, index >= 2u);
    let at = start + direction * end + normal * side;
    out.position = vec4<f32>(at / (view.pixels * 0.5), 0.0, 1.0);
    out.across = vec2<f32>(side, half_width);
    return out;
}

@fragment
fn fragment(in: Corner) -> @location(0) vec4<f32> {
    let cover = clamp(in.across.y + 0.5 - abs(in.across.x), 0.0, 1.0);
    let alpha = in.color.a * cover;
    return vec4<f32>(in.color.rgb * alpha, alpha);
}
