//! Micro-Doppler spectrograms: power over velocity and time.
//!
//! ```text
//! mod.rs   the map; its columns as spectra of stretches
//! config.rs settings
//! iq.rs    of the I/Q of a CW radar
//! background.rs what stands out of it
//! cube.rs  of the chirps of an FMCW radar, over a range of distances
//! ```

mod background;
mod config;
mod cube;
mod iq;

pub use background::{above_noise, without_components};
pub use config::MicroDopplerConfig;
pub use cube::micro_doppler_of_cube;
pub use iq::micro_doppler;

use crate::base::Complex32;
use crate::base::axis::{ArrayInfo, Axis};
use crate::base::cube::level_unit;
use crate::kernels::fft::{self, Fft, FftDirection};
use ndarray::Array2;
use std::sync::Arc;

/// Lowest level, dB: an empty cell of a noiseless signal.
const FLOOR_DB: f32 = -300.0;

/// Power over velocity and time.
#[derive(Clone, Debug, PartialEq)]
pub struct MicroDoppler {
    /// `data[velocity, time]`, dB of the squared unit of the signal: a line of amplitude 1 in the middle of a bin has 0 dB.
    pub data: Array2<f32>,
    /// Radial velocity, m/s, positive = receding.
    pub velocity: Axis,
    /// Middle of each stretch, s.
    pub time: Axis,
    /// Unit of the levels: `dBW` of signals in √W, else `dB`.
    pub unit: &'static str,
}

impl MicroDoppler {
    /// Axes and unit of the map as it is written to disk.
    pub fn array_info(&self) -> ArrayInfo {
        ArrayInfo {
            quantity: "micro_doppler".into(),
            unit: self.unit.into(),
            dtype: "float32".into(),
            axes: vec![self.velocity.clone(), self.time.clone()],
        }
    }

    /// Of the power in each cell, `[time][velocity]`.
    fn of_power(columns: &[Vec<f32>], (velocity, time): (Axis, Axis), signal_unit: &str) -> Self {
        let level = |power: f32| (10.0 * power.log10()).max(FLOOR_DB);
        let data = Array2::from_shape_fn((velocity.len, columns.len()), |(row, column)| level(columns[column][row]));
        Self { data, velocity, time, unit: level_unit(signal_unit) }
    }
}

/// Power spectra of stretches of one length, from the most negative velocity shown to the most positive one.
struct Spectra {
    plan: Arc<dyn Fft<f32>>,
    taper: Vec<f32>,
    n_fft: usize,
    bins: Vec<isize>,
}

impl Spectra {
    /// Of stretches of `n` samples; the velocity of a frequency in samples is `span_mps` times it.
    fn new(config: &MicroDopplerConfig, n: usize, span_mps: f64) -> Self {
        let n_fft = (n * config.padding).next_power_of_two();
        let half = (n_fft / 2) as isize;
        let step = span_mps / n_fft as f64;
        let limit = |limit: f64| ((limit / step).floor() as isize).clamp(1, half);
        let shown = config.max_velocity_mps.map_or(half, limit);
        // From −fs/2 to below fs/2, or as far as is asked for on both sides.
        let bins = (-shown..=shown.min(half - 1)).collect();
        let plan = fft::plan(n_fft, FftDirection::Forward);
        Self { plan, taper: config.taper.unit_gain(n), n_fft, bins }
    }

    /// The axis of the velocities shown.
    fn velocity(&self, span_mps: f64) -> Axis {
        let step = span_mps / self.n_fft as f64;
        let first = self.bins[0] as f64 * step;
        Axis::new("velocity", "m/s", self.bins.len(), first, step).signed("positive = receding")
    }

    fn buffer(&self) -> Vec<Complex32> {
        vec![Complex32::new(0.0, 0.0); self.n_fft]
    }

    /// Adds the power of a stretch times `share` to `sums`.
    fn add<'a>(
        &self,
        stretch: impl Iterator<Item = &'a Complex32>,
        share: f32,
        buffer: &mut [Complex32],
        sums: &mut [f32],
    ) {
        buffer.fill(Complex32::new(0.0, 0.0));
        for ((b, z), w) in buffer.iter_mut().zip(stretch).zip(&self.taper) {
            *b = z * w;
        }
        self.plan.process(buffer);
        for (sum, bin) in sums.iter_mut().zip(&self.bins) {
            *sum += share * buffer[bin.rem_euclid(self.n_fft as isize) as usize].norm_sqr();
        }
    }
}
