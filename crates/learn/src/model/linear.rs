//! The linear layer, which a low-rank adapter may join, and what a forward pass carries along.

use super::fused;
use super::init::Init;
use crate::base::random::{RandomTree, Stream};
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData, module};
use rand::Rng;

/// What the layers need to know of the pass that they are part of.
///
/// Dropout is keyed by (key, sample, layer), so a batch gives the same result however it is split over threads.
#[derive(Clone, Debug, Default)]
pub struct Pass {
    dropout: Option<(RandomTree, Vec<u64>)>,
}

impl Pass {
    /// Nothing is dropped.
    pub fn inference() -> Self {
        Self::default()
    }

    /// A training pass: `key` belongs to the step, `samples[row]` numbers the rows of the batch.
    pub fn training(key: RandomTree, samples: Vec<u64>) -> Self {
        Self { dropout: Some((key, samples)) }
    }

    /// Whether something learns by it.
    pub fn is_training(&self) -> bool {
        self.dropout.is_some()
    }

    /// Draws of a purpose for a row of the batch: in training keyed by step and sample, else by the row alone.
    pub fn stream(&self, row: usize, purpose: &str) -> Stream {
        match &self.dropout {
            Some((key, samples)) => key.stream(samples.get(row).copied().unwrap_or(row as u64), purpose),
            None => RandomTree::new(0).stream(row as u64, purpose),
        }
    }

    /// `x` with values that are zero with probability `p` in training; `layer` keys the draws.
    pub fn dropped(&self, x: Tensor<3>, p: f64, layer: &str) -> Tensor<3> {
        match self.mask(x.dims(), &x.device(), p, layer) {
            Some(mask) => x * mask,
            None => x,
        }
    }

    /// In training each row as a whole zero with probability `p`, else times `1/(1 − p)`: what a block adds is left out (Huang et al.
    /// 2016, "stochastic depth"). `layer` names the block.
    pub(crate) fn drop_rows<const D: usize>(&self, x: Tensor<D>, p: f64, layer: &str) -> Tensor<D> {
        let shape = x.dims();
        let mut one = [1; D];
        one[0] = shape[0];
        match self.mask([shape[0], 1, 1], &x.device(), p, layer) {
            Some(mask) => x * mask.reshape(one),
            None => x,
        }
    }

    /// Zero with probability `p`, else `1/(1 − p)`; `None` when nothing is to be dropped.
    fn mask(&self, shape: [usize; 3], device: &Device, p: f64, layer: &str) -> Option<Tensor<3>> {
        let (key, samples) = self.dropout.as_ref().filter(|_| p > 0.0)?;
        let [rows, tokens, width] = shape;
        let keep = (1.0 / (1.0 - p)) as f32;
        // 16 bits a decision: the probability is met to 1/65536, at a quarter of the generator's work.
        let threshold = (p * 65536.0) as u16;
        let mut values = Vec::with_capacity(rows * tokens * width);
        let mut bytes = vec![0; 2 * tokens * width];
        for row in 0..rows {
            let sample = samples.get(row).copied().unwrap_or(row as u64);
            key.stream(sample, layer).fill_bytes(&mut bytes);
            values.extend(
                bytes.chunks_exact(2).map(|b| if u16::from_le_bytes([b[0], b[1]]) < threshold { 0.0 } else { keep }),
            );
        }
        Some(Tensor::from_data(TensorData::new(values, shape), device))
    }
}

/// `y = x W + b`, plus `(α/r) · drop(x) A B` when an adapter is attached (Hu et al. 2021, eq. 3).
///
/// # Shapes
/// `weight[input, output]`, `bias[output]`.
#[derive(Module, Debug)]
pub struct Linear {
    /// The matrix.
    pub weight: Param<Tensor<2>>,
    /// The offset.
    pub bias: Option<Param<Tensor<1>>>,
    /// The adapter, when the layer is being fine-tuned.
    pub lora: Option<Adapter>,
}

/// Low-rank addition to a frozen matrix.
///
/// # Shapes
/// `a[input, rank]`, `b[rank, output]`; PEFT stores both transposed.
#[derive(Module, Debug)]
pub struct Adapter {
    /// Down to the rank; drawn at the start.
    pub a: Param<Tensor<2>>,
    /// Up from the rank; zero at the start, so that an adapter begins as no change.
    pub b: Param<Tensor<2>>,
    /// α/r.
    scale: f64,
    /// Probability that an input of the adapter is dropped.
    dropout: f64,
    /// Name of the layer, which keys its dropout.
    layer: String,
}

impl Linear {
    /// A layer with Glorot weights and zero bias.
    pub fn new(init: &Init, inputs: usize, outputs: usize) -> Self {
        Self { weight: init.glorot("weight", [inputs, outputs]), bias: Some(init.constant([outputs], 0.0)), lora: None }
    }

    /// # Shapes
    /// `x[batch, token, input]` to `[batch, token, output]`.
    pub fn forward(&self, x: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let base = |x: Tensor<3>| match &self.bias {
            Some(bias) => fused::linear(x, self.weight.val(), bias.val()),
            None => module::linear(x, self.weight.val(), None),
        };
        match &self.lora {
            Some(adapter) => base(x.clone()) + adapter.forward(x, pass),
            None => base(x),
        }
    }

    /// Attaches an adapter whose `a` is drawn by the layer's name (uniform in ±1/√inputs, PEFT's default).
    pub(crate) fn attach(&mut self, init: &Init, rank: usize, alpha: f64, dropout: f64) {
        let [inputs, outputs] = self.weight.dims();
        self.lora = Some(Adapter {
            a: init.uniform("lora_a", [inputs, rank], 1.0 / (inputs.max(1) as f32).sqrt()),
            b: init.constant([rank, outputs], 0.0),
            scale: alpha / rank as f64,
            dropout,
            layer: init.path().to_string(),
        });
    }

    /// Adds the adapter to the matrix and removes it.
    pub(crate) fn merge(&mut self) {
        if let Some(adapter) = self.lora.take() {
            let change = adapter.a.val().matmul(adapter.b.val()).mul_scalar(adapter.scale).detach();
            let weight = self.weight.val().detach() + change;
            self.weight = Param::initialized(self.weight.id, weight.set_require_grad(false));
        }
    }
}

impl Adapter {
    fn forward(&self, x: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let x = pass.dropped(x, self.dropout, &self.layer);
        module::linear(module::linear(x, self.a.val(), None), self.b.val(), None).mul_scalar(self.scale)
    }
}
