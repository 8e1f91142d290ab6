//! Columns as the protocol describes them, from the fields of an Arrow schema.

use arrow::datatypes::{DataType, Field};
use tenkyu_wire::tables::{ArraySize, ColumnMeta, Datatype, Kind};

/// The description of a field. Its metadata may hold `unit`, `ucd`, `description`, `utype` and
/// `xtype`.
pub(crate) fn column(field: &Field) -> ColumnMeta {
    let note = |key: &str| field.metadata().get(key).cloned().unwrap_or_default();
    let mut xtype = note("xtype");
    if xtype.is_empty() && is_time(field.data_type()) {
        xtype = "timestamp".to_owned();
    }
    ColumnMeta {
        name: field.name().clone(),
        description: note("description"),
        unit: note("unit"),
        ucd: note("ucd"),
        utype: note("utype"),
        xtype,
        datatype: datatype(field.data_type()),
        principal: true,
        indexed: false,
        std: false,
    }
}

pub(crate) const fn is_time(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64)
}

fn datatype(data_type: &DataType) -> Datatype {
    match data_type {
        DataType::List(item) | DataType::LargeList(item) => {
            Datatype { kind: kind(item.data_type()), size: ArraySize::Variable }
        }
        DataType::FixedSizeList(item, size) => Datatype {
            kind: kind(item.data_type()),
            size: u32::try_from(*size).map_or(ArraySize::Variable, ArraySize::Fixed),
        },
        data_type => {
            let kind = kind(data_type);
            let size = if kind == Kind::Char { ArraySize::Variable } else { ArraySize::Scalar };
            Datatype { kind, size }
        }
    }
}

/// The VOTable type that holds every value of an Arrow type: VOTable's integers have a sign but
/// for the shortest.
fn kind(data_type: &DataType) -> Kind {
    match data_type {
        DataType::Boolean => Kind::Boolean,
        DataType::UInt8 => Kind::UnsignedByte,
        DataType::Int8 | DataType::Int16 => Kind::Short,
        DataType::Int32 | DataType::UInt16 => Kind::Int,
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => Kind::Long,
        DataType::Float32 => Kind::Float,
        DataType::Float64 => Kind::Double,
        _ => Kind::Char,
    }
}
