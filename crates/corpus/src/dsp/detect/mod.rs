//! Detection as TI's out-of-the-box demo does it on the sensor: range FFT, Doppler FFT, sum over the virtual antennas, CFAR,
//! peak grouping, angles, fixed-point positions.
//!
//! The defaults are the chain of the IWR1443 (mmWave SDK 1.2/2.1 demo, `1443_3d` profile of the ROS package that recorded RadHAR:
//! `cfarCfg 0 2 8 4 3 0 768`, `peakGrouping 1 0 1 1 229`, `multiObjBeamForming 1 0.5`, `clutterRemoval 0`): CFAR along range only,
//! smallest-of, on the mean log-magnitude of the 12 channels. Why 768 is 12 dB of that mean, and 9 dB by the formula of TI's guide, is
//! derived in `recording::ti_chain`, which makes a chain of any such lines.

mod ambiguity;
mod config;

pub use ambiguity::spans;
pub use config::{ChannelSum, DetectConfig, FieldOfView};

use super::DspError;
use super::angle::{VirtualArray, compensate_tdm};
use super::direction::{AngleMethod, DirectionFinder};
use super::range_doppler::{RangeDopplerConfig, RangeDopplerFft};
use crate::base::cube::IfCube;
use crate::base::{Complex32, Vec3};
use crate::signal::{Point, PointCloud, PointFrame};
use ndarray::{Array2, Array4};
use rayon::prelude::*;

