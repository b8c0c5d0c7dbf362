//! Detection as TI's out-of-the-box demo does it on the sensor: range FFT, Doppler FFT, sum over the virtual antennas, CFAR,
//! peak grouping, angles, fixed-point positions.
//!
//! The defaults are the chain of the IWR1443 (mmWave SDK 1.2/2.1 demo, `1443_3d` profile of the ROS package that recorded RadHAR:
//! `cfarCfg 0 2 8 4 3 0 768`, `peakGrouping 1 0 1 1 229`, `multiObjBeamForming 1 0.5`, `clutterRemoval 0`): CFAR along range only,
//! smallest-of, on the mean log-magnitude of the 12 channels. Why 768 is 12 dB of that mean, and 9 dB by the formula of TI's guide, is
//! derived in `recording::ti_chain`, which makes a chain of any such lines.

use super::DspError;
use super::angle::{VirtualArray, compensate_tdm};
use super::cfar::{CfarConfig, CfarMode};
use super::range_doppler::{RangeDopplerConfig, RangeDopplerFft};
use super::window::Window;
use crate::base::cube::{CubeInfo, IfCube};
use crate::base::yaml::Problem;
use crate::base::{Complex32, Vec3};
use crate::signal::{Point, PointCloud, PointFrame};
use ndarray::{Array2, Array4};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// How the virtual antennas are put together before CFAR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelSum {
    /// Mean of the log-magnitudes; CFAR averages in the log domain (IWR1443).
    LogMagnitude,
    /// Mean of the powers; CFAR averages powers.
    Power,
}

/// Where points may lie; a limit that is left out is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
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

    fn has_cell(&self, range_m: f64, velocity_mps: f64) -> bool {
        within(self.range_m, range_m) && within(self.velocity_mps, velocity_mps)
    }

    fn has_place(&self, place: &Vec3) -> bool {
        let elevation = place.z.atan2(place.x.hypot(place.y));
        within(self.azimuth_deg, place.x.atan2(place.y).to_degrees())
            && within(self.elevation_deg, elevation.to_degrees())
    }
}

fn within(limits: Option<[f64; 2]>, value: f64) -> bool {
    limits.is_none_or(|[low, high]| value >= low && value <= high)
}

/// Settings of the detection chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Length of the azimuth FFT (power of two not required), at least the antennas of the azimuth row. Default 64.
    pub azimuth_fft: usize,
    /// A second direction of the same range and Doppler is a point of its own when its power is above this share of the first
    /// (0..1); none without it. Default 0.5.
    pub second_direction: Option<f64>,
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
            azimuth_fft: 64,
            second_direction: Some(0.5),
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
                problems.extend(self.direction_faults(array.azimuth.channels.len()).iter().map(DspError::problem))
            }
            Err(error) => problems.push(error.problem()),
        }
        problems.extend(self.field_of_view.problems());
        if self.max_points == 0 {
            problems.push(Problem::new("max_points", "0; expected at least 1"));
        }
        problems
    }

    fn direction_faults(&self, antennas: usize) -> Vec<DspError> {
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

/// A cell of the range-Doppler map above the noise.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cell {
    range: usize,
    doppler: usize,
    above_noise_db: f32,
}

/// Detects points in every frame of a cube.
///
/// Intensity is the level above the CFAR's noise estimate, dB. Points come in order of range, then velocity.
///
/// # Shapes
/// `cube[frame, chirp, tx, rx, sample]` → one [`PointFrame`] a frame.
pub fn detect(cube: &IfCube, config: &DetectConfig) -> Result<PointCloud, DspError> {
    let (frames, chirps, _, _, samples) = cube.data.dim();
    let spectra = RangeDopplerConfig {
        range_window: config.range_window,
        doppler_window: config.doppler_window,
        range_fft: Some(config.range_fft.unwrap_or(samples.next_power_of_two())),
        doppler_fft: Some(config.doppler_fft.unwrap_or(chirps.next_power_of_two())),
        max_range_m: None,
        remove_static: config.remove_static,
    };
    let fft = RangeDopplerFft::new(cube, &spectra)?;
    let array = VirtualArray::new(&cube.info, samples)?;
    config.range_cfar.check(fft.range_axis.len)?;
    if let Some(cfar) = &config.doppler_cfar {
        cfar.check(fft.doppler_axis.len)?;
    }
    config.direction_faults(array.azimuth.channels.len()).into_iter().next().map_or(Ok(()), Err)?;
    let frames = (0..frames)
        .into_par_iter()
        .map(|frame| {
            let spectrum = fft.frame(cube, frame)?;
            let mut cells = detect_cells(&spectrum, config);
            let (range, velocity) = (&fft.range_axis, &fft.doppler_axis);
            cells.retain(|c| config.field_of_view.has_cell(range.value(c.range), velocity.value(c.doppler)));
            let mut points = Vec::with_capacity(cells.len());
            if cells.len() > config.max_points {
                cells.sort_by(|a, b| b.above_noise_db.total_cmp(&a.above_noise_db));
                cells.truncate(config.max_points);
                cells.sort_by_key(|c| (c.range, c.doppler));
            }
            for cell in cells {
                locate(&spectrum, cell, cube, &fft, &array, config, &mut points);
            }
            points.truncate(config.max_points);
            Ok(PointFrame { time_s: frame as f64 * cube.info.frame_period_s, points })
        })
        .collect::<Result<_, DspError>>()?;
    Ok(PointCloud {
        frames,
        frame_period_s: cube.info.frame_period_s,
        range_bin_m: fft.range_axis.step,
        velocity_bin_mps: fft.doppler_axis.step,
        doppler_bins: fft.doppler_axis.len,
    })
}

