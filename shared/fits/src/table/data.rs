//! What is read of a column.

/// Values of a column, elements of all rows one after the other.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// `L`, and `X` bit by bit.
    Bool(Vec<bool>),
    /// `B` with TZERO -128.
    I8(Vec<i8>),
    /// `B`
    U8(Vec<u8>),
    /// `I`
    I16(Vec<i16>),
    /// `I` with TZERO 32768.
    U16(Vec<u16>),
    /// `J`
    I32(Vec<i32>),
    /// `J` with TZERO 2³¹.
    U32(Vec<u32>),
    /// `K`, and `I` of an ASCII table.
    I64(Vec<i64>),
    /// `K` with TZERO 2⁶³.
    U64(Vec<u64>),
    /// `E`
    F32(Vec<f32>),
    /// `D`, and any number with another TSCAL or TZERO.
    F64(Vec<f64>),
    /// `C`: real and imaginary part.
    Complex32(Vec<[f32; 2]>),
    /// `M`
    Complex64(Vec<[f64; 2]>),
    /// `A`, up to the first NUL, without trailing blanks; bytes that are no UTF-8 become U+FFFD.
    Text(Vec<String>),
}

/// Runs the same expression on the vector of any value type.
macro_rules! any {
    ($values:expr, $v:ident => $body:expr) => {
        match $values {
            $crate::table::data::Values::Bool($v) => $body,
            $crate::table::data::Values::I8($v) => $body,
            $crate::table::data::Values::U8($v) => $body,
            $crate::table::data::Values::I16($v) => $body,
            $crate::table::data::Values::U16($v) => $body,
            $crate::table::data::Values::I32($v) => $body,
            $crate::table::data::Values::U32($v) => $body,
            $crate::table::data::Values::I64($v) => $body,
            $crate::table::data::Values::U64($v) => $body,
            $crate::table::data::Values::F32($v) => $body,
            $crate::table::data::Values::F64($v) => $body,
            $crate::table::data::Values::Complex32($v) => $body,
            $crate::table::data::Values::Complex64($v) => $body,
            $crate::table::data::Values::Text($v) => $body,
        }
    };
}

impl Values {
    /// Number of elements.
    pub fn len(&self) -> usize {
        any!(self, v => v.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// An element as a double; `None` outside, for complex numbers and texts. Logicals are 0 and
    /// 1; 64-bit integers are rounded.
    pub fn number(&self, index: usize) -> Option<f64> {
        Some(match self {
            Values::Bool(v) => f64::from(u8::from(*v.get(index)?)),
            Values::I8(v) => f64::from(*v.get(index)?),
            Values::U8(v) => f64::from(*v.get(index)?),
            Values::I16(v) => f64::from(*v.get(index)?),
            Values::U16(v) => f64::from(*v.get(index)?),
            Values::I32(v) => f64::from(*v.get(index)?),
            Values::U32(v) => f64::from(*v.get(index)?),
            Values::I64(v) => *v.get(index)? as f64,
            Values::U64(v) => *v.get(index)? as f64,
            Values::F32(v) => f64::from(*v.get(index)?),
            Values::F64(v) => *v.get(index)?,
            Values::Complex32(_) | Values::Complex64(_) | Values::Text(_) => return None,
        })
    }

    /// An element as text, numbers in the shortest form that reads back as the same.
    pub fn text(&self, index: usize) -> Option<String> {
        Some(match self {
            Values::Bool(v) => v.get(index)?.to_string(),
            Values::Text(v) => v.get(index)?.clone(),
            Values::I8(v) => v.get(index)?.to_string(),
            Values::U8(v) => v.get(index)?.to_string(),
            Values::I16(v) => v.get(index)?.to_string(),
            Values::U16(v) => v.get(index)?.to_string(),
            Values::I32(v) => v.get(index)?.to_string(),
            Values::U32(v) => v.get(index)?.to_string(),
            Values::I64(v) => v.get(index)?.to_string(),
            Values::U64(v) => v.get(index)?.to_string(),
            Values::F32(v) => format!("{:?}", v.get(index)?),
            Values::F64(v) => format!("{:?}", v.get(index)?),
            Values::Complex32(v) => v.get(index).map(|[re, im]| format!("({re:?}, {im:?})"))?,
            Values::Complex64(v) => v.get(index).map(|[re, im]| format!("({re:?}, {im:?})"))?,
        })
    }
}

/// How elements fall into rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One element a row.
    Scalar,
    /// The same number of elements in each row (possibly 0).
    Array(usize),
    /// Row `r` holds elements `offsets[r]..offsets[r + 1]`.
    Variable(Vec<usize>),
}

/// Some rows of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnData {
    /// Number of rows.
    pub rows: usize,
    /// The elements.
    pub values: Values,
    /// `true` where an element is null (TNULL, a logical of 0, a blank number in an ASCII table);
    /// absent when none is. NaN and empty strings, the nulls of other types, stay as they are.
    pub nulls: Option<Vec<bool>>,
    /// How elements fall into rows.
    pub layout: Layout,
}

impl ColumnData {
    /// The elements of a row.
    pub fn span(&self, row: usize) -> std::ops::Range<usize> {
        if row >= self.rows {
            return 0..0;
        }
        match &self.layout {
            Layout::Scalar => row..row + 1,
            Layout::Array(n) => row * n..(row + 1) * n,
            Layout::Variable(offsets) => match (offsets.get(row), offsets.get(row + 1)) {
                (Some(start), Some(end)) => *start..*end,
                _ => 0..0,
            },
        }
    }

    /// Whether an element is null.
    pub fn is_null(&self, element: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.get(element) == Some(&true))
    }

    /// All elements as doubles, nulls as NaN; `None` for complex numbers and texts.
    pub fn numbers(&self) -> Option<Vec<f64>> {
        if matches!(self.values, Values::Complex32(_) | Values::Complex64(_) | Values::Text(_)) {
            return None;
        }
        let number =
            |i| if self.is_null(i) { f64::NAN } else { self.values.number(i).unwrap_or(f64::NAN) };
        Some((0..self.values.len()).map(number).collect())
    }

    /// A cell as text: `None` where it is null, arrays as `[a, b]`.
    pub fn cell(&self, row: usize) -> Option<String> {
        let span = self.span(row);
        let element = |i| {
            if self.is_null(i) { None } else { self.values.text(i) }
        };
        if self.layout == Layout::Scalar {
            return element(span.start);
        }
        let parts: Vec<_> = span.map(|i| element(i).unwrap_or_default()).collect();
        Some(format!("[{}]", parts.join(", ")))
    }
}
