//! Parquet, compressed with Snappy. Fields keep their metadata in the Arrow schema that the file
//! carries; a VOTable without data describes the columns as the IVOA Note VOParquet 1.0 has it.

use parquet::{
    arrow::ArrowWriter,
    basic::Compression,
    file::{metadata::KeyValue, properties::WriterProperties},
};

use super::{Source, failed, votable};
use crate::TableError;

pub(super) fn write(source: &Source<'_>) -> Result<Vec<u8>, TableError> {
    let note =
        |key: &str, value: String| KeyValue::new(format!("IVOA.VOTable-Parquet.{key}"), value);
    let notes =
        vec![note("version", "1.0".to_owned()), note("content", votable::without_data(source))];
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_key_value_metadata(Some(notes))
        .set_created_by("tenkyu".to_owned())
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), source.schema.clone(), Some(properties))
        .map_err(failed)?;
    for batch in source.chunks() {
        writer.write(&batch?).map_err(failed)?;
    }
    writer.into_inner().map_err(failed)
}
