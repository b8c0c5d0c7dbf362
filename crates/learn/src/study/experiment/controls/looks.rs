//! What a control sees of a window: a few numbers of each view.

use crate::dsp::map_numbers::map_numbers;
use crate::study::experiment::pool::Pool;
use ndarray::{Array2, ArrayView2, Axis, s};

/// What is looked at before anything is done, s.
const STATIC_S: f64 = 0.5;

/// A way to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Look {
    /// Means of the rows over the first half second.
    Start,
    /// Means of the rows.
    Mean,
    /// Means and standard deviations of the rows, and the means of the columns in order of size: what a view shows, how much of it changes,
    /// and for how much of the time, whenever it was.
    Numbers,
    /// Hand-made features of the points.
    Points,
}

impl Look {
    pub(super) const ALL: [Self; 4] = [Self::Start, Self::Mean, Self::Numbers, Self::Points];

    /// Its name in results.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Start => "first half second",
            Self::Mean => "mean",
            Self::Numbers => "numbers of the views",
            Self::Points => "features of the points",
        }
    }

    /// Whether it sees no motion.
    pub(super) fn is_static(self) -> bool {
        matches!(self, Self::Start | Self::Mean)
    }

    /// The numbers of every sample; none where there are no points to look at.
    ///
    /// # Shapes
    /// `[sample, number]`.
    pub(super) fn of(self, pool: &Pool) -> Option<Array2<f32>> {
        if self == Self::Points {
            return pool.point_features().cloned();
        }
        let rows: Vec<Vec<f32>> = pool
            .items
            .iter()
            .enumerate()
            .map(|(i, item)| {
                let maps = pool.maps_of(i);
                maps.axis_iter(Axis(0)).flat_map(|map| self.of_map(map, item.duration_s)).collect()
            })
            .collect();
        let width = rows.first().map_or(0, Vec::len);
        Some(Array2::from_shape_fn((rows.len(), width), |(i, k)| rows[i][k]))
    }

    fn of_map(self, map: ArrayView2<'_, f32>, duration_s: f64) -> Vec<f32> {
        let columns = map.ncols();
        match self {
            Self::Start => {
                let first = (STATIC_S / duration_s.max(1e-9) * columns as f64).floor() as usize;
                map.slice(s![.., ..first.clamp(1, columns.max(1))]).mean_axis(Axis(1)).map(|m| m.to_vec())
            }
            Self::Mean => map.mean_axis(Axis(1)).map(|m| m.to_vec()),
            // Points are looked at themselves.
            Self::Points => None,
            Self::Numbers => Some(map_numbers(map)),
        }
        .unwrap_or_default()
    }
}
