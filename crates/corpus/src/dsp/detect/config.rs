//! Settings of the detection and their checks.

use super::ambiguity;
use crate::base::Vec3;
use crate::base::cube::CubeInfo;
use crate::base::yaml::Problem;
use crate::dsp::DspError;
use crate::dsp::angle::VirtualArray;
use crate::dsp::cfar::{CfarConfig, CfarMode};
use crate::dsp::direction::AngleMethod;
use crate::dsp::window::Window;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the virtual antennas are put together before CFAR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChannelSum {
    /// Mean of the log-magnitudes; CFAR averages in the log domain (IWR1443).
    LogMagnitude,
    /// Mean of the powers; CFAR averages powers.
    Power,
}

/// Where points may lie; a limit that is left out is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FieldOfView {
    /// Least and greatest azimuth `atan2(x, y)`, degrees, positive to the right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub azimuth_deg: Option<[f64; 2]>,
    /// Least and greatest elevation, degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elevation_deg: Option<[f64; 2]>,
    /// Least and greatest range, m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range_m: Option<[f64; 2]>,
    /// Least and greatest radial velocity, m/s, positive = receding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub velocity_mps: Option<[f64; 2]>,
}

impl FieldOfView {
    fn limits(&self) -> [(&'static str, Option<[f64; 2]>); 4] {
        [
            ("azimuth_deg", self.azimuth_deg),
            ("elevation_deg", self.elevation_deg),
            ("range_m", self.range_m),
            ("velocity_mps", self.velocity_mps),
        ]
    }

    /// Whether there is no limit.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    fn problems(&self) -> Vec<Problem> {
        let wrong = |(key, limit): (&'static str, Option<[f64; 2]>)| {
            let [low, high] = limit.filter(|[low, high]| low.partial_cmp(high) != Some(std::cmp::Ordering::Less))?;
            Some(Problem::new(
                format!("field_of_view.{key}"),
                format!("[{low}, {high}]; expected the lower limit first"),
            ))
        };
        self.limits().into_iter().filter_map(wrong).collect()
    }

    pub(super) fn has_range(&self, range_m: f64) -> bool {
        within(self.range_m, range_m)
    }

    pub(super) fn has_velocity(&self, velocity_mps: f64) -> bool {
        within(self.velocity_mps, velocity_mps)
    }

    pub(super) fn has_place(&self, place: &Vec3) -> bool {
        let elevation = place.z.atan2(place.x.hypot(place.y));
        within(self.azimuth_deg, place.x.atan2(place.y).to_degrees())
            && within(self.elevation_deg, elevation.to_degrees())
    }
}

fn within(limits: Option<[f64; 2]>, value: f64) -> bool {
    limits.is_none_or(|[low, high]| value >= low && value <= high)
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde wants a reference
fn is_false(value: &bool) -> bool {
    !value
}

/// Settings of the detection chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DetectConfig {
    /// Taper along a chirp. Default Blackman.
    pub range_window: Window,
    /// Taper over the chirps of a frame. Default Hann.
    pub doppler_window: Window,
    /// Length of the range FFT; without it the next power of two of the samples.
    pub range_fft: Option<usize>,
    /// Length of the Doppler FFT; without it the next power of two of the chirps.
    pub doppler_fft: Option<usize>,
    /// First range bin that may hold a detection. Default 1.
    pub first_range_bin: usize,
    /// Last range bin that may hold a detection; without it the last of the FFT. Default 229.
    pub last_range_bin: Option<usize>,
    /// Subtract the mean over the chirps of a frame. Default off.
    pub remove_static: bool,
    /// How the channels are put together. Default mean log-magnitude.
    pub channel_sum: ChannelSum,
    /// CFAR along range. Default smallest-of, 8 noise and 4 guard cells, 12 dB.
    pub range_cfar: CfarConfig,
    /// CFAR along Doppler, in addition. Default none.
    pub doppler_cfar: Option<CfarConfig>,
    /// Keep only local maxima along range. Default off.
    pub group_range: bool,
    /// Keep only local maxima along Doppler. Default on.
    pub group_doppler: bool,
    /// How directions are found: `rows` as TI's demo, or over all antennas by `beamformer`, `capon` or `music`
    /// ([`crate::dsp::direction`]). Without it `rows` where the two rows are all antennas, else `beamformer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub angles: Option<AngleMethod>,
    /// Length of the azimuth FFT, or points of each sine (at most 128 then); (power of two not required), at least the antennas of the azimuth row. Default 64.
    pub azimuth_fft: usize,
    /// A second direction of the same range and Doppler is a point of its own when its power is above this share of the first
    /// (0..1); none without it. Default 0.5.
    pub second_direction: Option<f64>,
    /// Resolve velocities beyond the unambiguous one by the turn between transmitters, up to as many times it as there are of them, as
    /// TI's demos do (`extendedMaxVelocity`). Two directions of one range and Doppler have one velocity. Default off.
    #[serde(skip_serializing_if = "is_false")]
    pub extended_max_velocity: bool,
    /// At most so many points a frame, the strongest over the noise. Default 100.
    pub max_points: usize,
    /// Round positions to 1/512 m, as the sensor's fixed-point output does. Default on.
    pub quantise: bool,
    /// Where points may lie. Default everywhere.
    #[serde(skip_serializing_if = "FieldOfView::is_open")]
    pub field_of_view: FieldOfView,
}

