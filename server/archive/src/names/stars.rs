//! Star names of d3-celestial, and positions of Hipparcos (van Leeuwen 2007, I/311) or, without
//! it, of d3-celestial.

use std::collections::HashMap;

use serde::Deserialize;

use super::constellations::greek_letter;
use super::index::{Builder, Object, RANK_CATALOGUE};

/// Years from the epoch of Hipparcos, 1991.25, to 2000.
const YEARS: f64 = 8.75;

/// Stars by Hipparcos number.
#[derive(Clone, Debug, Default)]
pub(super) struct Stars {
    /// Sorted by number.
    list: Vec<Star>,
}

/// A star at epoch 2000, ICRS degrees.
#[derive(Clone, Copy, Debug)]
pub(super) struct Star {
    pub(super) hip: u32,
    pub(super) ra_deg: f64,
    pub(super) dec_deg: f64,
    pub(super) magnitude: f32,
    /// Whether the magnitude is Hipparcos' own Hp rather than V.
    pub(super) hp: bool,
}

impl Stars {
    pub(super) fn get(&self, hip: u32) -> Option<&Star> {
        let at = self.list.binary_search_by_key(&hip, |star| star.hip).ok()?;
        self.list.get(at)
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Adds stars that are not known yet.
    pub(super) fn extend(&mut self, stars: Vec<Star>) {
        let known: std::collections::HashSet<u32> = self.list.iter().map(|s| s.hip).collect();
        self.list.extend(stars.into_iter().filter(|star| !known.contains(&star.hip)));
        self.list.sort_unstable_by_key(|star| star.hip);
        self.list.dedup_by_key(|star| star.hip);
    }
}

/// Reads `hip2.dat`: fixed columns, angles in radians, proper motions in mas a year (ReadMe of
/// I/311). Lines that cannot be read are left out.
pub(super) fn hip2(text: &str) -> Vec<Star> {
    text.lines().filter_map(hip2_line).collect()
}

fn hip2_line(line: &str) -> Option<Star> {
    let number = |from: usize, to: usize| line.get(from..to)?.trim().parse::<f64>().ok();
    let hip = line.get(..6)?.trim().parse().ok()?;
    let (ra, dec) = (number(15, 28)?, number(29, 42)?);
    let (pm_ra, pm_dec) = (number(51, 59)?, number(60, 68)?);
    let magnitude = number(129, 136)? as f32;
    let years = YEARS / 3.6e6;
    let dec_deg = dec.to_degrees() + pm_dec * years;
    let ra_deg = ra.to_degrees() + pm_ra * years / dec.cos().abs().max(1e-6);
    Some(Star { hip, ra_deg: tenkyu_sky::angle::lon_deg(ra_deg), dec_deg, magnitude, hp: true })
}

/// GeoJSON of d3-celestial, `stars.8.json` and its like.
#[derive(Deserialize)]
struct Features {
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    id: serde_json::Value,
    properties: Properties,
    geometry: Geometry,
}

#[derive(Deserialize)]
struct Properties {
    mag: Option<f32>,
}

#[derive(Deserialize)]
struct Geometry {
    coordinates: Vec<f64>,
}

/// Reads a GeoJSON of stars.
pub(super) fn geojson(text: &str) -> Result<Vec<Star>, serde_json::Error> {
    let file: Features = serde_json::from_str(text)?;
    let star = |feature: Feature| {
        let [lon, dec_deg] = feature.geometry.coordinates.as_slice() else { return None };
        Some(Star {
            hip: u32::try_from(feature.id.as_u64()?).ok()?,
            ra_deg: tenkyu_sky::angle::lon_deg(*lon),
            dec_deg: *dec_deg,
            magnitude: feature.properties.mag?,
            hp: false,
        })
    };
    Ok(file.features.into_iter().filter_map(star).collect())
}

/// An entry of `starnames.json`.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Named {
    name: String,
    bayer: String,
    flam: String,
    var: String,
    hd: String,
    gl: String,
    c: String,
    ja: String,
}

