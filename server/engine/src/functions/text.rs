//! Texts, times and intervals of the IVOA catalogue of user-defined functions.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, AsArray, BooleanBuilder, Float64Builder, StringArray},
    compute::cast,
    datatypes::{DataType, TimeUnit, TimestampMicrosecondType},
};
use datafusion::{
    common::{Result, exec_err},
    logical_expr::ColumnarValue,
};

use super::{doubles, sky::wrong_arguments};

/// A function of texts, times or intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "cluster", derive(serde::Serialize, serde::Deserialize))]
pub enum Text {
    /// `(text, words)` → boolean: the text has every one of the words.
    HasWord,
    /// `(list with hash signs, item)` → boolean.
    HashlistHas,
    /// `(low, high, low, high)` → boolean: two closed intervals share a point.
    IntervalOverlaps,
    /// `(text)` → degrees of hours, minutes and seconds.
    HmsToDegrees,
    /// `(text)` → degrees of degrees, minutes and seconds.
    DmsToDegrees,
    /// `(timestamp)` → Julian date.
    Jd,
    /// `(timestamp)` → modified Julian date.
    Mjd,
}

impl Text {
    /// The name in plans.
    pub fn name(self) -> &'static str {
        match self {
            Self::HasWord => "has_word",
            Self::HashlistHas => "hashlist_has",
            Self::IntervalOverlaps => "interval_overlaps",
            Self::HmsToDegrees => "hms_to_degrees",
            Self::DmsToDegrees => "dms_to_degrees",
            Self::Jd => "julian_date",
            Self::Mjd => "modified_julian_date",
        }
    }

    pub(super) fn return_type(self) -> DataType {
        match self {
            Self::HasWord | Self::HashlistHas | Self::IntervalOverlaps => DataType::Boolean,
            _ => DataType::Float64,
        }
    }

    pub(super) fn eval(self, args: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        match self {
            Self::HasWord => of_texts(args, rows, has_words),
            Self::HashlistHas => of_texts(args, rows, hashlist_has),
            Self::IntervalOverlaps => overlaps(args, rows),
            Self::HmsToDegrees => degrees(args, rows, |text| sexagesimal(text).map(|h| 15.0 * h)),
            Self::DmsToDegrees => degrees(args, rows, sexagesimal),
            Self::Jd => days(args, rows, 2_440_587.5),
            Self::Mjd => days(args, rows, 40_587.0),
        }
    }
}

fn array_of(value: &ColumnarValue, rows: usize, to: &DataType) -> Result<ArrayRef> {
    let array = match value {
        ColumnarValue::Array(array) => array.clone(),
        ColumnarValue::Scalar(scalar) => scalar.to_array_of_size(rows)?,
    };
    Ok(cast(&array, to)?)
}

fn text_of(value: &ColumnarValue, rows: usize) -> Result<StringArray> {
    Ok(array_of(value, rows, &DataType::Utf8)?.as_string::<i32>().clone())
}

fn of_texts(args: &[ColumnarValue], rows: usize, test: fn(&str, &str) -> bool) -> Result<ArrayRef> {
    let [a, b] = args else { return wrong_arguments() };
    let (a, b) = (text_of(a, rows)?, text_of(b, rows)?);
    let mut out = BooleanBuilder::with_capacity(rows);
    for (a, b) in a.iter().zip(b.iter()) {
        out.append_option(a.zip(b).map(|(a, b)| test(a, b)));
    }
    Ok(Arc::new(out.finish()))
}

/// Words are runs of letters and digits; case does not count.
fn has_words(text: &str, wanted: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let runs = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        runs.map(str::to_lowercase).collect()
    };
    let (has, wanted) = (words(text), words(wanted));
    wanted.iter().all(|word| has.contains(word))
}

fn hashlist_has(list: &str, item: &str) -> bool {
    let item = item.to_lowercase();
    !item.contains('#') && list.split('#').any(|word| word.to_lowercase() == item)
}

fn overlaps(args: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
    let args = doubles(args)?;
    let [a1, b1, a2, b2] = args.as_slice() else { return wrong_arguments() };
    let mut out = BooleanBuilder::with_capacity(rows);
    for row in 0..rows {
        let ends = a1.get(row).zip(b1.get(row)).zip(a2.get(row).zip(b2.get(row)));
        // An interval whose ends are the wrong way round is empty.
        out.append_option(
            ends.map(|((a1, b1), (a2, b2))| a1 <= b1 && a2 <= b2 && a1 <= b2 && a2 <= b1),
        );
    }
    Ok(Arc::new(out.finish()))
}

