//! Small FITS files, written byte by byte, and object stores that fail.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::stream::BoxStream;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, local::LocalFileSystem,
    path::Path as ObjectPath,
};

use crate::{Archive, IngestOptions, IngestReport, store::Objects};
use tenkyu_store::testing;

/// A header of cards `KEYWORD = value`, padded to a block.
pub(super) fn header(cards: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    for card in cards.iter().chain(&["END"]) {
        let text = match card.split_once('=') {
            Some((key, value)) => format!("{:<8}= {}", key.trim(), value.trim()),
            None => (*card).to_owned(),
        };
        out.extend(format!("{text:<80}").bytes());
    }
    pad(&mut out, b' ');
    out
}

fn pad(bytes: &mut Vec<u8>, with: u8) {
    bytes.resize(bytes.len().next_multiple_of(2880), with);
}

/// An image of 20 × 10 16-bit pixels with a gradient, a place on the sky and `extra` cards.
pub(super) fn image(extra: &[&str]) -> Vec<u8> {
    let mut cards = vec![
        "SIMPLE = T",
        "BITPIX = 16",
        "NAXIS = 2",
        "NAXIS1 = 20",
        "NAXIS2 = 10",
        "CTYPE1 = 'RA---TAN'",
        "CTYPE2 = 'DEC--TAN'",
        "CRVAL1 = 150.0",
        "CRVAL2 = 2.0",
        "CRPIX1 = 10.5",
        "CRPIX2 = 5.5",
        "CDELT1 = -0.001",
        "CDELT2 = 0.001",
        "RADESYS = 'ICRS'",
    ];
    cards.extend_from_slice(extra);
    let mut out = header(&cards);
    for pixel in 0..200_i16 {
        out.extend(pixel.to_be_bytes());
    }
    pad(&mut out, 0);
    out
}

/// An event list of 500 photons in sky pixels about (83.6°, 22°), as OGIP has them.
pub(super) fn events() -> Vec<u8> {
    let mut out = header(&["SIMPLE = T", "BITPIX = 8", "NAXIS = 0", "EXTEND = T"]);
    out.extend(header(&[
        "XTENSION= 'BINTABLE'",
        "BITPIX = 8",
        "NAXIS = 2",
        "NAXIS1 = 12",
        "NAXIS2 = 500",
        "PCOUNT = 0",
        "GCOUNT = 1",
        "TFIELDS = 3",
        "TTYPE1 = 'X'",
        "TFORM1 = 'E'",
        "TTYPE2 = 'Y'",
        "TFORM2 = 'E'",
        "TTYPE3 = 'PI'",
        "TFORM3 = 'J'",
        "EXTNAME = 'EVENTS'",
        "HDUCLAS1= 'EVENTS'",
        "TELESCOP= 'CHANDRA'",
        "INSTRUME= 'ACIS'",
        "OBJECT = 'Crab'",
        "OBS_ID = '4711'",
        "TSTART = 86400.0",
        "TSTOP = 172800.0",
        "MJDREF = 50814.0",
        "TIMESYS = 'TT'",
        "EXPOSURE= 80000.0",
        "TCTYP1 = 'RA---TAN'",
        "TCTYP2 = 'DEC--TAN'",
        "TCRVL1 = 83.6",
        "TCRVL2 = 22.0",
        "TCRPX1 = 4096.5",
        "TCRPX2 = 4096.5",
        "TCDLT1 = -0.000136667",
        "TCDLT2 = 0.000136667",
    ]));
    for event in 0..500_i32 {
        let angle = f64::from(event) * 0.61;
        let radius = 10.0 * f64::from(event).sqrt();
        for place in [4096.5 + radius * angle.cos(), 4096.5 + radius * angle.sin()] {
            out.extend((place as f32).to_be_bytes());
        }
        out.extend(event.to_be_bytes());
    }
    pad(&mut out, 0);
    out
}

/// A folder of files and an archive beside it.
pub(super) struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    pub(super) fn new() -> Place {
        Place { dir: tempfile::tempdir().unwrap() }
    }

    pub(super) fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(super) fn files(&self) -> PathBuf {
        self.dir.path().join("files")
    }

    pub(super) fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.files().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(super) async fn open(&self) -> Archive {
        let dir = self.data_dir();
        Archive::open(&dir, &testing::open(&dir).await).await.unwrap()
    }

    pub(super) async fn ingest(&self, archive: &Archive) -> IngestReport {
        ingest(archive, &[self.files()]).await
    }
}

pub(super) async fn ingest(archive: &Archive, paths: &[PathBuf]) -> IngestReport {
    archive.ingest(paths, IngestOptions::default(), |_| {}).await.unwrap()
}

/// All files below a folder.
pub(super) fn all_files(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { out.extend(all_files(&path)) } else { out.push(path) }
    }
    out
}

/// What a store does at its nth write.
#[derive(Clone, Copy, Debug)]
pub(super) enum Failure {
    /// It finds the disk full.
    DiskFull,
    /// It writes, and the process dies.
    Death,
}

/// A local store that fails from its nth write on.
#[derive(Debug)]
pub(super) struct Failing {
    inner: LocalFileSystem,
    failure: Failure,
    left: AtomicUsize,
}

/// An archive whose object store fails from the write after `writes` good ones on.
pub(super) fn failing(
    mut archive: Archive,
    data_dir: &Path,
    failure: Failure,
    writes: usize,
) -> Archive {
    let inner = LocalFileSystem::new_with_prefix(data_dir.join("objects")).unwrap();
    let store = Failing { inner, failure, left: AtomicUsize::new(writes) };
    archive.objects = Objects::with_store(data_dir, Arc::new(store));
    archive
}

impl fmt::Display for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failing store")
    }
}

#[async_trait::async_trait]
impl ObjectStore for Failing {
    async fn put_opts(
        &self,
        location: &ObjectPath,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let left = self.left.load(Ordering::SeqCst);
        self.left.store(left.saturating_sub(1), Ordering::SeqCst);
        match self.failure {
            Failure::DiskFull if left == 0 => Err(object_store::Error::Generic {
                store: "test",
                source: Box::new(std::io::Error::from(std::io::ErrorKind::StorageFull)),
            }),
            Failure::Death if left == 0 => {
                self.inner.put_opts(location, payload, options).await?;
                std::process::abort()
            }
            _ => self.inner.put_opts(location, payload, options).await,
        }
    }

    async fn put_multipart_opts(
        &self,
        location: &ObjectPath,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &ObjectPath, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<ObjectPath>>,
    ) -> BoxStream<'static, Result<ObjectPath>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&ObjectPath>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&ObjectPath>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(
        &self,
        from: &ObjectPath,
        to: &ObjectPath,
        options: CopyOptions,
    ) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
