//! The `tenkyu` program.

use std::process::ExitCode;

/// Queries ask for large pieces of memory again and again; this one keeps them at hand, where the
/// system's would give each back and have it cleared anew.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tenkyu_server::main()
}
