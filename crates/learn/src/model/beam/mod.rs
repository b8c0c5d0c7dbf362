//! Beam prediction by variational fusion (Zheng et al., "Multimodal Learning for MIMO Beam Prediction Based on Variational Inference").
//!
//! Each sensor has an expert with a belief about a latent that all share and one about a latent of its own; the beliefs about the shared one
//! are multiplied, so that a sensor that is absent is left out. A state carries latents from step to step.
//!
//! ```text
//! config.rs      sensors, sizes and tasks as data
//! modality.rs    kinds of sensors
//! networks/      encoders and decoders
//! gaussian.rs    normal laws: products, divergences, draws
//! perceptron.rs  linear layers with GELU
//! expert.rs      what belongs to one sensor
//! dynamics.rs    the state, and the prior of the shared latent
//! rollout.rs     one step after the other
//! bound.rs       what the lower bound is made of
//! shown.rs       which sensors a sample shows
//! joined.rs      from experts alone to all of them, and to the task
//! ```

mod bound;
mod config;
mod dynamics;
mod expert;
mod gaussian;
mod joined;
mod modality;
mod networks;
mod perceptron;
mod rollout;
mod shown;

pub use config::{BeamConfig, BeamNetwork, BeamSensorConfig, BeamTask, RadarSize, ResidualSize, VectorSize};
pub use dynamics::Dynamics;
pub use expert::Expert;
pub use gaussian::Gaussian;
pub use modality::{BeamModality, sensor_sets};
pub use networks::{
    BeamDecoder, BeamEncoder, FourierFront, NearUnitary, ResidualBlock, ResidualDecoder, ResidualEncoder,
};
pub use perceptron::Perceptron;

use super::ModelError;
use super::init::Init;
use super::interface::{Batch, Model, Outputs, TaskKind, ViewInfo};
use super::linear::{Linear, Pass};
use super::parameters;
use crate::base::random::RandomTree;
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use rollout::{Joining, Rollout, noise, rollout};
use std::collections::BTreeMap;

/// The experts, what joins them over time, and the networks of labels.
#[derive(Module, Debug)]
pub struct BeamModel {
    /// One a sensor.
    pub experts: Vec<Expert>,
    /// From step to step.
    pub dynamics: Dynamics,
    /// Of the label term of the lower bound.
    pub label: Option<Perceptron>,
    /// On the frozen representation.
    pub task_network: Option<Perceptron>,
    #[module(skip)]
    config: BeamConfig,
}

impl BeamModel {
    /// A model with initial weights that depend on the seed only.
    pub fn new(config: &BeamConfig, seed: u64) -> Result<Self, ModelError> {
        config.require_fitted()?;
        let init = Init::new(RandomTree::new(seed).subtree(0, "model weights"), &Device::flex());
        let expert =
            |sensor: &BeamSensorConfig| Expert::new(&init.at("experts").at(sensor.sensor.name()), config, sensor);
        let network = |name: &str, classes: usize| {
            let inputs = config.steps * config.shared + config.state;
            Perceptron::new(&init.at(name), inputs, &config.task_hidden, classes)
        };
        let (mut label, mut task_network) = (None, None);
        match config.task {
            BeamTask::Predict { beams } => task_network = Some(network("task_network", beams)),
            BeamTask::Unimodal | BeamTask::Aligned => {
                label = (config.labels > 0).then(|| network("label", config.labels));
            }
        }
        Ok(Self {
            experts: config.modalities.iter().map(expert).collect::<Result<_, _>>()?,
            dynamics: Dynamics::new(&init.at("dynamics"), config)?,
            label,
            task_network,
            config: config.clone(),
        })
    }

    /// What the model is made of.
    pub fn config(&self) -> &BeamConfig {
        &self.config
    }

    /// Whether its latents come from one sensor by its own posterior.
    fn joining(&self) -> Joining {
        match self.config.task {
            BeamTask::Unimodal => Joining::Own,
            BeamTask::Aligned | BeamTask::Predict { .. } => Joining::Product,
        }
    }

    /// Standardised views and which sensors are seen at which step, and the sequence that follows.
    ///
    /// # Shapes
    /// By sensor `[sample, step, value]` and `[sample, step, 1]`.
    fn rolled(&self, batch: &Batch, pass: &Pass) -> Option<(Vec<Tensor<3>>, Vec<Tensor<3>>, Rollout)> {
        let config = &self.config;
        let available = shown::available(config, batch, pass)?;
        let views = self.experts.iter().zip(&batch.views[1..]).zip(&config.modalities);
        let standard = |((expert, view), sensor): ((&Expert, &super::interface::View), &BeamSensorConfig)| {
            let samples = view.present.len();
            expert.standardised(view.values.clone().reshape([samples, config.steps, sensor.values()]))
        };
        // What stands where nothing was measured must not reach an encoder: it may be anything.
        let views: Vec<Tensor<3>> =
            views.map(standard).zip(&available).map(|(view, there)| view * there.clone()).collect();
        let features: Vec<Tensor<3>> =
            self.experts.iter().zip(&views).map(|(expert, view)| expert.encoder.forward(view.clone(), pass)).collect();
        let samples = features.first()?.dims()[0];
        let entries = config.shared + config.private * config.modalities.len();
        let draws = pass.is_training() && config.draws && !matches!(config.task, BeamTask::Predict { .. });
        let noise = draws.then(|| noise(pass, [samples, config.steps, entries], &features[0]));
        let parts = (&self.experts[..], &self.dynamics, config.state);
        let rolled = rollout(parts, (&features, &available), noise.as_ref(), self.joining(), pass)?;
        Some((views, available, rolled))
    }

