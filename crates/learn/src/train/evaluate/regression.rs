//! Regression to the classes on any numbers, in closed form or by steps that cannot miss: what every network is held against.

use crate::train::TrainError;
use nalgebra::{Cholesky, DMatrix};
use ndarray::{Array1, Array2, ArrayView2, Axis};

/// How alike two samples are, of numbers in their standard deviations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kernel {
    /// exp(−d² / 2 n w²) of the squared distance d², n numbers and a width w.
    Gaussian {
        /// In standard deviations of a number.
        width: f64,
    },
    /// The mean product of the numbers, and one, which lets all scores of a class be higher.
    Linear,
}

/// Samples to learn from.
pub(crate) struct Lesson<'a> {
    /// `[sample, number]`.
    pub(crate) numbers: ArrayView2<'a, f32>,
    /// Class of each sample.
    pub(crate) labels: &'a [usize],
    /// Weight of each sample; their mean is 1.
    pub(crate) weights: &'a [f64],
}

/// Weight of the penalty of logistic regression against that of a sample. On RadHAR's sessions 0 and 1 a tenth of it gave 3 points less.
pub(crate) const LOGISTIC_PENALTY: f64 = 0.15;

/// Weights of samples of two kinds, by their labels: every class weighs the same, and within it one kind as much as the other; the mean is 1.
pub(crate) fn balanced(groups: &[(&[usize], bool)], classes: usize) -> Vec<f64> {
    let count = |second: bool, class: usize| {
        let own = groups.iter().filter(|(_, kind)| *kind == second);
        own.flat_map(|(labels, _)| labels.iter()).filter(|label| **label == class).count()
    };
    let counts: Vec<[usize; 2]> = (0..classes).map(|class| [count(false, class), count(true, class)]).collect();
    let weight = |class: usize, second: bool| {
        let [first, other] = counts[class];
        let kinds = usize::from(first > 0) + usize::from(other > 0);
        1.0 / (kinds * if second { other } else { first }).max(1) as f64
    };
    let all: Vec<f64> = groups
        .iter()
        .flat_map(|&(labels, second)| labels.iter().map(move |&class| (class, second)))
        .map(|(c, s)| weight(c, s))
        .collect();
    let mean = all.iter().sum::<f64>() / all.len().max(1) as f64;
    all.into_iter().map(|w| w / mean).collect()
}

/// Scores as they should be: 1 for the class of a sample and −1/(n − 1) for the n − 1 others.
///
/// # Shapes
/// `[sample, class]`.
pub(super) fn targets(labels: &[usize], classes: usize) -> Array2<f64> {
    let wrong = -1.0 / (classes.max(2) - 1) as f64;
    Array2::from_shape_fn((labels.len(), classes), |(i, c)| if labels[i] == c { 1.0 } else { wrong })
}

/// Scores by kernel ridge regression: `(K + λ W⁻¹) α = Y` with the [`targets`] `Y`.
///
/// # Shapes
/// `queries[query, number]` to `[query, class]`.
pub(crate) fn ridge(
    (kernel, penalty): (Kernel, f64),
    lesson: &Lesson<'_>,
    queries: ArrayView2<'_, f32>,
    classes: usize,
) -> Result<Array2<f64>, TrainError> {
    let (mut gram, asked) = kernel.of(lesson, queries);
    gram.diag_mut().iter_mut().zip(lesson.weights).for_each(|(k, w)| *k += penalty / w);
    let wanted = targets(lesson.labels, classes);
    Ok(asked.dot(&factored(&gram)?.solve(&wanted)))
}

/// Most steps of logistic regression; it stops where a step changes nothing any more.
const STEPS: usize = 200;

