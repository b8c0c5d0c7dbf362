//! What the tests of the program share.

use assert_cmd::Command;
#[cfg(feature = "learn")]
use std::path::PathBuf;

/// The built program.
pub(crate) fn kinecho() -> Command {
    Command::new(std::env::var("KBIN").unwrap_or_else(|_| env!("CARGO_BIN_EXE_kinecho").to_owned()))
}

/// Where recordings or references are, or `None` with a line that says so.
#[cfg(feature = "learn")]
pub(crate) fn shared(what: &str) -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let by_environment = std::env::var_os("KINECHO_DATA").map(|d| PathBuf::from(d).join(what));
    let beside = [root.join("../shared/data").join(what), root.join("../shared").join(what)];
    let found = by_environment.into_iter().chain(beside).find(|p| p.is_dir());
    if found.is_none() {
        println!("skipped: no {what} in $KINECHO_DATA or ../shared");
    }
    found
}
