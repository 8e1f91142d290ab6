//! From search conditions to ranges of the spatial index.
//!
//! Every spelling of a region test has become one of a few function calls by the time a scan sees
//! it, so it is recognised here once: in filters that the optimizer pushed down to the table,
//! through views, subqueries and joins.

use arrow::datatypes::DataType;
use datafusion::{
    common::ScalarValue,
    logical_expr::{BinaryExpr, Expr, Operator, utils::split_conjunction},
};

use crate::{
    functions::{Function, Sky},
    sphere::{
        cover::{ALL, cover, cover_zone},
        moc::simplify,
        polygon::Polygon,
        region::Region,
        stcs,
    },
};

pub use crate::sphere::moc::{Ranges, intersect};

/// At most this many ranges: each is two comparisons a row and a term in every page's pruning.
pub const MAX_RANGES: usize = 24;

/// What a table calls the columns that matter here.
#[derive(Clone, Debug, Default)]
pub struct SkyColumns {
    /// Right ascension and declination, degrees.
    pub position: Option<(String, String)>,
    /// The spatial index with its order.
    pub healpix: Option<(String, u8)>,
}

/// The ranges that hold every row for which all filters can be true; `None` when the filters say
/// nothing about the position.
pub fn ranges(filters: &[Expr], columns: &SkyColumns) -> Option<Ranges> {
    let parts = filters.iter().flat_map(split_conjunction);
    conjunction(parts, columns).map(|r| simplify(r, MAX_RANGES))
}

/// Conditions that are all true: each gives ranges of its own, and those on the two coordinates
/// give a zone together.
fn conjunction<'a>(parts: impl Iterator<Item = &'a Expr>, columns: &SkyColumns) -> Option<Ranges> {
    let mut zone = Zone::default();
    let mut found: Option<Ranges> = None;
    let mut narrow = |ranges: Ranges| {
        found = Some(match found.take() {
            Some(before) => intersect(&before, &ranges),
            None => ranges,
        });
    };
    for part in parts {
        if !zone.narrow(part, columns)
            && let Some(ranges) = of(part, columns)
        {
            narrow(ranges);
        }
    }
    if let Some(ranges) = zone.cover() {
        narrow(ranges);
    }
    found
}

fn of(expr: &Expr, columns: &SkyColumns) -> Option<Ranges> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { op: Operator::And, .. }) => {
            conjunction(split_conjunction(expr).into_iter(), columns)
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            let mut both = either(left, columns)?;
            both.extend(either(right, columns)?);
            Some(simplify(both, usize::MAX))
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => comparison(left, *op, right, columns)
            .or_else(|| comparison(right, op.swap()?, left, columns)),
        Expr::Between(between) if !between.negated => {
            let low = index_range(&between.expr, Operator::GtEq, &between.low, columns)?;
            let high = index_range(&between.expr, Operator::LtEq, &between.high, columns)?;
            Some(intersect(&low, &high))
        }
        Expr::InList(list) if !list.negated => {
            let each = list.list.iter().map(|v| index_range(&list.expr, Operator::Eq, v, columns));
            let all: Option<Vec<Ranges>> = each.collect();
            Some(simplify(all?.concat(), usize::MAX))
        }
        Expr::IsTrue(inner) => of(inner, columns),
        _ => region_test(expr, columns),
    }
}

/// One side of an OR, which may be a condition on a coordinate alone.
fn either(expr: &Expr, columns: &SkyColumns) -> Option<Ranges> {
    conjunction(split_conjunction(expr).into_iter(), columns)
}

/// Intervals of the two coordinates, degrees.
struct Zone {
    lon: (f64, f64),
    lat: (f64, f64),
}

impl Default for Zone {
    fn default() -> Self {
        let all = (f64::NEG_INFINITY, f64::INFINITY);
        Self { lon: all, lat: all }
    }
}

