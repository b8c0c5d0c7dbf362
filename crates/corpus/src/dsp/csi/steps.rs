//! The cleaning steps as data.

use super::phases::PhaseFit;
use super::streams::{Holds, Streams};
use super::{antennas, choose, outliers, phases, power, resample, wavelet};
use crate::base::yaml::Problem;
use crate::dsp::DspError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One cleaning step. They are done one behind the other, as they stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum CsiStep {
    /// Amplitudes over noise, by RSSI, gain and noise of every packet.
    Scale {},
    /// Undoes the receiver's gain.
    Gain {},
    /// Amplitudes that stand out over time become the median around them.
    Hampel {
        /// Packets on either side that count, 1 to 1000. Default 10.
        #[serde(default = "usual_half_width")]
        half_width: usize,
        /// Standard deviations that are allowed, above 0. Default 3.
        #[serde(default = "usual_threshold")]
        threshold: f64,
    },
    /// Takes slope and offset over subcarriers from the phases of each packet: what timing and clocks add.
    LinearPhase {
        /// How the line is laid.
        #[serde(default)]
        fit: PhaseFit,
        /// One line for all antennas, which keeps what differs between them; else each has its own.
        #[serde(default)]
        common: bool,
    },
    /// Products with the conjugate of a reference antenna.
    Conjugate {
        /// Receive antenna, from 0; without it the one that changes least for its strength.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<usize>,
    },
    /// Quotients by a reference antenna.
    Ratio {
        /// As of `conjugate`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<usize>,
    },
    /// Counts delay and phase of each packet from its strongest path.
    ReferencePath {},
    /// Amplitudes in place of samples.
    Amplitude {},
    /// Phases over time, unwrapped, in place of samples.
    Phase {},
    /// Differences of adjacent subcarriers in place of samples or amplitudes.
    Gradient {},
    /// Divides every packet by the root mean square over its subcarriers and antennas: gain control and the sender's power leave, and what
    /// subcarriers differ by stays.
    Level {},
    /// Divides every series by the mean of its amplitudes over the window: what is left counts in shares of the channel's own strength.
    Relative {},
    /// Takes the mean over the window from every series: what stands still.
    RemoveStatic {},
    /// Soft threshold on the details of a sym4 decomposition.
    Wavelet {
        /// Levels, 1 to 12; fewer where the window is too short. Default 5.
        #[serde(default = "usual_levels")]
        levels: usize,
        /// Times the universal threshold, 0 to 10. Default 1.
        #[serde(default = "one")]
        factor: f64,
    },
    /// Linear interpolation onto equal steps of time.
    Resample {
        /// Packets a second, 1 to 10 000.
        rate_hz: f64,
    },
    /// Keeps the subcarriers whose amplitudes are spread least like those of all (Kullback-Leibler).
    SelectKl {
        /// How many; at least 1. Default 8.
        #[serde(default = "usual_kept")]
        keep: usize,
    },
    /// Principal components over subcarriers and antennas.
    Pca {
        /// How many, 1 to 64. Default 1.
        #[serde(default = "usual_components")]
        components: usize,
        /// Strongest ones that are passed over. Default 0.
        #[serde(default)]
        skip: usize,
    },
}

fn usual_half_width() -> usize {
    10
}
fn usual_threshold() -> f64 {
    3.0
}
fn usual_levels() -> usize {
    5
}
fn one() -> f64 {
    1.0
}
fn usual_kept() -> usize {
    8
}
fn usual_components() -> usize {
    1
}

