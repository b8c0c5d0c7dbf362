//! What a run needs to go on where it was stopped: the learning parameters, the optimiser's moments, the step.

use super::{Since, TrainData};
use crate::base::atomic_file;
use crate::model::weights::{Array, Weights};
use crate::train::checkpoint::{replace_folder, restore_folder};
use crate::train::data::Samples;
use crate::train::step::Adam;
use crate::train::task::Labelling;
use crate::train::{TrainConfig, TrainError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// `state.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StateInfo {
    step: u64,
    adam_steps: u64,
    config: TrainConfig,
    base_blake3: String,
    data: BTreeMap<String, String>,
    /// Step and accuracy of the best validation, whose weights are kept beside the last ones.
    #[serde(default)]
    best: Option<(u64, f64)>,
    #[serde(default)]
    since: Since,
    tensors_blake3: String,
}

/// The best validation of a run that may stop early, and the learning parameters it was made with.
#[derive(Clone)]
pub(crate) struct Best {
    pub(crate) step: u64,
    pub(crate) accuracy: f64,
    pub(crate) values: Vec<Vec<f32>>,
}

/// A stopped run.
pub(crate) struct State {
    pub(crate) step: u64,
    pub(crate) values: Vec<Vec<f32>>,
    pub(crate) adam: Adam,
    pub(crate) best: Option<Best>,
    pub(crate) since: Since,
}

/// What must be the same for a run to go on.
pub(crate) struct Identity<'a> {
    pub(crate) config: &'a TrainConfig,
    /// Hash of the model that the run began with.
    pub(crate) base_blake3: String,
    /// What it learns from and is validated on, each part with a value that tells it from others.
    pub(crate) data: BTreeMap<String, String>,
}

impl<'a> Identity<'a> {
    pub(crate) fn new(
        config: &'a TrainConfig,
        base_blake3: String,
        data: &TrainData<'_>,
        task: &dyn Labelling,
    ) -> Self {
        let mut parts = BTreeMap::new();
        let of = |samples: &dyn Samples| {
            let mut hasher = blake3::Hasher::new();
            hasher.update(samples.fingerprint().as_bytes());
            for i in 0..samples.len() {
                hasher.update(samples.label(i).as_bytes()).update(&[0]);
            }
            format!("{} ({:.16})", samples.len(), hasher.finalize().to_hex())
        };
        for (i, source) in data.sources.iter().enumerate() {
            parts.insert(format!("samples of source {i}"), of(source.samples));
            parts.insert(format!("weight of source {i}"), source.weight.to_string());
        }
        if let Some(validation) = data.validation.filter(|_| config.early_stopping.is_some()) {
            parts.insert("validation samples".into(), of(validation));
        }
        let (what, fingerprint) = task.fingerprint();
        parts.insert(what.into(), fingerprint);
        Self { config, base_blake3, data: parts }
    }

    /// Refuses what another run left; `who` left it.
    pub(crate) fn require(
        &self,
        who: &str,
        config: &TrainConfig,
        base_blake3: &str,
        data: &BTreeMap<String, String>,
    ) -> Result<(), TrainError> {
        let differ =
            |what: &str, left: String, right: String| Err(TrainError::mismatch(what, (who, left), ("this run", right)));
        if essence(config) != essence(self.config) {
            let (left, right) = differing(&essence(config), &essence(self.config));
            return differ("training settings", left, right);
        }
        // Samples first: other views or classes make another model as well.
        let names: BTreeSet<&String> = data.keys().chain(self.data.keys()).collect();
        if let Some(name) = names.into_iter().find(|name| data.get(*name) != self.data.get(*name)) {
            let value = |data: &BTreeMap<String, String>| data.get(name).cloned().unwrap_or_else(|| "none".into());
            return differ(name, value(data), value(&self.data));
        }
        if base_blake3 != self.base_blake3 {
            return differ("BLAKE3 of the initial weights", base_blake3.to_owned(), self.base_blake3.clone());
        }
        Ok(())
    }
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
        (since, best): (Since, Option<&Best>),
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
        for (i, value) in best.iter().flat_map(|b| &b.values).enumerate() {
            put("best", i, value);
        }
        let info = StateInfo {
            step,
            adam_steps: adam.steps,
            config: identity.config.clone(),
            base_blake3: identity.base_blake3.clone(),
            data: identity.data.clone(),
            best: best.map(|b| (b.step, b.accuracy)),
            since,
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
        restore_folder(dir)?;
        if !dir.exists() {
            return Ok(None);
        }
        let path = dir.join("state.json");
        let read = |problem: String| TrainError::Read { path: path.clone(), problem };
        let text = std::fs::read_to_string(&path).map_err(|e| read(e.to_string()))?;
        let info: StateInfo = serde_json::from_str(&text).map_err(|e| read(e.to_string()))?;
        identity.require("the stopped run", &info.config, &info.base_blake3, &info.data)?;
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
        let best = match info.best {
            None => None,
            Some((step, accuracy)) => {
                let values =
                    sizes.iter().enumerate().map(|(i, &size)| take("best", i, size)).collect::<Result<_, _>>()?;
                Some(Best { step, accuracy, values })
            }
        };
        Ok(Some(Self { step: info.step, values, adam, best, since: info.since }))
    }
}

/// The settings that are not the same, on both sides.
fn differing(left: &TrainConfig, right: &TrainConfig) -> (String, String) {
    let value = |config| serde_json::to_value(config).unwrap_or_default();
    let (left, right) = (value(left), value(right));
    let keys = left.as_object().into_iter().chain(right.as_object()).flat_map(|map| map.keys());
    let keys: BTreeSet<&String> = keys.filter(|key| left.get(key) != right.get(key)).collect();
    let told = |side: &serde_json::Value| {
        let all = keys.iter().map(|&key| format!("{key} {}", side.get(key).unwrap_or(&serde_json::Value::Null)));
        all.collect::<Vec<_>>().join(", ")
    };
    (told(&left), told(&right))
}

/// Settings without those that do not change the weights.
fn essence(config: &TrainConfig) -> TrainConfig {
    // When validation decides about the end, its rhythm does change them.
    let validate_every = if config.early_stopping.is_some() { config.validate_every } else { 0 };
    let quiet =
        TrainConfig { threads: 0, log_every: 1, checkpoint_every: 0, checkpoint_minutes: 0.0, ..config.clone() };
    TrainConfig { validate_every, ..quiet }
}
