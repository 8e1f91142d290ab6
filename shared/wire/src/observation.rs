//! One observation with all that is known of it, as `/archive/observations/{id}` answers it.
//!
//! Shape: CAOM 2.4 Observation → Plane → Artifact, with the event log beside it.

use serde::{Deserialize, Serialize};

/// An observation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// ObsCore `obs_id`.
    pub obs_id: String,
    /// ObsCore `obs_collection`.
    pub collection: String,
    /// `public`, or why and until when it is not.
    pub access: String,
    /// Metadata by group, in the order in which they are shown.
    pub groups: Vec<Group>,
    /// Its planes.
    pub planes: Vec<Plane>,
    /// Its event log, oldest first.
    pub events: Vec<Event>,
}

/// A group of metadata, such as time or energy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Stable word, the key of its title: `target`, `position`, `time`, `energy`, `instrument`,
    /// `proposal`, `conditions`, `provenance`, `access`.
    pub name: String,
    /// Fields with a value; a field without one is left out.
    pub fields: Vec<Field>,
}

/// One metadata value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// ObsCore or CAOM name, such as `t_exptime`.
    pub name: String,
    /// Value at full precision.
    pub value: String,
    /// VOUnits string; empty for none.
    pub unit: String,
    /// UCD1+; empty for none.
    pub ucd: String,
    /// Header keyword(s) from which it was translated; empty when it was computed.
    pub keyword: String,
}

/// A product of an observation in one band and one calibration level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plane {
    /// Product identifier, unique within the observation.
    pub product_id: String,
    /// ObsCore `dataproduct_type`.
    pub product_type: String,
    /// ObsCore `calib_level`.
    pub calib_level: u8,
    /// Footprint as STC-S of ObsCore `s_region`, ICRS.
    pub s_region: Option<String>,
    /// Its files.
    pub artifacts: Vec<Artifact>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Artifact {
    /// Identifier, the last part of `/data/{artifact}`.
    pub id: String,
    /// Name of the file as it was ingested.
    pub filename: String,
    /// Media type.
    pub content_type: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of the content, lower-case hex.
    pub sha256: String,
    /// Its header-data units.
    pub hdus: Vec<Hdu>,
    /// Whether `/data/{artifact}/preview` has a picture.
    pub preview: bool,
}

/// One header-data unit of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hdu {
    /// Position in the file, the primary being 0.
    pub index: u32,
    /// EXTNAME, or empty.
    pub name: String,
    /// `image`, `compressed-image`, `table`, `ascii-table` or `empty`.
    pub kind: String,
    /// Axis lengths, NAXIS1 first; for a table, columns and rows.
    pub shape: Vec<u64>,
}

/// Something that was done, in the event log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// UTC, ISO 8601.
    pub time: String,
    /// Who did it.
    pub agent: String,
    /// What was done: `ingest`, `update`, `preview`, ….
    pub activity: String,
    /// What it was done to.
    pub entity: String,
    /// What changed, in words or as `field: old → new`.
    pub detail: String,
}
