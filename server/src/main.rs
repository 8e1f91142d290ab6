//! The `tenkyu` program.

fn main() {}
