//! `kinecho import dca1000`, `cube` and `mmclip`: recordings whose files do not say what is done in them.

use super::input::{Values, output_folder};
use super::{Global, print_line};
use crate::base::cube::IfCube;
use crate::base::yaml::Document;
use crate::corpus::{CorpusReader, CubeImportConfig, import_cubes, import_triples};
use crate::recording::cube_order::CubeOrder;
use crate::recording::dca1000::{self, AdcGeometry, Lanes};
use crate::recording::listing::{self, Listed};
use crate::recording::mmclip::{self, Scale};
use crate::recording::{RecordingError, capture_yaml, npy_cube};
use crate::sensor::FmcwRadar;
use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Layouts of a raw capture.
#[derive(Clone, Copy, ValueEnum)]
enum LaneCount {
    /// xWR16xx, 18xx, 68xx.
    #[value(name = "2")]
    Two,
    /// xWR12xx, 14xx.
    #[value(name = "4")]
    Four,
}

/// Arguments of the imports of cubes.
#[derive(Args)]
pub(super) struct CubeArgs {
    /// The folder, with recordings.csv: file,label and, if known, subject,session,split.
    dir: PathBuf,
    /// Folder of the corpus; new or empty.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// A YAML file with `heatmaps` or `points` (how maps are made), `length_s`, `hop_s`, `cubes` and `samples_per_shard`.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    changes: Values,
}

