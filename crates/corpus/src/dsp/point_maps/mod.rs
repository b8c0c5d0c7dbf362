//! Maps over time from radar point clouds: one code for recorded and simulated points.

mod config;
pub mod numbers;
mod person;

pub use config::{Centre, PointMap, PointMapConfig, PointScale, PointWeight};

use super::DspError;
use super::maps::Maps;
use super::resize::{resize, resized_axis};
use super::scale::amount_scaled;
use crate::base::axis::Axis;
use crate::signal::{PointCloud, PointFrame};
use ndarray::{Array2, Array3, Axis as Dim};
use person::{Person, is_usable};

/// Cuts a recording into windows of `length_s`, one every `hop_s`; each with its start time, s, and its own clock from 0.
///
/// The last incomplete window is left out: a recording of F frames lasts F frame periods.
pub fn windows(cloud: &PointCloud, length_s: f64, hop_s: f64) -> Result<Vec<(f64, PointCloud)>, DspError> {
    check(cloud)?;
    for (name, value) in [("length_s", length_s), ("hop_s", hop_s)] {
        if !(value >= cloud.frame_period_s && value.is_finite()) {
            return Err(DspError::setting(
                name,
                value,
                format!("at least one frame period, {} s", cloud.frame_period_s),
            ));
        }
    }
    let (Some(first), Some(last)) = (cloud.frames.first(), cloud.frames.last()) else { return Ok(Vec::new()) };
    // Half a frame of slack: frame clocks are not exact.
    let end = last.time_s + 1.5 * cloud.frame_period_s;
    let half = 0.5 * cloud.frame_period_s;
    Ok((0..)
        .map(|i| first.time_s + f64::from(i) * hop_s)
        .take_while(|start| start + length_s <= end)
        .map(|start| {
            let frames = cloud
                .frames
                .iter()
                .filter(|f| f.time_s >= start - half && f.time_s < start + length_s - half)
                .map(|f| PointFrame { time_s: f.time_s - start, points: f.points.clone() })
                .collect();
            (start, PointCloud { frames, ..cloud.without_frames() })
        })
        .collect())
}

fn check(cloud: &PointCloud) -> Result<(), DspError> {
    cloud.problem().map_or(Ok(()), |reason| Err(DspError::Points { reason }))
}

/// The maps of one window that starts at time 0 and lasts `config.length_s`.
///
/// A frame stands in the column of its time stamp; columns of dropped frames are interpolated.
///
/// # Shapes
/// → `[map, rows, columns]`. Doppler rows run from approaching to receding, range rows away from the sensor, azimuth
/// rows from left to right, height rows upwards.
pub fn point_maps(window: &PointCloud, config: &PointMapConfig) -> Result<Maps, DspError> {
    config.check()?;
    check(window)?;
    let person = Person::find(window, config);
    let slots = ((config.length_s / window.frame_period_s).round() as usize).max(1);
    if slots > 1 << 16 {
        return Err(DspError::setting("point_maps.length_s", config.length_s, "at most 65536 frames"));
    }
    let unit = unit_amplitude(window, config);
    let mut data = Array3::zeros((config.maps.len(), config.rows, config.columns));
    let mut rows = Vec::new();
    for (&kind, mut out) in config.maps.iter().zip(data.outer_iter_mut()) {
        let axis = row_axis(kind, window, config);
        let mut grid = Array2::<f32>::zeros((axis.len, slots));
        let mut seen = vec![0u32; slots];
        for frame in &window.frames {
            let slot = (frame.time_s / window.frame_period_s).round();
            if slot < 0.0 || slot >= slots as f64 {
                continue;
            }
            let slot = slot as usize;
            seen[slot] += 1;
            for point in frame.points.iter().filter(|p| person.owns(p, window, config)) {
                let amount = match config.weight {
                    PointWeight::Count => 1.0,
                    PointWeight::Amplitude => 10f64.powf(point.intensity_db / 20.0) / unit,
                };
                let row = (person.coordinate(kind, point, config) - axis.first) / axis.step;
                add_between_rows(&mut grid, row, slot, amount as f32);
            }
        }
        fill_gaps(&mut grid, &seen);
        // In bins of the sensor, of which a row may be a part.
        let bin = window.velocity_bin_mps / axis.step;
        let row_sigma = if kind == PointMap::TimeDoppler { config.doppler_blur * bin } else { config.row_blur };
        let grid = blur(&blur(&grid, 0, row_sigma), 1, config.time_blur);
        let gain = config.gain as f32;
        let amount = resize(&grid, config.rows, config.columns).mapv(|a| a * gain);
        let full = match config.scale {
            PointScale::Peak => f64::from(amount.iter().fold(0.0f32, |a, &b| a.max(b))),
            PointScale::Fixed => config.gain * config.full_scale,
        };
        out.assign(&amount_scaled(&amount, full));
        rows.push(resized_axis(&axis, config.rows));
    }
    let time = Axis::new("time", "s", slots, 0.0, config.length_s / slots as f64);
    Ok(Maps {
        quantity: config.weight.quantity().into(),
        names: config.maps.iter().map(|m| m.name().to_string()).collect(),
        data,
        time: resized_axis(&time, config.columns),
        rows,
    })
}

