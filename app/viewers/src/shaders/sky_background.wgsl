// Behind everything: deep blue-black, lighter towards the middle; around a globe, night.

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) clip: vec2<f32>,
}

@vertex
fn vertex(@builtin(vertex_index) index: u32) -> Corner {
    let clip = vec2<f32>(f32(index & 1u) * 4.0 - 1.0, f32(index >> 1u) * 4.0 - 1.0);
    return Corner(vec4<f32>(clip, 0.0, 1.0), clip);
}

// Noise of half a step of 8 bits hides the bands of a faint gradient.
fn noise(p: vec2<f32>) -> f32 {
    return fract(52.9829189 * fract(dot(p, vec2<f32>(0.06711056, 0.00583715)))) - 0.5;
}

@fragment
fn fragment(in: Corner) -> @location(0) vec4<f32> {
    let plane = in.clip / view.scale;
    let r = length(plane);
    let edge = length(in.clip);
    let outside = vec3<f32>(0.0235, 0.0275, 0.0431);
    let middle = vec3<f32>(0.0588, 0.0784, 0.1373);
    let deep = vec3<f32>(0.0353, 0.0431, 0.0784);
    var color = mix(middle, deep, smoothstep(0.0, 1.5, edge));
    if view.rim > 0.0 {
        let pixel = 2.0 / (view.pixels.y * view.scale.y);
        let inside = 1.0 - smoothstep(view.rim - pixel, view.rim + pixel, r);
        let globe = mix(middle, deep, smoothstep(0.2, 1.0, r / view.rim));
        let glow = 0.6 * exp(-max(r - view.rim, 0.0) / (0.05 * view.rim));
        let around = mix(outside, vec3<f32>(0.0863, 0.1216, 0.2157), glow);
        // How much of the edge of the globe is in sight decides how much of it is a globe.
        color = mix(around, globe, inside);
    }
    return vec4<f32>(color + noise(in.position.xy) / 255.0, 1.0);
}
