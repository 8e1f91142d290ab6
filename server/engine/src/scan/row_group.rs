//! Reading one row group of a Parquet file: the columns that are asked for, from memory where they
//! are kept there.

use std::{fs::File, path::Path, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, UInt64Array},
    compute::{cast, concat, filter_record_batch},
    datatypes::{DataType, Int64Type, SchemaRef, UInt64Type},
};
use datafusion::{
    common::{Column, DataFusionError, Result, ScalarValue, pruning::PruningStatistics},
    physical_optimizer::pruning::PruningPredicate,
};
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{
            ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
            statistics::StatisticsConverter,
        },
    },
    file::metadata::RowGroupMetaData,
};

use super::{cache::ColumnCache, pieces::Pieces};
use crate::{
    floats,
    prune::{self, Ranges},
};

/// What of a table's files is read.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// All columns of the table.
    pub table: SchemaRef,
    /// Columns of the table that leave the scan.
    pub columns: Vec<usize>,
    /// The schema of `columns`.
    pub schema: SchemaRef,
    /// Only rows whose spatial index lies in these ranges: column, order and ranges.
    pub ranges: Option<(usize, u8, Arc<Ranges>)>,
    /// Row groups whose statistics contradict this are skipped.
    pub pruning: Option<Arc<PruningPredicate>>,
}

/// The rows of a row group with the bytes that were read for them.
pub struct Chunk {
    /// Rows in the order of the file.
    pub batches: Vec<RecordBatch>,
    /// Compressed bytes from disk; 0 where all was in memory.
    pub bytes: usize,
}

/// The footer of a file, from memory or from disk.
pub fn footer(cache: &ColumnCache, file: &Arc<Path>) -> Result<ArrowReaderMetadata> {
    if let Some(footer) = cache.footer(file) {
        return Ok(footer);
    }
    let footer = ArrowReaderMetadata::load(&File::open(file)?, ArrowReaderOptions::new())?;
    cache.keep_footer(file, footer.clone());
    Ok(footer)
}

impl Wanted {
    /// The row groups of a file that can hold rows that are wanted.
    pub fn row_groups(&self, footer: &ArrowReaderMetadata) -> Result<Vec<usize>> {
        let groups = footer.metadata().row_groups();
        let mut keep = vec![true; groups.len()];
        let statistics = GroupStatistics { footer, groups };
        if let Some(pruning) = &self.pruning {
            // Statistics that cannot be read skip nothing; the filter above the scan decides.
            if let Ok(possible) = pruning.prune(&statistics) {
                keep.iter_mut().zip(possible).for_each(|(k, p)| *k &= p);
            }
        }
        if let Some((column, order, ranges)) = &self.ranges {
            let spans = statistics.spans(self.table.field(*column).name(), *order);
            for (k, span) in keep.iter_mut().zip(spans) {
                *k &= span.is_none_or(|span| prune::meets(ranges, span));
            }
        }
        Ok(keep.iter().enumerate().filter_map(|(i, k)| k.then_some(i)).collect())
    }

    /// Reads a row group.
    pub fn read(
        &self,
        cache: &ColumnCache,
        file: &Arc<Path>,
        footer: &ArrowReaderMetadata,
        row_group: usize,
    ) -> Result<Chunk> {
        let index = self.ranges.as_ref().map(|(column, ..)| *column);
        let mut wanted = self.columns.clone();
        wanted.extend(index.filter(|i| !self.columns.contains(i)));
        let rows = rows_of(footer, row_group)?;
        let (arrays, bytes) = self.arrays(cache, file, footer, row_group, &wanted)?;
        let of =
            |column: usize| wanted.iter().position(|w| *w == column).and_then(|i| arrays.get(i));
        let columns: Vec<ArrayRef> = self.columns.iter().filter_map(|c| of(*c).cloned()).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?;
        let batches = match (&self.ranges, index.and_then(of)) {
            (Some((_, order, ranges)), Some(index)) => within(&batch, index, *order, ranges)?,
            _ => vec![batch],
        };
        Ok(Chunk { batches, bytes })
    }