    /// `c_t` (equation 57): the means of the shared latent at all steps, and the state before the last one.
    ///
    /// # Shapes
    /// → `[sample, 1, step · shared + state]`.
    fn representation(rolled: &Rollout) -> Tensor<3> {
        let [samples, steps, shared] = rolled.shared.mean.dims();
        let state = rolled.states.dims()[2];
        let last = rolled.states.clone().slice([0..samples, steps - 1..steps, 0..state]);
        Tensor::cat(vec![rolled.shared.mean.clone().reshape([samples, 1, steps * shared]), last], 2)
    }
}

impl Model for BeamModel {
    /// `available`, then the sensors' views.
    fn inputs(&self) -> Vec<ViewInfo> {
        let steps = self.config.steps;
        let view = |sensor: &BeamSensorConfig| {
            let shape: Vec<usize> = std::iter::once(steps).chain(sensor.shape.iter().copied()).collect();
            ViewInfo::new(sensor.sensor.name(), shape)
        };
        let available = ViewInfo::new("available", [steps, BeamModality::ALL.len()]);
        std::iter::once(available).chain(self.config.modalities.iter().map(view)).collect()
    }

    /// In pre-training what `bound.rs` says; with the task network `logits[sample, 1, beam]` and `representation[sample, 1, entry]`.
    fn forward(&self, batch: &Batch, pass: &Pass) -> Outputs {
        let Some((views, available, rolled)) = self.rolled(batch, pass) else { return Outputs::default() };
        let Some(network) = &self.task_network else {
            let mut outputs = bound::outputs(self, (&views, &available), &rolled, pass);
            if let Some(label) = &self.label {
                outputs.push(("logits", label.forward(Self::representation(&rolled), pass)));
            }
            return Outputs(outputs);
        };
        let representation = Self::representation(&rolled).detach();
        let logits = network.forward(representation.clone(), pass);
        Outputs(vec![("logits", logits), ("representation", representation)])
    }

    fn task(&self) -> TaskKind {
        match self.config.task {
            BeamTask::Unimodal | BeamTask::Aligned => TaskKind::Elbo,
            BeamTask::Predict { .. } => TaskKind::Beam,
        }
    }

    fn takes_absent_views(&self) -> bool {
        true
    }

    fn bounds(&self, parameter: &str) -> Option<(f32, f32)> {
        if parameter.ends_with(".log_weight") {
            return Some(expert::LOG_WEIGHT);
        }
        if parameter.ends_with(".log_deviation") {
            return Some(expert::LOG_DEVIATION);
        }
        let (front, entry) = parameter.split_once(".front.")?;
        let radar = self.config.modalities.iter().find_map(|m| match &m.network {
            BeamNetwork::Radar(size) => Some((m.frame().ok()?, size.tolerance)),
            _ => None,
        });
        let ([_, samples, chirps], tolerance) = radar.filter(|_| front.starts_with("experts."))?;
        let size = match entry.split_once('.')?.0 {
            "range" => samples,
            "doppler" => chirps,
            _ => return None,
        };
        let bound = NearUnitary::bound(size, tolerance);
        Some((-bound, bound))
    }

    /// Reliability weights, and how far transforms are from unitary ones.
    fn figures(&self) -> BTreeMap<String, f64> {
        let mut figures = BTreeMap::new();
        for (expert, sensor) in self.experts.iter().zip(&self.config.modalities) {
            let name = sensor.sensor.name();
            let weight = f64::from(expert.log_weight.val().into_scalar::<f32>()).exp();
            figures.insert(format!("weight_{name}"), weight);
            let fronts = [&expert.encoder.front, &expert.decoder.front];
            let deviation = fronts.into_iter().flatten().map(FourierFront::deviation).reduce(f64::max);
            figures.extend(deviation.map(|d| (format!("unitary_{name}"), d)));
        }
        figures
    }

    fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for parameter in parameters::list(self) {
            let mut names = parameter.name.split('.');
            let part = match (names.next(), names.next().and_then(|i| i.parse::<usize>().ok())) {
                (Some("experts"), Some(i)) => self.config.modalities[i].sensor.name().to_owned(),
                (Some(part), _) => part.to_owned(),
                (None, _) => String::new(),
            };
            for name in [part, "total".into()] {
                *counts.entry(name).or_insert(0) += parameter.count();
            }
        }
        counts
    }

    fn for_each_linear(&mut self, act: &mut dyn FnMut(&str, &mut Linear)) {
        for (i, expert) in self.experts.iter_mut().enumerate() {
            expert.for_each_linear(&format!("experts.{i}"), act);
        }
        self.dynamics.for_each_linear("dynamics", act);
        if let Some(label) = &mut self.label {
            label.for_each_linear("label", act);
        }
        if let Some(network) = &mut self.task_network {
            network.for_each_linear("task_network", act);
        }
    }

    fn device(&self) -> Device {
        self.experts.first().map_or_else(Device::flex, |expert| expert.log_weight.val().device())
    }
}
