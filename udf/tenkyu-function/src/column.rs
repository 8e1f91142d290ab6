//! Arguments out of the caller's columns.

/// A column as it lies in memory.
#[repr(C)]
pub struct Column {
    pub(crate) values: *const u8,
    pub(crate) validity: *const u8,
    pub(crate) offsets: *const u32,
}

impl Column {
    fn is_null(&self, row: usize) -> bool {
        // SAFETY: the caller gives a byte a row, or no address.
        !self.validity.is_null() && unsafe { *self.validity.add(row) == 0 }
    }

    fn eight(&self, row: usize) -> [u8; 8] {
        // SAFETY: the caller gives eight bytes a row for a column of numbers.
        unsafe { self.values.add(8 * row).cast::<[u8; 8]>().read() }
    }

    pub(crate) fn bytes(&self, row: usize) -> &[u8] {
        // SAFETY: the caller gives offsets, one more than rows, that lie within the values.
        unsafe {
            let (start, end) = (*self.offsets.add(row), *self.offsets.add(row + 1));
            std::slice::from_raw_parts(self.values.add(start as usize), (end - start) as usize)
        }
    }
}

/// A type that an argument can have.
pub trait Argument<'a>: Sized {
    /// Its name in the description.
    const TYPE: &'static str;

    /// The argument of a row; `None` where it is NULL and the type has no place for that.
    #[doc(hidden)]
    fn read(column: &'a Column, row: usize) -> Option<Self>;
}

impl<'a> Argument<'a> for f64 {
    const TYPE: &'static str = "double";

    fn read(column: &'a Column, row: usize) -> Option<f64> {
        (!column.is_null(row)).then(|| f64::from_le_bytes(column.eight(row)))
    }
}

impl<'a> Argument<'a> for i64 {
    const TYPE: &'static str = "bigint";

    fn read(column: &'a Column, row: usize) -> Option<i64> {
        (!column.is_null(row)).then(|| i64::from_le_bytes(column.eight(row)))
    }
}

impl<'a> Argument<'a> for &'a str {
    const TYPE: &'static str = "text";

    fn read(column: &'a Column, row: usize) -> Option<&'a str> {
        if column.is_null(row) {
            return None;
        }
        std::str::from_utf8(column.bytes(row)).ok()
    }
}

impl<'a, T: Argument<'a>> Argument<'a> for Option<T> {
    const TYPE: &'static str = T::TYPE;

    fn read(column: &'a Column, row: usize) -> Option<Option<T>> {
        Some(T::read(column, row))
    }
}
