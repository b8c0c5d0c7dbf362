//! `kinecho demo`: the main job on embedded input.

use super::Global;
use super::input::Changes;
use super::run::{Options, run_document};
use crate::base::yaml::Document;
use clap::Args;
use std::path::Path;
use std::process::ExitCode;

/// Arguments of `kinecho demo`.
#[derive(Args)]
pub(super) struct DemoArgs {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    changes: Changes,
}

/// Runs the embedded experiment.
pub(super) fn run(args: &DemoArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let name = "scenes/experiments/demo.yaml";
    let document = Document::parse(include_str!("../../scenes/experiments/demo.yaml"), Path::new(name))?;
    run_document(&args.changes.apply(document, "seeds")?, &args.options, global)
}