impl Default for DetectConfig {
    fn default() -> Self {
        Self {
            range_window: Window::Blackman,
            doppler_window: Window::Hann,
            range_fft: None,
            doppler_fft: None,
            first_range_bin: 1,
            last_range_bin: Some(229),
            remove_static: false,
            channel_sum: ChannelSum::LogMagnitude,
            range_cfar: CfarConfig {
                mode: CfarMode::SmallestOf,
                noise_cells: 8,
                guard_cells: 4,
                threshold_db: 12.0,
                quantile: 0.75,
                cyclic: false,
            },
            doppler_cfar: None,
            group_range: false,
            group_doppler: true,
            angles: None,
            azimuth_fft: 64,
            second_direction: Some(0.5),
            extended_max_velocity: false,
            max_points: 100,
            quantise: true,
            field_of_view: FieldOfView::default(),
        }
    }
}

impl DetectConfig {
    /// All that is wrong with the settings, whatever the recording; the keys are the fields.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (key, n) in [("range_fft", self.range_fft), ("doppler_fft", self.doppler_fft)] {
            if let Some(n) = n.filter(|n| !(1..=MAX_FFT).contains(n)) {
                problems.push(Problem::new(key, format!("{n}; expected 1 to {MAX_FFT}")));
            }
        }
        if let Some(last) = self.last_range_bin.filter(|last| self.first_range_bin > *last) {
            let message = format!("{}; expected at most last_range_bin, {last}", self.first_range_bin);
            problems.push(Problem::new("first_range_bin", message));
        }
        let under = |key: &'static str| move |fault: DspError| fault.problem().under(key);
        problems.extend(self.range_cfar.faults(MAX_FFT).into_iter().map(under("range_cfar")));
        let doppler = self.doppler_cfar.as_ref().map(|cfar| cfar.faults(MAX_FFT)).unwrap_or_default();
        problems.extend(doppler.into_iter().map(under("doppler_cfar")));
        problems.extend(self.direction_faults(1).iter().map(DspError::problem));
        if self.max_points == 0 {
            problems.push(Problem::new("max_points", "0; expected at least 1"));
        }
        problems
    }

    /// All that is wrong with the settings for frames of `chirps` loops of `samples` samples, before there is one; the keys are
    /// the fields.
    pub fn problems_for(&self, info: &CubeInfo, chirps: usize, samples: usize) -> Vec<Problem> {
        let mut problems = Vec::new();
        let n_range = self.range_fft.unwrap_or(samples.next_power_of_two());
        let n_doppler = self.doppler_fft.unwrap_or(chirps.next_power_of_two());
        for (key, n, least) in [("range_fft", n_range, samples), ("doppler_fft", n_doppler, chirps)] {
            if !(least..=MAX_FFT).contains(&n) {
                problems.push(Problem::new(key, format!("{n}; expected {least} to {MAX_FFT}")));
            }
        }
        let last = self.last_range_bin.unwrap_or(n_range.saturating_sub(1)).min(n_range.saturating_sub(1));
        if self.first_range_bin > last {
            let message =
                format!("{}; expected at most {last}, the last bin that may hold a detection", self.first_range_bin);
            problems.push(Problem::new("first_range_bin", message));
        }
        let under = |key: &'static str| move |fault: DspError| fault.problem().under(key);
        problems.extend(self.range_cfar.faults(n_range).into_iter().map(under("range_cfar")));
        let doppler = self.doppler_cfar.as_ref().map(|cfar| cfar.faults(n_doppler)).unwrap_or_default();
        problems.extend(doppler.into_iter().map(under("doppler_cfar")));
        match VirtualArray::new(info, samples) {
            Ok(array) => {
                problems.extend(self.direction_faults(array.azimuth.channels.len()).iter().map(DspError::problem));
                problems.extend(self.span_fault(info, &array).map(|fault| fault.problem()));
            }
            Err(error) => problems.push(error.problem()),
        }
        problems.extend(self.field_of_view.problems());
        if self.max_points == 0 {
            problems.push(Problem::new("max_points", "0; expected at least 1"));
        }
        problems
    }

    /// How directions are found with these antennas.
    pub(super) fn angle_method(&self, array: &VirtualArray) -> AngleMethod {
        let usual = if array.rows_are_all() { AngleMethod::Rows } else { AngleMethod::Beamformer };
        self.angles.unwrap_or(usual)
    }

    /// Why velocities cannot be resolved, where they are to be.
    pub(crate) fn span_fault(&self, info: &CubeInfo, array: &VirtualArray) -> Option<DspError> {
        let rows = self.angle_method(array) == AngleMethod::Rows;
        self.extended_max_velocity.then(|| ambiguity::fault(info, array, rows)).flatten()
    }

    pub(super) fn direction_faults(&self, antennas: usize) -> Vec<DspError> {
        let mut faults = Vec::new();
        if self.azimuth_fft < antennas || self.azimuth_fft > 4096 {
            faults.push(DspError::setting("azimuth_fft", self.azimuth_fft, format!("{antennas}..=4096")));
        }
        if let Some(share) = self.second_direction
            && !(share > 0.0 && share < 1.0)
        {
            faults.push(DspError::setting("second_direction", share, "between 0 and 1, or left out"));
        }
        faults
    }
}

/// Longest FFT.
const MAX_FFT: usize = 1 << 20;
