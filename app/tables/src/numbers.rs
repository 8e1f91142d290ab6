//! Columns as doubles, for histograms and plots.

use arrow::{
    array::{Array, AsArray},
    datatypes::*,
};

/// Whether [`of`] gives numbers for the type.
pub(crate) fn has_numbers(data_type: &DataType) -> bool {
    data_type.is_integer()
        || matches!(data_type, DataType::Float32 | DataType::Float64 | DataType::Boolean)
        || crate::meta::is_time(data_type)
}

/// The values of a column, NaN where there is none. Truth values are 0 and 1, times seconds since
/// 1970-01-01. Empty for types without numbers.
pub(crate) fn of(array: &dyn Array) -> Vec<f64> {
    /// The values of a primitive array, each through a function.
    macro_rules! each {
        ($type:ty, $f:expr) => {
            array.as_primitive::<$type>().values().iter().map($f).collect()
        };
    }
    let mut values: Vec<f64> = match array.data_type() {
        DataType::Boolean => {
            array.as_boolean().values().iter().map(|bit| f64::from(u8::from(bit))).collect()
        }
        DataType::Int8 => each!(Int8Type, |v| f64::from(*v)),
        DataType::Int16 => each!(Int16Type, |v| f64::from(*v)),
        DataType::Int32 => each!(Int32Type, |v| f64::from(*v)),
        DataType::Int64 => each!(Int64Type, |v| *v as f64),
        DataType::UInt8 => each!(UInt8Type, |v| f64::from(*v)),
        DataType::UInt16 => each!(UInt16Type, |v| f64::from(*v)),
        DataType::UInt32 => each!(UInt32Type, |v| f64::from(*v)),
        DataType::UInt64 => each!(UInt64Type, |v| *v as f64),
        DataType::Float32 => each!(Float32Type, |v| f64::from(*v)),
        DataType::Float64 => array.as_primitive::<Float64Type>().values().to_vec(),
        DataType::Date32 => each!(Date32Type, |v| f64::from(*v) * 86_400.0),
        DataType::Date64 => each!(Date64Type, |v| *v as f64 / 1e3),
        DataType::Timestamp(unit, _) => match unit {
            TimeUnit::Second => each!(TimestampSecondType, |v| *v as f64),
            TimeUnit::Millisecond => each!(TimestampMillisecondType, |v| *v as f64 / 1e3),
            TimeUnit::Microsecond => each!(TimestampMicrosecondType, |v| *v as f64 / 1e6),
            TimeUnit::Nanosecond => each!(TimestampNanosecondType, |v| *v as f64 / 1e9),
        },
        _ => return Vec::new(),
    };
    if let Some(nulls) = array.nulls() {
        for (value, valid) in values.iter_mut().zip(nulls.iter()) {
            if !valid {
                *value = f64::NAN;
            }
        }
    }
    values
}
