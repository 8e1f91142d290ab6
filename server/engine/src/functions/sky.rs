//! ADQL 2.1 §4.2 geometry and HEALPix functions. Angles are degrees.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, StringBuilder},
    datatypes::DataType,
};
use datafusion::{
    common::{DataFusionError, Result, ScalarValue, exec_err},
    logical_expr::ColumnarValue,
};

use super::{Doubles, doubles};
use crate::sphere::{
    distance_deg,
    polygon::Polygon,
    region::{Region, RegionError},
    stcs,
};

/// A function on the sphere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "cluster", derive(serde::Serialize, serde::Deserialize))]
pub enum Sky {
    /// `(lon1, lat1, lon2, lat2)` → degrees.
    Distance,
    /// `(lon, lat, centre lon, centre lat, radius)` → boolean; the rim is inside.
    InCircle,
    /// `(lon, lat, centre lon, centre lat, radius, count)` → boolean: among so many that are nearest
    /// to the centre. Joins on the sky find them; no row tells alone.
    Nearest,
    /// `(lon, lat, lon1, lat1, lon2, lat2, …)` → boolean.
    InPolygon,
    /// `(lon, lat, centre lon, centre lat, width, height)` → boolean.
    InBox,
    /// `(lon, lat, STC-S)` → boolean.
    InRegion,
    /// `(STC-S, STC-S)` → boolean: the first lies in the second.
    RegionInRegion,
    /// `(STC-S, STC-S)` → boolean.
    Intersects,
    /// `(lon, lat)` → STC-S.
    PointText,
    /// `(lon, lat, radius)` → STC-S.
    CircleText,
    /// `(lon, lat, width, height)` → STC-S.
    BoxText,
    /// `(lon1, lat1, …)` → STC-S.
    PolygonText,
    /// `(STC-S)` → square degrees.
    Area,
    /// `(STC-S)` → longitude of the middle.
    CentroidLon,
    /// `(STC-S)` → latitude of the middle.
    CentroidLat,
    /// `(order, lon, lat)` → HEALPix nested index (UDF catalogue `ivo_healpix_index`).
    HealpixIndex,
}

