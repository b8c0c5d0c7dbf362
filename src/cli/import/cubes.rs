//! `kinecho import cube`, `mmclip` and `wiswiss`: recordings whose files do not say what is done in them.

use crate::base::yaml::Document;
use crate::cli::input::{Values, located, output_folder};
use crate::cli::{Global, print_line};
use crate::corpus::{CorpusReader, Holding, ImportConfig, RecordedCube, TripleConfig, import_cubes, import_triples};
use crate::dsp::heatmap::MmclipLoader;
use crate::recording::cube_order::CubeOrder;
use crate::recording::listing::{self, Listed};
use crate::recording::mmclip::{self, Scale};
use crate::recording::{RecordingError, npy_cube};
use crate::sensor::FmcwRadar;
use anyhow::bail;
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of the imports of cubes.
#[derive(Args)]
pub(in crate::cli) struct CubeArgs {
    /// The folder, with recordings.csv: file,label and, if known, subject,session,split.
    dir: PathBuf,
    /// Folder of the corpus; new or empty.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// A YAML file with `chain` (what is made of a window), `keep` (signals beside it), `length_s`, `hop_s`, `labels` and
    /// `samples_per_shard`.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    changes: Values,
}

/// Arguments of `kinecho import cube`.
#[derive(Args)]
pub(in crate::cli) struct NpyArgs {
    #[command(flatten)]
    cubes: CubeArgs,
    /// How all cubes were sampled: TI's .cfg, RF-Genesis' .json or a radar of kinecho's (.yaml). Without it every NAME.npy has its
    /// own NAME.json.
    #[arg(long, value_name = "FILE")]
    radar: Option<PathBuf>,
    /// The preset that says what a .cfg does not: antennas and receiver.
    #[arg(long, value_name = "PRESET", requires = "radar", value_parser = FmcwRadar::preset_names())]
    board: Option<String>,
    /// How the axes stand: `rf-genesis` (frame,tx,rx,chirp,sample, chirps spread over the frame as that simulator has them), or names
    /// of axes; `virtual` is tx and rx in one.
    #[arg(long, value_name = "AXES", requires = "radar", default_value = "frame,chirp,tx,rx,sample")]
    order: CubeOrder,
}

/// Arguments of `kinecho import mmclip`.
#[derive(Args)]
pub(in crate::cli) struct TripleArgs {
    /// The folder with NAME_td.npy, NAME_tr.npy and NAME_ta.npy, in it or in maps/.
    dir: PathBuf,
    /// Folder of the corpus; new or empty.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// What a triple lasts, s.
    #[arg(long, value_name = "S", default_value_t = 3.0, conflicts_with = "loader")]
    duration_s: f64,
    /// Stretch each map from its least value at -1 to its largest at 1; without it values beyond -1 to 1 are an error.
    #[arg(long, conflicts_with = "loader")]
    stretch: bool,
    /// Take crops as mmCLIP's loader does: the middle Doppler bins, some columns, resized by linear interpolation, each map stretched from
    /// its least value at -1 to its largest at 1. A triple may have any length.
    #[arg(long)]
    loader: bool,
    /// Columns of a crop; the loader's are 256, or 384 of its own recordings.
    #[arg(long, value_name = "N", default_value_t = 256, requires = "loader", value_parser = clap::value_parser!(u16).range(1..))]
    crop: u16,
    /// Columns from one crop to the next; without it they do not overlap.
    #[arg(long, value_name = "N", requires = "loader", value_parser = clap::value_parser!(u16).range(1..))]
    gap: Option<u16>,
    /// Doppler bins in the middle that are kept.
    #[arg(long, value_name = "N", default_value_t = 224, requires = "loader", value_parser = clap::value_parser!(u16).range(1..))]
    doppler_bins: u16,
    /// Rows and columns of the maps.
    #[arg(long, value_name = "N", default_value_t = 224, requires = "loader", value_parser = clap::value_parser!(u16).range(1..=4096))]
    size: u16,
    /// Time from column to column, s; the published ones are 16 of 1280 chirps a second apart.
    #[arg(long, value_name = "S", default_value_t = 0.0125, requires = "loader")]
    column_s: f64,
}

/// Arguments of `kinecho import wiswiss`.
#[derive(Args)]
pub(in crate::cli) struct WiSwissArgs {
    /// The folder with SPLIT.hdf5 and labels.csv.
    dir: PathBuf,
    /// Folder of the corpus; new or empty.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// What a sample lasts, s.
    #[arg(long, value_name = "S", default_value_t = 3.0)]
    duration_s: f64,
    /// Take `data` as the view `amplitude` (frequency, time) or `time_range_angle` as it stands, with the boxes of `raw`, in place of maps.
    #[arg(long, conflicts_with_all = ["max_range", "rows", "columns"])]
    views: bool,
    /// Where the range axis ends, m; without it ranges are only counted.
    #[arg(long, value_name = "M")]
    max_range: Option<f64>,
    /// Rows of each map.
    #[arg(long, value_name = "N", default_value_t = 224, value_parser = clap::value_parser!(u16).range(1..=4096))]
    rows: u16,
    /// Columns of each map.
    #[arg(long, value_name = "N", default_value_t = 224, value_parser = clap::value_parser!(u16).range(1..=4096))]
    columns: u16,
}