/// Scores by logistic regression of several classes with a square penalty λ on the weights: α of `Σ w (y − softmax(Kα)) = λ α`.
///
/// Steps are those of Newton's method with the upper bound ½ w of a sample's curvature in place of it (Böhning 1992), so that each of them makes
/// the examples more likely.
///
/// # Shapes
/// `queries[query, number]` to `[query, class]`.
pub(crate) fn logistic(
    (kernel, penalty): (Kernel, f64),
    lesson: &Lesson<'_>,
    queries: ArrayView2<'_, f32>,
    classes: usize,
) -> Result<Array2<f64>, TrainError> {
    let (gram, asked) = kernel.of(lesson, queries);
    // (½ W K + λ)⁻¹ as √W (½ √W K √W + λ)⁻¹ √W⁻¹, which is symmetric.
    let roots = Array1::from_iter(lesson.weights.iter().map(|w| w.sqrt())).insert_axis(Axis(1));
    let mut bound = &gram * &roots * roots.t() * 0.5;
    bound.diag_mut().iter_mut().for_each(|k| *k += penalty);
    let bound = factored(&bound)?;
    let mut alpha = Array2::<f64>::zeros((lesson.labels.len(), classes));
    for _ in 0..STEPS {
        let mut slope = gram.dot(&alpha);
        for (i, mut row) in slope.outer_iter_mut().enumerate() {
            let most = row.fold(f64::NEG_INFINITY, |a, &b| a.max(b));
            row.mapv_inplace(|v| (v - most).exp());
            let sum = row.sum();
            for (c, value) in row.iter_mut().enumerate() {
                let wanted = if lesson.labels[i] == c { 1.0 } else { 0.0 };
                *value = lesson.weights[i] * (wanted - *value / sum) - penalty * alpha[[i, c]];
            }
        }
        let step = bound.solve(&(slope / &roots)) * &roots;
        alpha += &step;
        let largest = |x: &Array2<f64>| x.fold(0.0, |a: f64, b| a.max(b.abs()));
        if largest(&step) <= 1e-9 * largest(&alpha) {
            break;
        }
    }
    Ok(asked.dot(&alpha))
}

/// A symmetric positive matrix, ready to be solved with.
pub(super) struct Factored(Cholesky<f64, nalgebra::Dyn>);

pub(super) fn factored(matrix: &Array2<f64>) -> Result<Factored, TrainError> {
    let n = matrix.nrows();
    Cholesky::new(DMatrix::from_fn(n, n, |i, j| matrix[[i, j]]))
        .map(Factored)
        .ok_or_else(|| TrainError::data("regression", "samples hold values that are no numbers"))
}

impl Factored {
    pub(super) fn solve(&self, right: &Array2<f64>) -> Array2<f64> {
        let (n, m) = right.dim();
        let solved = self.0.solve(&DMatrix::from_fn(n, m, |i, c| right[[i, c]]));
        Array2::from_shape_fn((n, m), |(i, c)| solved[(i, c)])
    }
}

impl Kernel {
    /// Between all samples of a lesson, and of queries with them; numbers are standardised with the weights of the lesson.
    fn of(self, lesson: &Lesson<'_>, queries: ArrayView2<'_, f32>) -> (Array2<f64>, Array2<f64>) {
        let total: f64 = lesson.weights.iter().sum();
        let weights = Array1::from(lesson.weights.to_vec());
        let numbers = lesson.numbers.mapv(f64::from);
        let mean = weights.dot(&numbers) / total;
        let variance = weights.dot(&(&numbers - &mean).mapv(|v| v * v)) / total;
        // A number that never changes tells nothing.
        let scale = variance.mapv(|v| if v > 1e-12 { v.sqrt().recip() } else { 0.0 });
        let standard = |x: Array2<f64>| (x - &mean) * &scale;
        let (known, asked) = (standard(numbers), standard(queries.mapv(f64::from)));
        (self.between(&known, &known), self.between(&asked, &known))
    }

