//! What the page draws over an image: scale bar, north and east, coordinate grid.

use serde::Serialize;
use tenkyu_sky::angle::signed_deg;
use tenkyu_sky::wcs::CelestialWcs;
use tenkyu_wire::view::Frame;

use super::text;
use super::view::ImageView;
use super::viewer::ImageViewer;

/// Lines and labels in CSS pixels of the canvas.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Overlay {
    /// The scale bar.
    pub scale_bar: Option<ScaleBar>,
    /// Unit vector towards north, y downwards.
    pub north: Option<[f64; 2]>,
    /// Unit vector towards east, y downwards.
    pub east: Option<[f64; 2]>,
    /// Lines of the grid, if the state asks for it.
    pub grid: Vec<GridLine>,
    /// Left, top, right and bottom edge of the image.
    pub image: Option<[f64; 4]>,
}

/// A bar of a round length.
#[derive(Clone, Debug, Serialize)]
pub struct ScaleBar {
    /// CSS pixels.
    pub length: f64,
    /// Its length on the sky, or in pixels of the image where there is no sky.
    pub label: String,
}

/// A line of equal longitude or latitude.
#[derive(Clone, Debug, Serialize)]
pub struct GridLine {
    /// `lon` or `lat`.
    pub axis: &'static str,
    /// Pieces of the line.
    pub points: Vec<[f64; 2]>,
    /// What it is, on one piece of each line; empty on the others.
    pub label: String,
    /// Where the label belongs.
    pub at: Option<[f64; 2]>,
}

/// Longest scale bar, as a part of the canvas' width.
const BAR: f64 = 0.22;
/// Lines across the canvas that a grid aims at.
const LINES: f64 = 5.0;
/// Points along a line.
const POINTS: usize = 64;

/// Round lengths in seconds of arc (or of time), rising.
const STEPS: [f64; 22] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0,
    18_000.0, 36_000.0, 54_000.0, 108_000.0, 162_000.0, 216_000.0, 324_000.0, 648_000.0,
];

/// The largest round number of seconds that is at most `seconds`; 1, 2, 5, … below 1.
fn round_below(seconds: f64) -> f64 {
    match STEPS.iter().rev().find(|step| **step <= seconds) {
        Some(step) => *step,
        None if seconds > 0.0 => decade_below(seconds),
        None => 0.0,
    }
}

/// The largest of 1, 2, 5 times a power of ten that is at most `value`, which is positive.
pub fn decade_below(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let factor = [5.0, 2.0].into_iter().find(|f| f * power <= value * (1.0 + 1e-12));
    factor.unwrap_or(1.0) * power
}

impl ImageViewer {
    /// What to draw over the picture as it is shown now.
    pub fn overlay(&self) -> Overlay {
        let Some(shown) = &self.shown else { return Overlay::default() };
        let raster = &shown.plane.raster;
        let (left, bottom) = self.view.to_screen(0.5, 0.5);
        let size = (raster.width() as f64 + 0.5, raster.height() as f64 + 0.5);
        let (right, top) = self.view.to_screen(size.0, size.1);
        let mut overlay = Overlay { image: Some([left, top, right, bottom]), ..Overlay::default() };
        let Some(wcs) = &shown.plane.celestial else {
            overlay.scale_bar = pixel_bar(&self.view);
            return overlay;
        };
        let (x, y) = self.view.center;
        overlay.scale_bar = sky_bar(&self.view, wcs).or_else(|| pixel_bar(&self.view));
        let unit = |[dx, dy]: [f64; 2]| {
            let length = dx.hypot(dy);
            (length > 0.0).then(|| [dx / length, -dy / length])
        };
        if let Some((north, east)) = wcs.north_east(x, y) {
            (overlay.north, overlay.east) = (unit(north), unit(east));
        }
        if self.state.grid {
            overlay.grid = grid(&self.view, wcs, self.state.frame, [0.5, 0.5, size.0, size.1]);
        }
        overlay
    }
}

fn pixel_bar(view: &ImageView) -> Option<ScaleBar> {
    let most = view.size.0 * BAR / view.zoom;
    let pixels = decade_below(most).max(1.0);
    let length = pixels * view.zoom;
    (length.is_finite() && length < view.size.0)
        .then(|| ScaleBar { length, label: format!("{} px", text::tidy(pixels)) })
}

fn sky_bar(view: &ImageView, wcs: &CelestialWcs) -> Option<ScaleBar> {
    let (x, y) = view.center;
    // The local scale: a step of a pixel, measured across the middle.
    let a = wcs.pix_to_vec(x - 0.5, y)?;
    let b = wcs.pix_to_vec(x + 0.5, y)?;
    let per_pixel = a.angle_to(b).to_degrees();
    if !(per_pixel.is_finite() && per_pixel > 0.0) {
        return None;
    }
    let most = view.size.0 * BAR / view.zoom * per_pixel;
    let deg = round_below(most * 3600.0) / 3600.0;
    Some(ScaleBar { length: deg / per_pixel * view.zoom, label: text::angle(deg) })
}

