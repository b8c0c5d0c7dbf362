//! A scene file with the settings of the simulator and of what is written, as typed and as checked.

use super::output_kind::OutputKind;
use crate::base::integers::seed_problem;
use crate::base::yaml::{Document, Problem, YamlError};
use crate::chain::older::{SCENE_NAMES, upgrade_scene};
use crate::chain::{Chain, PointChain};
use crate::cli::capture_layout::IqOrder;
use crate::dsp::angle::VirtualArray;
use crate::dsp::micro_doppler::MicroDopplerConfig;
use crate::recording::dca1000::{CaptureFormat, Lanes};
use crate::recording::iq_track::IqTrackConfig;
use crate::recording::ti_chain;
use crate::scene::{LinkSpec, RoomSpec, Scene, SceneSpec, TruthSpec};
use crate::sensor::file::ti_cfg::Purpose;
use crate::sensor::{CwRadar, FmcwRadar, Sensor};
use crate::signal::Signal;
use crate::sim::SimSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A scene file.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct SimulateFile {
    /// Version of the format; 1.
    version: u32,
    /// Seed of every draw; 0 to 2⁵³ − 1.
    #[serde(default)]
    pub(super) seed: u64,
    /// Who moves where, in front of what.
    scene: SceneSpec,
    /// Engine, visibility, reflection and noise.
    #[serde(default)]
    pub(super) simulation: SimSettings,
    /// What is made of the signal: settings of `heatmaps`, and of the points of `points_csv` and `points_npz`, which are by default
    /// detected as the radar's `.cfg` says, where it has one.
    #[serde(default)]
    pub(super) chain: Chain,
    /// What is written.
    #[serde(default)]
    pub(super) outputs: OutputsSpec,
}

/// What is written and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct OutputsSpec {
    /// What is written. By default the cube and the heatmaps, or I/Q and its spectrogram; with sensors beside the radar what they measured, and the views.
    pub(super) write: Option<Vec<OutputKind>>,
    /// Settings of `dca1000`.
    pub(super) dca1000: CaptureSpec,
    /// Settings of `iq_wav`.
    pub(super) iq_wav: IqTrackConfig,
    /// Settings of `truth`.
    pub(super) truth: TruthSpec,
    /// Settings of `range_doppler`, `range_angle`, `range_time` and the picture of `micro_doppler`.
    pub(super) pictures: PictureSpec,
}

/// How a raw capture is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CaptureSpec {
    /// `two` (xWR16xx, 18xx, 68xx) or `four` (xWR12xx, 14xx). By default those of the radar.
    pub(super) lanes: Option<Lanes>,
    /// Which part of a sample comes first. By default `i_first`.
    pub(super) iq: IqOrder,
}

impl CaptureSpec {
    /// The format for a radar.
    pub(super) fn format(&self, radar: &FmcwRadar) -> CaptureFormat {
        let lanes = self.lanes.unwrap_or(Lanes::of(radar.lvds_lanes));
        CaptureFormat { lanes, q_first: self.iq == IqOrder::QFirst }
    }
}

/// How maps are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PictureSpec {
    /// Farthest range, m; without it all of them.
    pub(super) max_range_m: Option<f64>,
    /// Whether the mean over the chirps of each frame is subtracted.
    pub(super) remove_static: bool,
    /// Decibels between the strongest cell and the lowest colour, 1 to 300.
    pub(super) dynamic_range_db: f64,
}

impl Default for PictureSpec {
    fn default() -> Self {
        Self { max_range_m: None, remove_static: false, dynamic_range_db: 60.0 }
    }
}

/// What the command line puts in place of values of the file.
#[derive(Default)]
pub(super) struct Replaced<'a> {
    /// What is written; none leaves it to the file.
    pub(super) write: Option<&'a [OutputKind]>,
    /// Layout of raw captures.
    pub(super) capture: (Option<Lanes>, Option<IqOrder>),
    /// The body of people that have none of their own.
    pub(super) body: Option<&'a Path>,
}

