//! RFID readers at UHF after EPC Gen2: when which tag is asked, and what the reader says of its answer.
//!
//! ```text
//! regions.rs    channels
//! air.rs        how long a slot takes
//! inventory.rs  antennas, hops, rounds → attempts
//! receive.rs    channel of each attempt → RfidReads, with the truth of what was added
//! presets.rs    readers that come with the program
//! ```
//! A reader is no [`Device`](super::Device) of the simulator: tags stand where they are, and the channel to each is made by who holds both.

mod air;
mod inventory;
mod presets;
mod receive;
mod regions;

pub use air::{AirSpec, SlotTimes};
pub use inventory::{Attempt, SlotSpec};
pub use receive::{ReaderPhase, RfidReceived, RfidTruth};
pub use regions::RfidRegion;

use crate::base::yaml::Problem;
use crate::sensor::SensorError;
use crate::sensor::receiver::within;
use serde::{Deserialize, Serialize};

/// Antennas of a reader, at most.
const MAX_ANTENNAS: usize = 32;

/// A reader of RFID tags with its tags. All values in SI units.
///
/// ```
/// use kinecho_base::base::random::RandomTree;
/// use kinecho_sim::sensor::rfid::RfidSpec;
/// let reader = RfidSpec::preset("rfid_impinj")?;
/// let attempts = reader.schedule(3, 2.0, &RandomTree::new(1))?;
/// assert!((200..600).contains(&attempts.len()));
/// # Ok::<(), kinecho_sim::sensor::SensorError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RfidSpec {
    /// Name for reports.
    pub name: String,
    /// Whose channels it uses.
    pub region: RfidRegion,
    /// Some of them only, numbered from 1; all without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<u16>>,
    /// How long it stays on a channel, s, 0.01 to what the region admits.
    pub hop_s: f64,
    /// Antennas relative to the reader (x to the right seen from it, y its front, z up), m; 1..32. They take turns.
    pub antennas_m: Vec<[f64; 3]>,
    /// How long a turn lasts, s, 0.01..60.
    pub dwell_s: f64,
    /// Transmit power into an antenna, dBm, −10..40.
    pub transmit_power_dbm: f64,
    /// Gain of an antenna on boresight, for the tag's polarisation, dBi, −20..30.
    pub antenna_gain_dbi: f64,
    /// Commands and answers on the air.
    pub air: AirSpec,
    /// How many slots a round has.
    pub slots: SlotSpec,
    /// The tags.
    pub tag: TagSpec,
    /// The receiver.
    pub receiver: RfidReceiverSpec,
    /// What it says of phases.
    pub phase: PhaseSpec,
    /// Step of the strengths, dB, 0..10; 0 is exact.
    pub rssi_step_db: f64,
    /// Reports Doppler frequencies; none without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doppler: Option<DopplerSpec>,
}

/// What tags are like.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagSpec {
    /// Least power at the chip by which it answers, dBm, −40..20.
    pub sensitivity_dbm: f64,
    /// Standard deviation of that from tag to tag, dB, 0..10. Default 0.
    #[serde(default)]
    pub sensitivity_deviation_db: f64,
    /// Gain of its antenna, dBi, −20..10.
    pub gain_dbi: f64,
    /// Power that it takes in over what it sends back in its sidebands, dB, 0..40.
    pub modulation_loss_db: f64,
}

/// The receiver of a reader.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RfidReceiverSpec {
    /// Least power of an answer that is read, dBm, −120..0.
    pub sensitivity_dbm: f64,
    /// Power of the noise within the bandwidth in which phase and strength are measured, its own carrier's noise and all, dBm, −150..0; none without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise_dbm: Option<f64>,
}

