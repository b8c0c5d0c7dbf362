//! From signals to views: one schema, `chain:`, for simulation, import, `classify`, studies and checkpoints.
//!
//! ```text
//! views.rs   what comes out: named arrays with axes
//! npz.rs     the same as an archive beside a picture
//! points.rs  detections and maps of them
//! micro_doppler.rs  spectrograms of I/Q and of chirps
//! range_angle.rs  cubes over time, range and angle
//! beams.rs   what a base station sees of a passage, a few steps each
//! csi.rs     channel state information: cleaning steps, then views
//! packets.rs windows of it
//! rfid.rs    phase and strength of tags over time
//! input.rs   what a model was trained on, and whether a recording gives the same
//! keep.rs    which signals a corpus keeps beside the views
//! older.rs   what older files said in other words
//! ```

mod beams;
mod csi;
mod input;
mod keep;
mod micro_doppler;
mod npz;
pub mod older;
mod packets;
mod points;
mod range_angle;
mod rfid;
mod views;

pub use beams::{BeamChain, LidarGrid, RadarFrame};
pub use csi::{CsiChain, CsiView, Scaling, SeriesView, Spectral};
pub use input::ViewInput;
pub use keep::Keep;
pub use micro_doppler::MicroDopplerChain;
pub use points::PointChain;
pub use range_angle::RangeAngleChain;
pub use rfid::RfidChain;
pub use views::{View, ViewInfo, Views};

use crate::base::cube::CubeInfo;
use crate::base::yaml::Problem;
use crate::dsp::DspError;
use crate::dsp::heatmap::{HEATMAP_NAMES, HeatmapConfig, heatmaps};
use crate::dsp::point_maps::windows;
use crate::signal::{IqInfo, PointCloud, Signal};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// What is made of a signal. Each entry makes views; one that the signal is not meant for makes none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// Dense heatmaps of IF cubes: `time_doppler`, `time_range`, `time_angle`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heatmaps: Option<HeatmapConfig>,
    /// Maps of points; IF cubes are detected in first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<PointChain>,
    /// Spectrograms of I/Q, or of the chirps of IF cubes: `micro_doppler`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub micro_doppler: Option<MicroDopplerChain>,
    /// Cubes over time, range and angle of IF cubes, and over velocity: `time_range_angle`, `time_range_doppler`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range_angle: Option<RangeAngleChain>,
    /// Channel state information: cleaning steps, then views: `amplitude`, `phase`, `doppler`, `wavelet`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csi: Option<CsiChain>,
    /// Reads of RFID tags: `rfid_phase`, `rfid_rssi`, `rfid_reads`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rfid: Option<RfidChain>,
    /// What a base station sees of a vehicle: `available`, `powers`, `gnss`, `radar`, `lidar`, `image`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beams: Option<BeamChain>,
}

/// What a chain made of one window of a signal.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The views.
    pub views: Views,
    /// The points, where the chain has detected some or was given them.
    pub points: Option<PointCloud>,
}

/// What a signal will be like before there is one.
pub enum ExpectedSignal<'a> {
    /// An IF cube.
    Cube(ExpectedCube<'a>),
    /// I and Q.
    Iq {
        /// How they will be sampled.
        info: &'a IqInfo,
        /// Length, s.
        duration_s: f64,
    },
}

/// What an IF cube will be like.
pub struct ExpectedCube<'a> {
    /// Settings of the sensor.
    pub info: &'a CubeInfo,
    /// Number of frames.
    pub frames: usize,
    /// Chirps of a transmitter in a frame.
    pub chirps: usize,
    /// Samples of a chirp.
    pub samples: usize,
    /// Length, s.
    pub duration_s: f64,
}

impl Chain {
    /// Heatmaps with their usual settings.
    pub fn usual() -> Self {
        Self { heatmaps: Some(HeatmapConfig::default()), ..Self::default() }
    }

    /// What is made of such a signal where nobody says: heatmaps of cubes, spectrograms of I/Q, maps of points, amplitudes of channel state
    /// information, phases and strengths of tags.
    pub fn usual_of(signal: &Signal) -> Self {
        match signal {
            Signal::Cube(_) => Self::usual(),
            Signal::Iq(_) => Self::of_iq(MicroDopplerChain::default()),
            Signal::Points(_) => Self::of_points(PointChain::default()),
            Signal::Csi(_) => Self::of_csi(CsiChain::default()),
            Signal::Rfid(reads) => Self::of_rfid(RfidChain { tags: reads.tags.len(), ..RfidChain::default() }),
            Signal::Beams(_) => Self::of_beams(BeamChain::default()),
        }
    }

