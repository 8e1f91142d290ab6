//! The image viewer.

pub mod colormap;
pub mod document;
pub mod events;
pub mod limits;
pub mod pyramid;
pub mod raster;
pub mod renderer;
pub mod shade;
pub mod spectrum;
pub mod stretch;
pub mod tiles;
pub mod view;
pub mod viewer;
pub mod world;

pub use viewer::ImageViewer;
