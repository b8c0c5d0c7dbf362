//! `kinecho import`: real recordings to a corpus.

use super::import_captures::{self, CaptureArgs};
use super::import_cubes::{self, NpyArgs, TripleArgs, WiSwissArgs};
use super::import_points::{self, TableArgs, UartArgs};
use super::input::{Values, located, output_folder};
use super::{Global, print_line};
use crate::base::yaml::Document;
use crate::corpus::{Holding, ImportConfig, import_points};
use crate::recording::{Dropped, Recording, RecordingError, mars, radhar};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
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
    /// Points of any data set by the names of their columns (.csv, .txt, .tsv, .npz, .npy), and those that kinecho wrote.
    Points(TableArgs),
    /// Byte streams of the data port of TI's demos (.dat): out-of-box demo of SDK 1 to 3, 3D people counting.
    Uart(UartArgs),
    /// Raw captures of TI's DCA1000 card (.bin), two or four lanes.
    Dca1000(CaptureArgs),
    /// IF cubes as .npy with a .json beside each, or of one radar and order of axes (RF-Genesis).
    Cube(NpyArgs),
    /// Heatmaps as mmCLIP's loader reads them: NAME_td.npy, NAME_tr.npy, NAME_ta.npy.
    Mmclip(TripleArgs),
    /// Time-range-angle cubes as WiSwiss trains on them: SPLIT.hdf5 and labels.csv; needs the feature hdf5.
    Wiswiss(WiSwissArgs),
}

/// Arguments of the imports of point clouds.
#[derive(Args)]
pub(super) struct PointArgs {
    /// The data set's folder; of points also a single file.
    pub(super) dir: PathBuf,
    /// Folder of the corpus; new or empty.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// A YAML file with `chain: {points: …}` (windows and maps of points), `keep`, `labels` (activities that get another label)
    /// and `samples_per_shard`, or one that is `based_on` such a file.
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
        ImportCommand::Points(args) => import_points::table(args, global),
        ImportCommand::Uart(args) => import_points::uart(args, global),
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
    let (config, document) = config(args)?;
    write(&read(&args.dir)?, source, (&config, &document), args, Said::default(), global)
}

/// What else there is to say of an import.
#[derive(Default)]
pub(super) struct Said {
    /// For people.
    pub(super) lines: Vec<String>,
    /// For programs; an object, or null.
    pub(super) facts: Value,
}

/// The settings of an import, checked, and the document that they stand in.
pub(super) fn config(args: &PointArgs) -> anyhow::Result<(ImportConfig, Document)> {
    let document = args.changes.read(args.config.as_deref())?;
    Ok((ImportConfig::from_document(&document, Holding::Points)?, document))
}

/// Writes recordings as a corpus and says what was done.
pub(super) fn write(
    recordings: &[Recording],
    source: &str,
    (config, document): (&ImportConfig, &Document),
    args: &PointArgs,
    said: Said,
    global: &Global,
) -> anyhow::Result<ExitCode> {
    let output = output_folder(Some(&args.output), "import")?;
    let corpus = import_points(recordings, source, config, &output, &global.progress()).map_err(|error| {
        // Only an empty folder goes: settings that are refused leave nothing.
        let _ = std::fs::remove_dir(&output);
        located(error, document)
    })?;
    let mut dropped = Dropped::default();
    recordings.iter().for_each(|r| dropped.add(r.dropped));
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
        let mut all = json!({"corpus": output, "recordings": recordings.len(), "samples": corpus.rows().len(), "corrupt_points_dropped": dropped.total(), "dropped": dropped, "counts": counts});
        if let (Some(all), Value::Object(facts)) = (all.as_object_mut(), said.facts) {
            all.extend(facts);
        }
        print_line(&all.to_string())?;
    } else {
        for ((session, subject, label), n) in &counts {
            let of = match (session.as_str(), subject.as_str()) {
                ("", "") => String::new(),
                ("", subject) => format!("subject {subject}"),
                (session, _) => format!("session {session}"),
            };
            print_line(&format!("{of:<10}  {label:<24} {n:>5} samples"))?;
        }
        said.lines.iter().try_for_each(|line| print_line(line))?;
        let reasons = match dropped.total() {
            0 => String::new(),
            _ => format!(" ({})", dropped.reasons()),
        };
        let summary = format!(
            "{} recordings, {} samples, {} corrupt points dropped{reasons}: {}",
            recordings.len(),
            corpus.rows().len(),
            dropped.total(),
            output.display()
        );
        print_line(&summary)?;
    }
    Ok(ExitCode::SUCCESS)
}
