//! ResNet-18 (He et al. 2016) for grids that hold small things: a 3 × 3 stem of stride 1 without pooling, group norm; and its mirror, which
//! goes up by pixel shuffle (Shi et al. 2016).

use crate::model::ModelError;
use crate::model::activation::relu;
use crate::model::beam::config::ResidualSize;
use crate::model::conv::shuffle_2d;
use crate::model::conv::{Conv2d, ConvConfig, Padding};
use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use crate::model::norm::GroupNorm;
use burn::module::Module;
use burn::tensor::Tensor;

/// `relu(norm(conv(relu(norm(conv(x))))) + shortcut(x))`, going down by the stride of its first convolution or up by pixel shuffle behind its
/// second.
#[derive(Module, Debug)]
pub struct ResidualBlock {
    first: Conv2d,
    first_norm: GroupNorm,
    second: Conv2d,
    second_norm: GroupNorm,
    /// Where channels or places change.
    shortcut: Option<Conv2d>,
    shortcut_norm: Option<GroupNorm>,
    up: usize,
}

/// Channels, places and groups of a block.
struct BlockSize {
    inputs: usize,
    outputs: usize,
    stride: usize,
    groups: usize,
    up: bool,
}

fn conv(init: &Init, inputs: usize, outputs: usize, kernel: usize, stride: usize) -> Result<Conv2d, ModelError> {
    let config = ConvConfig {
        stride: [stride; 2],
        padding: Padding::Same,
        bias: false,
        ..ConvConfig::new(inputs, outputs, [kernel; 2])
    };
    config.init(init)
}

impl ResidualBlock {
    fn new(init: &Init, size: &BlockSize) -> Result<Self, ModelError> {
        let BlockSize { inputs, outputs, stride, groups, up } = *size;
        let (middle, times, down) = if up { (inputs, stride, 1) } else { (outputs, 1, stride) };
        let behind = outputs * times * times;
        let changes = inputs != outputs || stride != 1;
        let norm = |name: &str, channels: usize| GroupNorm::new(&init.at(name), groups, channels);
        Ok(Self {
            first: conv(&init.at("first"), inputs, middle, 3, down)?,
            first_norm: norm("first_norm", middle)?,
            second: conv(&init.at("second"), middle, behind, 3, 1)?,
            second_norm: norm("second_norm", outputs)?,
            shortcut: changes.then(|| conv(&init.at("shortcut"), inputs, behind, 1, down)).transpose()?,
            shortcut_norm: changes.then(|| norm("shortcut_norm", outputs)).transpose()?,
            up: times,
        })
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let shuffled = |x: Tensor<4>| if self.up > 1 { shuffle_2d(x, self.up) } else { x };
        let y = relu(self.first_norm.forward(self.first.forward(x.clone())));
        let y = self.second_norm.forward(shuffled(self.second.forward(y)));
        let x = match (&self.shortcut, &self.shortcut_norm) {
            (Some(conv), Some(norm)) => norm.forward(shuffled(conv.forward(x))),
            _ => x,
        };
        relu(x + y)
    }
}

/// From a grid to features.
#[derive(Module, Debug)]
pub struct ResidualEncoder {
    stem: Conv2d,
    stem_norm: GroupNorm,
    blocks: Vec<ResidualBlock>,
    /// From the means over all places to features.
    pub head: Linear,
    channels: usize,
    rows: usize,
    columns: usize,
}

/// From latents to a grid.
#[derive(Module, Debug)]
pub struct ResidualDecoder {
    /// To the smallest grid.
    pub head: Linear,
    blocks: Vec<ResidualBlock>,
    last: Conv2d,
    /// Channels, rows and columns of the smallest grid.
    channels: usize,
    rows: usize,
    columns: usize,
}

impl ResidualEncoder {
    pub(super) fn new(init: &Init, grid: [usize; 3], size: &ResidualSize, features: usize) -> Result<Self, ModelError> {
        let [channels, rows, columns] = grid;
        let first = size.widths.first().copied().unwrap_or(1);
        let mut blocks = Vec::new();
        let mut inputs = first;
        for (&outputs, &stride) in size.widths.iter().zip(&size.strides) {
            for k in 0..size.blocks {
                let stride = if k == 0 { stride } else { 1 };
                let block = BlockSize { inputs, outputs, stride, groups: size.groups, up: false };
                blocks.push(ResidualBlock::new(&init.at("blocks").at(blocks.len()), &block)?);
                inputs = outputs;
            }
        }
        Ok(Self {
            stem: conv(&init.at("stem"), channels, first, 3, 1)?,
            stem_norm: GroupNorm::new(&init.at("stem_norm"), size.groups, first)?,
            blocks,
            head: Linear::new(&init.at("head"), inputs, features),
            channels,
            rows,
            columns,
        })
    }

    /// # Shapes
    /// `x[sample, step, channel · row · column]` to `[sample, step, feature]`.
    pub(super) fn forward(&self, x: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let [samples, steps, _] = x.dims();
        let x: Tensor<4> = x.reshape([samples * steps, self.channels, self.rows, self.columns]);
        let x = relu(self.stem_norm.forward(self.stem.forward(x)));
        let x = self.blocks.iter().fold(x, |x, block| block.forward(x));
        let [frames, channels, rows, columns] = x.dims();
        let pooled: Tensor<3> = x.reshape([frames, channels, rows * columns]).mean_dim(2);
        self.head.forward(pooled.reshape([samples, steps, channels]), pass)
    }
}

impl ResidualDecoder {
    pub(super) fn new(init: &Init, grid: [usize; 3], size: &ResidualSize, latents: usize) -> Result<Self, ModelError> {
        let [channels, rows, columns] = grid;
        let down: usize = size.strides.iter().product();
        let first = size.widths.last().copied().unwrap_or(1);
        let mut blocks = Vec::new();
        for (i, (&inputs, &stride)) in size.widths.iter().zip(&size.strides).enumerate().rev() {
            for k in (0..size.blocks).rev() {
                let (outputs, stride) = match k {
                    0 => (size.widths[i.saturating_sub(1)], stride),
                    _ => (inputs, 1),
                };
                let block = BlockSize { inputs, outputs, stride, groups: size.groups, up: true };
                blocks.push(ResidualBlock::new(&init.at("blocks").at(blocks.len()), &block)?);
            }
        }
        let widest = size.widths.first().copied().unwrap_or(1);
        let last = ConvConfig { padding: Padding::Same, ..ConvConfig::new(widest, channels, [3, 3]) };
        let (rows, columns) = (rows / down, columns / down);
        Ok(Self {
            head: Linear::new(&init.at("head"), latents, first * rows * columns),
            blocks,
            last: last.init(&init.at("last"))?,
            channels: first,
            rows,
            columns,
        })
    }

    /// # Shapes
    /// `z[sample, step, latent]` to `[sample, step, channel · row · column]`.
    pub(super) fn forward(&self, z: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let [samples, steps, _] = z.dims();
        let z = self.head.forward(z, pass);
        let x: Tensor<4> = z.reshape([samples * steps, self.channels, self.rows, self.columns]);
        let x = self.blocks.iter().fold(relu(x), |x, block| block.forward(x));
        let x = self.last.forward(x);
        let values: usize = x.dims()[1..].iter().product();
        x.reshape([samples, steps, values])
    }
}
