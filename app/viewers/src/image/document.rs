//! An opened file: what its HDUs hold and which of them to show first.

use std::rc::Rc;

use serde::Serialize;
use tenkyu_fits::{Fits, Hdu, HduKind, Limits, Scaling, packing, unpack};
use tenkyu_sky::wcs::{CelestialWcs, Wcs};
use tenkyu_wire::Lang;
use tenkyu_wire::messages::viewers as m;

use super::events::{self, EventImage};
use super::raster::Raster;
use super::spectrum;
use super::world::ImageHeader;
use crate::error::ViewerError;

/// A FITS file in memory.
pub type File = Fits<Rc<Vec<u8>>>;

/// What a page can do with an HDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// A picture.
    Image,
    /// A picture with planes.
    Cube,
    /// An event list, shown as a picture of counts and as a table.
    Events,
    /// A curve; the table too where it comes from one.
    Spectrum,
    /// A table.
    Table,
    /// A header without data.
    Empty,
    /// Something that is only listed.
    Other,
}

/// An HDU as the page lists it.
#[derive(Clone, Debug, Serialize)]
pub struct HduInfo {
    /// Position, from 0.
    pub index: usize,
    /// EXTNAME, or empty.
    pub name: String,
    /// What the page can do with it.
    pub kind: View,
    /// What it is in the file, in FITS' words.
    pub format: &'static str,
    /// Axis lengths of an image, NAXIS1 first; columns and rows of a table.
    pub shape: Vec<u64>,
    /// Planes of a cube; 1 for a picture.
    pub planes: u64,
    /// BITPIX of an image.
    pub bitpix: Option<i64>,
    /// BUNIT.
    pub unit: String,
    /// Whether the header has celestial coordinates.
    pub wcs: bool,
    /// Names of a table's columns.
    pub columns: Vec<String>,
    /// The columns by which events are counted.
    pub binned_by: Option<[String; 2]>,
}

/// What a page is told about an opened file.
#[derive(Clone, Debug, Serialize)]
pub struct Description {
    /// The name that the file was opened under.
    pub filename: String,
    /// Bytes after unpacking.
    pub bytes: u64,
    /// Its HDUs.
    pub hdus: Vec<HduInfo>,
    /// The HDU to show first.
    pub chosen: usize,
    /// What is wrong with the file, in the user's language.
    pub warnings: Vec<String>,
}

/// An opened file.
#[derive(Debug)]
pub struct Document {
    /// The file.
    pub file: File,
    /// Its HDUs.
    pub hdus: Vec<HduInfo>,
    filename: String,
}

/// A plane with what is known about it.
#[derive(Debug)]
pub struct Plane {
    /// The pixels.
    pub raster: Raster,
    /// Unit of the physical values, or empty.
    pub unit: String,
    /// Whether the pixels count events.
    pub is_counts: bool,
    /// All coordinates of the header.
    pub wcs: Option<Wcs>,
    /// The celestial ones of the plane.
    pub celestial: Option<CelestialWcs>,
    /// 1-based pixels on the axes past the second.
    pub higher: Vec<f64>,
    /// What the user should know, in their language.
    pub notes: Vec<String>,
}

impl Document {
    /// Opens the bytes of a file; gzip and compress are unpacked.
    pub fn open(bytes: Vec<u8>, filename: &str) -> Result<Document, ViewerError> {
        let limits = Limits::default();
        let bytes = match packing(&bytes) {
            Some(_) => unpack(&bytes, limits.bytes)?.into_owned(),
            None => bytes,
        };
        let file = Fits::open_with(Rc::new(bytes), limits)?;
        let hdus = file.hdus().iter().map(|hdu| describe(&file, hdu)).collect();
        Ok(Document { file, hdus, filename: filename.to_owned() })
    }

