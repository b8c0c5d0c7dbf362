//! What the tests of the program share.

use assert_cmd::Command;

/// The built program.
pub(crate) fn kinecho() -> Command {
    Command::new(std::env::var("KBIN").unwrap_or_else(|_| env!("CARGO_BIN_EXE_kinecho").to_owned()))
}
