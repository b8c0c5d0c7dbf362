//! The program as a user runs it.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod bad_input;
mod commands;
mod experiment;

use assert_cmd::Command;

/// The built program.
fn kinecho() -> Command {
    Command::new(env!("CARGO_BIN_EXE_kinecho"))
}

/// Where recordings or references are, or `None` with a line that says so.
fn shared(what: &str) -> Option<std::path::PathBuf> {
    let root = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let by_environment = std::env::var_os("KINECHO_DATA").map(|d| std::path::PathBuf::from(d).join(what));
    let beside = [root.join("../shared/data").join(what), root.join("../shared").join(what)];
    let found = by_environment.into_iter().chain(beside).find(|p| p.is_dir());
    if found.is_none() {
        println!("skipped: no {what} in $KINECHO_DATA or ../shared");
    }
    found
}
