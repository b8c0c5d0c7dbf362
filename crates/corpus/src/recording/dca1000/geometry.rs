//! What a raw capture does not say of itself.

use super::super::RecordingError;
use crate::base::cube::{CubeInfo, FULL_SCALE};
use crate::sensor::FmcwRadar;
use crate::sensor::file::ti_cfg::{SampleOrder, TiCfg};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// How the words of a file are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lanes {
    /// xWR16xx, 18xx, 68xx: one receiver after another, `I0 I1 Q0 Q1 I2 I3 Q2 Q3 …`.
    Two,
    /// xWR12xx, 14xx: sample after sample, `I` of the four lanes, then `Q` of the four; lanes without a receiver hold zeros.
    Four,
}

impl Lanes {
    /// The layout of a link with so many lanes.
    pub fn of(lanes: u8) -> Self {
        if lanes == 4 { Self::Four } else { Self::Two }
    }
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaptureFormat {
    /// The layout of the words.
    pub lanes: Lanes,
    /// Which part of a sample comes first.
    pub q_first: bool,
}

/// What a `.bin` file does not say of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdcGeometry {
    /// The layout of the words.
    pub lanes: Lanes,
    /// Whether Q stands where I should (`iqSwap`).
    #[serde(default)]
    pub iq_swapped: bool,
    /// Bits of a word that carry the sample, 2 to 16; the others are no sign extension and are left out. Default 16.
    #[serde(default = "sixteen", skip_serializing_if = "is_sixteen")]
    pub bits: u8,
    /// Whether samples are real; they become half as many complex ones at half the rate. Default complex.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub real: bool,
    /// Lane of each receiver on four lanes, from 0; by default the first ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub receiver_lanes: Vec<usize>,
    /// What measured ranges are too long by, m: taken off the samples. Default 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub range_bias_m: f64,
    /// Loops of a frame, at least 1.
    pub chirps: usize,
    /// Samples of a chirp as they lie in the file, at least 1; even when they are real.
    pub samples: usize,
    /// What a sample is for each step of its code; by default 1/2^(bits − 1), so that a full-scale sample is 1.
    #[serde(default)]
    pub code_value: Option<f64>,
    /// Unit of a sample; without it shares of the full scale, or unknown where `code_value` is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Sampling and antennas; their numbers are those of the transmitters and receivers in the file.
    pub cube: CubeInfo,
}

