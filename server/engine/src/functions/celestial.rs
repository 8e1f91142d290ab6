//! Frames, HEALPix centres, motion in space and coverage maps: the positions and shapes that
//! user-defined functions make. Angles are degrees.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, Float64Builder, StringBuilder},
    datatypes::DataType,
};
use datafusion::{
    common::{Result, exec_err},
    logical_expr::ColumnarValue,
};

use super::{
    Doubles, doubles,
    sky::{Regions, external, wrong_arguments},
};
use crate::sphere::{
    frame::FrameName,
    moc::{self, Moc},
    polygon::Polygon,
    region::{Region, RegionError},
    stcs,
    vector::{lonlat, plus, scaled, vector},
};

/// Which coordinate of a position a function yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "cluster", derive(serde::Serialize, serde::Deserialize))]
pub enum Axis {
    /// Longitude, [0, 360).
    Lon,
    /// Latitude.
    Lat,
}

/// A function of positions or shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "cluster", derive(serde::Serialize, serde::Deserialize))]
pub enum Celestial {
    /// `(lon, lat)` of the first frame → coordinate in the second.
    Turned(FrameName, FrameName, Axis),
    /// `(STC-S)` of the first frame → STC-S with the numbers of the second.
    TurnedRegion(FrameName, FrameName),
    /// `(lon, lat, width, height)` of a frame → STC-S of the box.
    BoxText(FrameName),
    /// `(order, index)` → coordinate of the cell's centre.
    HealpixCentre(Axis),
    /// `(ra, dec, parallax, pmra, pmdec, radial velocity, epoch, other epoch)` → coordinate.
    Moved(Axis),
    /// `(text)` → canonical coverage map.
    Moc,
    /// `(order, STC-S)` → coverage map.
    MocOf,
    /// `(map, map)` → map.
    MocUnion,
    /// `(map, map)` → map.
    MocIntersection,
}

impl Celestial {
    /// The name in plans.
    pub fn name(self) -> &'static str {
        match self {
            Self::Turned(..) => "turned",
            Self::TurnedRegion(..) => "turned_region",
            Self::BoxText(_) => "framed_box",
            Self::HealpixCentre(_) => "healpix_centre",
            Self::Moved(_) => "moved",
            Self::Moc => "moc",
            Self::MocOf => "moc_of",
            Self::MocUnion => "moc_union",
            Self::MocIntersection => "moc_intersection",
        }
    }

    pub(super) fn return_type(self) -> DataType {
        match self {
            Self::Turned(..) | Self::HealpixCentre(_) | Self::Moved(_) => DataType::Float64,
            _ => DataType::Utf8,
        }
    }

    pub(super) fn eval(self, args: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        match self {
            Self::Turned(from, to, axis) => positions(&doubles(args)?, rows, axis, |n| match n {
                &[lon, lat] if valid(lon, lat) => Ok(Some(from.turn(to, lon, lat))),
                _ => Ok(None),
            }),
            Self::HealpixCentre(axis) => positions(&doubles(args)?, rows, axis, |n| match n {
                &[order, index] => centre(order, index).map(Some),
                _ => wrong_arguments(),
            }),
            Self::Moved(axis) => moved(&doubles(args)?, rows, axis),
            Self::BoxText(frame) => {
                let args = doubles(args)?;
                texts(rows, |row| {
                    let Some(numbers) = numbers(&args, row) else { return Ok(None) };
                    let region = stcs::of_numbers("box", frame, &numbers);
                    region.map(|region| Some(stcs::write(&region))).map_err(external)
                })
            }
            Self::TurnedRegion(from, to) => {
                let Some(text) = args.first() else { return wrong_arguments() };
                let mut regions = Regions::new(text)?;
                texts(rows, |row| {
                    let region = regions.get(row)?;
                    region
                        .map(|r| turned(r, from, to).map(|r| stcs::write(&r)))
                        .transpose()
                        .map_err(external)
                })
            }
            Self::Moc => {
                let Some(text) = args.first() else { return wrong_arguments() };
                let mut maps = Regions::new(text)?;
                texts(rows, |row| map_of(maps.get(row)?).map(|map| map.map(|m| m.to_string())))
            }
            Self::MocOf => moc_of(args, rows),
            Self::MocUnion | Self::MocIntersection => self.combine(args, rows),
        }
    }

    fn combine(self, args: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let [a, b] = args else { return wrong_arguments() };
        let (mut a, mut b) = (Regions::new(a)?, Regions::new(b)?);
        texts(rows, |row| {
            let (a, b) = (map_of(a.get(row)?)?, map_of(b.get(row)?)?);
            Ok(a.zip(b).map(|(a, b)| match self {
                Self::MocUnion => a.union(b).to_string(),
                _ => a.intersection(b).to_string(),
            }))
        })
    }
}

fn valid(lon: f64, lat: f64) -> bool {
    lon.is_finite() && (-90.0..=90.0).contains(&lat)
}

fn numbers(args: &[Doubles], row: usize) -> Option<Vec<f64>> {
    args.iter().map(|arg| arg.get(row)).collect()
}

/// One coordinate of the position that each row's numbers make.
fn positions(
    args: &[Doubles],
    rows: usize,
    axis: Axis,
    make: impl Fn(&[f64]) -> Result<Option<(f64, f64)>>,
) -> Result<ArrayRef> {
    let mut out = Float64Builder::with_capacity(rows);
    for row in 0..rows {
        let position = match numbers(args, row) {
            Some(numbers) => make(&numbers)?,
            None => None,
        };
        out.append_option(position.map(|p| coordinate(p, axis)));
    }
    Ok(Arc::new(out.finish()))
}

