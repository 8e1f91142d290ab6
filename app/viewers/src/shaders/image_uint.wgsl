// Tiles of unsigned bytes.

@group(1) @binding(0) var tile: texture_2d<u32>;

fn texel(p: vec2<i32>) -> vec2<f32> {
    return integer_texel(i32(textureLoad(tile, p, 0).x));
}
