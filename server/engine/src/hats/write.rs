//! Writing one catalogue directory: partitions, `partition_info.csv`, `_metadata`,
//! `_common_metadata` and the properties.

use std::{
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::{
    array::RecordBatch,
    compute::BatchCoalescer,
    datatypes::{DataType, Schema, SchemaRef},
};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, Encoding, ZstdLevel},
    file::{
        metadata::{
            FileMetaData, ParquetMetaData, ParquetMetaDataBuilder, ParquetMetaDataWriter,
            RowGroupMetaData, SortingColumn,
        },
        properties::WriterProperties,
    },
    schema::types::ColumnPath,
};

use super::{Cell, properties::Properties};
use crate::{EngineError, meta::HEALPIX_COLUMN};

/// Rows of a row group: large enough for cheap metadata, small enough to skip.
pub const ROW_GROUP_ROWS: usize = 131_072;
/// Rows of a page: the unit that a cone search reads.
pub const PAGE_ROWS: usize = 16_384;
/// Where the rows of a table without a position are, below the catalogue directory.
pub const PLAIN_FILE: &str = "dataset/table.parquet";

/// Writes a catalogue into an empty directory. Nothing is valid before [`CatalogWriter::finish`].
pub struct CatalogWriter {
    dir: PathBuf,
    schema: SchemaRef,
    open: Option<OpenFile>,
    partitions: Vec<Cell>,
    rows: u64,
    footers: Vec<(String, ParquetMetaData)>,
}

/// The file that is being written.
struct OpenFile {
    name: String,
    path: PathBuf,
    writer: ArrowWriter<BufWriter<File>>,
    /// Rows until there are enough of them for a page: the writer ends a page only after a whole
    /// write, so writes of any size would make pages of any size.
    rows: BatchCoalescer,
}

impl CatalogWriter {
    /// A writer into `dir`, which is made if it does not exist. `schema` holds `_healpix_29` if
    /// the table has a position.
    pub fn new(dir: &Path, schema: SchemaRef) -> Self {
        let (partitions, footers) = (Vec::new(), Vec::new());
        Self { dir: dir.to_owned(), schema, open: None, partitions, rows: 0, footers }
    }

    /// Starts a partition. Its rows follow in `_healpix_29` order.
    pub fn partition(&mut self, cell: Cell) -> Result<(), EngineError> {
        self.partitions.push(cell);
        self.file(&cell.file(), Some(cell))
    }

    /// Starts a file of this name below `dataset/`; of a partition, its rows follow in order.
    pub fn file(&mut self, name: &str, cell: Option<Cell>) -> Result<(), EngineError> {
        self.close()?;
        let path = self.dir.join("dataset").join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|e| EngineError::io(parent, e))?;
        }
        let file = File::create(&path).map_err(|e| EngineError::io(&path, e))?;
        let properties = writer_properties(&self.schema, cell.is_some());
        let writer =
            ArrowWriter::try_new(BufWriter::new(file), self.schema.clone(), Some(properties))?;
        let rows = BatchCoalescer::new(self.schema.clone(), PAGE_ROWS);
        self.open = Some(OpenFile { name: name.to_owned(), path, writer, rows });
        Ok(())
    }

    /// Writes rows into the file that was started last.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), EngineError> {
        let open = self.open.as_mut();
        let open =
            open.ok_or_else(|| EngineError::Internal("rows before a file was started".into()))?;
        open.rows.push_batch(batch.clone())?;
        while let Some(page) = open.rows.next_completed_batch() {
            open.writer.write(&page)?;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), EngineError> {
        let Some(OpenFile { name, path, mut writer, mut rows }) = self.open.take() else {
            return Ok(());
        };
        rows.finish_buffered_batch()?;
        while let Some(page) = rows.next_completed_batch() {
            writer.write(&page)?;
        }
        let footer = writer.finish()?;
        let file = writer.inner_mut();
        file.flush().map_err(|e| EngineError::io(&path, e))?;
        file.get_ref().sync_all().map_err(|e| EngineError::io(&path, e))?;
        self.rows += u64::try_from(footer.file_metadata().num_rows()).unwrap_or(0);
        self.footers.push((name, footer));
        Ok(())
    }

    /// Partitions started so far.
    pub fn partitions(&self) -> &[Cell] {
        &self.partitions
    }

    /// Writes what describes the partitions, adding counts to `properties`.
    pub fn finish(mut self, mut properties: Properties) -> Result<(), EngineError> {
        self.close()?;
        let dataset = self.dir.join("dataset");
        fs::create_dir_all(&dataset).map_err(|e| EngineError::io(&dataset, e))?;
        self.metadata_file(&dataset.join("_common_metadata"), false)?;
        self.metadata_file(&dataset.join("_metadata"), true)?;
        if !self.partitions.is_empty() {
            let path = self.dir.join("partition_info.csv");
            fs::write(&path, partition_info(&self.partitions))
                .map_err(|e| EngineError::io(&path, e))?;
            let order = self.partitions.iter().map(|c| c.order).max().unwrap_or(0);
            properties.set("hats_order", order.to_string());
            properties.set("moc_sky_fraction", format!("{:.5}", sky_fraction(&self.partitions)));
        }
        properties.set("hats_nrows", self.rows.to_string());
        let bytes: i64 = self
            .footers
            .iter()
            .flat_map(|(_, footer)| footer.row_groups())
            .map(RowGroupMetaData::compressed_size)
            .sum();
        properties.set("hats_estsize", (bytes / 1024).to_string());
        properties.write(&self.dir).map_err(|e| EngineError::io(&self.dir, e))
    }

    /// `_metadata` lists the row groups of every file, so that a reader plans without opening
    /// them; `_common_metadata` has the schema alone.
    fn metadata_file(&self, path: &Path, row_groups: bool) -> Result<(), EngineError> {
        let Some((_, first)) = self.footers.first() else { return Ok(()) };
        let mut groups = Vec::new();
        if row_groups {
            for (name, footer) in &self.footers {
                for group in footer.row_groups() {
                    groups.push(with_path(group, name)?);
                }
            }
        }
        let rows: i64 = groups.iter().map(RowGroupMetaData::num_rows).sum();
        let old = first.file_metadata();
        let file_metadata = FileMetaData::new(
            old.version(),
            rows,
            old.created_by().map(str::to_owned),
            old.key_value_metadata().cloned(),
            old.schema_descr_ptr(),
            old.column_orders().cloned(),
        );
        let metadata = ParquetMetaDataBuilder::new(file_metadata).set_row_groups(groups).build();
        let mut file = BufWriter::new(File::create(path).map_err(|e| EngineError::io(path, e))?);
        // A file of metadata alone still starts with the magic bytes.
        file.write_all(b"PAR1").map_err(|e| EngineError::io(path, e))?;
        ParquetMetaDataWriter::new(&mut file, &metadata).finish()?;
        sync(file, path)
    }
}

