//! `TAP_SCHEMA` (TAP 1.1 §4): the tables that describe all tables, themselves included.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use async_trait::async_trait;
use tenkyu_adql::{ast, words};
use tenkyu_wire::tables::{ArraySize, ColumnMeta, Datatype, Kind, SchemaMeta, TableMeta};

use crate::{TableSource, source::schema_of};

/// Name, datatype and description of a column.
type ColumnSpec = (&'static str, Kind, &'static str);

const SCHEMAS: &[ColumnSpec] = &[
    ("schema_name", Kind::Char, "Schema name"),
    ("utype", Kind::Char, "Data model that the schema stands for"),
    ("description", Kind::Char, "What the schema holds"),
    ("schema_index", Kind::Int, "Recommended order of display"),
];
const TABLES: &[ColumnSpec] = &[
    ("schema_name", Kind::Char, "Schema to which the table belongs"),
    ("table_name", Kind::Char, "Name of the table as it is written in queries"),
    ("table_type", Kind::Char, "table or view"),
    ("utype", Kind::Char, "Data model that the table stands for"),
    ("description", Kind::Char, "What the table holds"),
    ("table_index", Kind::Int, "Recommended order of display"),
];
const COLUMNS: &[ColumnSpec] = &[
    ("table_name", Kind::Char, "Table to which the column belongs"),
    ("column_name", Kind::Char, "Name of the column as it is written in queries"),
    ("datatype", Kind::Char, "VOTable datatype"),
    ("arraysize", Kind::Char, "VOTable arraysize"),
    ("xtype", Kind::Char, "DALI xtype"),
    ("size", Kind::Int, "Length of fixed-length columns (deprecated)"),
    ("description", Kind::Char, "What the column holds"),
    ("utype", Kind::Char, "Data model element that the column stands for"),
    ("unit", Kind::Char, "Unit in VOUnits syntax"),
    ("ucd", Kind::Char, "UCD of the column"),
    ("indexed", Kind::Int, "1 if a search on the column is quick"),
    ("principal", Kind::Int, "1 if the column is shown by default"),
    ("std", Kind::Int, "1 if the column is defined by a standard"),
    ("column_index", Kind::Int, "Recommended order of display"),
];
const KEYS: &[ColumnSpec] = &[
    ("key_id", Kind::Char, "Identifier of the key"),
    ("from_table", Kind::Char, "Table with the foreign key"),
    ("target_table", Kind::Char, "Table to which it points"),
    ("utype", Kind::Char, "Data model element that the key stands for"),
    ("description", Kind::Char, "What the key joins"),
];
const KEY_COLUMNS: &[ColumnSpec] = &[
    ("key_id", Kind::Char, "Identifier of the key"),
    ("from_column", Kind::Char, "Column of the table with the foreign key"),
    ("target_column", Kind::Char, "Column to which it points"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Schemas,
    Tables,
    Columns,
    Keys,
    KeyColumns,
}

impl Which {
    const ALL: [Which; 5] =
        [Which::Schemas, Which::Tables, Which::Columns, Which::Keys, Which::KeyColumns];

    fn name(self) -> &'static str {
        match self {
            Which::Schemas => "TAP_SCHEMA.schemas",
            Which::Tables => "TAP_SCHEMA.tables",
            Which::Columns => "TAP_SCHEMA.columns",
            Which::Keys => "TAP_SCHEMA.keys",
            Which::KeyColumns => "TAP_SCHEMA.key_columns",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Which::Schemas => "Schemas of this service",
            Which::Tables => "Tables of this service",
            Which::Columns => "Columns of all tables of this service",
            Which::Keys => "Foreign keys between tables of this service",
            Which::KeyColumns => "Columns of the foreign keys",
        }
    }

    fn columns(self) -> &'static [ColumnSpec] {
        match self {
            Which::Schemas => SCHEMAS,
            Which::Tables => TABLES,
            Which::Columns => COLUMNS,
            Which::Keys => KEYS,
            Which::KeyColumns => KEY_COLUMNS,
        }
    }

    fn meta(self) -> TableMeta {
        let columns = self.columns().iter().map(|(name, kind, description)| ColumnMeta {
            name: (*name).to_owned(),
            description: (*description).to_owned(),
            datatype: Datatype {
                kind: *kind,
                size: match kind {
                    Kind::Char => ArraySize::Variable,
                    _ => ArraySize::Scalar,
                },
            },
            principal: *name != "size",
            std: true,
            ..ColumnMeta::default()
        });
        TableMeta {
            name: self.name().to_owned(),
            description: self.description().to_owned(),
            columns: columns.collect(),
            ..TableMeta::default()
        }
    }
}