impl Zone {
    /// Takes in a comparison of a coordinate with a number; whether `expr` was one.
    fn narrow(&mut self, expr: &Expr, columns: &SkyColumns) -> bool {
        match expr {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
                self.side(left, *op, right, columns)
                    || op.swap().is_some_and(|op| self.side(right, op, left, columns))
            }
            Expr::Between(between) if !between.negated => {
                self.side(&between.expr, Operator::GtEq, &between.low, columns)
                    && self.side(&between.expr, Operator::LtEq, &between.high, columns)
            }
            _ => false,
        }
    }

    fn side(&mut self, left: &Expr, op: Operator, right: &Expr, columns: &SkyColumns) -> bool {
        let (Some((ra, dec)), Some(value)) = (&columns.position, number(right)) else {
            return false;
        };
        let interval = match strip(left) {
            Expr::Column(c) if c.name == *ra => &mut self.lon,
            Expr::Column(c) if c.name == *dec => &mut self.lat,
            _ => return false,
        };
        match op {
            Operator::Eq => *interval = (interval.0.max(value), interval.1.min(value)),
            Operator::Lt | Operator::LtEq => interval.1 = interval.1.min(value),
            Operator::Gt | Operator::GtEq => interval.0 = interval.0.max(value),
            _ => return false,
        }
        true
    }

    fn cover(&self) -> Option<Ranges> {
        // A longitude without both ends says nothing: positions may be written on any turn.
        let lon_is_open = self.lon.0.is_infinite() || self.lon.1.is_infinite();
        let lat_is_open = self.lat.0 <= -90.0 && self.lat.1 >= 90.0;
        if lon_is_open && lat_is_open {
            return None;
        }
        let lon = if lon_is_open { (0.0, 360.0) } else { self.lon };
        Some(cover_zone(lon, self.lat, MAX_RANGES))
    }
}

fn comparison(left: &Expr, op: Operator, right: &Expr, columns: &SkyColumns) -> Option<Ranges> {
    if let Some((Function::Sky(Sky::Distance), args)) = Function::of(strip(left)) {
        if !matches!(op, Operator::Lt | Operator::LtEq | Operator::Eq) {
            return None;
        }
        let [lon1, lat1, lon2, lat2] = args else { return None };
        return around(lon1, lat1, lon2, lat2, number(right)?, columns);
    }
    index_range(left, op, right, columns)
}

/// Rows within `radius` of a constant position, whichever of the two is the row's.
fn around(
    lon1: &Expr,
    lat1: &Expr,
    lon2: &Expr,
    lat2: &Expr,
    radius: f64,
    columns: &SkyColumns,
) -> Option<Ranges> {
    let (lon, lat) = if is_position(lon1, lat1, columns) {
        (number(lon2)?, number(lat2)?)
    } else if is_position(lon2, lat2, columns) {
        (number(lon1)?, number(lat1)?)
    } else {
        return None;
    };
    if radius < 0.0 {
        return Some(Vec::new());
    }
    let shape = Region::circle(lon, lat, radius.min(180.0)).ok()?;
    Some(cover(&shape, MAX_RANGES))
}

/// A comparison of the index column, or of an index computed from the position, with a constant.
fn index_range(left: &Expr, op: Operator, right: &Expr, columns: &SkyColumns) -> Option<Ranges> {
    let order = index_order(strip_integer(left), columns)?;
    let value = integer(right)?;
    let shift = 2 * (29 - u32::from(order));
    let edge = |v: i64| v.clamp(0, 12 << (2 * u32::from(order))) << shift;
    let (low, high) = match op {
        Operator::Eq => (edge(value), edge(value.saturating_add(1))),
        Operator::Lt => (0, edge(value)),
        Operator::LtEq => (0, edge(value.saturating_add(1))),
        Operator::Gt => (edge(value.saturating_add(1)), ALL.1),
        Operator::GtEq => (edge(value), ALL.1),
        _ => return None,
    };
    Some(if low < high { vec![(low, high)] } else { Vec::new() })
}

/// The order of the row's own HEALPix index, whether it is read or computed.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a whole number in [0, 29]
fn index_order(expr: &Expr, columns: &SkyColumns) -> Option<u8> {
    if let Expr::Column(column) = expr {
        let (name, order) = columns.healpix.as_ref()?;
        return (column.name == *name).then_some((*order).min(29));
    }
    let (Function::Sky(Sky::HealpixIndex), args) = Function::of(expr)? else { return None };
    let [order, lon, lat] = args else { return None };
    let order = number(order).filter(|o| (0.0..=29.0).contains(o) && o.fract() == 0.0)?;
    is_position(lon, lat, columns).then_some(order as u8)
}

