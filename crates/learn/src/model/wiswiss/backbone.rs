//! Patches of a view to tokens that know of each other.

use super::config::{Position, WiSwissConfig};
use super::grid::{Grid, interpolation};
use crate::model::blocks::{Block, Stack};
use crate::model::fused::Rotary;
use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use crate::model::norm::LayerNorm;
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};

/// A linear layer on patches, positions, blocks and a norm.
#[derive(Module, Debug)]
pub struct Backbone {
    /// A patch to a token.
    pub patch: Linear,
    /// `[token of the grid, width]`; of fixed positions alone.
    pub position: Option<Param<Tensor<2>>>,
    /// The blocks.
    pub blocks: Vec<Block>,
    norm: LayerNorm,
    #[module(skip)]
    places: Position,
    heads: usize,
}

impl Backbone {
    pub(super) fn new(init: &Init, config: &WiSwissConfig) -> Self {
        let (width, heads, depth) = config.sizes();
        let stack = Stack { width, heads, mlp_ratio: config.mlp_ratio, depth };
        let position = match &config.position {
            Position::Fixed { grid } => Some(init.normal("position", [grid.iter().product(), width], 0.02)),
            Position::Rotary { .. } => None,
        };
        Self {
            patch: Linear::new(&init.at("patch"), config.patch_cells(), width),
            position,
            blocks: stack.init(&init.at("blocks")),
            norm: LayerNorm::new(init, width),
            places: config.position.clone(),
            heads,
        }
    }

    /// # Shapes
    /// `patches[sample, token, cell]` to `[sample, token, width]`, before anything mixes them.
    pub fn embed(&self, patches: Tensor<3>, pass: &Pass) -> Tensor<3> {
        self.patch.forward(patches, pass)
    }

    /// # Shapes
    /// `tokens[sample, token, width]` of [`embed`](Self::embed), some of them hidden, to the same after all blocks.
    pub fn mix(&self, tokens: Tensor<3>, grid: &Grid, pass: &Pass) -> Tensor<3> {
        let (device, [_, _, width]) = (tokens.device(), tokens.dims());
        let (x, rotary) = match (&self.places, &self.position) {
            (Position::Rotary { base }, _) => {
                (tokens, Some(Rotary::of_grid(&grid.tokens, width / self.heads, *base, &device)))
            }
            (Position::Fixed { grid: from }, Some(position)) => {
                let position = position.val();
                let position = if *from == grid.tokens {
                    position
                } else {
                    interpolating(from, &grid.tokens, &device).matmul(position)
                };
                (tokens + position.unsqueeze(), None)
            }
            (Position::Fixed { .. }, None) => (tokens, None),
        };
        let count = grid.count();
        let x = self.blocks.iter().fold(x, |x, block| block.forward_placed(x, count, rotary.as_ref(), pass));
        self.norm.forward(x)
    }

    pub(super) fn for_each_linear(&mut self, name: &str, act: &mut dyn FnMut(&str, &mut Linear)) {
        act(&format!("{name}.patch"), &mut self.patch);
        for (k, block) in self.blocks.iter_mut().enumerate() {
            act(&format!("{name}.blocks.{k}.attention.qkv"), &mut block.attention.qkv);
            act(&format!("{name}.blocks.{k}.attention.output"), &mut block.attention.output);
            act(&format!("{name}.blocks.{k}.mlp.up"), &mut block.mlp.up);
            act(&format!("{name}.blocks.{k}.mlp.down"), &mut block.mlp.down);
        }
    }
}

/// What vectors on one grid are multiplied by to be interpolated linearly to another.
///
/// # Shapes
/// `[token of the new grid, token of the old one]`.
fn interpolating(from: &[usize], to: &[usize], device: &Device) -> Tensor<2> {
    let mut matrix = vec![1.0_f32];
    let (mut rows, mut columns) = (1, 1);
    for (&from, &to) in from.iter().zip(to) {
        let mut next = vec![0.0; rows * to * columns * from];
        for row in 0..rows {
            for (k, (low, high, share)) in interpolation(from, to).into_iter().enumerate() {
                let line = &mut next[(row * to + k) * columns * from..][..columns * from];
                for column in 0..columns {
                    let value = matrix[row * columns + column];
                    line[column * from + low] += value * (1.0 - share);
                    line[column * from + high] += value * share;
                }
            }
        }
        (matrix, rows, columns) = (next, rows * to, columns * from);
    }
    Tensor::from_data(TensorData::new(matrix, [rows, columns]), device)
}