/// Level of every cell, in dB or power.
///
/// # Shapes
/// `spectrum[doppler, tx, rx, range]` → `[range, doppler]`.
fn levels(spectrum: &Array4<Complex32>, sum: ChannelSum) -> Array2<f32> {
    let (n_doppler, n_tx, n_rx, n_range) = spectrum.dim();
    let mut out = Array2::<f32>::zeros((n_range, n_doppler));
    let share = 1.0 / (n_tx * n_rx) as f32;
    for ((d, _, _, r), z) in spectrum.indexed_iter() {
        let power = z.norm_sqr();
        out[[r, d]] += share
            * match sum {
                // −300 dB stands for an empty cell of a noiseless cube.
                ChannelSum::LogMagnitude => 10.0 * power.max(1e-30).log10(),
                ChannelSum::Power => power,
            };
    }
    out
}

fn detect_cells(spectrum: &Array4<Complex32>, config: &DetectConfig) -> Vec<Cell> {
    let levels = levels(spectrum, config.channel_sum);
    let (n_range, n_doppler) = levels.dim();
    let above = |level: f32, noise: f32| match config.channel_sum {
        ChannelSum::LogMagnitude => level - noise,
        ChannelSum::Power => 10.0 * (level / noise.max(1e-30)).max(1e-30).log10(),
    };
    let last = config.last_range_bin.unwrap_or(n_range - 1).min(n_range - 1);
    let mut cells = Vec::new();
    for d in 0..n_doppler {
        let column = levels.column(d).to_vec();
        let noise = config.range_cfar.noise(&column);
        for r in config.first_range_bin..=last {
            let above_noise_db = above(column[r], noise[r]);
            if above_noise_db > config.range_cfar.threshold_db as f32 {
                cells.push(Cell { range: r, doppler: d, above_noise_db });
            }
        }
    }
    if let Some(cfar) = &config.doppler_cfar {
        let mut noise: Vec<Option<Vec<f32>>> = vec![None; n_range];
        cells.retain(|c| {
            let row = noise[c.range].get_or_insert_with(|| cfar.noise(&levels.row(c.range).to_vec()));
            above(levels[[c.range, c.doppler]], row[c.doppler]) > cfar.threshold_db as f32
        });
    }
    cells.retain(|c| {
        let here = levels[[c.range, c.doppler]];
        let range_peak = (c.range == 0 || levels[[c.range - 1, c.doppler]] <= here)
            && (c.range + 1 >= n_range || levels[[c.range + 1, c.doppler]] < here);
        // Doppler is a circle; the strict comparison on one side keeps one cell of a plateau.
        let doppler_peak = n_doppler < 2
            || levels[[c.range, (c.doppler + n_doppler - 1) % n_doppler]] <= here
                && levels[[c.range, (c.doppler + 1) % n_doppler]] < here;
        (!config.group_range || range_peak) && (!config.group_doppler || doppler_peak)
    });
    cells.sort_by_key(|c| (c.range, c.doppler));
    cells
}

/// Finds the directions of one cell and adds their points.
fn locate(
    spectrum: &Array4<Complex32>,
    cell: Cell,
    cube: &IfCube,
    fft: &RangeDopplerFft,
    array: &VirtualArray,
    config: &DetectConfig,
    points: &mut Vec<Point>,
) {
    let mut signals: Vec<Complex32> =
        spectrum.slice(ndarray::s![cell.doppler, .., .., cell.range]).iter().copied().collect();
    let n_doppler = fft.doppler_axis.len;
    let bin = cell.doppler as f64 - (n_doppler / 2) as f64;
    compensate_tdm(&mut signals, &cube.info, bin / (n_doppler as f64 * cube.info.loop_period_s));
    let n = config.azimuth_fft;
    let power = array.azimuth_power(&signals, n);
    let first = strongest(&power, 0..n);
    let mut directions = vec![first];
    if let Some(share) = config.second_direction
        && let Some(second) = second_direction(&power, first, share as f32)
    {
        directions.push(second);
    }
    let range_m = fft.range_axis.value(cell.range);
    for k in directions {
        let u = array.sine(k, n);
        if u.abs() > 1.0 {
            continue;
        }
        let w = array.elevation_sine(&signals, u);
        // As on the sensor, a direction outside the unit circle lies in the antenna plane.
        let forward = (1.0 - u * u - w * w).max(0.0).sqrt();
        let mut position = Vec3::new(u, forward, w) * range_m;
        if config.quantise {
            position = position.map(|x| (x * 512.0).round() / 512.0);
        }
        if !config.field_of_view.has_place(&position) {
            continue;
        }
        points.push(Point {
            position,
            range_m,
            velocity_mps: fft.doppler_axis.value(cell.doppler),
            intensity_db: f64::from(cell.above_noise_db),
        });
    }
}

fn strongest(power: &[f32], among: std::ops::Range<usize>) -> usize {
    among.max_by(|&a, &b| power[a].total_cmp(&power[b]).then(b.cmp(&a))).unwrap_or(0)
}

/// The strongest local maximum beyond the lobe of the first, if it has more than `share` of its power.
fn second_direction(power: &[f32], first: usize, share: f32) -> Option<usize> {
    let n = power.len();
    let at = |k: usize| power[k % n];
    let descend = |step: usize| {
        let mut k = first;
        for _ in 0..n {
            if at(k + step) > at(k) {
                break;
            }
            k = (k + step) % n;
        }
        k
    };
    let (right, left) = (descend(1), descend(n - 1));
    let outside: Vec<usize> = (1..n).map(|i| (right + i) % n).take_while(|&k| k != left).collect();
    let best = outside.into_iter().max_by(|&a, &b| power[a].total_cmp(&power[b]).then(b.cmp(&a)))?;
    (right != left && power[best] > share * power[first]).then_some(best)
}