fn region_test(expr: &Expr, columns: &SkyColumns) -> Option<Ranges> {
    let (Function::Sky(function), args) = Function::of(expr)? else { return None };
    match (function, args) {
        (Sky::InCircle, [lon1, lat1, lon2, lat2, radius]) => {
            around(lon1, lat1, lon2, lat2, number(radius)?, columns)
        }
        (Sky::Intersects, [a, b]) => grown(a, b, columns).or_else(|| grown(b, a, columns)),
        // What lies in a shape has its middle there.
        (Sky::RegionInRegion, [inner, outer]) => {
            middle(inner, columns)?;
            Some(cover(&shape_of(outer)?, MAX_RANGES))
        }
        (_, [lon, lat, rest @ ..]) if is_position(lon, lat, columns) => {
            Some(cover(&shape(function, rest)?, MAX_RANGES))
        }
        _ => None,
    }
}

/// Circles about the row's position that meet a constant shape.
fn grown(circle: &Expr, other: &Expr, columns: &SkyColumns) -> Option<Ranges> {
    let radius = number(middle(circle, columns)??)?;
    if !(0.0..=90.0).contains(&radius) {
        return None;
    }
    let shape = shape_of(other)?;
    Some(crate::sphere::cover::cover_near(&shape, radius, MAX_RANGES))
}

/// Whether a text is a point or a circle about the row's position; of a circle the radius.
fn middle<'a>(text: &'a Expr, columns: &SkyColumns) -> Option<Option<&'a Expr>> {
    match Function::of(strip(text))? {
        (Function::Sky(Sky::PointText | Sky::CircleText), [lon, lat, rest @ ..])
            if is_position(lon, lat, columns) =>
        {
            Some(rest.first())
        }
        _ => None,
    }
}

/// A constant shape, given as text or as a call that makes text.
fn shape_of(text: &Expr) -> Option<Region> {
    if let Expr::Literal(ScalarValue::Utf8(Some(text)), _) = strip(text) {
        return stcs::parse(text).ok();
    }
    let (Function::Sky(function), args) = Function::of(strip(text))? else { return None };
    let test = match function {
        Sky::CircleText => Sky::InCircle,
        Sky::BoxText => Sky::InBox,
        Sky::PolygonText => Sky::InPolygon,
        _ => return None,
    };
    shape(test, args)
}

/// The constant shape of a test of points.
fn shape(function: Sky, args: &[Expr]) -> Option<Region> {
    let numbers = || args.iter().map(number).collect::<Option<Vec<f64>>>();
    match function {
        Sky::InCircle => match numbers()?.as_slice() {
            &[lon, lat, radius] => Region::circle(lon, lat, radius).ok(),
            _ => None,
        },
        Sky::InBox => match numbers()?.as_slice() {
            &[lon, lat, width, height] => Region::cross_box(lon, lat, width, height).ok(),
            _ => None,
        },
        Sky::InPolygon => {
            let numbers = numbers()?;
            let pairs = numbers.chunks_exact(2).filter_map(|c| Some((*c.first()?, *c.get(1)?)));
            Some(Region::Polygon(Polygon::new(pairs.collect()).ok()?))
        }
        Sky::InRegion => shape_of(args.first()?),
        _ => None,
    }
}

fn is_position(lon: &Expr, lat: &Expr, columns: &SkyColumns) -> bool {
    let Some((ra, dec)) = &columns.position else { return false };
    let named = |e: &Expr, name: &String| matches!(strip(e), Expr::Column(c) if c.name == *name);
    named(lon, ra) && named(lat, dec)
}