impl Sky {
    /// The name in plans.
    pub fn name(self) -> &'static str {
        match self {
            Self::Distance => "sky_distance",
            Self::InCircle => "in_circle",
            Self::Nearest => "nearest",
            Self::InPolygon => "in_polygon",
            Self::InBox => "in_box",
            Self::InRegion => "in_region",
            Self::RegionInRegion => "region_in_region",
            Self::Intersects => "regions_intersect",
            Self::PointText => "point_text",
            Self::CircleText => "circle_text",
            Self::BoxText => "box_text",
            Self::PolygonText => "polygon_text",
            Self::Area => "region_area",
            Self::CentroidLon => "centroid_lon",
            Self::CentroidLat => "centroid_lat",
            Self::HealpixIndex => "healpix_index",
        }
    }

    pub(super) fn return_type(self) -> DataType {
        match self {
            Self::Distance | Self::Area | Self::CentroidLon | Self::CentroidLat => {
                DataType::Float64
            }
            Self::InCircle
            | Self::Nearest
            | Self::InPolygon
            | Self::InBox
            | Self::InRegion
            | Self::RegionInRegion
            | Self::Intersects => DataType::Boolean,
            Self::PointText | Self::CircleText | Self::BoxText | Self::PolygonText => {
                DataType::Utf8
            }
            Self::HealpixIndex => DataType::Int64,
        }
    }

    pub(super) fn eval(self, args: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        match self {
            Self::Distance => distance(&doubles(args)?, rows),
            Self::InCircle => in_circle(&doubles(args)?, rows),
            Self::Nearest => exec_err!(
                "tenkyu_nearest is for two tables whose rows have the two positions, JOIN or LEFT JOIN"
            ),
            Self::InPolygon => in_shape(&doubles(args)?, rows, |rest| {
                let pairs = rest.chunks_exact(2).filter_map(|c| Some((*c.first()?, *c.get(1)?)));
                Polygon::new(pairs.collect()).map(Region::Polygon)
            }),
            Self::InBox => in_shape(&doubles(args)?, rows, |rest| match rest {
                &[lon, lat, width, height] => Region::cross_box(lon, lat, width, height),
                _ => Err(RegionError("BOX takes four numbers".into())),
            }),
            Self::InRegion => in_region(args, rows),
            Self::RegionInRegion | Self::Intersects => self.regions(args, rows),
            Self::PointText => text(&doubles(args)?, rows, "Position ICRS"),
            Self::CircleText => text(&doubles(args)?, rows, "Circle ICRS"),
            Self::BoxText => text(&doubles(args)?, rows, "Box ICRS"),
            Self::PolygonText => text(&doubles(args)?, rows, "Polygon ICRS"),
            Self::Area | Self::CentroidLon | Self::CentroidLat => self.measure(args, rows),
            Self::HealpixIndex => healpix_index(&doubles(args)?, rows),
        }
    }

    fn regions(self, args: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let (Some(a), Some(b)) = (args.first(), args.get(1)) else { return wrong_arguments() };
        let (mut a, mut b) = (Regions::new(a)?, Regions::new(b)?);
        let mut out = BooleanBuilder::with_capacity(rows);
        for row in 0..rows {
            let value = match (a.get(row)?, b.get(row)?) {
                (Some(a), Some(b)) if self == Self::Intersects => Some(a.intersects(b)),
                (Some(a), Some(b)) => match b.contains_region(a) {
                    Some(inside) => Some(inside),
                    None => {
                        return exec_err!("CONTAINS between these two shapes is not supported");
                    }
                },
                _ => None,
            };
            out.append_option(value);
        }
        Ok(Arc::new(out.finish()))
    }

    fn measure(self, args: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let Some(argument) = args.first() else { return wrong_arguments() };
        let mut regions = Regions::new(argument)?;
        let mut out = Float64Builder::with_capacity(rows);
        for row in 0..rows {
            let value = regions.get(row)?.and_then(|r| match self {
                Self::Area => Some(r.area()),
                Self::CentroidLon => r.centroid().map(|c| c.0),
                _ => r.centroid().map(|c| c.1),
            });
            out.append_option(value);
        }
        Ok(Arc::new(out.finish()))
    }
}

pub(super) fn wrong_arguments<T>() -> Result<T> {
    exec_err!("a geometry function was called with the wrong number of arguments")
}

fn distance(args: &[Doubles], rows: usize) -> Result<ArrayRef> {
    let [lon1, lat1, lon2, lat2] = args else { return wrong_arguments() };
    let mut out = Float64Builder::with_capacity(rows);
    for row in 0..rows {
        let points = lon1.get(row).zip(lat1.get(row)).zip(lon2.get(row).zip(lat2.get(row)));
        let value = points.map(|((a, b), (c, d))| distance_deg(a, b, c, d));
        out.append_option(value.filter(|v| v.is_finite()));
    }
    Ok(Arc::new(out.finish()))
}

/// The exact test, with the trigonometry of a constant circle done once and rows that are far off
/// in latitude rejected by a subtraction.
fn in_circle(args: &[Doubles], rows: usize) -> Result<ArrayRef> {
    let [lon, lat, centre_lon, centre_lat, radius] = args else { return wrong_arguments() };
    let mut out = BooleanBuilder::with_capacity(rows);
    for row in 0..rows {
        let point = lon.get(row).zip(lat.get(row));
        let circle = centre_lon.get(row).zip(centre_lat.get(row)).zip(radius.get(row));
        out.append_option(point.zip(circle).and_then(|((a, b), ((c, d), r))| {
            if (b - d).abs() > r + 1e-9 {
                return Some(false);
            }
            let distance = distance_deg(a, b, c, d);
            distance.is_finite().then_some(distance <= r)
        }));
    }
    Ok(Arc::new(out.finish()))
}

