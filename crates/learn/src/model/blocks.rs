//! Pre-norm transformer blocks (Dosovitskiy et al. 2021), shared by every model of this module.

use super::fused::{self, Rotary};
use super::init::Init;
use super::linear::{Linear, Pass};
use super::norm::LayerNorm;
use burn::module::{Module, Param};
use burn::tensor::Tensor;

/// `x + attention(norm(x))`, then `x + mlp(norm(x))`.
#[derive(Module, Debug)]
pub struct Block {
    norm_attention: LayerNorm,
    /// Mixes the tokens.
    pub attention: Attention,
    norm_mlp: LayerNorm,
    /// Acts on each token.
    pub mlp: Mlp,
}

/// Self-attention over all tokens.
#[derive(Module, Debug)]
pub struct Attention {
    /// Query, key and value in one matrix, in this order along the outputs.
    pub qkv: Linear,
    /// Joins the heads.
    pub output: Linear,
    heads: usize,
}

/// Two linear layers with a GELU between them.
#[derive(Module, Debug)]
pub struct Mlp {
    /// To the hidden width.
    pub up: Linear,
    /// Back to the width.
    pub down: Linear,
}

/// Cuts a map into patches of all rows times a few columns and runs blocks over them.
#[derive(Module, Debug)]
pub struct PatchEncoder {
    /// A patch to a token.
    pub patch: Linear,
    /// `[token, width]`, learnt.
    pub position: Param<Tensor<2>>,
    /// The blocks.
    pub blocks: Vec<Block>,
    norm: LayerNorm,
    patch_columns: usize,
}

/// Sizes of a stack of blocks.
#[derive(Clone, Copy, Debug)]
pub struct Stack {
    /// Width of a token.
    pub width: usize,
    /// Attention heads; divides the width.
    pub heads: usize,
    /// Hidden width of the feed-forward part over the width.
    pub mlp_ratio: usize,
    /// Number of blocks.
    pub depth: usize,
}

impl Stack {
    /// The blocks, named `0`, `1`, ….
    pub fn init(&self, init: &Init) -> Vec<Block> {
        (0..self.depth).map(|i| Block::new(&init.at(i), self)).collect()
    }
}

/// Runs `x` through all blocks.
fn run(blocks: &[Block], x: Tensor<3>, pass: &Pass) -> Tensor<3> {
    blocks.iter().fold(x, |x, block| block.forward(x, pass))
}

/// The first `wanted` tokens of what all blocks give.
pub fn run_first(blocks: &[Block], x: Tensor<3>, wanted: usize, pass: &Pass) -> Tensor<3> {
    match blocks.split_last() {
        Some((last, before)) => last.forward_first(run(before, x, pass), wanted, pass),
        None => first(x, wanted),
    }
}

fn first(x: Tensor<3>, wanted: usize) -> Tensor<3> {
    let [batch, tokens, width] = x.dims();
    if wanted >= tokens { x } else { x.slice([0..batch, 0..wanted, 0..width]) }
}

impl Block {
    /// One block of the stack (whatever its depth).
    pub fn new(init: &Init, size: &Stack) -> Self {
        let Stack { width, heads, mlp_ratio, .. } = *size;
        let (attention, mlp) = (init.at("attention"), init.at("mlp"));
        Self {
            norm_attention: LayerNorm::new(init, width),
            attention: Attention::new(&attention, width, heads),
            norm_mlp: LayerNorm::new(init, width),
            mlp: Mlp {
                up: Linear::new(&mlp.at("up"), width, mlp_ratio * width),
                down: Linear::new(&mlp.at("down"), mlp_ratio * width, width),
            },
        }
    }

    /// # Shapes
    /// `x[batch, token, width]` to the same.
    pub fn forward(&self, x: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let tokens = x.dims()[1];
        self.forward_first(x, tokens, pass)
    }

    /// The first `wanted` tokens of what [`forward`](Self::forward) gives. The others are attended to; what would follow for them, most
    /// of a block's work, is left out.
    ///
    /// # Shapes
    /// `x[batch, token, width]` to `[batch, wanted, width]`.
    pub fn forward_first(&self, x: Tensor<3>, wanted: usize, pass: &Pass) -> Tensor<3> {
        self.forward_placed(x, wanted, None, pass)
    }

    /// The same with tokens that know their places by turns of queries and keys.
    pub fn forward_placed(&self, x: Tensor<3>, wanted: usize, rotary: Option<&Rotary>, pass: &Pass) -> Tensor<3> {
        let mixed = self.attention.mix(self.norm_attention.forward(x.clone()), rotary, pass);
        let x = first(x, wanted) + self.attention.output.forward(first(mixed, wanted), pass);
        x.clone() + self.mlp.forward(self.norm_mlp.forward(x), pass)
    }
}