/// Without aliases and the casts that keep the value of an angle or a text.
fn strip(expr: &Expr) -> &Expr {
    let keeps = |t: &DataType| matches!(t, DataType::Float64 | DataType::Utf8);
    match expr {
        Expr::Cast(cast) if keeps(cast.field.data_type()) => strip(&cast.expr),
        Expr::Alias(alias) => strip(&alias.expr),
        other => other,
    }
}

/// Without aliases and casts between integers, which fail where they would not keep the value.
fn strip_integer(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast(cast) if cast.field.data_type().is_integer() => strip_integer(&cast.expr),
        Expr::Alias(alias) => strip_integer(&alias.expr),
        other => other,
    }
}

fn number(expr: &Expr) -> Option<f64> {
    let Expr::Literal(value, _) = strip(expr) else { return None };
    match value.cast_to(&DataType::Float64).ok()? {
        ScalarValue::Float64(value) => value,
        _ => None,
    }
}

fn integer(expr: &Expr) -> Option<i64> {
    let Expr::Literal(value, _) = expr else { return None };
    if !value.data_type().is_integer() {
        return None;
    }
    match value.cast_to(&DataType::Int64).ok()? {
        ScalarValue::Int64(value) => value,
        _ => None,
    }
}

/// Whether any range meets the span `[low, high)`.
pub fn meets(ranges: &[(i64, i64)], (low, high): (i64, i64)) -> bool {
    let first = ranges.partition_point(|r| r.1 <= low);
    ranges.get(first).is_some_and(|r| r.0 < high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hats::Cell;
    use datafusion::prelude::{col, lit};

    fn columns() -> SkyColumns {
        SkyColumns {
            position: Some(("ra".into(), "dec".into())),
            healpix: Some(("_healpix_29".into(), 29)),
        }
    }

    fn circle(ra: f64) -> Expr {
        let args = vec![col("ra"), col("dec"), lit(ra), lit(5.0), lit(0.1)];
        Function::Sky(Sky::InCircle).call(args)
    }

    #[test]
    fn spellings_give_the_same_ranges() {
        let inside = ranges(&[circle(10.0)], &columns()).unwrap();
        let distance =
            Function::Sky(Sky::Distance).call(vec![lit(10.0), lit(5.0), col("ra"), col("dec")]);
        assert_eq!(ranges(&[lit(0.1).gt(distance)], &columns()).unwrap(), inside);
        assert!(meets(&inside, {
            let h = crate::sphere::healpix29(10.0, 5.0);
            (h, h + 1)
        }));
    }

    #[test]
    fn or_needs_both_sides_and_and_takes_either() {
        let c = columns();
        assert_eq!(ranges(&[circle(10.0).or(col("mag").lt(lit(3.0)))], &c), None);
        assert!(ranges(&[circle(10.0).and(col("mag").lt(lit(3.0)))], &c).is_some());
        assert_eq!(ranges(&[circle(10.0).and(circle(50.0))], &c), Some(vec![]));
        let call = Function::Sky(Sky::HealpixIndex).call(vec![lit(2i64), col("ra"), col("dec")]);
        assert_eq!(
            ranges(&[call.eq(lit(3i64))], &c),
            Some(vec![Cell { order: 2, pixel: 3 }.span()])
        );
        let hand = col("_healpix_29").gt_eq(lit(5i64)).and(col("_healpix_29").lt(lit(9i64)));
        assert_eq!(ranges(&[hand], &c), Some(vec![(5, 9)]));
        assert_eq!(ranges(&[Expr::Not(Box::new(circle(10.0)))], &c), None);
        let zone = [
            col("ra").gt_eq(lit(9.0)),
            col("dec").lt(lit(6i64)),
            col("ra").lt(lit(11.0)),
            lit(4.0).lt(col("dec")),
        ];
        let found = ranges(&zone, &c).unwrap();
        let index = crate::sphere::healpix29(10.0, 5.0);
        assert!(meets(&found, (index, index + 1)));
        assert!(!meets(&found, Cell { order: 2, pixel: 100 }.span()), "{found:?}");
        assert_eq!(ranges(&[col("ra").gt(lit(350.0))], &c), None);
        assert_eq!(ranges(&[col("ra").between(lit(3.0), lit(2.0))], &c), Some(vec![]));
    }
}
