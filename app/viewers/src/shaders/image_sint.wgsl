// Tiles of 16- and 32-bit integers.

@group(1) @binding(0) var tile: texture_2d<i32>;

fn texel(p: vec2<i32>) -> vec2<f32> {
    return integer_texel(textureLoad(tile, p, 0).x);
}
