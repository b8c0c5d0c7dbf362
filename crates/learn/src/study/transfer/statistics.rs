//! Paired t-tests.

use serde::Serialize;

/// A paired t-test (Student 1908).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PairedTest {
    /// Pairs.
    pub pairs: usize,
    /// Mean of the differences.
    pub mean: f64,
    /// Their mean over its standard error; 0 where all differences are 0, infinite where they are all alike otherwise.
    pub t: f64,
    /// Probability, by both tails, of a t at least as far from 0 where nothing differs.
    pub p: f64,
}

/// The test of differences; none of fewer than two.
pub fn paired_test(differences: &[f64]) -> Option<PairedTest> {
    let n = differences.len() as f64;
    if differences.len() < 2 {
        return None;
    }
    let mean = differences.iter().sum::<f64>() / n;
    let variance = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
    // Differences that are alike to the last bits have rounding for a spread.
    let error = if variance.sqrt() > 1e-12 * mean.abs() { (variance / n).sqrt() } else { 0.0 };
    let t = if mean == 0.0 { 0.0 } else { mean / error };
    Some(PairedTest { pairs: differences.len(), mean, t, p: both_tails(t, n - 1.0) })
}

/// `I_x(ν/2, ½)` with `x = ν / (ν + t²)` (Abramowitz and Stegun 26.7.1 and 26.5.27).
fn both_tails(t: f64, freedom: f64) -> f64 {
    if t.is_infinite() { 0.0 } else { incomplete_beta(freedom / (freedom + t * t), 0.5 * freedom, 0.5) }
}

/// What a divisor is in place of 0.
const TINY: f64 = 1e-300;

/// The regularised incomplete beta function by its continued fraction (Abramowitz and Stegun 26.5.8) after Lentz.
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp() / a;
    let kept = |v: f64| if v.abs() < TINY { TINY } else { v };
    let (mut c, mut d) = (1.0, 1.0 / kept(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for m in 1..500 {
        let k = f64::from(m);
        let even = k * (b - k) * x / ((a + 2.0 * k - 1.0) * (a + 2.0 * k));
        let odd = -(a + k) * (a + b + k) * x / ((a + 2.0 * k) * (a + 2.0 * k + 1.0));
        let mut last = 1.0;
        for step in [even, odd] {
            d = 1.0 / kept(1.0 + step * d);
            c = kept(1.0 + step / c);
            last = c * d;
            fraction *= last;
        }
        if (last - 1.0).abs() < 1e-15 {
            break;
        }
    }
    front * fraction
}

/// ln Γ by Lanczos' sum with g = 7 and nine terms.
fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let sum = (1..).zip(TERMS).fold(0.999_999_999_999_809_9, |sum, (i, term)| sum + term / (x + f64::from(i)));
    let t = x + 7.5;
    0.5 * std::f64::consts::TAU.ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn tails_are_those_of_closed_forms_and_tables() {
        for t in [0.1_f64, 1.0, 3.0, 40.0] {
            // One and two degrees of freedom.
            let one = 1.0 - std::f64::consts::FRAC_2_PI * t.atan();
            assert!((both_tails(t, 1.0) - one).abs() < 1e-12, "{t}");
            assert!((both_tails(-t, 2.0) - (1.0 - t / (2.0 + t * t).sqrt())).abs() < 1e-12, "{t}");
        }
        // Abramowitz and Stegun, table 26.10.
        for (freedom, t, p) in [(4.0, 2.776, 0.05), (10.0, 3.169, 0.01), (17.0, 2.110, 0.05), (30.0, 3.646, 0.001)] {
            assert!((both_tails(t, freedom) / p - 1.0).abs() < 2e-3, "{freedom}");
        }
    }

    #[test]
    fn differences_are_tested_in_pairs() {
        // Student's own example of two soporifics (1908): mean 1.58, t = 4.0621 of 9 degrees of freedom.
        let sleep = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4];
        let found = paired_test(&sleep).unwrap();
        assert_eq!(found.pairs, 10);
        assert!((found.mean - 1.58).abs() < 1e-12 && (found.t - 4.0621).abs() < 1e-4, "{found:?}");
        assert!((found.p - 0.002833).abs() < 1e-6, "{found:?}");
        assert!(paired_test(&[0.3]).is_none());
        let same = paired_test(&[0.0, 0.0]).unwrap();
        assert!(same.t == 0.0 && same.p == 1.0);
        assert_eq!(paired_test(&[0.1, 0.1, 0.1]).unwrap().p, 0.0);
    }
}
