//! Values on their way to the caller.

use crate::column::Column;

/// A column that is being made.
pub struct Output {
    values: Vec<u8>,
    validity: Vec<u8>,
    /// Elements before each row, where rows differ in length.
    offsets: Vec<u32>,
    elements: u32,
}

impl Output {
    pub(crate) const fn new() -> Output {
        Output { values: Vec::new(), validity: Vec::new(), offsets: Vec::new(), elements: 0 }
    }

    fn number(&mut self, bytes: [u8; 8]) {
        self.values.extend_from_slice(&bytes);
    }

    fn end(&mut self, elements: usize, valid: bool) {
        self.elements += elements as u32;
        self.offsets.push(self.elements);
        self.validity.push(u8::from(valid));
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.values.extend_from_slice(bytes);
        self.end(bytes.len(), true);
    }

    pub(crate) fn clear(&mut self, rows: usize) {
        self.values.clear();
        self.validity.clear();
        self.validity.reserve(rows);
        self.offsets.clear();
        self.offsets.push(0);
        self.elements = 0;
    }

    pub(crate) fn column(&self) -> Column {
        Column {
            values: self.values.as_ptr(),
            validity: self.validity.as_ptr(),
            offsets: self.offsets.as_ptr(),
        }
    }
}

/// A type that a value can have.
pub trait Value: Sized {
    /// Its name in the description.
    const TYPE: &'static str;

    /// Appends the value. The error ends the query.
    #[doc(hidden)]
    fn put(self, output: &mut Output) -> Result<(), String>;

    /// Appends NULL.
    #[doc(hidden)]
    fn put_null(output: &mut Output);
}

macro_rules! numbers {
    ($($type:ty, $name:literal, $list:literal;)*) => { $(
        impl Value for $type {
            const TYPE: &'static str = $name;

            fn put(self, output: &mut Output) -> Result<(), String> {
                output.number(self.to_le_bytes());
                output.end(1, true);
                Ok(())
            }

            fn put_null(output: &mut Output) {
                output.number([0; 8]);
                output.end(1, false);
            }
        }

        impl Value for Vec<$type> {
            const TYPE: &'static str = $list;

            fn put(self, output: &mut Output) -> Result<(), String> {
                self.iter().for_each(|number| output.number(number.to_le_bytes()));
                output.end(self.len(), true);
                Ok(())
            }

            fn put_null(output: &mut Output) {
                output.end(0, false);
            }
        }
    )* };
}

numbers! {
    f64, "double", "double[]";
    i64, "bigint", "bigint[]";
}

impl Value for String {
    const TYPE: &'static str = "text";

    fn put(self, output: &mut Output) -> Result<(), String> {
        output.bytes(self.as_bytes());
        Ok(())
    }

    fn put_null(output: &mut Output) {
        output.end(0, false);
    }
}

impl<T: Value> Value for Option<T> {
    const TYPE: &'static str = T::TYPE;

    fn put(self, output: &mut Output) -> Result<(), String> {
        match self {
            Some(value) => value.put(output),
            None => {
                T::put_null(output);
                Ok(())
            }
        }
    }

    fn put_null(output: &mut Output) {
        T::put_null(output);
    }
}

impl<T: Value, E: ToString> Value for Result<T, E> {
    const TYPE: &'static str = T::TYPE;

    fn put(self, output: &mut Output) -> Result<(), String> {
        self.map_err(|error| error.to_string())?.put(output)
    }

    fn put_null(output: &mut Output) {
        T::put_null(output);
    }
}
