//! From experts that were trained alone to all of them, and from these to the task.

use super::config::{BeamConfig, BeamTask};
use super::{BeamModality, BeamModel};
use crate::model::ModelError;
use crate::model::parameters::{self, Parameter};
use std::collections::HashMap;

type LearntValues = HashMap<String, Vec<f32>>;

impl BeamModel {
    /// The model of stage II (algorithm 2, lines 1 to 3): experts as they were trained alone, state and prior the means of theirs. What the state
    /// takes of a private latent is that of its own expert; the network of the labels begins anew.
    ///
    /// # Errors
    /// A sensor of the settings for which there is no such model, or one of other sizes.
    pub fn aligned(config: &BeamConfig, alone: &[Self], seed: u64) -> Result<Self, ModelError> {
        let fresh = Self::new(&config.with_task(BeamTask::Aligned), seed)?;
        let mut learnt: Vec<LearntValues> = Vec::new();
        for sensor in &config.modalities {
            let wanted = config.alone(sensor.sensor);
            let fits = |model: &&Self| {
                let own = &model.config;
                let sizes = |c: &BeamConfig| [c.steps, c.shared, c.private, c.state, c.features, c.hidden];
                sizes(own) == sizes(&wanted) && own.modalities == wanted.modalities
            };
            let Some(model) = alone.iter().find(fits) else {
                return Err(ModelError::Config {
                    field: "modalities".into(),
                    found: format!("{} models, none of {} with these sizes", alone.len(), sensor.sensor.name()),
                    expected: "a model of stage I for each sensor".into(),
                });
            };
            learnt.push(parameters::collect(model)?.into_iter().map(|(p, values)| (p.name, values)).collect());
        }
        let (shared, private) = (config.shared, config.private);
        Ok(parameters::assign(fresh, |_, parameter| {
            if let Some(rest) = parameter.name.strip_prefix("experts.") {
                let (place, rest) = rest.split_once('.')?;
                return learnt.get(place.parse::<usize>().ok()?)?.get(&format!("experts.0.{rest}")).cloned();
            }
            let of: Option<Vec<&Vec<f32>>> = learnt.iter().map(|model| model.get(&parameter.name)).collect();
            let of = of.filter(|_| parameter.name.starts_with("dynamics."))?;
            Some(match parameter.name.ends_with(".weight_ih") {
                true => joined_inputs(parameter, &of, shared, private),
                false => mean(&of),
            })
        }))
    }

    /// The same representation with a new task network.
    pub fn with_task(&self, task: BeamTask, seed: u64) -> Result<Self, ModelError> {
        let fresh = Self::new(&self.config.with_task(task), seed)?;
        let learnt: LearntValues = parameters::collect(self)?.into_iter().map(|(p, values)| (p.name, values)).collect();
        let kept = |name: &str| name.starts_with("experts.") || name.starts_with("dynamics.");
        Ok(parameters::assign(fresh, |_, p| kept(&p.name).then(|| learnt.get(&p.name).cloned()).flatten()))
    }

    /// Its sensors.
    pub fn sensors(&self) -> Vec<BeamModality> {
        self.config.modalities.iter().map(|m| m.sensor).collect()
    }
}

fn mean(of: &[&Vec<f32>]) -> Vec<f32> {
    let count = of.len() as f32;
    (0..of[0].len()).map(|i| of.iter().map(|values| values[i]).sum::<f32>() / count).collect()
}

/// Weights of the state's inputs `[gate · entry, shared + private …]`: means of the columns of the shared latent, each sensor's own of its
/// private one.
fn joined_inputs(parameter: &Parameter, of: &[&Vec<f32>], shared: usize, private: usize) -> Vec<f32> {
    let columns = parameter.shape[1];
    let entry = |i: usize| {
        let (row, column) = (i / columns, i % columns);
        let own = |values: &[f32], column: usize| values[row * (shared + private) + column];
        match column.checked_sub(shared) {
            None => of.iter().map(|values| own(values, column)).sum::<f32>() / of.len() as f32,
            Some(place) => own(of[place / private], shared + place % private),
        }
    };
    (0..parameter.count()).map(entry).collect()
}
