//! Heatmaps of mmCLIP (SenSys 2024): time-Doppler, time-range and time-angle.
//!
//! Range FFT per chirp, static clutter removed by subtracting the mean over slow time, then a window of `window` chirps that moves by
//! `hop` along all chirps of the recording, one column each: time-range adds the power of the window's chirps and all channels;
//! time-Doppler transforms the window's chirps and adds over ranges and channels; time-angle transforms the azimuth row of the
//! virtual array and adds over chirps and ranges. The maps are resized, then turned into decibels below their peak.
//!
//! The published chain joins the chirps of successive frames as if a frame ended where the next begins. Frames are bursts with
//! pauses between them (AWR1843 preset: a quarter of the time is sampled), so a window that spans two frames has a jump of
//! phase inside; this is kept, since models are trained and used on the same chain. Choose `window` = the chirps of a frame
//! and `hop` = `window` for spectra without that jump.

use super::DspError;
use super::angle::VirtualArray;
use super::clutter::remove_mean;
use super::maps::Maps;
use super::range_doppler::{RangeProfiles, doppler_axis, range_profiles, unshifted};
use super::resize::{resize, resized_axis};
use super::scale::log_scaled;
use super::window::Window;
use crate::base::Complex32;
use crate::base::axis::Axis;
use crate::base::cube::{CubeInfo, IfCube};
use crate::base::yaml::Problem;
use ndarray::{Array2, Array3, s};
use rayon::prelude::*;
use rustfft::FftPlanner;
use serde::{Deserialize, Serialize};

/// Settings of the heatmaps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HeatmapConfig {
    /// Chirps (loops) under one column. Default 256.
    pub window: usize,
    /// Chirps from one column to the next. Default 16.
    pub hop: usize,
    /// Rows of each map after resizing. Default 224.
    pub rows: usize,
    /// Columns of each map after resizing. Default 224.
    pub columns: usize,
    /// Ranges beyond are left out, m. Default none.
    pub max_range_m: Option<f64>,
    /// Power this far below a map's peak, and everything weaker, becomes −1, dB. Default 40.
    pub dynamic_range_db: f64,
    /// Subtract the mean over all chirps from each channel and range bin. Default on.
    pub remove_static: bool,
    /// Taper along a chirp. Default Hann.
    pub range_window: Window,
    /// Taper over the chirps of a column before the Doppler FFT. Default Hann.
    pub doppler_window: Window,
    /// Points of the angle axis before resizing. Default 64.
    pub angle_fft: usize,
}

impl Default for HeatmapConfig {
    fn default() -> Self {
        Self {
            window: 256,
            hop: 16,
            rows: 224,
            columns: 224,
            max_range_m: None,
            dynamic_range_db: 40.0,
            remove_static: true,
            range_window: Window::Hann,
            doppler_window: Window::Hann,
            angle_fft: 64,
        }
    }
}

/// Names of the maps in their order.
pub const HEATMAP_NAMES: [&str; 3] = ["time_doppler", "time_range", "time_angle"];

/// Power of the three maps before resizing and scaling.
#[derive(Clone, Debug)]
pub struct HeatmapPower {
    /// `[row, column]` of each map, in the order of [`HEATMAP_NAMES`]; mean power a chirp, summed over the other axes.
    pub maps: [Array2<f32>; 3],
    /// Row axis of each map.
    pub rows: [Axis; 3],
    /// Time of the columns' centres (chirps laid end to end, mean pace), s.
    pub time: Axis,
}

impl HeatmapConfig {
    /// Checks the settings that do not depend on a recording.
    pub fn check(&self) -> Result<(), DspError> {
        self.faults().into_iter().next().map_or(Ok(()), Err)
    }

    /// All that is wrong with the settings, whatever the recording.
    fn faults(&self) -> Vec<DspError> {
        let counts = [
            ("heatmap.window", self.window, 1 << 16),
            ("heatmap.hop", self.hop, 1 << 16),
            ("heatmap.rows", self.rows, 4096),
            ("heatmap.columns", self.columns, 4096),
            ("heatmap.angle_fft", self.angle_fft, 4096),
        ];
        let mut faults: Vec<DspError> = counts
            .into_iter()
            .filter(|(_, value, max)| !(1..=*max).contains(value))
            .map(|(name, value, max)| DspError::setting(name, value, format!("1..={max}")))
            .collect();
        if !(self.dynamic_range_db > 0.0 && self.dynamic_range_db <= 200.0) {
            let expected = "above 0, at most 200 dB";
            faults.push(DspError::setting("heatmap.dynamic_range_db", self.dynamic_range_db, expected));
        }
        faults
    }

    /// All that is wrong with the settings, whatever the recording; the keys are the fields.
    pub fn problems(&self) -> Vec<Problem> {
        self.faults().iter().map(DspError::problem).collect()
    }

