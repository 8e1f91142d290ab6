//! Building blocks that several pages use.

pub(crate) mod icon;
pub(crate) mod notation;
pub(crate) mod note;
pub(crate) mod page_title;
pub(crate) mod reproduce;
pub(crate) mod search_box;
pub(crate) mod sky_map;
