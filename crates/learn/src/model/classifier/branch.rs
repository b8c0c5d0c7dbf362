//! One view's branch: strided convolutions with group norm, averaged over what is left of the axes.

use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use burn::module::{Module, Param};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Tensor, activation, module};

/// A convolution that halves its axes, group norm (Wu and He 2018) and the rectifier. Group norm looks at one sample at a time, so
/// that neither the size of a batch nor what else is in it changes an answer.
#[derive(Module, Debug)]
pub struct Stage {
    conv: Conv,
    norm: GroupNorm,
}

/// # Shapes
/// `weight[output, input, kernel, kernel]`, of a view with one axis `[output, input, 1, kernel]`; `bias[output]`.
#[derive(Module, Debug)]
pub struct Conv {
    weight: Param<Tensor<4>>,
    bias: Param<Tensor<1>>,
}

#[derive(Module, Debug)]
struct GroupNorm {
    weight: Param<Tensor<1>>,
    bias: Param<Tensor<1>>,
    groups: usize,
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
    fn new(init: &Init, inputs: usize, outputs: usize, kernel: [usize; 2], groups: usize) -> Self {
        // Kaiming's law for rectifiers, uniform (He et al. 2015, eq. 10).
        let limit = (6.0 / (inputs * kernel[0] * kernel[1]) as f32).sqrt();
        let conv = init.at("conv");
        Self {
            conv: Conv {
                weight: conv.uniform("weight", [outputs, inputs, kernel[0], kernel[1]], limit),
                bias: conv.constant([outputs], 0.0),
            },
            norm: GroupNorm { weight: init.constant([outputs], 1.0), bias: init.constant([outputs], 0.0), groups },
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [_, _, rows, columns] = self.conv.weight.dims();
        // A view with one axis keeps its one row.
        let stride = [if rows == 1 { 1 } else { 2 }, 2];
        let options = ConvOptions::new(stride, [rows / 2, columns / 2], [1, 1], 1);
        let x = module::conv2d(x, self.conv.weight.val(), Some(self.conv.bias.val()), options);
        activation::relu(self.norm.forward(x))
    }
}

impl GroupNorm {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, channels, rows, columns] = x.dims();
        let grouped: Tensor<3> = x.reshape([batch, self.groups, channels / self.groups * rows * columns]);
        let centred = grouped.clone() - grouped.mean_dim(2);
        let variance = centred.clone().square().mean_dim(2);
        let x = (centred / variance.add_scalar(1e-5).sqrt()).reshape([batch, channels, rows, columns]);
        let along = |p: &Param<Tensor<1>>| p.val().reshape([1, channels, 1, 1]);
        x * along(&self.weight) + along(&self.bias)
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
    ) -> Self {
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
        let stages = channels.iter().enumerate().map(stage).collect();
        Self { stages, head: Linear::new(&init.at("head"), inputs, width), rows, columns }
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
