//! Channel state information of WiFi receivers.

use crate::base::Complex32;
use crate::base::axis::{ArrayInfo, Axis};
use ndarray::{Array4, Axis as Dim, s};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Which subcarriers were measured, and with what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CsiInfo {
    /// What measured: the tool or the chip, for example `intel_5300`; `simulated` where nothing did.
    pub device: String,
    /// Frequency of subcarrier 0, Hz; several tools do not say it.
    pub centre_hz: Option<f64>,
    /// Width of the channel, Hz.
    pub bandwidth_hz: f64,
    /// From subcarrier to subcarrier, Hz: 312.5 kHz up to 802.11ac, 78.125 kHz from 802.11ax on.
    pub spacing_hz: f64,
    /// Index of each subcarrier that is there, rising; 0 is the centre.
    pub subcarriers: Vec<i32>,
    /// Whether phases were measured; otherwise samples are real and hold amplitudes.
    pub phase: bool,
    /// Whether the time stamps are made up of a nominal packet rate, because the recording has none.
    pub nominal_clock: bool,
}

impl CsiInfo {
    /// Frequency of the `i`-th subcarrier that is there, Hz: `f_c + k Δf`. `None` where the centre is not known.
    pub fn frequency_hz(&self, i: usize) -> Option<f64> {
        Some(self.centre_hz? + f64::from(*self.subcarriers.get(i)?) * self.spacing_hz)
    }
}

/// How strong a packet was, as far as the receiver says so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strength {
    /// Received power of each receive antenna, or of all together where it holds one value, dBm; NaN where there is none.
    pub rssi_dbm: Vec<f32>,
    /// Gain of the receiver, dB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agc_db: Option<f32>,
    /// Noise floor, dBm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise_dbm: Option<f32>,
}

/// Channel state information.
///
/// # Shapes
/// `data[packet, subcarrier, rx, tx]`: the channel `H = Σ a exp(−j2πfτ)` from antenna `tx` to antenna `rx` at one subcarrier, as 802.11 and all
/// tools have it. The phase of a path that grows longer falls; views of Doppler frequencies turn the sign, so that receding is positive.
#[derive(Clone, Debug, PartialEq)]
pub struct Csi {
    /// The samples; of devices in whatever steps their converter has, until a chain scales them.
    pub data: Array4<Complex32>,
    /// When each packet was received, s since the start of the recording; never falls.
    pub time_s: Vec<f64>,
    /// How strong each packet was; empty where nothing is known.
    pub strength: Vec<Strength>,
    /// Which subcarriers, and with what.
    pub info: CsiInfo,
    /// Unit of the samples.
    pub unit: String,
}

impl Csi {
    /// Number of packets.
    pub fn packets(&self) -> usize {
        self.time_s.len()
    }

    /// Median time from packet to packet, s; `None` of fewer than two packets, or where all stamps are one.
    pub fn period_s(&self) -> Option<f64> {
        let mut gaps: Vec<f64> = self.time_s.windows(2).map(|w| w[1] - w[0]).collect();
        gaps.sort_by(f64::total_cmp);
        gaps.get(gaps.len() / 2).copied().filter(|gap| *gap > 0.0)
    }

    /// From the start to the last packet and the median gap behind it, s.
    pub fn duration_s(&self) -> f64 {
        self.time_s.last().map_or(0.0, |last| last + self.period_s().unwrap_or(0.0))
    }

    /// Some of its packets, with their times.
    pub fn range(&self, packets: Range<usize>) -> Self {
        let strength = if self.strength.is_empty() { Vec::new() } else { self.strength[packets.clone()].to_vec() };
        Self {
            data: self.data.slice(s![packets.clone(), .., .., ..]).to_owned(),
            time_s: self.time_s[packets].to_vec(),
            strength,
            info: self.info.clone(),
            unit: self.unit.clone(),
        }
    }