/// A cell of the range-Doppler map above the noise.
#[derive(Clone, Copy, Debug, PartialEq)]
struct RangeDopplerCell {
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
    config.span_fault(&cube.info, &array).map_or(Ok(()), Err)?;
    let finder = Some(config.angle_method(&array)).filter(|method| *method != AngleMethod::Rows);
    let finder = finder.map(|method| DirectionFinder::new(&array, method, config.azimuth_fft));
    let scene = Echoes { cube, fft: &fft, array: &array, finder: finder.as_ref(), config };
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
            let (field, resolved) = (&config.field_of_view, config.extended_max_velocity);
            cells.retain(|c| {
                field.has_range(range.value(c.range)) && (resolved || field.has_velocity(velocity.value(c.doppler)))
            });
            let mut points = Vec::with_capacity(cells.len());
            if cells.len() > config.max_points {
                cells.sort_by(|a, b| b.above_noise_db.total_cmp(&a.above_noise_db));
                cells.truncate(config.max_points);
                cells.sort_by_key(|c| (c.range, c.doppler));
            }
            for cell in cells {
                scene.locate(&spectrum, cell, &mut points);
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
        doppler_bins: fft.doppler_axis.len * if config.extended_max_velocity { cube.info.tx_m.len() } else { 1 },
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

fn detect_cells(spectrum: &Array4<Complex32>, config: &DetectConfig) -> Vec<RangeDopplerCell> {
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
                cells.push(RangeDopplerCell { range: r, doppler: d, above_noise_db });
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

/// What places of echoes depend on.
struct Echoes<'a> {
    cube: &'a IfCube,
    fft: &'a RangeDopplerFft,
    array: &'a VirtualArray,
    /// In place of rows.
    finder: Option<&'a DirectionFinder>,
    config: &'a DetectConfig,
}

/// Cells to each side along Doppler and range whose covariance says where echoes come from.
const AROUND: [i64; 2] = [2, 1];

impl Echoes<'_> {
    /// Finds the directions of one cell and adds their points.
    fn locate(&self, spectrum: &Array4<Complex32>, cell: RangeDopplerCell, points: &mut Vec<Point>) {
        let (config, fft) = (self.config, self.fft);
        let span = if config.extended_max_velocity { self.likeliest_span(spectrum, cell) } else { 0 };
        let velocity_mps = fft.doppler_axis.value(cell.doppler) + (span * self.bins()) as f64 * fft.doppler_axis.step;
        if !config.field_of_view.has_velocity(velocity_mps) {
            return;
        }
        let directions = match self.finder {
            None => self.by_rows(&self.signals(spectrum, cell.doppler, cell.range, span)),
            Some(finder) => finder.find(&self.around(spectrum, cell, span), config.second_direction),
        };
        let range_m = fft.range_axis.value(cell.range);
        for [u, w] in directions {
            if u.abs() > 1.0 {
                continue;
            }
            // As on the sensor, a direction outside the unit circle lies in the antenna plane.
            let forward = (1.0 - u * u - w * w).max(0.0).sqrt();
            let mut position = Vec3::new(u, forward, w) * range_m;
            if config.quantise {
                position = position.map(|x| (x * 512.0).round() / 512.0);
            }
            if !config.field_of_view.has_place(&position) {
                continue;
            }
            points.push(Point { position, range_m, velocity_mps, intensity_db: f64::from(cell.above_noise_db) });
        }
    }

    /// Doppler bins of a span of velocities.
    fn bins(&self) -> i64 {
        self.fft.doppler_axis.len as i64
    }

    /// The span of velocities in which the antennas are in phase best: that with the strongest direction; the nearest to zero of equals.
    fn likeliest_span(&self, spectrum: &Array4<Complex32>, cell: RangeDopplerCell) -> i64 {
        let strength = |span: i64| {
            let signals = self.signals(spectrum, cell.doppler, cell.range, span);
            match self.finder {
                None => {
                    let n = self.config.azimuth_fft;
                    let power = self.array.azimuth_power(&signals, n);
                    f64::from(power[strongest(&power, 0..n)])
                }
                Some(finder) => finder.strongest(&signals),
            }
        };
        let tried = spans(self.cube.info.tx_m.len(), cell.doppler as i64 - self.bins() / 2);
        let mut all: Vec<(i64, f64)> = tried.map(|span| (span, strength(span))).collect();
        all.sort_by_key(|(span, _)| span.abs());
        all.into_iter().reduce(|best, other| if other.1 > best.1 { other } else { best }).map_or(0, |(span, _)| span)
    }

    /// The channels of a cell without the turn between transmitters, for the velocity that is so many spans off the cell's.
    fn signals(&self, spectrum: &Array4<Complex32>, doppler: usize, range: usize, span: i64) -> Vec<Complex32> {
        let mut signals: Vec<Complex32> = spectrum.slice(ndarray::s![doppler, .., .., range]).iter().copied().collect();
        let n_doppler = self.bins();
        let bin = doppler as i64 - n_doppler / 2 + span * n_doppler;
        compensate_tdm(&mut signals, &self.cube.info, bin as f64 / (n_doppler as f64 * self.cube.info.loop_period_s));
        signals
    }

    /// The cell, then those around it; Doppler is a circle.
    fn around(&self, spectrum: &Array4<Complex32>, cell: RangeDopplerCell, span: i64) -> Vec<Vec<Complex32>> {
        let (n_doppler, n_range) = (self.fft.doppler_axis.len as i64, self.fft.range_axis.len as i64);
        let mut cells = vec![self.signals(spectrum, cell.doppler, cell.range, span)];
        for d in -AROUND[0]..=AROUND[0] {
            for r in -AROUND[1]..=AROUND[1] {
                let range = cell.range as i64 + r;
                if (d, r) != (0, 0) && (0..n_range).contains(&range) {
                    let doppler = (cell.doppler as i64 + d).rem_euclid(n_doppler);
                    cells.push(self.signals(spectrum, doppler as usize, range as usize, span));
                }
            }
        }
        cells
    }

    /// Sines by the azimuth row and the phase to the raised one.
    fn by_rows(&self, signals: &[Complex32]) -> Vec<[f64; 2]> {
        let n = self.config.azimuth_fft;
        let power = self.array.azimuth_power(signals, n);
        let first = strongest(&power, 0..n);
        let second = self.config.second_direction.and_then(|share| second_direction(&power, first, share as f32));
        let sines = |k: usize| {
            let u = self.array.sine(k, n);
            [u, self.array.elevation_sine(signals, u)]
        };
        std::iter::once(first).chain(second).map(sines).collect()
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
