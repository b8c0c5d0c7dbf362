//! `kinecho import`: real recordings to a corpus.

use super::import_captures::{self, CaptureArgs};
use super::import_cubes::{self, CubeArgs, TripleArgs, WiSwissArgs};
use super::input::{Values, checked, located, output_folder};
use super::{Global, print_line};
use crate::corpus::{ImportConfig, import_points};
use crate::recording::{Recording, RecordingError, mars, radhar};
use clap::{Args, Subcommand};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Data sets that can be imported.
#[derive(Subcommand)]
pub(super) enum ImportCommand {
    /// RadHAR (Singh et al. 2019): point clouds of an IWR1443, five activities; metadata.csv and points/*.npz, or the original
    /// text files.
    Radhar(PointArgs),
    /// MARS (An and Ogras 2021): point clouds of an IWR1443, ten rehabilitation movements; metadata.csv and movements/*.npz.
    Mars(PointArgs),
    /// Raw captures of TI's DCA1000 card (.bin), two or four lanes.
    Dca1000(CaptureArgs),
    /// IF cubes as .npy with a .json beside each.
    Cube(CubeArgs),
    /// Heatmaps as mmCLIP's loader reads them: NAME_td.npy, NAME_tr.npy, NAME_ta.npy.
    Mmclip(TripleArgs),
    /// Time-range-angle cubes as WiSwiss trains on them: SPLIT.hdf5 and labels.csv; needs the feature hdf5.
    Wiswiss(WiSwissArgs),
}

/// Arguments of the imports of point clouds.
#[derive(Args)]
pub(super) struct PointArgs {
    /// The data set's folder.
    dir: PathBuf,
    /// Folder of the corpus; new or empty.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// A YAML file with `maps` (windows and maps of points), `labels` (activities that get another label) and
    /// `samples_per_shard`, or one that is `based_on` such a file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    changes: Values,
}

/// Imports a data set.
pub(super) fn run(command: &ImportCommand, global: &Global) -> anyhow::Result<ExitCode> {
    match command {
        ImportCommand::Radhar(args) => points(args, "radhar", radhar::read_folder, global),
        ImportCommand::Mars(args) => points(args, "mars", mars::read_folder, global),
        ImportCommand::Dca1000(args) => import_captures::captures(args, global),
        ImportCommand::Cube(args) => import_cubes::npy(args, global),
        ImportCommand::Mmclip(args) => import_cubes::triples(args, global),
        ImportCommand::Wiswiss(args) => import_cubes::wiswiss(args, global),
    }
}

fn points(
    args: &PointArgs,
    source: &str,
    read: impl Fn(&Path) -> Result<Vec<Recording>, RecordingError>,
    global: &Global,
) -> anyhow::Result<ExitCode> {
    let document = args.changes.read(args.config.as_deref())?;
    let config = checked(&document, ImportConfig::problems)?;
    let recordings = read(&args.dir)?;
    let output = output_folder(Some(&args.output), "import")?;
    let corpus = import_points(&recordings, source, &config, &output, &global.progress()).map_err(|error| {
        // Only an empty folder goes: settings that are refused leave nothing.
        let _ = std::fs::remove_dir(&output);
        located(error, &document)
    })?;
    let dropped: usize = recordings.iter().map(|r| r.dropped.total()).sum();
    // Data sets tell sessions apart, or subjects.
    let mut counts: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    for row in corpus.rows() {
        *counts.entry((row.session.clone(), row.subject.clone(), row.label.clone())).or_default() += 1;
    }
    if global.json {
        let counts: Vec<_> = counts
            .iter()
            .map(|((session, subject, label), n)| {
                json!({"session": session, "subject": subject, "label": label, "samples": n})
            })
            .collect();
        print_line(&json!({"corpus": output, "recordings": recordings.len(), "samples": corpus.rows().len(), "corrupt_points_dropped": dropped, "counts": counts}).to_string())?;
    } else {
        for ((session, subject, label), n) in &counts {
            let of = if session.is_empty() { format!("subject {subject}") } else { format!("session {session}") };
            print_line(&format!("{of}  {label:<24} {n:>5} samples"))?;
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
