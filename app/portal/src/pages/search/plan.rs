//! A search as a query, and the filters of the page: pure, so that what the page shows, what it
//! exports and what its code reproduces are one thing.

use std::cmp::Ordering;

use tenkyu_sky::sphere::separation_deg;
use tenkyu_wire::view::SearchState;

use crate::format::{date_of_mjd, mjd_of_date};
use crate::obscore::{Band, COLUMNS, Product};
use crate::tap::literal;

/// Radius when neither the text nor the state nor the object's size names one, degrees.
pub(super) const DEFAULT_RADIUS_DEG: f64 = 0.25;

/// A cone on the sky, ICRS degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cone {
    pub(super) ra_deg: f64,
    pub(super) dec_deg: f64,
    pub(super) radius_deg: f64,
}

/// WHERE text of what lies in or reaches into a cone: the pointing within the radius, or within
/// half a field of view more.
fn cone_where(cone: Cone) -> String {
    let Cone { ra_deg, dec_deg, radius_deg } = cone;
    format!(
        "(1 = CONTAINS(POINT('ICRS', s_ra, s_dec), CIRCLE('ICRS', {ra_deg}, {dec_deg}, {radius_deg})) \
         OR DISTANCE(POINT('ICRS', s_ra, s_dec), POINT('ICRS', {ra_deg}, {dec_deg})) <= s_fov / 2 + {radius_deg})"
    )
}

/// The query of a cone, or of the whole archive.
pub(super) fn cone_query(cone: Option<Cone>) -> String {
    match cone {
        Some(cone) => format!("SELECT {COLUMNS} FROM ivoa.obscore WHERE {}", cone_where(cone)),
        None => format!("SELECT {COLUMNS} FROM ivoa.obscore"),
    }
}

/// The query that gives what the page shows with its filters and order.
pub(super) fn filtered_query(cone: Option<Cone>, state: &SearchState) -> String {
    let mut conditions: Vec<String> = cone.map(cone_where).into_iter().collect();
    for (column, values) in [
        ("facility_name", &state.facilities),
        ("instrument_name", &state.instruments),
        ("dataproduct_type", &state.types),
    ] {
        if !values.is_empty() {
            let list: Vec<_> = values.iter().map(|v| literal(v)).collect();
            conditions.push(format!("{column} IN ({})", list.join(", ")));
        }
    }
    let bands: Vec<_> = state.bands.iter().filter_map(|b| Band::from_word(b)).collect();
    if !bands.is_empty() {
        let ranges: Vec<_> = bands.into_iter().map(band_where).collect();
        conditions.push(format!("({})", ranges.join(" OR ")));
    }
    conditions.extend(mjd_of_date(&state.from).map(|mjd| format!("t_min >= {mjd}")));
    conditions.extend(mjd_of_date(&state.to).map(|mjd| format!("t_min < {}", mjd + 1.0)));
    conditions.extend(state.exposure_min.map(|s| format!("t_exptime >= {s}")));
    let mut query = format!("SELECT {COLUMNS} FROM ivoa.obscore");
    if !conditions.is_empty() {
        query.push_str(" WHERE ");
        query.push_str(&conditions.join(" AND "));
    }
    if let Some(order) = order_by(&state.sort) {
        query.push_str(&format!(" ORDER BY {order}"));
    }
    query
}

/// The band of the geometric mean wavelength, as [`Product::band`] has it.
fn band_where(band: Band) -> String {
    let (low, high) = band.limits_m();
    let square = |limit: f64| limit * limit;
    let mut parts = Vec::new();
    if low > 0.0 {
        parts.push(format!("em_min * em_max > {:e}", square(low)));
    }
    if high.is_finite() {
        parts.push(format!("em_min * em_max <= {:e}", square(high)));
    }
    format!("({})", parts.join(" AND "))
}

fn order_by(sort: &str) -> Option<String> {
    let (column, descending) = split_sort(sort);
    let column = match Column::from_word(column)? {
        Column::Target => "target_name",
        Column::Instrument => "instrument_name",
        Column::Type => "dataproduct_type",
        Column::Band => "em_min",
        Column::Date => "t_min",
        Column::Exposure => "t_exptime",
        Column::Distance => return None,
    };
    Some(format!("{column}{}", if descending { " DESC" } else { "" }))
}

/// A column that the table can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Target,
    Instrument,
    Type,
    Band,
    Date,
    Exposure,
    Distance,
}

impl Column {
    pub(super) const ALL: [Column; 7] = [
        Column::Target,
        Column::Instrument,
        Column::Type,
        Column::Band,
        Column::Date,
        Column::Exposure,
        Column::Distance,
    ];

    /// Its word in addresses.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Column::Target => "target",
            Column::Instrument => "instrument",
            Column::Type => "type",
            Column::Band => "band",
            Column::Date => "date",
            Column::Exposure => "exposure",
            Column::Distance => "distance",
        }
    }

    fn from_word(word: &str) -> Option<Column> {
        Column::ALL.into_iter().find(|column| column.word() == word)
    }
}

