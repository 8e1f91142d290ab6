// Tiles of singles: raw ones, or derived ones (64-bit pixels and averages).

@group(1) @binding(0) var tile: texture_2d<f32>;

// A texel, with its validity in y: NaN and infinities are told by their bits, because compilers
// may fold comparisons with NaN away.
fn texel(p: vec2<i32>) -> vec2<f32> {
    let raw = textureLoad(tile, p, 0).x;
    let valid = (bitcast<u32>(raw) & 0x7f800000u) != 0x7f800000u;
    return vec2<f32>((raw - params.low) * params.scale, select(0.0, 1.0, valid));
}
