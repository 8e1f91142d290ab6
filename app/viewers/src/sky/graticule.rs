//! Meridians and parallels of the ICRS, as dense as the field of view asks for.

use serde::Serialize;
use tenkyu_sky::angle::DEG;
use tenkyu_sky::sphere::Vec3;
use tenkyu_wire::view::Frame;

use super::camera::Camera;
use super::layers::{Direction, Segment};
use crate::image::text::{lat_label, lon_label};

/// A label in CSS pixels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Label {
    /// From the left.
    pub x: f64,
    /// From the top, of the baseline.
    pub y: f64,
    /// What it says.
    pub text: String,
}

/// Steps in declination, degrees.
const LAT_STEPS: [f64; 20] = [
    30.0,
    15.0,
    10.0,
    5.0,
    2.0,
    1.0,
    0.5,
    1.0 / 4.0,
    1.0 / 6.0,
    1.0 / 12.0,
    1.0 / 30.0,
    1.0 / 60.0,
    1.0 / 120.0,
    1.0 / 240.0,
    1.0 / 360.0,
    1.0 / 720.0,
    1.0 / 1800.0,
    1.0 / 3600.0,
    1.0 / 18_000.0,
    1.0 / 36_000.0,
];
/// Steps in right ascension, degrees: 2 h to 0.01 s.
const LON_STEPS: [f64; 20] = [
    30.0,
    15.0,
    7.5,
    5.0,
    2.5,
    1.25,
    0.5,
    0.25,
    0.125,
    1.0 / 12.0,
    1.0 / 24.0,
    1.0 / 48.0,
    1.0 / 120.0,
    1.0 / 240.0,
    1.0 / 480.0,
    1.0 / 1200.0,
    1.0 / 2400.0,
    1.0 / 4800.0,
    1.0 / 12_000.0,
    1.0 / 24_000.0,
];

/// Lines across the shorter side that the graticule aims at.
const LINES: f64 = 4.0;
/// Points along a line.
const POINTS: i32 = 96;
const COLOR: [f32; 4] = [0.55, 0.66, 0.90, 0.20];
const AXIS_COLOR: [f32; 4] = [0.55, 0.66, 0.90, 0.38];
/// Distance of labels from the canvas' edge, CSS pixels.
const MARGIN: f64 = 8.0;

/// Lines and labels of a view.
pub fn graticule(camera: &Camera) -> (Vec<Segment>, Vec<Label>) {
    let mut out = Drawing { camera, segments: Vec::new(), labels: Vec::new() };
    let fov = camera.state.fov_deg;
    let corner = camera.size.0.hypot(camera.size.1) / camera.size.0.min(camera.size.1).max(1.0);
    let radius = (fov / 2.0 * corner * 1.05).min(180.0);
    let (ra, dec) = (camera.state.ra_deg, camera.state.dec_deg);
    let wanted = fov.min(180.0) / LINES;
    let lat_step = step_below(&LAT_STEPS, wanted);
    let lon_step = step_below(&LON_STEPS, wanted / dec.to_radians().cos().max(1e-9));
    let (low, high) = ((dec - radius).max(-90.0), (dec + radius).min(90.0));
    // How far meridians reach from the middle: all around where a pole is in sight.
    let reach = if dec.abs() + radius >= 90.0 {
        180.0
    } else {
        ((radius * DEG).sin() / (dec * DEG).cos()).clamp(-1.0, 1.0).asin() / DEG
    };
    for lat in multiples(low, high, lat_step).filter(|lat| lat.abs() < 89.999) {
        out.parallel(lat, (ra - reach, ra + reach), lat_step);
    }
    // Meridians end short of the poles, where they would crowd.
    let end = 90.0 - lat_step.min(10.0);
    let meridians: Vec<f64> = multiples(ra - reach, ra + reach - 1e-9, lon_step).collect();
    for lon in meridians {
        out.meridian(lon, (low.max(-end), high.min(end)), lon_step);
    }
    (out.segments, out.labels)
}

fn step_below(steps: &[f64], wanted: f64) -> f64 {
    let found = steps.iter().find(|step| **step <= wanted * 1.3);
    found.or(steps.last()).copied().unwrap_or(1.0)
}

fn multiples(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> {
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    (first..=last.min(first.saturating_add(200))).map(move |i| i as f64 * step)
}

struct Drawing<'a> {
    camera: &'a Camera,
    segments: Vec<Segment>,
    labels: Vec<Label>,
}

