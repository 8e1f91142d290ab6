//! Angles, frames, regions, projections, WCS, HEALPix and MOC.
