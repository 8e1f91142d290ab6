//! The `tenkyu` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    tenkyu_server::main()
}