fn coordinate((lon, lat): (f64, f64), axis: Axis) -> f64 {
    match axis {
        Axis::Lon => lon,
        Axis::Lat => lat,
    }
}

fn texts(rows: usize, mut make: impl FnMut(usize) -> Result<Option<String>>) -> Result<ArrayRef> {
    let mut out = StringBuilder::new();
    for row in 0..rows {
        out.append_option(make(row)?);
    }
    Ok(Arc::new(out.finish()))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked against 0..=29
#[allow(clippy::cast_precision_loss)] // the number of cells is a product of small primes
fn centre(order: f64, index: f64) -> Result<(f64, f64)> {
    if !(0.0..=29.0).contains(&order) || order.fract() != 0.0 {
        return exec_err!("a HEALPix order is an integer from 0 to 29, not {order}");
    }
    let cells = 12.0 * 4f64.powf(order);
    if index.fract() != 0.0 || !(0.0..cells).contains(&index) {
        return exec_err!("HEALPix order {order} has cells 0 to {}, not {index}", cells - 1.0);
    }
    Ok(moc::centre(order as u8, index as i64))
}

/// Straight, even motion in space (ESA SP-1200, vol. 1, §1.5.5): parallax and radial velocity
/// make a motion along the line of sight, which changes the pace across it. NULL where a position
/// or an epoch is; a missing parallax, motion or velocity counts as none.
fn moved(args: &[Doubles], rows: usize, axis: Axis) -> Result<ArrayRef> {
    let [ra, dec, parallax, pmra, pmdec, velocity, from, to] = args else {
        return wrong_arguments();
    };
    let mut out = Float64Builder::with_capacity(rows);
    for row in 0..rows {
        let or_none = |value: &Doubles| value.get(row).unwrap_or(0.0);
        let known = ra.get(row).zip(dec.get(row)).zip(from.get(row).zip(to.get(row)));
        out.append_option(known.filter(|((ra, dec), _)| valid(*ra, *dec)).map(
            |((ra, dec), (from, to))| {
                let motion = [or_none(pmra), or_none(pmdec)];
                let away = or_none(parallax).max(0.0) * or_none(velocity) / AU_PER_YEAR;
                coordinate(propagated((ra, dec), motion, away, to - from), axis)
            },
        ));
    }
    Ok(Arc::new(out.finish()))
}

/// One astronomical unit in a Julian year, km/s (IAU 2012 B2).
const AU_PER_YEAR: f64 = 149_597_870.7 / (365.25 * 86_400.0);

/// A position after `years` of motion: across in mas/yr, the first with the cosine of the
/// declination; along the line of sight in distances, mas/yr.
fn propagated((ra, dec): (f64, f64), [pmra, pmdec]: [f64; 2], away: f64, years: f64) -> (f64, f64) {
    let mas = std::f64::consts::PI / (180.0 * 3.6e6);
    let (sin_ra, cos_ra) = ra.to_radians().sin_cos();
    let (sin_dec, cos_dec) = dec.to_radians().sin_cos();
    let east = [-sin_ra, cos_ra, 0.0];
    let north = [-sin_dec * cos_ra, -sin_dec * sin_ra, cos_dec];
    let across = plus(scaled(east, pmra * mas * years), scaled(north, pmdec * mas * years));
    lonlat(plus(scaled(vector(ra, dec), 1.0 + away * mas * years), across))
}

/// The same shape by its numbers in another frame.
fn turned(region: &Region, from: FrameName, to: FrameName) -> Result<Region, RegionError> {
    Ok(match region {
        Region::Point(lon, lat) => {
            let (lon, lat) = from.turn(to, *lon, *lat);
            Region::Point(lon, lat)
        }
        Region::Circle(lon, lat, r) => {
            let (lon, lat) = from.turn(to, *lon, *lat);
            Region::Circle(lon, lat, *r)
        }
        Region::Polygon(p) => {
            let corners = p.vertices().iter().map(|&(a, b)| from.turn(to, a, b)).collect();
            Region::Polygon(Polygon::new(corners)?)
        }
        Region::Union(parts) => {
            let parts: Result<Vec<Region>, RegionError> =
                parts.iter().map(|part| turned(part, from, to)).collect();
            Region::Union(parts?)
        }
        Region::Moc(_) => {
            return Err(RegionError("a coverage map cannot be turned to another frame".into()));
        }
    })
}

fn map_of(region: Option<&Region>) -> Result<Option<&Moc>> {
    match region {
        None => Ok(None),
        Some(Region::Moc(moc)) => Ok(Some(moc)),
        Some(_) => exec_err!("a coverage map is needed here, as MOC('4/12') or MOC(4, shape)"),
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked against 0..=29
fn moc_of(args: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
    let [order, text] = args else { return wrong_arguments() };
    let order = Doubles::new(order)?;
    let mut regions = Regions::new(text)?;
    texts(rows, |row| {
        let Some((order, region)) = order.get(row).zip(regions.get(row)?) else { return Ok(None) };
        if !(0.0..=29.0).contains(&order) || order.fract() != 0.0 {
            return exec_err!("a HEALPix order is an integer from 0 to 29, not {order}");
        }
        Moc::of(region, order as u8).map(|map| Some(map.to_string())).map_err(external)
    })
}
