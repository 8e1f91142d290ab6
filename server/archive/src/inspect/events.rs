//! Event lists: where they lie, and their picture.

use tenkyu_fits::{Header, Table};
use tenkyu_sky::{
    region::Region,
    sphere::{Vec3, tangent},
    wcs::{CelestialWcs, Wcs},
};

use super::{File, source::ColumnKeys};
use crate::{footprint::hull, preview::Raster};

/// Rows that are read for an outline or a picture.
const MAX_ROWS: u64 = 20_000_000;
/// Corners of an outline at most.
const CORNERS: usize = 16;
/// Sides of the picture, pixels.
const SIDE: (f64, f64) = (128.0, 1024.0);

/// The events' two coordinates and what they mean.
pub(super) struct Events {
    x: Vec<f64>,
    y: Vec<f64>,
    plane: Plane,
}

enum Plane {
    /// Pixels of an image.
    Pixels(Box<CelestialWcs>),
    /// Pixels that belong nowhere.
    Bare,
    /// ICRS degrees.
    Sky,
}

/// Pairs of columns in the order of preference: sky pixels, the sky itself, the detector.
const PAIRS: [(&str, &str); 6] = [
    ("X", "Y"),
    ("RA", "DEC"),
    ("TARGET_RA", "TARGET_DEC"),
    ("RAJ2000", "DEJ2000"),
    ("DETX", "DETY"),
    ("DX", "DY"),
];

/// Reads the coordinates of a table's rows, events or sources.
pub(super) fn read(fits: &File, hdu: usize) -> Option<Events> {
    let table = fits.table(hdu).ok()?;
    let (first, second, x, y) = PAIRS.iter().find_map(|(a, b)| {
        let (a, b) = (table.column(a).ok()?, table.column(b).ok()?);
        let scalar = a.elements() == 1 && b.elements() == 1;
        let (x, y) = scalar.then(|| pair(&table, a.index, b.index)).flatten()?;
        Some((a, b, x, y))
    })?;
    let on_sky = first.name.to_ascii_uppercase().contains("RA");
    let plane = if on_sky {
        Plane::Sky
    } else {
        match pixels(table.header(), first.index + 1, second.index + 1) {
            Some(wcs) => Plane::Pixels(Box::new(wcs)),
            None => Plane::Bare,
        }
    };
    Some(Events { x, y, plane })
}

/// The finite values of two columns.
fn pair<S: tenkyu_fits::ReadAt>(
    table: &Table<'_, S>,
    x: usize,
    y: usize,
) -> Option<(Vec<f64>, Vec<f64>)> {
    let rows = table.rows().min(MAX_ROWS);
    let mut data = table.read_columns(&[x, y], 0..rows).ok()?.into_iter();
    let (x, y) = (data.next()?.numbers()?, data.next()?.numbers()?);
    Some(x.into_iter().zip(y).filter(|(x, y)| x.is_finite() && y.is_finite()).unzip())
}

/// The celestial coordinates of two columns, where the header gives them outright.
fn pixels(header: &Header, x: usize, y: usize) -> Option<CelestialWcs> {
    let keys = ColumnKeys { header, columns: (x, y) };
    let given = ["TCRVL", "TCRPX"].iter().all(|key| {
        header.get_f64(&format!("{key}{x}")).is_some()
            && header.get_f64(&format!("{key}{y}")).is_some()
    });
    given.then(|| Wcs::from_header(&keys, None).ok()?.celestial()).flatten()
}

impl Events {
    /// The convex outline of the rows on the sky. Of events whose directions were reconstructed
    /// one by one, as those of gamma rays, the farthest `stray` of all are left out.
    pub(super) fn footprint(&self, stray: f64) -> Option<Region> {
        match &self.plane {
            Plane::Bare => None,
            Plane::Pixels(wcs) => {
                let mut points = self.points();
                let corners = hull(&mut points, CORNERS);
                let corners: Option<Vec<Vec3>> =
                    corners.iter().map(|[x, y]| wcs.pix_to_vec(*x, *y)).collect();
                Region::polygon_of(corners?)
            }
            Plane::Sky => sky_outline(&self.x, &self.y, stray),
        }
    }

    /// Size of an event's pixel, arcseconds.
    pub(super) fn pixel_scale(&self) -> Option<f64> {
        match &self.plane {
            Plane::Pixels(wcs) => Some(wcs.pixel_scale_deg() * 3600.0),
            _ => None,
        }
    }

    fn points(&self) -> Vec<[f64; 2]> {
        self.x.iter().zip(&self.y).map(|(x, y)| [*x, *y]).collect()
    }

