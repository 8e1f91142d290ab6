//! The image viewer.

use serde::{Deserialize, Serialize};
use url::form_urlencoded::Serializer;

use super::codec::{Fields, View, put, put_option};

/// Declares an enum whose variants have one word each in addresses and JSON.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)* }

        impl $name {
            /// Every variant, in the order in which a menu shows them.
            pub const ALL: &[$name] = &[$($name::$variant),*];
            /// Its word in addresses.
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();
            fn from_str(word: &str) -> Result<Self, ()> {
                match word { $($word => Ok($name::$variant),)* _ => Err(()) }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

words! {
    /// How pixel values become brightness, after scaling the limits to [0, 1].
    Stretch {
        /// x
        Linear = "linear",
        /// log(1000 x + 1) / log(1001), as in DS9
        Log = "log",
        /// asinh(10 x) / asinh(10)
        #[default]
        Asinh = "asinh",
        /// √x
        Sqrt = "sqrt",
        /// x²
        Power = "power",
        /// Equal areas of the image for equal steps of brightness.
        Histogram = "histeq",
    }
}

words! {
    /// Colour maps, all perceptually ordered (matplotlib, cmasher-like and cubehelix families).
    ColorMap {
        /// Black to white.
        #[default]
        Gray = "gray",
        /// matplotlib viridis
        Viridis = "viridis",
        /// matplotlib magma
        Magma = "magma",
        /// matplotlib inferno
        Inferno = "inferno",
        /// matplotlib plasma
        Plasma = "plasma",
        /// cividis, for colour-vision deficiency
        Cividis = "cividis",
        /// Green 2011 cubehelix
        Cubehelix = "cubehelix",
        /// Blue to white
        Ice = "ice",
        /// Black through red and yellow to white, monotone in lightness
        Heat = "heat",
        /// Green to yellow
        Algae = "algae",
        /// Diverging blue-white-red
        Diverging = "diverging",
        /// Turbo, for those who look for structure and not for values
        Turbo = "turbo",
    }
}

words! {
    /// The frame in which positions are read out.
    Frame {
        /// ICRS
        #[default]
        Icrs = "icrs",
        /// Galactic
        Galactic = "galactic",
        /// Ecliptic of J2000
        Ecliptic = "ecliptic",
        /// FK5 J2000
        Fk5 = "fk5",
    }
}

/// Between which pixel values the stretch runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Limits {
    /// What suits the picture: zscale, and for counts of events, most of which are 0, a percentile.
    #[default]
    Auto,
    /// IRAF's zscale.
    Zscale,
    /// Smallest to largest finite value.
    MinMax,
    /// The central part of the distribution, percent in (0, 100].
    Percentile(f64),
    /// These two values.
    Values(f64, f64),
}

impl std::fmt::Display for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Limits::Auto => f.write_str("auto"),
            Limits::Zscale => f.write_str("zscale"),
            Limits::MinMax => f.write_str("minmax"),
            Limits::Percentile(p) => write!(f, "p{p}"),
            Limits::Values(low, high) => write!(f, "{low},{high}"),
        }
    }
}

impl std::str::FromStr for Limits {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number = |text: &str| text.parse::<f64>().ok().filter(|v| v.is_finite()).ok_or(());
        if let Some(percent) = text.strip_prefix('p') {
            let percent = number(percent)?;
            return if percent > 0.0 && percent <= 100.0 {
                Ok(Limits::Percentile(percent))
            } else {
                Err(())
            };
        }
        match text {
            "auto" => Ok(Limits::Auto),
            "zscale" => Ok(Limits::Zscale),
            "minmax" => Ok(Limits::MinMax),
            _ => {
                let (low, high) = text.split_once(',').ok_or(())?;
                Ok(Limits::Values(number(low)?, number(high)?))
            }
        }
    }
}

/// What the image viewer shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageState {
    /// HDU, the primary being 0; the first with an image when absent.
    pub hdu: Option<u32>,
    /// Plane of a cube, from 0 (all axes past the second, flattened).
    pub plane: u32,
    /// Brightness curve.
    pub stretch: Stretch,
    /// Its ends.
    pub limits: Limits,
    /// Colour map.
    pub cmap: ColorMap,
    /// Bright becomes dark.
    pub invert: bool,
    /// Frame of the readout and the grid.
    pub frame: Frame,
    /// Coordinate grid.
    pub grid: bool,
    /// FITS pixel at the centre of the view (1-based, pixel centres at whole numbers); the
    /// image's middle when absent.
    pub center: Option<(f64, f64)>,
    /// Screen pixels per image pixel; fit to the window when absent.
    pub zoom: Option<f64>,
}

impl View for ImageState {
    fn read(fields: &mut Fields) -> Self {
        let x = fields.number("x", -1e9, 1e9);
        let y = fields.number("y", -1e9, 1e9);
        ImageState {
            hdu: fields.option("hdu"),
            plane: fields.value("plane", 0),
            stretch: fields.value("stretch", Stretch::default()),
            limits: fields.value("limits", Limits::default()),
            cmap: fields.value("cmap", ColorMap::default()),
            invert: fields.value("invert", 0_u8) == 1,
            frame: fields.value("frame", Frame::default()),
            grid: fields.value("grid", 0_u8) == 1,
            center: x.zip(y),
            zoom: fields.number("zoom", 1e-4, 1e4),
        }
    }

    fn write(&self, out: &mut Serializer<'_, String>) {
        let default = ImageState::default();
        put_option(out, "hdu", self.hdu.as_ref());
        put(out, "plane", &self.plane, &0);
        put(out, "stretch", &self.stretch, &default.stretch);
        put(out, "limits", &self.limits, &default.limits);
        put(out, "cmap", &self.cmap, &default.cmap);
        put(out, "invert", &u8::from(self.invert), &0);
        put(out, "frame", &self.frame, &default.frame);
        put(out, "grid", &u8::from(self.grid), &0);
        put_option(out, "x", self.center.map(|c| c.0).as_ref());
        put_option(out, "y", self.center.map(|c| c.1).as_ref());
        put_option(out, "zoom", self.zoom.as_ref());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_survives_the_address() {
        let state = ImageState {
            hdu: Some(1),
            plane: 17,
            stretch: Stretch::Log,
            limits: Limits::Values(-1.5, 2e-18),
            cmap: ColorMap::Magma,
            invert: true,
            frame: Frame::Galactic,
            grid: true,
            center: Some((12.25, 1e4)),
            zoom: Some(0.125),
        };
        let read = ImageState::from_query(&state.to_query());
        assert_eq!(read.state, state);
        assert!(read.broken.is_empty());
        assert_eq!(ImageState::default().to_query(), "v=1");
    }

    #[test]
    fn broken_values_become_defaults_and_are_named() {
        let read =
            ImageState::from_query("v=9&stretch=wobbly&zoom=NaN&limits=1,inf&hdu=-1&plane=%FF");
        assert_eq!(read.state, ImageState::default());
        for name in ["v", "stretch", "zoom", "limits", "hdu", "plane"] {
            assert!(read.broken.iter().any(|b| b == name), "{name} not reported");
        }
    }
}
