//! Phase noise of the oscillator, whose part that is common to the outgoing and the returning wave cancels in the mixer.
//!
//! With the oscillator's phase φ(t) a path of delay τ gets the factor `exp(j(φ(t) − φ(t − τ)))`, so its noise has the density
//! `S_φ(f) · 4 sin²(πfτ)`: Budge and Burt, Range correlation effects on phase and amplitude noise, IEEE Southeastcon 1993. One
//! oscillator serves all transmitters and receivers: φ is the same for all channels.
//!
//! φ is made for the whole active part of a frame at the sample rate: a sum of lines at the multiples of its inverse length, with
//! independent Gaussian amplitudes of the tabulated density (Percival 1992, the usual spectral method). A delay is a factor
//! `1 − exp(−j2πfτ)` of each line, exact for fractions of a sample. Chirps of a frame are thus correlated as the low offsets
//! make them; frames are independent, and offsets beyond half the sample rate are taken as filtered.
//!
//! Between delays φ(t) − φ(t − τ) is interpolated: [`Delays`] takes zero and a few Chebyshev nodes over the delays of a frame.

use super::{interpolate, table_problems, within};
use crate::base::Complex64;
use crate::base::random::RandomTree;
use crate::base::yaml::Problem;
use crate::kernels::fft::{self, Fft, FftDirection};
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::{PI, TAU};
use std::sync::Arc;

/// Samples of a frame's oscillator phase, at most: 64 MB a thread.
const MAX_SAMPLES: f64 = (1 << 22) as f64;
/// Admissible error of the interpolation between delays, relative to the phase noise.
const TOLERANCE: f64 = 0.02;
/// Nodes between delays, at most: enough for 10 rad of spread.
const MAX_NODES: usize = 12;

/// Single-sideband phase noise as data sheets give it.
///
/// Straight lines over the logarithm of the offset; constant beyond the ends of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PhaseNoiseSpec {
    /// Offsets from the carrier, Hz, rising; 1..1e10, at least one.
    pub offsets_hz: Vec<f64>,
    /// Level at each, dBc/Hz, −250..0. (AWR1843 at 1 MHz, 77 to 81 GHz: −93 dBc/Hz, data sheet SWRS222.)
    pub levels_dbc_per_hz: Vec<f64>,
}

/// The part of a frame in which the oscillator's phase is sampled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameTimeline {
    /// Time from the first to past the last chirp, s.
    pub active_time_s: f64,
    /// Samples of a chirp.
    pub samples_per_chirp: usize,
    /// Complex sample rate, Hz.
    pub sample_rate_hz: f64,
}

impl PhaseNoiseSpec {
    /// Every value outside its admissible range, for frames of such a time line.
    pub fn problems(&self, frame: &FrameTimeline) -> Vec<Problem> {
        let (offsets, levels) = (&self.offsets_hz, &self.levels_dbc_per_hz);
        let mut out = table_problems(("offsets_hz", offsets), ("levels_dbc_per_hz", levels), 1);
        let entry = |key: &str, i: usize, v, low, high, unit: &str| within(&format!("{key}.{i}"), v, low, high, unit);
        out.extend(offsets.iter().enumerate().filter_map(|(i, &v)| entry("offsets_hz", i, v, 1.0, 1e10, "Hz")));
        out.extend(
            levels.iter().enumerate().filter_map(|(i, &v)| entry("levels_dbc_per_hz", i, v, -250.0, 0.0, "dBc/Hz")),
        );
        let samples = frame.active_time_s * frame.sample_rate_hz;
        if samples > MAX_SAMPLES {
            let message = format!(
                "the chirps of a frame last {samples:.3e} sample periods, phase noise is made for at most {MAX_SAMPLES:.3e}: \
                 fewer loops or a lower sample rate"
            );
            out.push(Problem::new("", message));
        }
        out
    }

    /// One-sided density of the phase at an offset, rad²/Hz: twice the single-sideband level (IEEE Std 1139).
    pub fn density(&self, offset_hz: f64) -> f64 {
        let decades: Vec<f64> = self.offsets_hz.iter().map(|f| f.log10()).collect();
        2.0 * 10f64.powf(interpolate(&decades, &self.levels_dbc_per_hz, offset_hz.log10()) / 10.0)
    }
}

/// Makes the phase noise of frames.
pub struct PhaseNoise {
    fft: Arc<dyn Fft<f64>>,
    /// Standard deviation of the cosine and the sine of each line, rad; line m has the offset `m · spacing`.
    lines: Vec<f64>,
    spacing_hz: f64,
    sample_rate_hz: f64,
}

impl PhaseNoise {
    /// For frames of such a time line; the table must have no problems.
    pub fn new(spec: &PhaseNoiseSpec, frame: &FrameTimeline) -> Self {
        let fs = frame.sample_rate_hz;
        let needed = (frame.active_time_s * fs).ceil() as usize + frame.samples_per_chirp + 1;
        let n = needed.next_power_of_two();
        let spacing_hz = fs / n as f64;
        let line = |m: usize| (spec.density(m as f64 * spacing_hz) * spacing_hz).sqrt();
        // A constant phase cancels in the mixer: no line zero.
        let lines = std::iter::once(0.0).chain((1..n / 2).map(line)).collect();
        Self { fft: fft::plan_f64(n, FftDirection::Inverse), lines, spacing_hz, sample_rate_hz: fs }
    }

