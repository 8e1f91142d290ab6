//! Column descriptions in Arrow fields, and what they look like to VO protocols.
//!
//! Units, UCDs and descriptions live in the metadata of Arrow fields, so they travel through
//! Parquet files and query plans without a side table. The keys are those of VOTable attributes.

use std::collections::HashMap;

use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};
use tenkyu_wire::tables::{ArraySize, ColumnMeta, Datatype, Kind};

/// Field metadata key of the VOUnits string.
pub const UNIT: &str = "unit";
/// Field metadata key of the UCD1+.
pub const UCD: &str = "ucd";
/// Field metadata key of the description.
pub const DESCRIPTION: &str = "description";
/// Field metadata key of the IVOA utype.
pub const UTYPE: &str = "utype";
/// Field metadata key of the DALI xtype.
pub const XTYPE: &str = "xtype";

/// Name of the HATS spatial index column: HEALPix nested index at order 29.
pub const HEALPIX_COLUMN: &str = "_healpix_29";

/// The description of a column as wire protocols show it.
pub fn column_meta(field: &Field) -> ColumnMeta {
    let text = |key: &str| field.metadata().get(key).cloned().unwrap_or_default();
    let xtype = match (text(XTYPE), field.data_type()) {
        (x, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64) if x.is_empty() => {
            "timestamp".to_owned()
        }
        (x, _) => x,
    };
    ColumnMeta {
        name: field.name().clone(),
        description: text(DESCRIPTION),
        unit: text(UNIT),
        ucd: text(UCD),
        utype: text(UTYPE),
        xtype,
        datatype: datatype(field.data_type()),
        principal: field.name() != HEALPIX_COLUMN,
        indexed: field.name() == HEALPIX_COLUMN,
        std: false,
    }
}

/// The Arrow field that stores values of a described column.
pub fn field_of(column: &ColumnMeta) -> Field {
    Field::new(&column.name, arrow_type(column.datatype), true).with_metadata(metadata_of(column))
}

/// The non-empty descriptions of a column as field metadata.
pub fn metadata_of(column: &ColumnMeta) -> HashMap<String, String> {
    [
        (UNIT, &column.unit),
        (UCD, &column.ucd),
        (DESCRIPTION, &column.description),
        (UTYPE, &column.utype),
        (XTYPE, &column.xtype),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(key, value)| (key.to_owned(), value.clone()))
    .collect()
}

/// The VOTable type of an Arrow type. Types without a counterpart are written as text.
pub fn datatype(data_type: &DataType) -> Datatype {
    let scalar = |kind| Datatype { kind, size: ArraySize::Scalar };
    match data_type {
        DataType::Boolean => scalar(Kind::Boolean),
        DataType::UInt8 => scalar(Kind::UnsignedByte),
        DataType::Int8 | DataType::Int16 => scalar(Kind::Short),
        DataType::UInt16 | DataType::Int32 => scalar(Kind::Int),
        DataType::UInt32 | DataType::Int64 | DataType::UInt64 => scalar(Kind::Long),
        DataType::Float16 | DataType::Float32 => scalar(Kind::Float),
        DataType::Float64 | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            scalar(Kind::Double)
        }
        DataType::List(item) | DataType::LargeList(item) => list(item, ArraySize::Variable),
        DataType::FixedSizeList(item, size) => {
            list(item, ArraySize::Fixed(u32::try_from(*size).unwrap_or(0)))
        }
        _ => Datatype { kind: Kind::Char, size: ArraySize::Variable },
    }
}

fn list(item: &FieldRef, size: ArraySize) -> Datatype {
    Datatype { kind: datatype(item.data_type()).kind, size }
}

/// The Arrow type that stores a VOTable type.
pub fn arrow_type(datatype: Datatype) -> DataType {
    let element = match datatype.kind {
        Kind::Boolean => DataType::Boolean,
        Kind::UnsignedByte => DataType::UInt8,
        Kind::Short => DataType::Int16,
        Kind::Int => DataType::Int32,
        Kind::Long => DataType::Int64,
        Kind::Float => DataType::Float32,
        Kind::Double => DataType::Float64,
        Kind::Char => return DataType::Utf8,
    };
    let item = || std::sync::Arc::new(Field::new("item", element.clone(), true));
    match datatype.size {
        ArraySize::Scalar => element,
        ArraySize::Fixed(n) => match i32::try_from(n) {
            Ok(n) => DataType::FixedSizeList(item(), n),
            Err(_) => DataType::List(item()),
        },
        ArraySize::Variable => DataType::List(item()),
    }
}

/// The type in which a column of any Arrow type is kept: the VOTable primitives, strings and
/// lists of them. Wider or exotic types become the narrowest of these that loses nothing, times
/// become ISO 8601 text.
pub fn stored_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Int8 => DataType::Int16,
        DataType::UInt16 => DataType::Int32,
        DataType::UInt32 | DataType::UInt64 => DataType::Int64,
        DataType::Float16 => DataType::Float32,
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => DataType::Float64,
        DataType::Timestamp(TimeUnit::Second, _)
        | DataType::Timestamp(..)
        | DataType::Date32
        | DataType::Date64
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::LargeUtf8
        | DataType::Utf8View => DataType::Utf8,
        DataType::Dictionary(_, value) => stored_type(value),
        DataType::List(item) | DataType::LargeList(item) | DataType::ListView(item) => {
            DataType::List(stored_item(item))
        }
        DataType::FixedSizeList(item, n) => DataType::FixedSizeList(stored_item(item), *n),
        other => other.clone(),
    }
}

fn stored_item(item: &FieldRef) -> FieldRef {
    std::sync::Arc::new(Field::new("item", stored_type(item.data_type()), true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_survive_the_field() {
        let column = ColumnMeta {
            name: "ra".into(),
            unit: "deg".into(),
            ucd: "pos.eq.ra;meta.main".into(),
            description: "Right ascension".into(),
            datatype: Datatype { kind: Kind::Double, size: ArraySize::Scalar },
            principal: true,
            ..ColumnMeta::default()
        };
        assert_eq!(column_meta(&field_of(&column)), column);
    }

    #[test]
    fn unsigned_integers_widen() {
        assert_eq!(stored_type(&DataType::UInt16), DataType::Int32);
        assert_eq!(stored_type(&DataType::Utf8View), DataType::Utf8);
    }
}
