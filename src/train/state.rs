//! What a run needs to go on where it was stopped: the learning parameters, the optimiser's moments, the step.

use super::adam::Adam;
use super::checkpoint::replace_folder;
use super::{TrainConfig, TrainError};
use crate::base::atomic_file;
use crate::model::weights::{Array, Weights};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// `state.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StateInfo {
    step: u64,
    adam_steps: u64,
    config: TrainConfig,
    base_blake3: String,
    samples: Vec<usize>,
    tensors_blake3: String,
}

/// A stopped run.
pub(crate) struct State {
    pub(crate) step: u64,
    pub(crate) values: Vec<Vec<f32>>,
    pub(crate) adam: Adam,
}

/// What must be the same for a run to go on.
pub(crate) struct Identity<'a> {
    pub(crate) config: &'a TrainConfig,
    /// Hash of the model that the run began with.
    pub(crate) base_blake3: String,
    /// Samples of each source.
    pub(crate) samples: Vec<usize>,
}

/// The folder of a run's state.
pub(crate) fn folder(out_dir: &Path) -> PathBuf {
    out_dir.join("resume")
}

impl State {
    /// Writes the folder whole or not at all.
    pub(crate) fn save(
        dir: &Path,
        identity: &Identity<'_>,
        step: u64,
        values: &[Vec<f32>],
        adam: &Adam,
    ) -> Result<(), TrainError> {
        let mut weights = Weights::default();
        let mut put = |kind: &str, i: usize, values: &[f32]| {
            let array = Array { shape: vec![values.len()], values: values.to_vec() };
            weights.tensors.insert(format!("{kind}.{i}"), array);
        };
        for (i, (value, (first, second))) in values.iter().zip(&adam.moments).enumerate() {
            put("value", i, value);
            put("first", i, first);
            put("second", i, second);
        }
        let info = StateInfo {
            step,
            adam_steps: adam.steps,
            config: identity.config.clone(),
            base_blake3: identity.base_blake3.clone(),
            samples: identity.samples.clone(),
            tensors_blake3: weights.hash(),
        };
        let text = serde_json::to_string_pretty(&info)
            .map_err(|e| TrainError::Read { path: dir.join("state.json"), problem: e.to_string() })?;
        replace_folder(dir, |part| {
            weights.write(&part.join("state.safetensors"))?;
            Ok(atomic_file::write(&part.join("state.json"), text.as_bytes())?)
        })
    }

    /// Reads the folder; refuses the state of another run. `None` when there is none.
    pub(crate) fn load(dir: &Path, identity: &Identity<'_>, sizes: &[usize]) -> Result<Option<Self>, TrainError> {
        if !dir.exists() {
            return Ok(None);
        }
        let path = dir.join("state.json");
        let read = |problem: String| TrainError::Read { path: path.clone(), problem };
        let text = std::fs::read_to_string(&path).map_err(|e| read(e.to_string()))?;
        let info: StateInfo = serde_json::from_str(&text).map_err(|e| read(e.to_string()))?;
        let differ = |what: &str, left: String, right: String| {
            Err(TrainError::mismatch(what, ("the stopped run", left), ("this run", right)))
        };
        if essence(&info.config) != essence(identity.config) {
            let text = |c: &TrainConfig| serde_json::to_string(&essence(c)).unwrap_or_default();
            return differ("training settings", text(&info.config), text(identity.config));
        }
        if info.base_blake3 != identity.base_blake3 {
            return differ("BLAKE3 of the initial weights", info.base_blake3, identity.base_blake3.clone());
        }
        if info.samples != identity.samples {
            return differ("samples of each source", format!("{:?}", info.samples), format!("{:?}", identity.samples));
        }
        let file = dir.join("state.safetensors");
        let mut weights = Weights::read(&file)?;
        let hash = weights.hash();
        if hash != info.tensors_blake3 {
            let sides = (("state.json", info.tensors_blake3), (file.display().to_string(), hash));
            return Err(TrainError::mismatch("BLAKE3 of the state", sides.0, (&sides.1.0, sides.1.1)));
        }
        let mut take = |kind: &str, i: usize, size: usize| -> Result<Vec<f32>, TrainError> {
            let tensor = format!("{kind}.{i}");
            let array = weights.tensors.remove(&tensor).filter(|a| a.values.len() == size);
            array.map(|a| a.values).ok_or_else(|| {
                let problem = format!("tensor {tensor}: missing or not of {size} entries");
                TrainError::Read { path: file.clone(), problem }
            })
        };
        let mut values = Vec::new();
        let mut adam = Adam::new(&[]);
        adam.steps = info.adam_steps;
        for (i, &size) in sizes.iter().enumerate() {
            values.push(take("value", i, size)?);
            adam.moments.push((take("first", i, size)?, take("second", i, size)?));
        }
        Ok(Some(Self { step: info.step, values, adam }))
    }
}

/// Settings without those that do not change the weights.
fn essence(config: &TrainConfig) -> TrainConfig {
    TrainConfig { threads: 0, log_every: 1, validate_every: 0, checkpoint_every: 0, ..config.clone() }
}