    /// The packets from `start_s` to before `end_s`, with a clock that begins at `start_s`.
    pub fn window(&self, start_s: f64, end_s: f64) -> Self {
        // A packet that lies on the edge to rounding belongs to the window that begins there.
        let at = |time: f64| self.time_s.partition_point(|t| *t < time - 1e-9);
        let mut window = self.range(at(start_s)..at(end_s));
        window.time_s.iter_mut().for_each(|t| *t = (*t - start_s).max(0.0));
        window
    }

    /// What makes it no recording, with the packet: shapes that differ, time that runs backwards, samples that are no numbers.
    pub fn problem(&self) -> Option<String> {
        let (packets, subcarriers, ..) = self.data.dim();
        if (packets, subcarriers) != (self.time_s.len(), self.info.subcarriers.len()) {
            let (times, indices) = (self.time_s.len(), self.info.subcarriers.len());
            return Some(format!(
                "{packets} packets of {subcarriers} subcarriers, but {times} time stamps and {indices} indices"
            ));
        }
        if !(self.strength.is_empty() || self.strength.len() == packets) {
            return Some(format!("{packets} packets, but {} strengths", self.strength.len()));
        }
        if let Some(i) = self.info.subcarriers.windows(2).position(|w| w[1] <= w[0]) {
            let list = &self.info.subcarriers;
            return Some(format!("subcarrier {} follows {}; expected rising indices", list[i + 1], list[i]));
        }
        if let Some(i) = self.time_s.iter().position(|t| !t.is_finite()) {
            return Some(format!("the time of packet {i} is not a number"));
        }
        if let Some(i) = self.time_s.windows(2).position(|w| w[1] < w[0]) {
            let (before, behind) = (self.time_s[i], self.time_s[i + 1]);
            return Some(format!("packet {} has {behind:.6} s, the one before it {before:.6} s", i + 1));
        }
        let (at, _) = self.data.indexed_iter().find(|(_, z)| !(z.re.is_finite() && z.im.is_finite()))?;
        let (packet, k, rx, tx) = at;
        let index = self.info.subcarriers[k];
        Some(format!("packet {packet}, subcarrier {index}, rx {rx}, tx {tx} is not a number"))
    }

    /// Amplitudes; of a recording without phases the numbers as they are, which filters may have made negative.
    pub fn amplitude(&self) -> Array4<f32> {
        let phase = self.info.phase;
        self.data.mapv(|z| if phase { z.norm() } else { z.re })
    }

    /// Pieces of one clock behind each other: splits before the packets of these numbers, which rise.
    pub fn split_before(&self, cuts: &[usize]) -> Vec<Self> {
        let ends = cuts.iter().copied().chain([self.packets()]);
        let mut first = 0;
        ends.map(|end| {
            let mut piece = self.range(first..end);
            first = end;
            let start = piece.time_s.first().copied().unwrap_or(0.0);
            piece.time_s.iter_mut().for_each(|t| *t -= start);
            piece
        })
        .filter(|piece| piece.packets() > 0)
        .collect()
    }

    /// The samples of one pair of antennas.
    ///
    /// # Shapes
    /// → `[packet, subcarrier]`
    pub fn link(&self, rx: usize, tx: usize) -> ndarray::ArrayView2<'_, Complex32> {
        self.data.index_axis(Dim(3), tx).index_axis_move(Dim(2), rx)
    }

    /// Axes and unit of the array as it is written to disk; times and indices stand beside it.
    pub fn array_info(&self) -> ArrayInfo {
        let (packets, subcarriers, rx, tx) = self.data.dim();
        ArrayInfo {
            quantity: "csi".into(),
            unit: self.unit.clone(),
            dtype: "complex64".into(),
            axes: vec![
                Axis::index("packet", packets),
                Axis::index("subcarrier", subcarriers),
                Axis::index("rx", rx),
                Axis::index("tx", tx),
            ],
        }
    }
}