    fn between(self, a: &Array2<f64>, b: &Array2<f64>) -> Array2<f64> {
        let mut products = a.dot(&b.t());
        let n = a.ncols().max(1) as f64;
        match self {
            Self::Linear => products.mapv_inplace(|p| p / n + 1.0),
            Self::Gaussian { width } => {
                let gamma = 0.5 / (n * width * width);
                let squares = |x: &Array2<f64>| x.mapv(|v| v * v).sum_axis(Axis(1));
                let (aa, bb) = (squares(a), squares(b));
                for ((i, j), value) in products.indexed_iter_mut() {
                    *value = (-gamma * (aa[i] + bb[j] - 2.0 * *value).max(0.0)).exp();
                }
            }
        }
        products
    }
}

#[cfg(test)]
mod tests {
    use super::{Kernel, Lesson, logistic, ridge};
    use ndarray::{Array2, array};

    fn off(found: &Array2<f64>, expected: &Array2<f64>) -> f64 {
        (found - expected).mapv(f64::abs).fold(0.0, |a: f64, &b| a.max(b))
    }

    /// Held against NumPy:
    ///
    /// ```python
    /// x = np.array([[0., 0.], [1., 0.], [0., 1.], [3., 3.]]); y = np.array([0, 0, 1, 1]); w = np.array([1., 1., .5, 1.5]); q = np.array([[.5, .2], [2., 2.]])
    /// m = w @ x / w.sum(); s = np.sqrt(w @ (x - m) ** 2 / w.sum()); a, b = (x - m) / s, (q - m) / s
    /// k = lambda u, v: np.exp(-((u[:, None] - v[None]) ** 2).sum(-1) / (2 * 2 * 1.5 ** 2))
    /// Y = np.where(y[:, None] == np.arange(3), 1., -.5)
    /// k(b, a) @ np.linalg.solve(k(a, a) + .1 * np.diag(1 / w), Y)
    /// # logistic, by plain descent
    /// K, Kq, Y, A = a @ a.T / 2 + 1, b @ a.T / 2 + 1, np.eye(3)[y], np.zeros((4, 3))
    /// for _ in range(200000):
    ///     p = np.exp(K @ A); p /= p.sum(1, keepdims=True); A += .05 * (w[:, None] * (Y - p) - .1 * A)
    /// Kq @ A
    /// ```
    #[test]
    fn scores_are_those_of_numpy() {
        let numbers = array![[0.0f32, 0.0], [1.0, 0.0], [0.0, 1.0], [3.0, 3.0]];
        let lesson = Lesson { numbers: numbers.view(), labels: &[0, 0, 1, 1], weights: &[1.0, 1.0, 0.5, 1.5] };
        let queries = array![[0.5f32, 0.2], [2.0, 2.0]];
        let by_ridge = ridge((Kernel::Gaussian { width: 1.5 }, 0.1), &lesson, queries.view(), 3).unwrap();
        let expected = array![
            [0.6959409757088272, -0.1968291628865182, -0.49911181282230915],
            [-0.1732889622201394, 0.7104241534463109, -0.5371351912261714]
        ];
        assert!(off(&by_ridge, &expected) < 1e-9, "{by_ridge}");
        let by_logistic = logistic((Kernel::Linear, 0.1), &lesson, queries.view(), 3).unwrap();
        let expected = array![[1.51506966, -0.0363696, -1.47870006], [-0.3109446, 1.5668993, -1.2559547]];
        assert!(off(&by_logistic, &expected) < 1e-4, "{by_logistic}");
    }

    #[test]
    fn values_that_are_no_numbers_are_refused() {
        let numbers = array![[f32::NAN, 0.0], [1.0, 0.0]];
        let lesson = Lesson { numbers: numbers.view(), labels: &[0, 1], weights: &[1.0, 1.0] };
        let problem = logistic((Kernel::Linear, 0.1), &lesson, numbers.view(), 2).unwrap_err().to_string();
        assert!(problem.contains("no numbers"), "{problem}");
    }
}
