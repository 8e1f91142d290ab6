//! The geometry of the sky: angles, reference frames, written positions, regions, map projections,
//! FITS world coordinates and HEALPix.
//!
//! Pure functions, native and wasm32. Angles are radians inside; degrees appear at the edges in
//! names that end in `_deg`. Nothing here panics on foreign numbers or texts.

pub mod angle;
pub mod display;
mod explain;
pub mod frame;
pub mod healpix;
pub mod position;
pub mod region;
pub mod sphere;
pub mod wcs;

pub use frame::Frame;
pub use position::{ParsedPosition, PositionError, parse_position};
pub use region::Region;
pub use wcs::{CelestialWcs, HeaderSource, Wcs, WcsError};