impl Attention {
    /// Of `heads` heads, which divide the width.
    pub fn new(init: &Init, width: usize, heads: usize) -> Self {
        Self {
            qkv: Linear::new(&init.at("qkv"), width, 3 * width),
            output: Linear::new(&init.at("output"), width, width),
            heads,
        }
    }

    /// # Shapes
    /// `x[batch, token, width]` to the same.
    pub fn forward(&self, x: Tensor<3>, pass: &Pass) -> Tensor<3> {
        self.output.forward(self.mix(x, None, pass), pass)
    }

    /// The heads side by side, before `output` joins them.
    fn mix(&self, x: Tensor<3>, rotary: Option<&Rotary>, pass: &Pass) -> Tensor<3> {
        let qkv = self.qkv.forward(x, pass);
        match rotary.map(Rotary::tables) {
            Some((cos, sin)) => fused::rotary_attention(qkv, cos, sin, self.heads),
            None => fused::attention(qkv, self.heads),
        }
    }
}

impl Mlp {
    fn forward(&self, x: Tensor<3>, pass: &Pass) -> Tensor<3> {
        self.down.forward(fused::gelu(self.up.forward(x, pass)), pass)
    }
}

impl PatchEncoder {
    /// An encoder of maps of `rows` × `columns`; `patch_columns` divides `columns`.
    pub fn new(init: &Init, rows: usize, columns: usize, patch_columns: usize, size: &Stack) -> Self {
        Self {
            patch: Linear::new(&init.at("patch"), rows * patch_columns, size.width),
            position: init.normal("position", [columns / patch_columns, size.width], 0.02),
            blocks: size.init(&init.at("blocks")),
            norm: LayerNorm::new(init, size.width),
            patch_columns,
        }
    }

    /// # Shapes
    /// `map[batch, row, column]` to `[batch, token, width]`, token = column / patch_columns.
    pub fn forward(&self, map: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let [batch, rows, columns] = map.dims();
        let tokens = columns / self.patch_columns;
        // A row-major patch, as a convolution kernel of the same size would read it.
        let patches = map.reshape([batch, rows, tokens, self.patch_columns]).swap_dims(1, 2).reshape([
            batch,
            tokens,
            rows * self.patch_columns,
        ]);
        let x = self.patch.forward(patches, pass) + self.position.val().unsqueeze();
        self.norm.forward(run(&self.blocks, x, pass))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base::random::RandomTree;
    use burn::tensor::Device;

    /// Output, gradient of the input and of an adapter, with dropout, of a stack of two.
    fn step(wanted: usize, way: impl Fn(&[Block], Tensor<3>, &Pass) -> Tensor<3>) -> [Vec<f32>; 3] {
        let init = Init::new(RandomTree::new(3), &Device::flex().autodiff());
        let mut blocks = Stack { width: 24, heads: 3, mlp_ratio: 2, depth: 2 }.init(&init);
        let last = &mut blocks[1];
        for (i, layer) in [&mut last.attention.output, &mut last.mlp.up, &mut last.mlp.down].into_iter().enumerate() {
            layer.attach(&init.at(i), 4, 4.0, 0.5);
            let adapter = layer.lora.as_mut().unwrap();
            adapter.b = init.at(i).uniform("b", adapter.b.dims(), 0.5);
        }
        let x = init.normal("x", [2, 9, 24], 1.0).val().detach().require_grad();
        let y = way(&blocks, x.clone(), &Pass::training(RandomTree::new(5), vec![7, 8]));
        let weights = init.normal("weights", [2, wanted, 24], 1.0).val().detach();
        let grads = (y.clone() * weights).sum().backward();
        let adapter = blocks[1].mlp.up.lora.as_ref().unwrap().b.val();
        let numbers = |data: burn::tensor::TensorData| data.try_into_vec::<f32>().unwrap();
        [
            numbers(y.into_data()),
            numbers(x.grad(&grads).unwrap().into_data()),
            numbers(adapter.grad(&grads).unwrap().into_data()),
        ]
    }

    #[test]
    fn the_first_tokens_are_what_they_are_among_all() {
        for wanted in [1, 4, 9] {
            let whole = step(wanted, |blocks, x, pass| first(run(blocks, x, pass), wanted));
            let part = step(wanted, |blocks, x, pass| run_first(blocks, x, wanted, pass));
            for (whole, part) in whole.iter().zip(&part) {
                assert_eq!(whole.len(), part.len());
                let size = whole.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
                assert!(size > 0.1);
                for (a, b) in whole.iter().zip(part) {
                    assert!((a - b).abs() < 1e-5 * size, "{wanted} tokens: {a} and {b}, the largest {size}");
                }
            }
        }
    }
}
