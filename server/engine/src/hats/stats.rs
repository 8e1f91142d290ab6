//! Smallest and largest values of every column in every row group, from `_metadata`: what cannot
//! match is skipped without opening its file.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use arrow::{
    array::{ArrayRef, AsArray, BooleanArray, UInt64Array},
    datatypes::{DataType, Schema, UInt64Type},
};
use datafusion::{
    common::{Column, ScalarValue},
    physical_optimizer::pruning::PruningStatistics,
};
use parquet::{
    arrow::arrow_reader::statistics::StatisticsConverter, file::metadata::ParquetMetaData,
};

use crate::floats;

/// Statistics of the row groups of a catalogue.
#[derive(Debug)]
pub struct Stats {
    /// The file of each row group, as an index into the catalogue's files.
    pub files: Vec<usize>,
    columns: HashMap<String, ColumnStats>,
    rows: ArrayRef,
}

#[derive(Debug)]
struct ColumnStats {
    min: ArrayRef,
    max: ArrayRef,
    nulls: ArrayRef,
}

impl Stats {
    /// The statistics in `metadata`, whose row groups lie in `files`. Columns without an order,
    /// such as lists, have none.
    pub fn new(metadata: &ParquetMetaData, schema: &Schema, files: Vec<usize>) -> Self {
        let parquet_schema = metadata.file_metadata().schema_descr();
        let groups = metadata.row_groups();
        let columns = schema
            .fields()
            .iter()
            .filter(|f| is_ordered(f.data_type()))
            .filter_map(|field| {
                let convert =
                    StatisticsConverter::try_new(field.name(), schema, parquet_schema).ok()?;
                let stats = ColumnStats {
                    min: floats::plain(convert.row_group_mins(groups).ok()?),
                    max: floats::plain(convert.row_group_maxes(groups).ok()?),
                    // NaN is not counted among the nulls, and is one.
                    nulls: Arc::new(match field.data_type().is_floating() {
                        true => UInt64Array::new_null(groups.len()),
                        false => convert.row_group_null_counts(groups).ok()?,
                    }),
                };
                Some((field.name().clone(), stats))
            })
            .collect();
        let rows: UInt64Array = groups.iter().map(|g| u64::try_from(g.num_rows()).ok()).collect();
        Self { files, columns, rows: Arc::new(rows) }
    }
}

impl Stats {
    /// How many rows have no value in a column; `None` where that is not known.
    pub fn null_count(&self, column: &str) -> Option<u64> {
        self.columns.get(column)?.nulls.as_primitive::<UInt64Type>().iter().sum()
    }
}

fn is_ordered(data_type: &DataType) -> bool {
    data_type.is_primitive()
        || matches!(
            data_type,
            DataType::Boolean | DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
        )
}

impl PruningStatistics for Stats {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.columns.get(&column.name).map(|c| c.min.clone())
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.columns.get(&column.name).map(|c| c.max.clone())
    }

    fn num_containers(&self) -> usize {
        self.files.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        self.columns.get(&column.name).map(|c| c.nulls.clone())
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        Some(self.rows.clone())
    }

    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}