/// The column and whether descending.
pub(super) fn split_sort(sort: &str) -> (&str, bool) {
    match sort.strip_prefix('-') {
        Some(column) => (column, true),
        None => (sort, false),
    }
}

/// Whether the filters keep a product.
pub(super) fn keeps(state: &SearchState, product: &Product) -> bool {
    let one_of = |values: &[String], value: &str| {
        values.is_empty() || values.iter().any(|kept| kept == value)
    };
    let date = product.t_min.map(date_of_mjd).unwrap_or_default();
    one_of(&state.facilities, &product.facility)
        && one_of(&state.instruments, &product.instrument)
        && one_of(&state.types, &product.product_type)
        && one_of(&state.bands, product.band().map_or("", Band::word))
        && (mjd_of_date(&state.from).is_none() || (!date.is_empty() && date >= state.from))
        && (mjd_of_date(&state.to).is_none() || (!date.is_empty() && date <= state.to))
        && state.exposure_min.is_none_or(|min| product.exposure_s.is_some_and(|s| s >= min))
}

/// Distance of a product's pointing from the middle of the cone, degrees.
pub(super) fn distance(product: &Product, cone: Option<Cone>) -> Option<f64> {
    let cone = cone?;
    Some(separation_deg(product.ra_deg?, product.dec_deg?, cone.ra_deg, cone.dec_deg))
}

/// Sorts by the state's column; products without a value come last either way.
pub(super) fn sort(products: &mut [Product], sort: &str, cone: Option<Cone>) {
    let (word, descending) = split_sort(sort);
    let column = Column::from_word(word).unwrap_or(if cone.is_some() {
        Column::Distance
    } else {
        Column::Date
    });
    products.sort_by(|a, b| compare(a, b, column, cone, descending));
}

fn compare(
    a: &Product,
    b: &Product,
    column: Column,
    cone: Option<Cone>,
    descending: bool,
) -> Ordering {
    let text = |a: &str, b: &str| {
        let order = a.to_lowercase().cmp(&b.to_lowercase());
        a.is_empty().cmp(&b.is_empty()).then(if descending { order.reverse() } else { order })
    };
    let number = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => {
            let order = a.total_cmp(&b);
            if descending { order.reverse() } else { order }
        }
        (a, b) => a.is_none().cmp(&b.is_none()),
    };
    match column {
        Column::Target => text(&a.target, &b.target),
        Column::Instrument => text(&a.instrument, &b.instrument),
        Column::Type => text(&a.product_type, &b.product_type),
        Column::Band => number(a.wavelength(), b.wavelength()),
        Column::Date => number(a.t_min, b.t_min),
        Column::Exposure => number(a.exposure_s, b.exposure_s),
        Column::Distance => number(distance(a, cone), distance(b, cone)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(instrument: &str, t_min: f64, exposure: Option<f64>) -> Product {
        Product {
            instrument: instrument.to_owned(),
            facility: "HST".to_owned(),
            t_min: Some(t_min),
            exposure_s: exposure,
            ra_deg: Some(10.0),
            dec_deg: Some(0.0),
            ..Default::default()
        }
    }

    #[test]
    fn filters_and_query_say_the_same() {
        let state = SearchState {
            instruments: vec!["O'Hara".to_owned()],
            from: "2000-01-01".to_owned(),
            exposure_min: Some(10.0),
            sort: "-date".to_owned(),
            ..Default::default()
        };
        let query = filtered_query(None, &state);
        assert!(query.contains("instrument_name IN ('O''Hara')"));
        assert!(query.contains("t_min >= 51544"));
        assert!(query.contains("t_exptime >= 10"));
        assert!(query.ends_with("ORDER BY t_min DESC"));
        assert!(keeps(&state, &product("O'Hara", 51_544.5, Some(10.0))));
        assert!(!keeps(&state, &product("O'Hara", 51_543.5, Some(10.0))));
        assert!(!keeps(&state, &product("O'Hara", 51_544.5, None)));
        assert!(!keeps(&state, &product("WFPC2", 51_544.5, Some(10.0))));
    }

    #[test]
    fn missing_values_sort_last_both_ways() {
        let mut products =
            [product("b", 1.0, None), product("a", 2.0, Some(5.0)), product("c", 3.0, Some(7.0))];
        sort(&mut products, "-exposure", None);
        let names: Vec<_> = products.iter().map(|p| p.instrument.as_str()).collect();
        assert_eq!(names, ["c", "a", "b"]);
        sort(&mut products, "exposure", None);
        let names: Vec<_> = products.iter().map(|p| p.instrument.as_str()).collect();
        assert_eq!(names, ["a", "c", "b"]);
    }
}