    /// The phases `φ(t) − φ(t − τ)` of one frame for each of the delays `delays_s`, rad, at the sample rate from the frame's
    /// start on. The same key and frame give the same φ whatever the delays.
    ///
    /// # Shapes
    /// → `[delay][time]`.
    pub fn tracks(&self, tree: &RandomTree, frame: u64, delays_s: &[f64]) -> Vec<Vec<f64>> {
        let mut stream = tree.stream(frame, "phase_noise");
        let draws: Vec<Complex64> = self
            .lines
            .iter()
            .map(|&deviation| {
                let re: f64 = StandardNormal.sample(&mut stream);
                let im: f64 = StandardNormal.sample(&mut stream);
                Complex64::new(deviation * re, deviation * im)
            })
            .collect();
        // Two real tracks in one complex transform: the second as the imaginary part.
        delays_s.chunks(2).flat_map(|pair| self.two(&draws, pair[0], pair.get(1).copied())).collect()
    }

    fn two(&self, draws: &[Complex64], first_s: f64, second_s: Option<f64>) -> Vec<Vec<f64>> {
        let n = 2 * draws.len();
        let mut spectrum = vec![Complex64::new(0.0, 0.0); n];
        let delayed = |m: usize, delay_s: f64| {
            let angle = TAU * (m as f64 * self.spacing_hz * delay_s).fract();
            draws[m] * Complex64::new(1.0 - angle.cos(), angle.sin()) * 0.5
        };
        let j = Complex64::new(0.0, 1.0);
        for m in 1..draws.len() {
            let x = delayed(m, first_s);
            let y = second_s.map_or(Complex64::new(0.0, 0.0), |s| delayed(m, s));
            spectrum[m] = x + j * y;
            spectrum[n - m] = x.conj() + j * y.conj();
        }
        self.fft.process(&mut spectrum);
        let first = spectrum.iter().map(|z| z.re).collect();
        let second = second_s.map(|_| spectrum.iter().map(|z| z.im).collect());
        std::iter::once(first).chain(second).collect()
    }

    /// Place in a track of the sample that is taken `time_s` after the frame's start: the nearest.
    pub fn index(&self, time_s: f64) -> usize {
        ((time_s * self.sample_rate_hz).round().max(0.0) as usize).min(2 * self.lines.len() - 1)
    }

    /// Largest offset that is modelled, Hz.
    pub fn largest_offset_hz(&self) -> f64 {
        0.5 * self.sample_rate_hz
    }
}

/// Delays between which the phase noise of a frame is interpolated: zero, where it vanishes, and Chebyshev nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct Delays {
    nodes_s: Vec<f64>,
}

impl Delays {
    /// Nodes for delays from `low_s` (≥ 0) to `high_s` and offsets up to `offset_hz`: as few as keep the error of
    /// `1 − exp(−j2πfτ)` below 2 % of its size.
    ///
    /// The polynomial through zero and n Chebyshev nodes misses at most `x Π|x − xᵢ| / (n + 1)!` with x = 2πfτ, and
    /// `Π|x − xᵢ| ≤ 2 (spread / 4)ⁿ`; the function itself is at least `2x/π` up to x = π.
    pub fn between(low_s: f64, high_s: f64, offset_hz: f64) -> Self {
        let spread = TAU * offset_hz * (high_s - low_s);
        let mut error = PI;
        let mut n = 0;
        while n == 0 || (error > TOLERANCE && n < MAX_NODES) {
            n += 1;
            error *= spread / 4.0 / (n + 1) as f64;
        }
        let (middle, half) = (0.5 * (low_s + high_s), 0.5 * (high_s - low_s));
        // A frame in which everything has delay zero still has a node to divide by.
        let node = |j: usize| (middle + half * (PI * (2 * j + 1) as f64 / (2 * n) as f64).cos()).max(1e-15);
        Self { nodes_s: (0..n).map(node).collect() }
    }

    /// The nodes, s.
    pub fn nodes_s(&self) -> &[f64] {
        &self.nodes_s
    }

    /// Share of node `k` in the phase noise at the delay `delay_s`.
    pub fn share(&self, k: usize, delay_s: f64) -> f64 {
        let own = self.nodes_s[k];
        let others = self.nodes_s.iter().enumerate().filter(|(i, _)| *i != k);
        delay_s / own * others.map(|(_, node)| (delay_s - node) / (own - node)).product::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolation_between_delays_keeps_its_tolerance() {
        let mut most = 0;
        for (low, high, offset) in [(15e-9, 18e-9, 2.2e6), (0.0, 73e-9, 2.2e6), (3e-9, 300e-9, 5e6), (5e-9, 5e-9, 1e6)]
        {
            let delays = Delays::between(low, high, offset);
            most = most.max(delays.nodes_s().len());
            let cancelled = |tau: f64, f: f64| {
                let angle = TAU * f * tau;
                Complex64::new(1.0 - angle.cos(), angle.sin())
            };
            for i in 0..=50 {
                let tau = low + (high - low) * f64::from(i) / 50.0;
                // Above half a turn the function comes back to zero, and only its size elsewhere is a measure.
                let f = offset.min(0.5 / tau.max(1e-12));
                let got: Complex64 =
                    (0..delays.nodes_s().len()).map(|k| cancelled(delays.nodes_s()[k], f) * delays.share(k, tau)).sum();
                let want = cancelled(tau, f);
                let error = (got - want).norm();
                assert!(error <= TOLERANCE * want.norm() + 1e-12, "{low}..{high} at {tau}: {error} of {}", want.norm());
            }
        }
        assert!(most > 3, "the widest spread took only {most} nodes");
    }
}
