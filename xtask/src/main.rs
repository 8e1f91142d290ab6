//! `cargo xtask`: build, run, test and measure Tenkyu.

fn main() {}
