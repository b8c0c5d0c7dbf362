//! The natural cubic spline through points at any times.

use super::Vec3;

/// A curve with continuous velocity and acceleration through given points; the acceleration is zero at both ends, before and
/// after which it stands still.
#[derive(Clone, Debug, PartialEq)]
pub struct Spline {
    times: Vec<f64>,
    points: Vec<Vec3>,
    /// Second derivatives at the points.
    bends: Vec<Vec3>,
}

impl Spline {
    /// The spline through `points[i]` at `times[i]`; `None` unless there is one or more of both, equally many, all finite, and the
    /// times rise.
    pub fn through(times: Vec<f64>, points: Vec<Vec3>) -> Option<Self> {
        let finite = times.iter().all(|t| t.is_finite()) && points.iter().flatten().all(|x| x.is_finite());
        if times.is_empty() || times.len() != points.len() || !finite || times.windows(2).any(|w| w[0] >= w[1]) {
            return None;
        }
        let bends = bends(&times, &points);
        Some(Self { times, points, bends })
    }

    /// The point at time `t`.
    pub fn at(&self, t: f64) -> Vec3 {
        let last = self.times.len() - 1;
        let i = self.times.partition_point(|x| *x <= t);
        if i == 0 {
            return self.points[0];
        }
        if i > last {
            return self.points[last];
        }
        let h = self.times[i] - self.times[i - 1];
        let (a, b) = ((self.times[i] - t) / h, (t - self.times[i - 1]) / h);
        let cubic = |x: f64| (x * x * x - x) * h * h / 6.0;
        self.points[i - 1] * a + self.points[i] * b + self.bends[i - 1] * cubic(a) + self.bends[i] * cubic(b)
    }
}

/// Second derivatives of the natural spline: a tridiagonal system, by elimination without pivots (it is diagonally dominant).
fn bends(times: &[f64], points: &[Vec3]) -> Vec<Vec3> {
    let n = times.len();
    let mut bends = vec![Vec3::zeros(); n];
    let mut upper = vec![0.0; n];
    for i in 1..n.saturating_sub(1) {
        let (before, after) = (times[i] - times[i - 1], times[i + 1] - times[i]);
        let jump = ((points[i + 1] - points[i]) / after - (points[i] - points[i - 1]) / before) * 6.0;
        let pivot = 2.0 * (before + after) - before * upper[i - 1];
        upper[i] = after / pivot;
        bends[i] = (jump - bends[i - 1] * before) / pivot;
    }
    for i in (1..n.saturating_sub(1)).rev() {
        bends[i] = bends[i] - bends[i + 1] * upper[i];
    }
    bends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_between_uneven_keys_is_met() {
        let times: Vec<f64> = (0..41).map(|i| f64::from(i) * 0.1 + 0.02 * f64::from(i % 3)).collect();
        let sine = |t: f64| Vec3::new((2.0 * t).sin(), (2.0 * t).cos(), t);
        let spline = Spline::through(times.clone(), times.iter().map(|t| sine(*t)).collect()).unwrap();
        let h = 1e-4;
        for i in 10..30 {
            let t = f64::from(i) * 0.1 + 0.037;
            assert!((spline.at(t) - sine(t)).norm() < 2e-5, "{t}");
            let speed = (spline.at(t + h) - spline.at(t - h)) / (2.0 * h);
            let want = Vec3::new(2.0 * (2.0 * t).cos(), -2.0 * (2.0 * t).sin(), 1.0);
            assert!((speed - want).norm() < 1.5e-3, "{t}: {speed} instead of {want}");
        }
        assert_eq!(spline.at(-1.0), sine(times[0]));
        let line = Spline::through(vec![0.0, 2.0], vec![Vec3::zeros(), Vec3::x()]).unwrap();
        assert!((line.at(0.5) - Vec3::x() * 0.25).norm() < 1e-15);
        assert!(Spline::through(vec![1.0, 1.0], vec![Vec3::zeros(); 2]).is_none());
    }
}
