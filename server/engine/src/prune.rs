//! From search conditions to ranges of the spatial index.
//!
//! Every spelling of a region test has become one of a few function calls by the time a scan sees
//! it, so it is recognised here once: in filters that the optimizer pushed down to the table,
//! through views, subqueries and joins.

use datafusion::{
    common::ScalarValue,
    logical_expr::{BinaryExpr, Expr, Operator},
};

use crate::{
    functions::{Function, Sky},
    sphere::{
        moc::{circle_ranges, intersect, simplify},
        polygon::Polygon,
        region::Region,
        stcs,
    },
};

pub use crate::sphere::moc::Ranges;

/// At most this many ranges: each is two comparisons a row and a term in every page's pruning.
const MAX_RANGES: usize = 24;
const ALL: (i64, i64) = (0, 12 << 58);

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
    let found = filters.iter().filter_map(|f| of(f, columns)).reduce(|a, b| intersect(&a, &b));
    found.map(|r| simplify(r, MAX_RANGES))
}

fn of(expr: &Expr, columns: &SkyColumns) -> Option<Ranges> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            match (of(left, columns), of(right, columns)) {
                (Some(a), Some(b)) => Some(intersect(&a, &b)),
                (a, b) => a.or(b),
            }
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            let mut both = of(left, columns)?;
            both.extend(of(right, columns)?);
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

fn comparison(left: &Expr, op: Operator, right: &Expr, columns: &SkyColumns) -> Option<Ranges> {
    if let Some((Function::Sky(Sky::Distance), args)) = Function::of(strip(left)) {
        let radius = number(right)?;
        let [lon1, lat1, lon2, lat2] = args else { return None };
        if !matches!(op, Operator::Lt | Operator::LtEq | Operator::Eq) {
            return None;
        }
        let (lon, lat) = if is_position(lon1, lat1, columns) {
            (number(lon2)?, number(lat2)?)
        } else if is_position(lon2, lat2, columns) {
            (number(lon1)?, number(lat1)?)
        } else {
            return None;
        };
        return circle_ranges(lon, lat, radius, MAX_RANGES);
    }
    index_range(left, op, right, columns)
}

/// A comparison of the index column, or of a coarser index computed from it, with a constant.
fn index_range(left: &Expr, op: Operator, right: &Expr, columns: &SkyColumns) -> Option<Ranges> {
    let (name, order) = columns.healpix.as_ref()?;
    let Expr::Column(column) = strip(left) else { return None };
    if column.name != *name {
        return None;
    }
    let value = integer(right)?;
    let shift = 2 * (29 - u32::from((*order).min(29)));
    let edge = |v: i64| v.clamp(0, 12 << (2 * u32::from(*order))) << shift;
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

fn region_test(expr: &Expr, columns: &SkyColumns) -> Option<Ranges> {
    let (Function::Sky(function), args) = Function::of(expr)? else { return None };
    let [lon, lat, rest @ ..] = args else { return None };
    if !is_position(lon, lat, columns) {
        return None;
    }
    let numbers = || rest.iter().map(number).collect::<Option<Vec<f64>>>();
    let shape = match function {
        Sky::InCircle => match numbers()?.as_slice() {
            &[a, b, r] => Region::circle(a, b, r).ok()?,
            _ => return None,
        },
        Sky::InBox => match numbers()?.as_slice() {
            &[a, b, w, h] => Region::cross_box(a, b, w, h).ok()?,
            _ => return None,
        },
        Sky::InPolygon => {
            let numbers = numbers()?;
            let pairs = numbers.chunks_exact(2).filter_map(|c| Some((*c.first()?, *c.get(1)?)));
            Region::Polygon(Polygon::new(pairs.collect()).ok()?)
        }
        Sky::InRegion => match rest {
            [Expr::Literal(ScalarValue::Utf8(Some(text)), _)] => stcs::parse(text).ok()?,
            _ => return None,
        },
        _ => return None,
    };
    shape.index_ranges(MAX_RANGES)
}

fn is_position(lon: &Expr, lat: &Expr, columns: &SkyColumns) -> bool {
    let Some((ra, dec)) = &columns.position else { return false };
    let named = |e: &Expr, name: &String| matches!(strip(e), Expr::Column(c) if c.name == *name);
    named(lon, ra) && named(lat, dec)
}

/// Without casts and aliases: they keep the value of a position.
fn strip(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast(cast) => strip(&cast.expr),
        Expr::TryCast(cast) => strip(&cast.expr),
        Expr::Alias(alias) => strip(&alias.expr),
        other => other,
    }
}

fn number(expr: &Expr) -> Option<f64> {
    let Expr::Literal(value, _) = strip(expr) else { return None };
    match value.cast_to(&arrow::datatypes::DataType::Float64).ok()? {
        ScalarValue::Float64(value) => value,
        _ => None,
    }
}

fn integer(expr: &Expr) -> Option<i64> {
    let Expr::Literal(value, _) = expr else { return None };
    if !value.data_type().is_integer() {
        return None;
    }
    match value.cast_to(&arrow::datatypes::DataType::Int64).ok()? {
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
        let hand = col("_healpix_29").gt_eq(lit(5i64)).and(col("_healpix_29").lt(lit(9i64)));
        assert_eq!(ranges(&[hand], &c), Some(vec![(5, 9)]));
        assert_eq!(ranges(&[Expr::Not(Box::new(circle(10.0)))], &c), None);
    }
}
