//! Projections of the sky on a screen: between unit vectors in the view's own axes and a plane.
//!
//! The view looks along +x; +y is east and comes out on the left when the plane's X is drawn to
//! the left, +z is north and comes out up. The plane's unit is the radian at the middle. Every
//! function has the form that a shader can repeat: no tables, no branches but the range.

use serde::{Deserialize, Serialize};

use crate::sphere::{Mat3, Vec3};
use crate::wcs::projection::cylindrical::{ait_project, ait_unproject, mol_project, mol_unproject};

/// A projection for display.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Display {
    /// Gnomonic (TAN): great circles are straight; less than a hemisphere.
    #[default]
    Tan,
    /// Orthographic (SIN): the globe from outside; a hemisphere.
    Sin,
    /// Stereographic (STG): circles stay circles; all but one point.
    Stg,
    /// Hammer–Aitoff (AIT): equal areas, the whole sky in an ellipse.
    Ait,
    /// Mollweide (MOL): equal areas, parallels straight.
    Mol,
}

impl Display {
    /// Every projection, in the order in which a menu shows them.
    pub const ALL: [Display; 5] =
        [Display::Tan, Display::Sin, Display::Stg, Display::Ait, Display::Mol];

    /// The three-letter code, in lower case.
    pub const fn code(self) -> &'static str {
        match self {
            Display::Tan => "tan",
            Display::Sin => "sin",
            Display::Stg => "stg",
            Display::Ait => "ait",
            Display::Mol => "mol",
        }
    }

    /// The projection of a three-letter code in any case.
    pub fn from_code(code: &str) -> Option<Display> {
        Display::ALL.into_iter().find(|d| d.code().eq_ignore_ascii_case(code))
    }

    /// A unit vector in the view's axes to (X to the east, Y to the north); `None` where the
    /// projection has no place for it.
    pub fn project(self, Vec3([x, y, z]): Vec3) -> Option<(f64, f64)> {
        match self {
            Display::Tan => (x > 1e-6).then(|| (y / x, z / x)),
            Display::Sin => (x >= 0.0).then_some((y, z)),
            Display::Stg => (x > -1.0 + 1e-12).then(|| {
                let k = 2.0 / (1.0 + x);
                (k * y, k * z)
            }),
            Display::Ait => {
                let (lon, lat) = signed_lonlat(x, y, z);
                ait_project(lon, lat)
            }
            Display::Mol => {
                let (lon, lat) = signed_lonlat(x, y, z);
                mol_project(lon, lat)
            }
        }
    }

    /// A point of the plane to a unit vector in the view's axes; `None` outside of the map.
    pub fn unproject(self, px: f64, py: f64) -> Option<Vec3> {
        let r2 = px * px + py * py;
        if !r2.is_finite() {
            return None;
        }
        match self {
            Display::Tan => Vec3([1.0, px, py]).unit(),
            Display::Sin => (r2 <= 1.0).then(|| Vec3([(1.0 - r2).sqrt(), px, py])),
            Display::Stg => {
                let k = 4.0 / (4.0 + r2);
                Some(Vec3([2.0 * k - 1.0, k * px, k * py]))
            }
            Display::Ait => ait_unproject(px, py).map(|(lon, lat)| Vec3::from_lonlat(lon, lat)),
            Display::Mol => mol_unproject(px, py)
                .filter(|(lon, _)| lon.abs() <= std::f64::consts::PI)
                .map(|(lon, lat)| Vec3::from_lonlat(lon, lat)),
        }
    }

    /// Half the width and half the height of the whole map, where it has an edge.
    pub fn extent(self) -> Option<(f64, f64)> {
        match self {
            Display::Tan | Display::Stg => None,
            Display::Sin => Some((1.0, 1.0)),
            Display::Ait | Display::Mol => {
                Some((2.0 * std::f64::consts::SQRT_2, std::f64::consts::SQRT_2))
            }
        }
    }
}

fn signed_lonlat(x: f64, y: f64, z: f64) -> (f64, f64) {
    (y.atan2(x), z.atan2(x.hypot(y)))
}

/// The rotation from sky directions to the axes of a view that looks at a position (degrees), with
/// north turned by `roll_deg` towards east.
pub fn view_rotation(lon_deg: f64, lat_deg: f64, roll_deg: f64) -> Mat3 {
    let (lon, lat, roll) = (lon_deg.to_radians(), lat_deg.to_radians(), roll_deg.to_radians());
    Mat3::r1(roll).times(Mat3::r2(-lat)).times(Mat3::r3(lon))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_the_view_and_its_north() {
        let rotation = view_rotation(83.0, 22.0, 0.0);
        let middle = rotation.apply(Vec3::from_deg(83.0, 22.0));
        assert!(middle.angle_to(Vec3([1.0, 0.0, 0.0])) < 1e-15);
        for display in Display::ALL {
            let north = rotation.apply(Vec3::from_deg(83.0, 22.001));
            let (x, y) = display.project(north).unwrap();
            assert!(x.abs() < 1e-12 && (y.to_degrees() - 0.001).abs() < 2e-4, "{display:?} {y}");
            let east = rotation.apply(Vec3::from_deg(83.001, 22.0));
            assert!(display.project(east).unwrap().0 > 0.0, "{display:?}");
            assert_eq!(Display::from_code(&display.code().to_uppercase()), Some(display));
        }
    }

    proptest::proptest! {
        #[test]
        fn points_come_back(lon in -3.1..3.1_f64, lat in -1.5..1.5_f64) {
            for display in Display::ALL {
                let v = Vec3::from_lonlat(lon, lat);
                if let Some((x, y)) = display.project(v) {
                    let back = display.unproject(x, y).unwrap();
                    proptest::prop_assert!(back.angle_to(v) < 1e-6, "{display:?}");
                }
            }
        }

        #[test]
        fn no_point_panics(x in proptest::num::f64::ANY, y in proptest::num::f64::ANY) {
            for display in Display::ALL {
                let _ = display.unproject(x, y);
                let _ = display.project(Vec3([x, y, 0.3]));
            }
        }
    }
}
