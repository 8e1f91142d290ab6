// Insides of outlines: triangles, faint, so that many of them add up.

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) color: vec4<f32>,
}

@vertex
fn vertex(
    @location(0) high: vec3<f32>,
    @location(1) low: vec3<f32>,
    // Middle of the outline.
    @location(2) middle: vec3<f32>,
    @location(3) color: vec4<f32>,
) -> Corner {
    let p = projected(high, low);
    var out = Corner(vec4<f32>(p.clip, 0.0, 1.0), color);
    // Near the horizon a triangle would turn over: the outline alone is drawn there.
    if projected(middle, vec3<f32>(0.0)).z <= view.horizon + 0.15 || hidden(p.z) {
        out.position = NOWHERE;
    }
    return out;
}

@fragment
fn fragment(in: Corner) -> @location(0) vec4<f32> {
    return vec4<f32>(in.color.rgb * in.color.a, in.color.a);
}
