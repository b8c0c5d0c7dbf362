//! A linear head on embeddings from a few examples, around what the text says.
//!
//! The score of a class is `a` times its score by text, and a linear function of the embedding that makes up for what the text gets wrong about
//! the examples: ridge regression in closed form, or the mean of a Gaussian process around the text (Rasmussen and Williams 2006, section 2.7).
//! `a` is the least-squares scale of the text on the examples, none of it where it contradicts them: no sample that is asked about takes part. One
//! example corrects the text a little and where it was; twenty decide wherever they lie.

use super::head::KShot;
use super::nearest::unit;
use super::regression::{factored, targets};
use super::{Scoring, scores as cosines};
use crate::model::mmclip::Embeddings;
use crate::train::TrainError;
use ndarray::{Array2, s};

/// Penalty against the square of an embedding. Of 0.01 to 0.3 it was best with 1 to 20 examples of sessions 0 and 1 of RadHAR; a factor of three
/// either way costs a point.
const PENALTY: f64 = 0.03;

/// Scores of every class for every query; `support` has the places of the examples of each class in `pool`.
///
/// # Shapes
/// `[query, class]`.
pub(super) fn scores(
    pool: &Embeddings,
    support: &[Vec<usize>],
    text: Option<&Embeddings>,
    queries: &Embeddings,
    config: &KShot,
) -> Result<Array2<f64>, TrainError> {
    let places: Vec<usize> = support.iter().flatten().copied().collect();
    let labels: Vec<usize> =
        support.iter().enumerate().flat_map(|(class, members)| members.iter().map(move |_| class)).collect();
    let examples = pool.select(&places);
    let by_text = |samples: &Embeddings| match text {
        Some(text) => contrasted(cosines(samples, text, &config.text_scoring)),
        None => Array2::zeros((samples.len(), support.len())),
    };
    let (expected, wanted) = (by_text(&examples), targets(&labels, support.len()));
    let square = expected.mapv(|v| v * v).sum();
    let share = if square > 1e-12 { ((&expected * &wanted).sum() / square).max(0.0) } else { 0.0 };
    let known = numbers(&examples, config.scoring);
    let mut gram = known.dot(&known.t());
    let size = gram.diag().mean().unwrap_or(0.0).max(1e-12);
    gram.diag_mut().mapv_inplace(|v| v + PENALTY * size);
    let weights = factored(&gram)?.solve(&(wanted - expected * share));
    Ok(by_text(queries) * share + numbers(queries, config.scoring).dot(&known.t()).dot(&weights))
}

/// An error where embeddings hold what is no number: as unit vectors they would look like zeros.
pub(super) fn sound(of: &str, embeddings: &Embeddings) -> Result<(), TrainError> {
    let wrong = (0..embeddings.len()).find(|i| {
        let (class, attributes) = (embeddings.class.row(*i), embeddings.attributes.slice(s![*i, .., ..]));
        !class.iter().chain(&attributes).all(|v| v.is_finite())
    });
    match wrong {
        Some(i) => {
            Err(TrainError::data("few-shot", format!("the embedding of {of} {i} holds values that are no numbers")))
        }
        None => Ok(()),
    }
}

/// Unit embeddings side by side, so that their products are the weighted cosines of `scoring`.
///
/// # Shapes
/// `[sample, number]`.
pub(crate) fn numbers(samples: &Embeddings, scoring: Scoring) -> Array2<f64> {
    let (n, count, width) = samples.attributes.dim();
    let own = samples.class.ncols();
    let mut all = Array2::zeros((n, own + count * width));
    for i in 0..n {
        let class = unit(samples.class.row(i)).mapv(f64::from) * scoring.class.sqrt();
        all.slice_mut(s![i, ..own]).assign(&class);
        for k in 0..count {
            let weight = (scoring.attributes / count as f64).sqrt();
            let vector = unit(samples.attributes.slice(s![i, k, ..])).mapv(f64::from) * weight;
            all.slice_mut(s![i, own + k * width..own + (k + 1) * width]).assign(&vector);
        }
    }
    all
}

