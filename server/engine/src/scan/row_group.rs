//! Reading one row group of a Parquet file: the columns that are asked for, from memory where they
//! are kept there, else decoded whole to be kept or batch by batch in memory that is used again.

use std::{fs::File, path::Path, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, UInt64Array},
    compute::{cast, filter_record_batch},
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
            ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
            ParquetRecordBatchReaderBuilder, statistics::StatisticsConverter,
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

/// Rows of a batch: large enough that what a batch costs beside its rows does not count, small
/// enough that the columns of an expression stay in the cache of a core.
const BATCH_ROWS: usize = 16_384;

/// Takes batches; says whether more are wanted.
pub type Send<'a> = &'a mut dyn FnMut(RecordBatch) -> bool;

/// A column of the table with its number in the file.
type Root = (usize, usize);

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

    /// Gets a row group ready to be decoded: what is in memory of it, and the bytes of the rest.
    pub fn fetch(
        &self,
        cache: &ColumnCache,
        file: &Arc<Path>,
        footer: &ArrowReaderMetadata,
        row_group: usize,
    ) -> Result<Fetched> {
        let mut wanted = self.columns.clone();
        wanted.extend(self.index().filter(|i| !self.columns.contains(i)));
        let rows = rows_of(footer, row_group)?;
        let (mut kept, mut streamed): (Vec<Root>, Vec<Root>) = (Vec::new(), Vec::new());
        let mut arrays = Vec::with_capacity(wanted.len());
        for &column in &wanted {
            let array = cache.column(file, row_group, column);
            match (&array, self.number(footer, column)) {
                (Some(_), _) => arrays.push(array),
                (None, None) => {
                    let data_type = self.table.field(column).data_type();
                    arrays.push(Some(arrow::array::new_null_array(data_type, rows)));
                }
                (None, Some(root)) => {
                    // Rows within ranges are found in a whole column.
                    let keep = self.ranges.is_some() || cache.is_wanted(file, row_group, column);
                    if keep { &mut kept } else { &mut streamed }.push((root, column));
                    arrays.push(None);
                }
            }
        }
        let roots = kept.iter().chain(&streamed);
        let ranges = byte_ranges(footer, row_group, &mask(footer, roots));
        let bytes = ranges.iter().map(|(_, length)| usize::try_from(*length).unwrap_or(0)).sum();
        let pieces = if ranges.is_empty() { None } else { Some(Pieces::read(file, ranges)?) };
        let (file, footer) = (file.clone(), footer.clone());
        Ok(Fetched { file, footer, row_group, rows, wanted, arrays, kept, streamed, pieces, bytes })
    }

    /// Decodes a row group and hands on its rows, in the order of the file. Says whether more rows
    /// are wanted.
    pub fn decode(
        &self,
        cache: &ColumnCache,
        mut fetched: Fetched,
        send: Send<'_>,
    ) -> Result<bool> {
        self.keep(cache, &mut fetched)?;
        if !fetched.streamed.is_empty() {
            return self.stream(&fetched, send);
        }
        let columns = self.columns.iter().filter_map(|&c| fetched.array(c).cloned()).collect();
        let batch = self.batch(columns, fetched.rows)?;
        let batches = match (&self.ranges, self.index().and_then(|index| fetched.array(index))) {
            (Some((_, order, ranges)), Some(index)) => within(&batch, index, *order, ranges)?,
            _ => vec![batch],
        };
        Ok(batches.iter().all(|batch| pieces(batch).all(&mut *send)))
    }

    /// The spatial index, if rows are wanted by it.
    fn index(&self) -> Option<usize> {
        self.ranges.as_ref().map(|(column, ..)| *column)
    }

    fn batch(&self, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?)
    }

    /// Decodes whole columns and keeps them in memory, where there is room.
    fn keep(&self, cache: &ColumnCache, fetched: &mut Fetched) -> Result<()> {
        let Some(reader) = fetched.reader(&fetched.kept, fetched.rows)? else { return Ok(()) };
        let schema = arrow::record_batch::RecordBatchReader::schema(&reader);
        let batches = reader.collect::<Result<Vec<_>, _>>()?;
        let all = arrow::compute::concat_batches(&schema, &batches)?;
        for &(_, column) in &fetched.kept {
            let array = self.plain(&all, column)?;
            cache.keep_column(&fetched.file, fetched.row_group, column, array.clone());
            let place = fetched.wanted.iter().position(|w| *w == column);
            if let Some(place) = place.and_then(|at| fetched.arrays.get_mut(at)) {
                *place = Some(array);
            }
        }
        Ok(())
    }

    /// Decodes columns batch by batch beside those that are there already.
    fn stream(&self, fetched: &Fetched, send: Send<'_>) -> Result<bool> {
        let mut at = 0;
        for batch in fetched.reader(&fetched.streamed, BATCH_ROWS)?.into_iter().flatten() {
            let batch = batch?;
            let rows = batch.num_rows();
            let column = |&column: &usize| match fetched.array(column) {
                Some(array) => Ok(array.slice(at, rows)),
                None => self.plain(&batch, column),
            };
            let columns = self.columns.iter().map(column).collect::<Result<_>>()?;
            at += rows;
            if !send(self.batch(columns, rows)?) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A column of a batch of the file in the form that the engine works with.
    fn plain(&self, batch: &RecordBatch, column: usize) -> Result<ArrayRef> {
        let field = self.table.field(column);
        let array = batch.column_by_name(field.name()).ok_or_else(|| {
            DataFusionError::Internal(format!("{} was not decoded", field.name()))
        })?;
        Ok(floats::plain(cast(array, field.data_type())?))
    }

    /// The number in a file of a column of the table: other writers' files can have columns that
    /// the table has not.
    fn number(&self, footer: &ArrowReaderMetadata, column: usize) -> Option<usize> {
        let name = self.table.field(column).name();
        footer.schema().fields().iter().position(|field| field.name() == name)
    }
}

/// A row group that is ready to be decoded.
pub struct Fetched {
    file: Arc<Path>,
    footer: ArrowReaderMetadata,
    row_group: usize,
    rows: usize,
    /// Columns of the table that are needed.
    wanted: Vec<usize>,
    /// What is there of them; `None` for those that are to be decoded.
    arrays: Vec<Option<ArrayRef>>,
    /// To be decoded whole and kept.
    kept: Vec<Root>,
    /// To be decoded batch by batch.
    streamed: Vec<Root>,
    /// Of both; `None` where there are none.
    pieces: Option<Pieces>,
    /// Compressed bytes that were read; 0 where all was in memory.
    pub bytes: usize,
}

impl Fetched {
    /// A column of the table, if it is there.
    fn array(&self, column: usize) -> Option<&ArrayRef> {
        let at = self.wanted.iter().position(|w| *w == column)?;
        self.arrays.get(at)?.as_ref()
    }

    /// A reader of some of the columns; `None` for none.
    fn reader(
        &self,
        roots: &[Root],
        batch_rows: usize,
    ) -> Result<Option<ParquetRecordBatchReader>> {
        let Some(pieces) = self.pieces.clone().filter(|_| !roots.is_empty()) else {
            return Ok(None);
        };
        let reader =
            ParquetRecordBatchReaderBuilder::new_with_metadata(pieces, self.footer.clone())
                .with_projection(mask(&self.footer, roots))
                .with_row_groups(vec![self.row_group])
                .with_batch_size(batch_rows.max(1))
                .build()?;
        Ok(Some(reader))
    }
}

fn mask<'a>(
    footer: &ArrowReaderMetadata,
    roots: impl IntoIterator<Item = &'a Root>,
) -> ProjectionMask {
    let description = footer.metadata().file_metadata().schema_descr();
    ProjectionMask::roots(description, roots.into_iter().map(|(root, _)| *root))
}

fn pieces(batch: &RecordBatch) -> impl Iterator<Item = RecordBatch> + '_ {
    let rows = batch.num_rows();
    (0..rows).step_by(BATCH_ROWS).map(move |at| batch.slice(at, BATCH_ROWS.min(rows - at)))
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
