//! From an even clock to the times of packets: a sinc under a Kaiser window (Kaiser & Schafer 1980).
//!
//! Series whose band ends at 0.4 of their rate are met within 3e-3 by sixteen taps.

/// Samples on either side of a time that count.
pub(super) const REACH: usize = 8;
/// Rate of a clock over the largest frequency of a series on it.
pub(super) const RATE: f64 = 2.5;
/// Shape of the window: 50 dB, and a flank that ends at 0.4 of the rate.
const BETA: f64 = 4.7;

/// An even clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Clock {
    pub(super) start_s: f64,
    pub(super) rate_hz: f64,
    pub(super) count: usize,
}

impl Clock {
    /// One that serves for all times from `first_s` to `last_s`.
    pub(super) fn over(first_s: f64, last_s: f64, rate_hz: f64) -> Self {
        let count = ((last_s - first_s) * rate_hz).ceil() as usize + 2 * REACH + 1;
        Self { start_s: first_s - REACH as f64 / rate_hz, rate_hz, count }
    }

    pub(super) fn time_s(&self, i: usize) -> f64 {
        self.start_s + i as f64 / self.rate_hz
    }

    /// The first sample that counts at a time, and the weights of it and the following ones.
    pub(super) fn weights(&self, time_s: f64) -> (usize, [f64; 2 * REACH]) {
        let place = (time_s - self.start_s) * self.rate_hz;
        let first = ((place.floor() as usize + 1).saturating_sub(REACH)).min(self.count - 2 * REACH);
        let mut out = [0.0; 2 * REACH];
        for (i, w) in out.iter_mut().enumerate() {
            let x = (first + i) as f64 - place;
            let y = x / REACH as f64;
            if y.abs() < 1.0 {
                *w = sinc(x) * bessel(BETA * (1.0 - y * y).sqrt()) / bessel(BETA);
            }
        }
        // Constants stay what they are.
        let sum: f64 = out.iter().sum();
        out.iter_mut().for_each(|w| *w /= sum);
        (first, out)
    }
}

fn sinc(x: f64) -> f64 {
    let y = std::f64::consts::PI * x;
    if y.abs() < 1e-6 { 1.0 - y * y / 6.0 } else { y.sin() / y }
}

/// The modified Bessel function I₀.
fn bessel(x: f64) -> f64 {
    let quarter = 0.25 * x * x;
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > 1e-12 * sum {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    #[test]
    fn tones_within_the_band_are_met_at_any_time() {
        let clock = Clock::over(0.2, 1.1, 300.0);
        for (hz, bound) in [(0.0, 1e-12), (13.0, 4e-3), (60.0, 4e-3), (100.0, 4e-3), (120.0, 4e-3)] {
            let wave = |t: f64| (TAU * hz * t + 0.3).cos();
            let worst = (0..500).map(|i| {
                let t = 0.2 + 0.9 * f64::from(i) / 499.0;
                let (first, weights) = clock.weights(t);
                let got: f64 = weights.iter().enumerate().map(|(j, w)| w * wave(clock.time_s(first + j))).sum();
                (got - wave(t)).abs()
            });
            let worst = worst.fold(0.0, f64::max);
            assert!(worst < bound, "{hz} Hz: {worst:e}");
        }
    }
}
