//! What belongs to one sensor: its encoder, its posteriors and prior, its decoder.

use super::config::{BeamConfig, BeamSensorConfig};
use super::gaussian::Gaussian;
use super::networks::{BeamDecoder, BeamEncoder};
use super::perceptron::Perceptron;
use crate::model::ModelError;
use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};

/// Where the log deviation of a sensor's likelihood is kept.
pub(super) const LOG_DEVIATION: (f32, f32) = (-4.0, 2.0);

/// Where the logarithm of a reliability weight is kept.
pub(super) const LOG_WEIGHT: (f32, f32) = (-4.0, 2.0);

/// The expert of a sensor.
#[derive(Module, Debug)]
pub struct Expert {
    /// From what was measured to features.
    pub encoder: BeamEncoder,
    /// To the law of the shared latent by this sensor alone.
    pub shared: Perceptron,
    /// To that of its private latent.
    pub private: Perceptron,
    /// The same before anything is seen.
    pub private_prior: Perceptron,
    /// From latents and state to what was measured.
    pub decoder: BeamDecoder,
    /// ln α, `[1]`: how much its word counts in the product.
    pub log_weight: Param<Tensor<1>>,
    /// ln σ of its Gaussian likelihood, `[1]`, the same for all standardised numbers.
    pub log_deviation: Param<Tensor<1>>,
    #[module(skip)]
    mean: Vec<f32>,
    #[module(skip)]
    deviation: Vec<f32>,
}

impl Expert {
    pub(super) fn new(init: &Init, config: &BeamConfig, sensor: &BeamSensorConfig) -> Result<Self, ModelError> {
        let seen = config.features + config.state;
        let latents = config.shared + config.private + config.state;
        let head = |name: &str, inputs: usize, outputs: usize| {
            Perceptron::new(&init.at(name), inputs, &[config.hidden], 2 * outputs)
        };
        Ok(Self {
            encoder: BeamEncoder::new(&init.at("encoder"), sensor, config.features)?,
            shared: head("shared", seen, config.shared),
            private: head("private", seen, config.private),
            private_prior: head("private_prior", config.state, config.private),
            decoder: BeamDecoder::new(&init.at("decoder"), sensor, latents)?,
            log_weight: init.constant([1], 0.0),
            log_deviation: init.constant([1], 0.0),
            mean: sensor.mean.clone(),
            deviation: sensor.deviation.clone(),
        })
    }

    /// Numbers of a view brought to mean 0 and deviation 1 by the moments of the settings.
    ///
    /// # Shapes
    /// `x[sample, step, value]`.
    pub(super) fn standardised(&self, x: Tensor<3>) -> Tensor<3> {
        let [samples, steps, values] = x.dims();
        let spread = |moments: &[f32], usual: f32, device: &Device| -> Tensor<3> {
            let each = match moments {
                [] => vec![usual; values],
                [one] => vec![*one; values],
                // One for each number of a group, as for each beam.
                several => several.iter().cycle().take(values).copied().collect(),
            };
            Tensor::<3>::from_data(TensorData::new(each, [1, 1, values]), device).expand([samples, steps, values])
        };
        let device = x.device();
        (x - spread(&self.mean, 0.0, &device)) / spread(&self.deviation, 1.0, &device)
    }

    /// Laws of the shared and of the private latent by this sensor.
    pub(super) fn believed(&self, features: Tensor<3>, state: Tensor<3>, pass: &Pass) -> (Gaussian, Gaussian) {
        let seen = Tensor::cat(vec![features, state], 2);
        let shared = Gaussian::of_outputs(self.shared.forward(seen.clone(), pass));
        (shared, Gaussian::of_outputs(self.private.forward(seen, pass)))
    }

    /// The law of the private latent before anything is seen.
    pub(super) fn expected(&self, state: Tensor<3>, pass: &Pass) -> Gaussian {
        Gaussian::of_outputs(self.private_prior.forward(state, pass))
    }

    /// α.
    pub(super) fn weight(&self) -> Tensor<3> {
        self.log_weight.val().exp().reshape([1, 1, 1])
    }

    /// Logarithm of the likelihood of what is left unexplained: `−½ Σ (r²/σ² + 2 ln σ + ln 2π)`.
    ///
    /// # Shapes
    /// `residual[sample, step, value]` to `[sample, step, 1]`.
    pub(super) fn log_likelihood(&self, residual: Tensor<3>) -> Tensor<3> {
        let [samples, steps, values] = residual.dims();
        let log: Tensor<3> = self.log_deviation.val().reshape([1, 1, 1]);
        let precision = log.clone().mul_scalar(-2.0).exp().expand([samples, steps, 1]);
        let square = residual.square().sum_dim(2) * precision;
        let constant = log.mul_scalar(2.0).add_scalar(std::f64::consts::TAU.ln()).mul_scalar(values as f64);
        (square + constant.expand([samples, steps, 1])).mul_scalar(-0.5)
    }

    pub(super) fn for_each_linear(&mut self, name: &str, act: &mut dyn FnMut(&str, &mut Linear)) {
        self.encoder.for_each_linear(&format!("{name}.encoder"), act);
        self.shared.for_each_linear(&format!("{name}.shared"), act);
        self.private.for_each_linear(&format!("{name}.private"), act);
        self.private_prior.for_each_linear(&format!("{name}.private_prior"), act);
        self.decoder.for_each_linear(&format!("{name}.decoder"), act);
    }
}
