//! `kinecho corpus export`: a corpus in the layout of another program.

use crate::cli::{Global, print_line};
use crate::corpus::CorpusReader;
use crate::corpus::export::{Hdf5Content, Layout, TimeRangeAngle, export};
use anyhow::bail;
use clap::{Args, ValueEnum};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Layouts by name.
#[derive(Clone, Copy, ValueEnum)]
enum To {
    /// mmCLIP: NAME_td.npy, NAME_tr.npy, NAME_ta.npy and prompts.txt.
    Mmclip,
    /// WiSwiss: SPLIT.hdf5 with `data` (cubes in dB, or a view), `label` and `raw` (boxes of people); needs the feature hdf5.
    Hdf5,
    /// Zarr v3: maps, labels and ids; needs the feature zarr.
    Zarr,
    /// TI DCA1000: ID.bin of int16 with ID.json.
    Dca1000,
    /// scikit-learn: features.npy [sample, feature], names of the features, labels and groups.
    Features,
    /// RF-Genesis: ID/radar_frames.npy, frame, tx, rx, chirp, sample.
    RfGenesis,
}

/// Arguments of `kinecho corpus export`.
#[derive(Args)]
pub(in crate::cli) struct ExportArgs {
    /// The corpus.
    dir: PathBuf,
    /// The layout.
    #[arg(long, value_name = "LAYOUT")]
    to: To,
    /// Folder to write; it must not exist.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Only the samples of this split.
    #[arg(long)]
    split: Option<String>,
    /// The view that `data` is (hdf5), as it stands; without it cubes in dB are made of the radar's signals.
    #[arg(long, value_name = "VIEW")]
    view: Option<String>,
    /// Azimuths of a time-range-angle cube (hdf5), from -90 to 90 degrees.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(2..=4096))]
    angles: u16,
    /// Ranges of a time-range-angle cube (hdf5) end here, m.
    #[arg(long, value_name = "M", default_value_t = 6.0)]
    max_range: f64,
}

/// Exports a corpus.
pub(super) fn run(args: &ExportArgs, global: &Global) -> anyhow::Result<ExitCode> {
    if args.view.is_some() && !matches!(args.to, To::Hdf5) {
        bail!("--view goes with --to hdf5");
    }
    let corpus = CorpusReader::open(&args.dir)?;
    corpus.check_shards()?;
    let layout = match args.to {
        To::Mmclip => Layout::Mmclip,
        To::Hdf5 => Layout::Hdf5(match &args.view {
            Some(view) => Hdf5Content::View(view.clone()),
            None => Hdf5Content::Cubes(TimeRangeAngle {
                angles: args.angles.into(),
                max_range_m: Some(args.max_range),
                ..TimeRangeAngle::default()
            }),
        }),
        To::Zarr => Layout::Zarr,
        To::Dca1000 => Layout::Dca1000,
        To::Features => Layout::Features,
        To::RfGenesis => Layout::RfGenesis,
    };
    let exported = export(&corpus, layout, args.split.as_deref(), &args.output, &global.progress())?;
    if global.json {
        print_line(&json!({"output": args.output, "exported": exported}).to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    print_line(&format!("{} samples in {} files: {}", exported.samples, exported.files, args.output.display()))?;
    if exported.made_again > 0 {
        print_line(&format!(
            "{} signals are not kept in the corpus and were simulated again from its seed",
            exported.made_again
        ))?;
    }
    if exported.clipped > 0 {
        print_line(&format!("{} values beyond int16 were clipped", exported.clipped))?;
    }
    Ok(ExitCode::SUCCESS)
}
