//! Colour maps as tables of 256 sRGB colours.
//!
//! viridis, magma, inferno, plasma, cividis (CC0, matplotlib) and turbo (Mikhailov 2019) are
//! piecewise linear between knots that keep them within 1.4/255 of the originals; cubehelix is
//! Green (2011), BASI 39, 289; the others run between anchors in OkLab (Ottosson 2020) with
//! lightness rising evenly.

use tenkyu_wire::view::ColorMap;

/// Colours of a table.
pub const SIZE: usize = 256;

/// An sRGB colour, each component in [0, 1].
pub type Rgb = [f32; 3];

/// The table of a map, dark end first (the diverging map: blue end first).
pub fn table(map: ColorMap) -> Vec<Rgb> {
    match map {
        ColorMap::Gray => formula(|t| [t; 3]),
        ColorMap::Viridis => knots(VIRIDIS),
        ColorMap::Magma => knots(MAGMA),
        ColorMap::Inferno => knots(INFERNO),
        ColorMap::Plasma => knots(PLASMA),
        ColorMap::Cividis => knots(CIVIDIS),
        ColorMap::Turbo => knots(TURBO),
        ColorMap::Cubehelix => formula(cubehelix),
        ColorMap::Ice => formula(|t| oklab_ramp(ICE, t)),
        ColorMap::Heat => formula(|t| oklab_ramp(HEAT, t)),
        ColorMap::Algae => formula(|t| oklab_ramp(ALGAE, t)),
        ColorMap::Diverging => formula(|t| oklab_ramp(DIVERGING, t)),
    }
}

/// The table as RGBA bytes for a texture of 256 × 1.
pub fn rgba(map: ColorMap) -> Vec<u8> {
    let byte = |v: f32| (v.clamp(0.0, 1.0) * 255.0).round() as u8;
    table(map).into_iter().flat_map(|[r, g, b]| [byte(r), byte(g), byte(b), 255]).collect()
}

/// The colour at `t` in [0, 1], linear between table entries: the twin of `colour` in
/// `image.wgsl`. The table is what [`rgba`] gives.
pub fn colour(rgba: &[u8], t: f32) -> Rgb {
    let x = t.clamp(0.0, 1.0) * (SIZE - 1) as f32;
    let i = x as usize;
    let entry = |i: usize| -> Rgb {
        let at = i.min(SIZE - 1) * 4;
        std::array::from_fn(|c| f32::from(rgba.get(at + c).copied().unwrap_or(0)) / 255.0)
    };
    let (a, b) = (entry(i), entry(i + 1));
    std::array::from_fn(|c| a[c] + (b[c] - a[c]) * (x - i as f32))
}

fn formula(f: impl Fn(f32) -> Rgb) -> Vec<Rgb> {
    (0..SIZE).map(|i| f(i as f32 / (SIZE - 1) as f32)).collect()
}

/// Words of eight hexadecimal digits: table index, red, green, blue.
fn knots(text: &str) -> Vec<Rgb> {
    let knots: Vec<[u8; 4]> = text
        .split(' ')
        .filter_map(|word| u32::from_str_radix(word, 16).ok())
        .map(u32::to_be_bytes)
        .collect();
    formula(|t| {
        let x = t * (SIZE - 1) as f32;
        let next = knots.partition_point(|k| f32::from(k[0]) <= x);
        let a = knots.get(next.saturating_sub(1)).copied().unwrap_or_default();
        let b = knots.get(next).copied().unwrap_or(a);
        let span = f32::from(b[0]) - f32::from(a[0]);
        let f = if span > 0.0 { (x - f32::from(a[0])) / span } else { 0.0 };
        std::array::from_fn(|c| {
            let (a, b) = (f32::from(a[c + 1]), f32::from(b[c + 1]));
            (a + (b - a) * f) / 255.0
        })
    })
}