    /// Maps of points alone.
    pub fn of_points(chain: PointChain) -> Self {
        Self { points: Some(chain), ..Self::default() }
    }

    /// A spectrogram alone.
    pub fn of_iq(chain: MicroDopplerChain) -> Self {
        Self { micro_doppler: Some(chain), ..Self::default() }
    }

    /// Views of channel state information alone.
    pub fn of_csi(chain: CsiChain) -> Self {
        Self { csi: Some(chain), ..Self::default() }
    }

    /// Views of RFID reads alone.
    pub fn of_rfid(chain: RfidChain) -> Self {
        Self { rfid: Some(chain), ..Self::default() }
    }

    /// Views of a base station alone.
    pub fn of_beams(chain: BeamChain) -> Self {
        Self { beams: Some(chain), ..Self::default() }
    }

    /// Whether it makes nothing.
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    /// The entries that are there, by their keys.
    pub fn entries(&self) -> Vec<&'static str> {
        let all = [
            ("heatmaps", self.heatmaps.is_some()),
            ("points", self.points.is_some()),
            ("micro_doppler", self.micro_doppler.is_some()),
            ("range_angle", self.range_angle.is_some()),
            ("csi", self.csi.is_some()),
            ("rfid", self.rfid.is_some()),
            ("beams", self.beams.is_some()),
        ];
        all.into_iter().filter(|(_, there)| *there).map(|(key, _)| key).collect()
    }

    /// The views of one window of a signal. `length_s` is the length of the window where the chain's own does not hold.
    pub fn apply(&self, signal: &Signal, length_s: Option<f64>) -> Result<Applied, DspError> {
        let mut made = Applied { views: Views::new(), points: None };
        if let (Some(config), Signal::Cube(cube)) = (&self.heatmaps, signal) {
            made.views.extend_with("", heatmaps(cube, config)?);
        }
        if let Some(chain) = &self.points {
            made.points = match signal {
                Signal::Cube(cube) => Some(chain.detected(cube)?),
                Signal::Points(points) => Some(points.clone()),
                Signal::Iq(_) | Signal::Csi(_) | Signal::Rfid(_) | Signal::Beams(_) => None,
            };
            if let Some(points) = &made.points {
                made.views.extend_with(&chain.prefix, chain.views(points, length_s)?);
            }
        }
        if let Some(chain) = &self.micro_doppler {
            made.views.extend_with("", chain.view(signal)?);
        }
        if let Some(chain) = &self.range_angle {
            made.views.extend_with("", chain.view(signal)?);
        }
        if let (Some(chain), Signal::Csi(csi)) = (&self.csi, signal) {
            made.views.extend_with("", chain.views(csi, length_s)?);
        }
        if let (Some(chain), Signal::Rfid(reads)) = (&self.rfid, signal) {
            made.views.extend_with("", chain.views(reads, length_s)?);
        }
        if let (Some(chain), Signal::Beams(track)) = (&self.beams, signal) {
            made.views.extend_with("", chain.views(track)?);
        }
        if made.views.is_empty() {
            return Err(DspError::Signal { chain: self.entries().join(", "), found: signal.kind() });
        }
        Ok(made)
    }

    /// Windows of a recording of `length_s`, one every `hop_s`, each with its start, s; of IF cubes both to the nearest frame. The last
    /// incomplete one is left out.
    pub fn windows(&self, signal: &Signal, length_s: f64, hop_s: f64) -> Result<Vec<(f64, Signal)>, DspError> {
        match signal {
            Signal::Points(points) => {
                let cut = windows(points, length_s, hop_s)?;
                Ok(cut.into_iter().map(|(start, window)| (start, Signal::Points(window))).collect())
            }
            Signal::Iq(iq) => {
                let count = |seconds: f64| ((seconds * iq.info.sample_rate_hz).round() as usize).max(1);
                let (length, hop) = (count(length_s), count(hop_s));
                let starts = (0..(iq.data.ncols() + 1).saturating_sub(length)).step_by(hop);
                let window = |first: usize| {
                    let mut window = iq.samples(first..first + length);
                    // Each has its own clock from 0, as those of points.
                    window.info.start_s = 0.0;
                    (first as f64 / iq.info.sample_rate_hz, Signal::Iq(window))
                };
                Ok(starts.map(window).collect())
            }
            Signal::Csi(csi) => {
                let most = self.csi.as_ref().map_or(f64::INFINITY, |chain| chain.max_gap_s);
                Ok(packets::windows(csi, (length_s, hop_s), most))
            }
            Signal::Rfid(reads) => Ok(rfid::windows(reads, length_s, hop_s)),
            Signal::Beams(track) => Ok(self.beams.clone().unwrap_or_default().windows(track)),
            Signal::Cube(cube) => {
                let (frames, period) = (cube.data.dim().0, cube.info.frame_period_s);
                let count = |seconds: f64| ((seconds / period).round() as usize).max(1);
                let (length, hop) = (count(length_s), count(hop_s));
                let starts = (0..(frames + 1).saturating_sub(length)).step_by(hop);
                Ok(starts.map(|f| (f as f64 * period, Signal::Cube(cube.frames(f..f + length)))).collect())
            }
        }
    }

    /// The window of `length_s` around the middle of a recording of packets or reads; none where that is shorter, and of other signals.
    pub fn middle(&self, signal: &Signal, length_s: f64) -> Option<(f64, Signal)> {
        match signal {
            Signal::Csi(csi) => {
                let most = self.csi.as_ref().map_or(f64::INFINITY, |chain| chain.max_gap_s);
                packets::middle(csi, length_s, most)
            }
            Signal::Rfid(reads) => rfid::middle(reads, length_s),
            Signal::Cube(_) | Signal::Iq(_) | Signal::Points(_) | Signal::Beams(_) => None,
        }
    }

    /// Names and shapes of the views before there is a signal, in their order.
    pub fn planned(&self) -> Vec<(String, Vec<usize>)> {
        let mut planned = Vec::new();
        if let Some(config) = &self.heatmaps {
            planned.extend(HEATMAP_NAMES.map(|name| (name.to_owned(), vec![config.rows, config.columns])));
        }
        if let Some(chain) = &self.points {
            planned.extend(chain.planned());
        }
        if let Some(chain) = &self.micro_doppler {
            planned.push((micro_doppler::NAME.to_owned(), vec![chain.rows, chain.columns]));
        }
        planned.extend(self.range_angle.iter().flat_map(RangeAngleChain::planned));
        planned.extend(self.csi.iter().flat_map(CsiChain::planned));
        planned.extend(self.rfid.iter().flat_map(RfidChain::planned));
        planned.extend(self.beams.iter().flat_map(BeamChain::planned));
        planned
    }

    /// Names of the views of its first entry that have the shape of the first: what a model takes that is told of no others.
    pub fn main_views(&self) -> Vec<String> {
        let first = match (&self.heatmaps, &self.points) {
            (Some(heatmaps), _) => Self { heatmaps: Some(heatmaps.clone()), ..Self::default() },
            (None, Some(points)) => Self::of_points(points.clone()),
            (None, None) => self.clone(),
        };
        let mut planned = first.planned();
        let shape = planned.first().map(|(_, shape)| shape.clone());
        planned.retain(|(_, other)| Some(other) == shape.as_ref());
        planned.into_iter().map(|(name, _)| name).collect()
    }

    /// All that is wrong with the settings, whatever the signal; the keys are relative to the chain.
    pub fn problems(&self) -> Vec<Problem> {
        let heatmaps = self.heatmaps.iter().flat_map(HeatmapConfig::problems).map(|p| p.under("heatmaps"));
        let points = self.points.iter().flat_map(PointChain::problems).map(|p| p.under("points"));
        let iq = self.micro_doppler.iter().flat_map(MicroDopplerChain::problems).map(|p| p.under("micro_doppler"));
        let csi = self.csi.iter().flat_map(CsiChain::problems).map(|p| p.under("csi"));
        let rfid = self.rfid.iter().flat_map(RfidChain::problems).map(|p| p.under("rfid"));
        let cubes = self.range_angle.iter().flat_map(RangeAngleChain::problems).map(|p| p.under("range_angle"));
        let beams = self.beams.iter().flat_map(BeamChain::problems).map(|p| p.under("beams"));
        let radios = csi.chain(rfid).chain(beams);
        heatmaps.chain(points).chain(iq).chain(cubes).chain(radios).chain(self.name_problem()).collect()
    }

    /// The same with all that does not fit the signals that will be simulated: that of a radar, and those of links of these kinds (`wifi`, `rfid`).
    pub fn problems_for(&self, signal: &ExpectedSignal<'_>, links: &[&str]) -> Vec<Problem> {
        let mut problems = self.misfits(matches!(signal, ExpectedSignal::Cube(_)), links);
        problems.extend(self.csi.iter().flat_map(CsiChain::problems).map(|p| p.under("csi")));
        problems.extend(self.rfid.iter().flat_map(RfidChain::problems).map(|p| p.under("rfid")));
        if let (Some(config), ExpectedSignal::Cube(cube)) = (&self.heatmaps, signal) {
            let found = config.problems_for(cube.info, (cube.frames, cube.chirps), cube.samples);
            problems.extend(found.into_iter().map(|p| p.under("heatmaps")));
        }
        if let (Some(chain), ExpectedSignal::Cube(cube)) = (&self.points, signal) {
            problems.extend(chain.problems_for(cube).into_iter().map(|p| p.under("points")));
        }
        if let (Some(chain), ExpectedSignal::Iq { info, duration_s }) = (&self.micro_doppler, signal) {
            let found = chain.problems_for(info, info.rx_m.len(), *duration_s);
            problems.extend(found.into_iter().map(|p| p.under("micro_doppler")));
        }
        if let (Some(chain), ExpectedSignal::Cube(cube)) = (&self.micro_doppler, signal) {
            problems.extend(chain.problems_for_cube(cube).into_iter().map(|p| p.under("micro_doppler")));
        }
        if let (Some(chain), ExpectedSignal::Cube(cube)) = (&self.range_angle, signal) {
            problems.extend(chain.problems_for_cube(cube).into_iter().map(|p| p.under("range_angle")));
        }
        problems.extend(self.name_problem());
        problems
    }

    /// Entries that make nothing of what sensors give: IF cubes or I/Q of a radar, and what links of these kinds (`wifi`, `rfid`) give.
    pub fn misfits(&self, gives_cubes: bool, links: &[&str]) -> Vec<Problem> {
        let (what, fit): (_, &[&str]) = if gives_cubes {
            ("IF cubes", &["heatmaps", "points", "micro_doppler", "range_angle"])
        } else {
            ("I/Q", &["micro_doppler"])
        };
        let count = |kind: &str| links.iter().filter(|k| **k == kind).count();
        let problem = |entry: &'static str| {
            let (kind, whole) = match entry {
                "csi" => ("wifi", "WiFi links"),
                "rfid" => ("rfid", "RFID readers"),
                _ if fit.contains(&entry) => return None,
                _ => return Some(Problem::new(entry, format!("makes nothing of {what}, which the sensor gives"))),
            };
            let found = match count(kind) {
                1 => return None,
                0 => format!(
                    "makes nothing of what the sensors give: there is no sensor of the kind `{kind}`; add one below `scene.sensors`"
                ),
                n => format!("makes views of one sensor, and there are {n} {whole}; leave one of them"),
            };
            Some(Problem::new(entry, found))
        };
        self.entries().into_iter().filter_map(problem).collect()
    }

    /// Whether it makes anything of a signal of this kind.
    pub fn looks_at(&self, signal: &Signal) -> bool {
        match signal {
            Signal::Csi(_) => self.csi.is_some(),
            Signal::Rfid(_) => self.rfid.is_some(),
            Signal::Beams(_) => self.beams.is_some(),
            Signal::Cube(_) => self.looks_at_radar(),
            Signal::Iq(_) => self.micro_doppler.is_some(),
            Signal::Points(_) => self.points.is_some(),
        }
    }

    /// Whether it makes anything of the signal of a radar.
    pub fn looks_at_radar(&self) -> bool {
        self.heatmaps.is_some() || self.points.is_some() || self.micro_doppler.is_some() || self.range_angle.is_some()
    }

    /// Two entries must not make views of one name.
    fn name_problem(&self) -> Option<Problem> {
        let names = self.planned();
        let (i, (name, _)) =
            names.iter().enumerate().find(|(i, (name, _))| names[..*i].iter().any(|(n, _)| n == name))?;
        let message = format!(
            "`{name}` (view {} of {}) is made twice; give these views a prefix, as `points_`",
            i + 1,
            names.len()
        );
        Some(Problem::new("points.prefix", message))
    }

    /// Settings that were stored with a corpus or a checkpoint: heatmaps without a `chain` are older than the choice, and stand for the
    /// published one.
    pub fn stored<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Stored(#[serde(deserialize_with = "HeatmapConfig::stored")] HeatmapConfig);
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct StoredChain {
            #[serde(default)]
            heatmaps: Option<Stored>,
            #[serde(default)]
            points: Option<PointChain>,
            #[serde(default)]
            micro_doppler: Option<MicroDopplerChain>,
            #[serde(default)]
            range_angle: Option<RangeAngleChain>,
            #[serde(default)]
            csi: Option<CsiChain>,
            #[serde(default)]
            rfid: Option<RfidChain>,
            #[serde(default)]
            beams: Option<BeamChain>,
        }
        let StoredChain { heatmaps, points, micro_doppler, range_angle, csi, rfid, beams } =
            StoredChain::deserialize(from)?;
        Ok(Self { heatmaps: heatmaps.map(|h| h.0), points, micro_doppler, range_angle, csi, rfid, beams })
    }
}