/// A point in a shape of numbers; a shape that is the same for all rows is made once.
fn in_shape(
    args: &[Doubles],
    rows: usize,
    make: impl Fn(&[f64]) -> Result<Region, RegionError>,
) -> Result<ArrayRef> {
    let [lon, lat, rest @ ..] = args else { return wrong_arguments() };
    let constant = rest.iter().all(|a| matches!(a, Doubles::Scalar(_)));
    let shape = |row: usize| -> Result<Option<Region>> {
        let numbers: Option<Vec<f64>> = rest.iter().map(|a| a.get(row)).collect();
        numbers.map(|n| make(&n).map_err(external)).transpose()
    };
    let once = if constant { shape(0)? } else { None };
    let mut out = BooleanBuilder::with_capacity(rows);
    for row in 0..rows {
        let made;
        let shape = if constant {
            once.as_ref()
        } else {
            made = shape(row)?;
            made.as_ref()
        };
        let point = lon.get(row).zip(lat.get(row));
        out.append_option(point.zip(shape).map(|((a, b), s)| s.contains(a, b)));
    }
    Ok(Arc::new(out.finish()))
}

fn in_region(args: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
    let [lon, lat, text] = args else { return wrong_arguments() };
    let (lon, lat) = (Doubles::new(lon)?, Doubles::new(lat)?);
    let mut regions = Regions::new(text)?;
    let mut out = BooleanBuilder::with_capacity(rows);
    for row in 0..rows {
        let point = lon.get(row).zip(lat.get(row));
        let region = regions.get(row)?;
        out.append_option(point.zip(region).map(|((a, b), r)| r.contains(a, b)));
    }
    Ok(Arc::new(out.finish()))
}

/// Regions as text; a constant is read once. A constant that is no region is an error; a cell of
/// a column that is none counts as NULL, since one bad row must not spoil every query.
pub(super) enum Regions {
    Constant(Option<Region>),
    Column(arrow::array::StringArray, Option<Region>),
}

impl Regions {
    pub(super) fn new(value: &ColumnarValue) -> Result<Self> {
        use arrow::array::AsArray;
        match value {
            ColumnarValue::Scalar(
                ScalarValue::Utf8(text)
                | ScalarValue::LargeUtf8(text)
                | ScalarValue::Utf8View(text),
            ) => {
                let region = text.as_deref().map(stcs::parse).transpose().map_err(external)?;
                Ok(Self::Constant(region))
            }
            ColumnarValue::Scalar(scalar) if scalar.is_null() => Ok(Self::Constant(None)),
            ColumnarValue::Scalar(_) => exec_err!("a region is given as text"),
            ColumnarValue::Array(array) => {
                let text = arrow::compute::cast(array, &DataType::Utf8)?;
                Ok(Self::Column(text.as_string::<i32>().clone(), None))
            }
        }
    }

    pub(super) fn get(&mut self, row: usize) -> Result<Option<&Region>> {
        match self {
            Self::Constant(region) => Ok(region.as_ref()),
            Self::Column(array, current) => {
                let text = array.is_valid(row).then(|| array.value(row));
                *current = text.and_then(|t| stcs::parse(t).ok());
                Ok(current.as_ref())
            }
        }
    }
}

fn text(args: &[Doubles], rows: usize, head: &str) -> Result<ArrayRef> {
    let mut out = StringBuilder::new();
    for row in 0..rows {
        let numbers: Option<Vec<String>> =
            args.iter().map(|a| a.get(row).map(|v| v.to_string())).collect();
        out.append_option(numbers.map(|n| format!("{head} {}", n.join(" "))));
    }
    Ok(Arc::new(out.finish()))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked against 0..=29
fn healpix_index(args: &[Doubles], rows: usize) -> Result<ArrayRef> {
    let [order, lon, lat] = args else { return wrong_arguments() };
    let mut out = Int64Builder::with_capacity(rows);
    for row in 0..rows {
        let values = order.get(row).zip(lon.get(row).zip(lat.get(row)));
        let Some((order, (lon, lat))) = values else {
            out.append_null();
            continue;
        };
        if !(0.0..=29.0).contains(&order) || order.fract() != 0.0 {
            return exec_err!("a HEALPix order is an integer from 0 to 29, not {order}");
        }
        let valid = lon.is_finite() && (-90.0..=90.0).contains(&lat);
        let shift = 2 * (29 - order as u32);
        out.append_option(valid.then(|| crate::sphere::healpix29(lon, lat) >> shift));
    }
    Ok(Arc::new(out.finish()))
}

pub(super) fn external(error: RegionError) -> DataFusionError {
    DataFusionError::Execution(error.to_string())
}
