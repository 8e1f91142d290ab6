//! Columns while an expression is computed: one value a row, or one for all.

use std::sync::Arc;

use arrow::{
    array::{
        ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray,
    },
    buffer::{BooleanBuffer, NullBuffer, ScalarBuffer},
    datatypes::ArrowNativeType,
};

/// Numbers of one type. A float is never NaN where it is not null.
#[derive(Clone, Debug)]
pub(super) enum Numbers<T: ArrowNativeType> {
    /// One a row.
    Many(ScalarBuffer<T>, Option<NullBuffer>),
    /// The same in every row; `None` is null.
    One(Option<T>),
}

/// Texts.
#[derive(Clone, Debug)]
pub(super) enum Texts {
    /// One a row.
    Many(StringArray),
    /// The same in every row; `None` is null.
    One(Option<String>),
}

/// What an expression yields for the rows of a batch.
#[derive(Clone, Debug)]
pub(super) enum Values {
    Bool(BooleanArray),
    Int(Numbers<i64>),
    Float(Numbers<f64>),
    Text(Texts),
    /// Microseconds since 1970-01-01.
    Time(Numbers<i64>),
}

/// The buffer without NaN: those rows are null.
pub(super) fn without_nan(values: ScalarBuffer<f64>, nulls: Option<NullBuffer>) -> Numbers<f64> {
    // Adding up NaN flags, unlike stopping at the first, runs in vector registers.
    let count: usize = values.iter().map(|value| usize::from(value.is_nan())).sum();
    if count == 0 {
        return Numbers::Many(values, nulls);
    }
    let real = BooleanBuffer::collect_bool(values.len(), |row| {
        values.get(row).is_some_and(|value| !value.is_nan())
    });
    let nulls = NullBuffer::union(nulls.as_ref(), Some(&NullBuffer::new(real)));
    Numbers::Many(values, nulls)
}

impl<T: ArrowNativeType> Numbers<T> {
    /// The value of a row.
    pub fn get(&self, row: usize) -> Option<T> {
        match self {
            Numbers::One(value) => *value,
            Numbers::Many(values, nulls) => {
                let valid =
                    nulls.as_ref().is_none_or(|nulls| row < nulls.len() && nulls.is_valid(row));
                if valid { values.get(row).copied() } else { None }
            }
        }
    }

    fn nulls(&self) -> Option<&NullBuffer> {
        match self {
            Numbers::Many(_, nulls) => nulls.as_ref(),
            Numbers::One(_) => None,
        }
    }

    /// Compares row by row; null where one of the two is.
    pub fn compare(&self, other: &Self, rows: usize, test: impl Fn(T, T) -> bool) -> BooleanArray {
        let nulls = NullBuffer::union(self.nulls(), other.nulls());
        let bits = match (self, other) {
            (Numbers::One(None), _) | (_, Numbers::One(None)) => {
                return BooleanArray::new_null(rows);
            }
            (Numbers::Many(a, _), Numbers::One(Some(b))) => collect(a, |a| test(a, *b)),
            (Numbers::One(Some(a)), Numbers::Many(b, _)) => collect(b, |b| test(*a, b)),
            (Numbers::Many(a, _), Numbers::Many(b, _)) => {
                let pairs = a.len().min(b.len());
                let (a, b) = (&a[..pairs], &b[..pairs]);
                BooleanBuffer::collect_bool(pairs, |row| test(a[row], b[row]))
            }
            (Numbers::One(Some(a)), Numbers::One(Some(b))) => constant(test(*a, *b), rows),
        };
        BooleanArray::new(bits, nulls)
    }

    /// Computes row by row with a function that may have no value.
    pub fn combine<U: ArrowNativeType, R: ArrowNativeType>(
        &self,
        other: &Numbers<U>,
        rows: usize,
        f: impl Fn(T, U) -> Option<R>,
    ) -> Numbers<R> {
        if let (Numbers::One(a), Numbers::One(b)) = (self, other) {
            return Numbers::One(a.zip(*b).and_then(|(a, b)| f(a, b)));
        }
        numbers(rows, |row| f(self.get(row)?, other.get(row)?))
    }

    /// Computes row by row with a function that may have no value.
    pub fn map<R: ArrowNativeType>(&self, rows: usize, f: impl Fn(T) -> Option<R>) -> Numbers<R> {
        match self {
            Numbers::One(value) => Numbers::One(value.and_then(f)),
            Numbers::Many(..) => numbers(rows, |row| f(self.get(row)?)),
        }
    }

    /// Whether each row has no value.
    pub fn is_null(&self, rows: usize) -> BooleanBuffer {
        match self {
            Numbers::One(value) => constant(value.is_none(), rows),
            Numbers::Many(_, nulls) => is_null(nulls.as_ref(), rows),
        }
    }

