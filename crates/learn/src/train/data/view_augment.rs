//! Changes to one view by its name, each of them that of a sensor.

use crate::base::random::Stream;
use crate::train::TrainError;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much a view `[row, time]` is changed; 0 switches a change off. The default is off.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ViewAugment {
    /// Share of its length by which time is stretched or pressed about the middle, at most, 0 to 0.5; what then lies beyond shows the view's
    /// smallest value.
    pub time_warp: f64,
    /// Bands of rows that show the view's smallest value, 0 to 64.
    pub row_bands: usize,
    /// Height of a band as a share of the rows, at most, above 0 to 0.5. Without it an eighth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub band_share: Option<f64>,
    /// Angle added to each value of a view of phases in radians, at most (either way), degrees, 0 to 180.
    pub phase_jitter_deg: f64,
    /// Probability that a row shows its mean alone, as a subcarrier that is not there, 0 to 0.9.
    pub row_drop: f64,
}

/// Height of a band where nothing is said.
const BAND: f64 = 0.125;

impl ViewAugment {
    /// Every setting inside its range, or the first that is not; `name` is that of the view.
    pub(super) fn check(&self, name: &str) -> Result<(), TrainError> {
        let fail = |field: &str, found: String, expected: &str| {
            let field = format!("augment.views.{name}.{field}");
            Err(TrainError::Config { field, found, expected: expected.into() })
        };
        let numbers = [
            ("time_warp", self.time_warp, 0.5),
            ("phase_jitter_deg", self.phase_jitter_deg, 180.0),
            ("row_drop", self.row_drop, 0.9),
        ];
        for (field, value, most) in numbers {
            if !(0.0..=most).contains(&value) {
                return fail(field, value.to_string(), &format!("0 to {most}"));
            }
        }
        if self.row_bands > 64 {
            return fail("row_bands", self.row_bands.to_string(), "0 to 64");
        }
        match self.band_share {
            Some(share) if !(share > 0.0 && share <= 0.5) => {
                fail("band_share", share.to_string(), "above 0, at most 0.5")
            }
            _ => Ok(()),
        }
    }

    /// Changes the values of a sample in place.
    ///
    /// # Shapes
    /// `values[row · column]`, row-major.
    pub(super) fn apply(&self, values: &mut [f32], [rows, columns]: [usize; 2], stream: &mut Stream) {
        if rows * columns == 0 {
            return;
        }
        let floor = values.iter().copied().fold(f32::INFINITY, f32::min);
        let either = |stream: &mut Stream| 2.0 * stream.random::<f64>() - 1.0;
        if self.time_warp > 0.0 {
            // Output column c shows input column middle + (c − middle) · factor.
            let factor = 1.0 + self.time_warp * either(stream);
            let middle = (columns - 1) as f64 / 2.0;
            for row in values.chunks_exact_mut(columns) {
                let old = row.to_vec();
                let at = |i: isize| usize::try_from(i).ok().and_then(|i| old.get(i).copied()).unwrap_or(floor);
                for (c, value) in row.iter_mut().enumerate() {
                    let x = middle + (c as f64 - middle) * factor;
                    let (i, t) = (x.floor() as isize, (x - x.floor()) as f32);
                    *value = if t == 0.0 { at(i) } else { (1.0 - t) * at(i) + t * at(i + 1) };
                }
            }
        }
        for _ in 0..self.row_bands {
            let most = (self.band_share.unwrap_or(BAND) * rows as f64).round().max(1.0) as usize;
            let height = stream.random_range(1..=most.min(rows));
            let first = stream.random_range(0..=rows - height);
            values[first * columns..(first + height) * columns].fill(floor);
        }
        if self.phase_jitter_deg > 0.0 {
            let most = self.phase_jitter_deg.to_radians();
            values.iter_mut().for_each(|value| *value += (most * either(stream)) as f32);
        }
        if self.row_drop > 0.0 {
            for row in values.chunks_exact_mut(columns) {
                if stream.random::<f64>() < self.row_drop {
                    let mean = row.iter().sum::<f32>() / columns as f32;
                    row.fill(mean);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base::random::RandomTree;

    fn changed(of: &ViewAugment, values: &[f32], shape: [usize; 2], seed: u64) -> Vec<f32> {
        let mut values = values.to_vec();
        of.apply(&mut values, shape, &mut RandomTree::new(seed).stream(0, "test"));
        values
    }

    #[test]
    fn time_is_stretched_about_its_middle_and_by_no_more_than_said() {
        // A ramp stays a ramp, whose slope is the factor.
        let ramp: Vec<f32> = (0..2 * 101).map(|i| (i % 101) as f32).collect();
        let of = ViewAugment { time_warp: 0.1, ..ViewAugment::default() };
        let mut factors = Vec::new();
        for seed in 0..200 {
            let out = changed(&of, &ramp, [2, 101], seed);
            assert!((out[50] - 50.0).abs() < 1e-4);
            let slope = out[51] - out[50];
            assert!((out[40] - (50.0 - 10.0 * slope)).abs() < 1e-3 && out[..101] == out[101..]);
            factors.push(slope);
        }
        let (least, most) = factors.iter().fold((9.0_f32, 0.0_f32), |(a, b), &f| (a.min(f), b.max(f)));
        assert!((0.899..0.91).contains(&least) && (1.09..1.101).contains(&most), "{least} to {most}");
    }

    #[test]
    fn bands_of_rows_show_nothing_and_rows_drop_as_often_as_said() {
        let values: Vec<f32> = (0..64 * 10).map(|i| 1.0 + (i % 7) as f32).collect();
        let bands = ViewAugment { row_bands: 2, ..ViewAugment::default() };
        for seed in 0..50 {
            let out = changed(&bands, &values, [64, 10], seed);
            let blank = out.chunks(10).filter(|row| row.iter().all(|v| *v == 1.0)).count();
            assert!((1..=16).contains(&blank), "{blank} rows");
        }
        let drop = ViewAugment { row_drop: 0.1, ..ViewAugment::default() };
        let flat = |seed| {
            let out = changed(&drop, &values, [64, 10], seed);
            let mean = |i: usize| values[i * 10..][..10].iter().sum::<f32>() / 10.0;
            out.chunks(10).enumerate().filter(|(i, row)| row.iter().all(|v| (*v - mean(*i)).abs() < 1e-5)).count()
        };
        let count: usize = (0..100).map(flat).sum();
        // 6400 rows: 640 ± 24.
        assert!((560..720).contains(&count), "{count} of 6400");
    }

    #[test]
    fn phases_are_moved_by_no_more_than_said() {
        let of = ViewAugment { phase_jitter_deg: 5.0, ..ViewAugment::default() };
        let out = changed(&of, &[1.0; 4000], [4, 1000], 3);
        let most = out.iter().map(|v| (v - 1.0).abs()).fold(0.0, f32::max).to_degrees();
        assert!((4.95..=5.0001).contains(&most), "{most}");
        let mean = out.iter().sum::<f32>() / 4000.0 - 1.0;
        assert!(mean.to_degrees().abs() < 0.2, "{mean}");
    }

    #[test]
    fn settings_out_of_range_are_named_with_their_view() {
        let of = ViewAugment { row_drop: 1.5, ..ViewAugment::default() };
        let found = of.check("amplitude").unwrap_err().to_string();
        assert!(found.contains("augment.views.amplitude.row_drop is 1.5"), "{found}");
    }
}