    /// The number in a file of a column of the table: other writers' files can have columns that
    /// the table has not.
    fn number(&self, footer: &ArrowReaderMetadata, column: usize) -> Option<usize> {
        let name = self.table.field(column).name();
        footer.schema().fields().iter().position(|field| field.name() == name)
    }

    fn arrays(
        &self,
        cache: &ColumnCache,
        file: &Arc<Path>,
        footer: &ArrowReaderMetadata,
        row_group: usize,
        wanted: &[usize],
    ) -> Result<(Vec<ArrayRef>, usize)> {
        let mut arrays: Vec<Option<ArrayRef>> =
            wanted.iter().map(|&c| cache.column(file, row_group, c)).collect();
        let missing: Vec<(usize, usize)> = arrays
            .iter()
            .zip(wanted)
            .filter(|(array, _)| array.is_none())
            .filter_map(|(_, &column)| Some((self.number(footer, column)?, column)))
            .collect();
        let mut bytes = 0;
        if !missing.is_empty() {
            let roots: Vec<usize> = missing.iter().map(|(root, _)| *root).collect();
            let read;
            (read, bytes) = decode(file, footer, row_group, &roots)?;
            for (name, array) in read {
                let found = wanted.iter().position(|&c| *self.table.field(c).name() == name);
                let Some((slot, column)) = found.and_then(|at| Some((at, *wanted.get(at)?))) else {
                    continue;
                };
                let array = floats::plain(cast(&array, self.table.field(column).data_type())?);
                cache.keep_column(file, row_group, column, array.clone());
                if let Some(place) = arrays.get_mut(slot) {
                    *place = Some(array);
                }
            }
        }
        let rows = rows_of(footer, row_group)?;
        let all = arrays.into_iter().zip(wanted).map(|(array, &column)| {
            let data_type = self.table.field(column).data_type();
            array.unwrap_or_else(|| arrow::array::new_null_array(data_type, rows))
        });
        Ok((all.collect(), bytes))
    }
}

fn rows_of(footer: &ArrowReaderMetadata, row_group: usize) -> Result<usize> {
    let rows = footer.metadata().row_groups().get(row_group).map(RowGroupMetaData::num_rows);
    rows.and_then(|r| usize::try_from(r).ok())
        .ok_or_else(|| DataFusionError::Internal(format!("no row group {row_group}")))
}

/// Where columns of a row group lie in the file: offsets and lengths.
fn byte_ranges(
    footer: &ArrowReaderMetadata,
    row_group: usize,
    mask: &ProjectionMask,
) -> Vec<(u64, u64)> {
    let group = footer.metadata().row_groups().get(row_group);
    let leaves = group.into_iter().flat_map(|group| group.columns().iter().enumerate());
    let leaves = leaves.filter(|(leaf, _)| mask.leaf_included(*leaf));
    leaves.map(|(_, column)| column.byte_range()).collect()
}

/// Decodes columns of a row group, by their numbers in the file; gives them with their names.
fn decode(
    file: &Path,
    footer: &ArrowReaderMetadata,
    row_group: usize,
    roots: &[usize],
) -> Result<(Vec<(String, ArrayRef)>, usize)> {
    let description = footer.metadata().file_metadata().schema_descr();
    let mask = ProjectionMask::roots(description, roots.iter().copied());
    let ranges = byte_ranges(footer, row_group, &mask);
    let compressed = ranges.iter().map(|(_, length)| usize::try_from(*length).unwrap_or(0)).sum();
    let pieces = Pieces::read(file, ranges)?;
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(pieces, footer.clone())
        .with_projection(mask)
        .with_row_groups(vec![row_group])
        .with_batch_size(rows_of(footer, row_group)?.max(1))
        .build()?;
    let schema = arrow::record_batch::RecordBatchReader::schema(&reader);
    let batches = reader.collect::<Result<Vec<_>, _>>()?;
    let columns = schema.fields().iter().enumerate().map(|(index, field)| {
        let parts: Vec<&dyn Array> = batches.iter().map(|b| b.column(index).as_ref()).collect();
        let array = match (parts.as_slice(), batches.first()) {
            ([], _) => arrow::array::new_empty_array(field.data_type()),
            ([_], Some(batch)) => batch.column(index).clone(),
            (parts, _) => concat(parts)?,
        };
        Ok((field.name().clone(), array))
    });
    Ok((columns.collect::<Result<_>>()?, compressed))
}