    /// The HDU to show when none is asked for.
    pub fn default_hdu(&self) -> usize {
        let first = |kinds: &[View]| self.hdus.iter().find(|h| kinds.contains(&h.kind));
        // Some event lists have a primary image of a single pixel.
        let picture = self.hdus.iter().find(|hdu| {
            matches!(hdu.kind, View::Image | View::Cube) && hdu.shape.iter().any(|n| *n > 1)
        });
        picture
            .or_else(|| first(&[View::Events]))
            .or_else(|| first(&[View::Spectrum]))
            .or_else(|| first(&[View::Table, View::Image]))
            .map_or(0, |hdu| hdu.index)
    }

    /// What the page is told.
    pub fn description(&self, lang: Lang) -> Description {
        Description {
            filename: self.filename.clone(),
            bytes: self.file.source().len() as u64,
            hdus: self.hdus.clone(),
            chosen: self.default_hdu(),
            warnings: self.file.warnings().iter().map(|w| w.message(lang)).collect(),
        }
    }

    /// An HDU's entry.
    pub fn info(&self, hdu: usize) -> Result<&HduInfo, ViewerError> {
        let missing =
            || tenkyu_fits::FitsError::NoSuchHdu { index: hdu, count: self.hdus.len() }.into();
        self.hdus.get(hdu).ok_or_else(missing)
    }

    /// Reads a plane of an image, or the counts of an event list.
    pub fn plane(&self, hdu: usize, plane: u64, lang: Lang) -> Result<Plane, ViewerError> {
        let info = self.info(hdu)?;
        match info.kind {
            View::Events => self.event_plane(hdu, lang),
            _ if !self.file.hdu(hdu)?.kind.is_image() => Err(ViewerError::NoPixels { hdu }),
            _ if plane >= info.planes => {
                Err(ViewerError::NoPlane { hdu, plane, count: info.planes })
            }
            _ => self.image_plane(hdu, plane, lang),
        }
    }

    fn image_plane(&self, hdu: usize, plane: u64, lang: Lang) -> Result<Plane, ViewerError> {
        let image = self.file.image(hdu)?;
        let shape = image.shape();
        let size = |axis: usize| shape.get(axis).copied().unwrap_or(1);
        let (nx, ny) = (size(0), size(1));
        let no_pixels = || ViewerError::NoPixels { hdu };
        let sizes = usize::try_from(nx).ok().zip(usize::try_from(ny).ok());
        let (width, height) = sizes.ok_or_else(no_pixels)?;
        let higher = unflatten(plane, shape.get(2..).unwrap_or_default());
        let in_file = (image.hdu().kind == HduKind::Image).then(|| {
            let bytes = nx.checked_mul(ny)?.checked_mul(image.bitpix().size() as u64)?;
            let offset = image.hdu().data_start.checked_add(plane.checked_mul(bytes)?)?;
            let source = Rc::clone(self.file.source());
            Raster::in_file(width, height, image.bitpix(), image.scaling(), source, offset)
        });
        // What is compressed is decoded; what is cut off gives the reader's own error.
        let raster = match in_file.flatten() {
            Some(raster) => raster,
            None => {
                let data = image.raw_plane(&higher)?;
                Raster::owned(width, height, data, image.scaling()).ok_or_else(no_pixels)?
            }
        };
        let source = ImageHeader { file: &self.file, header: image.header() };
        let mut notes = Vec::new();
        let wcs = match Wcs::from_header(&source, None) {
            Ok(wcs) => Some(wcs),
            Err(error) => {
                let values = [("hdu", hdu.to_string()), ("reason", error.to_string())];
                notes.push(fill(m::NO_WCS, lang, &values));
                None
            }
        };
        // A picture is of the first two axes; a sky that lies on others cannot be read off it.
        let celestial = wcs.as_ref().and_then(Wcs::celestial).filter(|c| c.pixel_axes() == (0, 1));
        Ok(Plane {
            raster,
            unit: image.unit().unwrap_or_default().to_owned(),
            is_counts: false,
            celestial,
            wcs,
            higher: higher.iter().map(|index| *index as f64 + 1.0).collect(),
            notes,
        })
    }