/// The description of `TAP_SCHEMA` itself.
pub fn description() -> SchemaMeta {
    SchemaMeta {
        name: "TAP_SCHEMA".to_owned(),
        description: "Descriptions of the tables of this service".to_owned(),
        tables: Which::ALL.into_iter().map(Which::meta).collect(),
        functions: Vec::new(),
    }
}

/// The table of `TAP_SCHEMA` that is meant, describing `schemas`. Its tables are found only with
/// their schema: `columns` alone may be somebody's catalogue.
pub fn source<E>(
    name: &ast::TableName,
    schemas: impl FnOnce() -> Result<Vec<SchemaMeta>, E>,
) -> Result<Option<Arc<dyn TableSource>>, E> {
    let which = name.schema().and_then(|_| Which::ALL.into_iter().find(|w| name.is(w.name())));
    let Some(which) = which else { return Ok(None) };
    Ok(Some(Arc::new(Description { which, schemas: schemas()? })))
}

struct Description {
    which: Which,
    schemas: Vec<SchemaMeta>,
}

#[async_trait]
impl TableSource for Description {
    fn meta(&self) -> TableMeta {
        self.which.meta()
    }

    async fn batches(&self) -> Result<Vec<RecordBatch>, Box<dyn std::error::Error + Send + Sync>> {
        let columns = match self.which {
            Which::Schemas => self.schema_rows(),
            Which::Tables => self.table_rows(),
            Which::Columns => self.column_rows(),
            Which::Keys => self.key_rows(),
            Which::KeyColumns => self.key_column_rows(),
        };
        Ok(vec![RecordBatch::try_new(schema_of(&self.which.meta()), columns)?])
    }
}

/// Empty texts are unknown, and unknown is NULL.
fn texts<'a>(values: impl IntoIterator<Item = &'a str>) -> ArrayRef {
    Arc::new(values.into_iter().map(|v| (!v.is_empty()).then_some(v)).collect::<StringArray>())
}

fn numbers(values: impl IntoIterator<Item = Option<i32>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<Int32Array>())
}

fn counted(rows: usize) -> ArrayRef {
    numbers((0..rows).map(|i| i32::try_from(i).ok()))
}

impl Description {
    fn tables(&self) -> Vec<(&SchemaMeta, &TableMeta)> {
        self.schemas.iter().flat_map(|s| s.tables.iter().map(move |t| (s, t))).collect()
    }

    fn schema_rows(&self) -> Vec<ArrayRef> {
        vec![
            texts(self.schemas.iter().map(|s| s.name.as_str())),
            texts(self.schemas.iter().map(|_| "")),
            texts(self.schemas.iter().map(|s| s.description.as_str())),
            counted(self.schemas.len()),
        ]
    }

    fn table_rows(&self) -> Vec<ArrayRef> {
        let tables = self.tables();
        // A table without a snapshot is computed when it is asked for.
        let kind = |t: &TableMeta| if t.snapshot.is_some() { "table" } else { "view" };
        vec![
            texts(tables.iter().map(|(s, _)| s.name.as_str())),
            texts(tables.iter().map(|(_, t)| t.name.as_str())),
            texts(tables.iter().map(|(_, t)| kind(t))),
            texts(tables.iter().map(|(_, t)| t.utype.as_str())),
            texts(tables.iter().map(|(_, t)| t.description.as_str())),
            counted(tables.len()),
        ]
    }

