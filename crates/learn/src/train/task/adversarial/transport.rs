//! Entropic optimal transport between the features of two sets of samples.

use super::numbers;
use burn::tensor::{Tensor, TensorData};

/// ε as a share of the mean cost.
const SHARPNESS: f64 = 0.05;
/// Rounds of scaling; the plan's margins are then met to some 1e-6.
const ROUNDS: usize = 200;

/// The plan that moves even weights of the rows onto even weights of the columns at the least cost less ε times its entropy (Sinkhorn's
/// scaling of Cuturi 2013, in logarithms).
///
/// # Shapes
/// `cost[row · column]`, row-major, to the same.
pub(super) fn plan(cost: &[f64], rows: usize, columns: usize, epsilon: f64) -> Vec<f64> {
    let (log_row, log_column) = (-(rows as f64).ln(), -(columns as f64).ln());
    let (mut f, mut g) = (vec![0.0; rows], vec![0.0; columns]);
    let soft_least = |terms: &mut dyn Iterator<Item = f64>| {
        let terms: Vec<f64> = terms.collect();
        let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        most + terms.iter().map(|t| (t - most).exp()).sum::<f64>().ln()
    };
    for _ in 0..ROUNDS {
        for i in 0..rows {
            let terms = &mut (0..columns).map(|j| (g[j] - cost[i * columns + j]) / epsilon);
            f[i] = epsilon * (log_row - soft_least(terms));
        }
        for j in 0..columns {
            let terms = &mut (0..rows).map(|i| (f[i] - cost[i * columns + j]) / epsilon);
            g[j] = epsilon * (log_column - soft_least(terms));
        }
    }
    (0..rows * columns).map(|k| ((f[k / columns] + g[k % columns] - cost[k]) / epsilon).exp()).collect()
}

/// `Σ P_ij ‖s_i − t_j‖ / √width` with the entropic plan P: the Wasserstein distance of the paper, entropic rather than by a critic, since a
/// batch of some tens has an exact answer and a critic would be one more network to train. The plan is taken as it is: its change with the
/// features moves the cost in second order only (envelope theorem). Lengths count in roots of the width, so that λ means the same at every
/// size.
///
/// # Shapes
/// `source[sample, entry]`, `target[sample, entry]`.
pub(super) fn distance(source: Tensor<2>, target: Tensor<2>) -> Tensor<1> {
    let ([rows, width], [columns, _], device) = (source.dims(), target.dims(), source.device());
    let squares = |x: &Tensor<2>| x.clone().square().sum_dim(1);
    let products = source.clone().matmul(target.clone().transpose()).mul_scalar(2.0);
    let square = squares(&source) + squares(&target).transpose() - products;
    let cost = square.clamp_min(1e-6).sqrt().div_scalar((width as f64).sqrt());
    let plain: Vec<f64> = numbers(&cost).into_iter().map(f64::from).collect();
    let mean = plain.iter().sum::<f64>() / plain.len().max(1) as f64;
    let plan = plan(&plain, rows, columns, SHARPNESS * mean.max(1e-12));
    let plan: Vec<f32> = plan.into_iter().map(|p| p as f32).collect();
    (cost * Tensor::<2>::from_data(TensorData::new(plan, [rows, columns]), &device)).sum()
}
