//! What a table is, as TAP_SCHEMA, VOSI tables and VOTable FIELDs describe it (VODataService 1.2).

use serde::{Deserialize, Serialize};

use crate::functions::FunctionMeta;

/// A schema and its tables.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SchemaMeta {
    /// Name, as written in ADQL before the dot.
    pub name: String,
    /// What it holds.
    pub description: String,
    /// Tables in the order in which they are shown.
    pub tables: Vec<TableMeta>,
    /// Functions that are called with its name before them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<FunctionMeta>,
}

/// A table or view.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TableMeta {
    /// Fully qualified name, `schema.table`.
    pub name: String,
    /// What it holds.
    pub description: String,
    /// IVOA utype, where one exists (`ivo://ivoa.net/std/obscore#table-1.1`).
    pub utype: String,
    /// Rows, where known without counting.
    pub rows: Option<u64>,
    /// The snapshot that a query reads when it names none.
    pub snapshot: Option<String>,
    /// Columns in the order of `SELECT *`.
    pub columns: Vec<ColumnMeta>,
    /// Names of the two columns with the main position (ICRS, degrees), where the table has one.
    pub position: Option<(String, String)>,
}

/// A table that a person keeps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OwnTableMeta {
    /// What it is; its name is `my.table`.
    #[serde(flatten)]
    pub table: TableMeta,
    /// Bytes on disk.
    pub bytes: u64,
    /// When it was made, milliseconds since 1970.
    pub created: i64,
    /// When its rows last changed, milliseconds since 1970.
    pub modified: i64,
}

/// All tables that a person keeps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OwnTables {
    /// By name.
    pub tables: Vec<OwnTableMeta>,
    /// Bytes of all of them.
    pub bytes: u64,
    /// Bytes that they may have.
    pub limit: u64,
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ColumnMeta {
    /// Name, in the case in which it is shown; ADQL compares it without case.
    pub name: String,
    /// What it holds.
    pub description: String,
    /// VOUnits string; empty for none.
    pub unit: String,
    /// UCD1+; empty for none.
    pub ucd: String,
    /// IVOA utype; empty for none.
    pub utype: String,
    /// DALI xtype such as `timestamp` or `point`; empty for none.
    pub xtype: String,
    /// VOTable datatype and arraysize.
    pub datatype: Datatype,
    /// Shown by default (TAP_SCHEMA `principal`).
    pub principal: bool,
    /// A query on it is quick (TAP_SCHEMA `indexed`).
    pub indexed: bool,
    /// Defined by a standard (TAP_SCHEMA `std`).
    pub std: bool,
}

/// The VOTable primitive types (VOTable 1.4 §2.1) and how many of them a cell holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Datatype {
    /// Element type.
    pub kind: Kind,
    /// Elements of one cell.
    pub size: ArraySize,
}

/// Element type of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// `boolean`
    Boolean,
    /// `unsignedByte`
    UnsignedByte,
    /// `short`
    Short,
    /// `int`
    Int,
    /// `long`
    Long,
    /// `float`
    Float,
    /// `double`
    Double,
    /// `char`, UTF-8 as VOTable 1.5 has it
    #[default]
    Char,
}

impl Kind {
    /// The word in VOTable's `datatype` attribute.
    pub const fn votable(self) -> &'static str {
        match self {
            Kind::Boolean => "boolean",
            Kind::UnsignedByte => "unsignedByte",
            Kind::Short => "short",
            Kind::Int => "int",
            Kind::Long => "long",
            Kind::Float => "float",
            Kind::Double => "double",
            Kind::Char => "char",
        }
    }

    /// Whether arithmetic applies.
    pub const fn is_numeric(self) -> bool {
        !matches!(self, Kind::Boolean | Kind::Char)
    }
}

/// How many elements a cell holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ArraySize {
    /// One.
    #[default]
    Scalar,
    /// Always this many.
    Fixed(u32),
    /// Any number (`*`), as every string.
    Variable,
}
