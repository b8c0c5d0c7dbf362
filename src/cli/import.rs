//! `kinecho import`: real recordings to a corpus.

use super::input::{Changes, output_folder};
use super::{Global, print_line};
use crate::base::yaml::Document;
use crate::corpus::{ImportConfig, import_points};
use crate::recording::radhar;
use clap::{Args, Subcommand};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

/// Data sets that can be imported.
#[derive(Subcommand)]
pub(super) enum ImportCommand {
    /// RadHAR (Singh et al. 2019): point clouds of an IWR1443, five activities.
    Radhar(RadharArgs),
}

/// Arguments of `kinecho import radhar`.
#[derive(Args)]
pub(super) struct RadharArgs {
    /// The data set's folder: metadata.csv and points/*.npz, or the original text files.
    dir: PathBuf,
    /// Folder of the corpus; new or empty.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// A YAML file with `maps` (windows and maps of points) and `samples_per_shard`.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    changes: Changes,
}

/// Imports a data set.
pub(super) fn run(command: &ImportCommand, global: &Global) -> anyhow::Result<ExitCode> {
    let ImportCommand::Radhar(args) = command;
    let document = match &args.config {
        Some(path) => Document::read(path)?,
        None => Document::parse("{}", "default settings".as_ref())?,
    };
    let config: ImportConfig = args.changes.apply(document, "seed")?.typed()?;
    let recordings = radhar::read_folder(&args.dir)?;
    let output = output_folder(Some(&args.output), "import")?;
    let corpus = import_points(&recordings, "radhar", &config, &output, &global.progress())?;
    let dropped: usize = recordings.iter().map(|r| r.dropped.total()).sum();
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for row in corpus.rows() {
        *counts.entry((row.session.clone(), row.label.clone())).or_default() += 1;
    }
    if global.json {
        let counts: Vec<_> = counts
            .iter()
            .map(|((session, label), n)| json!({"session": session, "label": label, "samples": n}))
            .collect();
        print_line(&json!({"corpus": output, "recordings": recordings.len(), "samples": corpus.rows().len(), "corrupt_points_dropped": dropped, "counts": counts}).to_string())?;
    } else {
        for ((session, label), n) in &counts {
            print_line(&format!("session {session}  {label:<24} {n:>5} samples"))?;
        }
        let summary = format!(
            "{} recordings, {} samples, {dropped} corrupt points dropped: {}",
            recordings.len(),
            corpus.rows().len(),
            output.display()
        );
        print_line(&summary)?;
    }
    Ok(ExitCode::SUCCESS)
}
