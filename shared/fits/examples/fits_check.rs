//! Compares this reader with what astropy found: `fits_check TRUTH.jsonl [FOLDER]`, the truth
//! from `tests/conformance/fits_truth.py`, FOLDER what its relative file names are relative to.
//! Prints what differs and a count; fails if anything does.

#![allow(clippy::print_stdout, reason = "a command-line tool")]

#[path = "../tests/truth/mod.rs"]
mod truth;

use std::{error::Error, path::Path, process::ExitCode};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let Some(truth) = arguments.next() else {
        return Err("usage: fits_check TRUTH.jsonl [FOLDER]".into());
    };
    let folder = arguments.next().unwrap_or_else(|| ".".into());
    let tally = truth::compare(Path::new(&truth), Path::new(&folder))?;
    for difference in &tally.differences {
        println!("DIFFERS {difference}");
    }
    println!("{} files, {} HDUs, compared {:?}", tally.files, tally.hdus, tally.compared);
    println!("{} differences", tally.differences.len());
    Ok(if tally.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
