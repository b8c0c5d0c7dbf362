//! Cross-attention: the tokens of each kind ask those of the others; the answers are added.

use super::Shown;
use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use crate::model::norm::LayerNorm;
use crate::model::rfusion::config::RFusionSizes;
use burn::module::Module;
use burn::tensor::{Tensor, activation};

/// One layer, the same for all kinds; a kind alone asks itself.
#[derive(Module, Debug)]
pub struct CrossFusion {
    norm: LayerNorm,
    /// What is asked.
    pub query: Linear,
    /// What is asked about.
    pub key: Linear,
    /// What is answered.
    pub value: Linear,
    /// Joins the heads.
    pub output: Linear,
    heads: usize,
}

impl CrossFusion {
    pub(super) fn new(init: &Init, sizes: &RFusionSizes) -> Self {
        let linear = |name: &str| Linear::new(&init.at(name), sizes.width, sizes.width);
        Self {
            norm: LayerNorm::new(&init.at("norm"), sizes.width),
            query: linear("query"),
            key: linear("key"),
            value: linear("value"),
            output: linear("output"),
            heads: sizes.heads,
        }
    }

    fn asked(&self, from: &Tensor<3>, about: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let [samples, tokens, width] = from.dims();
        let head = width / self.heads;
        let heads = |x: Tensor<3>| -> Tensor<4> {
            let [_, count, _] = x.dims();
            x.reshape([samples, count, self.heads, head]).swap_dims(1, 2)
        };
        let (query, key) = (self.query.forward(from.clone(), pass), self.key.forward(about.clone(), pass));
        let scores = heads(query).matmul(heads(key).swap_dims(2, 3)).mul_scalar(1.0 / (head as f64).sqrt());
        let mixed = activation::softmax(scores, 3).matmul(heads(self.value.forward(about, pass)));
        self.output.forward(mixed.swap_dims(1, 2).reshape([samples, tokens, width]), pass)
    }

    pub(super) fn forward(&self, shown: Vec<Shown>, pass: &Pass) -> Tensor<3> {
        let tokens: Vec<Tensor<3>> = shown.into_iter().map(|(_, tokens)| self.norm.forward(tokens)).collect();
        let answers = tokens.iter().enumerate().map(|(i, from)| {
            let others = || tokens.iter().enumerate().filter(|(k, _)| *k != i || tokens.len() == 1);
            let about = Tensor::cat(others().map(|(_, t)| t.clone()).collect(), 1);
            from.clone() + self.asked(from, about, pass)
        });
        Tensor::cat(answers.collect(), 1).mean_dim(1)
    }

    pub(super) fn for_each_linear(&mut self, name: &str, act: &mut dyn FnMut(&str, &mut Linear)) {
        let layers = [
            ("query", &mut self.query),
            ("key", &mut self.key),
            ("value", &mut self.value),
            ("output", &mut self.output),
        ];
        for (layer, linear) in layers {
            act(&format!("{name}.{layer}"), linear);
        }
    }
}
