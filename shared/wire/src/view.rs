//! What a view shows, and the address that says it.
//!
//! Every view's state is a short, readable query string that starts with `v=1`. Reading one never
//! fails: a value that cannot be read is replaced by its default and reported by name.

mod codec;
mod image;
mod query;
mod search;
mod sky;

pub use codec::{Fields, Read, View};
pub use image::{ColorMap, Frame, ImageState, Limits, Stretch};
pub use query::QueryState;
pub use search::SearchState;
pub use sky::SkyState;