fn unit_amplitude(window: &PointCloud, config: &PointMapConfig) -> f64 {
    let mut levels: Vec<f64> =
        window.frames.iter().flat_map(|f| &f.points).filter(|p| is_usable(p, config)).map(|p| p.intensity_db).collect();
    levels.sort_by(f64::total_cmp);
    levels.get(levels.len() / 2).map_or(1.0, |db| 10f64.powf(db / 20.0))
}

fn row_axis(kind: PointMap, window: &PointCloud, config: &PointMapConfig) -> Axis {
    let span = |name, unit, low: f64, high: f64| {
        let step = (high - low) / config.rows as f64;
        Axis::new(name, unit, config.rows, low + 0.5 * step, step)
    };
    match kind {
        PointMap::TimeDoppler => {
            let axis = match config.velocity_span_mps {
                Some(most) => span("velocity", "m/s", -most, most),
                None => {
                    let (n, step) = (window.doppler_bins, window.velocity_bin_mps);
                    Axis::new("velocity", "m/s", n, -((n / 2) as f64) * step, step)
                }
            };
            axis.signed("positive = receding")
        }
        PointMap::TimeRange if config.centred => {
            span("range_from_person", "m", -config.range_span_m, config.range_span_m).signed("positive = further away")
        }
        PointMap::TimeRange => span("range", "m", 0.0, config.range_span_m),
        PointMap::TimeAzimuth if config.centred => {
            span("side_from_person", "m", -config.side_span_m, config.side_span_m).signed("positive = right")
        }
        PointMap::TimeAzimuth => span("sine_azimuth", "1", -1.0, 1.0).signed("positive = right"),
        PointMap::TimeHeight => {
            span("height", "m", -config.height_span_m, config.height_span_m).signed("positive = above the sensor")
        }
    }
}

/// Shares an amount between the two nearest rows, so that the picture moves smoothly with the point.
fn add_between_rows(grid: &mut Array2<f32>, row: f64, column: usize, amount: f32) {
    let low = row.floor();
    let t = (row - low) as f32;
    for (r, share) in [(low, 1.0 - t), (low + 1.0, t)] {
        if r >= 0.0 && r < grid.nrows() as f64 {
            grid[[r as usize, column]] += share * amount;
        }
    }
}

/// Makes each column the mean of its frames and interpolates columns without a frame.
fn fill_gaps(grid: &mut Array2<f32>, seen: &[u32]) {
    for (mut column, &n) in grid.columns_mut().into_iter().zip(seen) {
        if n > 1 {
            column /= n as f32;
        }
    }
    let known: Vec<usize> = (0..seen.len()).filter(|&i| seen[i] > 0).collect();
    for pair in known.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        for i in a + 1..b {
            let t = (i - a) as f32 / (b - a) as f32;
            let between = &grid.column(a) * (1.0 - t) + &grid.column(b) * t;
            grid.column_mut(i).assign(&between);
        }
    }
}

/// Gaussian smoothing along one axis; nothing comes in from outside.
fn blur(grid: &Array2<f32>, axis: usize, sigma: f64) -> Array2<f32> {
    if sigma < 0.05 {
        return grid.clone();
    }
    let reach = (3.0 * sigma).ceil() as isize;
    let kernel: Vec<f64> = (-reach..=reach).map(|k| (-0.5 * (k as f64 / sigma).powi(2)).exp()).collect();
    let sum: f64 = kernel.iter().sum();
    let mut out = Array2::zeros(grid.raw_dim());
    let n = grid.len_of(Dim(axis)) as isize;
    for i in 0..n {
        for (k, w) in (-reach..=reach).zip(&kernel) {
            if (0..n).contains(&(i + k)) {
                let from = grid.index_axis(Dim(axis), (i + k) as usize);
                out.index_axis_mut(Dim(axis), i as usize).scaled_add((w / sum) as f32, &from);
            }
        }
    }
    out
}