/// Adds the stars of `starnames.json` whose position is known; gives how many.
pub(super) fn add_names(
    builder: &mut Builder,
    stars: &Stars,
    text: &str,
) -> Result<usize, serde_json::Error> {
    let file: HashMap<String, Named> = serde_json::from_str(text)?;
    let mut list: Vec<(u32, Named)> =
        file.into_iter().filter_map(|(hip, named)| Some((hip.parse().ok()?, named))).collect();
    list.sort_unstable_by_key(|(hip, _)| *hip);
    let mut count = 0;
    // Names that one component of a pair may take when nothing else has them.
    let mut indexed: Vec<(char, String, String)> = Vec::new();
    for (hip, named) in list {
        let Some(star) = stars.get(hip) else { continue };
        if let Some((digit, plain)) = without_index(&named) {
            indexed.push((digit, format!("HIP {hip}"), plain));
        }
        builder.add(object(star, named), 2);
        count += 1;
    }
    indexed.sort_unstable();
    for (_, known, alias) in indexed {
        builder.alias(&known, &alias);
    }
    Ok(count)
}

fn object(star: &Star, named: Named) -> Object {
    let mut names = Vec::new();
    let hip = format!("HIP {}", star.hip);
    let with_constellation = |letters: &str| {
        (!letters.is_empty() && !named.c.is_empty()).then(|| format!("{letters} {}", named.c))
    };
    names.extend(Some(named.name).filter(|name| !name.is_empty()));
    let bayer = with_constellation(&named.bayer);
    let flamsteed = with_constellation(&named.flam);
    let variable = with_constellation(&named.var);
    names.extend([bayer, flamsteed, variable].into_iter().flatten());
    // The number is among the first names: it tells that two entries are one star.
    names.insert(names.len().min(1), hip);
    for other in [named.hd, named.gl] {
        let other = other.split_whitespace().collect::<Vec<_>>().join(" ");
        names.extend(Some(other).filter(|name| !name.is_empty()));
    }
    let japanese = Some(named.ja).filter(|name| !name.trim().is_empty()).into_iter().collect();
    Object {
        names,
        japanese,
        ra_deg: star.ra_deg,
        dec_deg: star.dec_deg,
        kind: Some("star"),
        constellation: Some(named.c).filter(|c| !c.is_empty()),
        size_deg: None,
        magnitude: Some(magnitude(star)),
        source: "name:star",
        rank: RANK_CATALOGUE,
    }
}

/// The magnitude with its band.
pub(super) fn magnitude(star: &Star) -> String {
    format!("{} {:.2}", if star.hp { "Hp" } else { "V" }, star.magnitude)
}

/// The index and the name without it: `γ And` of the star `γ1 And`.
fn without_index(named: &Named) -> Option<(char, String)> {
    let digit = named.bayer.chars().last().filter(char::is_ascii_digit)?;
    let letter = named.bayer.trim_end_matches(|c: char| c.is_ascii_digit());
    greek_letter(letter)?;
    (!named.c.is_empty()).then(|| (digit, format!("{letter} {}", named.c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_hip2() {
        // Barnard's star, HIP 87937; the position at 2000 by SIMBAD is 269.45208 +4.69336.
        let line = " 87937   5 0 1  4.7028598776  0.0814769927  548.31  -798.58 10328.12   1.25   1.01   1.51   1.72   1.22  83  0.88  1    0.0    0  9.4901 0.0048 0.031 0  1.570 0.015  2.520   1.03  -0.08   1.05   0.04   0.18   1.02   0.13  -0.03  -0.11   1.03  -0.05   0.19   0.08  -0.20   1.00";
        let star = hip2_line(line).unwrap();
        assert_eq!(star.hip, 87937);
        assert!((star.magnitude - 9.49).abs() < 0.001, "{}", star.magnitude);
        assert!((star.ra_deg - 269.452_08).abs() < 1e-4, "{}", star.ra_deg);
        assert!(hip2("short\n\n é").is_empty());
    }

    #[test]
    fn geojson_of_one_star() {
        let text = r#"{"type":"FeatureCollection","features":[{"type":"Feature","id":3,
            "properties":{"mag":6.61,"bv":"-0.019"},
            "geometry":{"type":"Point","coordinates":[-0.005,38.8593]}}]}"#;
        let stars = geojson(text).unwrap();
        assert_eq!(stars.len(), 1);
        assert!((stars[0].ra_deg - 359.995).abs() < 1e-9);
        assert!(geojson("{").is_err());
    }
}