impl Drawing<'_> {
    fn parallel(&mut self, lat: f64, (from, to): (f64, f64), step: f64) {
        let color = if lat == 0.0 { AXIS_COLOR } else { COLOR };
        let points = self.line(color, |t| Vec3::from_deg(from + (to - from) * t, lat));
        let text = match lat {
            0.0 => "0°".to_owned(),
            lat => lat_label(Frame::Icrs, lat, step),
        };
        let crossing = points.windows(2).find_map(|pair| crossing(pair, |p| p.0, MARGIN));
        // On a globe no parallel meets the edge: the middle meridian carries the labels.
        let middle = || self.camera.to_screen(Vec3::from_deg(self.camera.state.ra_deg, lat));
        if let Some((x, y)) = crossing.or_else(middle) {
            self.label(x + 4.0, y - 4.0, text);
        }
    }

    fn meridian(&mut self, lon: f64, (from, to): (f64, f64), step: f64) {
        let points = self.line(COLOR, |t| Vec3::from_deg(lon, from + (to - from) * t));
        let text = lon_label(Frame::Icrs, lon, step);
        let bottom = self.camera.size.1 - MARGIN;
        let crossing = points.windows(2).find_map(|pair| crossing(pair, |p| p.1, bottom));
        let dec = self.camera.state.dec_deg.clamp(-50.0, 50.0);
        let middle = || self.camera.to_screen(Vec3::from_deg(lon, (dec / 30.0).round() * 30.0));
        if let Some((x, y)) = crossing.or_else(middle) {
            self.label(x + 4.0, y - 4.0, text);
        }
    }

    /// Adds a line and answers with its points on the screen.
    fn line(&mut self, color: [f32; 4], at: impl Fn(f64) -> Vec3) -> Vec<Option<(f64, f64)>> {
        let points: Vec<Vec3> =
            (0..=POINTS).map(|i| at(f64::from(i) / f64::from(POINTS))).collect();
        self.segments.extend(points.windows(2).filter_map(|pair| {
            let [a, b] = pair else { return None };
            Some(Segment { a: Direction::of(*a), b: Direction::of(*b), color, width: 1.0 })
        }));
        points.into_iter().map(|v| self.camera.to_screen(v)).collect()
    }

    /// Adds a label where it is on the canvas and covers no other.
    fn label(&mut self, x: f64, y: f64, text: String) {
        let width = 7.0 * text.chars().count() as f64;
        let (w, h) = self.camera.size;
        let inside = x >= 0.0 && x + width <= w && y >= 14.0 && y <= h - 2.0;
        let free = self.labels.iter().all(|other| {
            let theirs = 7.0 * other.text.chars().count() as f64;
            x > other.x + theirs + 6.0 || x + width + 6.0 < other.x || (y - other.y).abs() > 15.0
        });
        if inside && free {
            self.labels.push(Label { x, y, text });
        }
    }
}

/// Where a stretch crosses a value of a coordinate.
fn crossing(
    pair: &[Option<(f64, f64)>],
    of: impl Fn((f64, f64)) -> f64,
    value: f64,
) -> Option<(f64, f64)> {
    let [Some(a), Some(b)] = *pair else { return None };
    let (ca, cb) = (of(a) - value, of(b) - value);
    if ca * cb > 0.0 || ca == cb {
        return None;
    }
    let t = ca / (ca - cb);
    Some((a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tenkyu_wire::view::SkyState;

    #[test]
    fn every_view_has_some_lines_and_labels() {
        for (ra_deg, dec_deg) in [(0.0, 0.0), (83.6, 22.0), (200.0, 89.9), (359.9, -60.0)] {
            for fov_deg in [200.0, 120.0, 20.0, 1.0, 0.05, 0.001] {
                let camera = Camera {
                    state: SkyState { ra_deg, dec_deg, fov_deg },
                    size: (800.0, 500.0),
                    ratio: 1.0,
                };
                let (segments, labels) = graticule(&camera);
                assert!(segments.len() > 100, "{ra_deg} {dec_deg} {fov_deg}: no lines");
                assert!(segments.len() < 20_000, "{dec_deg} {fov_deg}: {}", segments.len());
                assert!(labels.len() >= 2, "{ra_deg} {dec_deg} {fov_deg}: {labels:?}");
            }
        }
    }
}
