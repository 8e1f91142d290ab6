//! Pictures of data: at most 1024 pixels, and 256 for lists.

mod plot;
mod scale;

use image::{
    DynamicImage, ExtendedColorType, GrayImage, ImageEncoder, RgbImage,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
    imageops::FilterType,
};

pub(crate) use plot::line_plot;

use crate::archive::PreviewSize;

/// Quality of JPEG: above it files grow and nothing is seen of it.
const QUALITY: u8 = 88;

/// An encoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    /// `preview` or `thumbnail`.
    pub(crate) kind: &'static str,
    /// Media type.
    pub(crate) content_type: &'static str,
    /// The file.
    pub(crate) bytes: Vec<u8>,
}

/// A rectangle of numbers, first row at the bottom, NaN where there is no value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Raster {
    /// Columns.
    pub(crate) width: usize,
    /// Rows.
    pub(crate) height: usize,
    /// `width × height` values, row by row.
    pub(crate) values: Vec<f32>,
}

impl Raster {
    /// Columns and rows; `None` for a rectangle without pixels, or with another number of values.
    pub(crate) fn new(width: usize, height: usize, values: Vec<f32>) -> Option<Raster> {
        (width > 0 && height > 0 && width.checked_mul(height) == Some(values.len()))
            .then_some(Raster { width, height, values })
    }
}

/// Pictures of numbers: grey, by zscale and asinh, the first row at the bottom as FITS has it.
///
/// `None` where there is not one finite value.
pub(crate) fn of_raster(raster: &Raster) -> Option<Vec<Picture>> {
    let scale = scale::Scale::of(&raster.values)?;
    let grey: Vec<u8> = raster
        .values
        .chunks_exact(raster.width)
        .rev()
        .flatten()
        .map(|value| scale.grey(*value))
        .collect();
    let (width, height) = (u32::try_from(raster.width).ok()?, u32::try_from(raster.height).ok()?);
    let picture = DynamicImage::ImageLuma8(GrayImage::from_raw(width, height, grey)?);
    // A stamp of a few pixels is shown larger, with its pixels as squares.
    let small = width.max(height);
    let picture = match PreviewSize::Thumbnail.pixels().checked_div(small) {
        Some(factor) if factor > 1 => {
            picture.resize_exact(width * factor, height * factor, FilterType::Nearest)
        }
        _ => picture,
    };
    encode_all(&picture, "image/jpeg")
}

/// Pictures of a drawing.
pub(crate) fn of_drawing(drawing: RgbImage) -> Option<Vec<Picture>> {
    encode_all(&DynamicImage::ImageRgb8(drawing), "image/png")
}

/// The two sizes of a picture.
fn encode_all(picture: &DynamicImage, content_type: &'static str) -> Option<Vec<Picture>> {
    [PreviewSize::Full, PreviewSize::Thumbnail]
        .into_iter()
        .map(|size| {
            let limit = size.pixels();
            let shrunk = (picture.width().max(picture.height()) > limit)
                .then(|| picture.resize(limit, limit, FilterType::Triangle));
            let bytes = encode(shrunk.as_ref().unwrap_or(picture), content_type)?;
            Some(Picture { kind: size.kind(), content_type, bytes })
        })
        .collect()
}

fn encode(picture: &DynamicImage, content_type: &str) -> Option<Vec<u8>> {
    let (width, height) = (picture.width(), picture.height());
    let (data, color) = match picture {
        DynamicImage::ImageLuma8(grey) => (grey.as_raw(), ExtendedColorType::L8),
        DynamicImage::ImageRgb8(rgb) => (rgb.as_raw(), ExtendedColorType::Rgb8),
        _ => return None,
    };
    let mut out = Vec::new();
    let encoded = if content_type == "image/jpeg" {
        JpegEncoder::new_with_quality(&mut out, QUALITY).write_image(data, width, height, color)
    } else {
        PngEncoder::new(&mut out).write_image(data, width, height, color)
    };
    encoded.ok().map(|()| out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(picture: &Picture) -> GrayImage {
        image::load_from_memory(&picture.bytes).unwrap().to_luma8()
    }

    #[test]
    fn the_first_row_is_at_the_bottom() {
        let values = (0..300 * 300).map(|i| (i / 300) as f32).collect();
        let pictures = of_raster(&Raster::new(300, 300, values).unwrap()).unwrap();
        let picture = decoded(&pictures[0]);
        assert_eq!(picture.dimensions(), (300, 300));
        assert!(picture.get_pixel(150, 0)[0] > picture.get_pixel(150, 299)[0] + 100);
        assert_eq!(decoded(&pictures[1]).dimensions(), (256, 256));
    }

    #[test]
    fn stamps_are_enlarged_and_empty_ones_have_no_picture() {
        let pictures = of_raster(&Raster::new(10, 5, vec![1.0; 50]).unwrap()).unwrap();
        assert_eq!(decoded(&pictures[0]).dimensions(), (250, 125));
        assert_eq!(of_raster(&Raster::new(2, 2, vec![f32::NAN; 4]).unwrap()), None);
        assert_eq!(Raster::new(0, 3, vec![]), None);
    }
}
