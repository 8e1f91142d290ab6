//! The sky map.

pub mod camera;
pub mod footprints;
pub mod graticule;
pub mod layers;
pub mod projection;
pub mod renderer;
pub mod viewer;

pub use viewer::SkyViewer;
