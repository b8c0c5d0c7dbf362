//! Maximum mean discrepancy class by class (DSAN's LMMD, Zhu et al. 2020).

use super::numbers;
use burn::tensor::{Tensor, TensorData};

/// Kernels, each twice as wide as the one before, the middle one of the mean squared distance.
const KERNELS: i32 = 5;

/// `Σ_c ‖Σ_i w_ic φ(s_i) − Σ_j v_jc φ(t_j)‖² / C` with weights `w` of samples of class c and `v` by the probability of class c, each class'
/// summing to 1 (equation 6 of DSAN), φ that of a sum of five Gaussian kernels. Classes that no labelled sample of the batch has are left out.
/// Weights and widths are taken as they are.
///
/// # Shapes
/// `source[sample, entry]` with `labels`, `target[sample, entry]` with `shares[sample, class]`.
pub(super) fn discrepancy(source: Tensor<2>, target: Tensor<2>, labels: &[usize], shares: Tensor<2>) -> Tensor<1> {
    let ([ns, _], [nt, classes], device) = (source.dims(), shares.dims(), source.device());
    let all = ns + nt;
    let shares = numbers(&shares);
    // Signed weights [class, sample]: those of the target count as less.
    let mut rows = Vec::new();
    for class in 0..classes {
        let own = labels.iter().filter(|&&label| label == class).count();
        if own == 0 {
            continue;
        }
        let sum: f32 = (0..nt).map(|j| shares[j * classes + class]).sum();
        rows.extend(labels.iter().map(|&label| if label == class { 1.0 / own as f32 } else { 0.0 }));
        rows.extend((0..nt).map(|j| -shares[j * classes + class] / sum.max(1e-12)));
    }
    let counted = rows.len() / all;
    let weights = Tensor::<2>::from_data(TensorData::new(rows, [counted, all]), &device);
    let x = Tensor::cat(vec![source, target], 0);
    let squares = x.clone().square().sum_dim(1);
    let square = squares.clone() + squares.transpose() - x.clone().matmul(x.transpose()).mul_scalar(2.0);
    let square = square.clamp_min(0.0);
    let mean = f64::from(square.clone().detach().sum().into_scalar::<f32>()) / (all * all - all).max(1) as f64;
    let kernel = |i: i32| square.clone().mul_scalar(-1.0 / (mean.max(1e-12) * 2f64.powi(i - KERNELS / 2))).exp();
    let kernels = (1..KERNELS).map(kernel).fold(kernel(0), |sum, one| sum + one);
    (weights.clone().matmul(kernels) * weights).sum().div_scalar(counted as f64)
}
