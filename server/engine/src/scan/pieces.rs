//! Parts of a file in memory, read in few and large pieces.

use std::{fs::File, io, path::Path};

use bytes::{Buf as _, Bytes, buf::Reader};
use parquet::{
    errors::{ParquetError, Result},
    file::reader::{ChunkReader, Length},
};
use rustix::{buffer::spare_capacity, io::Errno};

/// Parts that are no farther from each other are read together: seeking costs more.
const GAP: u64 = 64 << 10;

/// Parts of a Parquet file, which a reader takes for the file.
#[derive(Clone)]
pub struct Pieces {
    length: u64,
    /// Offsets in the file and what lies there, in order.
    parts: Vec<(u64, Bytes)>,
}

impl Pieces {
    /// Reads parts of a file, given by offset and length.
    pub fn read(file: &Path, mut ranges: Vec<(u64, u64)>) -> Result<Self> {
        let file = File::open(file)?;
        let length = file.metadata()?.len();
        // What lies between the parts is not wanted, however much the system would read ahead.
        #[cfg(target_os = "linux")]
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::Random).map_err(io::Error::from)?;
        ranges.sort_unstable();
        let mut joined: Vec<(u64, u64)> = Vec::new();
        for (start, size) in ranges {
            let end = start.saturating_add(size).min(length);
            match joined.last_mut() {
                Some(last) if start <= last.1.saturating_add(GAP) => last.1 = last.1.max(end),
                _ => joined.push((start, end)),
            }
        }
        let mut parts = Vec::with_capacity(joined.len());
        for (start, end) in joined {
            let size = usize::try_from(end.saturating_sub(start)).unwrap_or(0);
            parts.push((start, Bytes::from(part(&file, start, size)?)));
        }
        Ok(Self { length, parts })
    }

    /// What lies at an offset, to the end of its piece.
    fn at(&self, offset: u64) -> Result<Bytes> {
        let next = self.parts.partition_point(|(start, _)| *start <= offset);
        let found = next.checked_sub(1).and_then(|at| self.parts.get(at));
        let found = found.and_then(|(start, bytes)| {
            let skip = usize::try_from(offset - start).ok().filter(|skip| *skip <= bytes.len())?;
            Some(bytes.slice(skip..))
        });
        found.ok_or_else(|| ParquetError::EOF(format!("nothing was read at byte {offset}")))
    }
}

/// `size` bytes of a file, or as many as it has from there on.
fn part(file: &File, start: u64, size: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(size);
    while bytes.len() < size {
        let at = start.saturating_add(bytes.len() as u64);
        // The capacity may be more than was asked for.
        match rustix::io::pread(file, spare_capacity(&mut bytes), at) {
            Ok(0) => break,
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    bytes.truncate(size);
    Ok(bytes)
}

impl Length for Pieces {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Pieces {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(self.at(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let bytes = self.at(start)?;
        if bytes.len() < length {
            let reason = format!("{length} bytes at {start}, of which {} were read", bytes.len());
            return Err(ParquetError::EOF(reason));
        }
        Ok(bytes.slice(..length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_where_they_lie_in_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let content: Vec<u8> = (0..300_000_u32).map(|i| (i % 251) as u8).collect();
        std::fs::write(&path, &content).unwrap();
        let pieces =
            Pieces::read(&path, vec![(200_000, 10), (5, 10), (20, 5), (299_990, 100)]).unwrap();
        assert_eq!(pieces.parts.len(), 3);
        for (start, length) in [(5, 10), (20, 5), (200_003, 7), (299_990, 10)] {
            let from = start as usize;
            assert_eq!(pieces.get_bytes(start, length).unwrap(), content[from..from + length]);
        }
        assert_eq!(pieces.len(), 300_000);
        assert!(pieces.get_bytes(100_000, 1).is_err() && pieces.get_bytes(0, 1).is_err());
        assert!(pieces.get_bytes(200_003, 8).is_err());
    }
}
