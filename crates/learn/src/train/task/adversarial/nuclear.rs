//! The nuclear norm of a batch of answers (BNM, Cui et al. 2020): large where answers are sure and differ from sample to sample.

use super::numbers;
use burn::tensor::{Tensor, TensorData};
use nalgebra::DMatrix;

/// `−‖A‖_* / samples`; the gradient is that of `Σ A ⊙ U Vᵀ` of the singular vectors of A, whose value is the norm itself.
///
/// # Shapes
/// `answers[sample, class]`, probabilities.
pub(super) fn negative_mean(answers: Tensor<2>) -> Tensor<1> {
    let ([rows, classes], device) = (answers.dims(), answers.device());
    let values: Vec<f64> = numbers(&answers).into_iter().map(f64::from).collect();
    let svd = DMatrix::from_row_slice(rows, classes, &values).svd(true, true);
    let direction = match (svd.u, svd.v_t) {
        (Some(u), Some(v)) => u * v,
        _ => DMatrix::zeros(rows, classes),
    };
    let direction: Vec<f32> = (0..rows * classes).map(|k| direction[(k / classes, k % classes)] as f32).collect();
    let direction = Tensor::<2>::from_data(TensorData::new(direction, [rows, classes]), &device);
    (answers * direction).sum().mul_scalar(-1.0 / rows as f64)
}