/// The rows whose index lies in the ranges: slices where the file is sorted by it, as ours are.
fn within(
    batch: &RecordBatch,
    index: &ArrayRef,
    order: u8,
    ranges: &Ranges,
) -> Result<Vec<RecordBatch>> {
    let index = match index.data_type() {
        DataType::UInt64 => cast(index, &DataType::Int64)?,
        _ => index.clone(),
    };
    let values = index.as_primitive::<Int64Type>();
    let shift = 2 * (29 - u32::from(order.min(29)));
    let low = |range: &(i64, i64)| range.0 >> shift;
    // A range that ends inside a coarse cell takes the whole cell.
    let high = |range: &(i64, i64)| ((range.1 - 1) >> shift) + 1;
    if values.null_count() == 0 && values.values().is_sorted() {
        let values = values.values();
        let slices = ranges.iter().filter_map(|range| {
            let from = values.partition_point(|v| *v < low(range));
            let to = values.partition_point(|v| *v < high(range));
            (from < to).then(|| batch.slice(from, to - from))
        });
        return Ok(slices.collect());
    }
    let mask: BooleanArray = values
        .iter()
        .map(|v| {
            let v = v?;
            let next = ranges.partition_point(|range| low(range) <= v);
            let range = next.checked_sub(1).and_then(|i| ranges.get(i));
            Some(range.is_some_and(|range| v < high(range)))
        })
        .collect();
    Ok(vec![filter_record_batch(batch, &mask)?])
}

/// Statistics of all row groups of a file.
struct GroupStatistics<'a> {
    footer: &'a ArrowReaderMetadata,
    groups: &'a [RowGroupMetaData],
}

impl GroupStatistics<'_> {
    fn converter<'b>(&'b self, name: &'b str) -> Option<StatisticsConverter<'b>> {
        let description = self.footer.metadata().file_metadata().schema_descr();
        StatisticsConverter::try_new(name, self.footer.schema(), description).ok()
    }

    /// Least and greatest index of each row group as a range of order 29; `None` where unknown.
    fn spans(&self, name: &str, order: u8) -> Vec<Option<(i64, i64)>> {
        let unknown = vec![None; self.groups.len()];
        let Some(converter) = self.converter(name) else { return unknown };
        let (Ok(mins), Ok(maxes)) =
            (converter.row_group_mins(self.groups), converter.row_group_maxes(self.groups))
        else {
            return unknown;
        };
        let shift = 2 * (29 - u32::from(order.min(29)));
        let value = |array: &ArrayRef, row: usize| match array.data_type() {
            _ if array.is_null(row) => None,
            DataType::Int64 => Some(array.as_primitive::<Int64Type>().value(row)),
            DataType::UInt64 => i64::try_from(array.as_primitive::<UInt64Type>().value(row)).ok(),
            _ => None,
        };
        (0..self.groups.len())
            .map(|row| {
                let (low, high) = (value(&mins, row)?, value(&maxes, row)?);
                Some((low << shift, high.saturating_add(1) << shift))
            })
            .collect()
    }
}

impl PruningStatistics for GroupStatistics<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.converter(&column.name)?.row_group_mins(self.groups).ok().map(floats::plain)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.converter(&column.name)?.row_group_maxes(self.groups).ok().map(floats::plain)
    }

    fn num_containers(&self) -> usize {
        self.groups.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let converter = self.converter(&column.name)?;
        // NaN is not counted among the nulls, and is one.
        let counts = if converter.arrow_field().data_type().is_floating() {
            UInt64Array::new_null(self.groups.len())
        } else {
            converter.row_group_null_counts(self.groups).ok()?
        };
        Some(Arc::new(counts))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        let rows = self.groups.iter().map(|g| u64::try_from(g.num_rows()).ok());
        Some(Arc::new(rows.collect::<UInt64Array>()))
    }

    fn contained(
        &self,
        _column: &Column,
        _values: &std::collections::HashSet<ScalarValue>,
    ) -> Option<BooleanArray> {
        None
    }
}
