//! Angles from the virtual array.
//!
//! The channel of transmitter T and receiver R acts like one antenna at T + R. With u the sine of the azimuth (positive to the
//! right) and w the sine of the elevation, the phase of an echo at a virtual antenna (x, ·, z) is `−2π (x u + z w) / λ`
//! relative to one at the origin (the path is shorter on the side of the target).

use super::DspError;
use crate::base::cube::CubeInfo;
use crate::base::{Complex32, Vec3};
use std::f64::consts::TAU;

/// A uniform horizontal row of virtual antennas.
#[derive(Clone, Debug, PartialEq)]
pub struct AntennaRow {
    /// Virtual channel (`tx · n_rx + rx`) of each antenna, from left to right.
    pub channels: Vec<usize>,
    /// x of the first antenna, m.
    pub first_x_m: f64,
    /// Distance of neighbours, m.
    pub spacing_m: f64,
    /// Height, m.
    pub z_m: f64,
}

/// The parts of a virtual array that angles are read from.
#[derive(Clone, Debug, PartialEq)]
pub struct VirtualArray {
    /// The longest row: the azimuth.
    pub azimuth: AntennaRow,
    /// A row at another height: the elevation.
    pub raised: Option<AntennaRow>,
    /// x and z of every virtual channel, m.
    pub places: Vec<[f64; 2]>,
    /// Wavelength in the middle of the sweep, m.
    pub wavelength_m: f64,
    /// Transmitter of each channel.
    tx_of: Vec<usize>,
}

impl VirtualArray {
    /// Finds the rows in the antenna positions.
    ///
    /// A row has one height, and neighbours at one distance of at most 0.6 λ; the longest is the azimuth row. The raised row is the
    /// longest of another height that is less than one wavelength away.
    pub fn new(info: &CubeInfo, n_samples: usize) -> Result<Self, DspError> {
        let wavelength_m = info.wavelength_m(n_samples);
        let tolerance = wavelength_m / 20.0;
        let antennas: Vec<(usize, Vec3)> = info
            .tx_m
            .iter()
            .enumerate()
            .flat_map(|(t, tx)| info.rx_m.iter().enumerate().map(move |(r, rx)| (t * info.rx_m.len() + r, tx + rx)))
            .collect();
        let mut heights: Vec<f64> = Vec::new();
        for (_, p) in &antennas {
            if !heights.iter().any(|h| (h - p.z).abs() < tolerance) {
                heights.push(p.z);
            }
        }
        heights.sort_by(f64::total_cmp);
        let rows: Vec<AntennaRow> = heights
            .iter()
            .filter_map(|&z| {
                let level = antennas.iter().filter(|(_, p)| (p.z - z).abs() < tolerance);
                longest_row(level.map(|(v, p)| (p.x, *v)).collect(), z, wavelength_m)
            })
            .collect();
        // The first of equally long rows, so that the choice does not hang on the iterator's habit.
        let azimuth = rows
            .iter()
            .rev()
            .max_by_key(|row| row.channels.len())
            .filter(|row| row.channels.len() >= 2)
            .cloned()
            .ok_or(DspError::NoArray { channels: antennas.len(), limit_m: 0.6 * wavelength_m })?;
        let raised = rows
            .into_iter()
            .filter(|row| {
                let dz = (row.z_m - azimuth.z_m).abs();
                dz > tolerance && dz < wavelength_m
            })
            .max_by_key(|row| row.channels.len());
        let tx_of = antennas.iter().map(|(v, _)| v / info.rx_m.len()).collect();
        let places = antennas.iter().map(|(_, p)| [p.x, p.z]).collect();
        Ok(Self { azimuth, raised, places, wavelength_m, tx_of })
    }

    /// Whether all antennas have one height.
    pub fn is_flat(&self) -> bool {
        self.places.iter().all(|[_, z]| (z - self.places[0][1]).abs() < self.wavelength_m / 20.0)
    }

