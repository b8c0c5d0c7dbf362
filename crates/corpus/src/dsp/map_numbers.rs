//! A map in a few numbers, for methods that take no maps.

use ndarray::{ArrayView2, Axis};

/// Means of the rows, their standard deviations, and the means of the columns in order of size: what a map shows, how much of it changes, and for
/// how much of the time, whenever it was.
///
/// # Shapes
/// `map[row, column]` → `2 row + column` numbers, in this order; none of an empty map.
pub fn map_numbers(map: ArrayView2<'_, f32>) -> Vec<f32> {
    let (Some(over_time), Some(over_rows)) = (map.mean_axis(Axis(1)), map.mean_axis(Axis(0))) else {
        return Vec::new();
    };
    let mut over_rows = over_rows.to_vec();
    over_rows.sort_by(f32::total_cmp);
    over_time.into_iter().chain(map.std_axis(Axis(1), 0.0)).chain(over_rows).collect()
}

#[cfg(test)]
mod tests {
    use super::map_numbers;
    use ndarray::{Array2, array};

    /// `np.r_[m.mean(1), m.std(1), np.sort(m.mean(0))]`.
    #[test]
    fn numbers_are_those_of_numpy() {
        let found = map_numbers(array![[1.0, 4.0, 1.0], [2.0, 0.0, 7.0]].view());
        let expected = [2.0, 3.0, std::f32::consts::SQRT_2, 2.943_920_4, 1.5, 2.0, 4.0];
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}");
        assert!(map_numbers(Array2::zeros((0, 3)).view()).is_empty());
    }
}
