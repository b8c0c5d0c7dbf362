//! The command line.

use kinecho::cli;
use pyo3::prelude::*;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program `kinecho` with its arguments, the program's name first. Returns the exit code: 0 ok, 1 failed, 2 usage, 3 partial.
#[pyfunction]
pub(crate) fn program(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    let code = py.detach(|| cli::main_with(arguments));
    // The type tells its number to nobody but the system.
    (0..=u8::MAX).find(|number| ExitCode::from(*number) == code).unwrap_or(1)
}
