//! Which columns hold the main position, and their conversion to degrees and HEALPix.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, Float64Array, Int64Array, RecordBatch},
    compute::cast,
    datatypes::{DataType, Field, Schema},
};

use crate::{EngineError, meta};

/// Pairs of names in use for ICRS or J2000 positions, lower case, best first.
const NAMES: [(&str, &str); 14] = [
    ("ra", "dec"),
    ("ra_icrs", "de_icrs"),
    ("ra_icrs", "dec_icrs"),
    ("raj2000", "dej2000"),
    ("raj2000", "decj2000"),
    ("ra_j2000", "dec_j2000"),
    ("_raj2000", "_dej2000"),
    ("_ra", "_dec"),
    ("ra_deg", "dec_deg"),
    ("radeg", "dedeg"),
    ("radeg", "decdeg"),
    ("coord_ra", "coord_dec"),
    ("right_ascension", "declination"),
    ("alpha", "delta"),
];

/// The two position columns and how many degrees their unit is.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    /// Index of the right ascension column.
    pub ra: usize,
    /// Index of the declination column.
    pub dec: usize,
    /// Degrees per unit of right ascension.
    pub ra_scale: f64,
    /// Degrees per unit of declination.
    pub dec_scale: f64,
}

/// Finds the position columns: those named, or else those that say so by UCD, or else by name.
///
/// `Ok(None)` when none were named and none are recognised.
pub fn find(
    schema: &Schema,
    ra: Option<&str>,
    dec: Option<&str>,
) -> Result<Option<Position>, EngineError> {
    let pair = match (ra, dec) {
        (None, None) => by_ucd(schema).or_else(|| by_name(schema)),
        (ra, dec) => {
            let find = |name: Option<&str>| column(schema, name?);
            Some(find(ra).zip(find(dec)).ok_or_else(|| no_position(schema))?)
        }
    };
    let Some((ra, dec)) = pair else { return Ok(None) };
    let scale = |index: usize, hours: bool| degrees_per_unit(schema.field(index), hours);
    Ok(Some(Position { ra, dec, ra_scale: scale(ra, true)?, dec_scale: scale(dec, false)? }))
}

fn no_position(schema: &Schema) -> EngineError {
    let numeric = schema.fields().iter().filter(|f| is_number(f.data_type()));
    EngineError::NoPosition { candidates: numeric.map(|f| f.name().clone()).collect() }
}

fn is_number(data_type: &DataType) -> bool {
    data_type.is_numeric()
}

fn column(schema: &Schema, name: &str) -> Option<usize> {
    schema
        .fields()
        .iter()
        .position(|f| is_number(f.data_type()) && f.name().eq_ignore_ascii_case(name))
}

fn by_ucd(schema: &Schema) -> Option<(usize, usize)> {
    let with = |ucd: &str| {
        schema.fields().iter().position(|f| {
            is_number(f.data_type())
                && f.metadata().get(meta::UCD).is_some_and(|u| u.eq_ignore_ascii_case(ucd))
        })
    };
    with("pos.eq.ra;meta.main")
        .zip(with("pos.eq.dec;meta.main"))
        .or_else(|| with("POS_EQ_RA_MAIN").zip(with("POS_EQ_DEC_MAIN")))
        .or_else(|| with("pos.eq.ra").zip(with("pos.eq.dec")))
}

fn by_name(schema: &Schema) -> Option<(usize, usize)> {
    NAMES.iter().find_map(|(ra, dec)| column(schema, ra).zip(column(schema, dec)))
}

fn degrees_per_unit(field: &Field, hours: bool) -> Result<f64, EngineError> {
    let unit = field.metadata().get(meta::UNIT).map(String::as_str).unwrap_or_default();
    let scale = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "deg" | "degree" | "degrees" | "d" | "°" => 1.0,
        "rad" | "radian" | "radians" => 180.0 / std::f64::consts::PI,
        "arcmin" => 1.0 / 60.0,
        "arcsec" => 1.0 / 3600.0,
        "mas" => 1.0 / 3_600_000.0,
        "h" | "hour" | "hours" | "hr" | "hourangle" if hours => 15.0,
        _ => {
            return Err(EngineError::NotAnAngle {
                column: field.name().clone(),
                unit: unit.to_owned(),
            });
        }
    };
    Ok(scale)
}

