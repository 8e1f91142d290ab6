//! Tables that come with one query and that no other query sees (TAP 1.1 §2.7.6).

use std::{path::Path, sync::Arc};

use arrow::{
    array::RecordBatch,
    datatypes::{DataType, Schema, SchemaRef},
};
use datafusion::catalog::MemTable;
use tenkyu_adql::{ast, words};
use tenkyu_wire::tables::ColumnMeta;

use crate::{EngineError, import, meta, plan::ResolvedTable};

/// The schema of uploaded tables.
const SCHEMA: &str = "TAP_UPLOAD";

/// How much one uploaded table may hold.
#[derive(Clone, Copy, Debug)]
pub struct UploadLimits {
    /// Rows.
    pub rows: u64,
    /// Bytes in memory.
    pub bytes: usize,
}

/// An uploaded table in memory.
#[derive(Clone, Debug)]
pub struct UploadTable {
    name: String,
    /// As a query writes it, with its schema.
    full_name: String,
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl UploadTable {
    /// Reads a table file of any format that an import reads. `name` is the table's, without
    /// delimiters. Blocks until it is read.
    ///
    /// # Errors
    /// A file that is no table, has columns of one name or is larger than the limits.
    pub fn read(name: &str, file: &Path, limits: UploadLimits) -> Result<Self, EngineError> {
        Self::read_file(name, file, limits).map_err(|error| match error {
            // The user knows the table by its name and never saw the file.
            EngineError::Unreadable { format, reason, .. } => {
                EngineError::Unreadable { file: full_name(name), format, reason }
            }
            EngineError::UnknownFormat { .. } => {
                EngineError::UnknownFormat { file: full_name(name) }
            }
            other => other,
        })
    }

    fn read_file(name: &str, file: &Path, limits: UploadLimits) -> Result<Self, EngineError> {
        let reader = import::open_table(file)?;
        let columns = Columns::new(&reader.schema)?;
        let (mut batches, mut rows, mut bytes) = (Vec::new(), 0_u64, 0_usize);
        for batch in reader.batches {
            let batch = columns.convert(&batch?)?;
            rows += batch.num_rows() as u64;
            bytes = bytes.saturating_add(batch.get_array_memory_size());
            if rows > limits.rows || bytes > limits.bytes {
                return Err(EngineError::UploadTooLarge {
                    name: full_name(name),
                    rows: limits.rows,
                    bytes: limits.bytes as u64,
                });
            }
            batches.push(batch);
        }
        Ok(Self {
            name: name.to_owned(),
            full_name: full_name(name),
            schema: columns.schema,
            batches,
        })
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The name as a query writes it.
    pub(crate) fn full_name(&self) -> &str {
        &self.full_name
    }

    /// Whether a query means this table: always with its schema. The name may hold dots.
    pub(crate) fn is_meant(&self, name: &ast::TableName) -> bool {
        matches!(name.parts.as_slice(), [schema, table] if schema.is(SCHEMA) && table.is(&self.name))
    }

    pub(crate) fn resolved(&self) -> Result<ResolvedTable, EngineError> {
        let provider = MemTable::try_new(self.schema.clone(), vec![self.batches.clone()])
            .map_err(|error| EngineError::Internal(error.to_string()))?;
        let columns: Vec<ColumnMeta> =
            self.schema.fields().iter().map(|field| meta::column_meta(field)).collect();
        Ok(ResolvedTable {
            provider: Arc::new(provider),
            name: (SCHEMA.to_owned(), self.name.clone()),
            order: (0..columns.len()).collect(),
            columns,
        })
    }
}

fn full_name(name: &str) -> String {
    format!("{SCHEMA}.{}", words::quoted(name))
}

/// The columns that are kept and their types.
struct Columns {
    kept: Vec<usize>,
    schema: SchemaRef,
}

impl Columns {
    fn new(source: &Schema) -> Result<Self, EngineError> {
        let mut seen = std::collections::HashSet::new();
        let (mut kept, mut fields) = (Vec::new(), Vec::new());
        for (index, field) in source.fields().iter().enumerate() {
            let name = match field.name().trim() {
                "" => format!("col{}", index + 1),
                name => name.to_owned(),
            };
            if !seen.insert(name.to_lowercase()) {
                return Err(EngineError::DuplicateColumn { name });
            }
            let stored = match field.data_type() {
                DataType::Null => DataType::Utf8,
                other => meta::stored_type(other),
            };
            if import::is_storable(&stored) {
                kept.push(index);
                fields.push(import::stored_field(field, name, stored));
            }
        }
        Ok(Self { kept, schema: Arc::new(Schema::new(fields)) })
    }

    fn convert(&self, batch: &RecordBatch) -> Result<RecordBatch, EngineError> {
        let columns = self
            .kept
            .iter()
            .zip(self.schema.fields())
            .map(|(&index, field)| import::stored_array(batch.column(index), field.data_type()))
            .collect::<Result<Vec<_>, _>>()?;
        let rows = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), columns, &rows)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, rows: u64) -> Result<UploadTable, EngineError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("part-0");
        std::fs::write(&file, text).unwrap();
        UploadTable::read("My Stars", &file, UploadLimits { rows, bytes: 1 << 20 })
    }

    #[test]
    fn a_table_keeps_its_rows_and_its_name() {
        let table = read("ra,dec\n1.5,2\n3,\n", 10).unwrap();
        assert_eq!((table.rows(), table.full_name()), (2, "TAP_UPLOAD.\"My Stars\""));
        let query = tenkyu_adql::parse("SELECT 1 FROM tap_upload.\"My Stars\"").unwrap();
        let other = tenkyu_adql::parse("SELECT 1 FROM \"My Stars\"").unwrap();
        let name = |query: &ast::Query| match &query.body {
            ast::QueryBody::Select(select) => match &select.from[0] {
                ast::TableRef::Table { name, .. } => name.clone(),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        };
        assert!(table.is_meant(&name(&query)));
        assert!(!table.is_meant(&name(&other)));
    }

    #[test]
    fn errors_name_the_table_and_not_the_file() {
        let error = read("\0\0\0", 10).unwrap_err();
        assert!(error.to_string().contains("TAP_UPLOAD"), "{error}");
        assert!(matches!(read("a\n1\n2\n", 1), Err(EngineError::UploadTooLarge { rows: 1, .. })));
        assert!(matches!(read("a,A\n1,2\n", 9), Err(EngineError::DuplicateColumn { .. })));
    }
}
