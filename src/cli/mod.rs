//! The command line: one file a subcommand.

use std::process::ExitCode;

/// Runs the program and returns its exit code: 0 ok, 1 failed, 2 usage, 3 partial.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
