//! Outlines of observations: reading, colours, drawing and picking.

use std::collections::HashMap;

use serde::Deserialize;
use tenkyu_sky::angle::DEG;
use tenkyu_sky::region::{Region, parse_stcs};
use tenkyu_sky::sphere::Vec3;

use super::layers::{FillCorner, Segment, fill, outline, rings};

/// An outline as the page gives it.
#[derive(Clone, Debug, Deserialize)]
pub struct Footprint {
    /// What a pick answers; empty for a mark: a line without colour that is never picked.
    pub id: String,
    /// STC-S, ICRS.
    pub s_region: String,
    /// Outlines of one group share a colour.
    #[serde(default)]
    pub group: String,
    /// Drawn stronger.
    #[serde(default)]
    pub highlight: bool,
}

impl Footprint {
    fn is_mark(&self) -> bool {
        self.id.is_empty()
    }
}

/// A shape that was read.
#[derive(Debug)]
struct Shape {
    region: Region,
    rings: Vec<Vec<Vec3>>,
    /// A circle that holds it: middle and cosine of the radius.
    bound: Option<(Vec3, f64)>,
    area: f64,
}

/// Colours of groups on the dark sky: distinct for all kinds of colour vision, light enough for
/// thin lines.
const COLORS: [[f32; 3]; 8] = [
    [0.45, 0.76, 0.98],
    [0.98, 0.72, 0.36],
    [0.52, 0.86, 0.62],
    [0.92, 0.56, 0.76],
    [0.97, 0.90, 0.46],
    [0.66, 0.64, 0.98],
    [0.98, 0.53, 0.42],
    [0.60, 0.86, 0.86],
];

/// Colour of marks.
const MARK: [f32; 4] = [0.92, 0.94, 0.98, 0.55];

/// All outlines of a map.
#[derive(Debug, Default)]
pub struct Footprints {
    list: Vec<(Footprint, usize)>,
    shapes: Vec<Shape>,
    /// Shapes by their text: a highlight that moves reads nothing anew.
    by_text: HashMap<String, usize>,
    /// Colours by group, kept while the map lives.
    groups: HashMap<String, usize>,
}

impl Footprints {
    /// Takes the outlines; texts that cannot be read are left out, and their number is answered.
    pub fn set(&mut self, list: Vec<Footprint>) -> usize {
        let mut old: Vec<Option<Shape>> =
            std::mem::take(&mut self.shapes).into_iter().map(Some).collect();
        let known = std::mem::take(&mut self.by_text);
        let mut broken = 0;
        self.list.clear();
        for footprint in list {
            let text = footprint.s_region.as_str();
            let index = self.by_text.get(text).copied().or_else(|| {
                let reused = known.get(text).and_then(|i| old.get_mut(*i)?.take());
                let shape = reused.or_else(|| Shape::read(text))?;
                self.shapes.push(shape);
                self.by_text.insert(text.to_owned(), self.shapes.len() - 1);
                Some(self.shapes.len() - 1)
            });
            let Some(index) = index else {
                broken += 1;
                continue;
            };
            if !footprint.is_mark() {
                let colors = self.groups.len();
                self.groups.entry(footprint.group.clone()).or_insert(colors);
            }
            self.list.push((footprint, index));
        }
        broken
    }

    /// Lines and triangles, those that are highlighted last.
    pub fn geometry(&self) -> (Vec<Segment>, Vec<FillCorner>) {
        let (mut segments, mut corners) = (Vec::new(), Vec::new());
        // Many outlines at once are drawn fainter, so that the sky stays visible.
        let crowd = (self.list.len() as f32 / 60.0).max(1.0).powf(0.35);
        for highlight in [false, true] {
            for (footprint, index) in self.list.iter().filter(|(f, _)| f.highlight == highlight) {
                let Some(shape) = self.shapes.get(*index) else { continue };
                if footprint.is_mark() {
                    for ring in &shape.rings {
                        outline(ring, MARK, 1.0, &mut segments);
                    }
                    continue;
                }
                let group = self.groups.get(&footprint.group).copied().unwrap_or(0);
                let [r, g, b] = COLORS.get(group % COLORS.len()).copied().unwrap_or([1.0; 3]);
                let (line, inside, width) =
                    if highlight { (1.0, 0.20, 2.2) } else { (0.85 / crowd, 0.10 / crowd, 1.2) };
                for ring in &shape.rings {
                    fill(ring, [r, g, b, inside], &mut corners);
                    outline(ring, [r, g, b, line], width, &mut segments);
                }
            }
        }
        (segments, corners)
    }

