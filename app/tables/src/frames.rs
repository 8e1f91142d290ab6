//! Messages of an Arrow IPC stream, whole and sound: what the decoder gets cannot make it reach
//! beyond the bytes of a message. (Arrow columnar format 1.5, "Encapsulated message format".)

use arrow::{
    buffer::Buffer,
    datatypes::{DataType, Schema},
    ipc::{DateUnit, Field, Precision, RecordBatch, TimeUnit, Type, root_as_message},
};

use crate::TableError;

/// Bytes of the mark before the length of a message.
pub(crate) const MARK: usize = 4;

/// Marks the beginning of a message.
const CONTINUATION: [u8; MARK] = [0xff; MARK];

/// Metadata longer than this is no table's.
const MAX_METADATA: usize = 64 << 20;

/// Collects bytes, however they are cut, until they make whole messages.
#[derive(Default)]
pub(crate) struct Frames {
    pending: Vec<u8>,
    /// Where the next message begins in `pending`.
    at: usize,
}

impl Frames {
    pub fn push(&mut self, bytes: &[u8]) {
        // What has been given out goes before more is taken in: a chunk is moved once at most.
        self.pending.drain(..self.at.min(self.pending.len()));
        self.at = 0;
        self.pending.extend_from_slice(bytes);
    }

    /// The next message, with its marks; `None` until it is whole.
    pub fn next(&mut self) -> Result<Option<Buffer>, TableError> {
        let rest = self.pending.get(self.at..).unwrap_or_default();
        let lead = rest.get(..4.min(rest.len())).unwrap_or_default();
        if !CONTINUATION.starts_with(lead) {
            return Err(broken("no Arrow IPC stream"));
        }
        let Some(length) = rest.get(4..8).and_then(|bytes| bytes.try_into().ok()) else {
            return Ok(None);
        };
        let length = u32::from_le_bytes(length) as usize;
        if length > MAX_METADATA {
            return Err(broken("metadata too long"));
        }
        let Some(metadata) = rest.get(8..8 + length) else { return Ok(None) };
        let body = if length == 0 { 0 } else { body_length(metadata)? };
        let Some(message) = rest.get(..(8 + length).saturating_add(body)) else { return Ok(None) };
        let message = Buffer::from(message);
        self.at += message.len();
        Ok(Some(message))
    }

    /// Whether bytes of an unfinished message are waiting.
    pub fn is_empty(&self) -> bool {
        self.at >= self.pending.len()
    }
}

fn broken(reason: &str) -> TableError {
    TableError::NotArrow(reason.to_owned())
}

fn body_length(metadata: &[u8]) -> Result<usize, TableError> {
    let message = root_as_message(metadata).map_err(|error| broken(&error.to_string()))?;
    usize::try_from(message.bodyLength()).map_err(|_| broken("negative length"))
}

/// Checks a message that [`Frames::next`] gave: every buffer of a batch must lie within it, and be
/// as long as the rows need. `schema` is that of the stream, once it is known.
pub(crate) fn check(message: &[u8], schema: Option<&Schema>) -> Result<(), TableError> {
    let metadata = message.get(8..).unwrap_or_default();
    if metadata.is_empty() {
        return Ok(());
    }
    let message = root_as_message(metadata).map_err(|error| broken(&error.to_string()))?;
    if let Some(header) = message.header_as_schema() {
        let all_known = header.fields().is_some_and(|fields| fields.iter().all(is_known));
        return if schema.is_none() && all_known {
            Ok(())
        } else {
            Err(broken("a second schema, or a type that no protocol of the VO has"))
        };
    }
    let Some(batch) = message.header_as_record_batch() else { return Err(broken("no rows")) };
    let (Some(schema), None) = (schema, batch.compression()) else {
        return Err(broken("rows without a schema, or compressed"));
    };
    let mut walk = Walk { batch, node: 0, buffer: 0, body: message.bodyLength() };
    for field in schema.fields() {
        walk.column(field.data_type(), Some(batch.length()))?;
    }
    Ok(())
}

