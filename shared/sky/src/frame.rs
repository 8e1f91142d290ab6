//! Celestial reference frames and the rotations between them, in agreement with astropy.

use serde::{Deserialize, Serialize};

use crate::angle::{ARCSEC, DEG};
use crate::sphere::{Mat3, Vec3};

/// A celestial reference frame.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Frame {
    /// International Celestial Reference System.
    Icrs,
    /// FK5 mean equator and equinox of a Julian year.
    Fk5 {
        /// Equinox, Julian year such as 2000.0.
        equinox: f64,
    },
    /// FK4 mean equator and equinox of a Besselian year, with the E-terms of aberration. The epoch
    /// of observation is taken to be the equinox, as astropy does by default.
    Fk4 {
        /// Equinox, Besselian year such as 1950.0.
        equinox: f64,
    },
    /// FK4 without the E-terms of aberration.
    Fk4NoE {
        /// Equinox, Besselian year.
        equinox: f64,
    },
    /// Galactic longitude and latitude (IAU 1958), tied to FK5 as in astropy's `Galactic`.
    Galactic,
    /// Mean ecliptic and equinox of J2000 (IAU 2006 obliquity with frame bias): astropy's
    /// `BarycentricMeanEcliptic(equinox='J2000')`.
    Ecliptic,
}

impl Frame {
    /// FK5 at J2000.
    pub const FK5_J2000: Frame = Frame::Fk5 { equinox: 2000.0 };
    /// FK4 at B1950.
    pub const FK4_B1950: Frame = Frame::Fk4 { equinox: 1950.0 };

    /// The direction in ICRS of a direction in this frame.
    pub fn to_icrs(self, v: Vec3) -> Vec3 {
        let v = match self {
            Frame::Fk4 { equinox } => without_e_terms(v, e_terms(equinox)),
            _ => v,
        };
        self.matrix_to_icrs().apply(v)
    }

    /// The direction in this frame of a direction in ICRS.
    pub fn from_icrs(self, v: Vec3) -> Vec3 {
        let v = self.matrix_to_icrs().transposed().apply(v);
        match self {
            Frame::Fk4 { equinox } => with_e_terms(v, e_terms(equinox)),
            // The matrix of FK4 is orthogonal to 1e-9 only: the directions count, not the length.
            _ => v,
        }
    }

    /// ICRS longitude and latitude (degrees) of a position in this frame (degrees).
    pub fn to_icrs_deg(self, lon_deg: f64, lat_deg: f64) -> (f64, f64) {
        if self == Frame::Icrs {
            return (crate::angle::lon_deg(lon_deg), lat_deg);
        }
        self.to_icrs(Vec3::from_deg(lon_deg, lat_deg)).lonlat_deg()
    }

    /// Longitude and latitude in this frame (degrees) of a position in ICRS (degrees).
    pub fn from_icrs_deg(self, ra_deg: f64, dec_deg: f64) -> (f64, f64) {
        if self == Frame::Icrs {
            return (crate::angle::lon_deg(ra_deg), dec_deg);
        }
        self.from_icrs(Vec3::from_deg(ra_deg, dec_deg)).lonlat_deg()
    }

    /// The linear part of the way to ICRS: all of it, but for the E-terms of [`Frame::Fk4`].
    pub fn matrix_to_icrs(self) -> Mat3 {
        let from_fk5 = icrs_to_fk5().transposed();
        match self {
            Frame::Icrs => Mat3::IDENTITY,
            Frame::Fk5 { equinox: 2000.0 } => from_fk5,
            Frame::Fk5 { equinox } => from_fk5.times(precession(equinox).transposed()),
            Frame::Fk4 { equinox } | Frame::Fk4NoE { equinox } => {
                from_fk5.times(fk4_to_fk5(equinox)).times(newcomb(equinox, 1950.0))
            }
            Frame::Galactic => from_fk5.times(fk5_to_galactic().transposed()),
            Frame::Ecliptic => icrs_to_ecliptic().transposed(),
        }
    }

    /// Whether this is a frame of right ascension and declination.
    pub const fn is_equatorial(self) -> bool {
        !matches!(self, Frame::Galactic | Frame::Ecliptic)
    }
}

/// Frame bias of FK5 against ICRS (USNO Circular 179, §3.5; Hilton & Hohenkerk 2004).
fn icrs_to_fk5() -> Mat3 {
    let mas = ARCSEC / 1000.0;
    Mat3::r1(19.9 * mas).times(Mat3::r2(9.1 * mas)).times(Mat3::r3(-22.9 * mas))
}

