//! The queries of the engine's figures, in ADQL and as a careful user of DuckDB would write them.

/// A question that both engines are asked.
#[derive(Clone, Copy)]
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

/// A join on the sky, in three languages.
pub struct Join {
    /// For us and for DuckDB.
    pub query: Query,
    /// For the astropy peer.
    pub astropy: &'static str,
}

/// DuckDB is given zones of declination (Gray, Nieto-Santisteban and Szalay 2006), the quicker of
/// two ways that were tried; the other hashed cubes with their 26 neighbours.
macro_rules! zones {
    ($radius:literal, $second:literal, $more:literal) => {
        concat!(
            "WITH a AS MATERIALIZED (SELECT *, g - r AS gr, r - i AS ri, floor(dec / ", $radius,
            ")::INT AS zone, CASE WHEN abs(dec) < 89.8 THEN 1.001 * ", $radius,
            " / cos(radians(abs(dec) + ", $radius, ")) ELSE 360 END AS w, ",
            "cos(radians(dec)) * cos(radians(ra)) AS x, cos(radians(dec)) * sin(radians(ra)) AS y, ",
            "sin(radians(dec)) AS z FROM stars), ",
            "s AS (SELECT *, g - r AS gr, r - i AS ri, floor(dec / ", $radius, ")::INT AS zone, ",
            "cos(radians(dec)) * cos(radians(ra)) AS x, cos(radians(dec)) * sin(radians(ra)) AS y, ",
            "sin(radians(dec)) AS z FROM ", $second, "), ",
            "b AS (SELECT *, unnest([zone - 1, zone, zone + 1]) AS near FROM s) ",
            "SELECT a.id AS a, b.id AS b FROM a JOIN b ON a.zone = b.near ",
            "AND (abs(a.ra - b.ra) <= a.w OR abs(a.ra - b.ra) >= 360 - a.w) ",
            "AND pow(a.x - b.x, 2) + pow(a.y - b.y, 2) + pow(a.z - b.z, 2) ",
            "< pow(2 * sin(radians(", $radius, ") / 2), 2) ", $more
        )
    };
}

/// Stars closer than 2″ with like colours, each pair once; and all pairs within 1″ of a catalogue
/// and another of the same stars.
pub const JOINS: [Join; 2] = [
    Join {
        query: Query {
            name: "close-pairs",
            adql: "SELECT a.id AS a, b.id AS b FROM bench.stars AS a JOIN bench.stars AS b \
                   ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 2 / 3600. AND a.id < b.id \
                   AND ABS((a.g - a.r) - (b.g - b.r)) < 0.05 \
                   AND ABS((a.r - a.i) - (b.r - b.i)) < 0.05",
            sql: zones!(
                "(2 / 3600.0)",
                "stars",
                "AND a.id < b.id AND abs(a.gr - b.gr) < 0.05 AND abs(a.ri - b.ri) < 0.05"
            ),
        },
        astropy: "pairs 0.0005555555555555556",
    },
    Join {
        query: Query {
            name: "cross-match",
            adql: "SELECT a.id AS a, b.id AS b FROM bench.stars AS a JOIN bench.again AS b \
                   ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 1 / 3600.",
            sql: zones!("(1 / 3600.0)", "again", ""),
        },
        astropy: "match 0.0002777777777777778",
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