const VIRIDIS: &str = "00440154 17482173 2e433e85 4b355e8d 7f21908d 931fa287 a22ab07f b344bf70 \
c870cf57 ebcae11f f3dfe318 fbf4e61e fffde725";
const MAGMA: &str = "00000004 0703030f 140e0b2b 27271258 333b0f70 4051127c 5b7b2382 7aad347c \
95d8456c a7ee5b5e b6f8765c c5fd9266 dafeb97f f7fceeb0 fffcfdbf";
const INFERNO: &str = "00000004 08040312 130e092b 23260c51 2e390963 3d520e6d 53751b6e 6ea02a63 \
8bcb4149 a3e75e2e bbf8850f c4fb9606 cbfca309 d5fbb61a e4f7d340 eef2e661 f8f3f68a fffcffa4";
const PLASMA: &str = "000d0887 09240691 255502a4 3b7701a8 498b0aa5 62ac2694 8ad5536f b4f3854b \
d2fdaf31 e6fcce25 fbf2f227 fef0f724 fff0f921";
const CIVIDIS: &str = "0000224e 14003070 17013271 1d143670 29293f6e 474a536c 74727374 88848279 \
b2ada272 d4d1bf61 eae9d34e fcfee434 fffee838";
const TURBO: &str = "0030123b 08392a73 114143a7 1a455ccf 224771e9 2a4685fa 314196ff 3837a8fa \
4225c0e7 4c19d5cd 5419e3b9 5c27eea4 6646f884 7580ff53 7e9ffd3f 85b1f936 91d0ea34 a0eecf3a \
abfbb838 b9fe932a c7f56918 d4e5470b e3ca2a04 f3a11201 ff7a0403";

/// Anchors in OkLab as (lightness, hue in degrees, chroma), evenly spaced.
type Anchors = &'static [[f32; 3]];
const ICE: Anchors = &[
    [0.04, 275.0, 0.02],
    [0.28, 270.0, 0.12],
    [0.52, 258.0, 0.15],
    [0.76, 225.0, 0.09],
    [0.99, 200.0, 0.01],
];
const HEAT: Anchors = &[
    [0.02, 25.0, 0.01],
    [0.26, 27.0, 0.10],
    [0.50, 32.0, 0.18],
    [0.75, 70.0, 0.155],
    [0.99, 100.0, 0.04],
];
const ALGAE: Anchors = &[
    [0.10, 165.0, 0.03],
    [0.33, 158.0, 0.075],
    [0.56, 148.0, 0.13],
    [0.78, 132.0, 0.15],
    [0.97, 108.0, 0.13],
];
const DIVERGING: Anchors = &[
    [0.35, 262.0, 0.13],
    [0.65, 252.0, 0.11],
    [0.97, 250.0, 0.005],
    [0.65, 35.0, 0.13],
    [0.35, 25.0, 0.13],
];

fn oklab_ramp(anchors: Anchors, t: f32) -> Rgb {
    let x = t * (anchors.len() - 1) as f32;
    let i = (x as usize).min(anchors.len() - 2);
    let lab = |[l, hue, chroma]: [f32; 3]| {
        let (sin, cos) = hue.to_radians().sin_cos();
        [l, chroma * cos, chroma * sin]
    };
    let (Some(a), Some(b)) = (anchors.get(i), anchors.get(i + 1)) else { return [0.0; 3] };
    let (a, b, f) = (lab(*a), lab(*b), x - i as f32);
    oklab_to_srgb(std::array::from_fn(|c| a[c] + (b[c] - a[c]) * f))
}

/// OkLab to sRGB, clipped to the gamut.
fn oklab_to_srgb([l, a, b]: [f32; 3]) -> Rgb {
    let cubed = |v: f32| v * v * v;
    let l1 = cubed(l + 0.396_337_78 * a + 0.215_803_76 * b);
    let m1 = cubed(l - 0.105_561_346 * a - 0.063_854_17 * b);
    let s1 = cubed(l - 0.089_484_18 * a - 1.291_485_5 * b);
    [
        4.076_741_7 * l1 - 3.307_711_6 * m1 + 0.230_969_94 * s1,
        -1.268_438 * l1 + 2.609_757_4 * m1 - 0.341_319_38 * s1,
        -0.004_196_086_3 * l1 - 0.703_418_6 * m1 + 1.707_614_7 * s1,
    ]
    .map(|v| {
        let v = v.clamp(0.0, 1.0);
        if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 }
    })
}

