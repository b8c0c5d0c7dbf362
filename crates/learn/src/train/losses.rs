//! Losses between signal embeddings and the texts of their labels.

use crate::model::parameters;
use crate::train::TrainError;
use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use ndarray::Array2;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a signal embedding is drawn to its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LossKind {
    /// CLIP's: among the texts of the batch find one's own, and the other way round. A further sample with the same label
    /// counts as wrong, so with few classes the loss cannot go below the log of the repetitions. As published for
    /// pre-training.
    SymmetricCrossEntropy,
    /// KL divergence to the row-normalised matrix of equal labels, in both directions, averaged. As published for
    /// fine-tuning.
    LabelMatchKl,
    /// Among the texts of all training classes find one's own (one direction). Ours: no worse for small batches.
    ClassCrossEntropy,
    /// 1 − cosine; the text side is held, or both would fall together.
    Cosine,
    /// Mean squared difference; the text side is held likewise.
    Mse,
}

impl LossKind {
    /// Whether the candidates are all training classes rather than those of the batch.
    pub fn wants_all_classes(self) -> bool {
        self == Self::ClassCrossEntropy
    }
}

/// Rows scaled to length 1.
fn unit(x: Tensor<2>) -> Tensor<2> {
    let norm = x.clone().square().sum_dim(1).add_scalar(1e-12).sqrt();
    x / norm
}

fn constant(values: Vec<f32>, rows: usize, columns: usize, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values, [rows, columns]), device)
}

/// The loss of a batch.
///
/// # Shapes
/// `signal[sample, width]`, `table[class, width]`, `labels[sample]` into the table, `groups[class]`: classes with the same
/// group have the same text and match each other; `scale[1]` is 1/τ.
pub(crate) fn loss(
    kind: LossKind,
    signal: Tensor<2>,
    table: Tensor<2>,
    labels: &[usize],
    groups: &[usize],
    scale: Tensor<1>,
) -> Tensor<1> {
    let batch = labels.len();
    let device = signal.device();
    let rows: Vec<i32> = labels.iter().map(|&l| l as i32).collect();
    let rows = Tensor::<1, Int>::from_data(TensorData::new(rows, [batch]), &device);
    let own = |table: Tensor<2>| table.select(0, rows.clone());
    let logits = |table: Tensor<2>| unit(signal.clone()).matmul(unit(table).transpose()) * scale.clone().unsqueeze();
    let group = |i: usize| groups[labels[i]];
    match kind {
        LossKind::Cosine => (unit(signal) * unit(own(table.detach()))).sum_dim(1).mean().neg().add_scalar(1.0),
        LossKind::Mse => (signal - own(table.detach())).square().mean(),
        LossKind::SymmetricCrossEntropy => {
            let targets = MatchTarget::new(batch, batch, |i, j| i == j, &device);
            let logits = logits(own(table));
            (targets.divergence(logits.clone()) + targets.divergence(logits.transpose())).mul_scalar(0.5)
        }
        LossKind::LabelMatchKl => {
            // The matrix is symmetric, so its rows serve both directions.
            let targets = MatchTarget::new(batch, batch, |i, j| group(i) == group(j), &device);
            let logits = logits(own(table));
            (targets.divergence(logits.clone()) + targets.divergence(logits.transpose())).mul_scalar(0.5)
        }
        LossKind::ClassCrossEntropy => {
            MatchTarget::new(batch, groups.len(), |i, c| group(i) == groups[c], &device).divergence(logits(table))
        }
    }
}

/// Row-normalised matches, and the mean over rows of Σ P ln P.
struct MatchTarget {
    matches: Tensor<2>,
    negative_entropy: f64,
}

impl MatchTarget {
    fn new(rows: usize, columns: usize, matches: impl Fn(usize, usize) -> bool, device: &Device) -> Self {
        let mut values = vec![0.0; rows * columns];
        let mut negative_entropy = 0.0;
        for (i, row) in values.chunks_exact_mut(columns.max(1)).enumerate() {
            let count = (0..columns).filter(|&j| matches(i, j)).count().max(1);
            (0..columns).filter(|&j| matches(i, j)).for_each(|j| row[j] = 1.0 / count as f32);
            negative_entropy -= (count as f64).ln() / rows as f64;
        }
        Self { matches: constant(values, rows, columns, device), negative_entropy }
    }

    /// Mean over rows of KL(P ‖ softmax(logits)).
    fn divergence(&self, logits: Tensor<2>) -> Tensor<1> {
        let rows = logits.dims()[0] as f64;
        let cross = (activation::log_softmax(logits, 1) * self.matches.clone()).sum().mul_scalar(-1.0 / rows);
        cross.add_scalar(self.negative_entropy)
    }
}

/// Value and gradients of a loss on plain arrays, for tests and for looking at a batch.
#[derive(Clone, Debug)]
pub struct LossValue {
    /// The loss.
    pub value: f64,
    /// Gradient with respect to the signal embeddings, `[sample, width]`.
    pub signal_gradient: Array2<f32>,
    /// Gradient with respect to the table, `[class, width]`.
    pub table_gradient: Array2<f32>,
}

/// [`LossKind`] on plain arrays.
///
/// # Shapes
/// `signal[sample, width]`, `table[class, width]`, `labels[sample]` and `groups[class]`.
pub fn value(
    kind: LossKind,
    signal: &Array2<f32>,
    table: &Array2<f32>,
    labels: &[usize],
    groups: &[usize],
    temperature: f64,
) -> Result<LossValue, TrainError> {
    if signal.ncols() != table.ncols() {
        return Err(TrainError::mismatch("width", ("signal", signal.ncols()), ("table", table.ncols())));
    }
    if labels.len() != signal.nrows() || groups.len() != table.nrows() || labels.iter().any(|&l| l >= table.nrows()) {
        return Err(TrainError::data("loss", "labels or groups do not fit the arrays"));
    }
    let device = Device::flex().autodiff();
    let leaf = |a: &Array2<f32>| constant(a.iter().copied().collect(), a.nrows(), a.ncols(), &device).require_grad();
    let (s, t) = (leaf(signal), leaf(table));
    let scale = Tensor::<1>::from_floats([1.0 / temperature as f32], &device);
    let loss = loss(kind, s.clone(), t.clone(), labels, groups, scale);
    let grads = loss.backward();
    let back = |x: &Tensor<2>, like: &Array2<f32>| -> Result<Array2<f32>, TrainError> {
        let values = match x.grad(&grads) {
            Some(gradient) => parameters::values(gradient)?,
            None => vec![0.0; like.len()],
        };
        Array2::from_shape_vec(like.raw_dim(), values).map_err(|e| TrainError::data("loss", e.to_string()))
    };
    Ok(LossValue {
        value: f64::from(loss.into_scalar::<f32>()),
        signal_gradient: back(&s, signal)?,
        table_gradient: back(&t, table)?,
    })
}
