//! Round numbers along an axis.

/// Where an axis begins and ends, and its round values between.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ticks {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) values: Vec<f64>,
    log: bool,
}

impl Ticks {
    /// Ticks at 1, 2 or 5 times a power of ten, about `count` of them, with the ends of the axis on ticks.
    pub(super) fn linear(low: f64, high: f64, count: usize) -> Self {
        let (low, high) = if high > low { (low, high) } else { widen(low) };
        let raw = (high - low) / count.max(1) as f64;
        let power = 10_f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= raw * 0.999).unwrap_or(raw);
        let first = (low / step + 1e-9).floor() as i64;
        let last = (high / step - 1e-9).ceil() as i64;
        // Multiplied rather than added up, so that 0.3 is not 0.30000000000000004 of rounding errors.
        let values: Vec<f64> = (first..=last).map(|i| i as f64 * step).collect();
        Self { low: first as f64 * step, high: last as f64 * step, values, log: false }
    }

    /// Ticks at powers of ten, and at 2 and 5 between where there are few powers; the ends of the axis are the nearest
    /// 1, 2 or 5 beyond the data. Both ends positive.
    pub(super) fn logarithmic(low: f64, high: f64) -> Self {
        let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
        let grid = |stride: usize, multiples: &'static [f64]| {
            let powers = (first..=last).step_by(stride);
            powers.flat_map(move |p| multiples.iter().map(move |m| m * 10_f64.powi(p)))
        };
        let fine = || grid(1, &[1.0, 2.0, 5.0]);
        let low = fine().filter(|v| *v <= low * 1.001).last().unwrap_or(low);
        let high = fine().find(|v| *v >= high * 0.999 && *v > low).unwrap_or(high.max(low * 10.0));
        let within = |v: &f64| *v >= low * 0.999 && *v <= high * 1.001;
        let values = match last - first {
            0..=3 => fine().filter(within).collect(),
            decades => grid(decades as usize / 6 + 1, &[1.0]).filter(within).collect(),
        };
        Self { low, high, values, log: true }
    }

    /// Position of a value along the axis, 0 to 1.
    pub(super) fn position(&self, value: f64) -> f64 {
        if self.log {
            (value.ln() - self.low.ln()) / (self.high.ln() - self.low.ln())
        } else {
            (value - self.low) / (self.high - self.low)
        }
    }
}

/// An interval around a single value.
fn widen(value: f64) -> (f64, f64) {
    let half = if value == 0.0 { 1.0 } else { value.abs() * 0.5 };
    (value - half, value + half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_enclose_the_data() {
        let t = Ticks::linear(0.13, 0.94, 5);
        assert_eq!((t.low, t.high), (0.0, 1.0));
        assert_eq!(t.values, [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        assert_eq!(t.position(0.5), 0.5);
        assert!(Ticks::linear(3.0, 3.0, 4).values.len() > 1);
    }

    #[test]
    fn decades_are_ticks_of_a_log_axis() {
        let t = Ticks::logarithmic(0.011, 95.0);
        assert!((t.low - 0.01).abs() < 1e-12 && t.high == 100.0 && t.values.len() == 5, "{t:?}");
        assert!((t.position(1.0) - 0.5).abs() < 1e-12);
        assert_eq!(Ticks::logarithmic(1.2, 4.0).values, [1.0, 2.0, 5.0]);
        let one = Ticks::logarithmic(2.0, 2.0);
        assert_eq!((one.low, one.high), (2.0, 5.0));
    }
}