/// J2000 to the mean equator of a Julian year, without frame bias: IAU 2006 precession in
/// Fukushima–Williams angles (Hilton et al. 2006, Capitaine et al. 2003).
fn precession(julian_year: f64) -> Mat3 {
    let now = fukushima_williams((julian_year - 2000.0) / 100.0);
    now.times(fukushima_williams(0.0).transposed())
}

/// Bias and precession to the mean equator at `t` Julian centuries from J2000.
fn fukushima_williams(t: f64) -> Mat3 {
    let [gamma, phi, psi, epsilon] = [
        [-0.052928, 10.556378, 0.4932044, -0.00031238, -0.000002788, 0.0000000260],
        [84381.412819, -46.811016, 0.0511268, 0.00053289, -0.000000440, -0.0000000176],
        [-0.041775, 5038.481484, 1.5584175, -0.00018522, -0.000026452, -0.0000000148],
        [84381.406, -46.836769, -0.0001831, 0.00200340, -0.000000576, -0.0000000434],
    ]
    .map(|coefficients| coefficients.iter().rev().fold(0.0, |sum, c| sum * t + c) * ARCSEC);
    Mat3::r1(-epsilon).times(Mat3::r3(-psi)).times(Mat3::r1(phi)).times(Mat3::r3(gamma))
}

/// Rotation to the mean ecliptic of J2000: the Fukushima–Williams chain without its last step.
fn icrs_to_ecliptic() -> Mat3 {
    Mat3::r1(84381.406 * ARCSEC).times(fukushima_williams(0.0))
}

/// Precession of FK4 between two Besselian years (Newcomb; Explanatory Supplement 1961, §2B).
fn newcomb(from: f64, to: f64) -> Mat3 {
    if from == to {
        return Mat3::IDENTITY;
    }
    // Tropical millennia from 1850.
    let t = (from - 1850.0) / 1000.0;
    let dt = (to - from) / 1000.0;
    let linear = 23035.545 + (139.720 + 0.060 * t) * t;
    let zeta = ((17.995 * dt + 30.240 - 0.27 * t) * dt + linear) * dt;
    let z = ((18.325 * dt + 109.480 + 0.39 * t) * dt + linear) * dt;
    let theta = ((-41.8 * dt - 42.65 - 0.37 * t) * dt + 20051.12 - (85.29 + 0.37 * t) * t) * dt;
    Mat3::r3(-z * ARCSEC).times(Mat3::r2(theta * ARCSEC)).times(Mat3::r3(-zeta * ARCSEC))
}

/// FK4 without E-terms at B1950 to FK5 at J2000, for an epoch of observation at a Besselian year:
/// Murray (1989) A&A 218, 325, eq. 28, with the rotation of FK4 against FK5 of eq. 29.
fn fk4_to_fk5(besselian_epoch: f64) -> Mat3 {
    const AT_B1950: [[f64; 3]; 3] = [
        [0.9999256794956877, -0.0111814832204662, -0.0048590038153592],
        [0.0111814832391717, 0.9999374848933135, -0.0000271625947142],
        [0.0048590037723143, -0.0000271702937440, 0.9999881946023742],
    ];
    const PER_CENTURY: [[f64; 3]; 3] = [
        [-0.0026455262e-6, -1.1539918689e-6, 2.1111346190e-6],
        [1.1540628161e-6, -0.0129042997e-6, 0.0236021478e-6],
        [-2.1112979048e-6, -0.0056024448e-6, 0.0102587734e-6],
    ];
    let julian_year = 2000.0 + (besselian_jd(besselian_epoch) - 2_451_545.0) / 365.25;
    let t = (julian_year - 1950.0) / 100.0;
    let mut matrix = AT_B1950;
    for (row, rates) in matrix.iter_mut().zip(PER_CENTURY) {
        for (value, rate) in row.iter_mut().zip(rates) {
            *value += rate * t;
        }
    }
    Mat3(matrix)
}

/// Julian date of the beginning of a Besselian year (Lieske 1979).
fn besselian_jd(year: f64) -> f64 {
    2_415_020.313_52 + (year - 1900.0) * 365.242_198_781
}

