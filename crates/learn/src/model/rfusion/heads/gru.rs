//! Cosmo's classifier (Ouyang et al., MobiCom 2022): kinds weighted by attention to their quality, then gated recurrent units over time.

use super::Shown;
use crate::model::ModelError;
use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use crate::model::recurrent::{Gru, RecurrentConfig};
use crate::model::rfusion::config::RFusionSizes;
use burn::module::Module;
use burn::tensor::{Tensor, activation};

/// The weighted sum of the kinds' tokens, and the last state over it. One kind alone is not weighted.
#[derive(Module, Debug)]
pub struct GruFusion {
    /// Before the hyperbolic tangent of a kind's quality.
    pub quality: Linear,
    /// To the quality.
    pub score: Linear,
    /// Over the tokens.
    pub units: Gru,
}

impl GruFusion {
    pub(super) fn new(init: &Init, sizes: &RFusionSizes) -> Result<Self, ModelError> {
        let width = sizes.width;
        let units = RecurrentConfig { inputs: width, width, bidirectional: false };
        Ok(Self {
            quality: Linear::new(&init.at("quality"), width, width),
            score: Linear::new(&init.at("score"), width, 1),
            units: units.init_gru(&init.at("units"))?,
        })
    }

    pub(super) fn forward(&self, shown: Vec<Shown>, pass: &Pass) -> Tensor<3> {
        let tokens: Vec<Tensor<3>> = shown.into_iter().map(|(_, tokens)| tokens).collect();
        let quality =
            |x: &Tensor<3>| self.score.forward(self.quality.forward(x.clone().mean_dim(1), pass).tanh(), pass);
        let joined = if let [alone] = tokens.as_slice() {
            alone.clone()
        } else {
            let [samples, count, width] = tokens[0].dims();
            let weights = activation::softmax(Tensor::cat(tokens.iter().map(quality).collect(), 1), 1);
            let weighted = tokens.into_iter().enumerate().map(|(i, tokens)| {
                let weight = weights.clone().slice([0..samples, i..i + 1, 0..1]);
                tokens * weight.expand([samples, count, width])
            });
            weighted.fold(Tensor::zeros([samples, count, width], &weights.device()), |sum, one| sum + one)
        };
        let states = self.units.forward(joined);
        let [samples, steps, width] = states.dims();
        states.slice([0..samples, steps - 1..steps, 0..width])
    }

    pub(super) fn for_each_linear(&mut self, name: &str, act: &mut dyn FnMut(&str, &mut Linear)) {
        act(&format!("{name}.quality"), &mut self.quality);
        act(&format!("{name}.score"), &mut self.score);
    }
}
