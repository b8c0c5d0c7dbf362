//! `kinecho import dca1000`: raw captures, whose geometry another file says.

use super::cubes::{CubeArgs, cubes};
use crate::cli::capture_layout::{IqOrder, LaneCount};
use crate::cli::{Global, print_line};
use crate::corpus::RecordedCube;
use crate::dsp::detect::DetectConfig;
use crate::recording::dca1000::{self, AdcGeometry, CaptureFiles, CutFrame, Lanes};
use crate::recording::listing::{self, Listed};
use crate::recording::{RecordingError, capture_yaml, ti_chain};
use crate::sensor::FmcwRadar;
use crate::sensor::file::ti_cfg::{Purpose, TiCfg};
use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `kinecho import dca1000`.
#[derive(Args)]
pub(in crate::cli) struct CaptureArgs {
    #[command(flatten)]
    cubes: CubeArgs,
    /// How all files were recorded: TI's .cfg, mmWave Studio's .mmwave.json, a radar of kinecho's (.yaml), or a capture description of
    /// mmwave-eyes (.yaml with `readObj`). Without it every NAME.bin has its own NAME.json or NAME.mmwave.json, or the folder one
    /// .mmwave.json.
    #[arg(long, value_name = "FILE")]
    radar: Option<PathBuf>,
    /// The preset that says what a .cfg does not: antennas and receiver.
    #[arg(long, value_name = "PRESET", requires = "radar", value_parser = FmcwRadar::preset_names())]
    board: Option<String>,
    /// Lanes of the card's LVDS link, where the file is wrong about them. By default what adcbufCfg says, or the board's: 4 with an iwr1443
    /// and 2 with all others.
    #[arg(long, requires = "radar")]
    lanes: Option<LaneCount>,
    /// Which part of a sample comes first, where the file is wrong about it. By default what adcbufCfg says, or i-first.
    #[arg(long, requires = "radar", value_name = "ORDER")]
    iq: Option<IqOrder>,
    /// Time between frames, s: a capture description of mmwave-eyes does not say it.
    #[arg(long, value_name = "S", requires = "radar")]
    frame_period_s: Option<f64>,
    /// Drop a last frame that a file cuts off, and count it; without it such a file is refused.
    #[arg(long)]
    drop_cut_frame: bool,
    /// Leave gain and phase of the channels as recorded, also where board or file say what they are.
    #[arg(long)]
    keep_channels: bool,
    /// Say how the files would be read: board, layout, lines of the file that are passed over.
    #[arg(long)]
    dry_run: bool,
}

/// How captures were made, and what is to be said of it.
struct Described {
    geometry: AdcGeometry,
    board: Option<(String, String)>,
    /// The detection chain of a `.cfg`, where it has one.
    detect: Option<DetectConfig>,
    /// Lines that are passed over; behind them those that matter for points alone.
    warnings: (Vec<String>, Vec<String>),
}

impl Described {
    fn plain(geometry: AdcGeometry) -> Self {
        Self { geometry, board: None, detect: None, warnings: Default::default() }
    }

    fn of_cfg(cfg: &TiCfg) -> Self {
        let (chain, said) = ti_chain::chain(cfg);
        let (always, mut points) = (cfg.warnings(false), cfg.warnings(true));
        points.retain(|w| !always.contains(w));
        points.extend(said);
        Self {
            geometry: AdcGeometry::of_cfg(cfg),
            board: cfg.radar.board.clone().map(|board| (board, cfg.board_reason.clone())),
            detect: (!cfg.detection.is_empty()).then_some(chain),
            warnings: (always, points),
        }
    }

    fn json(&self) -> Value {
        let board = self.board.as_ref().map(|(name, reason)| json!({"preset": name, "reason": reason}));
        let (always, points) = &self.warnings;
        json!({"geometry": self.geometry, "board": board, "passed_over": always, "passed_over_for_points": points})
    }

