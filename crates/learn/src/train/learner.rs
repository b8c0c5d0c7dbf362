//! The model with its optimiser: one step after the other.

use super::adam::{self, Adam};
use super::config::Adapt;
use super::gradient::{Batch, Objective, gradient};
use super::metrics::LossParts;
use super::workers::Workers;
use super::{TrainConfig, TrainError};
use crate::base::random::RandomTree;
use crate::model::lora;
use crate::model::mmclip::MmClip;
use crate::model::parameters;
use burn::module::Module;

/// Largest 1/τ, as CLIP has it.
const MOST_SCALE: f32 = 100.0;

/// Model, optimiser and the plain copy of what learns.
pub(super) struct Learner {
    pub(super) model: MmClip,
    config: TrainConfig,
    workers: Workers,
    /// Place among the learning parameters of each parameter.
    slots: Vec<Option<usize>>,
    pub(super) values: Vec<Vec<f32>>,
    decay: Vec<f64>,
    pub(super) adam: Adam,
    log_scale: Option<usize>,
}

pub(super) enum StepFailure {
    Error(TrainError),
    NotFinite { quantity: &'static str, value: f64 },
}

impl<E: Into<TrainError>> From<E> for StepFailure {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

impl Learner {
    pub(super) fn new(model: MmClip, config: &TrainConfig) -> Result<Self, TrainError> {
        let model = model.train();
        let model = match &config.adapt {
            Adapt::Full => parameters::set_trainable(lora::merge(model), |_| true),
            Adapt::Lora(lora) => lora::attach(model, lora, config.seed)?,
        };
        let (mut slots, mut values, mut decay, mut log_scale) = (Vec::new(), Vec::new(), Vec::new(), None);
        for (parameter, value) in parameters::collect(&model)? {
            slots.push(parameter.trainable.then_some(values.len()));
            if parameter.trainable {
                if parameter.name == "log_scale" {
                    log_scale = Some(values.len());
                }
                // Decay is for the matrices of linear layers only; norms, biases, tokens and positions stay free of it.
                decay.push(if parameter.transposed { config.weight_decay } else { 0.0 });
                values.push(value);
            }
        }
        let adam = Adam::new(&values.iter().map(Vec::len).collect::<Vec<_>>());
        let workers = Workers::new(config.threads, config.parts)?;
        Ok(Self { model, config: config.clone(), workers, slots, values, decay, adam, log_scale })
    }

    pub(super) fn restore(&mut self, values: Vec<Vec<f32>>, adam: Adam) {
        self.adam = adam;
        self.put(values);
    }

    /// Takes these values for the learning parameters; the optimiser stays as it is.
    pub(super) fn put(&mut self, values: Vec<Vec<f32>>) {
        self.values = values;
        self.show();
    }

    /// Puts the values into the model.
    fn show(&mut self) {
        let (slots, values) = (&self.slots, &self.values);
        self.model = parameters::assign(self.model.clone(), |i, _| slots[i].map(|slot| values[slot].clone()));
    }

    /// One step, counted from 0. Gives the loss and the norm of the gradient; changes nothing when either is not a number.
    pub(super) fn step(&mut self, batch: &Batch, step: u64, rate: f64) -> Result<(LossParts, f64), StepFailure> {
        let objective = Objective {
            kind: self.config.loss,
            attribute_weight: self.config.attribute_weight,
            class_weight: self.config.class_weight,
            key: RandomTree::new(self.config.seed).subtree(step, "dropout"),
        };
        let (loss, gradients) = gradient(&self.workers, &self.model, batch, &objective, self.config.parts)?;
        if !loss.total.is_finite() {
            return Err(StepFailure::NotFinite { quantity: "loss", value: loss.total });
        }
        let learning = gradients.into_iter().zip(&self.slots).filter(|(_, slot)| slot.is_some());
        let mut gradients: Vec<Option<Vec<f32>>> = learning.map(|(gradient, _)| gradient).collect();
        let norm = adam::clip(&mut gradients, self.config.clip_norm);
        if !norm.is_finite() {
            return Err(StepFailure::NotFinite { quantity: "gradient norm", value: norm });
        }
        self.adam.update(&mut self.values, &gradients, &self.decay, rate);
        if let Some(i) = self.log_scale {
            self.values[i].iter_mut().for_each(|v| *v = v.clamp(0.0, MOST_SCALE.ln()));
        }
        self.show();
        Ok((loss, norm))
    }
}
