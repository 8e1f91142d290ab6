//! Columns from text cells: which type a column has, and its values.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, StringBuilder},
    datatypes::DataType,
};

/// The narrowest type that holds every cell seen so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Guess {
    /// Only empty cells.
    #[default]
    Nothing,
    /// `true` and `false`.
    Boolean,
    /// 64-bit integers.
    Integer,
    /// Numbers.
    Float,
    /// Anything.
    Text,
}

impl Guess {
    /// Widens the guess so that it holds `cell`.
    pub fn see(&mut self, cell: &str) {
        if *self == Self::Text || is_null(cell) {
            return;
        }
        let cell = cell.trim();
        let this = if is_integer(cell) {
            Self::Integer
        } else if is_float(cell) {
            Self::Float
        } else if boolean(cell).is_some() {
            Self::Boolean
        } else {
            Self::Text
        };
        *self = match (*self, this) {
            (Self::Nothing, this) => this,
            (a, b) if a == b => a,
            (Self::Integer, Self::Float) | (Self::Float, Self::Integer) => Self::Float,
            _ => Self::Text,
        };
    }

    /// The Arrow type; a column without any value is text.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Integer => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Nothing | Self::Text => DataType::Utf8,
        }
    }
}

/// Spellings of "no value" in use for text tables.
fn is_null(cell: &str) -> bool {
    matches!(
        cell.trim(),
        "" | "null" | "NULL" | "Null" | "nan" | "NaN" | "NAN" | "N/A" | "n/a" | "\\N" | "--"
    )
}

/// Integers of 64 bits. A leading zero (`007`) is a label, not a number.
fn is_integer(cell: &str) -> bool {
    let digits = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    cell.parse::<i64>().is_ok() && (digits == "0" || !digits.starts_with('0'))
}

fn is_float(cell: &str) -> bool {
    let digits = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    // `inf` and `infinity` are numbers to Rust; `1e5` and `.5` are numbers to all.
    digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && !(digits.len() > 1
            && digits.bytes().all(|b| b.is_ascii_digit())
            && digits.starts_with('0'))
        && cell.parse::<f64>().is_ok()
}

fn boolean(cell: &str) -> Option<bool> {
    match cell {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Builds one column of a batch from text cells.
pub enum TextColumn {
    /// `boolean`
    Boolean(BooleanBuilder),
    /// 64-bit integers
    Integer(Int64Builder),
    /// doubles
    Float(Float64Builder),
    /// text
    Text(StringBuilder),
}

impl TextColumn {
    /// A builder for values of this type; types that text is not guessed to have are kept as text.
    pub fn new(data_type: &DataType) -> Self {
        match data_type {
            DataType::Boolean => Self::Boolean(BooleanBuilder::new()),
            DataType::Int64 => Self::Integer(Int64Builder::new()),
            DataType::Float64 => Self::Float(Float64Builder::new()),
            _ => Self::Text(StringBuilder::new()),
        }
    }

    /// Appends a cell; one that is not of the column's type is an error that names the type.
    pub fn push(&mut self, cell: &str) -> Result<(), &'static str> {
        if is_null(cell) {
            // In a text column only the empty cell is null: "N/A" may be what somebody wrote.
            match self {
                Self::Boolean(b) => b.append_null(),
                Self::Integer(b) => b.append_null(),
                Self::Float(b) => b.append_null(),
                Self::Text(b) if cell.trim().is_empty() => b.append_null(),
                Self::Text(b) => b.append_value(cell),
            }
            return Ok(());
        }
        let value = cell.trim();
        match self {
            Self::Boolean(b) => b.append_value(boolean(value).ok_or("boolean")?),
            Self::Integer(b) => b.append_value(value.parse().map_err(|_| "integer")?),
            Self::Float(b) => b.append_value(value.parse().map_err(|_| "number")?),
            Self::Text(b) => b.append_value(cell),
        }
        Ok(())
    }

    /// The column so far; the builder starts anew.
    pub fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Boolean(b) => Arc::new(b.finish()),
            Self::Integer(b) => Arc::new(b.finish()),
            Self::Float(b) => Arc::new(b.finish()),
            Self::Text(b) => Arc::new(b.finish()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(cells: &[&str]) -> Guess {
        let mut guess = Guess::default();
        cells.iter().for_each(|c| guess.see(c));
        guess
    }

    #[test]
    fn types_are_as_narrow_as_the_cells_allow() {
        assert_eq!(guess(&["1", "", "-9223372036854775808"]), Guess::Integer);
        assert_eq!(guess(&["1", "9223372036854775808"]), Guess::Float);
        assert_eq!(guess(&["1", "2.5e-3", "NaN"]), Guess::Float);
        assert_eq!(guess(&["007"]), Guess::Text);
        assert_eq!(guess(&["0", "0.5"]), Guess::Float);
        assert_eq!(guess(&["true", "FALSE"]), Guess::Boolean);
        assert_eq!(guess(&["true", "1"]), Guess::Text);
        assert_eq!(guess(&["inf"]), Guess::Text);
        assert_eq!(guess(&["", "null"]), Guess::Nothing);
    }
}