    fn spread(self, rows: usize) -> (ScalarBuffer<T>, Option<NullBuffer>) {
        match self {
            Numbers::Many(values, nulls) => (values, nulls),
            Numbers::One(Some(value)) => (vec![value; rows].into(), None),
            Numbers::One(None) => {
                (vec![T::default(); rows].into(), Some(NullBuffer::new_null(rows)))
            }
        }
    }
}

impl Numbers<f64> {
    /// Computes row by row; NaN becomes null.
    pub fn compute(&self, other: &Self, f: impl Fn(f64, f64) -> f64) -> Numbers<f64> {
        let nulls = NullBuffer::union(self.nulls(), other.nulls());
        let values: Vec<f64> = match (self, other) {
            (Numbers::One(a), Numbers::One(b)) => {
                let value = a.zip(*b).map(|(a, b)| f(a, b));
                return Numbers::One(value.filter(|value| !value.is_nan()));
            }
            (Numbers::One(None), _) | (_, Numbers::One(None)) => return Numbers::One(None),
            (Numbers::Many(a, _), Numbers::One(Some(b))) => a.iter().map(|a| f(*a, *b)).collect(),
            (Numbers::One(Some(a)), Numbers::Many(b, _)) => b.iter().map(|b| f(*a, *b)).collect(),
            (Numbers::Many(a, _), Numbers::Many(b, _)) => {
                a.iter().zip(b.iter()).map(|(a, b)| f(*a, *b)).collect()
            }
        };
        without_nan(values.into(), nulls)
    }

    /// Applies a function row by row; NaN becomes null.
    pub fn apply(&self, f: impl Fn(f64) -> f64) -> Numbers<f64> {
        self.compute(&Numbers::One(Some(0.0)), |value, _| f(value))
    }
}

fn collect<T: Copy>(values: &[T], test: impl Fn(T) -> bool) -> BooleanBuffer {
    BooleanBuffer::collect_bool(values.len(), |row| test(values[row]))
}

/// Builds numbers row by row.
pub(super) fn numbers<R: ArrowNativeType>(
    rows: usize,
    f: impl Fn(usize) -> Option<R>,
) -> Numbers<R> {
    let mut values = Vec::with_capacity(rows);
    let mut valid = Vec::with_capacity(rows);
    for row in 0..rows {
        let value = f(row);
        valid.push(value.is_some());
        values.push(value.unwrap_or_default());
    }
    Numbers::Many(values.into(), Some(NullBuffer::from(valid)))
}

/// The same bit in every row.
pub(super) fn constant(value: bool, rows: usize) -> BooleanBuffer {
    if value { BooleanBuffer::new_set(rows) } else { BooleanBuffer::new_unset(rows) }
}

/// Whether each row has no value.
pub(super) fn is_null(nulls: Option<&NullBuffer>, rows: usize) -> BooleanBuffer {
    match nulls {
        Some(nulls) => !nulls.inner(),
        None => BooleanBuffer::new_unset(rows),
    }
}

impl Texts {
    /// The text of a row.
    pub fn get(&self, row: usize) -> Option<&str> {
        use arrow::array::Array;
        match self {
            Texts::One(text) => text.as_deref(),
            Texts::Many(texts) => {
                (row < texts.len() && texts.is_valid(row)).then(|| texts.value(row))
            }
        }
    }

    /// Tests each row; null where `test` says so.
    pub fn test(&self, rows: usize, test: impl Fn(&str) -> bool) -> BooleanArray {
        match self {
            Texts::One(None) => BooleanArray::new_null(rows),
            Texts::One(Some(text)) => BooleanArray::new(constant(test(text), rows), None),
            Texts::Many(texts) => {
                use arrow::array::Array;
                let bits = BooleanBuffer::collect_bool(texts.len(), |row| test(texts.value(row)));
                BooleanArray::new(bits, texts.nulls().cloned())
            }
        }
    }

    /// Builds texts row by row.
    pub fn map(&self, rows: usize, f: impl Fn(&str) -> String) -> Texts {
        match self {
            Texts::One(text) => Texts::One(text.as_deref().map(f)),
            Texts::Many(_) => Texts::Many((0..rows).map(|row| self.get(row).map(&f)).collect()),
        }
    }
}

impl Values {
    /// As an Arrow array of `rows` values.
    pub fn into_array(self, rows: usize) -> ArrayRef {
        match self {
            Values::Bool(array) => Arc::new(array),
            Values::Int(numbers) => {
                let (values, nulls) = numbers.spread(rows);
                Arc::new(Int64Array::new(values, nulls))
            }
            Values::Float(numbers) => {
                let (values, nulls) = numbers.spread(rows);
                Arc::new(Float64Array::new(values, nulls))
            }
            Values::Time(numbers) => {
                let (values, nulls) = numbers.spread(rows);
                Arc::new(TimestampMicrosecondArray::new(values, nulls))
            }
            Values::Text(Texts::Many(texts)) => Arc::new(texts),
            Values::Text(Texts::One(text)) => {
                Arc::new(std::iter::repeat_n(text.as_deref(), rows).collect::<StringArray>())
            }
        }
    }
}
