//! The frames in which positions can be given, by the names that ADQL 2.0 and STC-S have for them.

use tenkyu_sky::frame::Frame;

/// A reference frame by name, which can be part of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "cluster", derive(serde::Serialize, serde::Deserialize))]
pub enum FrameName {
    /// ICRS.
    Icrs,
    /// FK5 at J2000.
    Fk5,
    /// FK4 at B1950.
    Fk4,
    /// Galactic, IAU 1958.
    Galactic,
    /// Ecliptic of J2000.
    Ecliptic,
}

impl FrameName {
    /// The frame of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.trim().to_ascii_uppercase().as_str() {
            "ICRS" | "" | "UNKNOWNFRAME" => Self::Icrs,
            "FK5" | "J2000" => Self::Fk5,
            "FK4" | "B1950" => Self::Fk4,
            "GALACTIC" => Self::Galactic,
            "ECLIPTIC" => Self::Ecliptic,
            _ => return None,
        })
    }

    /// The names.
    pub const KNOWN: &str = "ICRS, FK5, FK4, GALACTIC, ECLIPTIC";

    fn frame(self) -> Frame {
        match self {
            Self::Icrs => Frame::Icrs,
            Self::Fk5 => Frame::FK5_J2000,
            Self::Fk4 => Frame::FK4_B1950,
            Self::Galactic => Frame::Galactic,
            Self::Ecliptic => Frame::Ecliptic,
        }
    }

    /// The word for it in STC-S.
    pub fn word(self) -> &'static str {
        match self {
            Self::Icrs => "ICRS",
            Self::Fk5 => "FK5",
            Self::Fk4 => "FK4",
            Self::Galactic => "GALACTIC",
            Self::Ecliptic => "ECLIPTIC",
        }
    }

    /// A position of this frame in another.
    pub fn turn(self, to: Self, lon: f64, lat: f64) -> (f64, f64) {
        if self == to {
            return (lon, lat);
        }
        let (ra, dec) = self.frame().to_icrs_deg(lon, lat);
        to.frame().from_icrs_deg(ra, dec)
    }
}
