//! Kernel ridge regression to the classes: the strongest of the simple methods that has a closed form.

use crate::train::TrainError;
use nalgebra::{Cholesky, DMatrix};
use ndarray::{Array1, Array2, ArrayView2, Axis};

/// Width of the kernel and weight of the penalty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ridge {
    /// In standard deviations of a number.
    pub(super) width: f64,
    /// Against the weight of a sample.
    pub(super) ridge: f64,
}

/// Samples to learn from.
pub(super) struct Lesson<'a> {
    /// `[sample, number]`.
    pub(super) numbers: ArrayView2<'a, f32>,
    /// Class of each sample.
    pub(super) labels: &'a [usize],
    /// Weight of each sample; their mean is 1.
    pub(super) weights: &'a [f64],
}

impl Ridge {
    /// Scores of every class: `(K + λ W⁻¹) α = Y` with a Gaussian kernel over standardised numbers, whose exponent is the squared
    /// distance over twice the number of numbers and the squared width; `Y` is 1 for the class of a sample and −1/(n − 1) for the others.
    ///
    /// # Shapes
    /// `queries[query, number]` to `[query, class]`.
    pub(super) fn scores(
        self,
        lesson: &Lesson<'_>,
        queries: ArrayView2<'_, f32>,
        classes: usize,
    ) -> Result<Array2<f64>, TrainError> {
        let total: f64 = lesson.weights.iter().sum();
        let weights = Array1::from(lesson.weights.to_vec());
        let numbers = lesson.numbers.mapv(f64::from);
        let mean = weights.dot(&numbers) / total;
        let variance = weights.dot(&(&numbers - &mean).mapv(|v| v * v)) / total;
        // A number that never changes tells nothing.
        let scale = variance.mapv(|v| if v > 1e-12 { v.sqrt().recip() } else { 0.0 });
        let standard = |x: Array2<f64>| (x - &mean) * &scale;
        let (known, asked) = (standard(numbers), standard(queries.mapv(f64::from)));
        let gamma = 0.5 / (known.ncols().max(1) as f64 * self.width * self.width);
        let mut gram = kernel(&known, &known, gamma);
        gram.diag_mut().iter_mut().zip(&weights).for_each(|(k, w)| *k += self.ridge / w);
        let n = known.nrows();
        let matrix = DMatrix::from_fn(n, n, |i, j| gram[[i, j]]);
        let wrong = -1.0 / (classes.max(2) - 1) as f64;
        let wanted = DMatrix::from_fn(n, classes, |i, c| if lesson.labels[i] == c { 1.0 } else { wrong });
        let solved = Cholesky::new(matrix)
            .ok_or_else(|| TrainError::data("controls", "samples hold values that are no numbers"))?
            .solve(&wanted);
        let alpha = Array2::from_shape_fn((n, classes), |(i, c)| solved[(i, c)]);
        Ok(kernel(&asked, &known, gamma).dot(&alpha))
    }
}

fn kernel(a: &Array2<f64>, b: &Array2<f64>, gamma: f64) -> Array2<f64> {
    let squares = |x: &Array2<f64>| x.mapv(|v| v * v).sum_axis(Axis(1));
    let (aa, bb) = (squares(a), squares(b));
    let mut products = a.dot(&b.t());
    for ((i, j), value) in products.indexed_iter_mut() {
        *value = (-gamma * (aa[i] + bb[j] - 2.0 * *value).max(0.0)).exp();
    }
    products
}

#[cfg(test)]
mod tests {
    use super::{Lesson, Ridge};
    use ndarray::array;

    /// Held against NumPy:
    ///
    /// ```python
    /// x = np.array([[0., 0.], [1., 0.], [0., 1.], [3., 3.]]); y = np.array([0, 0, 1, 1]); w = np.array([1., 1., .5, 1.5]); q = np.array([[.5, .2], [2., 2.]])
    /// m = w @ x / w.sum(); s = np.sqrt(w @ (x - m) ** 2 / w.sum()); a, b = (x - m) / s, (q - m) / s
    /// k = lambda u, v: np.exp(-((u[:, None] - v[None]) ** 2).sum(-1) / (2 * 2 * 1.5 ** 2))
    /// Y = np.where(y[:, None] == np.arange(3), 1., -.5)
    /// k(b, a) @ np.linalg.solve(k(a, a) + .1 * np.diag(1 / w), Y)
    /// ```
    #[test]
    fn scores_are_those_of_numpy() {
        let numbers = array![[0.0f32, 0.0], [1.0, 0.0], [0.0, 1.0], [3.0, 3.0]];
        let lesson = Lesson { numbers: numbers.view(), labels: &[0, 0, 1, 1], weights: &[1.0, 1.0, 0.5, 1.5] };
        let queries = array![[0.5f32, 0.2], [2.0, 2.0]];
        let scores = Ridge { width: 1.5, ridge: 0.1 }.scores(&lesson, queries.view(), 3);
        let expected = array![
            [0.6959409757088272, -0.1968291628865182, -0.49911181282230915],
            [-0.1732889622201394, 0.7104241534463109, -0.5371351912261714]
        ];
        let off = scores.map(|s| (s - &expected).mapv(f64::abs).fold(0.0, |a: f64, &b| a.max(b))).unwrap_or(f64::NAN);
        assert!(off < 1e-9, "{off}");
    }
}