impl Position {
    /// The schema with both columns as doubles in degrees.
    pub fn schema(&self, schema: &Schema) -> Schema {
        let fields = schema.fields().iter().enumerate().map(|(index, field)| {
            if index != self.ra && index != self.dec {
                return field.clone();
            }
            let mut metadata = field.metadata().clone();
            metadata.insert(meta::UNIT.to_owned(), "deg".to_owned());
            Arc::new(Field::new(field.name(), DataType::Float64, true).with_metadata(metadata))
        });
        Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone())
    }

    /// Replaces both columns by degrees and computes the order-29 index of every row.
    ///
    /// Rows without a position keep their nulls and get index 0, so that they are stored and
    /// found by all but region searches. `first_row` counts from 0 and names a bad row.
    pub fn convert(
        &self,
        columns: &mut [ArrayRef],
        batch: &RecordBatch,
        first_row: u64,
    ) -> Result<Indices, EngineError> {
        let ra = self.degrees(batch, self.ra, self.ra_scale)?;
        let dec = self.degrees(batch, self.dec, self.dec_scale)?;
        let mut without = 0;
        let mut indices = Vec::with_capacity(batch.num_rows());
        for (row, (lon, lat)) in (first_row + 1..).zip(ra.iter().zip(dec.iter())) {
            let position = lon.zip(lat).filter(|(a, b)| a.is_finite() && b.is_finite());
            let Some((lon, lat)) = position else {
                without += 1;
                indices.push(0);
                continue;
            };
            if !(-90.0..=90.0).contains(&lat) {
                let column = batch.schema().field(self.dec).name().clone();
                return Err(EngineError::BadLatitude { column, row, value: lat });
            }
            indices.push(crate::sphere::healpix29(lon, lat));
        }
        for (index, array) in [(self.ra, ra), (self.dec, dec)] {
            if let Some(slot) = columns.get_mut(index) {
                *slot = Arc::new(array);
            }
        }
        Ok(Indices { healpix: Int64Array::from(indices), without_position: without })
    }

    fn degrees(
        &self,
        batch: &RecordBatch,
        index: usize,
        scale: f64,
    ) -> Result<Float64Array, EngineError> {
        let values = cast(batch.column(index), &DataType::Float64)?;
        let values = Float64Array::from(values.to_data());
        Ok(if scale == 1.0 { values } else { values.unary(|v| v * scale) })
    }
}

/// The spatial index of a batch.
pub struct Indices {
    /// HEALPix nested index at order 29 of each row.
    pub healpix: Int64Array,
    /// Rows whose position is null or not finite.
    pub without_position: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(columns: &[(&str, &str, &str)]) -> Schema {
        let field = |(name, ucd, unit): &(&str, &str, &str)| {
            Field::new(*name, DataType::Float64, true).with_metadata(
                [(meta::UCD.to_owned(), (*ucd).to_owned()), (meta::UNIT.into(), (*unit).into())]
                    .into(),
            )
        };
        Schema::new(columns.iter().map(field).collect::<Vec<_>>())
    }

    #[test]
    fn ucd_beats_name_and_main_beats_other() {
        let s = schema(&[
            ("ra", "", ""),
            ("dec", "", ""),
            ("a", "pos.eq.ra;meta.main", "rad"),
            ("d", "pos.eq.dec;meta.main", "deg"),
        ]);
        let p = find(&s, None, None).unwrap().unwrap();
        assert_eq!((p.ra, p.dec), (2, 3));
        assert!((p.ra_scale - 57.295_779_513_082_32).abs() < 1e-13);
    }

    #[test]
    fn names_are_compared_without_case_and_errors_list_candidates() {
        let s = schema(&[("RAJ2000", "", "deg"), ("DEJ2000", "", "deg"), ("mag", "", "mag")]);
        assert_eq!(find(&s, None, None).unwrap().unwrap().dec, 1);
        let Err(EngineError::NoPosition { candidates }) = find(&s, Some("ra"), Some("dec")) else {
            panic!("named columns that do not exist");
        };
        assert_eq!(candidates, ["RAJ2000", "DEJ2000", "mag"]);
        assert!(matches!(
            find(&s, Some("mag"), Some("dej2000")),
            Err(EngineError::NotAnAngle { .. })
        ));
        assert_eq!(find(&schema(&[("x", "", "")]), None, None).unwrap(), None);
    }
}