/// Ranges of the coordinates that are in sight.
struct Range {
    /// Longitude of the middle, degrees.
    lon0: f64,
    /// Lowest and highest longitude relative to it, degrees.
    lon: (f64, f64),
    /// Lowest and highest latitude, degrees.
    lat: (f64, f64),
}

/// A position on the screen of coordinates in a frame.
struct Mapper<'a> {
    view: &'a ImageView,
    wcs: &'a CelestialWcs,
    frame: tenkyu_sky::Frame,
}

impl Mapper<'_> {
    fn to_screen(&self, lon: f64, lat: f64) -> Option<[f64; 2]> {
        let (ra, dec) = self.frame.to_icrs_deg(lon, lat);
        let (x, y) = self.wcs.icrs_to_pix(ra, dec)?;
        // Projections give pixels to the far side of the sky too: only what maps back counts.
        let back = self.wcs.pix_to_vec(x, y)?;
        let here = tenkyu_sky::sphere::Vec3::from_deg(ra, dec);
        let (x, y) = self.view.to_screen(x, y);
        (back.angle_to(here) < 1e-6 && x.is_finite() && y.is_finite()).then_some([x, y])
    }

    fn to_sky(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (ra, dec) = self.wcs.pix_to_icrs(x, y)?;
        Some(self.frame.from_icrs_deg(ra, dec))
    }

    /// Looks at a lattice of points of the image that is in sight.
    fn range(&self, [x0, y0, x1, y1]: [f64; 4]) -> Option<Range> {
        const N: u32 = 24;
        let mix = |a: f64, b: f64, i: u32| a + (b - a) * f64::from(i) / f64::from(N);
        let points: Vec<(f64, f64)> = (0..=N)
            .flat_map(|j| (0..=N).map(move |i| (i, j)))
            .filter_map(|(i, j)| self.to_sky(mix(x0, x1, i), mix(y0, y1, j)))
            .collect();
        let lon0 = self
            .to_sky((x0 + x1) / 2.0, (y0 + y1) / 2.0)
            .or(points.get(points.len() / 2).copied())?
            .0;
        let mut range = Range { lon0, lon: (0.0, 0.0), lat: (90.0, -90.0) };
        for (lon, lat) in points {
            let lon = signed_deg(lon - lon0);
            range.lon = (range.lon.0.min(lon), range.lon.1.max(lon));
            range.lat = (range.lat.0.min(lat), range.lat.1.max(lat));
        }
        for pole in [90.0, -90.0] {
            let (ra, dec) = self.frame.to_icrs_deg(0.0, pole);
            let seen = self
                .wcs
                .icrs_to_pix(ra, dec)
                .is_some_and(|(x, y)| (x0..=x1).contains(&x) && (y0..=y1).contains(&y));
            if seen {
                range.lat = (range.lat.0.min(pole), range.lat.1.max(pole));
                range.lon = (-180.0, 180.0);
            }
        }
        Some(range)
    }
}

fn grid(view: &ImageView, wcs: &CelestialWcs, frame: Frame, image: [f64; 4]) -> Vec<GridLine> {
    let mapper = Mapper { view, wcs, frame: text::sky_frame(frame) };
    let seen = view.visible();
    let [ix0, iy0, ix1, iy1] = image;
    let part = [seen[0].max(ix0), seen[1].max(iy0), seen[2].min(ix1), seen[3].min(iy1)];
    if part[0] >= part[2] || part[1] >= part[3] {
        return Vec::new();
    }
    let Some(range) = mapper.range(part) else { return Vec::new() };
    let corner = |x: f64, y: f64| view.to_screen(x, y);
    let ((left, bottom), (right, top)) = (corner(part[0], part[1]), corner(part[2], part[3]));
    let clip = Clip { left, top, right, bottom };
    let equatorial = mapper.frame.is_equatorial();
    // Right ascension goes by seconds of time, declination by seconds of arc, the other frames by
    // decimal degrees.
    let step = |(low, high): (f64, f64), per_degree: f64| {
        let wanted = (high - low) / LINES;
        if equatorial {
            round_below(wanted * per_degree) / per_degree
        } else if wanted > 0.0 {
            decade_below(wanted)
        } else {
            0.0
        }
    };
    let (lon_step, lat_step) = (step(range.lon, 240.0), step(range.lat, 3600.0));
    if !(lat_step > 0.0 && lon_step > 0.0) {
        return Vec::new();
    }
    let mut lines = Vec::new();
    let (low, high) = (range.lon0 + range.lon.0, range.lon0 + range.lon.1);
    for lon in multiples(low, high, lon_step) {
        let at = |t: f64| mapper.to_screen(lon, range.lat.0 + (range.lat.1 - range.lat.0) * t);
        let label = text::lon_label(frame, lon, lon_step);
        lines.extend(clip.pieces("lon", label, at));
    }
    for lat in multiples(range.lat.0, range.lat.1, lat_step) {
        let at = |t: f64| mapper.to_screen(low + (high - low) * t, lat);
        let label = text::lat_label(frame, lat, lat_step);
        lines.extend(clip.pieces("lat", label, at));
    }
    lines
}

