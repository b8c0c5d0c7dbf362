//! `kinecho import points` and `uart`: point clouds of any data set, and streams of TI's demos.

use super::point_corpus::{PointArgs, Said, config, write};
use crate::cli::Global;
use crate::corpus::Holding;
use crate::recording::points::{self, Axes, Mapping, NamePattern, PointLayout};
use crate::recording::ti_uart::{self, UartReport, UartSettings};
use crate::sensor::FmcwRadar;
use anyhow::{anyhow, bail};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// What a positive velocity means.
#[derive(Clone, Copy, ValueEnum)]
enum VelocitySign {
    /// The distance grows.
    Receding,
    /// The distance shrinks.
    Approaching,
}

/// Where positive azimuths lie, seen from the sensor.
#[derive(Clone, Copy, ValueEnum)]
enum Side {
    Right,
    Left,
}

/// Arguments of `kinecho import points`.
#[derive(Args)]
pub(in crate::cli) struct TableArgs {
    #[command(flatten)]
    common: PointArgs,
    /// Which column is what: FIELD=COLUMN:UNIT,… with frame or time, x, y, z (m, cm, mm) or range, azimuth, elevation (deg, rad), doppler
    /// (m/s, cm/s, mm/s, km/h, bin), intensity (dB, 0.1dB, linear, amplitude), and group, label, subject, session. A name that ends
    /// in its unit (x_m) need not say it again; `none` where the data have no such quantity; frame=@file where every frame is a
    /// file, frame=@axis for arrays [frame, point, column]; ARRAY.COLUMN for a column of an array in an npz. Without it files are
    /// read that kinecho wrote.
    #[arg(long, value_name = "MAP", allow_hyphen_values = true)]
    map: Vec<String>,
    /// Names of the columns of a table without a header, or of an array.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', requires = "map")]
    columns: Vec<String>,
    /// Where x, y and z point to, seen from the sensor: right, left, forward, back, up, down.
    #[arg(long, value_name = "AXES", requires = "map", default_value = "right,forward,up")]
    axes: Axes,
    /// What positive velocities do; by default they recede, and data that clearly say otherwise are refused.
    #[arg(long, value_name = "SIGN", requires = "map")]
    velocity_sign: Option<VelocitySign>,
    /// Where positive azimuths lie, seen from the sensor.
    #[arg(long, value_name = "SIDE", requires = "map", default_value = "right")]
    azimuth_positive: Side,
    /// Time between frames, s; needed where only their numbers are there.
    #[arg(long, value_name = "S", requires = "map")]
    frame_period_s: Option<f64>,
    /// Nothing for this long begins another recording, s.
    #[arg(long, value_name = "S", requires = "map")]
    cut_gap_s: Option<f64>,
    /// Frame numbers or time stamps that begin anew begin another recording.
    #[arg(long, requires = "map")]
    cut_at_restart: bool,
    /// Range step of the sensor, m; else measured.
    #[arg(long, value_name = "M", requires = "map")]
    range_bin_m: Option<f64>,
    /// Velocity step of the sensor, m/s; else measured.
    #[arg(long, value_name = "MPS", requires = "map")]
    velocity_bin_mps: Option<f64>,
    /// Doppler bins of the sensor; else as many as the velocities need.
    #[arg(long, value_name = "N", requires = "map")]
    doppler_bins: Option<usize>,
    /// What file names (with folders, without ending) say, where there is no recordings.csv: for example
    /// '{label}/s{subject}_*'; also {session} and {split}.
    #[arg(long, value_name = "PATTERN")]
    names: Option<NamePattern>,
    /// What is done in all recordings that nothing else says it of.
    #[arg(long, value_name = "LABEL")]
    label: Option<String>,
}

