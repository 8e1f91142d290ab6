//! Writing sorted rows as partitions, and what is gathered on the way.

use arrow::array::{Int64Array, RecordBatch};

use super::{Gathered, sort::Sorted};
use crate::{
    EngineError,
    hats::{Cell, write::CatalogWriter},
    meta::HEALPIX_COLUMN,
};

/// The spatial index of a batch.
pub fn healpix_of(batch: &RecordBatch) -> Result<Int64Array, EngineError> {
    let column = batch.column_by_name(HEALPIX_COLUMN);
    column
        .and_then(|c| c.as_any().downcast_ref::<Int64Array>())
        .cloned()
        .ok_or_else(|| EngineError::Internal("rows without a spatial index".into()))
}

/// Writes rows, which come in the order of their spatial index, into the partitions `cells`,
/// which are in the order of their spans and hold them all.
pub(super) fn write(
    rows: Sorted,
    cells: &[(Cell, u64)],
    writer: &mut CatalogWriter,
    gathered: &mut Gathered,
    written: &mut dyn FnMut(u64),
) -> Result<(), EngineError> {
    let mut cells = cells.iter().map(|(cell, _)| *cell);
    let mut current: Option<Cell> = None;
    let mut done = 0;
    for batch in rows {
        let batch = batch?;
        let healpix = healpix_of(&batch)?;
        let keys = healpix.values();
        let mut start = 0;
        while let Some(&key) = keys.get(start) {
            let cell = match current.filter(|c| key < c.span().1) {
                Some(cell) => cell,
                None => {
                    let holds = |c: &Cell| c.span().0 <= key && key < c.span().1;
                    let next = cells.find(holds).ok_or_else(|| {
                        EngineError::Internal("a row outside of all partitions".into())
                    })?;
                    writer.partition(next)?;
                    current = Some(next);
                    next
                }
            };
            let end = keys.partition_point(|k| *k < cell.span().1);
            let part = batch.slice(start, end.saturating_sub(start));
            writer.write(&part)?;
            if let Some(margins) = &mut gathered.margins {
                margins.push(cell, &part)?;
            }
            if let Some(index) = &mut gathered.index {
                index.push(cell, &part)?;
            }
            start = end;
        }
        done += batch.num_rows() as u64;
        written(done);
    }
    Ok(())
}
