//! Parquet of any writer. Column descriptions come from the Arrow schema, or from the VOTable
//! header of a VOParquet file (IVOA Note VOParquet 1.0) when it has one.

use std::{fs::File, path::Path, sync::Arc};

use arrow::datatypes::{Schema, SchemaRef};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{
    formats::{BATCH_ROWS, TableReader},
    votable,
};
use crate::{EngineError, meta};

const FORMAT: &str = "Parquet";
/// Footer key under which VOParquet keeps a data-less VOTable document.
const VOPARQUET: &str = "IVOA.VOTable-Parquet.content";

/// Opens a Parquet file.
pub fn open(path: &Path) -> Result<TableReader, EngineError> {
    let file = File::open(path).map_err(|e| EngineError::io(path, e))?;
    let fail = |e: parquet::errors::ParquetError| EngineError::unreadable(path, FORMAT, e);
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(fail)?;
    let footer = builder.metadata().file_metadata();
    let rows = u64::try_from(footer.num_rows()).ok();
    let content = footer
        .key_value_metadata()
        .and_then(|pairs| pairs.iter().find(|p| p.key == VOPARQUET))
        .and_then(|p| p.value.clone());
    let header = content.and_then(|text| votable::header(&text).ok());
    let schema = match &header {
        Some(header) => described(builder.schema(), header),
        None => builder.schema().clone(),
    };
    let reader = builder.with_batch_size(BATCH_ROWS).build().map_err(fail)?;
    let name = path.to_owned();
    let batches = reader.map(move |b| b.map_err(|e| EngineError::unreadable(&name, FORMAT, e)));
    let description = header.and_then(|h| h.description);
    Ok(TableReader { schema, description, rows, batches: Box::new(batches) })
}

/// Adds the descriptions of the VOTable FIELDs to the columns of the same names.
fn described(schema: &Schema, header: &votable::Header) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| {
        let Some(column) = header.columns.iter().find(|c| c.meta.name == *field.name()) else {
            return field.clone();
        };
        let mut metadata = field.metadata().clone();
        metadata.extend(meta::metadata_of(&column.meta));
        Arc::new(field.as_ref().clone().with_metadata(metadata))
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
