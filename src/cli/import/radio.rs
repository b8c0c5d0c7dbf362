//! `kinecho import csi` and `rfid`: recordings of WiFi receivers and RFID readers, whatever tool wrote them.

use super::point_corpus::{Said, write};
use crate::base::yaml::Document;
use crate::cli::input::Values;
use crate::cli::{Global, print_line};
use crate::corpus::{Holding, ImportConfig};
use crate::recording::Recording;
use crate::recording::labelled::{self, Radio};
use crate::recording::points::NamePattern;
use crate::signal::{Csi, RfidReads, Signal};
use anyhow::bail;
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `kinecho import csi` and `rfid`.
#[derive(Args)]
pub(in crate::cli) struct RadioArgs {
    /// A file, or a folder with recordings.csv (file,label and, if known, subject,session,split) or with names that --names takes apart.
    path: PathBuf,
    /// Folder of the corpus; new or empty.
    #[arg(short, long, value_name = "DIR", required_unless_present = "dry_run")]
    output: Option<PathBuf>,
    /// A YAML file with `chain: {csi: …}` or `chain: {rfid: …}` (cleaning and views), `keep`, `length_s`, `hop_s`, `labels` and
    /// `samples_per_shard`.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    changes: Values,
    /// What file names (with folders, without ending) say, where there is no recordings.csv: for example
    /// '{label}/s{subject}_*'; also {session} and {split}.
    #[arg(long, value_name = "PATTERN")]
    names: Option<NamePattern>,
    /// What is done in all recordings that nothing else says it of.
    #[arg(long, value_name = "LABEL")]
    label: Option<String>,
    /// Say what the recordings hold and what was left out of them, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Imports recordings of one kind.
pub(super) fn run(args: &RadioArgs, radio: Radio, global: &Global) -> anyhow::Result<ExitCode> {
    let (holding, source) = match radio {
        Radio::Csi => (Holding::Csi, "csi"),
        Radio::Rfid => (Holding::Rfid, "rfid"),
    };
    let document: Document = args.changes.read(args.config.as_deref())?;
    let config = ImportConfig::from_document(&document, holding)?;
    // A look needs no label.
    let label = args.label.as_deref().or_else(|| args.dry_run.then_some("unknown"));
    let recordings = labelled::read(&args.path, radio, args.names.as_ref(), label)?;
    if args.dry_run {
        return told(&recordings, global);
    }
    let Some(output) = &args.output else { bail!("--output is missing") };
    let mut lines: Vec<String> = Vec::new();
    for line in recordings.iter().flat_map(|r| about(&r.signal)) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    let said = Said { lines, facts: json!({"recorded": facts_of(&recordings)}) };
    write(&recordings, source, (&config, &document), output, said, global)
}

fn told(recordings: &[Recording], global: &Global) -> anyhow::Result<ExitCode> {
    if global.json {
        print_line(&serde_json::to_string_pretty(&facts_of(recordings))?)?;
        return Ok(ExitCode::SUCCESS);
    }
    for recording in recordings {
        print_line(&recording.name)?;
        let length = format!("{:.2} s", recording.signal.duration_s());
        let count = match &recording.signal {
            Signal::Csi(csi) => {
                let rate = csi.period_s().map_or_else(|| "no rate".into(), |p| format!("{:.1} a second", 1.0 / p));
                format!("{} packets, {rate}", csi.packets())
            }
            Signal::Rfid(reads) => format!("{} reads of {} tags", reads.reads.len(), reads.tags.len()),
            other => other.kind().to_owned(),
        };
        print_line(&format!("  {count}, {length}"))?;
        for line in about(&recording.signal).iter().chain(&recording.dropped.said) {
            print_line(&format!("  {line}"))?;
        }
        if recording.dropped.total() > 0 {
            print_line(&format!("  left out: {}", recording.dropped.reasons()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What a signal was measured with, in words.
fn about(signal: &Signal) -> Vec<String> {
    match signal {
        Signal::Csi(csi) => about_csi(csi),
        Signal::Rfid(reads) => about_rfid(reads),
        _ => Vec::new(),
    }
}

fn about_csi(csi: &Csi) -> Vec<String> {
    let (_, subcarriers, rx, tx) = csi.data.dim();
    let info = &csi.info;
    let kind = if info.phase { "" } else { ", amplitudes alone" };
    let (first, last) = (info.subcarriers.first(), info.subcarriers.last());
    let range = match (first, last) {
        (Some(a), Some(b)) => format!("{subcarriers} subcarriers {a} to {b}"),
        _ => "no subcarrier".into(),
    };
    let frequency = match (info.frequency_hz(0), info.frequency_hz(subcarriers.saturating_sub(1))) {
        (Some(a), Some(b)) => {
            format!(
                "subcarrier k lies at f_c + k · {} kHz: {:.6} to {:.6} GHz",
                1e-3 * info.spacing_hz,
                1e-9 * a,
                1e-9 * b
            )
        }
        _ => format!("the file does not say the carrier; subcarriers are {} kHz apart", 1e-3 * info.spacing_hz),
    };
    let clock = info.nominal_clock.then(|| "no time stamps: packets are put at a nominal rate".to_owned());
    [format!("{}: {rx} × {tx} antennas, {range} of {} MHz{kind}", info.device, 1e-6 * info.bandwidth_hz), frequency]
        .into_iter()
        .chain(clock)
        .collect()
}

fn about_rfid(reads: &RfidReads) -> Vec<String> {
    let mut megahertz: Vec<f64> = reads.reads.iter().filter_map(|r| Some(1e-6 * r.frequency_hz?)).collect();
    megahertz.sort_by(f64::total_cmp);
    megahertz.dedup();
    let antennas: BTreeSet<u16> = reads.reads.iter().map(|r| r.antenna).collect();
    let channels = match (megahertz.first(), megahertz.last()) {
        (Some(a), Some(b)) => format!("{} channels {a:.3} to {b:.3} MHz", megahertz.len()),
        _ => "channels are not said: hops cannot be undone".into(),
    };
    let step = match reads.info.phase_step_rad {
        Some(step) => format!("phases in steps of 2π/{:.0}", std::f64::consts::TAU / step),
        None => "phases in no step of a reader that is known".into(),
    };
    vec![format!("{}: {} tags, antennas {antennas:?}, {channels}, {step}", reads.info.device, reads.tags.len())]
}

fn facts_of(recordings: &[Recording]) -> Vec<Value> {
    let facts = |recording: &Recording| {
        let mut facts = json!({
            "name": recording.name,
            "duration_s": recording.signal.duration_s(),
            "dropped": recording.dropped,
        });
        match &recording.signal {
            Signal::Csi(csi) => {
                let (packets, _, rx, tx) = csi.data.dim();
                facts["packets"] = json!(packets);
                facts["antennas"] = json!({"rx": rx, "tx": tx});
                facts["period_s"] = json!(csi.period_s());
                let frequencies: Vec<Option<f64>> =
                    (0..csi.info.subcarriers.len()).map(|i| csi.info.frequency_hz(i)).collect();
                facts["grid"] = json!(csi.info);
                facts["frequencies_hz"] = json!(frequencies);
            }
            Signal::Rfid(reads) => {
                facts["reads"] = json!(reads.reads.len());
                facts["tags"] = json!(reads.tags);
                facts["reader"] = json!(reads.info);
            }
            _ => {}
        }
        facts
    };
    recordings.iter().map(facts).collect()
}
