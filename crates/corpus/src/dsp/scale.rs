//! From power to the picture values of a model: decibels below the peak, in [−1, 1].

use ndarray::Array2;

/// Scales power to [−1, 1]: the peak becomes 1, `dynamic_range_db` below it and everything weaker −1.
///
/// Multiplying the signal by a constant changes nothing. A map without any power is −1 everywhere.
pub fn log_scaled(power: &Array2<f32>, dynamic_range_db: f64) -> Array2<f32> {
    let peak = power.iter().fold(0.0f32, |a, &b| a.max(b));
    if peak <= 0.0 {
        return Array2::from_elem(power.raw_dim(), -1.0);
    }
    scaled_below(power, peak, dynamic_range_db)
}

/// The same below a stated power, which becomes 1 as everything above it does: what maps differ by in level stays.
pub fn log_scaled_below(power: &Array2<f32>, reference_db: f64, dynamic_range_db: f64) -> Array2<f32> {
    scaled_below(power, 10f64.powf(reference_db / 10.0) as f32, dynamic_range_db)
}

fn scaled_below(power: &Array2<f32>, full: f32, dynamic_range_db: f64) -> Array2<f32> {
    let range = dynamic_range_db as f32;
    power.mapv(|p| {
        let db = 10.0 * (p / full).max(1e-30).log10();
        (2.0 * (db / range + 1.0) - 1.0).clamp(-1.0, 1.0)
    })
}

/// Decibels of power, those of no power at all 300 below the peak.
pub fn decibels(power: &Array2<f32>) -> Array2<f32> {
    let peak = power.iter().fold(0.0f32, |a, &b| a.max(b));
    let floor = (peak * 1e-30).max(f32::MIN_POSITIVE);
    power.mapv(|p| 10.0 * p.max(floor).log10())
}

/// Stretches values from the least at −1 to the greatest at 1; −1 everywhere where all are one.
pub fn min_max_scaled(values: &Array2<f32>) -> Array2<f32> {
    let (low, high) = values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)));
    if high > low { values.mapv(|v| 2.0 * (v - low) / (high - low) - 1.0) } else { values.mapv(|_| -1.0) }
}

/// Scales amounts (such as counts) to [−1, 1] logarithmically: 0 becomes −1, `full` and everything above it 1.
pub fn amount_scaled(amount: &Array2<f32>, full: f64) -> Array2<f32> {
    let top = (full as f32).ln_1p();
    if top <= 0.0 {
        return Array2::from_elem(amount.raw_dim(), -1.0);
    }
    amount.mapv(|a| (2.0 * a.max(0.0).ln_1p() / top - 1.0).clamp(-1.0, 1.0))
}