    /// All that is wrong with the settings for recordings of `chirps` chirps (frames times loops) of `samples` samples, before
    /// there is one; the keys are the fields.
    pub fn problems_for(&self, info: &CubeInfo, chirps: usize, samples: usize) -> Vec<Problem> {
        let mut problems = self.problems();
        problems.extend(
            self.too_short(chirps)
                .map(|_| Problem::new("window", format!("{} chirps; the recording has only {chirps}", self.window))),
        );
        problems.extend(VirtualArray::new(info, samples).err().map(|e| e.problem()));
        let bin = info.range_bin_m(samples);
        problems.extend(self.max_range_m.filter(|max| !(max.is_finite() && *max > bin)).map(|max| {
            Problem::new("max_range_m", format!("{max} m; expected more than one range bin ({bin:.4} m), or left out"))
        }));
        problems
    }

    fn too_short(&self, chirps: usize) -> Option<DspError> {
        let hint = "record longer, or set a smaller heatmap.window";
        (chirps < self.window).then_some(DspError::TooShort {
            found: chirps,
            needed: self.window,
            unit: "chirps",
            hint,
        })
    }

    /// Columns before resizing of a recording of `chirps`: `(chirps − window) / hop`, at least one.
    ///
    /// 3,840 chirps give 224, as published.
    pub fn raw_columns(&self, chirps: usize) -> usize {
        (chirps.saturating_sub(self.window) / self.hop.max(1)).max(1)
    }
}

/// Time-Doppler, time-range and time-angle maps of a whole recording.
///
/// # Shapes
/// `cube[frame, chirp, tx, rx, sample]` → `[3, rows, columns]`; Doppler rows run from approaching to receding, range rows away
/// from the sensor, angle rows over the sine of the azimuth from left to right.
pub fn heatmaps(cube: &IfCube, config: &HeatmapConfig) -> Result<Maps, DspError> {
    let power = heatmap_power(cube, config)?;
    let mut data = Array3::zeros((3, config.rows, config.columns));
    for (mut out, map) in data.outer_iter_mut().zip(&power.maps) {
        out.assign(&log_scaled(&resize(map, config.rows, config.columns), config.dynamic_range_db));
    }
    Ok(Maps {
        names: HEATMAP_NAMES.map(String::from).to_vec(),
        data,
        time: resized_axis(&power.time, config.columns),
        rows: power.rows.iter().map(|axis| resized_axis(axis, config.rows)).collect(),
    })
}

/// The maps of windows of a long recording, each with its start time, s.
///
/// Windows are whole frames; the last incomplete one is left out.
pub fn heatmap_windows(
    cube: &IfCube,
    config: &HeatmapConfig,
    length_s: f64,
    hop_s: f64,
) -> Result<Vec<(f64, Maps)>, DspError> {
    let frames = cube.data.dim().0;
    let to_frames = |name, seconds: f64| {
        let n = (seconds / cube.info.frame_period_s).round();
        if (1.0..1e9).contains(&n) {
            Ok(n as usize)
        } else {
            Err(DspError::setting(name, seconds, format!("at least one frame of {} s", cube.info.frame_period_s)))
        }
    };
    let (length, hop) = (to_frames("length_s", length_s)?, to_frames("hop_s", hop_s)?);
    if length > frames {
        let hint = "record longer or shorten the window";
        return Err(DspError::TooShort { found: frames, needed: length, unit: "frames", hint });
    }
    (0..=frames - length)
        .step_by(hop)
        .map(|first| {
            let part = IfCube {
                data: cube.data.slice(s![first..first + length, .., .., .., ..]).to_owned(),
                info: cube.info.clone(),
            };
            Ok((first as f64 * cube.info.frame_period_s, heatmaps(&part, config)?))
        })
        .collect()
}

/// The maps as power, before resizing and scaling.
pub fn heatmap_power(cube: &IfCube, config: &HeatmapConfig) -> Result<HeatmapPower, DspError> {
    config.check()?;
    let chirps = cube.data.dim().0 * cube.data.dim().1;
    config.too_short(chirps).map_or(Ok(()), Err)?;
    let array = VirtualArray::new(&cube.info, cube.data.dim().4)?;
    let mut profiles = range_profiles(cube, config.range_window, None, config.max_range_m)?;
    if config.remove_static {
        let channels: Vec<_> = profiles.data.outer_iter_mut().collect();
        channels.into_par_iter().for_each(|mut channel| {
            for mut slow in channel.outer_iter_mut() {
                if let Some(slow) = slow.as_slice_mut() {
                    remove_mean(slow);
                }
            }
        });
    }
    let columns = config.raw_columns(chirps);
    // Mean pace: the pauses between frames are spread over the chirps, so that columns keep the recording's length.
    let pace = cube.info.frame_period_s / cube.data.dim().1 as f64;
    let centre = 0.5 * config.window as f64 * pace;
    let sine_step = array.sine_step(config.angle_fft);
    let sine =
        Axis::new("sine_azimuth", "1", config.angle_fft, -((config.angle_fft / 2) as f64) * sine_step, sine_step);
    Ok(HeatmapPower {
        maps: [
            time_doppler(&profiles, config, columns),
            time_range(&profiles, config, columns),
            time_angle(&profiles, config, columns, &array),
        ],
        rows: [doppler_axis(cube, config.window), profiles.range.clone(), sine.signed("positive = right")],
        time: Axis::new("time", "s", columns, centre, config.hop as f64 * pace),
    })
}

