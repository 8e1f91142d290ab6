//! The sky map: layers, view, picking.

use serde::Serialize;
use tenkyu_sky::sphere::Vec3;
use tenkyu_wire::view::SkyState;

use super::camera::Camera;
use super::footprints::{Footprint, Footprints};
use super::graticule::{Label, graticule};
use super::layers::{Direction, Star};
use super::renderer::{SkyLayers, SkyRenderer, ViewUniforms};
use crate::gpu::Gpu;

/// Stars in the field that are drawn in full.
const STARS_IN_VIEW: f64 = 3000.0;
/// Stars this much fainter than the limit are invisible (`star` in `sky_points.wgsl`).
const FADE: f32 = 1.6;
/// How near a pick must be, CSS pixels.
const REACH: f64 = 7.0;

/// What is under the pointer.
#[derive(Clone, Debug, Serialize)]
pub struct Picked {
    /// The smallest outline.
    pub id: Option<String>,
    /// All outlines, the smallest first.
    pub ids: Vec<String>,
    /// The nearest star, as an index into what was set.
    pub star: Option<usize>,
    /// The nearest row, as an index into what was set.
    pub row: Option<usize>,
}

/// A position, ICRS degrees.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Position {
    /// Right ascension in [0, 360).
    pub ra_deg: f64,
    /// Declination.
    pub dec_deg: f64,
}

/// A point of the canvas, CSS pixels.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Point {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

/// The sky map without its canvas.
#[derive(Debug)]
pub struct SkyViewer {
    gpu: Gpu,
    renderer: SkyRenderer,
    layers: SkyLayers,
    camera: Camera,
    footprints: Footprints,
    /// Brightest first, with the place in what was set.
    stars: Vec<(Star, usize)>,
    rows: Rows,
    labels: Vec<Label>,
    /// The view of the graticule that is on the GPU.
    drawn: Option<Camera>,
}

/// Rows of a table, kept to see what a new call changes.
#[derive(Debug, Default)]
struct Rows {
    ra: Vec<f64>,
    dec: Vec<f64>,
    at: Vec<Direction>,
    flags: Vec<u8>,
}

impl SkyViewer {
    /// An empty sky, for pictures of a format.
    pub fn new(gpu: Gpu, format: wgpu::TextureFormat) -> SkyViewer {
        SkyViewer {
            renderer: SkyRenderer::new(&gpu, format),
            layers: SkyLayers::new(&gpu),
            gpu,
            camera: Camera::default(),
            footprints: Footprints::default(),
            stars: Vec::new(),
            rows: Rows::default(),
            labels: Vec::new(),
            drawn: None,
        }
    }

    /// The device.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Where the map looks.
    pub fn view(&self) -> SkyState {
        self.camera.state
    }

    /// Looks elsewhere; what is out of range is brought into it.
    pub fn set_view(&mut self, state: SkyState) {
        self.camera.set(state);
    }

    /// Takes the canvas' size in CSS pixels and the device pixels of one.
    pub fn resize(&mut self, width: f64, height: f64, ratio: f64) {
        let positive = |v: f64| if v.is_finite() && v > 0.0 { v } else { 1.0 };
        self.camera.size = (positive(width), positive(height));
        self.camera.ratio = positive(ratio);
    }

    /// Moves the sky by CSS pixels.
    pub fn pan(&mut self, dx: f64, dy: f64) {
        self.camera.pan(dx, dy);
    }

    /// Zooms about a point of the canvas.
    pub fn zoom_at(&mut self, x: f64, y: f64, factor: f64) {
        self.camera.zoom_at(x, y, factor);
    }

    /// Takes catalogue stars: ICRS degrees and magnitudes. Stars without a position are left out;
    /// without a magnitude they are as the faintest.
    pub fn set_stars(&mut self, ra: &[f64], dec: &[f64], magnitude: &[f32]) {
        let faintest = magnitude.iter().copied().filter(|m| m.is_finite()).fold(f32::MIN, f32::max);
        let faintest = if faintest == f32::MIN { 0.0 } else { faintest };
        let given = |i: usize| magnitude.get(i).copied().filter(|m| m.is_finite());
        self.stars = ra
            .iter()
            .zip(dec)
            .enumerate()
            .filter(|(_, (ra, dec))| ra.is_finite() && dec.is_finite())
            .map(|(i, (ra, dec))| {
                let at = Direction::of(Vec3::from_deg(*ra, *dec));
                (Star { at, magnitude: given(i).unwrap_or(faintest) }, i)
            })
            .collect();
        self.stars.sort_by(|a, b| a.0.magnitude.total_cmp(&b.0.magnitude));
        let stars: Vec<Star> = self.stars.iter().map(|(star, _)| *star).collect();
        self.layers.stars.set(&self.gpu, &stars);
    }

    /// Takes rows of a table: ICRS degrees, and 0 hidden, 1 shown, 2 selected. Where only the
    /// flags differ from those before, nothing else is computed.
    pub fn set_points(&mut self, ra: &[f64], dec: &[f64], flags: &[u8]) {
        let rows = &mut self.rows;
        // NaN differs from itself: compare bits.
        let same = bytemuck::cast_slice::<f64, u64>(&rows.ra)
            == bytemuck::cast_slice::<f64, u64>(ra)
            && bytemuck::cast_slice::<f64, u64>(&rows.dec) == bytemuck::cast_slice::<f64, u64>(dec);
        if !same {
            rows.ra = ra.to_vec();
            rows.dec = dec.to_vec();
            rows.at = ra
                .iter()
                .zip(dec)
                .map(|(ra, dec)| Direction::of(Vec3::from_deg(*ra, *dec)))
                .collect();
            self.layers.rows.set(&self.gpu, &rows.at);
        }
        rows.flags = rows
            .at
            .iter()
            .enumerate()
            .map(|(i, at)| {
                let there = at.high.iter().all(|c| c.is_finite());
                if there { flags.get(i).copied().unwrap_or(1) } else { 0 }
            })
            .collect();
        let words: Vec<u32> = rows.flags.iter().map(|flag| u32::from(*flag)).collect();
        self.layers.flags.set(&self.gpu, &words);
    }

