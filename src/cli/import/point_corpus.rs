//! What imports of recordings have in common: their arguments, and the corpus that they write.

use crate::base::yaml::Document;
use crate::cli::input::{Values, located, output_folder};
use crate::cli::{Global, print_line};
use crate::corpus::{Holding, ImportConfig, import_recordings};
use crate::recording::{Dropped, Recording};
use crate::signal::Signal;
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of the imports of data sets.
#[derive(Args)]
pub(in crate::cli) struct PointArgs {
    /// The data set's folder; of points also a single file.
    pub(super) dir: PathBuf,
    /// Folder of the corpus; new or empty.
    #[arg(short, long, value_name = "DIR")]
    pub(super) output: PathBuf,
    /// A YAML file with `chain` (what is made of a window: `points`, `csi` or `rfid`), `keep`, `length_s`, `hop_s`, `labels` (activities
    /// that get another label) and `samples_per_shard`, or one that is `based_on` such a file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    changes: Values,
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
pub(super) fn config(args: &PointArgs, holding: Holding) -> anyhow::Result<(ImportConfig, Document)> {
    let document = args.changes.read(args.config.as_deref())?;
    Ok((ImportConfig::from_document(&document, holding)?, document))
}

/// Writes recordings as a corpus and says what was done.
pub(super) fn write(
    recordings: &[Recording],
    source: &str,
    (config, document): (&ImportConfig, &Document),
    output: &Path,
    said: Said,
    global: &Global,
) -> anyhow::Result<ExitCode> {
    let output = output_folder(Some(output), "import")?;
    let corpus = import_recordings(recordings, source, config, &output, &global.progress()).map_err(|error| {
        // Only an empty folder goes: settings that are refused leave nothing.
        let _ = std::fs::remove_dir(&output);
        located(error, document)
    })?;
    let mut dropped = Dropped::default();
    recordings.iter().for_each(|r| dropped.add(&r.dropped));
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
        noticed(recordings).iter().try_for_each(|line| print_line(line))?;
        let reasons = match dropped.total() {
            0 => String::new(),
            _ => format!(" ({})", dropped.reasons()),
        };
        let what = match recordings.first().map(|r| &r.signal) {
            Some(Signal::Csi(_)) => "packets or lines",
            Some(Signal::Rfid(_)) => "reads",
            _ => "corrupt points",
        };
        let summary = format!(
            "{} recordings, {} samples, {} {what} dropped{reasons}: {}",
            recordings.len(),
            corpus.rows().len(),
            dropped.total(),
            output.display()
        );
        print_line(&summary)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What readers noticed, with the recording; once with their number where it is the same of many.
fn noticed(recordings: &[Recording]) -> Vec<String> {
    let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for recording in recordings {
        recording.dropped.said.iter().for_each(|said| names.entry(said).or_default().push(&recording.name));
    }
    let line = |(said, names): (&str, Vec<&str>)| match names.as_slice() {
        [name] => format!("{name}: {said}"),
        names => format!("{} recordings: {said}", names.len()),
    };
    names.into_iter().map(line).collect()
}
