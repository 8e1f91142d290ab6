// The sky map's projection and colours, shared by its layers. `View` mirrors sky/uniforms.rs.
//
// Directions come in two singles, high + low, so that a map of a second of arc is as steady as one
// of the whole sky.

struct View {
    centre_high: vec4<f32>,
    centre_low: vec4<f32>,
    east: vec4<f32>,
    north: vec4<f32>,
    // Clip coordinates of a length 1 in the plane of the map.
    scale: vec2<f32>,
    // Device pixels of the canvas.
    pixels: vec2<f32>,
    // 1 stereographic, 0 orthographic.
    w: f32,
    horizon: f32,
    // Radius of the globe's edge in the plane, 0 where there is none.
    rim: f32,
    // Device pixels per CSS pixel.
    ratio: f32,
    // Faintest magnitude that is drawn in full, and the field of view in degrees.
    limit: f32,
    fov: f32,
    // Points on the map at once, which are drawn the fainter the more there are.
    crowd: f32,
    pad: f32,
}

@group(0) @binding(0) var<uniform> view: View;

struct Projected {
    clip: vec2<f32>,
    // Cosine of the distance from the middle.
    z: f32,
}

// Twin of Projection::project in sky/projection.rs.
fn projected(high: vec3<f32>, low: vec3<f32>) -> Projected {
    let d = (high - view.centre_high.xyz) + (low - view.centre_low.xyz);
    let z = 1.0 - 0.5 * dot(d, d);
    let k = (1.0 + view.w) / max(1.0 + view.w * z, 1e-3);
    let plane = k * vec2<f32>(-dot(view.east.xyz, d), dot(view.north.xyz, d));
    return Projected(plane * view.scale, z);
}

fn hidden(z: f32) -> bool {
    return z <= view.horizon;
}

// A position that no triangle shows.
const NOWHERE = vec4<f32>(2.0, 2.0, 2.0, 1.0);
