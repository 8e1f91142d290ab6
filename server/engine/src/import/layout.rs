//! How the columns of a file become those of a catalogue.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, RecordBatch},
    compute::{CastOptions, cast_with_options},
    datatypes::{DataType, Field, Schema, SchemaRef},
    util::display::FormatOptions,
};

use super::{
    ImportOptions,
    position::{self, Position},
};
use crate::{
    EngineError, floats,
    hats::{partition::Histogram, write::with_healpix},
    meta::{self, HEALPIX_COLUMN},
};

/// What was counted while rows were converted.
#[derive(Default)]
pub struct Counts {
    /// Rows.
    pub rows: u64,
    /// Rows whose position is null.
    pub without_position: u64,
    /// Rows by cell.
    pub histogram: Histogram,
}

/// How columns of the file become columns of the catalogue.
pub struct Layout {
    kept: Vec<usize>,
    /// The kept columns in their stored types, position in degrees.
    columns: SchemaRef,
    /// The position columns among them.
    pub position: Option<Position>,
    /// `columns`, with the spatial index before them.
    pub stored: SchemaRef,
    /// Columns without a VO counterpart, with their types.
    pub skipped: Vec<(String, String)>,
}

impl Layout {
    /// The layout of a table with these columns.
    pub fn new(source: &Schema, options: &ImportOptions) -> Result<Self, EngineError> {
        let mut seen = std::collections::HashSet::new();
        let (mut kept, mut fields, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
        for (index, field) in source.fields().iter().enumerate() {
            if field.name() == HEALPIX_COLUMN {
                continue; // computed anew from the position
            }
            let name = match field.name().trim() {
                "" => format!("col{}", index + 1),
                name => name.to_owned(),
            };
            if !seen.insert(name.to_lowercase()) {
                return Err(EngineError::DuplicateColumn { name });
            }
            let stored = meta::stored_type(field.data_type());
            if !is_storable(&stored) {
                skipped.push((name, field.data_type().to_string()));
                continue;
            }
            kept.push(index);
            fields.push(stored_field(field, name, stored));
        }
        let schema = Schema::new(fields);
        let position = position::find(&schema, options.ra.as_deref(), options.dec.as_deref())?;
        let columns = Arc::new(position.as_ref().map_or(schema.clone(), |p| p.schema(&schema)));
        let stored = if position.is_some() { with_healpix(&columns) } else { columns.clone() };
        Ok(Self { kept, columns, position, stored, skipped })
    }

    /// Names of the position columns.
    pub fn position_names(&self) -> Option<(String, String)> {
        let position = self.position.as_ref()?;
        let name = |index: usize| self.columns.fields().get(index).map(|f| f.name().clone());
        name(position.ra).zip(name(position.dec))
    }

    /// A batch as it is stored; what is in it is added to `counts`.
    pub fn convert(
        &self,
        batch: &RecordBatch,
        counts: &mut Counts,
    ) -> Result<RecordBatch, EngineError> {
        let mut columns = Vec::with_capacity(self.kept.len());
        for (&index, field) in self.kept.iter().zip(self.columns.fields()) {
            columns.push(stored_array(batch.column(index), field.data_type())?);
        }
        if let Some(position) = &self.position {
            // Declared units apply to the file's values, which are all numbers by now.
            let schema = batch.schema();
            let kept: Vec<_> = self.kept.iter().map(|&i| schema.field(i).clone()).collect();
            let fields = kept
                .into_iter()
                .zip(&columns)
                .map(|(f, c)| f.with_data_type(c.data_type().clone()).with_nullable(true))
                .collect::<Vec<_>>();
            let plain = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.clone())?;
            let indices = position.convert(&mut columns, &plain, counts.rows)?;
            indices.healpix.values().iter().for_each(|&h| counts.histogram.add(h));
            counts.without_position += indices.without_position;
            columns.insert(0, Arc::new(indices.healpix));
        }
        counts.rows += batch.num_rows() as u64;
        Ok(RecordBatch::try_new(self.stored.clone(), columns)?)
    }
}

/// A column of the file as it is stored.
pub fn stored_field(field: &Field, name: String, stored: DataType) -> Field {
    let mut metadata = field.metadata().clone();
    metadata.retain(|key, _| {
        [meta::UNIT, meta::UCD, meta::DESCRIPTION, meta::UTYPE, meta::XTYPE].contains(&key.as_str())
    });
    let is_time = matches!(field.data_type(), DataType::Timestamp(..) | DataType::Date32);
    if is_time && stored == DataType::Utf8 {
        metadata.entry(meta::XTYPE.to_owned()).or_insert_with(|| "timestamp".to_owned());
    }
    Field::new(name, stored, true).with_metadata(metadata)
}

/// Whether values of a stored type have a VO counterpart.
pub fn is_storable(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(item) | DataType::FixedSizeList(item, _) => {
            is_storable(item.data_type())
                && !matches!(item.data_type(), DataType::List(_) | DataType::FixedSizeList(..))
        }
        DataType::Boolean
        | DataType::UInt8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::Float32
        | DataType::Float64
        | DataType::Utf8 => true,
        _ => false,
    }
}

/// The column in its stored type. A value that does not fit is an error, never a null; NaN is
/// stored as NULL.
pub fn stored_array(array: &ArrayRef, stored: &DataType) -> Result<ArrayRef, EngineError> {
    let options = CastOptions { safe: false, format_options: FormatOptions::default() };
    let array = if array.data_type() == stored {
        array.clone()
    } else {
        cast_with_options(array, stored, &options)?
    };
    Ok(floats::plain(array))
}
