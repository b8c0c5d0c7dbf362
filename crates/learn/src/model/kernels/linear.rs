//! `y = x W + b`.

use crate::kernels::product::{Onto, View, multiply};

/// # Shapes
/// `x[row, input]`, `weight[input, output]`, `bias[output]` to `[row, output]`.
pub(crate) fn forward(x: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let outputs = bias.len();
    let inputs = weight.len() / outputs.max(1);
    let rows = x.len() / inputs.max(1);
    let mut y = Vec::with_capacity(rows * outputs);
    for _ in 0..rows {
        y.extend_from_slice(bias);
    }
    multiply(
        &mut y,
        outputs,
        View::new(x, rows, inputs, inputs),
        View::new(weight, inputs, outputs, outputs),
        Onto::Add,
    );
    y
}

/// Gradient of `x[row, input]` from that of the output: `g Wᵀ`.
pub(crate) fn input_gradient(weight: &[f32], outputs: usize, gradient: &[f32]) -> Vec<f32> {
    let inputs = weight.len() / outputs.max(1);
    let rows = gradient.len() / outputs.max(1);
    let mut out = vec![0.0; rows * inputs];
    let weight = View::new(weight, inputs, outputs, outputs);
    multiply(&mut out, inputs, View::new(gradient, rows, outputs, outputs), weight.transposed(), Onto::Overwrite);
    out
}

/// Gradient of `weight[input, output]`: `xᵀ g`.
pub(crate) fn weight_gradient(x: &[f32], inputs: usize, gradient: &[f32], outputs: usize) -> Vec<f32> {
    let rows = x.len() / inputs.max(1);
    let mut out = vec![0.0; inputs * outputs];
    let x = View::new(x, rows, inputs, inputs);
    multiply(&mut out, outputs, x.transposed(), View::new(gradient, rows, outputs, outputs), Onto::Overwrite);
    out
}

/// Gradient of `bias[output]`: the sum over rows.
pub(crate) fn bias_gradient(gradient: &[f32], outputs: usize) -> Vec<f32> {
    let mut out = vec![0.0; outputs];
    for row in gradient.chunks_exact(outputs.max(1)) {
        out.iter_mut().zip(row).for_each(|(sum, g)| *sum += g);
    }
    out
}
