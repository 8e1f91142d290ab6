//! ObsCore 1.1 (IVOA Recommendation 2017-05-09): the table `ivoa.obscore`.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, Float64Builder, Int32Builder, Int64Builder, RecordBatch, StringBuilder},
    datatypes::{DataType, Field, Schema},
};
use sqlx::{Row, any::AnyRow};
use tenkyu_wire::tables::{ArraySize, ColumnMeta, Datatype, Kind, TableMeta};

use crate::{
    archive::Archive,
    error::ArchiveError,
    time::{iso_from_mjd, parse_date},
};

/// Media type of a DataLink answer (DataLink 1.1 §3.3).
const DATALINK: &str = "application/x-votable+xml;content=datalink";
/// Media type of FITS (RFC 4047).
pub(crate) const FITS: &str = "application/fits";

/// A column: name, description, unit, UCD, utype, element type, and whether ObsCore demands it.
struct Column {
    name: &'static str,
    description: &'static str,
    unit: &'static str,
    ucd: &'static str,
    utype: &'static str,
    kind: Kind,
    standard: Standard,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standard {
    /// Of ObsCore's mandatory columns.
    Mandatory,
    /// Of its optional ones.
    Optional,
    /// Ours.
    Own,
}

use Standard::{Mandatory, Optional, Own};

macro_rules! columns {
    ($($name:literal, $kind:ident, $unit:literal, $ucd:literal, $utype:literal, $standard:ident, $description:literal;)*) => {
        &[$(Column {
            name: $name, description: $description, unit: $unit, ucd: $ucd, utype: $utype,
            kind: Kind::$kind, standard: $standard,
        }),*]
    };
}

/// ObsCore 1.1, tables 1, 5 and 6, in the order of table 1; then ours.
const COLUMNS: &[Column] = columns! {
    "dataproduct_type", Char, "", "meta.code.class", "ObsDataset.dataProductType", Mandatory, "Kind of data: image, cube, spectrum, sed, timeseries, visibility, event or measurements";
    "dataproduct_subtype", Char, "", "meta.code.class", "ObsDataset.dataProductSubtype", Optional, "Kind of data in the words of the archive";
    "calib_level", Int, "", "meta.code;obs.calib", "ObsDataset.calibLevel", Mandatory, "Calibration level: 0 raw, 1 raw in a standard format, 2 calibrated, 3 combined, 4 analysed";
    "obs_collection", Char, "", "meta.id", "DataID.Collection", Mandatory, "Collection that the data belong to";
    "obs_id", Char, "", "meta.id", "DataID.observationID", Mandatory, "Identifier of the observation";
    "obs_publisher_did", Char, "", "meta.ref.ivoid", "Curation.PublisherDID", Mandatory, "IVOA identifier of the data product";
    "access_url", Char, "", "meta.ref.url", "Access.Reference", Mandatory, "Address of the file, or of the list of files where there are several";
    "access_format", Char, "", "meta.code.mime", "Access.Format", Mandatory, "Media type of what is at the address";
    "access_estsize", Long, "kbyte", "phys.size;meta.file", "Access.Size", Mandatory, "Size of the files";
    "target_name", Char, "", "meta.id;src", "Target.Name", Mandatory, "Name of the target as the observer gave it";
    "target_class", Char, "", "src.class", "Target.Class", Optional, "Class of the target";
    "s_ra", Double, "deg", "pos.eq.ra", "Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C1", Mandatory, "Right ascension of the centre, ICRS";
    "s_dec", Double, "deg", "pos.eq.dec", "Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C2", Mandatory, "Declination of the centre, ICRS";
    "s_fov", Double, "deg", "phys.angSize;instr.fov", "Char.SpatialAxis.Coverage.Bounds.Extent.diameter", Mandatory, "Diameter of the smallest circle about the centre that holds the data";
    "s_region", Char, "", "pos.outline;obs.field", "Char.SpatialAxis.Coverage.Support.Area", Mandatory, "Outline of the data on the sky, ICRS";
    "s_resolution", Double, "arcsec", "pos.angResolution", "Char.SpatialAxis.Resolution.Refval.value", Mandatory, "Angular resolution (FWHM)";
    "s_xel1", Long, "", "meta.number", "Char.SpatialAxis.numBins1", Mandatory, "Elements along the first spatial axis";
    "s_xel2", Long, "", "meta.number", "Char.SpatialAxis.numBins2", Mandatory, "Elements along the second spatial axis";
    "s_pixel_scale", Double, "arcsec", "phys.angSize;instr.pixel", "Char.SpatialAxis.Sampling.RefVal.SamplingPeriod", Optional, "Size of a pixel";
    "t_min", Double, "d", "time.start;obs.exposure", "Char.TimeAxis.Coverage.Bounds.Limits.StartTime", Mandatory, "Start of the observation, MJD (UTC)";
    "t_max", Double, "d", "time.end;obs.exposure", "Char.TimeAxis.Coverage.Bounds.Limits.StopTime", Mandatory, "End of the observation, MJD (UTC)";
    "t_exptime", Double, "s", "time.duration;obs.exposure", "Char.TimeAxis.Coverage.Support.Extent", Mandatory, "Exposure time";
    "t_resolution", Double, "s", "time.resolution", "Char.TimeAxis.Resolution.Refval.value", Mandatory, "Resolution in time";
    "t_xel", Long, "", "meta.number", "Char.TimeAxis.numBins", Mandatory, "Elements along the time axis";
    "em_min", Double, "m", "em.wl;stat.min", "Char.SpectralAxis.Coverage.Bounds.Limits.LoLimit", Mandatory, "Shortest wavelength, in vacuum";
    "em_max", Double, "m", "em.wl;stat.max", "Char.SpectralAxis.Coverage.Bounds.Limits.HiLimit", Mandatory, "Longest wavelength, in vacuum";
    "em_res_power", Double, "", "spect.resolution", "Char.SpectralAxis.Resolution.ResolPower.refVal", Mandatory, "Spectral resolving power λ/Δλ";
    "em_xel", Long, "", "meta.number", "Char.SpectralAxis.numBins", Mandatory, "Elements along the spectral axis";
    "em_ucd", Char, "", "meta.ucd", "Char.SpectralAxis.ucd", Optional, "UCD of the spectral axis";
    "o_ucd", Char, "", "meta.ucd", "Char.ObservableAxis.ucd", Mandatory, "UCD of what was measured";
    "pol_states", Char, "", "meta.code;phys.polarization", "Char.PolarizationAxis.stateList", Mandatory, "Polarisation states, as in /I/Q/U/V/";
    "pol_xel", Long, "", "meta.number", "Char.PolarizationAxis.numBins", Mandatory, "Elements along the polarisation axis";
    "facility_name", Char, "", "meta.id;instr.tel", "Provenance.ObsConfig.Facility.name", Mandatory, "Telescope";
    "instrument_name", Char, "", "meta.id;instr", "Provenance.ObsConfig.Instrument.name", Mandatory, "Instrument";
    "obs_title", Char, "", "meta.title;obs", "DataID.Title", Optional, "A few words on the data";
    "obs_creation_date", Char, "", "time;meta.dataset", "DataID.Date", Optional, "When the file was written";
    "obs_release_date", Char, "", "time.release", "Curation.releaseDate", Optional, "From when on anyone may read it";
    "data_rights", Char, "", "meta.code", "Curation.Rights", Optional, "public, secure or proprietary";
    "proposal_id", Char, "", "meta.id;obs.proposal", "Provenance.Proposal.identifier", Optional, "Identifier of the proposal";
    "bandpass_name", Char, "", "meta.id;instr.bandpass", "", Own, "Filter or band as the header names it";
    "em_band", Char, "", "instr.bandpass", "", Own, "Part of the spectrum: Radio, Millimeter, Infrared, Optical, UV, EUV, X-ray or Gamma-ray";
    "preview_url", Char, "", "meta.ref.url;meta.preview", "", Own, "Address of a picture";
};

/// What `ivoa.obscore` is, as TAP_SCHEMA describes it.
pub fn obscore_meta() -> TableMeta {
    TableMeta {
        name: "ivoa.obscore".into(),
        description: "Observations of this archive, one row a data product (ObsCore 1.1)".into(),
        utype: "ivo://ivoa.net/std/obscore#table-1.1".into(),
        rows: None,
        snapshot: None,
        columns: COLUMNS.iter().map(Column::meta).collect(),
        position: Some(("s_ra".into(), "s_dec".into())),
    }
}

impl Column {
    fn meta(&self) -> ColumnMeta {
        let xtype = match self.name {
            "s_region" => "adql:REGION",
            "obs_creation_date" | "obs_release_date" => "timestamp",
            _ => "",
        };
        let utype = match self.utype {
            "" => String::new(),
            utype => format!("obscore:{utype}"),
        };
        let size = if self.kind == Kind::Char { ArraySize::Variable } else { ArraySize::Scalar };
        ColumnMeta {
            name: self.name.into(),
            description: self.description.into(),
            unit: self.unit.into(),
            ucd: self.ucd.into(),
            utype,
            xtype: xtype.into(),
            datatype: Datatype { kind: self.kind, size },
            principal: self.standard == Mandatory,
            indexed: false,
            std: self.standard != Own,
        }
    }

