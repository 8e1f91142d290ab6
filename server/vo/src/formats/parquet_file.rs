//! Parquet with the columns' metadata as a VOTable without data (IVOA Note VOParquet 1.0).

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use super::{Encoder, End};
use crate::layout::Layout;
use crate::votable::{Document, Table};

/// Rows of a row group: what the writer holds in memory.
const ROW_GROUP: usize = 131_072;

pub(super) struct ParquetFile {
    writer: ArrowWriter<Vec<u8>>,
    layout: Layout,
}

impl ParquetFile {
    pub(super) fn new(layout: &Layout) -> Result<Self, ArrowError> {
        let level = ZstdLevel::try_new(1).map_err(outward)?;
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_max_row_group_row_count(Some(ROW_GROUP));
        let schema = layout.schema();
        for field in schema.fields().iter().filter(|field| field.data_type().is_numeric()) {
            // Measured values hardly repeat: looking each up in a dictionary takes five times as
            // long as writing it.
            let column = ColumnPath::new(vec![field.name().clone()]);
            properties = properties.set_column_dictionary_enabled(column, false);
        }
        let writer =
            ArrowWriter::try_new(Vec::new(), schema, Some(properties.build())).map_err(outward)?;
        Ok(ParquetFile { writer, layout: layout.clone() })
    }

    fn take(&mut self) -> Bytes {
        std::mem::take(self.writer.inner_mut()).into()
    }
}

fn outward(error: ParquetError) -> ArrowError {
    ArrowError::ParquetError(error.to_string())
}

impl Encoder for ParquetFile {
    fn start(&mut self) -> Result<Bytes, ArrowError> {
        Ok(self.take())
    }

    fn rows(&mut self, batch: &RecordBatch) -> Result<Bytes, ArrowError> {
        self.writer.write(batch).map_err(outward)?;
        Ok(self.take())
    }

    fn finish(&mut self, end: &End<'_>) -> Result<Option<Bytes>, ArrowError> {
        if end.error.is_some() {
            return Ok(None);
        }
        let table = Table { name: "result", columns: &self.layout.columns, ..Table::default() };
        let votable = Document::start(&table).finish(0, &end.status());
        let overflow = end.overflow.is_some().to_string();
        for (key, value) in [
            ("IVOA.VOTable-Parquet.version", "1.0"),
            ("IVOA.VOTable-Parquet.content", votable.as_str()),
            ("tenkyu.overflow", overflow.as_str()),
        ] {
            self.writer.append_key_value_metadata(KeyValue::new(key.to_owned(), value.to_owned()));
        }
        self.writer.finish().map_err(outward)?;
        Ok(Some(self.take()))
    }
}