/// Whether a column is of a type that the decoder can build and [`crate::cells`] can write.
fn is_known(field: Field<'_>) -> bool {
    let is_item = |size: i32| {
        let item = field.children().filter(|children| children.len() == 1);
        size >= 0
            && item.is_some_and(|children| !is_list(children.get(0)) && is_known(children.get(0)))
    };
    let is_type = match field.type_type() {
        Type::Bool | Type::Utf8 | Type::LargeUtf8 => true,
        Type::Int => {
            field.type_as_int().is_some_and(|int| matches!(int.bitWidth(), 8 | 16 | 32 | 64))
        }
        Type::FloatingPoint => field.type_as_floating_point().is_some_and(|float| {
            matches!(float.precision(), Precision::SINGLE | Precision::DOUBLE)
        }),
        Type::Date => field
            .type_as_date()
            .is_some_and(|date| matches!(date.unit(), DateUnit::DAY | DateUnit::MILLISECOND)),
        Type::Timestamp => field
            .type_as_timestamp()
            .is_some_and(|time| time.unit().0 <= TimeUnit::NANOSECOND.0 && time.unit().0 >= 0),
        Type::List | Type::LargeList => is_item(0),
        Type::FixedSizeList => {
            field.type_as_fixed_size_list().is_some_and(|list| is_item(list.listSize()))
        }
        _ => false,
    };
    is_type && field.name().is_some() && field.dictionary().is_none()
}

fn is_list(field: Field<'_>) -> bool {
    matches!(field.type_type(), Type::List | Type::LargeList | Type::FixedSizeList)
}

/// Goes through the nodes and buffers of a batch as its columns use them.
struct Walk<'a> {
    batch: RecordBatch<'a>,
    node: usize,
    buffer: usize,
    body: i64,
}

impl Walk<'_> {
    /// Checks a column, which has as many values as the batch has rows; of the items of lists
    /// `rows` is not known.
    fn column(&mut self, data_type: &DataType, rows: Option<i64>) -> Result<(), TableError> {
        let nodes = self.batch.nodes().ok_or_else(|| broken("no nodes"))?;
        if self.node >= nodes.len() {
            return Err(broken("too few nodes"));
        }
        let node = nodes.get(self.node);
        self.node += 1;
        let length = node.length();
        let fits = (0..=self.body.saturating_mul(8).max(0)).contains(&length)
            && (0..=length).contains(&node.null_count());
        if rows.is_some_and(|rows| rows != length) || !fits {
            return Err(broken("columns of different lengths"));
        }
        self.buffer(1, if node.null_count() > 0 { (length + 7) / 8 } else { 0 })?;
        match data_type {
            DataType::Boolean => self.buffer(1, (length + 7) / 8),
            DataType::Utf8 | DataType::List(_) => {
                self.buffer(4, if length > 0 { length + 1 } else { 0 })?;
                self.content(data_type)
            }
            DataType::LargeUtf8 | DataType::LargeList(_) => {
                self.buffer(8, if length > 0 { length + 1 } else { 0 })?;
                self.content(data_type)
            }
            DataType::FixedSizeList(item, size) => {
                self.column(item.data_type(), Some(length.saturating_mul(i64::from(*size))))
            }
            data_type => match data_type.primitive_width() {
                Some(width) => self.buffer(width as i64, length),
                None => Err(broken("a type that no protocol of the VO has")),
            },
        }
    }

    fn content(&mut self, data_type: &DataType) -> Result<(), TableError> {
        match data_type {
            DataType::List(item) | DataType::LargeList(item) => self.column(item.data_type(), None),
            _ => self.buffer(1, 0),
        }
    }

    /// Checks that the next buffer lies within the body and holds at least `count` values of
    /// `width` bytes, whole and where the format has them: at multiples of eight bytes.
    fn buffer(&mut self, width: i64, count: i64) -> Result<(), TableError> {
        let buffers = self.batch.buffers().ok_or_else(|| broken("no buffers"))?;
        if self.buffer >= buffers.len() {
            return Err(broken("too few buffers"));
        }
        let buffer = buffers.get(self.buffer);
        self.buffer += 1;
        let (offset, length) = (buffer.offset(), buffer.length());
        let fits = offset >= 0
            && offset % 8 == 0
            && length >= count.saturating_mul(width)
            && length % width == 0
            && offset.checked_add(length).is_some_and(|end| end <= self.body);
        if fits { Ok(()) } else { Err(broken("a buffer lies beyond its message")) }
    }
}
