//! What can be wrong with a signal or with the settings of its processing.

use crate::base::yaml::Problem;

/// Signal processing cannot go on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DspError {
    /// A setting is out of its range.
    #[error("{name} = {value} is not possible: {expected}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What was given.
        value: String,
        /// What is allowed.
        expected: String,
    },
    /// A setting does not fit a recording.
    #[error("{name}: {problem}")]
    Misfit {
        /// The setting.
        name: &'static str,
        /// What does not fit, and what to do.
        problem: String,
    },
    /// The cube and its description do not fit together, or the description makes no sense.
    #[error("the IF cube [frame, chirp, tx, rx, sample] = {shape:?} cannot be processed: {reason}")]
    Cube {
        /// Shape of the cube.
        shape: [usize; 5],
        /// What does not fit.
        reason: String,
    },
    /// The recording is shorter than one map needs.
    #[error("the recording is too short: {found} {unit}, at least {needed} are needed ({hint})")]
    TooShort {
        /// What there is.
        found: usize,
        /// What is needed.
        needed: usize,
        /// What is counted.
        unit: &'static str,
        /// What can be done.
        hint: &'static str,
    },
    /// A sample is NaN or infinite.
    #[error("the IF cube has a sample that is not a number at frame {frame}, chirp {chirp}, tx {tx}, rx {rx}")]
    NotFinite {
        /// Frame of the sample.
        frame: usize,
        /// Chirp (loop) of the sample.
        chirp: usize,
        /// Transmitter of the sample.
        tx: usize,
        /// Receiver of the sample.
        rx: usize,
    },
    /// No group of virtual antennas forms a uniform horizontal row.
    #[error(
        "angles need at least two virtual antennas of one height in a row of at most {limit_m:.5} m spacing; {channels} channels have none"
    )]
    NoArray {
        /// Number of virtual channels.
        channels: usize,
        /// Largest spacing that is accepted, m.
        limit_m: f64,
    },
    /// No entry of a chain takes this signal.
    #[error(
        "the chain ({chain}) makes nothing of {found}: heatmaps are made of IF cubes, maps of points of IF cubes and points, spectrograms of I/Q and IF cubes, views of CSI, RFID and base stations by chain.csi, chain.rfid and chain.beams"
    )]
    Signal {
        /// Entries of the chain.
        chain: String,
        /// What the signal holds.
        found: &'static str,
    },
    /// Channel state information that cannot be cleaned or shown.
    #[error("the CSI cannot be processed: {reason}")]
    Csi {
        /// What does not fit.
        reason: String,
    },
    /// Reads of RFID tags that cannot be shown.
    #[error("the RFID reads cannot be processed: {reason}")]
    Rfid {
        /// What does not fit.
        reason: String,
    },
    /// What a base station saw cannot be shown.
    #[error("the passage cannot be processed: {reason}")]
    Beams {
        /// What does not fit.
        reason: String,
    },
    /// A point cloud contradicts itself.
    #[error("the point cloud cannot be mapped: {reason}")]
    Points {
        /// What does not fit.
        reason: String,
    },
}

impl DspError {
    /// The same as a problem with a setting, for a file that is checked as a whole. The key is relative to the settings that
    /// were checked: `hop` for `heatmap.hop`.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Setting { name, value, expected } => {
                let key = name.split_once('.').map_or(*name, |(_, key)| key);
                Problem::new(key, format!("{value}; expected {expected}"))
            }
            Self::Misfit { name, problem } => {
                Problem::new(name.split_once('.').map_or(*name, |(_, key)| key), problem.clone())
            }
            other => Problem::new("", other.to_string()),
        }
    }

    pub(crate) fn setting(name: &'static str, value: impl ToString, expected: impl Into<String>) -> Self {
        Self::Setting { name, value: value.to_string(), expected: expected.into() }
    }
}
