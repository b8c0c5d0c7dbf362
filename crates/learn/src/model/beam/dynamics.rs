//! The state from step to step, and what it says of the next shared latent.

use super::config::BeamConfig;
use super::gaussian::Gaussian;
use super::perceptron::Perceptron;
use crate::model::ModelError;
use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use crate::model::recurrent::{Gru, RecurrentConfig};
use burn::module::Module;
use burn::tensor::Tensor;

/// `p(h_t | h_{t−1}, z_t)`, a gated recurrent unit without noise as in a VRNN (Chung et al. 2015), and `p(zˢ_t | h_{t−1})`.
#[derive(Module, Debug)]
pub struct Dynamics {
    /// Of the shared latent and, one behind the other, the private ones of all sensors; those of absent sensors are 0.
    pub units: Gru,
    /// To mean and variance of the shared latent.
    pub prior: Perceptron,
}

impl Dynamics {
    pub(super) fn new(init: &Init, config: &BeamConfig) -> Result<Self, ModelError> {
        let inputs = config.shared + config.modalities.len() * config.private;
        let units = RecurrentConfig { inputs, width: config.state, bidirectional: false };
        Ok(Self {
            units: units.init_gru(&init.at("units"))?,
            prior: Perceptron::new(&init.at("prior"), config.state, &[config.hidden], 2 * config.shared),
        })
    }

    /// The law of the shared latent before anything is seen.
    pub(super) fn expected(&self, state: Tensor<3>, pass: &Pass) -> Gaussian {
        Gaussian::of_outputs(self.prior.forward(state, pass))
    }

    pub(super) fn for_each_linear(&mut self, name: &str, act: &mut dyn FnMut(&str, &mut Linear)) {
        self.prior.for_each_linear(&format!("{name}.prior"), act);
    }
}