/// Column by column in parallel; each column is summed by one thread in a fixed order.
fn by_columns(rows: usize, columns: usize, column: impl Fn(usize, &mut [f64]) + Sync) -> Array2<f32> {
    let filled: Vec<Vec<f64>> = (0..columns)
        .into_par_iter()
        .map(|c| {
            let mut sums = vec![0.0; rows];
            column(c, &mut sums);
            sums
        })
        .collect();
    Array2::from_shape_fn((rows, columns), |(r, c)| filled[c][r] as f32)
}

fn time_range(profiles: &RangeProfiles, config: &HeatmapConfig, columns: usize) -> Array2<f32> {
    by_columns(profiles.range.len, columns, |c, sums| {
        let span = c * config.hop..c * config.hop + config.window;
        for channel in profiles.data.outer_iter() {
            for (sum, slow) in sums.iter_mut().zip(channel.outer_iter()) {
                let power: f32 = slow.slice(s![span.clone()]).iter().map(|z| z.norm_sqr()).sum();
                *sum += f64::from(power) / config.window as f64;
            }
        }
    })
}

fn time_doppler(profiles: &RangeProfiles, config: &HeatmapConfig, columns: usize) -> Array2<f32> {
    let n = config.window;
    let plan = FftPlanner::<f32>::new().plan_fft_forward(n);
    let taper = config.doppler_window.unit_gain(n);
    by_columns(n, columns, |c, sums| {
        let zero = Complex32::new(0.0, 0.0);
        let mut work = vec![zero; plan.get_inplace_scratch_len()];
        let mut buffer = vec![zero; n];
        let mut of_channel = vec![0.0f32; n];
        for channel in profiles.data.outer_iter() {
            of_channel.fill(0.0);
            for slow in channel.outer_iter() {
                let chirps = slow.slice(s![c * config.hop..c * config.hop + n]);
                for ((b, &z), &w) in buffer.iter_mut().zip(chirps.iter()).zip(&taper) {
                    *b = z * w;
                }
                plan.process_with_scratch(&mut buffer, &mut work);
                for (sum, z) in of_channel.iter_mut().zip(&buffer) {
                    *sum += z.norm_sqr();
                }
            }
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum += f64::from(of_channel[unshifted(i, n)]);
            }
        }
    })
}

/// Power over the sine of the azimuth, by way of the row's autocorrelation: `Σ |FFT s|² = FFT Σ ρ(lag)`, so that one FFT serves
/// all ranges and chirps of a column.
fn time_angle(profiles: &RangeProfiles, config: &HeatmapConfig, columns: usize, array: &VirtualArray) -> Array2<f32> {
    let (_, ranges, chirps) = profiles.data.dim();
    let row = &array.azimuth.channels;
    let lags = row.len();
    // ρ[lag][chirp], summed over ranges in fixed blocks so that the order of additions never changes.
    let blocks: Vec<Vec<Complex32>> = (0..ranges)
        .collect::<Vec<_>>()
        .par_chunks(16)
        .map(|block| {
            let mut rho = vec![Complex32::new(0.0, 0.0); lags * chirps];
            for &r in block {
                for lag in 0..lags {
                    let sums = &mut rho[lag * chirps..(lag + 1) * chirps];
                    for i in 0..lags - lag {
                        let a = profiles.data.slice(s![row[i + lag], r, ..]);
                        let b = profiles.data.slice(s![row[i], r, ..]);
                        for ((sum, a), b) in sums.iter_mut().zip(a.iter()).zip(b.iter()) {
                            *sum += a * b.conj();
                        }
                    }
                }
            }
            rho
        })
        .collect();
    let mut rho = vec![nalgebra::Complex::new(0.0f64, 0.0); lags * chirps];
    for block in &blocks {
        for (sum, z) in rho.iter_mut().zip(block) {
            *sum += nalgebra::Complex::new(f64::from(z.re), f64::from(z.im));
        }
    }
    let n = config.angle_fft;
    by_columns(n, columns, |c, sums| {
        let span = c * config.hop..c * config.hop + config.window;
        let mean: Vec<_> = (0..lags)
            .map(|lag| {
                let part = &rho[lag * chirps..(lag + 1) * chirps][span.clone()];
                part.iter().sum::<nalgebra::Complex<f64>>() / config.window as f64
            })
            .collect();
        for (k, sum) in sums.iter_mut().enumerate() {
            let step = std::f64::consts::TAU * (k as f64 - (n / 2) as f64) / n as f64;
            // |Σ s_i e^{jki}|² = ρ(0) + 2 Re Σ ρ(lag) e^{jk lag}; rounding may leave a tiny negative power.
            let turned = mean.iter().enumerate().skip(1).map(|(lag, z)| {
                let (sin, cos) = (step * lag as f64).sin_cos();
                z.re * cos - z.im * sin
            });
            *sum = (mean[0].re + 2.0 * turned.sum::<f64>()).max(0.0);
        }
    })
}