    /// Whether the two rows are all that there is, antennas at one place counted once.
    pub fn rows_are_all(&self) -> bool {
        let near = |a: &[f64; 2], b: &[f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]) < self.wavelength_m / 20.0;
        let in_rows: Vec<[f64; 2]> = [Some(&self.azimuth), self.raised.as_ref()]
            .into_iter()
            .flatten()
            .flat_map(|row| &row.channels)
            .map(|&v| self.places[v])
            .collect();
        self.places.iter().all(|place| in_rows.iter().any(|row| near(place, row)))
    }

    /// Transmitter of a virtual channel.
    pub fn tx_of(&self, channel: usize) -> usize {
        self.tx_of[channel]
    }

    /// Sine of the azimuth of entry `k` of a shifted `n`-point angle spectrum: `(k − n/2) λ / (n d)`.
    ///
    /// Beyond ±1 when the spacing is below half a wavelength.
    pub fn sine(&self, k: usize, n: usize) -> f64 {
        (k as f64 - (n / 2) as f64) * self.wavelength_m / (n as f64 * self.azimuth.spacing_m)
    }

    /// Step of the sine axis of an `n`-point angle spectrum.
    pub fn sine_step(&self, n: usize) -> f64 {
        self.wavelength_m / (n as f64 * self.azimuth.spacing_m)
    }

    /// Power of the azimuth row's signals over a shifted `n`-point sine axis: `|Σ s_i exp(+j2π k i / n)|²`.
    ///
    /// # Shapes
    /// `signals[channel]` → `[n]`.
    pub fn azimuth_power(&self, signals: &[Complex32], n: usize) -> Vec<f32> {
        (0..n)
            .map(|k| {
                let step = TAU * (k as f64 - (n / 2) as f64) / n as f64;
                beam(self.azimuth.channels.iter().map(|&v| signals[v]), step).norm_sqr() as f32
            })
            .collect()
    }

    /// Sine of the elevation of the echo at azimuth sine `u`, from the phase between the raised row and the azimuth row.
    ///
    /// Zero when the array has no raised row. Unambiguous within ±λ / (2 Δz).
    pub fn elevation_sine(&self, signals: &[Complex32], u: f64) -> f64 {
        let Some(raised) = &self.raised else { return 0.0 };
        let at = |row: &AntennaRow| {
            let step = TAU * row.spacing_m * u / self.wavelength_m;
            let start = TAU * row.first_x_m * u / self.wavelength_m;
            let (sin, cos) = start.sin_cos();
            beam(row.channels.iter().map(|&v| signals[v]), step) * nalgebra::Complex::new(cos, sin)
        };
        let turn = (at(raised) * at(&self.azimuth).conj()).arg();
        -turn * self.wavelength_m / (TAU * (raised.z_m - self.azimuth.z_m))
    }
}

fn beam(signals: impl Iterator<Item = Complex32>, step: f64) -> nalgebra::Complex<f64> {
    let mut sum = nalgebra::Complex::new(0.0, 0.0);
    for (i, s) in signals.enumerate() {
        let (sin, cos) = (step * i as f64).sin_cos();
        sum += nalgebra::Complex::new(f64::from(s.re), f64::from(s.im)) * nalgebra::Complex::new(cos, sin);
    }
    sum
}

/// The longest run of equal distances among antennas of one height; a single antenna is a row of one.
fn longest_row(mut level: Vec<(f64, usize)>, z_m: f64, wavelength_m: f64) -> Option<AntennaRow> {
    let tolerance = wavelength_m / 20.0;
    level.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    level.dedup_by(|b, a| (b.0 - a.0).abs() < tolerance);
    let mut best: Option<(usize, usize)> = None;
    for first in 0..level.len() {
        let mut last = first;
        while last + 1 < level.len() {
            let gap = level[last + 1].0 - level[last].0;
            let start = level[first + 1].0 - level[first].0;
            if gap > 0.6 * wavelength_m || (gap - start).abs() > tolerance {
                break;
            }
            last += 1;
        }
        if best.is_none_or(|(a, b)| last - first > b - a) {
            best = Some((first, last));
        }
    }
    let (first, last) = best?;
    let run = &level[first..=last];
    // A lone antenna has no spacing; half a wavelength keeps the formulas finite.
    let spacing_m =
        if run.len() > 1 { (run[run.len() - 1].0 - run[0].0) / (run.len() - 1) as f64 } else { 0.5 * wavelength_m };
    Some(AntennaRow { channels: run.iter().map(|&(_, v)| v).collect(), first_x_m: run[0].0, spacing_m, z_m })
}

/// Undoes the turn of phase between the transmitters of a time-multiplexed frame:
/// `exp(−j2π f_D · tx · T_c)`, with f_D the Doppler frequency and T_c the chirp period.
///
/// # Shapes
/// `signals[channel]`, channel = `tx · n_rx + rx`.
pub fn compensate_tdm(signals: &mut [Complex32], info: &CubeInfo, doppler_hz: f64) {
    if !info.time_multiplexed {
        return;
    }
    let n_rx = info.rx_m.len().max(1);
    for (v, s) in signals.iter_mut().enumerate() {
        let (sin, cos) = (-TAU * doppler_hz * (v / n_rx) as f64 * info.chirp_period_s).sin_cos();
        *s *= Complex32::new(cos as f32, sin as f32);
    }
}
