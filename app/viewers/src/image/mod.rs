//! The image viewer.

pub mod colormap;
pub mod document;
pub mod events;
pub mod limits;
pub mod overlay;
pub mod pyramid;
pub mod raster;
pub mod readout;
pub mod renderer;
pub mod rows;
pub mod shade;
pub mod spectrum;
pub mod stretch;
pub mod text;
pub mod tiles;
pub mod view;
pub mod viewer;
pub mod world;

pub use viewer::ImageViewer;
