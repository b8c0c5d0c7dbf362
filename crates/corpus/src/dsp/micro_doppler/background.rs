//! What stands out of a spectrogram: without its strongest components, above its noise.

use crate::dsp::DspError;
use crate::dsp::cfar::CfarConfig;
use nalgebra::DMatrix;
use ndarray::Array2;

/// The map less its `count` strongest singular components, as amplitudes, at least 0: lines that stay as they are over time, such as
/// what stands still and hums, are of few components (Chen et al., Electronics 2025, section 4.2.1, with three). The longer a movement lasts
/// alike, the more of it goes as well.
///
/// # Shapes
/// `power[velocity, time]` to the same.
pub fn without_components(power: &Array2<f32>, count: usize) -> Array2<f32> {
    if count == 0 || power.is_empty() {
        return power.clone();
    }
    let (rows, columns) = power.dim();
    let amplitude = DMatrix::from_fn(rows, columns, |r, c| f64::from(power[[r, c]].max(0.0)).sqrt());
    let svd = amplitude.clone().svd(true, true);
    let (Some(u), Some(v)) = (svd.u, svd.v_t) else { return power.clone() };
    let mut order: Vec<usize> = (0..svd.singular_values.len()).collect();
    order.sort_by(|&a, &b| svd.singular_values[b].total_cmp(&svd.singular_values[a]));
    let mut rest = amplitude;
    for &k in order.iter().take(count) {
        rest -= (u.column(k) * v.row(k)) * svd.singular_values[k];
    }
    Array2::from_shape_fn((rows, columns), |(r, c)| rest[(r, c)].max(0.0).powi(2) as f32)
}

/// The map with 0 where a cell does not stand out of the noise around it along velocity, column by column.
///
/// # Shapes
/// `power[velocity, time]` to the same.
///
/// # Errors
/// Settings that fit no axis of that many velocities.
pub fn above_noise(power: &Array2<f32>, cfar: &CfarConfig) -> Result<Array2<f32>, DspError> {
    cfar.check(power.nrows())?;
    let factor = 10f32.powf(cfar.threshold_db as f32 / 10.0);
    let mut out = power.clone();
    for mut column in out.columns_mut() {
        let levels = column.to_vec();
        let noise = cfar.noise(&levels);
        column
            .iter_mut()
            .zip(&noise)
            .filter(|(value, noise)| **value < **noise * factor)
            .for_each(|(value, _)| *value = 0.0);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::dsp::cfar::CfarMode;

    /// Three lines that hum at rates of their own, and one cell a column of something that passes by.
    fn map(passes: f32) -> Array2<f32> {
        Array2::from_shape_fn((40, 60), |(r, c)| {
            let hum = |row: usize, rate: f32| if r == row { 2.0 + (rate * c as f32).sin() } else { 0.0 };
            let line = hum(5, 0.3) + hum(18, 0.7) + hum(30, 1.1);
            let passing = if r == (c * 40) / 60 && ![5, 18, 30].contains(&r) { passes } else { 0.0 };
            (line + passing).powi(2)
        })
    }

    #[test]
    fn three_components_are_three_lines_and_what_passes_by_stays() {
        let gone = without_components(&map(0.0), 3);
        assert!(gone.iter().all(|v| *v < 1e-9), "{}", gone.iter().copied().fold(0.0, f32::max));
        let left = without_components(&map(0.5), 3);
        let cell = |r: usize, c: usize| left[[r, c]];
        for c in (0..60).filter(|c| ![5, 18, 30].contains(&(c * 40 / 60))) {
            assert!((cell(c * 40 / 60, c) - 0.25).abs() < 0.1, "column {c}: {}", cell(c * 40 / 60, c));
            assert!(cell(18, c) < 0.02, "column {c}: {}", cell(18, c));
        }
        assert_eq!(without_components(&map(0.5), 0), map(0.5));
    }

    #[test]
    fn cells_stay_where_they_stand_out_of_the_greater_side() {
        let cfar = CfarConfig {
            mode: CfarMode::GreatestOf,
            noise_cells: 4,
            guard_cells: 1,
            threshold_db: 6.0,
            quantile: 0.75,
            cyclic: true,
        };
        // Noise of 1 below row 20 and of 10 above; a cell of 8 stands out of the one and not of the other.
        let power = Array2::from_shape_fn((40, 2), |(r, c)| match (r, c) {
            (10, 0) | (19, 1) => 8.0,
            (r, _) if r < 20 => 1.0,
            _ => 10.0,
        });
        let found = above_noise(&power, &cfar).unwrap();
        assert_eq!(found[[10, 0]], 8.0);
        assert_eq!(found[[19, 1]], 0.0, "beside the edge the greater side counts");
        assert_eq!(found.iter().filter(|v| **v > 0.0).count(), 1);
        let refused = above_noise(&power, &CfarConfig { noise_cells: 30, ..cfar }).unwrap_err().to_string();
        assert!(refused.contains("noise_cells"), "{refused}");
    }
}