    fn told(&self) -> String {
        let g = &self.geometry;
        let mut lines = vec![format!("layout    {}", g.told())];
        if let Some((board, reason)) = &self.board {
            lines.push(format!("board     {board}: {reason}"));
        }
        let mm = |list: &[crate::base::Vec3]| {
            list.iter().map(|p| format!("({:.2}, {:.2})", 1e3 * p.x, 1e3 * p.z)).collect::<Vec<_>>().join(" ")
        };
        lines.push(format!("tx, mm    {}  (x to the right seen from the sensor, z up)", mm(&g.cube.tx_m)));
        lines.push(format!("rx, mm    {}", mm(&g.cube.rx_m)));
        if !g.cube.channel_factors.is_empty() {
            lines.push("channels  gain and phase are known and undone".into());
        }
        if g.range_bias_m != 0.0 {
            lines.push(format!("range     {} m are taken off", g.range_bias_m));
        }
        let (always, points) = &self.warnings;
        lines.extend(always.iter().chain(points).map(|w| format!("passed over: {w}")));
        lines.join("\n")
    }
}

/// Imports raw captures.
pub(super) fn captures(args: &CaptureArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let dir = args.cubes.dir();
    let (mut config, document) = args.cubes.config()?;
    let detects = ["chain.points.detect", "points.detect"].iter().any(|path| document.value_of(path).is_some());
    let common = match &args.radar {
        Some(path) => Some(args.described(path)?),
        None => None,
    };
    if let Some(common) = &common {
        for warning in &common.warnings.0 {
            tracing::warn!("{warning}");
        }
        if let Some(chain) = config.chain.points.as_mut() {
            common.warnings.1.iter().for_each(|warning| tracing::warn!("{warning}"));
            match &common.detect {
                Some(detect) if !detects => chain.detect = detect.clone(),
                Some(_) => {
                    tracing::warn!(
                        "chain.points.detect of the settings stands in place of the file's cfarCfg and the like"
                    )
                }
                None => {}
            }
        }
    }
    let frame_bytes = common.as_ref().and_then(|c| c.geometry.frame_words()).map(|words| 2 * words);
    let captures = dca1000::group(dir, listing::read(dir)?, frame_bytes)?;
    if args.dry_run {
        return args.dry_run(&captures, common.as_ref(), global);
    }
    let files: BTreeMap<&str, &CaptureFiles> = captures.iter().map(|c| (c.listed.file.as_str(), c)).collect();
    let listed: Vec<Listed> = captures.iter().map(|c| c.listed.clone()).collect();
    let read = |row: &Listed| -> Result<RecordedCube, RecordingError> {
        let parts = files.get(row.file.as_str()).map_or(&[][..], |c| &c.files);
        let own = match &common {
            Some(_) => None,
            None => Some(args.beside(&dir.join(&row.file))?),
        };
        let described = own.as_ref().or(common.as_ref());
        let Some(described) = described else {
            return Err(RecordingError::File { path: dir.join(&row.file), what: "nothing describes it".into() });
        };
        let cut = if args.drop_cut_frame { CutFrame::Drop } else { CutFrame::Refuse };
        let capture = dca1000::read_capture(parts, &described.geometry, cut)?;
        let mut details = Map::new();
        if !capture.report.is_clean() {
            tracing::warn!("{}: {}", row.file, capture.report);
            details.insert("capture".into(), json!(capture.report));
        }
        if let Some((board, _)) = &described.board {
            details.insert("board".into(), json!(board));
        }
        if parts.len() > 1 {
            details.insert("files".into(), json!(parts.len()));
        }
        Ok(RecordedCube { cube: capture.cube, details })
    };
    cubes(&args.cubes, "dca1000", &listed, (&config, &document), read, global)
}

impl CaptureArgs {
    fn dry_run(
        &self,
        captures: &[CaptureFiles],
        common: Option<&Described>,
        global: &Global,
    ) -> anyhow::Result<ExitCode> {
        let mut all = Vec::new();
        for capture in captures {
            let own = match common {
                Some(_) => None,
                None => Some(self.beside(&capture.files[0])?),
            };
            let Some(described) = own.as_ref().or(common) else { continue };
            let bytes: u64 = capture.files.iter().map(|f| f.metadata().map_or(0, |m| m.len())).sum();
            let frame_bytes = described.geometry.frame_words().map_or(0, |words| 2 * words as u64);
            let (frames, rest) = (bytes / frame_bytes.max(1), bytes % frame_bytes.max(1));
            let name = &capture.listed.file;
            if global.json {
                let mut about = described.json();
                about["file"] = json!(name);
                about["files"] = json!(capture.files.len());
                about["frames"] = json!(frames);
                about["bytes_behind_them"] = json!(rest);
                all.push(about);
                continue;
            }
            let parts =
                if capture.files.len() > 1 { format!(" and {} more", capture.files.len() - 1) } else { String::new() };
            print_line(&format!("{name}{parts}: {frames} frames and {rest} bytes"))?;
            if common.is_none() {
                print_line(&described.told())?;
            }
        }
        match common {
            _ if global.json => print_line(&serde_json::to_string_pretty(&all)?)?,
            Some(described) => print_line(&described.told())?,
            None => {}
        }
        Ok(ExitCode::SUCCESS)
    }

