//! The browser module with the viewers on WebGL2.

#![cfg(target_arch = "wasm32")]

pub use tenkyu_viewers::web::{ImageViewer, PlotViewer, SkyViewer};