    fn column_rows(&self) -> Vec<ArrayRef> {
        let columns: Vec<(&TableMeta, &ColumnMeta, usize)> = self
            .tables()
            .into_iter()
            .flat_map(|(_, t)| t.columns.iter().enumerate().map(move |(i, c)| (t, c, i)))
            .collect();
        let names: Vec<String> = columns.iter().map(|(_, c, _)| words::quoted(&c.name)).collect();
        let sizes: Vec<String> =
            columns.iter().map(|(_, c, _)| arraysize(c.datatype.size)).collect();
        let text = |f: fn(&ColumnMeta) -> &str| texts(columns.iter().map(|(_, c, _)| f(c)));
        let flag = |f: fn(&ColumnMeta) -> bool| {
            numbers(columns.iter().map(|(_, c, _)| Some(i32::from(f(c)))))
        };
        vec![
            texts(columns.iter().map(|(t, ..)| t.name.as_str())),
            texts(names.iter().map(String::as_str)),
            text(|c| c.datatype.kind.votable()),
            texts(sizes.iter().map(String::as_str)),
            text(|c| &c.xtype),
            numbers(columns.iter().map(|(_, c, _)| match c.datatype.size {
                ArraySize::Fixed(n) => i32::try_from(n).ok(),
                _ => None,
            })),
            text(|c| &c.description),
            text(|c| &c.utype),
            text(|c| &c.unit),
            text(|c| &c.ucd),
            flag(|c| c.indexed),
            flag(|c| c.principal),
            flag(|c| c.std),
            numbers(columns.iter().map(|(_, _, i)| i32::try_from(*i).ok())),
        ]
    }

    fn key_rows(&self) -> Vec<ArrayRef> {
        let row = |f: fn(&Key) -> &'static str| texts(KEY_LIST.iter().map(f));
        vec![row(|k| k.id), row(|k| k.from), row(|k| k.target), row(|_| ""), row(|k| k.description)]
    }

    fn key_column_rows(&self) -> Vec<ArrayRef> {
        let row = |f: fn(&Key) -> &'static str| texts(KEY_LIST.iter().map(f));
        vec![row(|k| k.id), row(|k| k.from_column), row(|k| k.target_column)]
    }
}

/// A foreign key of one column.
struct Key {
    id: &'static str,
    from: &'static str,
    target: &'static str,
    from_column: &'static str,
    target_column: &'static str,
    description: &'static str,
}

/// Catalogues have no foreign keys; the description itself has.
const KEY_LIST: &[Key] = &[
    Key {
        id: "tables_schemas",
        from: "TAP_SCHEMA.tables",
        target: "TAP_SCHEMA.schemas",
        from_column: "schema_name",
        target_column: "schema_name",
        description: "Tables and their schemas",
    },
    Key {
        id: "columns_tables",
        from: "TAP_SCHEMA.columns",
        target: "TAP_SCHEMA.tables",
        from_column: "table_name",
        target_column: "table_name",
        description: "Columns and their tables",
    },
    Key {
        id: "keys_from",
        from: "TAP_SCHEMA.key_columns",
        target: "TAP_SCHEMA.keys",
        from_column: "key_id",
        target_column: "key_id",
        description: "Key columns and their keys",
    },
    Key {
        id: "keys_from_table",
        from: "TAP_SCHEMA.keys",
        target: "TAP_SCHEMA.tables",
        from_column: "from_table",
        target_column: "table_name",
        description: "Keys and the tables that they lead from",
    },
    Key {
        id: "keys_target_table",
        from: "TAP_SCHEMA.keys",
        target: "TAP_SCHEMA.tables",
        from_column: "target_table",
        target_column: "table_name",
        description: "Keys and the tables that they lead to",
    },
];

fn arraysize(size: ArraySize) -> String {
    match size {
        ArraySize::Scalar => String::new(),
        ArraySize::Fixed(n) => n.to_string(),
        ArraySize::Variable => "*".to_owned(),
    }
}
