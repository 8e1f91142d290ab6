//! Cells as text, at full precision: numbers in the shortest form that reads back as the same.

use arrow::{
    array::{Array, AsArray},
    datatypes::*,
};

/// The text of a cell; `None` where it is null or NaN. Lists are their elements with blanks
/// between, as in VOTable's TABLEDATA.
pub(crate) fn text(array: &dyn Array, row: usize) -> Option<String> {
    if row >= array.len() || array.is_null(row) {
        return None;
    }
    macro_rules! plain {
        ($type:ty) => {
            array.as_primitive::<$type>().value(row).to_string()
        };
    }
    Some(match array.data_type() {
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::Int8 => plain!(Int8Type),
        DataType::Int16 => plain!(Int16Type),
        DataType::Int32 => plain!(Int32Type),
        DataType::Int64 => plain!(Int64Type),
        DataType::UInt8 => plain!(UInt8Type),
        DataType::UInt16 => plain!(UInt16Type),
        DataType::UInt32 => plain!(UInt32Type),
        DataType::UInt64 => plain!(UInt64Type),
        DataType::Float32 => {
            let value = array.as_primitive::<Float32Type>().value(row);
            if value.is_finite() { format!("{value:?}") } else { not_finite(f64::from(value))? }
        }
        DataType::Float64 => {
            let value = array.as_primitive::<Float64Type>().value(row);
            if value.is_finite() { format!("{value:?}") } else { not_finite(value)? }
        }
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::LargeUtf8 => array.as_string::<i64>().value(row).to_owned(),
        data_type if crate::meta::is_time(data_type) => timestamp(array, row),
        DataType::List(_) => elements(array.as_list::<i32>().value(row).as_ref()),
        DataType::LargeList(_) => elements(array.as_list::<i64>().value(row).as_ref()),
        DataType::FixedSizeList(..) => elements(array.as_fixed_size_list().value(row).as_ref()),
        _ => return None,
    })
}

/// Whether [`text`] knows the type. A stream with any other is refused at its start.
pub(crate) fn knows(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            !item.data_type().is_nested() && knows(item.data_type())
        }
        DataType::Utf8 | DataType::LargeUtf8 => true,
        data_type => crate::numbers::has_numbers(data_type),
    }
}

/// As VOTable writes them (1.4 §6).
fn not_finite(value: f64) -> Option<String> {
    if value.is_nan() {
        return None;
    }
    Some(if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned())
}

fn elements(items: &dyn Array) -> String {
    let texts = (0..items.len()).map(|item| text(items, item).unwrap_or_else(|| "NaN".to_owned()));
    texts.collect::<Vec<_>>().join(" ")
}

/// DALI 1.1 §3.3.3: `YYYY-MM-DDThh:mm:ss`, with as many decimals as the value has.
fn timestamp(array: &dyn Array, row: usize) -> String {
    let (value, per_second) = match array.data_type() {
        DataType::Date32 => (i64::from(array.as_primitive::<Date32Type>().value(row)) * 86_400, 1),
        DataType::Date64 => (array.as_primitive::<Date64Type>().value(row), 1_000),
        DataType::Timestamp(TimeUnit::Second, _) => {
            (array.as_primitive::<TimestampSecondType>().value(row), 1)
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            (array.as_primitive::<TimestampMillisecondType>().value(row), 1_000)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            (array.as_primitive::<TimestampMicrosecondType>().value(row), 1_000_000)
        }
        _ => (array.as_primitive::<TimestampNanosecondType>().value(row), 1_000_000_000),
    };
    let seconds = value.div_euclid(per_second);
    let fraction = value.rem_euclid(per_second);
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let clock = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if fraction > 0 {
        let digits = per_second.ilog10() as usize;
        let decimals = format!("{fraction:0digits$}");
        text.push('.');
        text.push_str(decimals.trim_end_matches('0'));
    }
    text
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar: 400 years
/// are 146 097 days, and a year that begins in March has its leap day at the end.
const fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day = days.rem_euclid(146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let in_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * in_year + 2) / 153;
    let in_month = in_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + (month <= 2) as i64, month, in_month)
}

#[cfg(test)]
mod tests {
    use arrow::array::*;

    use super::*;

    #[test]
    fn numbers_read_back_as_the_same() {
        let values = [0.1, 1e300, 5e-324, -0.0, 1.0 / 3.0, 9_007_199_254_740_993.0];
        let array = Float64Array::from(values.to_vec());
        for (row, value) in values.iter().enumerate() {
            let text = text(&array, row).expect("value");
            assert_eq!(text.parse::<f64>().map(f64::to_bits), Ok(value.to_bits()));
        }
        assert_eq!(text(&Float32Array::from(vec![0.1]), 0).as_deref(), Some("0.1"));
        let odd = Float64Array::from(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
        assert_eq!(
            [0, 1, 2].map(|row| text(&odd, row)),
            [None, Some("+Inf".into()), Some("-Inf".into())]
        );
        assert_eq!(text(&odd, 3), None);
    }

    #[test]
    fn times_are_written_as_dali_says() {
        let texts = |array: &dyn Array| {
            (0..array.len()).map(|row| text(array, row).unwrap_or_default()).collect::<Vec<_>>()
        };
        let micros = TimestampMicrosecondArray::from(vec![
            0,
            1_709_251_199_123_450,
            -1,
            -3_506_716_800_000_000,
        ]);
        assert_eq!(
            texts(&micros),
            [
                "1970-01-01T00:00:00",
                "2024-02-29T23:59:59.12345",
                "1969-12-31T23:59:59.999999",
                "1858-11-17T00:00:00"
            ]
        );
        assert_eq!(texts(&Date32Array::from(vec![19_782])), ["2024-02-29T00:00:00"]);
    }
}
