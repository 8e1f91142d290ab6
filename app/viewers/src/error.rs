//! What can go wrong in a viewer, as a page tells it.

use tenkyu_fits::FitsError;
use tenkyu_wire::messages::viewers as m;
use tenkyu_wire::{Explain, Lang};

use crate::gpu::GpuError;

/// Why a viewer cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ViewerError {
    /// No device.
    #[error("no GPU")]
    Gpu(#[from] GpuError),
    /// The device was there, and is no more.
    #[error("the GPU was lost")]
    GpuLost,
    /// The file.
    #[error(transparent)]
    Fits(#[from] FitsError),
    /// No file is open.
    #[error("nothing is open")]
    NothingOpen,
    /// The HDU has no pixels.
    #[error("HDU {hdu} has no pixels")]
    NoPixels {
        /// Which HDU.
        hdu: usize,
    },
    /// The plane does not exist.
    #[error("HDU {hdu} has {count} planes, not {plane}")]
    NoPlane {
        /// Which HDU.
        hdu: usize,
        /// Asked for, from 0.
        plane: u64,
        /// How many there are.
        count: u64,
    },
    /// The HDU has no spectrum.
    #[error("HDU {hdu} has no spectrum")]
    NoSpectrum {
        /// Which HDU.
        hdu: usize,
    },
    /// State or other input that cannot be read.
    #[error("bad request: {what}")]
    BadRequest {
        /// What is wrong with it.
        what: String,
    },
    /// A download failed.
    #[error("{url}: {reason}")]
    Fetch {
        /// From where.
        url: String,
        /// Why.
        reason: String,
    },
    /// The file is too large for the page.
    #[error("{bytes} bytes do not fit into memory")]
    OutOfMemory {
        /// Its size.
        bytes: u64,
    },
}

impl From<serde_json::Error> for ViewerError {
    fn from(error: serde_json::Error) -> Self {
        ViewerError::BadRequest { what: error.to_string() }
    }
}

impl Explain for ViewerError {
    fn code(&self) -> &'static str {
        match self {
            ViewerError::Gpu(_) => "no-gpu",
            ViewerError::GpuLost => "gpu-lost",
            ViewerError::Fits(error) => error.code(),
            ViewerError::NothingOpen => "viewer-nothing-open",
            ViewerError::NoPixels { .. } => "viewer-no-pixels",
            ViewerError::NoPlane { .. } => "viewer-no-plane",
            ViewerError::NoSpectrum { .. } => "viewer-no-spectrum",
            ViewerError::BadRequest { .. } => "viewer-bad-request",
            ViewerError::Fetch { .. } => "viewer-fetch",
            ViewerError::OutOfMemory { .. } => "viewer-out-of-memory",
        }
    }

    fn detail(&self, lang: Lang) -> String {
        match self {
            ViewerError::Gpu(_) => m::NO_GPU.text(lang).to_owned(),
            ViewerError::GpuLost => m::GPU_LOST.text(lang).to_owned(),
            ViewerError::Fits(error) => error.detail(lang),
            ViewerError::NothingOpen => m::NOTHING_OPEN.text(lang).to_owned(),
            ViewerError::NoPixels { hdu } => m::NO_PIXELS.with(lang, &[("hdu", &hdu.to_string())]),
            ViewerError::NoPlane { hdu, plane, count } => m::NO_PLANE.with(
                lang,
                &[
                    ("hdu", &hdu.to_string()),
                    ("plane", &plane.to_string()),
                    ("count", &count.to_string()),
                ],
            ),
            ViewerError::NoSpectrum { hdu } => {
                m::NO_SPECTRUM.with(lang, &[("hdu", &hdu.to_string())])
            }
            ViewerError::BadRequest { what } => m::BAD_REQUEST.with(lang, &[("what", what)]),
            ViewerError::Fetch { url, reason } => {
                m::FETCH.with(lang, &[("url", url), ("reason", reason)])
            }
            ViewerError::OutOfMemory { bytes } => {
                let size = format!("{:.1} GB", *bytes as f64 / 1e9);
                m::OUT_OF_MEMORY.with(lang, &[("size", &size)])
            }
        }
    }

    fn help(&self, lang: Lang) -> Option<String> {
        let message = match self {
            ViewerError::Gpu(_) => m::NO_GPU_HELP,
            ViewerError::GpuLost => m::GPU_LOST_HELP,
            ViewerError::Fits(error) => return error.help(lang),
            ViewerError::NothingOpen => m::NOTHING_OPEN_HELP,
            ViewerError::NoPixels { .. }
            | ViewerError::NoPlane { .. }
            | ViewerError::NoSpectrum { .. } => m::NO_PIXELS_HELP,
            ViewerError::BadRequest { .. } => return None,
            ViewerError::Fetch { .. } => m::FETCH_HELP,
            ViewerError::OutOfMemory { .. } => m::OUT_OF_MEMORY_HELP,
        };
        Some(message.text(lang).to_owned())
    }
}