impl SimulateFile {
    /// The file and its scene, with every value checked.
    pub(super) fn check(
        document: &Document,
        &Replaced { write, capture: (lanes, iq), body }: &Replaced<'_>,
    ) -> Result<(Self, Scene), YamlError> {
        let document = &document.upgraded(upgrade_scene, &SCENE_NAMES)?;
        let mut file: Self = document.typed()?;
        file.scene.beside(document.origin());
        if let Some(body) = body {
            file.scene.people.iter_mut().filter(|p| p.body.is_none()).for_each(|p| p.body = Some(body.to_owned()));
        }
        if let Some(write) = write {
            file.outputs.write = Some(write.to_vec());
        }
        file.outputs.dca1000.lanes = lanes.or(file.outputs.dca1000.lanes);
        file.outputs.dca1000.iq = iq.unwrap_or(file.outputs.dca1000.iq);
        let mut problems: Vec<Problem> = Vec::new();
        if file.version != 1 {
            problems.push(Problem::new("version", format!("{}; this program reads version 1", file.version)));
        }
        problems.extend(seed_problem("seed", file.seed));
        problems.extend(file.simulation.problems().into_iter().map(|p| p.under("simulation")));
        match Scene::check(&file.scene, false) {
            Ok(scene) => {
                file.follow_cfg();
                if file.outputs.write.is_none() && !scene.links().is_empty() {
                    file.outputs.write = Some(vec![OutputKind::Sensors, OutputKind::Views]);
                }
                problems.extend(file.link_problems(&scene));
                let links: Vec<&str> = scene.links().values().map(LinkSpec::kind).collect();
                problems.extend(file.outputs.kind_problems(scene.sensor()).into_iter().map(|p| p.under("outputs")));
                match scene.sensor() {
                    Sensor::Fmcw(radar) => {
                        problems.extend(file.outputs.problems(radar).into_iter().map(|p| p.under("outputs")));
                        if file.outputs.kinds(scene.sensor()).contains(&OutputKind::Heatmaps) {
                            let found = file.heatmap_problems(radar, scene.frames());
                            problems.extend(found.into_iter().map(|p| p.under("chain.heatmaps")));
                        }
                        if file.outputs.kinds(scene.sensor()).contains(&OutputKind::MicroDoppler) {
                            problems.extend(file.cube_spectrogram_problems(radar, scene.frames()));
                        }
                        if file.asks_points() {
                            problems.extend(file.point_problems(radar));
                        }
                    }
                    Sensor::Cw(radar) => {
                        problems.extend(file.outputs.cw_problems(radar).into_iter().map(|p| p.under("outputs")));
                        if file.outputs.kinds(scene.sensor()).contains(&OutputKind::MicroDoppler) {
                            problems.extend(file.spectrogram_problems(radar, scene.duration_s()));
                        }
                    }
                }
                // What is not written is held against the sensor as well: nothing that is typed is passed over.
                let chain = file
                    .chain
                    .problems()
                    .into_iter()
                    .chain(file.chain.misfits(scene.sensor().fmcw().is_some(), &links));
                for problem in chain.map(|p| p.under("chain")) {
                    if problems.iter().all(|other| other.key != problem.key) {
                        problems.push(problem);
                    }
                }
                if problems.is_empty() { Ok((file, scene)) } else { Err(document.rejected(problems)) }
            }
            Err(more) => {
                problems.extend(more.into_iter().map(|p| p.under("scene")));
                Err(document.rejected(problems))
            }
        }
    }
}

impl SimulateFile {
    /// Takes the detection chain of the radar's `.cfg`, and says which of its lines are passed over.
    fn follow_cfg(&mut self) {
        let radar = &self.scene.radar;
        let read = |path| FmcwRadar::read_ti(path, radar.preset.as_deref(), Purpose::Simulate);
        let Some(Ok(cfg)) = radar.file.as_deref().and_then(read) else { return };
        let asked = self.asks_points();
        for warning in cfg.warnings(asked) {
            tracing::warn!("{}: {warning}", cfg.radar.name);
        }
        if cfg.detection.is_empty() || !asked {
            return;
        }
        if self.chain.points.is_some() {
            tracing::warn!("{}: chain.points of the scene stands in place of cfarCfg and the like", cfg.radar.name);
            return;
        }
        let (chain, said) = ti_chain::chain(&cfg);
        said.iter().for_each(|warning| tracing::warn!("{}: {warning}", cfg.radar.name));
        self.chain.points = Some(PointChain { detect: chain, prefix: "points_".into(), ..PointChain::default() });
    }

