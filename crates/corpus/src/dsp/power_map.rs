//! Power over range and velocity, and over range and azimuth, averaged over the frames of a recording; over range and time.

use super::DspError;
use super::angle::{VirtualArray, compensate_tdm};
use super::clutter::remove_mean;
use super::range_doppler::{RangeDopplerConfig, RangeDopplerFft, range_profiles};
use crate::base::Complex32;
use crate::base::axis::Axis;
use crate::base::cube::{IfCube, level_unit};
use crate::kernels::fft::{self, FftDirection};
use ndarray::Array2;
use rayon::prelude::*;
use std::f64::consts::PI;

/// A map of power.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerMap {
    /// `data[range, other]`, dB: of the squared unit of the cube.
    pub data: Array2<f32>,
    /// Calibrated range axis.
    pub range: Axis,
    /// Velocity (m/s, positive = receding), azimuth (rad, positive = to the right) or time (s).
    pub other: Axis,
    /// Unit of the levels: `dBW` of cubes in √W, else `dB`.
    pub unit: &'static str,
}

/// Lowest level of a map, dB: an empty cell of a noiseless cube.
const FLOOR_DB: f64 = -300.0;

/// Mean power of all channels and frames over range and velocity.
///
/// # Shapes
/// `cube[frame, chirp, tx, rx, sample]` → `[range, velocity]`.
pub fn range_velocity(cube: &IfCube, config: &RangeDopplerConfig) -> Result<PowerMap, DspError> {
    let fft = RangeDopplerFft::new(cube, config)?;
    let channels = fft_channels(cube);
    let other = fft.doppler_axis.clone();
    let sum = sum_frames(cube, &fft, other.len, |spectrum, sum| {
        for ((d, _, _, r), z) in spectrum.indexed_iter() {
            sum[[r, d]] += f64::from(z.norm_sqr()) / channels;
        }
    })?;
    Ok(in_db(sum, cube, fft.range_axis.clone(), other))
}

/// Mean power over range and azimuth of the azimuth row of the virtual array: per range and Doppler cell the shift between the
/// transmitters is undone and the row beamformed, then cells of all velocities are added.
///
/// `columns` azimuths (at least 2) from −90 to 90 degrees; the row's pattern repeats where its spacing is above half a
/// wavelength.
///
/// # Shapes
/// `cube[frame, chirp, tx, rx, sample]` → `[range, azimuth]`.
pub fn range_azimuth(cube: &IfCube, config: &RangeDopplerConfig, columns: usize) -> Result<PowerMap, DspError> {
    let fft = RangeDopplerFft::new(cube, config)?;
    let samples = cube.data.dim().4;
    let array = VirtualArray::new(&cube.info, samples)?;
    let row = &array.azimuth.channels;
    if columns < 2 {
        return Err(DspError::setting("columns", columns, "at least 2"));
    }
    let n_fft = (8 * row.len()).next_power_of_two().max(64);
    let plan = fft::plan(n_fft, FftDirection::Inverse);
    let azimuth = Axis::new("azimuth", "rad", columns, -0.5 * PI, PI / (columns - 1) as f64).signed("positive = right");
    // Between the bins of the sine axis the power is a straight line; the spectrum is periodic.
    let places: Vec<(usize, usize, f32)> = (0..columns)
        .map(|i| {
            let bin = azimuth.value(i).sin() / array.sine_step(n_fft);
            let low = bin.floor();
            let index = |b: f64| b.rem_euclid(n_fft as f64) as usize % n_fft;
            (index(low), index(low + 1.0), (bin - low) as f32)
        })
        .collect();
    let (n_doppler, info) = (fft.doppler_axis.len, &cube.info);
    let bins_s = n_doppler as f64 * info.loop_period_s;
    let sum = sum_frames(cube, &fft, columns, |spectrum, sum| {
        let zero = Complex32::new(0.0, 0.0);
        let (mut beams, mut signals) = (vec![zero; n_fft], Vec::new());
        for d in 0..n_doppler {
            let doppler_hz = (d as f64 - (n_doppler / 2) as f64) / bins_s;
            for r in 0..fft.range_axis.len {
                signals.clear();
                signals.extend(spectrum.slice(ndarray::s![d, .., .., r]).iter().copied());
                compensate_tdm(&mut signals, info, doppler_hz);
                beams.fill(zero);
                beams.iter_mut().zip(row).for_each(|(b, &v)| *b = signals[v]);
                plan.process(&mut beams);
                for (i, &(low, high, share)) in places.iter().enumerate() {
                    let power = beams[low].norm_sqr() * (1.0 - share) + beams[high].norm_sqr() * share;
                    sum[[r, i]] += f64::from(power) / (row.len() * row.len()) as f64;
                }
            }
        }
    })?;
    Ok(in_db(sum, cube, fft.range_axis.clone(), azimuth))
}