fn sixteen() -> u8 {
    16
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde wants a reference
fn is_sixteen(bits: &u8) -> bool {
    *bits == 16
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde wants a reference
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

impl AdcGeometry {
    /// Captures of a radar in the format of its card.
    pub fn of_radar(radar: &FmcwRadar) -> Self {
        Self {
            lanes: Lanes::of(radar.lvds_lanes),
            iq_swapped: false,
            bits: 16,
            real: false,
            receiver_lanes: Vec::new(),
            range_bias_m: 0.0,
            chirps: radar.loops_per_frame,
            samples: radar.samples_per_chirp,
            code_value: None,
            unit: None,
            cube: radar.cube_info(),
        }
    }

    /// Captures of a configuration of TI's, as its lines say.
    pub fn of_cfg(cfg: &TiCfg) -> Self {
        let mut geometry = Self::of_radar(&cfg.radar);
        geometry.iq_swapped = cfg.layout.order == Some(SampleOrder::QFirst);
        geometry.bits = cfg.layout.bits;
        geometry.real = cfg.layout.real;
        geometry.range_bias_m = cfg.range_bias_m;
        if geometry.lanes == Lanes::Four {
            geometry.receiver_lanes.clone_from(&cfg.antennas.rx);
        }
        if !cfg.channel_factors.is_empty() {
            geometry.cube.channel_factors.clone_from(&cfg.channel_factors);
        }
        geometry
    }

    /// What a sample is for each step of its code.
    pub fn code_value(&self) -> f64 {
        self.code_value.unwrap_or(self.full_scale_is_one())
    }

    fn full_scale_is_one(&self) -> f64 {
        1.0 / f64::from(1_u32 << (self.bits.clamp(1, 16) - 1))
    }

    /// Unit of a sample, in words.
    pub(super) fn unit(&self) -> String {
        let of_scale = if self.code_value() == self.full_scale_is_one() { FULL_SCALE } else { "unknown" };
        self.unit.clone().unwrap_or_else(|| of_scale.into())
    }

    /// `[chirp, tx, rx, sample]` of a frame in the file.
    pub fn extents(&self) -> [usize; 4] {
        [self.chirps, self.cube.tx_m.len(), self.cube.rx_m.len(), self.samples]
    }

    /// Words of a frame; none where it has none, or more than can be counted.
    pub fn frame_words(&self) -> Option<usize> {
        let [chirps, n_tx, n_rx, samples] = self.extents();
        let channels = if self.lanes == Lanes::Four { n_rx.min(1) * 4 } else { n_rx };
        let parts = if self.real { 1 } else { 2 };
        [chirps, n_tx, channels, samples, parts].iter().try_fold(1usize, |n, &e| n.checked_mul(e)).filter(|&n| n > 0)
    }

    /// What keeps a cube of this geometry from lying in a file.
    pub(super) fn fault(&self) -> Option<String> {
        let [chirps, n_tx, n_rx, samples] = self.extents();
        if !(2..=16).contains(&self.bits) {
            return Some(format!("bits is {}, it must be 2 to 16", self.bits));
        }
        if self.real && samples % 2 == 1 {
            return Some(format!("{samples} real samples a chirp: the number must be even to make complex ones"));
        }
        if self.lanes == Lanes::Two && !self.real && [chirps, n_tx, n_rx, samples].iter().all(|n| n % 2 == 1) {
            let what = "two lanes carry samples in pairs, their number in a frame must be even";
            return Some(format!("{} samples a frame: {what}", chirps * n_tx * n_rx * samples));
        }
        if self.lanes == Lanes::Four && n_rx > 4 {
            return Some(format!("{n_rx} receivers: four lanes carry at most 4"));
        }
        let lanes = &self.receiver_lanes;
        let twice = |i: usize| lanes[..i].contains(&lanes[i]);
        if !lanes.is_empty() && (lanes.len() != n_rx || (0..lanes.len()).any(|i| lanes[i] > 3 || twice(i))) {
            return Some(format!(
                "receiver_lanes is {lanes:?}, it must name a lane of its own, 0 to 3, for each of {n_rx} receivers"
            ));
        }
        let value = self.code_value();
        if !(value > 0.0 && value.is_finite()) {
            return Some(format!("code_value is {value}, it must be above 0"));
        }
        if !self.range_bias_m.is_finite() {
            return Some(format!("range_bias_m is {}, it must be a number", self.range_bias_m));
        }
        None
    }

    /// Words of the I and the Q of a sample, counted from the start of the file; the same word twice for real samples.
    pub(super) fn words(&self, frame: usize, [chirp, tx, rx, sample]: [usize; 4]) -> (usize, usize) {
        let [chirps, n_tx, n_rx, samples] = self.extents();
        let chirp = (frame * chirps + chirp) * n_tx + tx;
        let (i, q) = match (self.lanes, self.real) {
            (Lanes::Two, real) => {
                let place = (chirp * n_rx + rx) * samples + sample;
                // Pairs go on from one receiver to the next where a chirp has an odd number of samples.
                let pair = 4 * (place / 2) + place % 2;
                if real { (place, place) } else { (pair, pair + 2) }
            }
            (Lanes::Four, real) => {
                let lane = self.receiver_lanes.get(rx).copied().unwrap_or(rx);
                let group = chirp * samples + sample;
                if real { (4 * group + lane, 4 * group + lane) } else { (8 * group + lane, 8 * group + 4 + lane) }
            }
        };
        if self.iq_swapped { (q, i) } else { (i, q) }
    }

    /// In words, for people.
    pub fn told(&self) -> String {
        let [chirps, n_tx, n_rx, samples] = self.extents();
        let lanes = if self.lanes == Lanes::Two {
            "two lanes, receivers one after another"
        } else {
            "four lanes, receivers side by side"
        };
        let order = match (self.real, self.iq_swapped) {
            (true, _) => "real samples",
            (false, false) => "I first",
            (false, true) => "Q first",
        };
        format!(
            "{lanes}, {order}, {} bits; a frame is {chirps} loops of {n_tx} tx, {n_rx} rx, {samples} samples",
            self.bits
        )
    }
}

/// Where the geometry of a written file stands: `NAME.bin` → `NAME.json`.
pub fn geometry_path(bin: &Path) -> PathBuf {
    bin.with_extension("json")
}

/// Reads the geometry that stands beside a file.
pub fn read_geometry(bin: &Path) -> Result<AdcGeometry, RecordingError> {
    let path = geometry_path(bin);
    let json = std::fs::read(&path).map_err(RecordingError::read(&path))?;
    serde_json::from_slice(&json)
        .map_err(|e| RecordingError::line(&path, e.line() as u64, format!("not the geometry of a raw capture: {e}")))
}