/// Arguments of `kinecho import cube`.
#[derive(Args)]
pub(super) struct NpyArgs {
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

/// Arguments of `kinecho import dca1000`.
#[derive(Args)]
pub(super) struct CaptureArgs {
    #[command(flatten)]
    cubes: CubeArgs,
    /// How all files were recorded: TI's .cfg, a radar of kinecho's (.yaml), or a capture description of mmwave-eyes (.yaml with
    /// `readObj`). Without it every NAME.bin has its own NAME.json.
    #[arg(long, value_name = "FILE")]
    radar: Option<PathBuf>,
    /// The preset that says what a .cfg does not: antennas and receiver.
    #[arg(long, value_name = "PRESET", requires = "radar", value_parser = FmcwRadar::preset_names())]
    board: Option<String>,
    /// Lanes of the card's LVDS link; by default 4 with an iwr1443 board and 2 with all others. A capture description says it itself.
    #[arg(long, requires = "radar")]
    lanes: Option<LaneCount>,
    /// Q stands where I should.
    #[arg(long, requires = "radar")]
    iq_swapped: bool,
    /// Time between frames, s: a capture description does not say it.
    #[arg(long, value_name = "S", requires = "radar")]
    frame_period_s: Option<f64>,
}

/// Arguments of `kinecho import mmclip`.
#[derive(Args)]
pub(super) struct TripleArgs {
    /// The folder with NAME_td.npy, NAME_tr.npy and NAME_ta.npy, in it or in maps/.
    dir: PathBuf,
    /// Folder of the corpus; new or empty.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// What a triple lasts, s.
    #[arg(long, value_name = "S", default_value_t = 3.0)]
    duration_s: f64,
    /// Stretch each map from its least value at -1 to its largest at 1; without it values beyond -1 to 1 are an error.
    #[arg(long)]
    stretch: bool,
}

/// Arguments of `kinecho import wiswiss`.
#[derive(Args)]
pub(super) struct WiSwissArgs {
    /// The folder with SPLIT.hdf5 and labels.csv.
    dir: PathBuf,
    /// Folder of the corpus; new or empty.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// What a sample lasts, s.
    #[arg(long, value_name = "S", default_value_t = 3.0)]
    duration_s: f64,
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

/// Imports raw captures.
pub(super) fn captures(args: &CaptureArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let common = match &args.radar {
        Some(path) => Some(geometry(args, path)?),
        None => None,
    };
    let dir = &args.cubes.dir;
    let read = |row: &Listed| {
        let bin = dir.join(&row.file);
        match &common {
            Some(geometry) => dca1000::read(&bin, geometry),
            None => dca1000::read(&bin, &dca1000::read_geometry(&bin)?),
        }
    };
    cubes(&args.cubes, "dca1000", read, global)
}

/// The geometry of all captures from a radar's file.
fn geometry(args: &CaptureArgs, path: &Path) -> anyhow::Result<AdcGeometry> {
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    let is_yaml = matches!(ending.as_str(), "yaml" | "yml");
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    if is_yaml && text.lines().any(|line| line.starts_with("readObj:")) {
        let Some(period) = args.frame_period_s else {
            bail!("{} does not say how often frames come: --frame-period-s is missing", path.display());
        };
        if args.lanes.is_some() || args.iq_swapped || args.board.is_some() {
            bail!(
                "{} says lanes, IQ order and antennas itself: leave out --lanes, --iq-swapped and --board",
                path.display()
            );
        }
        return Ok(capture_yaml::read(path, period)?);
    }
    if args.frame_period_s.is_some() {
        bail!("{} says how often frames come: leave out --frame-period-s", path.display());
    }
    let radar = FmcwRadar::read_file(path, args.board.as_deref())?;
    let first_generation = args.board.as_deref().is_some_and(|b| b.starts_with("iwr1443"));
    let lanes = match (args.lanes, first_generation) {
        (Some(LaneCount::Four), _) | (None, true) => Lanes::Four,
        _ => Lanes::Two,
    };
    Ok(AdcGeometry {
        lanes,
        iq_swapped: args.iq_swapped,
        chirps: radar.loops_per_frame,
        samples: radar.samples_per_chirp,
        code_value: 1.0 / 32768.0,
        cube: radar.cube_info(),
    })
}

/// Imports cubes in npy files.
pub(super) fn npy(args: &NpyArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let radar = args.radar.as_deref().map(|path| FmcwRadar::read_file(path, args.board.as_deref())).transpose()?;
    let dir = &args.cubes.dir;
    let read = |row: &Listed| {
        let npy = dir.join(&row.file);
        match &radar {
            Some(radar) => npy_cube::read_ordered(&npy, &args.order, radar),
            None => npy_cube::read(&npy),
        }
    };
    cubes(&args.cubes, "cube", read, global)
}

fn cubes(
    args: &CubeArgs,
    source: &str,
    read: impl Fn(&Listed) -> Result<IfCube, RecordingError>,
    global: &Global,
) -> anyhow::Result<ExitCode> {
    let document = match &args.config {
        Some(path) => Document::read(path)?,
        None => Document::parse("{}", "default settings".as_ref())?,
    };
    let config: CubeImportConfig = args.changes.apply(document)?.typed()?;
    let listed = listing::read(&args.dir)?;
    let output = output_folder(Some(&args.output), "import")?;
    let corpus = import_cubes(&listed, read, source, &config, &output, &global.progress())?;
    said(&corpus, listed.len(), &output, global)
}

/// Imports triples of maps.
pub(super) fn triples(args: &TripleArgs, global: &Global) -> anyhow::Result<ExitCode> {
    if !(args.duration_s > 0.0 && args.duration_s <= 3600.0) {
        bail!("--duration-s {}: expected above 0, at most 3600", args.duration_s);
    }
    let scale = if args.stretch { Scale::Stretch } else { Scale::Refuse };
    let triples = mmclip::read_folder(&args.dir, args.duration_s, scale)?;
    let count = triples.len();
    let output = output_folder(Some(&args.output), "import")?;
    let corpus = import_triples(triples, args.duration_s, &output)?;
    said(&corpus, count, &output, global)
}

/// Imports time-range-angle cubes.
#[cfg(feature = "hdf5")]
pub(super) fn wiswiss(args: &WiSwissArgs, global: &Global) -> anyhow::Result<ExitCode> {
    for (name, value) in [("--duration-s", Some(args.duration_s)), ("--max-range", args.max_range)] {
        if let Some(value) = value.filter(|v| !(*v > 0.0 && *v <= 3600.0)) {
            bail!("{name} {value}: expected above 0, at most 3600");
        }
    }
    let config = crate::corpus::WiSwissConfig {
        rows: args.rows.into(),
        columns: args.columns.into(),
        duration_s: args.duration_s,
        max_range_m: args.max_range,
        dynamic_range_db: 40.0,
    };
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