    fn arrow(&self) -> DataType {
        match self.kind {
            Kind::Int => DataType::Int32,
            Kind::Long => DataType::Int64,
            Kind::Double => DataType::Float64,
            _ => DataType::Utf8,
        }
    }
}

/// A cell before it goes into its column.
enum Cell {
    Text(Option<String>),
    Long(Option<i64>),
    Double(Option<f64>),
}

impl Archive {
    /// All current data products as ObsCore rows, in the columns of [`obscore_meta`].
    ///
    /// `base_url` is what the addresses begin with, such as `https://archive.example.org`.
    ///
    /// # Errors
    /// [`ArchiveError::Store`], [`ArchiveError::Arrow`].
    pub async fn obscore(&self, base_url: &str) -> Result<RecordBatch, ArchiveError> {
        let rows = sqlx::query(ROWS).fetch_all(&self.pool).await?;
        let base = base_url.trim_end_matches('/');
        let mut columns: Vec<Builder> = COLUMNS.iter().map(|c| Builder::new(c.kind)).collect();
        let now = crate::time::now_iso();
        for row in &rows {
            let access = Access::of(self, row, base)?;
            for (column, builder) in COLUMNS.iter().zip(&mut columns) {
                builder.append(cell(column, row, &access, &now)?);
            }
        }
        let fields: Vec<Field> =
            COLUMNS.iter().map(|c| Field::new(c.name, c.arrow(), true)).collect();
        let arrays: Vec<ArrayRef> = columns.into_iter().map(Builder::finish).collect();
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
    }
}

/// Current planes with their files counted.
const ROWS: &str = "SELECT p.*, o.collection, o.obs_id, f.files, f.bytes, f.first_science, \
     f.first_file, d.preview_of \
     FROM plane p JOIN observation o ON o.id = p.observation_id \
     JOIN (SELECT a.plane_id, COUNT(*) AS files, CAST(SUM(a.bytes) AS BIGINT) AS bytes, MIN(a.id) AS first_file, \
           MIN(CASE WHEN a.product_type = 'science' THEN a.id END) AS first_science \
           FROM artifact a WHERE EXISTS (SELECT 1 FROM source s WHERE s.artifact_id = a.id) \
           GROUP BY a.plane_id) f ON f.plane_id = p.id \
     LEFT JOIN (SELECT a.plane_id, MIN(a.id) AS preview_of \
           FROM artifact a JOIN derived d ON d.artifact_id = a.id \
           WHERE a.product_type = 'science' AND d.kind = 'preview' \
           AND EXISTS (SELECT 1 FROM source s WHERE s.artifact_id = a.id) \
           GROUP BY a.plane_id) d ON d.plane_id = p.id \
     WHERE p.is_current = 1 ORDER BY o.collection, o.obs_id, p.product_id";

/// How a plane is fetched.
struct Access {
    did: String,
    url: String,
    format: &'static str,
    kilobytes: i64,
    preview: Option<String>,
}

impl Access {
    fn of(archive: &Archive, row: &AnyRow, base: &str) -> Result<Access, ArchiveError> {
        let collection: String = row.try_get("collection")?;
        let obs_id: String = row.try_get("obs_id")?;
        let product_id: String = row.try_get("product_id")?;
        let did = archive.did(&collection, &obs_id, &product_id);
        let files: i64 = row.try_get("files")?;
        // SUM of integers is a numeric in PostgreSQL; through f64 it reads alike everywhere.
        let bytes: i64 = row.try_get("bytes")?;
        let first: String = match row.try_get::<Option<String>, _>("first_science")? {
            Some(id) => id,
            None => row.try_get("first_file")?,
        };
        let (url, format) = if files == 1 {
            (format!("{base}/data/{first}"), FITS)
        } else {
            let id: String = url_value(&did);
            (format!("{base}/datalink/links?ID={id}"), DATALINK)
        };
        let preview: Option<String> = row.try_get("preview_of")?;
        Ok(Access {
            did,
            url,
            format,
            kilobytes: (bytes + 1023) / 1024,
            preview: preview.map(|id| format!("{base}/data/{id}/preview")),
        })
    }
}

/// Percent-encodes a value of a URL's query.
fn url_value(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

/// The value of a column in a row.
fn cell(column: &Column, row: &AnyRow, access: &Access, now: &str) -> Result<Cell, ArchiveError> {
    let text = |name: &str| -> Result<Cell, ArchiveError> { Ok(Cell::Text(row.try_get(name)?)) };
    Ok(match column.name {
        "dataproduct_type" => text("product_type")?,
        "dataproduct_subtype" => text("product_subtype")?,
        "target_class" => Cell::Text(None),
        "obs_collection" => text("collection")?,
        "obs_publisher_did" => Cell::Text(Some(access.did.clone())),
        "access_url" => Cell::Text(Some(access.url.clone())),
        "access_format" => Cell::Text(Some(access.format.to_owned())),
        "access_estsize" => Cell::Long(Some(access.kilobytes)),
        "facility_name" => text("facility")?,
        "instrument_name" => text("instrument")?,
        "bandpass_name" => text("bandpass")?,
        "em_band" => text("energy_band")?,
        "obs_title" => Cell::Text(title(row)?),
        // Headers write it in many ways; the column is a DALI timestamp.
        "obs_creation_date" => {
            let written: Option<String> = row.try_get("creation_date")?;
            Cell::Text(written.and_then(|date| parse_date(&date)).map(|(mjd, _)| iso_from_mjd(mjd)))
        }
        "obs_release_date" => text("data_release")?,
        "data_rights" => {
            let release: String = row.try_get("data_release")?;
            let rights = if release.as_str() <= now { "public" } else { "proprietary" };
            Cell::Text(Some(rights.to_owned()))
        }
        "preview_url" => Cell::Text(access.preview.clone()),
        name => match column.kind {
            Kind::Int | Kind::Long => Cell::Long(row.try_get(name)?),
            Kind::Double => Cell::Double(row.try_get(name)?),
            _ => text(name)?,
        },
    })
}

/// A few words on a product: telescope, instrument, band, target.
fn title(row: &AnyRow) -> Result<Option<String>, ArchiveError> {
    let mut words = Vec::new();
    for name in ["facility", "instrument", "bandpass", "product_type", "target_name"] {
        if let Some(word) = row.try_get::<Option<String>, _>(name)?
            && !words.contains(&word)
        {
            words.push(word);
        }
    }
    Ok((!words.is_empty()).then(|| words.join(" ")))
}

/// A column that is being filled.
enum Builder {
    Text(StringBuilder),
    Int(Int32Builder),
    Long(Int64Builder),
    Double(Float64Builder),
}

impl Builder {
    fn new(kind: Kind) -> Builder {
        match kind {
            Kind::Int => Builder::Int(Int32Builder::new()),
            Kind::Long => Builder::Long(Int64Builder::new()),
            Kind::Double => Builder::Double(Float64Builder::new()),
            _ => Builder::Text(StringBuilder::new()),
        }
    }

    fn append(&mut self, cell: Cell) {
        match (self, cell) {
            (Builder::Text(b), Cell::Text(value)) => b.append_option(value),
            (Builder::Int(b), Cell::Long(value)) => {
                b.append_option(value.and_then(|v| i32::try_from(v).ok()));
            }
            (Builder::Long(b), Cell::Long(value)) => b.append_option(value),
            (Builder::Double(b), Cell::Double(value)) => {
                b.append_option(value.filter(|v| v.is_finite()));
            }
            // A cell of another type than its column: the lists above disagree.
            (Builder::Text(b), _) => b.append_null(),
            (Builder::Int(b), _) => b.append_null(),
            (Builder::Long(b), _) => b.append_null(),
            (Builder::Double(b), _) => b.append_null(),
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Builder::Text(mut b) => Arc::new(b.finish()),
            Builder::Int(mut b) => Arc::new(b.finish()),
            Builder::Long(mut b) => Arc::new(b.finish()),
            Builder::Double(mut b) => Arc::new(b.finish()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mandatory_columns_are_those_of_the_standard() {
        let mandatory = [
            "dataproduct_type",
            "calib_level",
            "obs_collection",
            "obs_id",
            "obs_publisher_did",
            "access_url",
            "access_format",
            "access_estsize",
            "target_name",
            "s_ra",
            "s_dec",
            "s_fov",
            "s_region",
            "s_resolution",
            "s_xel1",
            "s_xel2",
            "t_min",
            "t_max",
            "t_exptime",
            "t_resolution",
            "t_xel",
            "em_min",
            "em_max",
            "em_res_power",
            "em_xel",
            "o_ucd",
            "pol_states",
            "pol_xel",
            "facility_name",
            "instrument_name",
        ];
        let meta = obscore_meta();
        let ours: Vec<&str> =
            meta.columns.iter().filter(|c| c.principal).map(|c| c.name.as_str()).collect();
        assert_eq!(ours, mandatory);
        assert!(meta.columns.iter().all(|c| c.std != c.utype.is_empty()));
    }
}