    /// What stands beside a capture.
    fn beside(&self, bin: &Path) -> Result<Described, RecordingError> {
        if dca1000::geometry_path(bin).is_file() {
            return Ok(self.changed(Described::plain(dca1000::read_geometry(bin)?)));
        }
        let fault = |what: String| RecordingError::File { path: bin.to_owned(), what };
        let own = bin.with_extension("mmwave.json");
        let folder = bin.parent().unwrap_or(Path::new("."));
        let studio = if own.is_file() {
            own
        } else {
            let entries =
                std::fs::read_dir(folder).map_err(|source| RecordingError::Read { path: folder.into(), source })?;
            let all = entries.filter_map(|e| Some(e.ok()?.path()));
            let found: Vec<PathBuf> = all.filter(|p| p.to_string_lossy().ends_with(".mmwave.json")).collect();
            match found.as_slice() {
                [one] => one.clone(),
                [] => {
                    let json = dca1000::geometry_path(bin);
                    return Err(fault(format!(
                        "nothing says how it was recorded: expected {}, an .mmwave.json beside it, or --radar FILE",
                        json.display()
                    )));
                }
                several => {
                    return Err(fault(format!(
                        "{} .mmwave.json stand in its folder: name one with --radar",
                        several.len()
                    )));
                }
            }
        };
        let cfg = TiCfg::read_mmwave_json(&studio, self.board.as_deref(), Purpose::Capture);
        Ok(self.changed(Described::of_cfg(&cfg.map_err(|e| fault(e.to_string()))?)))
    }

    /// The description of all captures.
    fn described(&self, path: &Path) -> anyhow::Result<Described> {
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        if let Some(cfg) = FmcwRadar::read_ti(path, self.board.as_deref(), Purpose::Capture) {
            self.no_frame_period(path)?;
            return Ok(self.changed(Described::of_cfg(&cfg?)));
        }
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let eyes = matches!(ending.as_str(), "yaml" | "yml") && text.lines().any(|line| line.starts_with("readObj:"));
        if !eyes {
            self.no_frame_period(path)?;
            let radar = FmcwRadar::read_file(path, self.board.as_deref())?;
            let mut described = Described::plain(AdcGeometry::of_radar(&radar));
            described.board = radar.board.clone().map(|board| (board, "what the file leaves open".into()));
            return Ok(self.changed(described));
        }
        let Some(period) = self.frame_period_s else {
            bail!("{} does not say how often frames come: --frame-period-s is missing", path.display());
        };
        if self.lanes.is_some() || self.iq.is_some() || self.board.is_some() {
            bail!("{} says lanes, IQ order and antennas itself: leave out --lanes, --iq and --board", path.display());
        }
        Ok(self.changed(Described::plain(capture_yaml::read(path, period)?)))
    }

    fn no_frame_period(&self, path: &Path) -> anyhow::Result<()> {
        if self.frame_period_s.is_some() {
            bail!("{} says how often frames come: leave out --frame-period-s", path.display());
        }
        Ok(())
    }

    /// With what the command line says otherwise.
    fn changed(&self, mut described: Described) -> Described {
        let geometry = &mut described.geometry;
        geometry.lanes = self.lanes.map_or(geometry.lanes, Lanes::from);
        geometry.iq_swapped = self.iq.map_or(geometry.iq_swapped, |order| order == IqOrder::QFirst);
        if self.keep_channels {
            geometry.cube.channel_factors.clear();
        }
        described
    }
}
