//! The sky map.

use url::form_urlencoded::Serializer;

use super::codec::{Fields, View, put};

/// Where the sky map looks.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SkyState {
    /// ICRS right ascension of the centre, degrees in [0, 360).
    pub ra_deg: f64,
    /// ICRS declination of the centre, degrees in [−90, 90].
    pub dec_deg: f64,
    /// Field of view across the shorter side, degrees in (0, 360].
    pub fov_deg: f64,
}

impl Default for SkyState {
    fn default() -> Self {
        SkyState { ra_deg: 0.0, dec_deg: 0.0, fov_deg: 180.0 }
    }
}

impl View for SkyState {
    fn read(fields: &mut Fields) -> Self {
        let default = SkyState::default();
        SkyState {
            ra_deg: fields.number("ra", 0.0, 360.0).unwrap_or(default.ra_deg),
            dec_deg: fields.number("dec", -90.0, 90.0).unwrap_or(default.dec_deg),
            fov_deg: fields.number("fov", 1e-6, 360.0).unwrap_or(default.fov_deg),
        }
    }

    fn write(&self, out: &mut Serializer<'_, String>) {
        let default = SkyState::default();
        put(out, "ra", &self.ra_deg, &default.ra_deg);
        put(out, "dec", &self.dec_deg, &default.dec_deg);
        put(out, "fov", &self.fov_deg, &default.fov_deg);
    }
}
