//! Arrow columns in a module's memory.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, GenericByteArray, ListArray, PrimitiveArray, StringArray,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{
    BinaryType, ByteArrayType, DataType, Field, FieldRef, Float64Type, Int64Type, Utf8Type,
};
use tenkyu_wire::functions::ValueType;

use crate::Machine;

/// Bytes of a column: three addresses.
const COLUMN: u32 = 12;

/// The Arrow type in which values of a type come and go.
pub fn arrow_type(kind: ValueType) -> DataType {
    match kind {
        ValueType::Double => DataType::Float64,
        ValueType::BigInt => DataType::Int64,
        ValueType::Text => DataType::Utf8,
        ValueType::Doubles => DataType::List(item(DataType::Float64)),
        ValueType::BigInts => DataType::List(item(DataType::Int64)),
    }
}

fn item(kind: DataType) -> FieldRef {
    Arc::new(Field::new_list_field(kind, true))
}

/// What is written into a module's memory in one piece. Addresses in it are counted from its
/// beginning until [`Block::placed`] knows where that is.
#[derive(Default)]
pub(crate) struct Block {
    bytes: Vec<u8>,
    /// Where addresses stand.
    addresses: Vec<usize>,
}

impl Block {
    /// Adds bytes at a multiple of 8; gives their place.
    fn push(&mut self, bytes: impl IntoIterator<Item = u8>) -> u32 {
        // Nothing lies at 0, which stands for no address.
        self.bytes.resize(self.bytes.len().next_multiple_of(8).max(8), 0);
        // More than 4 GiB is found by `len`, before anything is written.
        let place = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        self.bytes.extend(bytes);
        place
    }

    pub fn numbers(&mut self, numbers: &[u32]) -> u32 {
        self.push(numbers.iter().flat_map(|number| number.to_le_bytes()))
    }

    /// Adds the columns; gives the place of the first of their descriptors. `None` for an array of
    /// a type that no argument has.
    pub fn columns(&mut self, columns: &[ArrayRef]) -> Option<u32> {
        let mut places = Vec::with_capacity(columns.len() * 3);
        for column in columns {
            let (values, offsets) = match column.data_type() {
                DataType::Float64 => {
                    let values = column.as_primitive::<Float64Type>().values();
                    (self.push(values.iter().flat_map(|v| v.to_le_bytes())), 0)
                }
                DataType::Int64 => {
                    let values = column.as_primitive::<Int64Type>().values();
                    (self.push(values.iter().flat_map(|v| v.to_le_bytes())), 0)
                }
                DataType::Utf8 => self.bytes_column::<Utf8Type>(column.as_bytes()),
                DataType::Binary => self.bytes_column::<BinaryType>(column.as_bytes()),
                _ => return None,
            };
            let validity = match column.nulls().filter(|nulls| nulls.null_count() > 0) {
                Some(nulls) => self.push(nulls.iter().map(u8::from)),
                None => 0,
            };
            places.extend([values, validity, offsets]);
        }
        let first = self.numbers(&places);
        let start = usize::try_from(first).ok()?;
        let addresses = places.iter().enumerate().filter(|(_, place)| **place != 0);
        self.addresses.extend(addresses.map(|(index, _)| start + index * 4));
        Some(first)
    }

    fn bytes_column<T: ByteArrayType<Offset = i32>>(
        &mut self,
        array: &GenericByteArray<T>,
    ) -> (u32, u32) {
        let offsets = array.value_offsets();
        let (first, last) = (offsets.first().copied(), offsets.last().copied());
        let (first, last) = (first.unwrap_or(0), last.unwrap_or(0));
        let range = usize::try_from(first).unwrap_or(0)..usize::try_from(last).unwrap_or(0);
        let values = array.value_data().get(range).unwrap_or_default();
        let values = self.push(values.iter().copied());
        let offsets = self.push(offsets.iter().flat_map(|o| (o - first).to_le_bytes()));
        (values, offsets)
    }

    /// Bytes that it needs; `None` beyond what 32 bits address.
    pub fn len(&self) -> Option<u32> {
        u32::try_from(self.bytes.len()).ok()
    }

    /// The bytes as they are at an address.
    pub fn placed(mut self, base: u32) -> Vec<u8> {
        for at in self.addresses {
            let Some(place) = self.bytes.get_mut(at..at + 4) else { continue };
            if let Ok(relative) = <[u8; 4]>::try_from(&*place) {
                let address = base.wrapping_add(u32::from_le_bytes(relative));
                place.copy_from_slice(&address.to_le_bytes());
            }
        }
        self.bytes
    }
}