    /// Takes outlines; answers how many could not be read.
    pub fn set_footprints(&mut self, list: Vec<Footprint>) -> usize {
        let broken = self.footprints.set(list);
        let (segments, corners) = self.footprints.geometry();
        self.layers.outlines.set(&self.gpu, &segments);
        self.layers.fills.set(&self.gpu, &corners);
        broken
    }

    /// The part of the sky in the view, of 1.
    fn fraction(&self) -> f64 {
        let fov = self.camera.state.fov_deg.min(180.0).to_radians();
        let long = self.camera.size.0.max(self.camera.size.1);
        let aspect = (long / self.camera.size.0.min(self.camera.size.1).max(1.0)).min(4.0);
        let cap = (1.0 - (fov / 2.0).cos()) / 2.0;
        (cap * aspect * 1.27).clamp(1e-12, 0.5)
    }

    /// The faintest magnitude drawn in full, and how many stars are worth drawing.
    fn star_limit(&self) -> (f32, u32) {
        let wanted = (STARS_IN_VIEW / self.fraction()) as usize;
        let at = wanted.min(self.stars.len().saturating_sub(1));
        let limit = self.stars.get(at).map_or(0.0, |(star, _)| star.magnitude);
        // Where all stars of the catalogue fit they may be larger.
        let spare = wanted as f64 / self.stars.len().max(1) as f64;
        let limit = limit + spare.log2().clamp(0.0, 3.0) as f32;
        let shown = self.stars.partition_point(|(star, _)| star.magnitude <= limit + FADE);
        (limit, shown as u32)
    }

    /// Draws a frame.
    pub fn draw(&mut self, target: &wgpu::TextureView, encoder: &mut wgpu::CommandEncoder) {
        self.update_graticule();
        let (limit, shown) = self.star_limit();
        self.layers.stars_shown = shown;
        let crowd = (self.rows.at.len() as f64 * self.fraction()) as usize;
        let view = ViewUniforms::new(&self.camera, limit, crowd);
        self.renderer.draw(&self.gpu, target, encoder, &view, &self.layers);
    }

    fn update_graticule(&mut self) {
        if self.drawn == Some(self.camera) {
            return;
        }
        let (segments, labels) = graticule(&self.camera);
        self.layers.graticule.set(&self.gpu, &segments);
        self.labels = labels;
        self.drawn = Some(self.camera);
    }

    /// Labels of the graticule.
    pub fn labels(&mut self) -> &[Label] {
        self.update_graticule();
        &self.labels
    }

    /// The position under a point of the canvas; `None` beside the globe.
    pub fn position(&self, x: f64, y: f64) -> Option<Position> {
        let (ra_deg, dec_deg) = self.camera.to_sky(x, y)?.lonlat_deg();
        Some(Position { ra_deg, dec_deg })
    }

    /// The point of the canvas of a position; `None` behind the horizon.
    pub fn project(&self, ra_deg: f64, dec_deg: f64) -> Option<Point> {
        let (x, y) = self.camera.to_screen(Vec3::from_deg(ra_deg, dec_deg))?;
        Some(Point { x, y })
    }

    /// What is under a point of the canvas; `None` where there is nothing.
    pub fn pick(&self, x: f64, y: f64) -> Option<Picked> {
        let v = self.camera.to_sky(x, y)?;
        let reach = self
            .camera
            .to_sky(x + REACH, y)
            .or_else(|| self.camera.to_sky(x - REACH, y))
            .map_or(0.0, |w| w.angle_to(v));
        let ids: Vec<String> =
            self.footprints.at(v, reach).into_iter().map(str::to_owned).collect();
        let (_, shown) = self.star_limit();
        let stars = self.stars.iter().take(shown as usize).map(|(star, i)| (&star.at, *i));
        let rows = self.rows.at.iter().zip(&self.rows.flags).enumerate();
        let rows = rows.filter(|(_, (_, flag))| **flag > 0).map(|(i, (at, _))| (at, i));
        let picked = Picked {
            id: ids.first().cloned(),
            star: nearest(v, reach, stars),
            row: nearest(v, reach, rows),
            ids,
        };
        let something = picked.id.is_some() || picked.star.is_some() || picked.row.is_some();
        something.then_some(picked)
    }
}

/// The nearest of some directions within `reach` radians.
fn nearest<'a>(
    v: Vec3,
    reach: f64,
    points: impl Iterator<Item = (&'a Direction, usize)>,
) -> Option<usize> {
    // Squared chord: exact for small distances, and no more than a few products a point.
    let chord = |at: &Direction| {
        let w = at.vec();
        w.plus(v.scaled(-1.0)).dot(w.plus(v.scaled(-1.0)))
    };
    points
        .map(|(at, i)| (chord(at), i))
        .filter(|(d, _)| *d <= reach * reach)
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, i)| i)
}