/// Scores less their mean over the classes: what the text prefers.
fn contrasted(mut scores: Array2<f64>) -> Array2<f64> {
    for mut row in scores.outer_iter_mut() {
        let mean = row.mean().unwrap_or(0.0);
        row -= mean;
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::{scores, sound};
    use crate::model::mmclip::Embeddings;
    use crate::train::evaluate::{KShot, Scoring};
    use ndarray::{Array2, Array3, array};

    fn embeddings(class: Array2<f32>) -> Embeddings {
        Embeddings { attributes: Array3::zeros((class.nrows(), 0, 0)), class }
    }

    /// Held against NumPy:
    ///
    /// ```python
    /// u = lambda v: v / np.linalg.norm(v, axis=-1, keepdims=True); con = lambda s: s - s.mean(1, keepdims=True)
    /// E = u(np.array([[1., .2, 0], [.8, .1, .3], [.1, 1, .2], [.3, .9, 0], [.2, .1, 1], [.5, .4, .9]])); y = np.array([0, 0, 1, 1, 2, 2])
    /// T = u(np.array([[1., .5, .2], [.2, 1, .4], [.4, .2, 1]])); Q = u(np.array([[.9, .3, .2], [.3, .5, .45]]))
    /// m, mq = con(E @ T.T), con(Q @ T.T); Y = np.where(y[:, None] == np.arange(3), 1., -.5); a = max(0, np.sum(m * Y) / np.sum(m * m))
    /// a * mq + Q @ E.T @ np.linalg.solve(E @ E.T + .03 * np.eye(6), Y - a * m)
    /// ```
    #[test]
    fn scores_are_those_of_numpy() {
        let pool = embeddings(array![
            [1.0, 0.2, 0.0],
            [0.8, 0.1, 0.3],
            [0.1, 1.0, 0.2],
            [0.3, 0.9, 0.0],
            [0.2, 0.1, 1.0],
            [0.5, 0.4, 0.9]
        ]);
        let text = embeddings(array![[1.0, 0.5, 0.2], [0.2, 1.0, 0.4], [0.4, 0.2, 1.0]]);
        let queries = embeddings(array![[0.9, 0.3, 0.2], [0.3, 0.5, 0.45]]);
        let support = vec![vec![0, 1], vec![2, 3], vec![4, 5]];
        let config = KShot { shots: 2, ..KShot::default() };
        let found = scores(&pool, &support, Some(&text), &queries, &config).unwrap();
        let expected = array![[0.76426889, -0.34495551, -0.41931338], [-0.44194683, 0.19951492, 0.24243191]];
        let off = (&found - &expected).mapv(f64::abs).fold(0.0, |a: f64, &b| a.max(b));
        assert!(off < 1e-4, "{off}: {found}");
    }

    /// Two classes differ along one of twelve directions and scatter along all of them; the text says which, or says the opposite. The shares are
    /// those of the NumPy lines above.
    #[test]
    fn one_example_leans_on_the_text_and_twenty_do_not() {
        let noise = |i: usize, d: usize| ((12 * i + d) * 7919 % 1009) as f32 / 1009.0 - 0.5;
        let along = |i: usize| if i.is_multiple_of(2) { 0.4 } else { -0.4 };
        let pool =
            embeddings(Array2::from_shape_fn((120, 12), |(i, d)| noise(i, d) + if d == 0 { along(i) } else { 0.0 }));
        let text = |sign: f32| {
            embeddings(Array2::from_shape_fn((2, 12), |(c, d)| match (c, d) {
                (0, 0) => sign,
                (1, 0) => -sign,
                _ => 0.0,
            }))
        };
        let (right, wrong) = (text(1.0), text(-1.0));
        let share = |text: Option<&Embeddings>, shots: usize, draw: usize| {
            let support: Vec<Vec<usize>> =
                (0..2).map(|class| (0..shots).map(|k| 2 * ((7 * draw + 11 * k) % 60) + class).collect()).collect();
            let config = KShot { shots, scoring: Scoring::default(), ..KShot::default() };
            let found = scores(&pool, &support, text, &pool, &config).unwrap();
            let hits = found.outer_iter().enumerate().filter(|(i, row)| (row[1] > row[0]) == (i % 2 == 1)).count();
            hits as f64 / 120.0
        };
        let mean = |text: Option<&Embeddings>, shots: usize| (0..30).map(|d| share(text, shots, d)).sum::<f64>() / 30.0;
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 0.005, "{found}, {expected}");
        close(mean(None, 1), 0.643);
        close(mean(Some(&right), 1), 0.918);
        close(mean(None, 20), 0.964);
        close(mean(Some(&right), 20), 0.964);
        // Text that contradicts the examples is given no weight.
        assert_eq!(mean(Some(&wrong), 1), mean(None, 1));
    }

    #[test]
    fn values_that_are_no_numbers_are_refused() {
        let pool = embeddings(array![[1.0, f32::NAN], [0.0, 1.0]]);
        let problem = sound("sample", &pool).unwrap_err().to_string();
        assert!(problem.contains("of sample 0 holds values that are no numbers"), "{problem}");
        assert!(sound("sample", &embeddings(array![[1.0, 0.0]])).is_ok());
    }
}