/// start 0.5, −1.5 rotations, hue 1, gamma 1.
fn cubehelix(t: f32) -> Rgb {
    let angle = std::f32::consts::TAU * (0.5 / 3.0 + 1.0 - 1.5 * t);
    let amplitude = t * (1.0 - t) / 2.0;
    let (sin, cos) = angle.sin_cos();
    [
        t + amplitude * (-0.148_61 * cos + 1.782_77 * sin),
        t + amplitude * (-0.292_27 * cos - 0.906_49 * sin),
        t + amplitude * (1.972_94 * cos),
    ]
    .map(|v| v.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Colours of matplotlib 3.10 at indices 0, 40, 77, 100, 128, 151, 190, 222, 255.
    const MATPLOTLIB: &[(ColorMap, [[u8; 3]; 9])] = &[
        (
            ColorMap::Viridis,
            [
                [68, 1, 84],
                [69, 55, 129],
                [52, 96, 141],
                [42, 118, 142],
                [33, 145, 140],
                [33, 166, 133],
                [90, 200, 100],
                [168, 219, 52],
                [253, 231, 37],
            ],
        ),
        (
            ColorMap::Magma,
            [
                [0, 0, 4],
                [41, 17, 90],
                [101, 26, 128],
                [137, 40, 129],
                [183, 55, 121],
                [219, 71, 106],
                [251, 133, 96],
                [254, 193, 133],
                [252, 253, 191],
            ],
        ),
        (
            ColorMap::Inferno,
            [
                [0, 0, 4],
                [47, 10, 91],
                [108, 24, 110],
                [144, 37, 104],
                [188, 55, 84],
                [218, 78, 60],
                [249, 139, 11],
                [249, 199, 47],
                [252, 255, 164],
            ],
        ),
        (
            ColorMap::Plasma,
            [
                [13, 8, 135],
                [89, 1, 165],
                [145, 14, 163],
                [174, 40, 146],
                [204, 71, 120],
                [223, 98, 99],
                [247, 147, 66],
                [253, 194, 41],
                [240, 249, 33],
            ],
        ),
        (
            ColorMap::Cividis,
            [
                [0, 34, 78],
                [39, 62, 110],
                [80, 87, 108],
                [101, 104, 112],
                [125, 124, 120],
                [146, 141, 120],
                [186, 172, 109],
                [220, 200, 89],
                [254, 232, 56],
            ],
        ),
        (
            ColorMap::Turbo,
            [
                [48, 18, 59],
                [70, 128, 246],
                [24, 215, 202],
                [63, 246, 138],
                [164, 252, 60],
                [221, 224, 55],
                [252, 132, 35],
                [212, 51, 5],
                [122, 4, 3],
            ],
        ),
    ];

    #[test]
    fn tables_agree_with_matplotlib() {
        for (map, expected) in MATPLOTLIB {
            let table = table(*map);
            for (i, want) in [0, 40, 77, 100, 128, 151, 190, 222, 255].into_iter().zip(expected) {
                for c in 0..3 {
                    let off = (table[i][c] * 255.0 - f32::from(want[c])).abs();
                    assert!(off < 2.0, "{map} at {i}: {off}");
                }
            }
        }
    }

    fn lightness([r, g, b]: Rgb) -> f32 {
        let linear = [r, g, b]
            .map(|v| if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    #[test]
    fn sequential_maps_grow_lighter() {
        for map in ColorMap::ALL {
            let table = table(*map);
            assert_eq!(table.len(), SIZE);
            if matches!(map, ColorMap::Diverging | ColorMap::Turbo) {
                continue;
            }
            let bad = table.windows(2).filter(|w| lightness(w[1]) < lightness(w[0]) - 2e-3).count();
            assert_eq!(bad, 0, "{map} grows darker");
        }
    }
}
