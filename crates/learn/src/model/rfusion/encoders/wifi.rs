//! The time-frequency convolutional network (section III-B): what moves of CSI, convolved along time and along subcarriers.

use super::TokenProjection;
use crate::model::ModelError;
use crate::model::activation::relu;
use crate::model::conv::{Conv2d, ConvConfig, Padding};
use crate::model::init::Init;
use crate::model::linear::Pass;
use crate::model::norm::GroupNorm;
use crate::model::rfusion::config::{GROUPS, RFusionSizes, WifiBranch};
use burn::module::Module;
use burn::tensor::Tensor;

/// A residual block: along time, dilated, then along subcarriers.
#[derive(Module, Debug)]
pub struct TfcnBlock {
    time: Conv2d,
    time_norm: GroupNorm,
    frequency: Conv2d,
    frequency_norm: GroupNorm,
}

/// Halves both axes, then blocks; their reach in time doubles from stage to stage.
#[derive(Module, Debug)]
pub struct TfcnStage {
    down: Conv2d,
    norm: GroupNorm,
    blocks: Vec<TfcnBlock>,
}

/// The encoder of CSI.
#[derive(Module, Debug)]
pub struct Tfcn {
    stem: Conv2d,
    norm: GroupNorm,
    stages: Vec<TfcnStage>,
    /// To tokens.
    pub projection: TokenProjection,
    links: usize,
    subcarriers: usize,
    times: usize,
}

/// Without what stands still: each row less its mean over time.
fn moving(x: Tensor<4>) -> Tensor<4> {
    let mean = x.clone().mean_dim(3);
    x - mean
}

impl TfcnBlock {
    fn new(init: &Init, channels: usize, dilation: usize) -> Result<Self, ModelError> {
        let same = |kernel: [usize; 2], dilation: [usize; 2]| ConvConfig {
            dilation,
            padding: Padding::Same,
            ..ConvConfig::new(channels, channels, kernel)
        };
        Ok(Self {
            time: same([1, 3], [1, dilation]).init(&init.at("time"))?,
            time_norm: GroupNorm::new(&init.at("time_norm"), GROUPS, channels)?,
            frequency: same([3, 1], [1, 1]).init(&init.at("frequency"))?,
            frequency_norm: GroupNorm::new(&init.at("frequency_norm"), GROUPS, channels)?,
        })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let y = relu(self.time_norm.forward(self.time.forward(x.clone())));
        relu(x + self.frequency_norm.forward(self.frequency.forward(y)))
    }
}

impl Tfcn {
    pub(super) fn new(init: &Init, branch: &WifiBranch, sizes: &RFusionSizes) -> Result<Self, ModelError> {
        let (&[rows, times], Some(&first)) = (branch.shape.as_slice(), sizes.wifi.first()) else {
            let (field, found) = ("wifi.shape".into(), format!("{:?}", branch.shape));
            return Err(ModelError::Config { field, found, expected: "two lengths".into() });
        };
        // Time is sampled far finer than bodies move; subcarriers are not.
        let stem =
            ConvConfig { stride: [1, 4], padding: Padding::Same, ..ConvConfig::new(branch.links, first, [3, 7]) };
        let mut inputs = first;
        let mut stages = Vec::new();
        for (i, &channels) in sizes.wifi.iter().enumerate() {
            let init = init.at("stages").at(i);
            let down =
                ConvConfig { stride: [2, 2], padding: Padding::Same, ..ConvConfig::new(inputs, channels, [3, 3]) };
            let blocks = (0..sizes.wifi_blocks).map(|k| TfcnBlock::new(&init.at("blocks").at(k), channels, 1 << i));
            stages.push(TfcnStage {
                down: down.init(&init.at("down"))?,
                norm: GroupNorm::new(&init.at("norm"), GROUPS, channels)?,
                blocks: blocks.collect::<Result<_, _>>()?,
            });
            inputs = channels;
        }
        Ok(Self {
            stem: stem.init(&init.at("stem"))?,
            norm: GroupNorm::new(&init.at("norm"), GROUPS, first)?,
            stages,
            projection: TokenProjection::new(&init.at("projection"), inputs, sizes.tokens, sizes.width),
            links: branch.links,
            subcarriers: rows / branch.links,
            times,
        })
    }

    /// # Shapes
    /// `x[sample, link · subcarrier · time]` to `[sample, token, width]`, tokens in order of time.
    pub(super) fn forward(&self, x: Tensor<2>, pass: &Pass) -> Tensor<3> {
        let [samples, _] = x.dims();
        let x = moving(x.reshape([samples, self.links, self.subcarriers, self.times]));
        let mut x = relu(self.norm.forward(self.stem.forward(x)));
        for stage in &self.stages {
            x = relu(stage.norm.forward(stage.down.forward(x)));
            x = stage.blocks.iter().fold(x, |x, block| block.forward(x));
        }
        let [_, channels, _, times] = x.dims();
        self.projection.forward(x.mean_dim(2).reshape([samples, channels, times]), pass)
    }
}
