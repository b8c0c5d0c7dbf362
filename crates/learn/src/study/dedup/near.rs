//! Pairs of vectors above a threshold, and what a greedy walk keeps. All pairs are looked at: products of blocks of a hundred and
//! sixty thousand vectors take minutes on two cores, and nothing is approximate.

use crate::kernels::product::{Onto, View, multiply};
use ndarray::{Array2, s};
use rayon::prelude::*;

/// Vectors of a block.
const BLOCK: usize = 512;

/// Value below which `percent` of sorted values lie, linear between them; NaN where there are none.
pub(super) fn percentile(sorted: &[f64], percent: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = percent / 100.0 * last as f64;
    let (low, share) = (place.floor() as usize, place.fract());
    let high = (low + 1).min(last);
    sorted[low] + share * (sorted[high] - sorted[low])
}

/// Walks through the vectors in their order: one that nothing has removed is kept, and removes all behind it that are closer than the
/// threshold. Gives (removed, kept, cosine) in order of what is removed.
///
/// # Shapes
/// `vectors[sample, width]`, of length 1.
pub(super) fn greedy(vectors: &Array2<f32>, threshold: f64) -> Vec<(usize, usize, f64)> {
    let (count, _) = vectors.dim();
    let mut removed_by: Vec<Option<(usize, f64)>> = vec![None; count];
    for first in (0..count).step_by(BLOCK) {
        let end = (first + BLOCK).min(count);
        // Every block behind, and this one, against this one.
        let starts: Vec<usize> = (first..count).step_by(BLOCK).collect();
        let pairs: Vec<Vec<(usize, usize, f32)>> = starts
            .par_iter()
            .map(|&start| {
                let stop = (start + BLOCK).min(count);
                let cosines = products(vectors, first..end, start..stop);
                let columns = stop - start;
                let near = cosines.iter().enumerate().filter(|(_, c)| f64::from(**c) > threshold);
                near.map(|(k, &c)| (first + k / columns, start + k % columns, c)).filter(|(i, j, _)| i < j).collect()
            })
            .collect();
        let mut near: Vec<(usize, usize, f32)> = pairs.into_iter().flatten().collect();
        near.sort_by_key(|(i, j, _)| (*i, *j));
        for (kept, other, cosine) in near {
            if removed_by[kept].is_none() && removed_by[other].is_none() {
                removed_by[other] = Some((kept, f64::from(cosine)));
            }
        }
    }
    let removed = removed_by.into_iter().enumerate();
    removed.filter_map(|(i, by)| by.map(|(kept, cosine)| (i, kept, cosine))).collect()
}

fn products(vectors: &Array2<f32>, rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) -> Vec<f32> {
    let width = vectors.ncols();
    let (m, n) = (rows.len(), columns.len());
    let take = |range: std::ops::Range<usize>| vectors.slice(s![range, ..]).iter().copied().collect::<Vec<f32>>();
    let (left, right) = (take(rows), take(columns));
    let mut out = vec![0.0; m * n];
    let right = View::new(&right, n, width, width).transposed();
    multiply(&mut out, n, View::new(&left, m, width, width), right, Onto::Overwrite);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_numpy() {
        // numpy.percentile([1, 2, 4, 8], [0, 10, 50, 100])
        let values = [1.0, 2.0, 4.0, 8.0];
        assert_eq!([0.0, 10.0, 50.0, 100.0].map(|p| percentile(&values, p)), [1.0, 1.3, 3.0, 8.0]);
        assert!(percentile(&[], 10.0).is_nan());
    }

    #[test]
    fn the_first_stays_and_what_only_a_removed_one_is_near_stays_too() {
        // Angles on a circle, in degrees; the threshold is 10 degrees.
        let angles: Vec<f64> = (0..1200).map(|i| f64::from(i % 400) * 0.9).collect();
        let vectors = Array2::from_shape_fn((1200, 2), |(i, k)| {
            let angle = angles[i].to_radians();
            (if k == 0 { angle.cos() } else { angle.sin() }) as f32
        });
        let found = greedy(&vectors, 10_f64.to_radians().cos());
        // By loops, over blocks' ends.
        let mut removed = vec![None; 1200];
        for i in 0..1200 {
            for j in i + 1..1200 {
                let apart = (angles[i] - angles[j]).abs();
                if removed[i].is_none() && removed[j].is_none() && apart.min(360.0 - apart) < 9.99 {
                    removed[j] = Some(i);
                }
            }
        }
        let want: Vec<(usize, usize)> = removed.iter().enumerate().filter_map(|(j, by)| Some((j, (*by)?))).collect();
        assert_eq!(found.iter().map(|(j, i, _)| (*j, *i)).collect::<Vec<_>>(), want);
        assert!(found.len() > 1100 && found.iter().all(|f| f.2 > 0.98));
    }
}
