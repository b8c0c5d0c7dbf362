//! A pendulum under gravity in closed form.

use std::f64::consts::{FRAC_PI_2, TAU};

/// Standard acceleration of gravity, m/s² (CGPM 1901).
const GRAVITY: f64 = 9.806_65;

/// A pendulum of any amplitude below 180°.
///
/// `θ(t) = 2 asin(k sn(4K t/T, k))` with `k = sin(θ₀/2)`, the complete elliptic integral K(k) and the period `T = 4K √(l/g)`
/// (e.g. Beléndez et al. 2007, Rev. Bras. Ens. Fís. 29, 645, eqs. 10 and 16; sn as in Abramowitz and Stegun 16.4).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pendulum {
    /// `sin(θ₀/2)`.
    modulus: f64,
    /// Complete elliptic integral of the modulus.
    quarter: f64,
    period_s: f64,
    /// Cycles at time 0.
    phase: f64,
}

impl Pendulum {
    /// `amplitude_rad` above 0 and below π; `period_s` in place of that of gravity. At phase 0 it goes through its lowest place.
    pub(super) fn new(length_m: f64, amplitude_rad: f64, period_s: Option<f64>, phase_rad: f64) -> Self {
        let modulus = (0.5 * amplitude_rad).sin();
        let quarter = FRAC_PI_2 / *means(modulus).0.last().unwrap_or(&1.0);
        let period_s = period_s.unwrap_or(4.0 * quarter * (length_m / GRAVITY).sqrt());
        Self { modulus, quarter, period_s, phase: phase_rad / TAU }
    }

    /// The angle from the vertical at `time_s`, rad.
    pub(super) fn angle(&self, time_s: f64) -> f64 {
        let cycles = time_s / self.period_s + self.phase;
        let u = 4.0 * self.quarter * (cycles - cycles.round());
        2.0 * (self.modulus * sine_amplitude(u, self.modulus)).asin()
    }
}

/// Arithmetic-geometric means of 1 and √(1 − k²), and half the differences that led to them.
fn means(modulus: f64) -> (Vec<f64>, Vec<f64>) {
    let (mut a, mut b) = (1.0, (1.0 - modulus * modulus).sqrt());
    let (mut all, mut halves) = (vec![a], vec![modulus]);
    while f64::abs(a - b) > 1e-16 && all.len() < 16 {
        let half = 0.5 * (a - b);
        (a, b) = (0.5 * (a + b), (a * b).sqrt());
        all.push(a);
        halves.push(half);
    }
    (all, halves)
}

/// Jacobi's sn(u, k) by descending Landen steps.
fn sine_amplitude(u: f64, modulus: f64) -> f64 {
    let (all, halves) = means(modulus);
    let last = all.len() - 1;
    let mut phi = (1u32 << last) as f64 * all[last] * u;
    for i in (1..=last).rev() {
        phi = 0.5 * (phi + (halves[i] / all[i] * phi.sin()).asin());
    }
    phi.sin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_energy_is_kept_at_any_amplitude() {
        for degrees in [0.5, 10.0, 60.0, 120.0, 170.0] {
            let (length, amplitude) = (0.8, f64::to_radians(degrees));
            let pendulum = Pendulum::new(length, amplitude, None, 0.3);
            let energy = |t: f64| {
                let h = 1e-4;
                let rate = (8.0 * (pendulum.angle(t + h) - pendulum.angle(t - h)) - pendulum.angle(t + 2.0 * h)
                    + pendulum.angle(t - 2.0 * h))
                    / (12.0 * h);
                0.5 * rate * rate + GRAVITY / length * (1.0 - pendulum.angle(t).cos())
            };
            let want = GRAVITY / length * (1.0 - amplitude.cos());
            for i in 0..200 {
                let got = energy(f64::from(i) * 0.0371);
                assert!((got / want - 1.0).abs() < 1e-7, "{degrees} degrees, {i}: {got} instead of {want}");
            }
        }
    }

    /// Periods over those of small swings: the series 1 + θ₀²/16 + 11 θ₀⁴/3072 + 173 θ₀⁶/737280, and from Abramowitz and Stegun, table
    /// 17.2, K(45°) = 1.85407 and K(75°) = 2.76806.
    #[test]
    fn periods_are_those_of_the_elliptic_integral() {
        let ratio = |amplitude: f64| Pendulum::new(1.0, amplitude, None, 0.0).period_s / (TAU * (1.0 / GRAVITY).sqrt());
        let a = 0.2_f64;
        let series = 1.0 + a.powi(2) / 16.0 + 11.0 * a.powi(4) / 3072.0 + 173.0 * a.powi(6) / 737_280.0;
        assert!((ratio(a) - series).abs() < 1e-8);
        assert!((ratio(FRAC_PI_2) - 1.854_07 / FRAC_PI_2).abs() < 1e-5, "{}", ratio(FRAC_PI_2));
        assert!((ratio(150f64.to_radians()) - 2.768_06 / FRAC_PI_2).abs() < 1e-5, "{}", ratio(150f64.to_radians()));
    }

    #[test]
    fn small_swings_are_sines_and_a_given_period_is_kept() {
        let pendulum = Pendulum::new(1.0, 1e-3, Some(2.5), 0.0);
        for i in 0..100 {
            let t = f64::from(i) * 0.1;
            assert!((pendulum.angle(t) - 1e-3 * (TAU * t / 2.5).sin()).abs() < 1e-9);
        }
    }
}
