//! The model with its optimiser: one step after the other.

use super::adam::{self, Adam};
use super::gradient::{StepGradient, gradient};
use crate::base::random::RandomTree;
use crate::model::interface::Model;
use crate::model::{lora, parameters};
use crate::train::batch::StepBatch;
use crate::train::config::Adapt;
use crate::train::task::{LossParts, Task};
use crate::train::workers::Workers;
use crate::train::{TrainConfig, TrainError};

/// Model, optimiser and the plain copy of what learns.
pub(crate) struct Learner<M> {
    pub(crate) model: M,
    config: TrainConfig,
    workers: Workers,
    /// Place among the learning parameters of each parameter.
    slots: Vec<Option<usize>>,
    pub(crate) values: Vec<Vec<f32>>,
    decay: Vec<f64>,
    pub(crate) adam: Adam,
    /// Where a learning parameter is kept after every step.
    bounds: Vec<Option<(f32, f32)>>,
    /// Names of the learning parameters.
    names: Vec<String>,
}

pub(crate) enum StepFailure {
    Error(TrainError),
    NotFinite { quantity: &'static str, value: f64 },
}

impl<E: Into<TrainError>> From<E> for StepFailure {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

impl<M: Model> Learner<M> {
    pub(crate) fn new(model: M, config: &TrainConfig) -> Result<Self, TrainError> {
        let model = model.train();
        let model = match &config.adapt {
            Adapt::Full => parameters::set_trainable(lora::merge(model), |_| true),
            Adapt::Lora(lora) => lora::attach(model, lora, config.seed)?,
        };
        let (mut slots, mut values, mut decay, mut bounds) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut names = Vec::new();
        for (parameter, value) in parameters::collect(&model)? {
            slots.push(parameter.trainable.then_some(values.len()));
            if parameter.trainable {
                bounds.push(model.bounds(&parameter.name));
                // Decay is for the matrices of linear layers and kernels only; norms, biases, tokens and positions stay free of it.
                decay.push(if parameter.decays { config.weight_decay } else { 0.0 });
                values.push(value);
                names.push(parameter.name);
            }
        }
        let adam = Adam::new(&values.iter().map(Vec::len).collect::<Vec<_>>());
        let workers = Workers::new(config.threads, config.parts)?;
        Ok(Self { model, config: config.clone(), workers, slots, values, decay, adam, bounds, names })
    }

    pub(crate) fn restore(&mut self, values: Vec<Vec<f32>>, adam: Adam) {
        self.adam = adam;
        self.put(values);
    }

    /// Takes these values for the learning parameters; the optimiser stays as it is.
    pub(crate) fn put(&mut self, values: Vec<Vec<f32>>) {
        self.values = values;
        self.show();
    }

    /// Puts the values into the model.
    fn show(&mut self) {
        let (slots, values) = (&self.slots, &self.values);
        self.model = parameters::assign(self.model.clone(), |i, _| slots[i].map(|slot| values[slot].clone()));
    }

    /// One step, counted from 0. Gives the loss and the norm of the gradient; changes nothing when either is not a number.
    pub(crate) fn step(
        &mut self,
        batch: &StepBatch,
        task: &dyn Task,
        step: u64,
        rate: f64,
    ) -> Result<(LossParts, f64), StepFailure> {
        let key = RandomTree::new(self.config.seed).subtree(step, "dropout");
        let StepGradient { loss, gradient: gradients, followed } =
            gradient(&self.workers, &self.model, batch, (task, key), self.config.parts)?;
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
        for (values, bounds) in self.values.iter_mut().zip(&self.bounds) {
            if let Some((low, high)) = bounds {
                values.iter_mut().for_each(|v| *v = v.clamp(*low, *high));
            }
        }
        for (name, values) in followed {
            // What does not learn, as all but adapters, stays as it was.
            if let Some(slot) = self.names.iter().position(|other| *other == name) {
                self.values[slot] = values;
            }
        }
        self.show();
        Ok((loss, norm))
    }
}
