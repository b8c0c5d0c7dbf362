//! Channels to places (Shi et al. 2016, "pixel shuffle"), which goes up after a plain convolution.

use burn::tensor::Tensor;

/// `[batch, channel · times, place]` to `[batch, channel, place · times]`.
///
/// # Panics
/// When `times` does not divide the channels; so does the one over two axes.
pub fn shuffle_1d(x: Tensor<3>, times: usize) -> Tensor<3> {
    let [batch, channels, places] = x.dims();
    check(&[batch, channels, places], times, times);
    let x: Tensor<4> = x.reshape([batch, channels / times, times, places]);
    x.swap_dims(2, 3).reshape([batch, channels / times, places * times])
}

/// `[batch, channel · times², row, column]` to `[batch, channel, row · times, column · times]`, as PyTorch's `PixelShuffle`.
pub fn shuffle_2d(x: Tensor<4>, times: usize) -> Tensor<4> {
    let [batch, channels, rows, columns] = x.dims();
    let square = times.saturating_mul(times);
    check(&x.dims(), square, times);
    let channels = channels / square;
    let x: Tensor<6> = x.reshape([batch, channels, times, times, rows, columns]);
    x.permute([0, 1, 4, 2, 5, 3]).reshape([batch, channels, rows * times, columns * times])
}

fn check(shape: &[usize], parts: usize, times: usize) {
    let divides = parts > 0 && shape[1].is_multiple_of(parts);
    assert!(divides, "an input of {shape:?} goes up {times} times: {parts} divides {} channels not", shape[1]);
}
