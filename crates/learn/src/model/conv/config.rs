//! What a convolutional layer is made of, as data.

use super::{Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d, Window};
use crate::model::ModelError;
use crate::model::init::Init;
use burn::module::Param;
use burn::tensor::Tensor;

/// Zeros around the axes of an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Padding<const D: usize> {
    /// None.
    #[default]
    None,
    /// As many as keep the length at stride 1, half of them before, rounded down, as PyTorch's `same`.
    Same,
    /// As many as keep the length at stride 1, all before the last axis, so that no output sees what comes after it; the other axes
    /// as `same`.
    Causal,
    /// So many before and after every axis.
    Both([usize; D]),
    /// Before and after each axis.
    Each([[usize; 2]; D]),
}

/// Configuration of a convolution over `D` axes, 1 or 2, and of a transposed one.
///
/// ```
/// # use kinecho_learn::model::conv::{ConvConfig, Padding};
/// let causal = ConvConfig { dilation: [8], padding: Padding::Causal, ..ConvConfig::new(64, 64, [3]) };
/// let depthwise = ConvConfig { groups: 96, padding: Padding::Same, ..ConvConfig::new(96, 96, [7, 7]) };
/// assert!(causal.check().is_ok() && depthwise.check().is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvConfig<const D: usize> {
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// Entries of the kernel along each axis.
    pub kernel: [usize; D],
    /// Steps between outputs; of a transposed convolution, between inputs. 1 by default.
    pub stride: [usize; D],
    /// Steps between entries of the kernel. 1 by default.
    pub dilation: [usize; D],
    /// Zeros around the input; of a transposed convolution, what is cut off the output. None by default.
    pub padding: Padding<D>,
    /// Groups of channels that see each other only; as many as there are channels: depthwise. 1 by default.
    pub groups: usize,
    /// Whether there are offsets. Yes by default.
    pub bias: bool,
    /// Outputs that a transposed convolution adds behind each axis (PyTorch's `output_padding`). 0 by default.
    pub beyond: [usize; D],
}

impl<const D: usize> ConvConfig<D> {
    /// Stride and dilation 1, no padding, one group, with offsets.
    pub fn new(inputs: usize, outputs: usize, kernel: [usize; D]) -> Self {
        Self {
            inputs,
            outputs,
            kernel,
            stride: [1; D],
            dilation: [1; D],
            padding: Padding::None,
            groups: 1,
            bias: true,
            beyond: [0; D],
        }
    }

    /// Every setting inside its range, or the first that is not.
    pub fn check(&self) -> Result<(), ModelError> {
        let Self { inputs, outputs, groups, .. } = *self;
        let fail = |field: &str, found: String, expected: &str| {
            Err(ModelError::Config { field: field.into(), found, expected: expected.into() })
        };
        for (field, value) in [("inputs", inputs), ("outputs", outputs), ("groups", groups)] {
            if value == 0 || value > 1 << 20 {
                return fail(field, value.to_string(), "1 to 2^20");
            }
        }
        for (field, values) in [("kernel", self.kernel), ("stride", self.stride), ("dilation", self.dilation)] {
            if values.iter().any(|&v| v == 0 || v > 1 << 20) {
                return fail(field, format!("{values:?}"), "1 to 2^20 along each axis");
            }
        }
        if !inputs.is_multiple_of(groups) || !outputs.is_multiple_of(groups) {
            let found = format!("{groups}, with {inputs} input and {outputs} output channels");
            return fail("groups", found, "a number that divides both");
        }
        Ok(())
    }

    /// The window over two axes; one axis is the second of them.
    pub fn window(&self) -> Window {
        let two = |values: [usize; D], none: usize| match values[..] {
            [rows, columns] => [rows, columns],
            [columns] => [none, columns],
            _ => [none; 2],
        };
        let whole = Window {
            kernel: two(self.kernel, 1),
            stride: two(self.stride, 1),
            dilation: two(self.dilation, 1),
            padding: [[0; 2]; 2],
            groups: self.groups,
        };
        let around = [0, 1].map(|axis| whole.reach(axis) - 1);
        let same = around.map(|n| [n / 2, n - n / 2]);
        let padding = match self.padding {
            Padding::None => [[0; 2]; 2],
            Padding::Same => same,
            Padding::Causal => [same[0], [around[1], 0]],
            Padding::Both(each) => two(each, 0).map(|n| [n; 2]),
            Padding::Each(each) => match each[..] {
                [rows, columns] => [rows, columns],
                [columns] => [[0; 2], columns],
                _ => [[0; 2]; 2],
            },
        };
        Window { padding, ..whole }
    }

    /// PyTorch's law: uniform in ±1/√(inputs that an output sees).
    fn limit(&self, channels: usize) -> f32 {
        let seen = channels / self.groups * self.kernel.iter().product::<usize>();
        1.0 / (seen.max(1) as f32).sqrt()
    }

    fn offsets(&self, init: &Init, limit: f32) -> Option<Param<Tensor<1>>> {
        self.bias.then(|| init.uniform("bias", [self.outputs], limit))
    }
}

impl ConvConfig<1> {
    /// The layer, with PyTorch's initial law.
    pub fn init(&self, init: &Init) -> Result<Conv1d, ModelError> {
        self.check()?;
        let limit = self.limit(self.inputs);
        let weight = init.uniform("weight", [self.outputs, self.inputs / self.groups, self.kernel[0]], limit);
        Ok(Conv1d { weight, bias: self.offsets(init, limit), window: self.window() })
    }

    /// The transposed layer, with PyTorch's initial law.
    pub fn init_transposed(&self, init: &Init) -> Result<ConvTranspose1d, ModelError> {
        self.check()?;
        let limit = self.limit(self.outputs);
        let weight = init.uniform("weight", [self.inputs, self.outputs / self.groups, self.kernel[0]], limit);
        let bias = self.offsets(init, limit);
        Ok(ConvTranspose1d { weight, bias, window: self.window(), beyond: self.beyond[0] })
    }
}

impl ConvConfig<2> {
    /// The layer, with PyTorch's initial law.
    pub fn init(&self, init: &Init) -> Result<Conv2d, ModelError> {
        self.check()?;
        let ([rows, columns], limit) = (self.kernel, self.limit(self.inputs));
        let weight = init.uniform("weight", [self.outputs, self.inputs / self.groups, rows, columns], limit);
        Ok(Conv2d { weight, bias: self.offsets(init, limit), window: self.window() })
    }

    /// The transposed layer, with PyTorch's initial law.
    pub fn init_transposed(&self, init: &Init) -> Result<ConvTranspose2d, ModelError> {
        self.check()?;
        let ([rows, columns], limit) = (self.kernel, self.limit(self.outputs));
        let weight = init.uniform("weight", [self.inputs, self.outputs / self.groups, rows, columns], limit);
        let bias = self.offsets(init, limit);
        Ok(ConvTranspose2d { weight, bias, window: self.window(), beyond: self.beyond })
    }
}