    /// The walls, as typed.
    pub(super) fn room(&self) -> Option<&RoomSpec> {
        self.scene.room.as_ref()
    }

    /// What is made of a signal: as the chain says, or with the usual settings where it says nothing of such signals.
    pub(super) fn chain_of(&self, signal: &Signal) -> Chain {
        if self.chain.looks_at(signal) { self.chain.clone() } else { Chain::usual_of(signal) }
    }

    /// Sensors or views that are asked for and are none.
    fn link_problems(&self, scene: &Scene) -> Vec<Problem> {
        let kinds = self.outputs.kinds(scene.sensor());
        let mut out = Vec::new();
        if kinds.contains(&OutputKind::Sensors) && scene.links().is_empty() {
            out.push(Problem::new("outputs.write", "`sensors`, but there are none below `scene.sensors`"));
        }
        if kinds.contains(&OutputKind::Views) && scene.links().is_empty() && self.chain.is_empty() {
            out.push(Problem::new(
                "outputs.write",
                "`views`, but the chain makes none; expected entries below `chain`",
            ));
        }
        out
    }

    /// Whether anything that is written is made of the radar's signal.
    pub(super) fn wants_radar(&self, sensor: &Sensor) -> bool {
        let looks = self.chain.looks_at_radar();
        self.outputs.kinds(sensor).iter().any(|kind| kind.of_radar(looks))
    }

    /// Settings of the spectrogram.
    pub(super) fn spectrogram(&self) -> MicroDopplerConfig {
        self.chain.micro_doppler.as_ref().map(|chain| chain.spectrogram).unwrap_or_default()
    }

    /// Every value of the spectrogram that does not fit a CW radar.
    fn spectrogram_problems(&self, radar: &CwRadar, duration_s: f64) -> Vec<Problem> {
        let found = self.spectrogram().problems_for(&radar.iq_info(0), radar.rx_m.len(), duration_s);
        found.into_iter().map(|p| p.under("chain.micro_doppler.spectrogram")).collect()
    }

    /// Every value of the spectrogram that does not fit an FMCW radar.
    fn cube_spectrogram_problems(&self, radar: &FmcwRadar, frames: usize) -> Vec<Problem> {
        let extent = (frames, radar.loops_per_frame);
        let found = self.spectrogram().problems_for_cube(&radar.cube_info(), extent, radar.samples_per_chirp);
        found.into_iter().map(|p| p.under("chain.micro_doppler.spectrogram")).collect()
    }

    /// Whether points are to be written.
    fn asks_points(&self) -> bool {
        let kinds = self.outputs.write.iter().flatten();
        kinds.into_iter().any(|kind| [OutputKind::PointsCsv, OutputKind::PointsNpz].contains(kind))
    }

    /// Every value of the detection that does not fit the radar.
    fn point_problems(&self, radar: &FmcwRadar) -> Vec<Problem> {
        let detect = self.chain.points.as_ref().map(|chain| chain.detect.clone()).unwrap_or_default();
        let found = detect.problems_for(&radar.cube_info(), radar.loops_per_frame, radar.samples_per_chirp);
        found.into_iter().map(|p| p.under("chain.points.detect")).collect()
    }

    /// Every value that does not fit the recording.
    fn heatmap_problems(&self, radar: &FmcwRadar, frames: usize) -> Vec<Problem> {
        let config = self.chain.heatmaps.clone().unwrap_or_default();
        let extent = (frames, radar.loops_per_frame);
        let mut problems = config.problems_for(&radar.cube_info(), extent, radar.samples_per_chirp);
        problems.extend(config.max_range_m.and_then(|range| radar.range_problem("max_range_m", range)));
        problems
    }
}

