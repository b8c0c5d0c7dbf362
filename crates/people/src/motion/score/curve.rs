//! Monotone cubic through knots: no overshoot between keys, and equal knots make a hold.

/// Piecewise cubic Hermite curve with the slopes of Fritsch and Carlson (1980, "Monotone piecewise cubic
/// interpolation", SIAM J. Numer. Anal. 17, §4: projection onto the circle of radius 3). Constant beyond its ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Curve {
    times: Vec<f64>,
    values: Vec<f64>,
    slopes: Vec<f64>,
}

impl Curve {
    /// A curve that keeps one value.
    pub(super) fn constant(value: f64) -> Self {
        Self { times: vec![0.0], values: vec![value], slopes: vec![0.0] }
    }

    /// A curve through `(time, value)` knots in increasing order of time; knots that are not later than the one before are
    /// left out. The slope is zero at both ends.
    pub(super) fn through(knots: &[(f64, f64)]) -> Self {
        let mut times: Vec<f64> = Vec::with_capacity(knots.len());
        let mut values = Vec::with_capacity(knots.len());
        for &(time, value) in knots {
            if times.last().is_none_or(|&last| time > last + 1e-9) {
                times.push(time);
                values.push(value);
            }
        }
        if times.is_empty() || values.iter().all(|v| *v == values[0]) {
            return Self::constant(values.first().copied().unwrap_or(0.0));
        }
        let n = times.len();
        let secant: Vec<f64> = (1..n).map(|i| (values[i] - values[i - 1]) / (times[i] - times[i - 1])).collect();
        let mut slopes = vec![0.0; n];
        for i in 1..n - 1 {
            let (a, b) = (secant[i - 1], secant[i]);
            if a * b > 0.0 {
                // Three-point slope: the derivative of the parabola through the neighbours.
                let (ha, hb) = (times[i] - times[i - 1], times[i + 1] - times[i]);
                slopes[i] = (hb * a + ha * b) / (ha + hb);
            }
        }
        for i in 0..n - 1 {
            let d = secant[i];
            if d == 0.0 {
                slopes[i] = 0.0;
                slopes[i + 1] = 0.0;
                continue;
            }
            let (alpha, beta) = (slopes[i] / d, slopes[i + 1] / d);
            let norm = alpha.hypot(beta);
            if norm > 3.0 {
                slopes[i] = 3.0 / norm * alpha * d;
                slopes[i + 1] = 3.0 / norm * beta * d;
            }
        }
        Self { times, values, slopes }
    }

    /// Value at `time`.
    pub(super) fn at(&self, time: f64) -> f64 {
        let n = self.times.len();
        if n == 1 || time <= self.times[0] {
            return self.values[0];
        }
        if time >= self.times[n - 1] {
            return self.values[n - 1];
        }
        let i = self.times.partition_point(|t| *t <= time) - 1;
        let h = self.times[i + 1] - self.times[i];
        let u = (time - self.times[i]) / h;
        let (p0, p1) = (self.values[i], self.values[i + 1]);
        let (m0, m1) = (self.slopes[i] * h, self.slopes[i + 1] * h);
        // Horner form; exact at a hold, where both differences are zero.
        p0 + u * (m0 + u * (3.0 * (p1 - p0) - 2.0 * m0 - m1 + u * (m0 + m1 - 2.0 * (p1 - p0))))
    }
}

/// Rises from 0 to 1 with no velocity at the ends.
pub(super) fn smooth_step(u: f64) -> f64 {
    let u = u.clamp(0.0, 1.0);
    u * u * (3.0 - 2.0 * u)
}

/// Rises from 0 to 1 with neither velocity nor acceleration at the ends: the minimum-jerk profile of reaching hands
/// (Flash and Hogan 1985, eq. 3).
pub(super) fn minimum_jerk(u: f64) -> f64 {
    let u = u.clamp(0.0, 1.0);
    u * u * u * (10.0 + u * (6.0 * u - 15.0))
}

/// Smooth stand-in for `max(x, 0)` that is never below it (softplus with transition width `width`).
pub(super) fn soft_positive(x: f64, width: f64) -> f64 {
    let u = x / width;
    if u > 30.0 { x } else { width * u.exp().ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monotone_knots_give_a_monotone_curve_and_equal_knots_a_hold() {
        let curve = Curve::through(&[(0.0, 0.0), (0.1, 0.0), (0.2, 5.0), (1.0, 5.1), (1.5, 5.1), (2.0, 0.0)]);
        let mut last = curve.at(0.0);
        for i in 0..=1000 {
            let value = curve.at(f64::from(i) * 1e-3);
            assert!(value >= last - 1e-12 && value <= 5.1 + 1e-12, "overshoot at {i}");
            last = value;
        }
        assert_eq!(curve.at(0.05), 0.0);
        assert_eq!(curve.at(1.3), 5.1);
        assert_eq!(curve.at(9.0), 0.0);
    }
}
