//! What an RFID reader says of the tags that it hears.

use serde::{Deserialize, Serialize};

/// One read of one tag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RfidRead {
    /// When, s since the start of the recording.
    pub time_s: f64,
    /// Which tag: a place in [`RfidReads::tags`].
    pub tag: usize,
    /// Which antenna of the reader, as it numbers them.
    pub antenna: u16,
    /// Number of the channel, as the reader counts them, where the format has it.
    pub channel: Option<u16>,
    /// Frequency of the carrier, Hz; several formats do not say it.
    pub frequency_hz: Option<f64>,
    /// Phase of the tag's answer, rad, 0 to below 2π. It grows with the distance (4π d/λ), plus an offset of tag, reader and channel.
    pub phase_rad: f64,
    /// Received power, dBm; NaN where the format has none.
    pub rssi_dbm: f64,
    /// Doppler frequency as the reader estimates it, Hz.
    pub doppler_hz: Option<f64>,
}

/// How an RFID recording was made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RfidInfo {
    /// Reader or format, for example `impinj`; `simulated` where none was there.
    pub device: String,
    /// Step of the phases, rad; 2π/4096 of Impinj's readers. `None` where it is not known.
    pub phase_step_rad: Option<f64>,
    /// Whether a phase may be off by π: readers that resolve a half turn only.
    pub half_turn: bool,
    /// Whether the time stamps are made up, because the recording has none.
    pub nominal_clock: bool,
}

/// Reads of tags in order of time.
#[derive(Clone, Debug, PartialEq)]
pub struct RfidReads {
    /// The reads; times never fall.
    pub reads: Vec<RfidRead>,
    /// Names of the tags, each once.
    pub tags: Vec<String>,
    /// How they were made.
    pub info: RfidInfo,
}

impl RfidReads {
    /// From the start to the last read, s.
    pub fn duration_s(&self) -> f64 {
        self.reads.last().map_or(0.0, |read| read.time_s)
    }

    /// The reads from `start_s` to before `end_s`, with a clock that begins at `start_s`; all tags keep their places.
    pub fn window(&self, start_s: f64, end_s: f64) -> Self {
        let at = |time: f64| self.reads.partition_point(|r| r.time_s < time - 1e-9);
        let reads = self.reads[at(start_s)..at(end_s)].iter();
        let reads = reads.map(|r| RfidRead { time_s: (r.time_s - start_s).max(0.0), ..*r }).collect();
        Self { reads, tags: self.tags.clone(), info: self.info.clone() }
    }

    /// Pieces without a pause of `pause_s` or more; each has a clock from 0.
    pub fn split_at_pauses(&self, pause_s: f64) -> Vec<Self> {
        let pause = |w: &[RfidRead]| w[1].time_s - w[0].time_s >= pause_s;
        let cuts: Vec<usize> = (1..self.reads.len()).filter(|&i| pause(&self.reads[i - 1..=i])).collect();
        let ends = cuts.iter().copied().chain([self.reads.len()]);
        let starts = [0].into_iter().chain(cuts.iter().copied());
        starts
            .zip(ends)
            .filter(|(start, end)| end > start)
            .map(|(start, end)| {
                let first = self.reads[start].time_s;
                let reads = self.reads[start..end].iter();
                let reads = reads.map(|r| RfidRead { time_s: r.time_s - first, ..*r }).collect();
                Self { reads, tags: self.tags.clone(), info: self.info.clone() }
            })
            .collect()
    }

    /// What makes it no recording, with the read: a tag that is none, time that runs backwards, numbers that are none.
    pub fn problem(&self) -> Option<String> {
        for (i, read) in self.reads.iter().enumerate() {
            if read.tag >= self.tags.len() {
                return Some(format!("read {i} names tag {} of {}", read.tag, self.tags.len()));
            }
            if !(read.time_s.is_finite() && read.phase_rad.is_finite()) || read.rssi_dbm.is_infinite() {
                return Some(format!("read {i} has a time, phase or RSSI that is not a number"));
            }
        }
        let back = self.reads.windows(2).position(|w| w[1].time_s < w[0].time_s)?;
        let (before, behind) = (self.reads[back].time_s, self.reads[back + 1].time_s);
        Some(format!("read {} has {behind:.6} s, the one before it {before:.6} s", back + 1))
    }

    /// Unwrapped phases, rad, a read each: along the reads of one tag at one antenna **and** one channel, since each channel has an offset
    /// of its own.
    ///
    /// A pause of `pause_s` or more begins anew: whatever turned meanwhile was not seen. With [`RfidInfo::half_turn`] phases are
    /// unwrapped modulo π.
    pub fn unwrapped(&self, pause_s: f64) -> Vec<f64> {
        use std::collections::HashMap;
        // Tag, antenna, channel, frequency.
        type Heard = (usize, u16, Option<u16>, u64);
        let turn = if self.info.half_turn { std::f64::consts::PI } else { std::f64::consts::TAU };
        let mut last: HashMap<Heard, (f64, f64)> = HashMap::new();
        self.reads
            .iter()
            .map(|read| {
                let frequency = read.frequency_hz.map_or(0, f64::to_bits);
                let key = (read.tag, read.antenna, read.channel, frequency);
                let phase = match last.get(&key) {
                    Some((time, before)) if read.time_s - time < pause_s => {
                        let step = read.phase_rad - before;
                        before + step - turn * (step / turn).round()
                    }
                    _ => read.phase_rad,
                };
                last.insert(key, (read.time_s, phase));
                phase
            })
            .collect()
    }
}
