//! Outliers over time (F. R. Hampel, "The influence curve and its role in robust estimation", JASA 69, 1974).

use super::streams::Streams;
use crate::base::Complex32;

/// From the median absolute deviation of normal numbers to their standard deviation.
const MAD_TO_SIGMA: f64 = 1.4826;

fn median(sorted: &[f64]) -> f64 {
    let n = sorted.len();
    if n % 2 == 1 { sorted[n / 2] } else { 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]) }
}

/// Numbers further than `threshold` standard deviations from the median of the `2 half_width + 1` around them become that median. At the
/// ends the stretch is shorter.
pub(super) fn hampel(series: &[f64], half_width: usize, threshold: f64) -> Vec<f64> {
    let mut stretch = Vec::with_capacity(2 * half_width + 1);
    (0..series.len())
        .map(|i| {
            stretch.clear();
            stretch.extend_from_slice(&series[i.saturating_sub(half_width)..(i + half_width + 1).min(series.len())]);
            stretch.sort_by(f64::total_cmp);
            let middle = median(&stretch);
            stretch.iter_mut().for_each(|v| *v = (*v - middle).abs());
            stretch.sort_by(f64::total_cmp);
            let sigma = MAD_TO_SIGMA * median(&stretch);
            if (series[i] - middle).abs() > threshold * sigma { middle } else { series[i] }
        })
        .collect()
}

/// Of samples the amplitudes are filtered, and phases stay: they turn from packet to packet until a step has undone that.
pub(super) fn filtered(mut streams: Streams, half_width: usize, threshold: f64) -> Streams {
    let real = streams.holds.is_real();
    streams.each_series(|mut series| {
        let numbers: Vec<f64> =
            series.iter().map(|z| if real { f64::from(z.re) } else { f64::from(z.norm()) }).collect();
        let filtered = hampel(&numbers, half_width, threshold);
        for ((z, old), new) in series.iter_mut().zip(&numbers).zip(filtered) {
            if new == *old {
                continue;
            }
            *z = match *old {
                _ if real => Complex32::new(new as f32, 0.0),
                0.0 => Complex32::new(new as f32, 0.0),
                old => *z * (new / old) as f32,
            };
        }
    });
    streams
}
