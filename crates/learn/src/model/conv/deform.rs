//! A convolution whose taps stand where the map says.

use super::{Conv2d, ConvConfig, Padding};
use crate::model::ModelError;
use crate::model::init::Init;
use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::module::deform_conv2d;
use burn::tensor::ops::DeformConvOptions;

/// A deformable convolution (Dai et al. 2017): a plain one finds how far each tap of each output is moved, values between cells are
/// linear in both axes, and beyond the map there are zeros.
///
/// # Shapes
/// `offsets` puts out `[(tap, row | column)]` in cells, as `torchvision.ops.deform_conv2d` takes them; `kernel` is that of the taps.
#[derive(Module, Debug)]
pub struct DeformConv2d {
    /// Finds the offsets; zero at the start, where all is a plain convolution.
    pub offsets: Conv2d,
    /// The kernels.
    pub kernel: Conv2d,
    stride: usize,
}

impl DeformConv2d {
    /// Three taps along each axis, one cell of zeros around.
    pub fn new(init: &Init, inputs: usize, outputs: usize, stride: usize) -> Result<Self, ModelError> {
        let window = |outputs: usize| ConvConfig {
            stride: [stride; 2],
            padding: Padding::Both([1, 1]),
            ..ConvConfig::new(inputs, outputs, [3, 3])
        };
        let (mut offsets, at) = (window(18).init(&init.at("offsets"))?, init.at("offsets"));
        offsets.weight = at.constant([18, inputs, 3, 3], 0.0);
        offsets.bias = Some(at.constant([18], 0.0));
        let kernel = ConvConfig { bias: false, ..window(outputs) }.init(&init.at("kernel"))?;
        Ok(Self { offsets, kernel, stride })
    }

    /// # Shapes
    /// `x[batch, input, row, column]` to `[batch, output, row, column]`.
    ///
    /// # Panics
    /// When the channels are others.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let options = DeformConvOptions::new([self.stride; 2], [1, 1], [1, 1], 1, 1);
        let offsets = self.offsets.forward(x.clone());
        deform_conv2d(x, offsets, self.kernel.weight.val(), None, None, options)
    }
}
