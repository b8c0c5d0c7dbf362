//! Answers without a network, on the same sides.

use super::sides::TaskSides;
use crate::study::pretraining::LabelledSet;
use crate::train::evaluate::{Kernel, Lesson, Outcome, balanced, best, ridge};
use crate::train::{Dataset, TrainError};
use ndarray::{Array2, Axis, concatenate};

/// Penalty of the regression, that of a sample.
const PENALTY: f64 = 0.1;

/// RowNumbers of a sample's views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowNumbers {
    /// The spread over time of each row, in logarithms: how strongly each moves.
    Spreads,
    /// The mean over time of each row: of series what shows no motion; of spectra how much moves at each rate.
    Means,
}

impl RowNumbers {
    pub(super) const ALL: [Self; 2] = [Self::Spreads, Self::Means];

    /// Its name in tables, and what a reader is told.
    pub(super) fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::Spreads => ("ridge", "no network: kernel ridge regression on the spread of every row of the views"),
            Self::Means => {
                ("row_means", "no network: the same on the mean of every row, which of series shows no motion")
            }
        }
    }

    /// # Shapes
    /// `[sample, number]`.
    fn of(self, set: &Dataset) -> Array2<f32> {
        let parts: Vec<Array2<f32>> = set
            .views
            .iter()
            .map(|view| {
                let columns = view.info.shape.last().copied().unwrap_or(1).max(1);
                let rows = view.values.ncols() / columns;
                Array2::from_shape_fn((view.values.nrows(), rows), |(sample, row)| {
                    let values = (0..columns).map(|c| f64::from(view.values[[sample, row * columns + c]]));
                    let mean = values.clone().sum::<f64>() / columns as f64;
                    match self {
                        Self::Means => mean as f32,
                        Self::Spreads => {
                            (values.map(|v| (v - mean).powi(2)).sum::<f64>() / columns as f64).max(1e-12).ln() as f32
                        }
                    }
                })
            })
            .collect();
        let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
        concatenate(Axis(1), &views).unwrap_or_else(|_| Array2::zeros((set.labels.len(), 0)))
    }
}

/// Answers by numbers, in standard deviations of the samples that are learnt from.
pub(super) fn answered(numbers: RowNumbers, labelled: &LabelledSet, sides: &TaskSides) -> Result<Outcome, TrainError> {
    let set = &labelled.set;
    let (learn, test) = (set.select(&sides.learn), set.select(&sides.test));
    let (mut known, mut asked) = (numbers.of(&learn), numbers.of(&test));
    for column in 0..known.ncols() {
        let own = known.column(column);
        let mean = own.mean().unwrap_or(0.0);
        let spread = own.std(0.0);
        let scale = if spread > 1e-9 { spread.recip() } else { 0.0 };
        known.column_mut(column).mapv_inplace(|v| (v - mean) * scale);
        asked.column_mut(column).mapv_inplace(|v| (v - mean) * scale);
    }
    let weights = balanced(&[(&learn.labels, false)], set.classes.len());
    let lesson = Lesson { numbers: known.view(), labels: &learn.labels, weights: &weights };
    let scores = ridge((Kernel::Gaussian { width: 1.0 }, PENALTY), &lesson, asked.view(), set.classes.len())?;
    Outcome::new(&set.classes, &test.labels, &best(&scores))
}