fn with_path(group: &RowGroupMetaData, name: &str) -> Result<RowGroupMetaData, EngineError> {
    let mut builder = group.clone().into_builder();
    let columns = builder
        .take_columns()
        .into_iter()
        .map(|column| {
            column
                .into_builder()
                .set_file_path(name.to_owned())
                // Page indexes stay in the partition file; offsets into it mean nothing here.
                .set_column_index_offset(None)
                .set_column_index_length(None)
                .set_offset_index_offset(None)
                .set_offset_index_length(None)
                .build()
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(builder.set_column_metadata(columns).build()?)
}

fn sync(file: BufWriter<File>, path: &Path) -> Result<(), EngineError> {
    let file = file.into_inner().map_err(|e| EngineError::io(path, e.into_error()))?;
    file.sync_all().map_err(|e| EngineError::io(path, e))
}

/// zstd(1) for all; floats split into byte streams first, which about halves them; page index on.
pub fn writer_properties(schema: &Schema, sorted: bool) -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_created_by(concat!("tenkyu ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        // The row limit of a page is looked at only between write batches.
        .set_write_batch_size(4096);
    for (index, field) in schema.fields().iter().enumerate() {
        let path = ColumnPath::new(vec![field.name().clone()]);
        match field.data_type() {
            DataType::Float32 | DataType::Float64 => {
                builder = builder
                    .set_column_dictionary_enabled(path.clone(), false)
                    .set_column_encoding(path, Encoding::BYTE_STREAM_SPLIT);
            }
            DataType::Int64 if field.name() == HEALPIX_COLUMN => {
                builder = builder
                    .set_column_dictionary_enabled(path.clone(), false)
                    .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
                if sorted {
                    let column_idx = i32::try_from(index).unwrap_or(0);
                    builder = builder.set_sorting_columns(Some(vec![SortingColumn {
                        column_idx,
                        descending: false,
                        nulls_first: false,
                    }]));
                }
            }
            _ => {}
        }
    }
    builder.build()
}

fn partition_info(partitions: &[Cell]) -> String {
    let mut text = String::from("Norder,Npix\n");
    for cell in partitions {
        text.push_str(&format!("{},{}\n", cell.order, cell.pixel));
    }
    text
}

fn sky_fraction(partitions: &[Cell]) -> f64 {
    partitions.iter().map(|c| 1.0 / (12.0 * 4f64.powi(i32::from(c.order)))).sum()
}

/// A schema with `_healpix_29` before the other columns, where HATS tools put it.
pub fn with_healpix(schema: &Schema) -> SchemaRef {
    let index = arrow::datatypes::Field::new(HEALPIX_COLUMN, DataType::Int64, false).with_metadata(
        std::collections::HashMap::from([
            (crate::meta::UCD.to_owned(), "pos.healpix".to_owned()),
            (
                crate::meta::DESCRIPTION.to_owned(),
                "HEALPix nested index of the position at order 29".to_owned(),
            ),
        ]),
    );
    let fields = std::iter::once(Arc::new(index)).chain(schema.fields().iter().cloned());
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()))
}