/// Mean power of all channels and of the chirps of each frame over range and time. A tone of amplitude 1 in the middle of a bin has 0 dB; without
/// what stands (`remove_static`), the mean over the chirps of its frame is left out of each.
///
/// # Shapes
/// `cube[frame, chirp, tx, rx, sample]` → `[range, time]`, a column a frame.
pub fn range_time(cube: &IfCube, config: &RangeDopplerConfig) -> Result<PowerMap, DspError> {
    let (frames, chirps, ..) = cube.data.dim();
    let mut profiles = range_profiles(cube, config.range_window, config.range_fft, config.max_range_m)?;
    let (channels, bins, _) = profiles.data.dim();
    if config.remove_static {
        for mut channel in profiles.data.outer_iter_mut() {
            for mut slow in channel.outer_iter_mut() {
                if let Some(slow) = slow.as_slice_mut() {
                    slow.chunks_exact_mut(chirps).for_each(remove_mean);
                }
            }
        }
    }
    let mut sum = Array2::zeros((bins, frames));
    for ((_, bin, slow), z) in profiles.data.indexed_iter() {
        sum[[bin, slow / chirps]] += f64::from(z.norm_sqr());
    }
    // The mean over frames that the other maps take is none here.
    let scale = frames as f64 / (channels * chirps) as f64;
    let middle = 0.5 * (chirps - 1) as f64 * cube.info.loop_period_s;
    let time = Axis::new("time", "s", frames, middle, cube.info.frame_period_s);
    Ok(in_db(sum * scale, cube, profiles.range, time))
}

fn fft_channels(cube: &IfCube) -> f64 {
    let (_, _, tx, rx, _) = cube.data.dim();
    (tx * rx) as f64
}

/// Sums what `add` makes of the spectrum `[doppler, tx, rx, range]` of every frame into `[range, other]`.
fn sum_frames(
    cube: &IfCube,
    fft: &RangeDopplerFft,
    columns: usize,
    add: impl Fn(&ndarray::Array4<Complex32>, &mut Array2<f64>) + Sync,
) -> Result<Array2<f64>, DspError> {
    let frames = cube.data.dim().0;
    let shape = (fft.range_axis.len, columns);
    let maps: Vec<Array2<f64>> = (0..frames)
        .into_par_iter()
        .map(|frame| {
            let mut sum = Array2::zeros(shape);
            add(&fft.frame(cube, frame)?, &mut sum);
            Ok(sum)
        })
        .collect::<Result<_, DspError>>()?;
    // In the order of the frames, whatever the threads.
    Ok(maps.into_iter().fold(Array2::zeros(shape), |total, map| total + map))
}

fn in_db(sum: Array2<f64>, cube: &IfCube, range: Axis, other: Axis) -> PowerMap {
    let frames = cube.data.dim().0 as f64;
    let data = sum.mapv(|power| (10.0 * (power / frames).log10()).max(FLOOR_DB) as f32);
    PowerMap { data, range, other, unit: level_unit(&cube.unit) }
}
