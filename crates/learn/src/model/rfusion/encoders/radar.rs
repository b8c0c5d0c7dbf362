//! ConvNeXt over radar maps (section III-B; Liu et al. 2022).

use super::TokenProjection;
use crate::model::ModelError;
use crate::model::activation::gelu;
use crate::model::conv::{Conv2d, ConvConfig, Padding};
use crate::model::init::Init;
use crate::model::linear::Pass;
use crate::model::norm::ChannelNorm;
use crate::model::rfusion::config::{RFusionSizes, RadarBranch};
use burn::module::{Module, Param};
use burn::tensor::Tensor;

/// ConvNeXt's ε.
const EPSILON: f64 = 1e-6;

/// `x + γ · down(gelu(up(norm(depthwise(x)))))`.
#[derive(Module, Debug)]
pub struct ConvNextBlock {
    depthwise: Conv2d,
    norm: ChannelNorm,
    up: Conv2d,
    down: Conv2d,
    /// γ, `[channel]`, small at the start.
    scale: Param<Tensor<1>>,
}

/// Blocks of one size behind a convolution that halves both axes; the first stage has none.
#[derive(Module, Debug)]
pub struct ConvNextStage {
    norm: Option<ChannelNorm>,
    halve: Option<Conv2d>,
    blocks: Vec<ConvNextBlock>,
}

/// The encoder of radar maps: frames are the channels of its first convolution.
#[derive(Module, Debug)]
pub struct ConvNext {
    stem: Conv2d,
    stem_norm: ChannelNorm,
    stages: Vec<ConvNextStage>,
    /// To tokens.
    pub projection: TokenProjection,
    /// Rows of each view.
    #[module(skip)]
    rows: Vec<usize>,
    /// Whether the mean over frames is taken from it.
    #[module(skip)]
    background: Vec<bool>,
    frames: usize,
    columns: usize,
}

impl ConvNextBlock {
    fn new(init: &Init, channels: usize) -> Result<Self, ModelError> {
        let depthwise =
            ConvConfig { groups: channels, padding: Padding::Same, ..ConvConfig::new(channels, channels, [7, 7]) };
        Ok(Self {
            depthwise: depthwise.init(&init.at("depthwise"))?,
            norm: ChannelNorm::new(&init.at("norm"), channels, EPSILON),
            up: ConvConfig::new(channels, 4 * channels, [1, 1]).init(&init.at("up"))?,
            down: ConvConfig::new(4 * channels, channels, [1, 1]).init(&init.at("down"))?,
            scale: init.constant([channels], 1e-6),
        })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let y = self.up.forward(self.norm.forward(self.depthwise.forward(x.clone())));
        let [channels] = self.scale.dims();
        x + self.down.forward(gelu(y)) * self.scale.val().reshape([1, channels, 1, 1])
    }
}

impl ConvNext {
    pub(super) fn new(init: &Init, branch: &RadarBranch, sizes: &RFusionSizes) -> Result<Self, ModelError> {
        let last = |shape: &Vec<usize>| shape.len().checked_sub(2).map(|i| (shape[i], shape[i + 1]));
        let sizes_of: Option<Vec<(usize, usize)>> = branch.shapes.iter().map(last).collect();
        let (Some(maps), Some(&first)) = (sizes_of.filter(|maps| !maps.is_empty()), sizes.radar.first()) else {
            let (field, found) = ("radar.shapes".into(), format!("{:?}", branch.shapes));
            return Err(ModelError::Config { field, found, expected: "two or three lengths each".into() });
        };
        let frames = if branch.shapes[0].len() == 3 { branch.shapes[0][0] } else { 1 };
        let mut stages = Vec::new();
        let mut inputs = first;
        for (i, (&channels, &depth)) in sizes.radar.iter().zip(&sizes.radar_depths).enumerate() {
            let init = init.at("stages").at(i);
            let halve = ConvConfig { stride: [2, 2], padding: rounded(2), ..ConvConfig::new(inputs, channels, [2, 2]) };
            stages.push(ConvNextStage {
                norm: (i > 0).then(|| ChannelNorm::new(&init.at("norm"), inputs, EPSILON)),
                halve: (i > 0).then(|| halve.init(&init.at("halve"))).transpose()?,
                blocks: (0..depth)
                    .map(|k| ConvNextBlock::new(&init.at("blocks").at(k), channels))
                    .collect::<Result<_, _>>()?,
            });
            inputs = channels;
        }
        let stem = ConvConfig { stride: [4, 4], padding: rounded(4), ..ConvConfig::new(frames, first, [4, 4]) };
        Ok(Self {
            stem: stem.init(&init.at("stem"))?,
            stem_norm: ChannelNorm::new(&init.at("stem_norm"), first, EPSILON),
            stages,
            projection: TokenProjection::new(&init.at("projection"), inputs, sizes.tokens, sizes.width),
            rows: maps.iter().map(|(rows, _)| *rows).collect(),
            background: branch.views.iter().map(|view| frames > 1 && branch.background.contains(view)).collect(),
            frames,
            columns: maps[0].1,
        })
    }

    /// The maps below each other, without their background where it is to be taken, each with a mean power of 1: their units differ by many
    /// orders, and a strong sensor is not a strong movement.
    fn maps(&self, views: Vec<Tensor<2>>) -> Tensor<4> {
        let one = |(i, view): (usize, Tensor<2>)| {
            let [samples, _] = view.dims();
            let (rows, background) = (self.rows[i], self.background[i]);
            let mut map: Tensor<4> = view.reshape([samples, self.frames, rows, self.columns]);
            if background {
                let mean = map.clone().mean_dim(1);
                map = map - mean;
            }
            let flat: Tensor<2> = map.clone().reshape([samples, self.frames * rows * self.columns]);
            // The largest value first: squares of √W are beyond what 32 bits hold.
            let largest = flat.clone().abs().max_dim(1).clamp_min(1e-30);
            let power = (flat / largest.clone()).square().mean_dim(1).sqrt().clamp_min(1e-6) * largest;
            map / power.reshape([samples, 1, 1, 1])
        };
        Tensor::cat(views.into_iter().enumerate().map(one).collect(), 2)
    }

    /// # Shapes
    /// `views` each `[sample, frame · row · column]` to `[sample, token, width]`, tokens from the first row to the last.
    pub(super) fn forward(&self, views: Vec<Tensor<2>>, pass: &Pass) -> Tensor<3> {
        let mut x = self.stem_norm.forward(self.stem.forward(self.maps(views)));
        for stage in &self.stages {
            if let (Some(norm), Some(halve)) = (&stage.norm, &stage.halve) {
                x = halve.forward(norm.forward(x));
            }
            x = stage.blocks.iter().fold(x, |x, block| block.forward(x));
        }
        let [samples, channels, rows, columns] = x.dims();
        self.projection.forward(x.reshape([samples, channels, rows * columns]), pass)
    }
}

/// Zeros behind an axis, so that a ragged end has a place of its own and no map is too small for a stride of `n`.
fn rounded(n: usize) -> Padding<2> {
    Padding::Each([[0, n - 1]; 2])
}