    fn event_plane(&self, hdu: usize, lang: Lang) -> Result<Plane, ViewerError> {
        let EventImage { width, height, counts, total, step, columns, wcs } =
            events::image(&self.file, hdu)?;
        let data = tenkyu_fits::PixelData::I32(counts);
        let raster = Raster::owned(width, height, data, Scaling::IDENTITY)
            .ok_or(ViewerError::NoPixels { hdu })?;
        let [x, y] = columns;
        let values = [
            ("hdu", hdu.to_string()),
            ("count", total.to_string()),
            ("step", step.to_string()),
            ("x", x),
            ("y", y),
        ];
        Ok(Plane {
            raster,
            unit: "count".to_owned(),
            is_counts: true,
            celestial: wcs.as_ref().and_then(Wcs::celestial),
            wcs,
            higher: Vec::new(),
            notes: vec![fill(m::EVENTS_BINNED, lang, &values)],
        })
    }
}

fn fill(message: tenkyu_wire::Message, lang: Lang, values: &[(&str, String)]) -> String {
    let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
    message.with(lang, &values)
}

/// The indices on some axes of the n-th combination, the first axis running fastest.
fn unflatten(mut index: u64, axes: &[u64]) -> Vec<u64> {
    axes.iter()
        .map(|n| {
            let n = (*n).max(1);
            let at = index % n;
            index /= n;
            at
        })
        .collect()
}

fn describe(file: &File, hdu: &Hdu) -> HduInfo {
    let mut info = HduInfo {
        index: hdu.index,
        name: hdu.name().unwrap_or_default().to_owned(),
        kind: View::Other,
        format: hdu.kind.name(),
        shape: Vec::new(),
        planes: 0,
        bitpix: None,
        unit: String::new(),
        wcs: false,
        columns: Vec::new(),
        binned_by: None,
    };
    if hdu.kind == HduKind::Empty {
        info.kind = View::Empty;
    } else if hdu.kind.is_image() {
        describe_image(file, hdu, &mut info);
    } else if hdu.kind.is_table() {
        describe_table(file, hdu, &mut info);
    }
    info
}

fn describe_image(file: &File, hdu: &Hdu, info: &mut HduInfo) {
    info.shape = hdu.shape();
    let size = |axis: usize| info.shape.get(axis).copied().unwrap_or(1);
    let rest = info.shape.get(2..).unwrap_or_default();
    let planes = rest.iter().try_fold(1_u64, |product, n| product.checked_mul(*n)).unwrap_or(0);
    let pixels = size(0).saturating_mul(size(1)).saturating_mul(planes);
    info.planes = planes;
    info.kind = match pixels {
        0 => View::Empty,
        _ if planes > 1 => View::Cube,
        _ if size(1) == 1 && size(0) > 1 => View::Spectrum,
        _ => View::Image,
    };
    let Ok(image) = file.image(hdu.index) else { return };
    info.bitpix = Some(image.bitpix().code());
    info.unit = image.unit().unwrap_or_default().to_owned();
    let source = ImageHeader { file, header: image.header() };
    info.wcs = Wcs::from_header(&source, None).is_ok_and(|wcs| wcs.has_celestial());
}

fn describe_table(file: &File, hdu: &Hdu, info: &mut HduInfo) {
    let Ok(table) = file.table(hdu.index) else { return };
    info.shape = vec![table.columns().len() as u64, table.rows()];
    info.columns = table.columns().iter().map(|column| column.name.clone()).collect();
    info.binned_by = events::columns(&table, hdu).map(|axes| axes.map(|axis| axis.name));
    info.kind = if info.binned_by.is_some() && table.rows() > 0 {
        info.wcs = hdu.header.cards().iter().any(|card| card.keyword.starts_with("TCTYP"));
        View::Events
    } else if spectrum::columns(&table).is_some() {
        View::Spectrum
    } else {
        View::Table
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_are_counted_first_axis_first() {
        assert_eq!(unflatten(0, &[4, 3]), [0, 0]);
        assert_eq!(unflatten(5, &[4, 3]), [1, 1]);
        assert_eq!(unflatten(11, &[4, 3]), [3, 2]);
        assert_eq!(unflatten(3, &[]), [0_u64; 0]);
    }
}
