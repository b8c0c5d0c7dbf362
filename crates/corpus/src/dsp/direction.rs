//! Directions of arrival from all antennas of a plane, over both sines.
//!
//! The spectrum over the sines u of the azimuth and w of the elevation is one of
//! - Bartlett's beamformer: `|aᴴ s|²` of the one cell;
//! - Capon's: `1 / (aᴴ R⁻¹ a)` (Capon 1969, Proc. IEEE 57, 1408), R loaded on its diagonal (Carlson 1988, IEEE Trans. Aerosp. Electron. Syst. 24, 397);
//! - MUSIC's: `1 / (n − Σ |eᵢᴴ a|²)` over the eigenvectors of the signals (Schmidt 1986, IEEE Trans. Antennas Propag. 34, 276),
//!
//! a being what a wave from there does to the antennas (see [`super::angle`]), and R the covariance over the cells around,
//! averaged with that of the array seen from behind where the array is its own mirror image (Pillai and Kwon 1989, IEEE Trans. Acoust. Speech
//! Signal Process. 37, 8): two echoes of the very same range and velocity are coherent, and this tells them apart unless their phases at the middle of the
//! array are alike or opposite.

use super::angle::VirtualArray;
use crate::base::{Complex32, Complex64};
use nalgebra::{DMatrix, DVector, SymmetricEigen};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::TAU;

/// How directions are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AngleMethod {
    /// As TI's demo: a spectrum along the longest row, then the phase to a row at another height.
    Rows,
    /// The beamformer over all antennas.
    Beamformer,
    /// Capon's spectrum over all antennas.
    Capon,
    /// MUSIC over all antennas.
    Music,
}

/// Load on the diagonal of the covariance, relative to its mean: what 15 cells of a few targets leave undetermined.
const LOAD: f64 = 0.01;
/// Eigenvalues below this of the largest are noise: −20 dB.
const NOISE: f64 = 0.01;
/// Points of a sine, at most: the table over both is in the second cache.
const MOST: usize = 128;

/// Finds directions by spectra over both sines.
pub struct DirectionFinder {
    method: AngleMethod,
    /// u and w along the grid; w is zero alone where all antennas have one height.
    sines: [Vec<f64>; 2],
    /// `a` over the grid, `[u, w, channel]`.
    waves: Vec<Complex64>,
    channels: usize,
    /// The channel opposite to each, where the array is its own mirror image about its middle.
    opposite: Option<Vec<usize>>,
}

impl DirectionFinder {
    /// Over `n` points of each sine, at most 128.
    pub fn new(array: &VirtualArray, method: AngleMethod, n: usize) -> Self {
        let n = n.clamp(2, MOST);
        let sines: Vec<f64> = (0..=n).map(|k| 2.0 * k as f64 / n as f64 - 1.0).collect();
        let heights = if array.is_flat() { vec![0.0] } else { sines.clone() };
        let per_metre = TAU / array.wavelength_m;
        let wave = |u: f64, w: f64| {
            array.places.iter().map(move |[x, z]| Complex64::from_polar(1.0, -per_metre * (x * u + z * w)))
        };
        let waves = sines.iter().flat_map(|&u| heights.iter().flat_map(move |&w| wave(u, w))).collect();
        Self { method, sines: [sines, heights], waves, channels: array.places.len(), opposite: opposite(array) }
    }

    /// Sines of the azimuth and the elevation of the strongest direction, and of the second strongest where its power is above `share`
    /// of the first's.
    ///
    /// # Shapes
    /// `cells[cell][channel]`, the cell itself first, those around it after it.
    pub fn find(&self, cells: &[Vec<Complex32>], share: Option<f64>) -> Vec<[f64; 2]> {
        let Some(own) = cells.first() else { return Vec::new() };
        let beam = self.beam(own);

        let spectrum = match self.method {
            AngleMethod::Rows | AngleMethod::Beamformer => beam.clone(),
            AngleMethod::Capon => self.capon(cells),
            AngleMethod::Music => self.music(cells, share.is_some()),
        };
        // Silence has no direction, and a covariance that is none says nothing of one.
        if [&beam, &spectrum].iter().any(|values| !values.iter().any(|value| *value > 0.0)) {
            return Vec::new();
        }
        let mut peaks = self.peaks(&spectrum);
        peaks.sort_by(|&a, &b| spectrum[b].total_cmp(&spectrum[a]).then(a.cmp(&b)));
        // MUSIC's heights say nothing of power.
        let power = if self.method == AngleMethod::Music { &beam } else { &spectrum };
        let mut found: Vec<usize> = peaks.iter().copied().take(1).collect();
        if let (Some(share), [first, second, ..]) = (share, peaks.as_slice())
            && power[*second] > share * power[*first]
        {
            found.push(*second);
        }
        found.into_iter().map(|peak| self.refined(&spectrum, peak)).collect()
    }

    /// The beamformer's largest power.
    ///
    /// # Shapes
    /// `cell[channel]`.
    pub fn strongest(&self, cell: &[Complex32]) -> f64 {
        self.beam(cell).into_iter().fold(0.0, f64::max)
    }

    fn beam(&self, cell: &[Complex32]) -> Vec<f64> {
        self.spectrum(|a| {
            let sum: Complex64 = a.iter().zip(cell).map(|(a, s)| a.conj() * wide(*s)).sum();
            sum.norm_sqr()
        })
    }