/// What a reader says of phases: `−arg h² + tag's + reader's`, growing with 4πd/λ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseSpec {
    /// Steps a turn, 0..65536; 0 is exact.
    pub steps: u32,
    /// Whether each tag, and the reader at each antenna and channel, has a phase of its own, drawn a recording. Default true.
    #[serde(default = "yes")]
    pub offsets: bool,
    /// Standard deviation of a read's phase beside that by the receiver's noise, rad, 0..3. Default 0.
    #[serde(default)]
    pub deviation_rad: f64,
    /// Whether a phase may be off by half a turn, by a coin for each read. Default false.
    #[serde(default)]
    pub half_turn: bool,
}

/// Doppler frequencies from within one answer, in steps of 1/16 Hz.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DopplerSpec {
    /// Time between the two phases that are compared, s, 1e-4..0.1: shorter than an answer.
    pub between_s: f64,
}

fn yes() -> bool {
    true
}

impl RfidSpec {
    /// Every problem with its admissible range; empty when the reader can work.
    pub fn problems(&self) -> Vec<Problem> {
        let mut out = self.channels.as_ref().map(|c| self.region.channel_problems(c)).unwrap_or_default();
        if self.antennas_m.is_empty() || self.antennas_m.len() > MAX_ANTENNAS {
            let message = format!("{} antennas given, must be 1 to {MAX_ANTENNAS}", self.antennas_m.len());
            out.push(Problem::new("antennas_m", message));
        }
        // Antennas hang on cables.
        let far = self.antennas_m.iter().enumerate().filter(|(_, p)| !p.iter().all(|v| v.abs() <= 100.0));
        out.extend(far.map(|(i, p)| {
            Problem::new(format!("antennas_m.{i}"), format!("{p:?} given, each coordinate must be -100 to 100 m"))
        }));
        let (tag, phase) = (&self.tag, &self.phase);
        let values = [
            within("hop_s", self.hop_s, 0.01, self.region.longest_hop_s(), "s"),
            within("dwell_s", self.dwell_s, 0.01, 60.0, "s"),
            within("transmit_power_dbm", self.transmit_power_dbm, -10.0, 40.0, "dBm"),
            within("antenna_gain_dbi", self.antenna_gain_dbi, -20.0, 30.0, "dBi"),
            within("tag.sensitivity_dbm", tag.sensitivity_dbm, -40.0, 20.0, "dBm"),
            within("tag.sensitivity_deviation_db", tag.sensitivity_deviation_db, 0.0, 10.0, "dB"),
            within("tag.gain_dbi", tag.gain_dbi, -20.0, 10.0, "dBi"),
            within("tag.modulation_loss_db", tag.modulation_loss_db, 0.0, 40.0, "dB"),
            within("receiver.sensitivity_dbm", self.receiver.sensitivity_dbm, -120.0, 0.0, "dBm"),
            self.receiver.noise_dbm.and_then(|n| within("receiver.noise_dbm", n, -150.0, 0.0, "dBm")),
            within("phase.steps", f64::from(phase.steps), 0.0, 65536.0, ""),
            within("phase.deviation_rad", phase.deviation_rad, 0.0, 3.0, "rad"),
            within("rssi_step_db", self.rssi_step_db, 0.0, 10.0, "dB"),
            self.doppler.and_then(|d| within("doppler.between_s", d.between_s, 1e-4, 0.1, "s")),
        ];
        out.extend(values.into_iter().flatten());
        out.extend(self.air.problems().into_iter().map(|p| p.under("air")));
        out.extend(self.slots.problems().into_iter().map(|p| p.under("slots")));
        if out.is_empty() {
            let least = self.air.slots().query_s + self.air.slots().single_s;
            for (key, lasts) in [("hop_s", self.hop_s), ("dwell_s", self.dwell_s)] {
                if lasts < least {
                    out.push(Problem::new(key, format!("{lasts} s given, one tag's answer takes {least:.4} s")));
                }
            }
        }
        out
    }

    /// An error with all problems when there is one.
    pub fn check(&self) -> Result<(), SensorError> {
        let problems = self.problems();
        if problems.is_empty() { Ok(()) } else { Err(SensorError::Impossible { name: self.name.clone(), problems }) }
    }
}
