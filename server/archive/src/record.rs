//! What is known of one file, and how files add up to a plane.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenkyu_sky::region::Region;

use crate::{
    dictionary::{Translated, Value, energy_band},
    footprint,
};

/// Everything that ingest found out about one file. Stored with the artifact, so that planes and
/// observations can be put together again at any time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct FileRecord {
    /// Collection of its observation.
    pub(crate) collection: String,
    /// Its observation.
    pub(crate) obs_id: String,
    /// Its plane.
    pub(crate) product_id: String,
    /// The observation is named by the file, for want of an identifier in the header.
    #[serde(default)]
    pub(crate) named_by_file: bool,
    /// CAOM ProductType: `science`, `weight`, `noise`, `mask`, `auxiliary`, ….
    pub(crate) role: String,
    /// Profile of the dictionary that applied.
    pub(crate) profile: Option<String>,
    /// ObsCore `dataproduct_type`; ObsCore knows no word for some data.
    pub(crate) product_type: Option<String>,
    /// ObsCore `calib_level`.
    pub(crate) calib_level: u8,
    /// Fields of the scheme with their keywords.
    pub(crate) values: BTreeMap<String, Translated>,
    /// Its header-data units.
    pub(crate) hdus: Vec<HduRecord>,
    /// Where on the sky its data lie.
    pub(crate) footprints: Vec<(u32, Region)>,
    /// Numbers of elements along the axes.
    pub(crate) axes: Axes,
}

/// Numbers of elements along the axes of ObsCore.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Axes {
    /// First spatial axis.
    pub(crate) s1: Option<i64>,
    /// Second spatial axis.
    pub(crate) s2: Option<i64>,
    /// Spectral axis.
    pub(crate) em: Option<i64>,
    /// Time axis.
    pub(crate) t: Option<i64>,
    /// Polarisation axis.
    pub(crate) pol: Option<i64>,
}

/// One header-data unit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct HduRecord {
    /// Position in the file.
    pub(crate) index: u32,
    /// EXTNAME.
    pub(crate) name: String,
    /// `image`, `compressed-image`, `table`, `ascii-table` or `empty`.
    pub(crate) kind: String,
    /// Axis lengths, or columns and rows.
    pub(crate) shape: Vec<u64>,
    /// Wavelengths along its spectral axis, metres.
    pub(crate) em: Option<(f64, f64)>,
}

/// A plane put together from its files.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PlaneRecord {
    pub(crate) product_type: Option<String>,
    pub(crate) calib_level: u8,
    pub(crate) values: BTreeMap<String, Translated>,
    pub(crate) axes: Axes,
}

impl PlaneRecord {
    /// Puts a plane together. Files of science count before the others, then by name.
    pub(crate) fn of(records: &[FileRecord]) -> PlaneRecord {
        let mut science: Vec<&FileRecord> =
            records.iter().filter(|record| record.role == "science").collect();
        if science.is_empty() {
            science = records.iter().collect();
        }
        let mut values: BTreeMap<String, Translated> = BTreeMap::new();
        for record in &science {
            for (field, value) in &record.values {
                values.entry(field.clone()).or_insert_with(|| value.clone());
            }
        }
        let numbers = |field: &'static str| {
            science.iter().filter_map(move |r| r.values.get(field)?.value.number())
        };
        for field in ["t_min", "em_min"] {
            extreme(&mut values, field, numbers(field).reduce(f64::min));
        }
        for field in ["t_max", "em_max", "t_exptime"] {
            extreme(&mut values, field, numbers(field).reduce(f64::max));
        }
        place(&mut values, &science);
        if let (Some(low), Some(high)) = (number(&values, "em_min"), number(&values, "em_max"))
            && let Some(band) = energy_band(low, high)
        {
            values.insert("energy_band".into(), Translated::computed(Value::Text(band.into())));
        }
        PlaneRecord {
            product_type: science.iter().find_map(|r| r.product_type.clone()),
            calib_level: science.iter().map(|r| r.calib_level).max().unwrap_or(0),
            axes: science.first().map(|r| r.axes).unwrap_or_default(),
            values,
        }
    }

    /// The number of a field.
    pub(crate) fn number(&self, field: &str) -> Option<f64> {
        number(&self.values, field)
    }

    /// The text of a field.
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        match &self.values.get(field)?.value {
            Value::Text(text) => Some(text),
            Value::Number(_) => None,
        }
    }
}

fn number(values: &BTreeMap<String, Translated>, field: &str) -> Option<f64> {
    values.get(field)?.value.number()
}

/// Puts a bound of several files in the place of the first one's, unless it is the same.
fn extreme(values: &mut BTreeMap<String, Translated>, field: &str, bound: Option<f64>) {
    if let Some(bound) = bound
        && number(values, field) != Some(bound)
    {
        values.insert(field.to_owned(), Translated::computed(Value::Number(bound)));
    }
}

/// Position, extent and outline from the footprints of all files.
fn place(values: &mut BTreeMap<String, Translated>, science: &[&FileRecord]) {
    let outlines: Vec<&Region> =
        science.iter().flat_map(|record| &record.footprints).map(|(_, outline)| outline).collect();
    let Some(region) = footprint::union(&outlines) else { return };
    let mut set = |field: &str, value: Value| {
        values.insert(field.to_owned(), Translated::computed(value));
    };
    if let Some((ra, dec, radius)) = region.bounding_circle_deg() {
        set("s_ra", Value::Number(ra));
        set("s_dec", Value::Number(dec));
        set("s_fov", Value::Number((2.0 * radius).min(360.0)));
    }
    set("s_region", Value::Text(region.to_stcs()));
}
