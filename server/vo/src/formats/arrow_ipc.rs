//! Arrow IPC stream (`application/vnd.apache.arrow.stream`).
//!
//! The schema carries `tenkyu.maxrec`; a stream that was cut holds exactly that many rows and is
//! followed by nothing but the end-of-stream mark, and the trailer `tenkyu-overflow` says `true`.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use bytes::Bytes;

use super::{Encoder, End};
use crate::layout::Layout;

pub(super) struct ArrowStream {
    writer: StreamWriter<Vec<u8>>,
}

impl ArrowStream {
    pub(super) fn new(layout: &Layout) -> Result<Self, ArrowError> {
        Ok(ArrowStream { writer: StreamWriter::try_new(Vec::new(), &layout.schema())? })
    }

    fn take(&mut self) -> Bytes {
        std::mem::take(self.writer.get_mut()).into()
    }
}

impl Encoder for ArrowStream {
    fn start(&mut self) -> Result<Bytes, ArrowError> {
        Ok(self.take())
    }

    fn rows(&mut self, batch: &RecordBatch) -> Result<Bytes, ArrowError> {
        self.writer.write(batch)?;
        Ok(self.take())
    }

    fn finish(&mut self, end: &End<'_>) -> Result<Option<Bytes>, ArrowError> {
        if end.error.is_some() {
            return Ok(None);
        }
        self.writer.finish()?;
        Ok(Some(self.take()))
    }
}
