//! Saved queries and shares.
