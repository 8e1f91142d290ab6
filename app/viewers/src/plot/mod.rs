//! The scatter plot: up to tens of millions of points.

pub mod axes;
pub mod renderer;
pub mod tone;
pub mod viewer;

pub use viewer::PlotViewer;