    /// The events counted in square bins, as many as there are events to fill them.
    pub(super) fn raster(&self) -> Option<Raster> {
        let side = (2.0 * (self.x.len() as f64).sqrt()).clamp(SIDE.0, SIDE.1);
        // Right ascension runs to the left and shrinks towards the poles.
        let sky = matches!(self.plane, Plane::Sky);
        let middle = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let factor = if sky { -middle(&self.y).to_radians().cos().max(0.01) } else { 1.0 };
        let x: Vec<f64> = self.x.iter().map(|x| x * factor).collect();
        let (left, right) = inner_range(&x)?;
        let (bottom, top) = inner_range(&self.y)?;
        let bin = ((right - left).max(top - bottom) / side).max(f64::MIN_POSITIVE);
        let cells = |length: f64| ((length / bin).ceil().max(1.0) as usize).min(SIDE.1 as usize);
        let (width, height) = (cells(right - left), cells(top - bottom));
        let mut values = vec![0.0_f32; width.checked_mul(height)?];
        for (x, y) in x.iter().zip(&self.y) {
            let (column, row) = ((x - left) / bin, (y - bottom) / bin);
            if column >= 0.0 && row >= 0.0 {
                let (column, row) = (column as usize, row as usize);
                if column < width
                    && row < height
                    && let Some(value) = values.get_mut(row * width + column)
                {
                    *value += 1.0;
                }
            }
        }
        Raster::new(width, height, values)
    }
}

/// The range without the outermost thousandth on both sides.
fn inner_range(values: &[f64]) -> Option<(f64, f64)> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let at = |fraction: f64| sorted.get((last as f64 * fraction).round() as usize).copied();
    let (low, high) = (at(0.001)?, at(0.999)?);
    (high > low).then_some((low, high))
}

/// The convex outline of positions in degrees, if they lie within 60° of their middle.
fn sky_outline(ra: &[f64], dec: &[f64], stray: f64) -> Option<Region> {
    let mut directions: Vec<Vec3> = ra
        .iter()
        .zip(dec)
        .filter(|(ra, dec)| ra.abs() <= 360.0 && dec.abs() <= 90.0)
        .map(|(ra, dec)| Vec3::from_deg(*ra, *dec))
        .collect();
    let centre = directions.iter().copied().reduce(Vec3::plus)?.unit()?;
    let centre = if stray > 0.0 { keep_nearest(&mut directions, stray)? } else { centre };
    let (lon, lat) = centre.lonlat();
    let (north, east) = tangent(lon, lat);
    let mut points = Vec::with_capacity(directions.len());
    for direction in &directions {
        let depth = direction.dot(centre);
        if depth < 0.5 {
            // All over the sky, or nearly: no outline says anything.
            return (directions.len() > 1000 && all_over(&directions)).then(Region::all_sky);
        }
        points.push([direction.dot(east) / depth, direction.dot(north) / depth]);
    }
    let corners: Option<Vec<Vec3>> = hull(&mut points, CORNERS)
        .iter()
        .map(|[x, y]| centre.plus(east.scaled(*x)).plus(north.scaled(*y)).unit())
        .collect();
    Region::polygon_of(corners?)
}

/// Drops the directions farthest from the middle of all, and gives that middle. It is found by
/// halves: the mean of those within the median distance of the mean before.
fn keep_nearest(directions: &mut Vec<Vec3>, stray: f64) -> Option<Vec3> {
    let mut centre = directions.iter().copied().reduce(Vec3::plus)?.unit()?;
    for _ in 0..5 {
        directions.sort_by(|a, b| b.dot(centre).total_cmp(&a.dot(centre)));
        let half = directions.len().div_ceil(2);
        centre = directions.iter().take(half).copied().reduce(Vec3::plus)?.unit()?;
    }
    directions.sort_by(|a, b| b.dot(centre).total_cmp(&a.dot(centre)));
    let keep = (directions.len() as f64 * (1.0 - stray)).ceil() as usize;
    directions.truncate(keep.max(3));
    Some(centre)
}

/// Whether every octant of the sphere has its share.
fn all_over(directions: &[Vec3]) -> bool {
    let mut counts = [0_usize; 8];
    for Vec3([x, y, z]) in directions {
        let octant =
            usize::from(*x > 0.0) | usize::from(*y > 0.0) << 1 | usize::from(*z > 0.0) << 2;
        if let Some(count) = counts.get_mut(octant) {
            *count += 1;
        }
    }
    counts.iter().all(|count| count * 40 > directions.len())
}