fn degrees(
    args: &[ColumnarValue],
    rows: usize,
    read: impl Fn(&str) -> Option<f64>,
) -> Result<ArrayRef> {
    let Some(argument) = args.first() else { return wrong_arguments() };
    let constant = matches!(argument, ColumnarValue::Scalar(_));
    let mut out = Float64Builder::with_capacity(rows);
    for text in text_of(argument, rows)?.iter() {
        let value = text.and_then(&read);
        if let (true, None, Some(text)) = (constant, value, text) {
            return exec_err!("'{text}' is no sexagesimal angle, such as 12:34:56.7");
        }
        // A cell of a column that is none counts as NULL: one bad row must not spoil a query.
        out.append_option(value);
    }
    Ok(Arc::new(out.finish()))
}

/// `12:34:56.7`, `-12 34 56.7`, `12h34m56.7s`, `+12°34′56″`: up to three fields, the first with a
/// sign; minutes and seconds below 60, and only the last with a fraction.
fn sexagesimal(text: &str) -> Option<f64> {
    let text = text.trim();
    let negative = text.starts_with(['-', '−']);
    let size = text.trim_start_matches(['+', '-', '−']);
    let marks = |c: char| c.is_whitespace() || ":hdms°′″'\"".contains(c.to_ascii_lowercase());
    let fields: Vec<&str> = size.split(marks).filter(|field| !field.is_empty()).collect();
    if fields.is_empty() || fields.len() > 3 {
        return None;
    }
    let mut value = 0.0;
    for (index, field) in fields.iter().enumerate() {
        let plain = field.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let fraction = field.contains('.');
        let number: f64 = field.parse().ok().filter(|_| plain)?;
        if (fraction && index + 1 < fields.len()) || (index > 0 && number >= 60.0) {
            return None;
        }
        value += number / [1.0, 60.0, 3600.0].get(index)?;
    }
    Some(if negative { -value } else { value })
}

fn days(args: &[ColumnarValue], rows: usize, epoch: f64) -> Result<ArrayRef> {
    let Some(argument) = args.first() else { return wrong_arguments() };
    let times = array_of(argument, rows, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
    let times = times.as_primitive::<TimestampMicrosecondType>();
    let mut out = Float64Builder::with_capacity(rows);
    for micros in times.iter() {
        // Whole days and the rest apart: a double holds a Julian date to 40 µs only at the end.
        out.append_option(micros.map(|micros| {
            let (day, rest) =
                (micros.div_euclid(86_400_000_000), micros.rem_euclid(86_400_000_000));
            #[allow(clippy::cast_precision_loss)] // both are below 2⁵³
            let days = epoch + day as f64 + rest as f64 / 86_400e6;
            days
        }));
    }
    Ok(Arc::new(out.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    // The examples of the IVOA catalogue (EN 1.2), and what it leaves open.
    #[test]
    fn words_and_lists() {
        for (text, wanted, has) in [
            ("Miller and Urey have", "miller", true),
            ("shown that a primordial", "soup", false),
            ("shown that a primordial", "shown primordial", true),
            ("shown that a primordial", "shown soup", false),
            ("shown", "show", false),
            ("M31, NGC-224", "ngc 224", true),
        ] {
            assert_eq!(has_words(text, wanted), has, "{text} {wanted}");
        }
        for (list, item, has) in [
            ("red#green#blue", "red", true),
            ("Red#green#blue", "red", true),
            ("red#green#blue", "re", false),
            ("red#green#blue", "red#green", false),
            ("", "", true),
        ] {
            assert_eq!(hashlist_has(list, item), has, "{list} {item}");
        }
    }

    #[test]
    fn sexagesimal_notations() {
        for (text, value) in [
            ("12:30:00", Some(12.5)),
            ("-00:30:00", Some(-0.5)),
            ("12h34m56.7s", Some(12.0 + 34.0 / 60.0 + 56.7 / 3600.0)),
            ("+12 34", Some(12.0 + 34.0 / 60.0)),
            ("7.25", Some(7.25)),
            ("12:60:00", None),
            ("12.5:30", None),
            ("12:-3", None),
            ("1e3", None),
            ("", None),
            ("1 2 3 4", None),
        ] {
            assert_eq!(sexagesimal(text), value, "{text}");
        }
    }
}
