//! Resampling of maps: area averages when shrinking, linear interpolation when growing; or linear interpolation always.

use crate::base::axis::Axis;
use ndarray::{Array2, ArrayView1, ArrayView2, Axis as Dim, Zip};

/// Weights of the inputs `first..first + w.len()` for one output cell.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

fn taps(from: usize, to: usize) -> Vec<Taps> {
    let ratio = from as f64 / to as f64;
    (0..to)
        .map(|i| {
            if ratio > 1.0 {
                // Shares of the input cells that the output cell covers.
                let (begin, end) = (i as f64 * ratio, (i + 1) as f64 * ratio);
                let first = (begin.floor() as usize).min(from - 1);
                let last = (end.ceil() as usize).clamp(first + 1, from);
                let weights = (first..last)
                    .map(|k| ((end.min((k + 1) as f64) - begin.max(k as f64)).max(0.0) / ratio) as f32)
                    .collect();
                Taps { first, weights }
            } else {
                let at = ((i as f64 + 0.5) * ratio - 0.5).clamp(0.0, (from - 1) as f64);
                let first = (at.floor() as usize).min(from.saturating_sub(2));
                let t = (at - first as f64) as f32;
                Taps { first, weights: if from == 1 { vec![1.0] } else { vec![1.0 - t, t] } }
            }
        })
        .collect()
}

/// Resamples a map; cells are areas, so the edges of the first and last cell stay where they were.
///
/// # Shapes
/// `map[row, column]` (both at least 1) → `[rows, columns]`.
pub fn resize(map: &Array2<f32>, rows: usize, columns: usize) -> Array2<f32> {
    resize_axis(&resize_axis(map, 0, rows), 1, columns)
}

/// Resamples one axis of a map to `len` cells.
pub fn resize_axis(map: &Array2<f32>, axis: usize, len: usize) -> Array2<f32> {
    let from = map.len_of(Dim(axis));
    if from == len || from == 0 || len == 0 {
        return map.clone();
    }
    let mut shape = [map.nrows(), map.ncols()];
    shape[axis] = len;
    let mut out = Array2::zeros(shape);
    for (mut cell, taps) in out.axis_iter_mut(Dim(axis)).zip(taps(from, len)) {
        for (k, &w) in taps.weights.iter().enumerate() {
            let input: ArrayView1<f32> = map.index_axis(Dim(axis), taps.first + k);
            Zip::from(&mut cell).and(&input).for_each(|o, &x| *o += w * x);
        }
    }
    out
}

/// Resamples a map by linear interpolation between the middles of cells along both axes, also when shrinking, as OpenCV's `resize` does by
/// default (`INTER_LINEAR`): cells in between are passed over. Beyond the middles of the outermost cells their values hold.
///
/// # Shapes
/// `map[row, column]` (both at least 1) → `[rows, columns]`.
pub fn bilinear(map: &ArrayView2<f32>, rows: usize, columns: usize) -> Array2<f32> {
    let between = |from: usize, to: usize| -> Vec<(usize, usize, f32)> {
        let ratio = from as f64 / to as f64;
        let last = from.saturating_sub(1);
        let at = |i: usize| ((i as f64 + 0.5) * ratio - 0.5).clamp(0.0, last as f64);
        (0..to).map(at).map(|x| (x as usize, (x as usize + 1).min(last), x.fract() as f32)).collect()
    };
    let (down, across) = (between(map.nrows(), rows), between(map.ncols(), columns));
    Array2::from_shape_fn((rows, columns), |(r, c)| {
        let ((top, bottom, y), (left, right, x)) = (down[r], across[c]);
        let along = |row: usize| map[[row, left]] * (1.0 - x) + map[[row, right]] * x;
        along(top) * (1.0 - y) + along(bottom) * y
    })
}

/// The axis of a map after resampling to `len` cells.
pub fn resized_axis(axis: &Axis, len: usize) -> Axis {
    let step = axis.step * axis.len as f64 / len as f64;
    Axis { len, first: axis.first + 0.5 * (step - axis.step), step, ..axis.clone() }
}