/// Arguments of `kinecho import uart`.
#[derive(Args)]
pub(in crate::cli) struct UartArgs {
    #[command(flatten)]
    common: PointArgs,
    /// The configuration that was sent to the radar: time between frames, steps of range and velocity. Without it every NAME.dat may have
    /// its own NAME.cfg.
    #[arg(long, value_name = "FILE")]
    cfg: Option<PathBuf>,
    /// The preset that says what a .cfg does not.
    #[arg(long, value_name = "PRESET", requires = "cfg", value_parser = FmcwRadar::preset_names())]
    board: Option<String>,
    /// Time between frames, s, where there is no .cfg.
    #[arg(long, value_name = "S")]
    frame_period_s: Option<f64>,
}

impl TableArgs {
    fn layout(&self) -> anyhow::Result<PointLayout> {
        let mapping = Mapping::parse(&self.map).map_err(|what| anyhow!("--map: {what}"))?;
        Ok(PointLayout {
            mapping,
            columns: self.columns.clone(),
            axes: self.axes,
            azimuth_left: matches!(self.azimuth_positive, Side::Left),
            approaching: self.velocity_sign.map(|sign| matches!(sign, VelocitySign::Approaching)),
            frame_period_s: self.frame_period_s,
            cut_gap_s: self.cut_gap_s,
            cut_at_restart: self.cut_at_restart,
            range_bin_m: self.range_bin_m,
            velocity_bin_mps: self.velocity_bin_mps,
            doppler_bins: self.doppler_bins,
        })
    }
}

/// Imports point clouds by the names of their columns.
pub(super) fn table(args: &TableArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let (config, document) = config(&args.common, Holding::Points)?;
    let (names, label) = (args.names.as_ref(), args.label.as_deref());
    if args.map.is_empty() {
        let recordings = points::read_own(&args.common.dir, names, label)?;
        return write(&recordings, "points", (&config, &document), &args.common.output, Said::default(), global);
    }
    let layout = args.layout()?;
    let maps = config.point_maps().cloned().unwrap_or_default();
    if let Some(problem) = layout.problem_with(&maps) {
        bail!("{problem}");
    }
    let read = points::read(&args.common.dir, &layout, names, label)?;
    let padding: usize = read.recordings.iter().map(|r| r.dropped.padding).sum();
    let mut lines = read.measured.clone();
    if padding > 0 {
        lines.push(format!("{padding} rows of zeros are padding, not points"));
    }
    let said = Said { lines, facts: json!({"measured": read.measured, "padding": padding}) };
    write(&read.recordings, "points", (&config, &document), &args.common.output, said, global)
}

/// Imports streams of TI's demos.
pub(super) fn uart(args: &UartArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let (config, document) = config(&args.common, Holding::Points)?;
    let radar = args.cfg.as_deref().map(|path| FmcwRadar::read_file(path, args.board.as_deref())).transpose()?;
    let settings = UartSettings { radar, frame_period_s: args.frame_period_s };
    let read = ti_uart::read_folder(&args.common.dir, &settings)?;
    let mut lines = read.measured.clone();
    lines.extend(told(&read.report));
    let said = Said { lines, facts: json!({"measured": read.measured, "stream": read.report}) };
    write(&read.recordings, "uart", (&config, &document), &args.common.output, said, global)
}

/// What became of the bytes, as far as it is not all well.
fn told(report: &UartReport) -> Vec<String> {
    let mut lines = Vec::new();
    let mut add = |count: usize, what: &str| {
        if count > 0 {
            lines.push(format!("{count} {what}"));
        }
    };
    add(report.lost_frames, "frames were lost on the way (their numbers are missing)");
    add(report.truncated_packets, "packets were cut short");
    add(report.damaged_packets, "packets contradict themselves");
    add(report.stray_bytes, "bytes lay between packets");
    add(report.frames_without_side_info, "frames came without side info: their intensities are 0 dB");
    for (kind, count) in &report.skipped_items {
        add(*count, &format!("items of type {kind} were skipped"));
    }
    lines
}
