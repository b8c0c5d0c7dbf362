//! Power of the maps, column by column.

use super::chirp_windows::ChirpWindows;
use super::config::HeatmapConfig;
use crate::base::cube::CubeInfo;
use crate::base::{Complex32, Complex64};
use crate::dsp::angle::VirtualArray;
use crate::dsp::range_doppler::{RangeProfiles, unshifted};
use crate::kernels::fft::{self, FftDirection};
use ndarray::{Array2, s};
use rayon::prelude::*;
use std::f64::consts::TAU;

const NOTHING: Complex32 = Complex32::new(0.0, 0.0);

/// A recording after the range FFT, and what is to be made of it.
pub(super) struct Profiled<'a> {
    pub(super) profiles: &'a RangeProfiles,
    pub(super) info: &'a CubeInfo,
    pub(super) array: &'a VirtualArray,
    pub(super) columns: &'a ChirpWindows,
    pub(super) config: &'a HeatmapConfig,
}

/// Two antennas of the azimuth row: places in the row, and the place of what they have in common in a table of such.
struct Pair {
    far: usize,
    near: usize,
    kind: usize,
}

impl Profiled<'_> {
    /// Column by column in parallel; each column is summed by one thread in a fixed order.
    fn by_columns(&self, rows: usize, column: impl Fn(usize, &mut [f64]) + Sync) -> Array2<f32> {
        let filled: Vec<Vec<f64>> = (0..self.columns.len())
            .into_par_iter()
            .map(|c| {
                let mut sums = vec![0.0; rows];
                column(c, &mut sums);
                sums
            })
            .collect();
        Array2::from_shape_fn((rows, filled.len()), |(r, c)| filled[c][r] as f32)
    }

    pub(super) fn time_range(&self) -> Array2<f32> {
        self.by_columns(self.profiles.range.len, |c, sums| {
            for channel in self.profiles.data.outer_iter() {
                for (sum, slow) in sums.iter_mut().zip(channel.outer_iter()) {
                    let power: f32 = slow.slice(s![self.columns.chirps(c)]).iter().map(|z| z.norm_sqr()).sum();
                    *sum += f64::from(power) / self.columns.window as f64;
                }
            }
        })
    }

    pub(super) fn time_doppler(&self) -> Array2<f32> {
        let n = self.columns.window;
        let plan = fft::plan(n, FftDirection::Forward);
        let taper = self.config.doppler_window.unit_gain(n);
        self.by_columns(n, |c, sums| {
            let mut work = vec![NOTHING; plan.get_inplace_scratch_len()];
            let mut buffer = vec![NOTHING; n];
            let mut of_channel = vec![0.0f32; n];
            for channel in self.profiles.data.outer_iter() {
                of_channel.fill(0.0);
                for slow in channel.outer_iter() {
                    let chirps = slow.slice(s![self.columns.chirps(c)]);
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

    /// Power over the sine of the azimuth as the signals are received, by way of the row's autocorrelation: `Σ |FFT s|² = FFT Σ ρ(lag)`,
    /// so that one sum serves all ranges and chirps of a column.
    pub(super) fn time_angle(&self) -> Array2<f32> {
        let (_, ranges, chirps) = self.profiles.data.dim();
        let row = &self.array.azimuth.channels;
        let lags = row.len();
        // ρ[lag][chirp], summed over ranges in fixed blocks so that the order of additions never changes.
        let blocks: Vec<Vec<Complex32>> = (0..ranges)
            .collect::<Vec<_>>()
            .par_chunks(16)
            .map(|block| {
                let mut rho = vec![NOTHING; lags * chirps];
                for &r in block {
                    for lag in 0..lags {
                        let sums = &mut rho[lag * chirps..(lag + 1) * chirps];
                        for i in 0..lags - lag {
                            let a = self.profiles.data.slice(s![row[i + lag], r, ..]);
                            let b = self.profiles.data.slice(s![row[i], r, ..]);
                            for ((sum, a), b) in sums.iter_mut().zip(a.iter()).zip(b.iter()) {
                                *sum += a * b.conj();
                            }
                        }
                    }
                }
                rho
            })
            .collect();
        let mut rho = vec![Complex64::new(0.0, 0.0); lags * chirps];
        for block in &blocks {
            for (sum, z) in rho.iter_mut().zip(block) {
                *sum += wide(*z);
            }
        }
        self.by_columns(self.config.angle_fft, |c, sums| {
            let span = self.columns.chirps(c);
            let mean: Vec<_> = (0..lags)
                .map(|lag| {
                    let part = &rho[lag * chirps..(lag + 1) * chirps][span.clone()];
                    part.iter().sum::<Complex64>() / span.len() as f64
                })
                .collect();
            beams(&mean, sums);
        })
    }

    /// Both maps from the same Doppler spectra: the products of two antennas of the row are summed over ranges bin by bin, then turned
    /// back by what the target moved between their transmitters' chirps.
    pub(super) fn doppler_and_angle(&self) -> (Array2<f32>, Array2<f32>) {
        let n = self.columns.window;
        let plan = fft::plan(n, FftDirection::Forward);
        let taper = self.config.doppler_window.unit_gain(n);
        // Σ over bins is n Σ |w z|², by Parseval: the taper's weighted mean over the chirps.
        let all: f64 = n as f64 * taper.iter().map(|w| f64::from(*w).powi(2)).sum::<f64>();
        let (kinds, pairs) = self.pairs();
        let row = &self.array.azimuth.channels;
        let (channels, ranges, _) = self.profiles.data.dim();
        let both = self.by_columns(n + self.config.angle_fft, |c, sums| {
            let mut work = vec![NOTHING; plan.get_inplace_scratch_len()];
            let mut spectra = vec![NOTHING; channels * n];
            let mut products = vec![Complex64::new(0.0, 0.0); kinds.len() * n];
            let (doppler, angle) = sums.split_at_mut(n);
            for r in 0..ranges {
                for (channel, spectrum) in spectra.chunks_exact_mut(n).enumerate() {
                    let chirps = self.profiles.data.slice(s![channel, r, self.columns.chirps(c)]);
                    for ((b, &z), &w) in spectrum.iter_mut().zip(chirps.iter()).zip(&taper) {
                        *b = z * w;
                    }
                    plan.process_with_scratch(spectrum, &mut work);
                    for (i, sum) in doppler.iter_mut().enumerate() {
                        *sum += f64::from(spectrum[unshifted(i, n)].norm_sqr());
                    }
                }
                let of = |place: usize| &spectra[row[place] * n..(row[place] + 1) * n];
                for pair in &pairs {
                    let sums = &mut products[pair.kind * n..(pair.kind + 1) * n];
                    for ((sum, a), b) in sums.iter_mut().zip(of(pair.far)).zip(of(pair.near)) {
                        *sum += wide(a * b.conj());
                    }
                }
            }
            let mut mean = vec![Complex64::new(0.0, 0.0); row.len()];
            for (&(lag, turns), products) in kinds.iter().zip(products.chunks_exact(n)) {
                for i in 0..n {
                    let doppler_hz = (i as f64 - (n / 2) as f64) / (n as f64 * self.info.loop_period_s);
                    let (sin, cos) = (-TAU * doppler_hz * f64::from(turns) * self.info.chirp_period_s).sin_cos();
                    mean[lag] += products[unshifted(i, n)] * Complex64::new(cos, sin) / all;
                }
            }
            beams(&mean, angle);
        });
        (both.slice(s![..n, ..]).to_owned(), both.slice(s![n.., ..]).to_owned())
    }

    /// All pairs of antennas of the azimuth row, and the kinds of them: how far apart they are in the row, and by how many chirps the
    /// transmitter of the further one comes later.
    fn pairs(&self) -> (Vec<(usize, i32)>, Vec<Pair>) {
        let row = &self.array.azimuth.channels;
        let turn = |place: usize| match self.info.time_multiplexed {
            true => self.array.tx_of(row[place]) as i32,
            false => 0,
        };
        let mut kinds: Vec<(usize, i32)> = Vec::new();
        let mut pairs = Vec::new();
        for lag in 0..row.len() {
            for near in 0..row.len() - lag {
                let far = near + lag;
                let kind = (lag, turn(far) - turn(near));
                let place = kinds.iter().position(|k| *k == kind).unwrap_or_else(|| {
                    kinds.push(kind);
                    kinds.len() - 1
                });
                pairs.push(Pair { far, near, kind: place });
            }
        }
        (kinds, pairs)
    }
}

fn wide(z: Complex32) -> Complex64 {
    Complex64::new(f64::from(z.re), f64::from(z.im))
}

/// Power over a shifted sine axis from the autocorrelation of a row: `|Σ s_i e^{jki}|² = ρ(0) + 2 Re Σ ρ(lag) e^{jk lag}`.
fn beams(rho: &[Complex64], out: &mut [f64]) {
    let n = out.len();
    for (k, sum) in out.iter_mut().enumerate() {
        let step = TAU * (k as f64 - (n / 2) as f64) / n as f64;
        let turned = rho.iter().enumerate().skip(1).map(|(lag, z)| {
            let (sin, cos) = (step * lag as f64).sin_cos();
            z.re * cos - z.im * sin
        });
        // Rounding may leave a tiny negative power.
        *sum = (rho[0].re + 2.0 * turned.sum::<f64>()).max(0.0);
    }
}
