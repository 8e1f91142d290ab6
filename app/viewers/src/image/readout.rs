//! What lies under the cursor.

use serde::Serialize;
use tenkyu_sky::wcs::AxisKind;
use tenkyu_wire::view::Frame;

use super::text;
use super::viewer::ImageViewer;

/// The pixel under the cursor and where it is.
#[derive(Clone, Debug, Serialize)]
pub struct Readout {
    /// Position in FITS pixels, with the fraction at which the cursor is.
    pub x: f64,
    /// The same in y.
    pub y: f64,
    /// Column of the pixel, from 1.
    pub pixel_x: u64,
    /// Row of the pixel, from 1.
    pub pixel_y: u64,
    /// Physical value; absent where the pixel has none.
    pub value: Option<f64>,
    /// The same exactly, in the shortest form: 64-bit integers and singles lose nothing.
    pub text: Option<String>,
    /// The number in the file, where it is another.
    pub raw: Option<String>,
    /// Unit of the value, or empty.
    pub unit: String,
    /// ICRS right ascension, degrees.
    pub ra_deg: Option<f64>,
    /// ICRS declination, degrees.
    pub dec_deg: Option<f64>,
    /// Position in the chosen frame as one text.
    pub world: Option<String>,
    /// Position in the chosen frame.
    pub position: Option<Position>,
    /// The other axes.
    pub axes: Vec<AxisValue>,
}

/// A position in the chosen frame.
#[derive(Clone, Debug, Serialize)]
pub struct Position {
    /// The frame.
    pub frame: Frame,
    /// Longitude, degrees.
    pub lon_deg: f64,
    /// Latitude, degrees.
    pub lat_deg: f64,
    /// Longitude and latitude as `05:34:31.9`, `+22:00:52`.
    pub sexagesimal: [String; 2],
    /// Longitude and latitude in degrees.
    pub decimal: [String; 2],
}

impl Position {
    /// As astronomers write it: sexagesimal in equatorial frames, degrees in the others.
    fn text(&self) -> String {
        let [lon, lat] = &self.sexagesimal;
        let [lon_deg, lat_deg] = &self.decimal;
        if text::sky_frame(self.frame).is_equatorial() {
            format!("{lon} {lat}")
        } else {
            format!("{lon_deg}° {lat_deg}°")
        }
    }
}

/// A world coordinate that is not celestial.
#[derive(Clone, Debug, Serialize)]
pub struct AxisValue {
    /// CNAME or CTYPE.
    pub name: String,
    /// The value.
    pub value: f64,
    /// Its unit, or empty.
    pub unit: String,
}

impl ImageViewer {
    /// What lies under a point of the canvas; `None` outside of the image.
    pub fn readout(&self, x: f64, y: f64) -> Option<Readout> {
        let plane = &self.shown.as_ref()?.plane;
        let (x, y) = self.view.to_image(x, y);
        let index = |v: f64, size: usize| {
            let i = (v - 0.5).floor();
            (i >= 0.0 && i < size as f64).then_some(i as usize)
        };
        let column = index(x, plane.raster.width())?;
        let row = index(y, plane.raster.height())?;
        let pixels = plane.raster.pixel(column, row)?;
        let scaling = plane.raster.scaling();
        let icrs = plane.celestial.as_ref().and_then(|wcs| wcs.pix_to_icrs(x, y));
        let scale = plane.celestial.as_ref().map_or(1.0, |wcs| wcs.pixel_scale_deg());
        let resolution = scale / self.view.zoom.max(1.0);
        let frame = self.state.frame;
        let position = icrs.map(|(ra, dec)| {
            let (lon, lat) = text::sky_frame(frame).from_icrs_deg(ra, dec);
            Position {
                frame,
                lon_deg: lon,
                lat_deg: lat,
                sexagesimal: text::sexagesimal(frame, lon, lat, resolution),
                decimal: text::decimal(lon, lat, resolution),
            }
        });
        Some(Readout {
            x,
            y,
            pixel_x: column as u64 + 1,
            pixel_y: row as u64 + 1,
            value: pixels.value(0, &scaling).filter(|value| !value.is_nan()),
            text: text::physical(&pixels, &scaling),
            raw: text::raw(&pixels, &scaling),
            unit: plane.unit.clone(),
            ra_deg: icrs.map(|p| p.0),
            dec_deg: icrs.map(|p| p.1),
            world: position.as_ref().map(Position::text),
            position,
            axes: self.other_axes(x, y),
        })
    }

    /// Where the plane lies on the axes that it does not show, such as frequency; read in its
    /// middle.
    pub fn plane_axes(&self) -> Vec<AxisValue> {
        let Some(shown) = &self.shown else { return Vec::new() };
        let raster = &shown.plane.raster;
        let middle = |size: usize| (size as f64 + 1.0) / 2.0;
        self.other_axes(middle(raster.width()), middle(raster.height()))
    }

    fn other_axes(&self, x: f64, y: f64) -> Vec<AxisValue> {
        let found = || {
            let plane = &self.shown.as_ref()?.plane;
            let wcs = plane.wcs.as_ref()?;
            let mut pixel = vec![x, y];
            pixel.extend(&plane.higher);
            let world = wcs.pixel_to_world(&pixel)?;
            let celestial = |kind| matches!(kind, AxisKind::Longitude | AxisKind::Latitude);
            let axes = wcs.axes().iter().zip(world.0).filter(|(axis, _)| !celestial(axis.kind));
            let named = |name: &str, other: &str| {
                if name.is_empty() { other.to_owned() } else { name.to_owned() }
            };
            Some(
                axes.filter(|(axis, _)| !axis.ctype.is_empty())
                    .map(|(axis, value)| AxisValue {
                        name: named(&axis.name, &axis.ctype),
                        value,
                        unit: axis.unit.clone(),
                    })
                    .collect(),
            )
        };
        found().unwrap_or_default()
    }
}