/// Reads a column of values. The error says what is wrong with it.
pub(crate) fn read(
    machine: &impl Machine,
    address: u32,
    kind: ValueType,
    rows: u32,
) -> Result<ArrayRef, String> {
    let column = Column::read(machine, address, rows)?;
    Ok(match kind {
        ValueType::Double => Arc::new(finite(column.values(rows)?, column.nulls.as_ref())),
        ValueType::BigInt => {
            Arc::new(PrimitiveArray::<Int64Type>::new(column.values(rows)?, column.nulls))
        }
        ValueType::Text => {
            let (offsets, last) = column.offsets()?;
            let values = Buffer::from_vec(column.bytes(last)?);
            let read = StringArray::try_new(offsets, values, column.nulls);
            Arc::new(read.map_err(|_| "a text is not UTF-8".to_owned())?)
        }
        ValueType::Doubles => {
            let (offsets, last) = column.offsets()?;
            let values: ArrayRef = Arc::new(finite(column.values(last)?, None));
            list(offsets, values, column.nulls)?
        }
        ValueType::BigInts => {
            let (offsets, last) = column.offsets()?;
            let values = PrimitiveArray::<Int64Type>::new(column.values(last)?, None);
            list(offsets, Arc::new(values), column.nulls)?
        }
    })
}

/// Reads a column of states.
pub(crate) fn read_states(
    machine: &impl Machine,
    address: u32,
    rows: u32,
) -> Result<BinaryArray, String> {
    let column = Column::read(machine, address, rows)?;
    let (offsets, last) = column.offsets()?;
    let values = Buffer::from_vec(column.bytes(last)?);
    BinaryArray::try_new(offsets, values, None).map_err(|error| error.to_string())
}

fn list(
    offsets: OffsetBuffer<i32>,
    values: ArrayRef,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, String> {
    let list = ListArray::try_new(item(values.data_type().clone()), offsets, values, nulls);
    Ok(Arc::new(list.map_err(|error| error.to_string())?))
}

/// The numbers, NULL for what is not finite, and no −0.
fn finite(values: ScalarBuffer<f64>, nulls: Option<&NullBuffer>) -> PrimitiveArray<Float64Type> {
    let valid = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
    let rows = values.iter().enumerate();
    rows.map(|(row, value)| (value.is_finite() && valid(row)).then_some(value + 0.0)).collect()
}

/// A column that a module gave back.
struct Column<'m, M> {
    machine: &'m M,
    values: u32,
    offsets: u32,
    rows: u32,
    nulls: Option<NullBuffer>,
}

impl<'m, M: Machine> Column<'m, M> {
    fn read(machine: &'m M, address: u32, rows: u32) -> Result<Self, String> {
        let parts = words(&bytes(machine, address, COLUMN, "a column")?);
        let [values, validity, offsets] = parts.as_slice() else {
            return Err("a column is three addresses".to_owned());
        };
        let nulls = match validity {
            0 => None,
            at => {
                let marks = bytes(machine, *at, rows, "the validity")?;
                Some(NullBuffer::from_iter(marks.into_iter().map(|mark| mark != 0)))
            }
        };
        Ok(Column { machine, values: *values, offsets: *offsets, rows, nulls })
    }

    fn bytes(&self, count: u32) -> Result<Vec<u8>, String> {
        bytes(self.machine, self.values, count, "the values")
    }

    /// Numbers of 8 bytes.
    fn values<T: arrow::datatypes::ArrowNativeType>(
        &self,
        count: u32,
    ) -> Result<ScalarBuffer<T>, String> {
        let size = count.checked_mul(8).ok_or("too many values")?;
        let length = usize::try_from(count).map_err(|_| "too many values")?;
        // Copied, as the bytes read may lie anywhere.
        let buffer = Buffer::from(self.bytes(size)?.as_slice());
        Ok(ScalarBuffer::new(buffer, 0, length))
    }

    /// The offsets with the last of them.
    fn offsets(&self) -> Result<(OffsetBuffer<i32>, u32), String> {
        let count = self.rows.checked_add(1).and_then(|count| count.checked_mul(4));
        let count = count.ok_or("too many rows")?;
        let offsets = words(&bytes(self.machine, self.offsets, count, "the offsets")?);
        let ordered = offsets.windows(2).all(|pair| matches!(pair, [a, b] if a <= b));
        let last = offsets.last().copied().unwrap_or(0);
        if offsets.first() != Some(&0) || !ordered || i32::try_from(last).is_err() {
            return Err("offsets begin at 0 and never fall".to_owned());
        }
        let offsets: Vec<i32> =
            offsets.into_iter().map(|offset| i32::try_from(offset).unwrap_or(0)).collect();
        Ok((OffsetBuffer::new(offsets.into()), last))
    }
}

/// Bytes of a module's memory.
fn bytes(machine: &impl Machine, at: u32, count: u32, what: &str) -> Result<Vec<u8>, String> {
    machine.read(at, count).ok_or_else(|| format!("{what} at {at} lie outside of its memory"))
}

pub(crate) fn words(bytes: &[u8]) -> Vec<u32> {
    let (words, _) = bytes.as_chunks::<4>();
    words.iter().map(|word| u32::from_le_bytes(*word)).collect()
}
