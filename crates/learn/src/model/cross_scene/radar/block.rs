//! Residual blocks with a bottleneck (He et al. 2016), whose middle convolution may be deformable.

use crate::model::ModelError;
use crate::model::activation::relu;
use crate::model::conv::{Conv2d, ConvConfig, DeformConv2d, Padding};
use crate::model::init::Init;
use crate::model::linear::Pass;
use crate::model::norm::GroupNorm;
use burn::module::Module;
use burn::tensor::Tensor;

/// Channels and stride of a block.
pub(super) struct BlockSizes {
    pub(super) inputs: usize,
    pub(super) inner: usize,
    pub(super) outputs: usize,
    pub(super) stride: usize,
    pub(super) groups: usize,
}

/// `relu(skip(x) + drop(norm(up(relu(norm(middle(relu(norm(down(x)))))))))`; the stride is that of the middle.
#[derive(Module, Debug)]
pub struct Bottleneck {
    down: Conv2d,
    down_norm: GroupNorm,
    /// Where it is a plain convolution.
    middle: Option<Conv2d>,
    /// Where its taps are learnt.
    pub deformed: Option<DeformConv2d>,
    middle_norm: GroupNorm,
    up: Conv2d,
    up_norm: GroupNorm,
    /// Where the shape changes.
    skip: Option<Conv2d>,
    skip_norm: Option<GroupNorm>,
    drop_path: f64,
    name: String,
}

impl Bottleneck {
    pub(super) fn new(init: &Init, of: &BlockSizes, deformable: bool, drop_path: f64) -> Result<Self, ModelError> {
        let one =
            |inputs: usize, outputs: usize| ConvConfig { bias: false, ..ConvConfig::new(inputs, outputs, [1, 1]) };
        let plain = ConvConfig {
            stride: [of.stride; 2],
            padding: Padding::Both([1, 1]),
            bias: false,
            ..ConvConfig::new(of.inner, of.inner, [3, 3])
        };
        let norm = |name: &str, channels: usize| GroupNorm::new(&init.at(name), of.groups, channels);
        let changes = of.stride != 1 || of.inputs != of.outputs;
        let skip = ConvConfig { stride: [of.stride; 2], ..one(of.inputs, of.outputs) };
        let deformed = || DeformConv2d::new(&init.at("deformed"), of.inner, of.inner, of.stride);
        Ok(Self {
            down: one(of.inputs, of.inner).init(&init.at("down"))?,
            down_norm: norm("down_norm", of.inner)?,
            middle: (!deformable).then(|| plain.init(&init.at("middle"))).transpose()?,
            deformed: deformable.then(deformed).transpose()?,
            middle_norm: norm("middle_norm", of.inner)?,
            up: one(of.inner, of.outputs).init(&init.at("up"))?,
            up_norm: norm("up_norm", of.outputs)?,
            skip: changes.then(|| skip.init(&init.at("skip"))).transpose()?,
            skip_norm: changes.then(|| norm("skip_norm", of.outputs)).transpose()?,
            drop_path,
            name: init.path().to_owned(),
        })
    }

    /// # Shapes
    /// `x[sample, input, velocity, time]` to `[sample, output, velocity, time]`, both axes divided by the stride and rounded up.
    pub(super) fn forward(&self, x: Tensor<4>, pass: &Pass) -> Tensor<4> {
        let y = relu(self.down_norm.forward(self.down.forward(x.clone())));
        let y = match (&self.middle, &self.deformed) {
            (Some(middle), _) => middle.forward(y),
            (_, Some(deformed)) => deformed.forward(y),
            _ => y,
        };
        let y = relu(self.middle_norm.forward(y));
        let y = self.up_norm.forward(self.up.forward(y));
        let x = match (&self.skip, &self.skip_norm) {
            (Some(skip), Some(norm)) => norm.forward(skip.forward(x)),
            _ => x,
        };
        relu(x + pass.drop_rows(y, self.drop_path, &self.name))
    }
}