fn multiples(low: f64, high: f64, step: f64) -> impl Iterator<Item = f64> {
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last.min(first.saturating_add(60))).map(move |i| i as f64 * step)
}

/// The part of the canvas that shows the image.
struct Clip {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Clip {
    fn holds(&self, [x, y]: [f64; 2]) -> bool {
        (self.left - 1.0..=self.right + 1.0).contains(&x)
            && (self.top - 1.0..=self.bottom + 1.0).contains(&y)
    }

    /// The pieces of a line inside; the first carries the label.
    fn pieces(
        &self,
        axis: &'static str,
        label: String,
        at: impl Fn(f64) -> Option<[f64; 2]>,
    ) -> Vec<GridLine> {
        let t = |i: usize| i as f64 / POINTS as f64;
        let points: Vec<Option<[f64; 2]>> = (0..=POINTS).map(|i| at(t(i))).collect();
        let mut pieces: Vec<Vec<[f64; 2]>> = Vec::new();
        let mut piece = Vec::new();
        for (i, pair) in points.windows(2).enumerate() {
            let ends = match pair {
                [Some(a), Some(b)] => self.clipped(*a, *b, &at, (t(i), t(i + 1))),
                _ => None,
            };
            match ends {
                Some((a, b)) => {
                    if piece.is_empty() {
                        piece.push(a);
                    }
                    piece.push(b);
                    if !pair.get(1).copied().flatten().is_some_and(|p| self.holds(p)) {
                        pieces.push(std::mem::take(&mut piece));
                    }
                }
                None if !piece.is_empty() => pieces.push(std::mem::take(&mut piece)),
                None => {}
            }
        }
        if !piece.is_empty() {
            pieces.push(piece);
        }
        self.labelled(axis, label, pieces)
    }

    /// The part of a short stretch of a line that is inside, found by halving its parameter.
    fn clipped(
        &self,
        a: [f64; 2],
        b: [f64; 2],
        at: &impl Fn(f64) -> Option<[f64; 2]>,
        (ta, tb): (f64, f64),
    ) -> Option<([f64; 2], [f64; 2])> {
        let edge = |mut inside: f64, mut outside: f64, mut best: [f64; 2]| {
            for _ in 0..12 {
                let middle = (inside + outside) / 2.0;
                match at(middle).filter(|p| self.holds(*p)) {
                    Some(p) => (inside, best) = (middle, p),
                    None => outside = middle,
                }
            }
            best
        };
        let longest = (self.right - self.left).hypot(self.bottom - self.top);
        match (self.holds(a), self.holds(b)) {
            // A leap across the canvas is the seam of an all-sky map.
            (true, true) => ((a[0] - b[0]).hypot(a[1] - b[1]) < 0.5 * longest).then_some((a, b)),
            (true, false) => Some((a, edge(ta, tb, a))),
            (false, true) => Some((edge(tb, ta, b), b)),
            (false, false) => None,
        }
    }

    fn labelled(
        &self,
        axis: &'static str,
        label: String,
        pieces: Vec<Vec<[f64; 2]>>,
    ) -> Vec<GridLine> {
        // Longitudes are written at the bottom, latitudes at the left.
        let rank = |p: &[f64; 2]| if axis == "lon" { -p[1] } else { p[0] };
        let ends = |piece: &Vec<[f64; 2]>| {
            let (first, last) = (piece.first().copied()?, piece.last().copied()?);
            Some(if rank(&first) <= rank(&last) { first } else { last })
        };
        let best = pieces
            .iter()
            .enumerate()
            .filter_map(|(i, piece)| Some((i, ends(piece)?)))
            .min_by(|a, b| rank(&a.1).total_cmp(&rank(&b.1)));
        let line = |(i, points)| {
            let place = best.filter(|(j, _)| *j == i).map(|(_, at)| at);
            GridLine {
                axis,
                points,
                label: place.map(|_| label.clone()).unwrap_or_default(),
                at: place,
            }
        };
        pieces.into_iter().enumerate().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        assert_eq!(round_below(75.0), 60.0);
        assert_eq!(round_below(0.7), 0.5);
        assert_eq!(round_below(1e9), 648_000.0);
        assert_eq!(decade_below(0.002), 0.002);
        assert_eq!(decade_below(199.0), 100.0);
    }
}
