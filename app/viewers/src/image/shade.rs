//! From a raw number to a colour: the numbers the shader gets, and the twin of the shader.

use tenkyu_wire::view::Stretch;

use super::colormap::{self, Rgb};
use super::raster::Raster;
use super::stretch;

/// Colour where there is no value, sRGB: a slate that no map holds.
pub const BLANK_COLOR: [f32; 4] = [0.098, 0.117, 0.160, 1.0];

const HAS_BLANK: u32 = 1;
const INVERTED: u32 = 2;

/// Uniforms of `image.wgsl` (`Params`), padded to 16 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    low: f32,
    scale: f32,
    fraction: f32,
    base: i32,
    blank: i32,
    flags: u32,
    stretch: u32,
    pad: u32,
    blank_color: [f32; 4],
}

/// What the shader needs for tiles of full resolution and for averages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shading {
    /// For tiles in the raster's own format.
    pub native: Params,
    /// For derived singles.
    pub derived: Params,
}

impl Shading {
    /// Uniforms for limits given as physical values, low < high.
    pub fn new(
        raster: &Raster,
        (low, high): (f64, f64),
        stretch: Stretch,
        invert: bool,
    ) -> Shading {
        let (raw_low, raw_high) = (raster.raw_of(low), raster.raw_of(high));
        let flags = if invert { INVERTED } else { 0 };
        let derived = |v: f64| raster.derived_of(v);
        let common = Params {
            low: single(derived(raw_low)),
            scale: reciprocal(derived(raw_high) - derived(raw_low)),
            fraction: 0.0,
            base: 0,
            blank: 0,
            flags,
            stretch: stretch::code(stretch),
            pad: 0,
            blank_color: BLANK_COLOR,
        };
        let mut native = common;
        if raster.native_format() != super::raster::TileFormat::Float32 {
            // The cast saturates; what it loses is in the fraction.
            native.base = raw_low.floor() as i32;
            native.fraction = single(raw_low - f64::from(native.base));
            native.scale = reciprocal(raw_high - raw_low);
            if let Some(blank) = raster.blank() {
                native.blank = blank;
                native.flags |= HAS_BLANK;
            }
        }
        Shading { native, derived: common }
    }
}

/// A finite single.
fn single(value: f64) -> f32 {
    (value as f32).clamp(f32::MIN, f32::MAX)
}

fn reciprocal(value: f64) -> f32 {
    let value = if value == 0.0 { 1.0 } else { value };
    single(1.0 / value)
}

/// The colour of a raw integer: the twin of `image_sint.wgsl` and `image_uint.wgsl`.
pub fn shade_integer(params: &Params, raw: i32, table: &Table) -> Rgb {
    if params.flags & HAS_BLANK != 0 && raw == params.blank {
        return blank();
    }
    let difference = if raw >= params.base {
        raw.abs_diff(params.base) as f32
    } else {
        -(raw.abs_diff(params.base) as f32)
    };
    table.colour(params, (difference - params.fraction) * params.scale)
}

/// The colour of a single: the twin of `image_float.wgsl`.
pub fn shade_float(params: &Params, raw: f32, table: &Table) -> Rgb {
    if !raw.is_finite() {
        return blank();
    }
    table.colour(params, (raw - params.low) * params.scale)
}

fn blank() -> Rgb {
    let [r, g, b, _] = BLANK_COLOR;
    [r, g, b]
}

/// The tables that the shader reads.
#[derive(Clone, Debug)]
pub struct Table {
    /// [`colormap::rgba`].
    pub colors: Vec<u8>,
    /// [`super::limits::histogram_curve`].
    pub curve: Vec<f32>,
    /// The stretch.
    pub stretch: Stretch,
}

impl Table {
    fn colour(&self, params: &Params, t: f32) -> Rgb {
        let t = stretch::stretched(self.stretch, t, &self.curve);
        let t = if params.flags & INVERTED != 0 { 1.0 - t } else { t };
        colormap::colour(&self.colors, t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenkyu_fits::{PixelData, Scaling};
    use tenkyu_wire::view::ColorMap;

    #[test]
    fn integers_of_all_32_bits_are_scaled_without_loss() {
        let values = vec![i32::MIN, -1, 2_000_000_001, 2_000_000_003];
        let scaling = Scaling { bscale: 1.0, bzero: 2_147_483_648.0, blank: Some(-1) };
        let raster = Raster::owned(4, 1, PixelData::I32(values), scaling).unwrap();
        let table = Table {
            colors: colormap::rgba(ColorMap::Gray),
            curve: Vec::new(),
            stretch: Stretch::Linear,
        };
        let near = 2_147_483_648.0 + 2e9;
        let shading = Shading::new(&raster, (near, near + 4.0), Stretch::Linear, false);
        let red = |raw| shade_integer(&shading.native, raw, &table)[0];
        assert!((red(2_000_000_001) - 0.25).abs() < 1e-6);
        assert!((red(2_000_000_003) - 0.75).abs() < 1e-6);
        assert_eq!(red(i32::MIN), 0.0);
        assert_eq!(red(-1), BLANK_COLOR[0]);
        let inverted = Shading::new(&raster, (near, near + 4.0), Stretch::Linear, true);
        assert!((shade_integer(&inverted.native, 2_000_000_001, &table)[0] - 0.75).abs() < 1e-6);
    }
}