/// Imports cubes in npy files.
pub(super) fn npy(args: &NpyArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let radar = args.radar.as_deref().map(|path| FmcwRadar::read_file(path, args.board.as_deref())).transpose()?;
    let (config, document) = args.cubes.config()?;
    let dir = &args.cubes.dir;
    let listed = listing::read(dir)?;
    let read = |row: &Listed| {
        let npy = dir.join(&row.file);
        let cube = match &radar {
            Some(radar) => npy_cube::read_ordered(&npy, &args.order, radar),
            None => npy_cube::read(&npy),
        };
        Ok(cube?.into())
    };
    cubes(&args.cubes, "cube", &listed, (&config, &document), read, global)
}

impl CubeArgs {
    /// The folder of the recordings.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The settings, and the document that they stand in.
    pub(super) fn config(&self) -> anyhow::Result<(ImportConfig, Document)> {
        let document = self.changes.read(self.config.as_deref())?;
        Ok((ImportConfig::from_document(&document, Holding::Cubes)?, document))
    }
}

/// Imports cubes, one of each line of the list.
pub(super) fn cubes(
    args: &CubeArgs,
    source: &str,
    listed: &[Listed],
    (config, document): (&ImportConfig, &Document),
    read: impl Fn(&Listed) -> Result<RecordedCube, RecordingError>,
    global: &Global,
) -> anyhow::Result<ExitCode> {
    let output = output_folder(Some(&args.output), "import")?;
    let corpus = import_cubes(listed, read, source, config, &output, &global.progress()).map_err(|error| {
        // Only an empty folder goes: recordings that are refused leave nothing.
        let _ = std::fs::remove_dir(&output);
        located(error, document)
    })?;
    said(&corpus, listed.len(), &output, global)
}

/// Imports triples of maps.
pub(super) fn triples(args: &TripleArgs, global: &Global) -> anyhow::Result<ExitCode> {
    if !(args.duration_s > 0.0 && args.duration_s <= 3600.0) {
        bail!("--duration-s {}: expected above 0, at most 3600", args.duration_s);
    }
    if !(args.column_s > 0.0 && args.column_s <= 60.0) {
        bail!("--column-s {}: expected above 0, at most 60", args.column_s);
    }
    let scale = match (args.loader, args.stretch) {
        (true, _) => Scale::Keep,
        (false, true) => Scale::Stretch,
        (false, false) => Scale::Refuse,
    };
    let triples = mmclip::read_folder(&args.dir, scale)?;
    let count = triples.len();
    let output = output_folder(Some(&args.output), "import")?;
    let config = match args.loader {
        false => TripleConfig::Whole { duration_s: args.duration_s },
        true => TripleConfig::Crops {
            loader: MmclipLoader { doppler_bins: args.doppler_bins.into(), crop: Some(args.crop.into()) },
            gap: args.gap.unwrap_or(args.crop).into(),
            size: [args.size.into(); 2],
            column_s: args.column_s,
        },
    };
    let corpus = import_triples(triples, &config, &output).inspect_err(|_| {
        // Only an empty folder goes: triples that are refused leave nothing.
        let _ = std::fs::remove_dir(&output);
    })?;
    said(&corpus, count, &output, global)
}

/// Imports time-range-angle cubes.
#[cfg(feature = "hdf5")]
pub(super) fn wiswiss(args: &WiSwissArgs, global: &Global) -> anyhow::Result<ExitCode> {
    use crate::corpus::{CubeMaps, WiSwissContent};
    for (name, value) in [("--duration-s", Some(args.duration_s)), ("--max-range", args.max_range)] {
        if let Some(value) = value.filter(|v| !(*v > 0.0 && *v <= 3600.0)) {
            bail!("{name} {value}: expected above 0, at most 3600");
        }
    }
    let content = match args.views {
        true => WiSwissContent::Views,
        false => WiSwissContent::Maps(CubeMaps {
            rows: args.rows.into(),
            columns: args.columns.into(),
            max_range_m: args.max_range,
            dynamic_range_db: 40.0,
        }),
    };
    let config = crate::corpus::WiSwissConfig { duration_s: args.duration_s, content };
    let output = output_folder(Some(&args.output), "import")?;
    let corpus = crate::corpus::import_wiswiss(&args.dir, &config, &output)?;
    said(&corpus, corpus.rows().len(), &output, global)
}

/// Without the feature the command says what it needs.
#[cfg(not(feature = "hdf5"))]
pub(super) fn wiswiss(_: &WiSwissArgs, _: &Global) -> anyhow::Result<ExitCode> {
    bail!("this build reads no HDF5: build with --features hdf5")
}

fn said(corpus: &CorpusReader, recordings: usize, output: &Path, global: &Global) -> anyhow::Result<ExitCode> {
    let samples = corpus.rows().len();
    let counts = corpus.count_by(|row| &row.label);
    if global.json {
        let all = json!({"corpus": output, "recordings": recordings, "samples": samples, "counts": counts});
        print_line(&all.to_string())?;
    } else {
        counts.iter().try_for_each(|(label, n)| print_line(&format!("{label:<24} {n:>5} samples")))?;
        print_line(&format!("{recordings} recordings, {samples} samples: {}", output.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}
