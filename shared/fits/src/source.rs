//! Where bytes come from: a slice, or anything that can be read at an offset.

use std::{
    borrow::Cow,
    io::{self, Read, Seek, SeekFrom},
    sync::Mutex,
};

/// Random access to a fixed number of bytes.
pub trait ReadAt {
    /// How many bytes there are.
    fn size(&self) -> u64;

    /// Fills `buffer` from `offset`; an error when it reaches past the end.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;

    /// `length` bytes from `offset`, borrowed where the source lies in memory.
    ///
    /// Sources that own no memory image of themselves need not override this. Nothing is allocated
    /// for a range that reaches past the end.
    fn slice_at(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        let end = offset.checked_add(length as u64);
        if end.is_none_or(|end| end > self.size()) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut buffer = Vec::new();
        buffer.try_reserve_exact(length).map_err(|_| io::ErrorKind::OutOfMemory)?;
        buffer.resize(length, 0);
        self.read_at(offset, &mut buffer)?;
        Ok(Cow::Owned(buffer))
    }
}

impl ReadAt for [u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        buffer.copy_from_slice(&self.slice_at(offset, buffer.len())?);
        Ok(())
    }

    fn slice_at(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        usize::try_from(offset)
            .ok()
            .and_then(|start| self.get(start..start.checked_add(length)?))
            .map(Cow::Borrowed)
            .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

macro_rules! forward {
    ($($name:ident)? => $ty:ty) => {
        impl$(<$name: ReadAt + ?Sized>)? ReadAt for $ty {
            fn size(&self) -> u64 {
                (**self).size()
            }
            fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
                (**self).read_at(offset, buffer)
            }
            fn slice_at(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
                (**self).slice_at(offset, length)
            }
        }
    };
}

forward!(=> Vec<u8>);
forward!(=> Cow<'_, [u8]>);
forward!(T => &T);
forward!(T => Box<T>);
forward!(T => std::rc::Rc<T>);
forward!(T => std::sync::Arc<T>);

/// A [`ReadAt`] over anything that can be read and moved within, such as an opened file.
#[derive(Debug)]
pub struct Seekable<R> {
    inner: Mutex<R>,
    size: u64,
}

impl<R: Read + Seek> Seekable<R> {
    /// Takes `inner` and asks it for its size.
    pub fn new(mut inner: R) -> io::Result<Seekable<R>> {
        let size = inner.seek(SeekFrom::End(0))?;
        Ok(Seekable { inner: Mutex::new(inner), size })
    }
}

impl<R: Read + Seek> ReadAt for Seekable<R> {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        // A poisoned lock only means that another reader panicked: the next seek puts the
        // position right.
        let mut inner = self.inner.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        inner.seek(SeekFrom::Start(offset))?;
        inner.read_exact(buffer)
    }
}
