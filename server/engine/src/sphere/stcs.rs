//! Regions as text: STC-S, as ObsCore and TAP 1.0 write it, and the ASCII form of MOC.

use super::{
    frame::FrameName,
    moc::Moc,
    polygon::Polygon,
    region::{Region, RegionError, check},
};

/// Reads `Circle ICRS 10 20 1`, `Polygon 1 2 3 4 5 6`, `Position ICRS 1 2`, `Box ICRS 1 2 3 4`,
/// `Union ICRS (Circle … Polygon …)`, or a coverage map such as `4/12-15 5/80`. Shapes of other
/// frames are turned to ICRS.
///
/// # Errors
/// What is wrong, in words of the text.
pub fn parse(text: &str) -> Result<Region, RegionError> {
    let text = text.trim();
    let moc = text.strip_prefix('s').unwrap_or(text);
    if moc.starts_with(|first: char| first.is_ascii_digit()) {
        return Moc::parse(moc).map(Region::Moc);
    }
    let spaced = text.replace('(', " ( ").replace(')', " ) ").replace(',', " ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let region = shape(&words, &mut at, FrameName::Icrs, 0)?;
    match words.get(at) {
        None => Ok(region),
        Some(word) => Err(RegionError(format!("{word:?} after the end of the region"))),
    }
}

fn shape(
    words: &[&str],
    at: &mut usize,
    outer: FrameName,
    depth: usize,
) -> Result<Region, RegionError> {
    let keyword = words.get(*at).ok_or_else(|| RegionError("an empty region".into()))?;
    *at += 1;
    let frame = prefix(words, at, outer)?;
    if keyword.eq_ignore_ascii_case("union") {
        return union(words, at, frame, depth);
    }
    let mut numbers = Vec::new();
    while let Some(value) = words.get(*at).and_then(|w| w.parse::<f64>().ok()) {
        numbers.push(value);
        *at += 1;
    }
    of_numbers(keyword, frame, &numbers)
}

/// Frame, reference position and flavour.
fn prefix(words: &[&str], at: &mut usize, outer: FrameName) -> Result<FrameName, RegionError> {
    let mut frame = outer;
    while let Some(word) = words.get(*at) {
        if let Some(named) = FrameName::parse(word) {
            frame = named;
        } else {
            match word.to_ascii_uppercase().as_str() {
                "BARYCENTER" | "GEOCENTER" | "TOPOCENTER" | "HELIOCENTER" | "LSR"
                | "UNKNOWNREFPOS" | "SPHERICAL2" => {}
                "CARTESIAN2" | "CARTESIAN3" => {
                    return Err(RegionError(format!("{word} positions of a region are not read")));
                }
                _ => return Ok(frame),
            }
        }
        *at += 1;
    }
    Ok(frame)
}

/// A shape of a frame by its numbers, in ICRS.
pub fn of_numbers(keyword: &str, frame: FrameName, numbers: &[f64]) -> Result<Region, RegionError> {
    let turned = |lon: f64, lat: f64| {
        check(lon, lat)?;
        Ok(frame.turn(FrameName::Icrs, lon, lat))
    };
    match (keyword.to_ascii_lowercase().as_str(), numbers) {
        ("position" | "point", &[lon, lat]) => {
            turned(lon, lat).map(|(lon, lat)| Region::Point(lon, lat))
        }
        ("circle", &[lon, lat, r]) => {
            turned(lon, lat).and_then(|(lon, lat)| Region::circle(lon, lat, r))
        }
        ("box", &[lon, lat, w, h]) => {
            let corners = Region::box_corners(lon, lat, w, h)?;
            let corners: Result<Vec<_>, _> = corners.iter().map(|&(a, b)| turned(a, b)).collect();
            Polygon::new(corners?).map(Region::Polygon)
        }
        ("polygon", n) if n.len() >= 6 && n.len() % 2 == 0 => {
            let pairs = n.chunks_exact(2).filter_map(|c| Some((*c.first()?, *c.get(1)?)));
            let corners: Result<Vec<_>, _> = pairs.map(|(a, b)| turned(a, b)).collect();
            Polygon::new(corners?).map(Region::Polygon)
        }
        _ => Err(RegionError(format!("{keyword} with {} numbers is no region", numbers.len()))),
    }
}

fn union(
    words: &[&str],
    at: &mut usize,
    frame: FrameName,
    depth: usize,
) -> Result<Region, RegionError> {
    if depth > 8 {
        return Err(RegionError("unions nested too deeply".into()));
    }
    if words.get(*at) != Some(&"(") {
        return Err(RegionError("expected ( after Union".into()));
    }
    *at += 1;
    let mut parts = Vec::new();
    while words.get(*at).is_some_and(|w| *w != ")") {
        parts.push(shape(words, at, frame, depth + 1)?);
    }
    if words.get(*at).is_none() {
        return Err(RegionError("missing ) of Union".into()));
    }
    *at += 1;
    Ok(Region::Union(parts))
}

/// A region as text that [`parse`] reads, in ICRS.
pub fn write(region: &Region) -> String {
    match region {
        Region::Point(lon, lat) => format!("Position ICRS {lon} {lat}"),
        Region::Circle(lon, lat, r) => format!("Circle ICRS {lon} {lat} {r}"),
        Region::Polygon(p) => {
            let corners: Vec<String> =
                p.vertices().iter().map(|(lon, lat)| format!("{lon} {lat}")).collect();
            format!("Polygon ICRS {}", corners.join(" "))
        }
        Region::Union(parts) => {
            let parts: Vec<String> = parts.iter().map(write).collect();
            format!("Union ICRS ({})", parts.join(" "))
        }
        Region::Moc(moc) => moc.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_parse_as_clients_write_them() {
        assert_eq!(parse("CIRCLE ICRS 10 20 1").unwrap(), Region::Circle(10.0, 20.0, 1.0));
        assert!(matches!(parse("Polygon 0 0 1 0 1 1"), Ok(Region::Polygon(_))));
        let union = parse("Union ICRS (Circle 1 1 1 Position 2 2)").unwrap();
        assert!(union.contains(2.0, 2.0) && union.contains(1.5, 1.0));
        for bad in ["", "Circle", "Circle FK6 1 2 3", "Polygon 0 0 1 1", "Circle 1 95 1", "Union ("]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    // Reference: astropy 8.0, SkyCoord(120.5, -3.2, frame='galactic').icrs.
    #[test]
    fn other_frames_are_turned() {
        let Ok(Region::Circle(ra, dec, r)) = parse("Circle GALACTIC 120.5 -3.2 1") else {
            panic!("circle");
        };
        assert!((ra - 8.059_645_204_736).abs() < 1e-9 && (dec - 59.581_059_348_877).abs() < 1e-9);
        assert_eq!(r, 1.0);
        let union = parse("Union GALACTIC (Circle 120.5 -3.2 1)").unwrap();
        assert!(union.contains(ra, dec));
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "Position ICRS 1 2",
            "Circle ICRS 10 20 1.5",
            "Polygon ICRS 0 0 1 0 1 1",
            "Union ICRS (Circle ICRS 1 1 1 Position ICRS 2 2)",
            "4/12-14 5/80",
        ] {
            assert_eq!(write(&parse(text).unwrap()), text);
        }
    }
}
