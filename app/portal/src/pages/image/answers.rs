//! What the image viewer answers, as far as the page uses it.

use serde::Deserialize;

use crate::format;

/// How an HDU can be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ViewKind {
    Image,
    Cube,
    Events,
    Spectrum,
    Table,
    Empty,
    #[default]
    #[serde(other)]
    Other,
}

impl ViewKind {
    /// Whether the canvas shows it.
    pub(super) fn is_picture(self) -> bool {
        matches!(self, ViewKind::Image | ViewKind::Cube | ViewKind::Events)
    }
}

/// One header-data unit.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Hdu {
    pub(super) index: u32,
    pub(super) name: String,
    pub(super) kind: ViewKind,
    pub(super) shape: Vec<u64>,
    pub(super) planes: u64,
    pub(super) unit: String,
    pub(super) columns: Vec<String>,
}

impl Hdu {
    /// `1 SCI 1024 × 1024`
    pub(super) fn title(&self) -> String {
        let shape: Vec<_> = self.shape.iter().map(u64::to_string).collect();
        format!("{} {} {}", self.index, self.name, shape.join(" × "))
    }
}

/// An opened file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Description {
    pub(super) filename: String,
    pub(super) hdus: Vec<Hdu>,
    pub(super) chosen: u32,
    pub(super) warnings: Vec<String>,
}

/// Ends of the stretch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
pub(super) struct LimitValues {
    pub(super) low: f64,
    pub(super) high: f64,
}

/// What is under the pointer.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Readout {
    /// FITS pixel, 1-based, pixel centres at whole numbers.
    pub(super) x: f64,
    pub(super) y: f64,
    /// Physical value; absent for a blank pixel.
    pub(super) value: Option<f64>,
    /// The same exactly, in the shortest form.
    pub(super) text: Option<String>,
    pub(super) unit: String,
    /// Position in the chosen frame, as text.
    pub(super) world: Option<String>,
    /// The other axes.
    pub(super) axes: Vec<AxisValue>,
}

/// A world coordinate that is not celestial, such as a frequency.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct AxisValue {
    pub(super) name: String,
    pub(super) value: f64,
    pub(super) unit: String,
}

impl AxisValue {
    /// `FREQ 1.42040575 GHz`: neighbouring channels differ in the seventh digit.
    pub(super) fn text(&self) -> String {
        let (value, unit) = format::prefixed(self.value, &self.unit);
        format!("{} {} {unit}", self.name, format::significant(value, 9))
    }
}

/// What is drawn over the picture, CSS pixels.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Overlay {
    pub(super) scale_bar: Option<ScaleBar>,
    /// Unit vectors on the screen.
    pub(super) north: Option<(f64, f64)>,
    pub(super) east: Option<(f64, f64)>,
    pub(super) grid: Vec<GridLine>,
}

/// A bar of a round length.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct ScaleBar {
    pub(super) length: f64,
    pub(super) label: String,
}

/// A line of constant longitude or latitude.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct GridLine {
    pub(super) points: Vec<(f64, f64)>,
    pub(super) label: String,
    /// Where the label belongs.
    pub(super) at: Option<(f64, f64)>,
}

/// Rows of a table HDU.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct TableRows {
    pub(super) columns: Vec<TableColumn>,
    pub(super) rows: Vec<Vec<Option<String>>>,
    pub(super) total: u64,
}

/// A column of a table HDU.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct TableColumn {
    pub(super) name: String,
    pub(super) unit: String,
}

/// A curve.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Spectrum {
    pub(super) x: Vec<Option<f64>>,
    pub(super) y: Vec<Option<f64>>,
    pub(super) x_name: String,
    pub(super) x_unit: String,
    pub(super) y_name: String,
    pub(super) y_unit: String,
}
