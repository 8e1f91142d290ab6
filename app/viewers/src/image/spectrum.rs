//! Spectra: one-dimensional images, and tables with a wavelength and a flux.

use serde::Serialize;
use tenkyu_fits::{Column, Kind, ReadAt, Table};
use tenkyu_sky::wcs::Wcs;

use super::document::{Document, View};
use super::world::ImageHeader;
use crate::error::ViewerError;

/// A curve. Values that are missing are `null` in JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Spectrum {
    /// Abscissae.
    pub x: Vec<Option<f64>>,
    /// Ordinates.
    pub y: Vec<Option<f64>>,
    /// What x is.
    pub x_name: String,
    /// Unit of x, or empty.
    pub x_unit: String,
    /// What y is.
    pub y_name: String,
    /// Unit of y, or empty.
    pub y_unit: String,
}

/// Most points that are given out.
const MOST: u64 = 4_000_000;

/// The wavelength and flux columns of a table of a spectrum, from 0.
pub fn columns<S: ReadAt>(table: &Table<'_, S>) -> Option<(usize, usize)> {
    const X: [&str; 14] = [
        "wavelength",
        "wave",
        "lambda",
        "loglam",
        "lam",
        "wl",
        "freq",
        "frequency",
        "energy",
        "velocity",
        "vhelio",
        "channel",
        "wavelen",
        "awav",
    ];
    const Y: [&str; 9] = [
        "flux",
        "fluxden",
        "flux_reduced",
        "fluxdensity",
        "intensity",
        "counts",
        "spec",
        "rate",
        "flux_density",
    ];
    let find = |names: &[&str]| {
        names.iter().find_map(|name| {
            let numeric = |c: &&Column| c.format.kind != Kind::Char;
            table.columns().iter().filter(numeric).find(|c| c.name.eq_ignore_ascii_case(name))
        })
    };
    let (x, y) = find(&X).zip(find(&Y))?;
    // One row of arrays, or many rows of numbers; several spectra in one table stay a table.
    let arrays = table.rows() == 1;
    let scalars = table.rows() > 1 && x.elements() == 1 && y.elements() == 1;
    // An event list's ENERGY column is no axis: spectra are in order, but reading them to see
    // would cost too much here; event lists are told by their other columns before.
    (arrays || scalars).then_some((x.index, y.index))
}

/// The curve of an HDU.
pub fn read(document: &Document, hdu: usize) -> Result<Spectrum, ViewerError> {
    let info = document.info(hdu)?;
    match info.kind {
        View::Spectrum if document.file.hdu(hdu)?.kind.is_image() => from_image(document, hdu),
        View::Spectrum => from_table(document, hdu),
        _ => Err(ViewerError::NoSpectrum { hdu }),
    }
}

fn from_table(document: &Document, hdu: usize) -> Result<Spectrum, ViewerError> {
    let none = || ViewerError::NoSpectrum { hdu };
    let table = document.file.table(hdu)?;
    let (x, y) = columns(&table).ok_or_else(none)?;
    let mut data = table.read_columns(&[x, y], 0..table.rows().min(MOST))?.into_iter();
    let mut values = || Some(options(data.next()?.numbers()?));
    let (xs, ys) = (values().ok_or_else(none)?, values().ok_or_else(none)?);
    let column = |index: usize| table.columns().get(index).ok_or_else(none);
    let unit = |c: &Column| c.unit.clone().unwrap_or_default();
    let (x, y) = (column(x)?, column(y)?);
    let logarithmic = x.name.eq_ignore_ascii_case("loglam");
    let xs = if logarithmic {
        // SDSS: log10 of the vacuum wavelength in ångström.
        xs.into_iter().map(|v| v.map(|v| 10_f64.powf(v))).collect()
    } else {
        xs
    };
    Ok(Spectrum {
        x: xs,
        y: ys,
        x_name: if logarithmic { "wavelength".to_owned() } else { x.name.clone() },
        x_unit: if logarithmic { "Angstrom".to_owned() } else { unit(x) },
        y_name: y.name.clone(),
        y_unit: unit(y),
    })
}

fn from_image(document: &Document, hdu: usize) -> Result<Spectrum, ViewerError> {
    let image = document.file.image(hdu)?;
    let ys = options(image.raw_plane(&[])?.values(&image.scaling()));
    let source = ImageHeader { file: &document.file, header: image.header() };
    let wcs = Wcs::from_header(&source, None).ok();
    let axis = wcs.as_ref().and_then(|wcs| wcs.axes().first().cloned());
    let world = |i: usize| match &wcs {
        Some(wcs) => wcs.pixel_to_world(&[i as f64 + 1.0])?.0.first().copied(),
        None => Some(i as f64 + 1.0),
    };
    let mut xs: Vec<Option<f64>> = (0..ys.len()).map(world).collect();
    // IRAF and SDSS: linear in the logarithm of the wavelength.
    let logarithmic = image.header().get_i64("DC-FLAG") == Some(1);
    if logarithmic {
        xs.iter_mut().flatten().for_each(|v| *v = 10_f64.powf(*v));
    }
    let name = axis.as_ref().map(|axis| axis.ctype.clone()).filter(|c| !c.is_empty());
    Ok(Spectrum {
        x: xs,
        y: ys,
        x_name: name.unwrap_or_else(|| "pixel".to_owned()),
        x_unit: axis.map(|axis| axis.unit).unwrap_or_default(),
        y_name: document.info(hdu)?.name.clone(),
        y_unit: image.unit().unwrap_or_default().to_owned(),
    })
}

fn options(values: Vec<f64>) -> Vec<Option<f64>> {
    values.into_iter().map(|v| v.is_finite().then_some(v)).collect()
}
