//! The map on the canvas: CSS pixels from the top left corner, y downwards.

use tenkyu_sky::angle::lon_deg;
use tenkyu_sky::sphere::Vec3;
use tenkyu_wire::view::SkyState;

use super::projection::{FOV_RANGE, Projection};

/// View and canvas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Where the map looks.
    pub state: SkyState,
    /// Canvas size in CSS pixels.
    pub size: (f64, f64),
    /// Device pixels per CSS pixel.
    pub ratio: f64,
}

impl Default for Camera {
    fn default() -> Self {
        Camera { state: SkyState::default(), size: (1.0, 1.0), ratio: 1.0 }
    }
}

impl Camera {
    /// The projection of the view.
    pub fn projection(&self) -> Projection {
        Projection::new(self.state.ra_deg, self.state.dec_deg, self.state.fov_deg)
    }

    /// CSS pixels for a length 1 in the plane of the map.
    pub fn scale(&self) -> f64 {
        self.size.0.min(self.size.1) / 2.0 / self.projection().half
    }

    /// Takes a view; what is out of range is brought into it.
    pub fn set(&mut self, state: SkyState) {
        let finite = |v: f64, other: f64| if v.is_finite() { v } else { other };
        self.state = SkyState {
            ra_deg: lon_deg(finite(state.ra_deg, self.state.ra_deg)),
            dec_deg: finite(state.dec_deg, self.state.dec_deg).clamp(-90.0, 90.0),
            fov_deg: finite(state.fov_deg, self.state.fov_deg).clamp(FOV_RANGE.0, FOV_RANGE.1),
        };
    }

    /// The direction under a point of the canvas.
    pub fn to_sky(&self, x: f64, y: f64) -> Option<Vec3> {
        let scale = self.scale();
        self.projection()
            .unproject((x - self.size.0 / 2.0) / scale, (self.size.1 / 2.0 - y) / scale)
    }

    /// The point of the canvas of a direction; `None` behind the horizon.
    pub fn to_screen(&self, v: Vec3) -> Option<(f64, f64)> {
        let scale = self.scale();
        let (x, y) = self.projection().project(v)?;
        Some((self.size.0 / 2.0 + x * scale, self.size.1 / 2.0 - y * scale))
    }

    /// Whether a point is on the canvas or within a margin of it.
    pub fn holds(&self, (x, y): (f64, f64), margin: f64) -> bool {
        (-margin..=self.size.0 + margin).contains(&x)
            && (-margin..=self.size.1 + margin).contains(&y)
    }

    /// Moves the sky by CSS pixels; north stays up.
    pub fn pan(&mut self, dx: f64, dy: f64) {
        let (cx, cy) = (self.size.0 / 2.0, self.size.1 / 2.0);
        if let Some(v) = self.to_sky(cx - dx, cy - dy) {
            let (ra_deg, dec_deg) = v.lonlat_deg();
            // Past a pole the map would turn over: it stops there.
            let dec_deg = if (ra_deg - self.state.ra_deg).to_radians().cos() < -0.5 {
                90.0_f64.copysign(self.state.dec_deg)
            } else {
                dec_deg
            };
            let ra_deg = if dec_deg.abs() >= 90.0 { self.state.ra_deg } else { ra_deg };
            self.set(SkyState { ra_deg, dec_deg, ..self.state });
        }
    }

    /// Zooms by a factor; what lies under the point stays there as far as north-up allows.
    pub fn zoom_at(&mut self, x: f64, y: f64, factor: f64) {
        if !(x.is_finite() && y.is_finite() && factor.is_finite() && factor > 0.0) {
            return;
        }
        let fixed = self.to_sky(x, y);
        self.set(SkyState { fov_deg: self.state.fov_deg / factor, ..self.state });
        let Some(fixed) = fixed else { return };
        // On a wide map a move turns the sky too: a few steps come to rest.
        for _ in 0..12 {
            let Some((sx, sy)) = self.to_screen(fixed) else { return };
            if (x - sx).hypot(y - sy) < 0.1 {
                return;
            }
            self.pan(x - sx, y - sy);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera(ra_deg: f64, dec_deg: f64, fov_deg: f64) -> Camera {
        Camera { state: SkyState { ra_deg, dec_deg, fov_deg }, size: (900.0, 600.0), ratio: 1.0 }
    }

    #[test]
    fn zoom_keeps_what_is_under_the_cursor() {
        for fov in [120.0, 40.0, 1.0, 0.01] {
            let mut camera = camera(200.0, 35.0, fov);
            let before = camera.to_sky(700.0, 150.0).unwrap();
            camera.zoom_at(700.0, 150.0, 1.7);
            let (x, y) = camera.to_screen(before).unwrap();
            assert!((x - 700.0).hypot(y - 150.0) < 0.5, "{fov}: {x} {y}");
        }
    }

    #[test]
    fn panning_moves_the_sky_with_the_pointer_and_stops_at_the_pole() {
        let mut camera = camera(10.0, 20.0, 30.0);
        let before = camera.to_sky(450.0, 300.0).unwrap();
        camera.pan(50.0, -20.0);
        let (x, y) = camera.to_screen(before).unwrap();
        assert!((x - 500.0).abs() < 1.5 && (y - 280.0).abs() < 1.5, "{x} {y}");
        for _ in 0..100 {
            camera.pan(0.0, 100.0);
        }
        assert!(camera.state.dec_deg <= 90.0 && camera.state.ra_deg.is_finite());
        camera.pan(f64::NAN, 1.0);
        assert!(camera.state.ra_deg.is_finite());
    }
}
