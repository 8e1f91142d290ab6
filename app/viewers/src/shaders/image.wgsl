// An image tile: limits, stretch and colour of raw numbers. One of image_float.wgsl,
// image_sint.wgsl and image_uint.wgsl follows and brings `texel`.
//
// Twins: image/stretch.rs, image/colormap.rs, image/shade.rs. `Params` mirrors
// image/renderer.rs.

struct Params {
    // Floats: t = (raw - low) * scale.
    low: f32,
    scale: f32,
    // Integers: t = ((raw - base) - fraction) * scale, the difference taken exactly.
    fraction: f32,
    base: i32,
    blank: i32,
    // 1: there is a blank value; 2: inverted.
    flags: u32,
    stretch: u32,
    _pad: u32,
    // Where there is no value.
    blank_color: vec4<f32>,
}

@group(0) @binding(0) var<uniform> params: Params;
// 256 × 1 colours.
@group(0) @binding(1) var colors: texture_2d<f32>;
// 1024 × 1: the curve of histogram equalisation.
@group(0) @binding(2) var curve: texture_2d<f32>;

struct Corner {
    @builtin(position) position: vec4<f32>,
    // In texels of the tile.
    @location(0) texel: vec2<f32>,
    @location(1) @interpolate(flat) smooth_: u32,
}

@vertex
fn vertex(
    @builtin(vertex_index) index: u32,
    // Clip coordinates and texels of two opposite corners.
    @location(0) clip: vec4<f32>,
    @location(1) texels: vec4<f32>,
    @location(2) smooth_: u32,
) -> Corner {
    let far = vec2<bool>((index & 1u) == 1u, (index & 2u) == 2u);
    var out: Corner;
    out.position = vec4<f32>(select(clip.xy, clip.zw, far), 0.0, 1.0);
    out.texel = select(texels.xy, texels.zw, far);
    out.smooth_ = smooth_;
    return out;
}

// The difference of two integers without overflow, then as a float.
fn integer_texel(raw: i32) -> vec2<f32> {
    let up = f32(bitcast<u32>(raw) - bitcast<u32>(params.base));
    let down = f32(bitcast<u32>(params.base) - bitcast<u32>(raw));
    let difference = select(-down, up, raw >= params.base);
    let valid = (params.flags & 1u) == 0u || raw != params.blank;
    return vec2<f32>((difference - params.fraction) * params.scale, select(0.0, 1.0, valid));
}

// The value between four texels, weighted over those that are valid.
fn between(at: vec2<f32>) -> vec2<f32> {
    let last = vec2<i32>(textureDimensions(tile)) - vec2<i32>(1);
    let corner = floor(at - 0.5);
    let f = at - 0.5 - corner;
    let a = clamp(vec2<i32>(corner), vec2<i32>(0), last);
    let b = clamp(vec2<i32>(corner) + vec2<i32>(1), vec2<i32>(0), last);
    let t00 = texel(a);
    let t10 = texel(vec2<i32>(b.x, a.y));
    let t01 = texel(vec2<i32>(a.x, b.y));
    let t11 = texel(b);
    let w00 = (1.0 - f.x) * (1.0 - f.y) * t00.y;
    let w10 = f.x * (1.0 - f.y) * t10.y;
    let w01 = (1.0 - f.x) * f.y * t01.y;
    let w11 = f.x * f.y * t11.y;
    let sum = w00 + w10 + w01 + w11;
    // An invalid texel may hold NaN, which no weight of 0 removes.
    let value = select(0.0, t00.x * w00, t00.y > 0.0) + select(0.0, t10.x * w10, t10.y > 0.0)
        + select(0.0, t01.x * w01, t01.y > 0.0) + select(0.0, t11.x * w11, t11.y > 0.0);
    return vec2<f32>(value / max(sum, 1e-6), select(0.0, 1.0, sum > 0.25));
}

fn stretched(x: f32) -> f32 {
    let t = clamp(x, 0.0, 1.0);
    switch params.stretch {
        case 1u: { return log(1000.0 * t + 1.0) / 6.908755; }
        case 2u: { return log(10.0 * t + sqrt(100.0 * t * t + 1.0)) / 2.9982229; }
        case 3u: { return sqrt(t); }
        case 4u: { return t * t; }
        case 5u: {
            let x = t * 1023.0;
            let i = i32(x);
            let a = textureLoad(curve, vec2<i32>(i, 0), 0).x;
            let b = textureLoad(curve, vec2<i32>(min(i + 1, 1023), 0), 0).x;
            return mix(a, b, x - f32(i));
        }
        default: { return t; }
    }
}

fn colour(t: f32) -> vec3<f32> {
    let x = clamp(t, 0.0, 1.0) * 255.0;
    let i = i32(x);
    let a = textureLoad(colors, vec2<i32>(i, 0), 0).rgb;
    let b = textureLoad(colors, vec2<i32>(min(i + 1, 255), 0), 0).rgb;
    return mix(a, b, x - f32(i));
}

@fragment
fn fragment(in: Corner) -> @location(0) vec4<f32> {
    let last = vec2<i32>(textureDimensions(tile)) - vec2<i32>(1);
    var found = vec2<f32>(0.0);
    if in.smooth_ == 1u {
        found = between(in.texel);
    } else {
        found = texel(clamp(vec2<i32>(floor(in.texel)), vec2<i32>(0), last));
    }
    if found.y == 0.0 {
        return params.blank_color;
    }
    var t = stretched(found.x);
    if (params.flags & 2u) == 2u {
        t = 1.0 - t;
    }
    return vec4<f32>(colour(t), 1.0);
}