/// E-terms of aberration for a Besselian equinox (Explanatory Supplement 1961, §2D).
fn e_terms(equinox: f64) -> Vec3 {
    let jd = besselian_jd(equinox);
    let t = (jd - besselian_jd(1950.0)) / 36_525.0;
    let eccentricity = (-0.000_000_126 * t - 0.000_041_93) * t + 0.016_730_11;
    let k = 0.005_693_2 * DEG * eccentricity;
    let perigee = (((0.012 * t + 1.65) * t + 6190.67) * t + 1_015_489.951) * ARCSEC;
    // Obliquity, IAU 1980.
    let t = (jd - 2_451_545.0) / 36_525.0;
    let obliquity = (84381.448 + (-46.8150 + (-0.00059 + 0.001813 * t) * t) * t) * ARCSEC;
    let (sin_p, cos_p) = perigee.sin_cos();
    let (sin_o, cos_o) = obliquity.sin_cos();
    Vec3([k * sin_p, -k * cos_p * cos_o, -k * cos_p * sin_o])
}

fn without_e_terms(v: Vec3, e: Vec3) -> Vec3 {
    let v = v.unit().unwrap_or(v);
    v.plus(e.scaled(-1.0)).plus(v.scaled(e.dot(v)))
}

/// The inverse of [`without_e_terms`], by fixed-point iteration: the terms are 3e-7 of a radian.
fn with_e_terms(v: Vec3, e: Vec3) -> Vec3 {
    let start = v.unit().unwrap_or(v);
    let sum = start.plus(e);
    (0..10).fold(start, |v, _| sum.scaled(1.0 / (1.0 + e.dot(v))))
}

/// The galactic pole and origin at J2000 as astropy has them (Reid & Brunthaler 2004, with a
/// longitude of the origin that makes FK4 and FK5 agree).
fn fk5_to_galactic() -> Mat3 {
    Mat3::r3((180.0 - 122.931_918_568_002_6) * DEG)
        .times(Mat3::r2((90.0 - 27.128_251_180_856_22) * DEG))
        .times(Mat3::r3(192.859_481_206_534_8 * DEG))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sphere::separation_deg;

    /// Position in a frame and its ICRS position by astropy 8.0.
    const ASTROPY: &[(Frame, f64, f64, f64, f64)] = &[
        (Frame::Galactic, 120.5, -3.2, 8.059645204736, 59.581059348877),
        (Frame::Galactic, 266.4, -28.9, 91.009060499183, -57.826343059617),
        (Frame::Galactic, 10.0, 89.9, 192.962922832677, 27.089250804511),
        (Frame::Ecliptic, 120.5, -3.2, 121.982969836040, 16.917030434332),
        (Frame::Ecliptic, 266.4, -28.9, 264.845586870017, -52.274888323227),
        (Frame::Ecliptic, 10.0, 89.9, 270.247735038570, 66.577888142036),
        (Frame::Fk5 { equinox: 2000.0 }, 120.5, -3.2, 120.499993603803, -3.199993954161),
        (Frame::Fk5 { equinox: 2000.0 }, 10.0, 89.9, 9.996623130739, 89.899998470340),
        (Frame::Fk5 { equinox: 1975.0 }, 120.5, -3.2, 120.813489997149, -3.270966216024),
        (Frame::Fk5 { equinox: 1975.0 }, 10.0, 89.9, 156.759101383673, 89.955594658001),
        (Frame::Fk4 { equinox: 1950.0 }, 120.5, -3.2, 121.126906230297, -3.342599904076),
        (Frame::Fk4 { equinox: 1950.0 }, 10.0, 89.9, 174.629968536883, 89.819180793073),
        (Frame::Fk4 { equinox: 1975.0 }, 266.4, -28.9, 266.797344700188, -28.908267824607),
        (Frame::Fk4NoE { equinox: 1950.0 }, 120.5, -3.2, 121.126995889179, -3.342606438167),
        (Frame::Fk4NoE { equinox: 1900.0 }, 266.4, -28.9, 267.988011553267, -28.927267221259),
    ];

    #[test]
    fn frames_agree_with_astropy() {
        for &(frame, lon, lat, ra, dec) in ASTROPY {
            let (got_ra, got_dec) = frame.to_icrs_deg(lon, lat);
            let off = separation_deg(ra, dec, got_ra, got_dec) * 3.6e6;
            assert!(off < 0.01, "{frame:?} {lon} {lat}: off by {off} mas");
            let (back_lon, back_lat) = frame.from_icrs_deg(got_ra, got_dec);
            let off = separation_deg(lon, lat, back_lon, back_lat) * 3.6e6;
            assert!(off < 0.01, "{frame:?} {lon} {lat}: comes back off by {off} mas");
        }
    }
}
