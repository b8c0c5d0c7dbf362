//! One view's branch: strided convolutions with group norm, averaged over what is left of the axes.

use crate::model::ModelError;
use crate::model::activation::relu;
use crate::model::conv::{Conv2d, ConvConfig, Padding};
use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use crate::model::norm::GroupNorm;
use burn::module::Module;
use burn::tensor::Tensor;

/// A convolution that halves its axes, group norm and the rectifier. Group norm looks at one sample at a time, so that neither the
/// size of a batch nor what else is in it changes an answer.
#[derive(Module, Debug)]
pub struct Stage {
    conv: Conv2d,
    norm: GroupNorm,
}

/// A view's branch.
#[derive(Module, Debug)]
pub struct Branch {
    stages: Vec<Stage>,
    head: Linear,
    /// Lengths of the axes; a view with one axis is one row.
    rows: usize,
    columns: usize,
}

impl Stage {
    fn new(init: &Init, inputs: usize, outputs: usize, kernel: [usize; 2], groups: usize) -> Result<Self, ModelError> {
        let at = init.at("conv");
        // A view with one axis keeps its one row.
        let stride = [if kernel[0] == 1 { 1 } else { 2 }, 2];
        let mut conv =
            ConvConfig { stride, padding: Padding::Same, ..ConvConfig::new(inputs, outputs, kernel) }.init(&at)?;
        // Kaiming's law for rectifiers, uniform (He et al. 2015, eq. 10).
        let limit = (6.0 / (inputs * kernel[0] * kernel[1]) as f32).sqrt();
        conv.weight = at.uniform("weight", [outputs, inputs, kernel[0], kernel[1]], limit);
        conv.bias = Some(at.constant([outputs], 0.0));
        Ok(Self { conv, norm: GroupNorm::new(init, groups, outputs)? })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        relu(self.norm.forward(self.conv.forward(x)))
    }
}

impl Branch {
    /// Of a view with one or two axes.
    pub(super) fn new(
        init: &Init,
        shape: &[usize],
        channels: &[usize],
        kernel: usize,
        groups: usize,
        width: usize,
    ) -> Result<Self, ModelError> {
        let (rows, columns, kernel) = match *shape {
            [rows, columns] => (rows, columns, [kernel, kernel]),
            _ => (1, shape.iter().product(), [1, kernel]),
        };
        let mut inputs = 1;
        let stage = |(i, &outputs): (usize, &usize)| {
            let stage = Stage::new(&init.at("stages").at(i), inputs, outputs, kernel, groups);
            inputs = outputs;
            stage
        };
        let stages = channels.iter().enumerate().map(stage).collect::<Result<_, _>>()?;
        Ok(Self { stages, head: Linear::new(&init.at("head"), inputs, width), rows, columns })
    }

    /// # Shapes
    /// `x[sample, value]` to `[sample, 1, width]`.
    pub(super) fn forward(&self, x: Tensor<2>, pass: &Pass) -> Tensor<3> {
        let [batch, _] = x.dims();
        let mut x: Tensor<4> = x.reshape([batch, 1, self.rows, self.columns]);
        for stage in &self.stages {
            x = stage.forward(x);
        }
        let [_, channels, rows, columns] = x.dims();
        let pooled: Tensor<3> = x.reshape([batch, channels, rows * columns]).mean_dim(2);
        self.head.forward(pooled.swap_dims(1, 2), pass)
    }

    pub(super) fn for_each_linear(&mut self, name: &str, act: &mut dyn FnMut(&str, &mut Linear)) {
        act(&format!("{name}.head"), &mut self.head);
    }
}
