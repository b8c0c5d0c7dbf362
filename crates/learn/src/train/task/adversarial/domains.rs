//! Networks that tell scenes apart.

use super::{AlignedLoss, DomainRows, numbers, value};
use crate::train::TrainError;
use burn::tensor::{Tensor, TensorData};

/// How well networks tell scenes apart.
pub(super) struct ToldApart {
    /// The mean over networks and samples of the binary cross-entropy, both scenes weighing the same.
    pub(super) loss: Tensor<1>,
    /// Share of right answers of each network, both scenes weighing the same.
    pub(super) accuracy: Vec<f64>,
}

/// # Shapes
/// `scores[sample, network]`, above 0 for a sample without a label.
pub(super) fn told_apart(scores: Tensor<2>, sides: &DomainRows) -> ToldApart {
    let [rows, networks] = scores.dims();
    let (mut truth, mut weights) = (vec![0.0_f32; rows], vec![0.0_f32; rows]);
    for (list, is_target) in [(&sides.labelled, 0.0), (&sides.unlabelled, 1.0)] {
        for &row in list {
            (truth[row], weights[row]) = (is_target, 0.5 / list.len() as f32);
        }
    }
    let column = |values: &[f32]| Tensor::<2>::from_data(TensorData::new(values.to_vec(), [rows, 1]), &scores.device());
    // max(s, 0) − s t + ln(1 + e^−|s|), which no score overflows.
    let entropy = scores.clone().clamp_min(0.0) - scores.clone() * column(&truth)
        + scores.clone().abs().neg().exp().add_scalar(1.0).log();
    let loss = (entropy * column(&weights)).sum().div_scalar(networks as f64);
    let given = numbers(&scores);
    let is_right = |row: usize, network: usize| (given[row * networks + network] > 0.0) == (truth[row] > 0.5);
    let right = |network: usize| {
        let rows = (0..given.len() / networks).filter(|&row| is_right(row, network));
        rows.map(|row| f64::from(weights[row])).sum()
    };
    ToldApart { loss, accuracy: (0..networks).map(right).collect() }
}

/// How far scenes are apart to a network (the proxy 𝒜-distance, Ben-David et al. 2007): 2 (1 − 2 ε) of its share ε of errors, at least 0.
fn apart(accuracy: f64) -> f64 {
    (2.0 * (1.0 - 2.0 * (1.0 - accuracy))).max(0.0)
}

/// `(1 − ω) L_g + ω L_l` with `ω = d_g / (d_g + mean d_l)` (DAAN, Yu et al. 2019, equations 7 to 10). Distances are those of the batch, where
/// the paper has those of the epoch before: a step then depends on weights and batch alone. Where no network tells anything, ω is ½.
///
/// # Shapes
/// `global[sample, 1, 1]`, `local[sample, class, 1]`.
pub(super) fn dynamic(global: Tensor<3>, local: Tensor<3>, sides: &DomainRows) -> Result<AlignedLoss, TrainError> {
    let (global, local) = (told_apart(global.squeeze_dim(2), sides), told_apart(local.squeeze_dim(2), sides));
    let d_global = apart(global.accuracy.first().copied().unwrap_or(0.5));
    let d_local = local.accuracy.iter().copied().map(apart).sum::<f64>() / local.accuracy.len().max(1) as f64;
    let omega = if d_global + d_local > 0.0 { d_global / (d_global + d_local) } else { 0.5 };
    let parts = vec![("omega", omega), ("global", value(&global.loss)), ("local", value(&local.loss))];
    Ok((global.loss.mul_scalar(1.0 - omega) + local.loss.mul_scalar(omega), parts))
}
