//! One module a page.

pub(crate) mod embed;
pub(crate) mod home;
pub(crate) mod image;
pub(crate) mod not_found;
pub(crate) mod observation;
pub(crate) mod query;
pub(crate) mod search;