    fn spectrum(&self, value: impl Fn(&[Complex64]) -> f64) -> Vec<f64> {
        self.waves.chunks_exact(self.channels).map(value).collect()
    }

    fn covariance(&self, cells: &[Vec<Complex32>]) -> DMatrix<Complex64> {
        let mut sum = DMatrix::zeros(self.channels, self.channels);
        for cell in cells {
            let s = DVector::from_iterator(self.channels, cell.iter().map(|z| wide(*z)));
            sum += &s * s.adjoint();
        }
        sum /= Complex64::new(cells.len() as f64, 0.0);
        match &self.opposite {
            Some(opposite) => DMatrix::from_fn(self.channels, self.channels, |i, j| {
                0.5 * (sum[(i, j)] + sum[(opposite[i], opposite[j])].conj())
            }),
            None => sum,
        }
    }

    /// All of its values are zero where the covariance is no proper one.
    fn capon(&self, cells: &[Vec<Complex32>]) -> Vec<f64> {
        let mut covariance = self.covariance(cells);
        let load = LOAD * covariance.trace().re / self.channels as f64;
        covariance += DMatrix::identity(self.channels, self.channels) * Complex64::new(load, 0.0);
        let Some(inverse) = covariance.cholesky().map(|c| c.inverse()) else {
            return vec![0.0; self.waves.len() / self.channels];
        };
        self.spectrum(|a| {
            let a = DVector::from_column_slice(a);
            1.0 / a.dotc(&(&inverse * &a)).re.max(f64::MIN_POSITIVE)
        })
    }

    fn music(&self, cells: &[Vec<Complex32>], two: bool) -> Vec<f64> {
        let SymmetricEigen { eigenvalues, eigenvectors } = self.covariance(cells).symmetric_eigen();
        let mut order: Vec<usize> = (0..self.channels).collect();
        order.sort_by(|&a, &b| eigenvalues[b].total_cmp(&eigenvalues[a]));
        let signals =
            if two && eigenvalues[order[1.min(self.channels - 1)]] > NOISE * eigenvalues[order[0]] { 2 } else { 1 };
        let all = self.channels as f64;
        self.spectrum(|a| {
            let a = DVector::from_column_slice(a);
            let seen: f64 = order[..signals].iter().map(|&i| eigenvectors.column(i).dotc(&a).norm_sqr()).sum();
            1.0 / (all - seen).max(1e-9 * all)
        })
    }

    /// Points of the grid within the unit circle that are above all their neighbours.
    fn peaks(&self, spectrum: &[f64]) -> Vec<usize> {
        let [us, ws] = &self.sines;
        let (n, m) = (us.len(), ws.len());
        let inside = |i: usize, j: usize| us[i] * us[i] + ws[j] * ws[j] <= 1.0;
        let mut peaks = Vec::new();
        for i in 0..n {
            for j in (0..m).filter(|&j| inside(i, j)) {
                let here = i * m + j;
                let around = (i.saturating_sub(1)..=(i + 1).min(n - 1))
                    .flat_map(|a| (j.saturating_sub(1)..=(j + 1).min(m - 1)).map(move |b| (a, b)))
                    .filter(|&(a, b)| (a, b) != (i, j) && inside(a, b));
                // Of a plateau the first.
                if around.into_iter().all(|(a, b)| {
                    let there = a * m + b;
                    spectrum[there] < spectrum[here] || (spectrum[there] == spectrum[here] && there > here)
                }) {
                    peaks.push(here);
                }
            }
        }
        peaks
    }

    /// The top of parabolas through the logarithms at a peak and beside it.
    fn refined(&self, spectrum: &[f64], peak: usize) -> [f64; 2] {
        let m = self.sines[1].len();
        let (i, j) = (peak / m, peak % m);
        let along = |sines: &[f64], k: usize, stride: usize| {
            if k == 0 || k + 1 >= sines.len() {
                return sines[k];
            }
            let [low, here, high] = [peak - stride, peak, peak + stride].map(|at| spectrum[at].max(1e-300).ln());
            let bend = low - 2.0 * here + high;
            let shift = if bend < 0.0 { (0.5 * (low - high) / bend).clamp(-0.5, 0.5) } else { 0.0 };
            sines[k] + shift * (sines[1] - sines[0])
        };
        [along(&self.sines[0], i, m), along(&self.sines[1], j, 1)]
    }
}

/// The channel at the place opposite to each one's about the middle of the array; `None` where one has none.
fn opposite(array: &VirtualArray) -> Option<Vec<usize>> {
    let count = array.places.len() as f64;
    let middle = [0, 1].map(|k| array.places.iter().map(|p| p[k]).sum::<f64>() / count);
    let near = 0.02 * array.wavelength_m;
    let find = |place: &[f64; 2]| {
        let wanted = [0, 1].map(|k| 2.0 * middle[k] - place[k]);
        array.places.iter().position(|p| (p[0] - wanted[0]).hypot(p[1] - wanted[1]) < near)
    };
    array.places.iter().map(find).collect()
}

fn wide(z: Complex32) -> Complex64 {
    Complex64::new(f64::from(z.re), f64::from(z.im))
}