impl OutputsSpec {
    /// What is written of a sensor's signal.
    pub(super) fn kinds(&self, sensor: &Sensor) -> Vec<OutputKind> {
        self.write.clone().unwrap_or_else(|| OutputKind::of(sensor)[..2].to_vec())
    }

    /// Kinds that the sensor does not give.
    fn kind_problems(&self, sensor: &Sensor) -> Vec<Problem> {
        let there = OutputKind::of(sensor);
        let names = |kinds: &[OutputKind]| kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
        let missing: Vec<OutputKind> = self.kinds(sensor).into_iter().filter(|kind| !there.contains(kind)).collect();
        if missing.is_empty() {
            return Vec::new();
        }
        let sensor = sensor.device().name();
        let message = format!("{sensor} does not give {}; expected of {}", names(&missing), names(there));
        vec![Problem::new("write", message)]
    }

    /// Every value that does not fit a CW radar.
    fn cw_problems(&self, radar: &CwRadar) -> Vec<Problem> {
        let kinds = self.kinds(&radar.clone().into());
        let mut out = self.picture_problems();
        let receivers = radar.rx_m.len();
        if kinds.contains(&OutputKind::IqWav) && self.iq_wav.rx >= receivers {
            out.push(Problem::new("iq_wav.rx", format!("{} given, must be 0 to {}", self.iq_wav.rx, receivers - 1)));
        }
        out
    }

    fn picture_problems(&self) -> Vec<Problem> {
        let range = self.pictures.dynamic_range_db;
        let refused = !(1.0..=300.0).contains(&range);
        let message = format!("{range} given, must be 1 to 300 dB");
        refused.then(|| Problem::new("pictures.dynamic_range_db", message)).into_iter().collect()
    }

    /// Every value that does not fit an FMCW radar.
    fn problems(&self, radar: &FmcwRadar) -> Vec<Problem> {
        let mut out = Vec::new();
        let written = self.kinds(&radar.clone().into());
        let asked = |kinds: &[OutputKind]| written.iter().any(|k| kinds.contains(k));
        for (key, range) in
            [("iq_wav.range_m", self.iq_wav.range_m), ("pictures.max_range_m", self.pictures.max_range_m)]
        {
            out.extend(range.and_then(|range| radar.range_problem(key, range)));
        }
        let antennas = [("iq_wav.tx", self.iq_wav.tx, radar.n_tx()), ("iq_wav.rx", self.iq_wav.rx, radar.n_rx())];
        for (key, value, count) in antennas {
            if value >= count {
                out.push(Problem::new(key, format!("{value} given, must be 0 to {}", count - 1)));
            }
        }
        out.extend(self.picture_problems());
        if asked(&[OutputKind::Dca1000]) {
            let format = self.dca1000.format(radar);
            let frame = radar.loops_per_frame * radar.n_tx() * radar.n_rx() * radar.samples_per_chirp;
            match format.lanes {
                Lanes::Two if frame % 2 == 1 => {
                    let message = format!("two lanes need an even number of samples in a frame, not {frame}");
                    out.push(Problem::new("dca1000.lanes", message));
                }
                Lanes::Four if radar.n_rx() > 4 => {
                    let message = format!("four lanes carry at most 4 receivers, not {}", radar.n_rx());
                    out.push(Problem::new("dca1000.lanes", message));
                }
                _ => {}
            }
            if radar.n_tx() > 1 && !radar.time_multiplexed {
                let message = "dca1000 needs transmitters that take turns: set the radar's time_multiplexed to true";
                out.push(Problem::new("write", message));
            }
        }
        if !asked(&[OutputKind::PointsCsv, OutputKind::PointsNpz])
            && asked(&[OutputKind::RangeAngle])
            && let Err(e) = VirtualArray::new(&radar.cube_info(), radar.samples_per_chirp)
        {
            out.push(Problem::new("write", e.to_string()));
        }
        out
    }
}
