//! The queries of the engine's figures, in ADQL and as a careful user of DuckDB would write them.

/// A question that both engines are asked.
pub struct Query {
    /// Name of the figure, and what `--only` selects.
    pub name: &'static str,
    /// For us.
    pub adql: &'static str,
    /// For DuckDB.
    pub sql: &'static str,
}

/// Scans of all rows. Keys come first in every answer, so that answers can be sorted and compared.
pub const SCANS: [Query; 5] = [
    Query {
        name: "count-filter",
        adql: "SELECT COUNT(*) FROM bench.stars WHERE g - r > 0.5 AND r < 20",
        sql: "SELECT COUNT(*) FROM stars WHERE g - r > 0.5 AND r < 20",
    },
    Query {
        name: "histogram-1d",
        adql: "SELECT FLOOR(r * 10) AS bin, COUNT(*) AS n FROM bench.stars WHERE g < 23 \
               GROUP BY FLOOR(r * 10)",
        sql: "SELECT floor(r * 10) AS bin, COUNT(*) AS n FROM stars WHERE g < 23 GROUP BY 1",
    },
    Query {
        name: "histogram-2d",
        adql: "SELECT FLOOR((g - r) * 20) AS x, FLOOR((r - i) * 20) AS y, COUNT(*) AS n \
               FROM bench.stars GROUP BY FLOOR((g - r) * 20), FLOOR((r - i) * 20)",
        sql: "SELECT floor((g - r) * 20) AS x, floor((r - i) * 20) AS y, COUNT(*) AS n \
              FROM stars GROUP BY 1, 2",
    },
    Query {
        name: "aggregates",
        adql: "SELECT AVG(g), MIN(r), MAX(i), SUM(pmra), COUNT(pmdec) FROM bench.stars",
        sql: "SELECT AVG(g), MIN(r), MAX(i), SUM(pmra), COUNT(pmdec) FROM stars",
    },
    Query {
        name: "full-scan",
        adql: "SELECT SUM(id), SUM(ra), SUM(dec), SUM(g), SUM(r), SUM(i), SUM(pmra), SUM(pmdec) \
               FROM bench.stars",
        sql: "SELECT SUM(id), SUM(ra), SUM(dec), SUM(g), SUM(r), SUM(i), SUM(pmra), SUM(pmdec) \
              FROM stars",
    },
];

/// Radius of a cone, degrees.
const RADIUS: f64 = 0.1;

/// A cone search about a position: ours and DuckDB's. DuckDB is given the box about the circle,
/// by which it skips row groups, and then the exact distance.
pub fn cone(ra: f64, dec: f64) -> (String, String) {
    const COLUMNS: &str = "id, ra, dec, g, r, i, pmra, pmdec";
    let ours = format!(
        "SELECT {COLUMNS} FROM bench.stars WHERE DISTANCE(ra, dec, {ra}, {dec}) < {RADIUS}"
    );
    let (low, high) = (dec - RADIUS, dec + RADIUS);
    // The circle's extent in longitude; none where it touches a pole.
    let sine = RADIUS.to_radians().sin() / dec.to_radians().cos();
    let width = if sine < 1.0 { sine.asin().to_degrees() * 1.000_001 } else { 360.0 };
    let (west, east) = (ra - width, ra + width);
    let lon = if width >= 180.0 {
        "TRUE".to_owned()
    } else if west < 0.0 {
        format!("(ra >= {} OR ra <= {east})", west + 360.0)
    } else if east >= 360.0 {
        format!("(ra >= {west} OR ra <= {})", east - 360.0)
    } else {
        format!("ra BETWEEN {west} AND {east}")
    };
    let theirs = format!(
        "SELECT {COLUMNS} FROM stars WHERE dec BETWEEN {low} AND {high} AND {lon} \
         AND 2 * asin(least(1, sqrt(pow(sin(radians(dec - {dec}) / 2), 2) + cos(radians(dec)) * \
         cos(radians({dec})) * pow(sin(radians(ra - {ra}) / 2), 2)))) < radians({RADIUS})"
    );
    (ours, theirs)
}

/// `count` positions spread evenly over the sphere, the golden spiral: deg.
pub fn positions(count: u32) -> impl Iterator<Item = (f64, f64)> {
    (0..count).map(move |index| {
        let z = 1.0 - 2.0 * (f64::from(index) + 0.5) / f64::from(count);
        (f64::from(index) * 137.507_764_050_037_85 % 360.0, z.asin().to_degrees())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_holds_its_circle_at_zero_hours_and_at_the_poles() {
        assert!(cone(0.05, 10.0).1.contains("(ra >= 359.9"));
        assert!(cone(359.95, 10.0).1.contains("OR ra <= 0.05"));
        assert!(cone(10.0, 89.95).1.contains("AND TRUE AND"));
        assert!(positions(100).all(|(ra, dec)| (0.0..360.0).contains(&ra) && dec.abs() < 90.0));
    }
}