    /// Outlines that hold a direction or come within `tolerance` radians of it, the smallest
    /// first.
    pub fn at(&self, v: Vec3, tolerance: f64) -> Vec<&str> {
        let (ra, dec) = v.lonlat_deg();
        let mut found: Vec<(f64, &str)> = self
            .list
            .iter()
            .filter(|(footprint, _)| !footprint.is_mark())
            .filter_map(|(footprint, index)| Some((footprint, self.shapes.get(*index)?)))
            .filter(|(_, shape)| shape.is_at(v, (ra, dec), tolerance))
            .map(|(footprint, shape)| (shape.area, footprint.id.as_str()))
            .collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        found.into_iter().map(|(_, id)| id).collect()
    }
}

impl Shape {
    fn read(text: &str) -> Option<Shape> {
        let region = parse_stcs(text).ok()?;
        let bound = region.bounding_circle_deg().map(|(ra, dec, radius)| {
            (Vec3::from_deg(ra, dec), (radius * DEG).min(std::f64::consts::PI).cos())
        });
        Some(Shape { rings: rings(&region), bound, area: region.area_deg2(), region })
    }

    fn is_at(&self, v: Vec3, (ra, dec): (f64, f64), tolerance: f64) -> bool {
        let Some((middle, cos)) = self.bound else { return false };
        let angle = middle.angle_to(v);
        if angle > cos.acos() + tolerance {
            return false;
        }
        let near_edge = || self.rings.iter().flatten().any(|p| p.angle_to(v) <= tolerance);
        self.region.contains(ra, dec) || near_edge()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn footprint(id: &str, s_region: &str) -> Footprint {
        Footprint {
            id: id.into(),
            s_region: s_region.into(),
            group: String::new(),
            highlight: false,
        }
    }

    #[test]
    fn a_mark_is_a_line_that_is_never_picked() {
        let mut footprints = Footprints::default();
        assert_eq!(footprints.set(vec![footprint("", "CIRCLE ICRS 10 20 5")]), 0);
        let (segments, corners) = footprints.geometry();
        assert!(!segments.is_empty() && corners.is_empty());
        assert!(footprints.at(Vec3::from_deg(10.0, 20.0), 1e-4).is_empty());
    }

    #[test]
    fn picks_the_smallest_and_passes_over_what_it_cannot_read() {
        let mut footprints = Footprints::default();
        let broken = footprints.set(vec![
            footprint("large", "CIRCLE ICRS 10 20 5"),
            footprint("small", "POLYGON ICRS 9.5 19.5 10.5 19.5 10.5 20.5 9.5 20.5"),
            footprint("broken", "POLYGON ICRS 1"),
        ]);
        assert_eq!(broken, 1);
        assert_eq!(footprints.at(Vec3::from_deg(10.0, 20.0), 1e-4), ["small", "large"]);
        assert_eq!(footprints.at(Vec3::from_deg(12.0, 20.0), 1e-4), ["large"]);
        assert!(footprints.at(Vec3::from_deg(190.0, -20.0), 1e-4).is_empty());
        let (segments, corners) = footprints.geometry();
        assert!(segments.len() > 50 && corners.len() > 50);
        // A second call with the same texts finds the shapes that were read.
        assert_eq!(footprints.set(vec![footprint("small", "CIRCLE ICRS 10 20 5")]), 0);
        assert_eq!(footprints.shapes.len(), 1);
    }
}