impl CsiStep {
    /// What comes out of a window.
    pub fn apply(&self, streams: Streams) -> Result<Streams, DspError> {
        match self {
            Self::Scale {} => power::over_noise(streams),
            Self::Gain {} => power::without_gain(streams),
            Self::Hampel { half_width, threshold } => Ok(outliers::filtered(streams, *half_width, *threshold)),
            Self::LinearPhase { fit, common } => phases::without_line(streams, *fit, *common),
            Self::Conjugate { reference } => antennas::conjugate(&streams, *reference),
            Self::Ratio { reference } => antennas::ratio(&streams, *reference),
            Self::ReferencePath {} => phases::from_reference_path(streams),
            Self::Amplitude {} => {
                if streams.holds != Holds::Amplitudes {
                    streams.need_samples("amplitude")?;
                    return Ok(streams.into_real(Holds::Amplitudes, |z| z.norm()));
                }
                Ok(streams)
            }
            Self::Phase {} => phases::over_time(streams),
            Self::Gradient {} => phases::gradient(streams),
            Self::Level {} => level(streams),
            Self::Relative {} => relative(streams),
            Self::RemoveStatic {} => Ok(without_mean(streams)),
            Self::Wavelet { levels, factor } => {
                let mut streams = streams;
                streams.each_part(|x| wavelet::denoise(x, *levels, *factor));
                Ok(streams)
            }
            Self::Resample { rate_hz } => Ok(resample::resampled(streams, *rate_hz)),
            Self::SelectKl { keep } => Ok(choose::by_divergence(streams, *keep)),
            Self::Pca { components, skip } => choose::principal(&streams, *components, *skip),
        }
    }

    /// All that is wrong with the settings; the keys are relative to the step.
    pub fn problems(&self) -> Vec<Problem> {
        let whole = |key: &str, value: usize, least: usize, most: usize| {
            let message = format!("{value}; expected {least} to {most}");
            (!(least..=most).contains(&value)).then(|| Problem::new(key, message))
        };
        let number = |key: &str, value: f64, least: f64, most: f64| {
            let message = format!("{value}; expected above {least}, at most {most}");
            (!(value > least && value <= most)).then(|| Problem::new(key, message))
        };
        match self {
            Self::Hampel { half_width, threshold } => {
                [whole("half_width", *half_width, 1, 1000), number("threshold", *threshold, 0.0, 1e3)]
            }
            Self::Wavelet { levels, factor } => [whole("levels", *levels, 1, 12), number("factor", *factor, 0.0, 10.0)],
            Self::Resample { rate_hz } => [number("rate_hz", *rate_hz, 0.0, 1e4), None],
            Self::SelectKl { keep } => [whole("keep", *keep, 1, 4096), None],
            Self::Pca { components, skip } => [whole("components", *components, 1, 64), whole("skip", *skip, 0, 64)],
            _ => [None, None],
        }
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Refuses what has no strength: phases and gradients.
fn need_strength(streams: &Streams, step: &str) -> Result<(), DspError> {
    if matches!(streams.holds, Holds::Samples | Holds::Amplitudes) {
        return Ok(());
    }
    let (found, _) = streams.holds.quantity();
    Err(DspError::Csi { reason: format!("step {step} needs samples or amplitudes, but there are {found}s") })
}

fn level(mut streams: Streams) -> Result<Streams, DspError> {
    need_strength(&streams, "level")?;
    for mut packet in streams.data.outer_iter_mut() {
        let power = packet.iter().map(|z| f64::from(z.norm_sqr())).sum::<f64>() / packet.len().max(1) as f64;
        // A packet without any power stays as it is.
        let factor = if power > 0.0 { power.sqrt().recip() as f32 } else { 1.0 };
        packet.mapv_inplace(|z| z * factor);
    }
    Ok(streams)
}

fn relative(mut streams: Streams) -> Result<Streams, DspError> {
    need_strength(&streams, "relative")?;
    streams.each_series(|mut series| {
        let mean = series.iter().map(|z| f64::from(z.norm())).sum::<f64>() / series.len().max(1) as f64;
        // A series without any power stays as it is.
        let factor = if mean > 0.0 { (1.0 / mean) as f32 } else { 1.0 };
        series.mapv_inplace(|z| z * factor);
    });
    Ok(streams)
}

fn without_mean(mut streams: Streams) -> Streams {
    streams.each_part(|x| {
        let mean = x.iter().sum::<f64>() / x.len().max(1) as f64;
        x.iter_mut().for_each(|v| *v -= mean);
    });
    streams
}
