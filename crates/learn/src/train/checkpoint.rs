//! A model on disk: `model.safetensors` and `config.json` in one folder, whole or not there.

use super::batch::Inputs;
use super::data::{Labels, Prompts, Samples};
use super::{TrainConfig, TrainError};
use crate::base::atomic_file;
use crate::chain::ViewInput;
use crate::model::system::{InSystem, ModelSpec, System};
use crate::model::weights::Weights;
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Version of the layout of `config.json`. Version 1 had the settings of mmCLIP in place of a system's name with its settings.
const FORMAT: u32 = 2;
/// Versions that are read.
const READ: [u32; 2] = [1, 2];

/// What `config.json` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointInfo {
    /// Version of this layout.
    pub format: u32,
    /// Version of the program that wrote it.
    pub kinecho_version: String,
    /// The system and what its model is made of; names and sizes of views are in it.
    pub model: ModelSpec,
    /// Labels that it was trained with; of a classifier in the order of its answers.
    pub classes: Vec<String>,
    /// Labels of the samples that it, or the model that it began with, has learnt from; the others were words to choose from. Empty in files
    /// of versions that did not tell them apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<String>,
    /// Name of the text encoder whose vectors it knows; none where it knows no text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text_encoder: String,
    /// `[5][width]`: the means that were subtracted from the text vectors, to be subtracted from new ones too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub text_means: Vec<Vec<f32>>,
    /// Optimiser steps done.
    pub step: u64,
    /// Settings of the run that made it.
    pub train: Option<TrainConfig>,
    /// How the maps of its (first) training set were made: recordings that it is to classify pass through the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<ViewInput>,
    /// Hash of the weights that belong to this file.
    pub weights_blake3: String,
}

/// A model with all that is needed to use it.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// The model, adapters merged.
    pub model: System,
    /// What goes with it.
    pub info: CheckpointInfo,
}

impl Checkpoint {
    /// A checkpoint of a model trained with these labels.
    pub fn new(
        model: impl Into<System>,
        labels: Labels<'_>,
        step: u64,
        train: Option<&TrainConfig>,
    ) -> Result<Self, TrainError> {
        let model = model.into();
        let (text_encoder, text_means) = match labels {
            Labels::Sentences(prompts) => {
                (prompts.encoder.clone(), prompts.means.outer_iter().map(|row| row.to_vec()).collect())
            }
            Labels::Names(_) => (String::new(), Vec::new()),
        };
        let info = CheckpointInfo {
            format: FORMAT,
            kinecho_version: env!("CARGO_PKG_VERSION").into(),
            model: model.spec(),
            classes: labels.names().to_vec(),
            seen: Vec::new(),
            text_encoder,
            text_means,
            step,
            train: train.cloned(),
            input: None,
            weights_blake3: Weights::of(&model)?.hash(),
        };
        Ok(Self { model, info })
    }

    /// Says how the maps were made that the model was trained on.
    pub fn made_from(mut self, input: Option<ViewInput>) -> Self {
        self.info.input = input;
        self
    }

    /// Says of which labels the samples were that the model has learnt from.
    pub fn having_seen(mut self, labels: impl IntoIterator<Item = String>) -> Self {
        self.info.seen = labels.into_iter().collect::<BTreeSet<String>>().into_iter().collect();
        self
    }

    /// Whether the model has learnt from samples of a label, simulated or recorded.
    pub fn has_seen(&self, label: &String) -> bool {
        self.seen().contains(label)
    }

    /// Labels of the samples that the model has learnt from, as far as the file tells.
    pub fn seen(&self) -> &[String] {
        if self.info.seen.is_empty() { &self.info.classes } else { &self.info.seen }
    }

    /// Writes the folder beside its place and moves it there when it is whole.
    pub fn save(&self, dir: &Path) -> Result<(), TrainError> {
        let text = serde_json::to_string_pretty(&self.info)
            .map_err(|error| TrainError::Read { path: dir.join("config.json"), problem: error.to_string() })?;
        replace_folder(dir, |part| {
            Weights::of(&self.model)?.write(&part.join("model.safetensors"))?;
            Ok(atomic_file::write(&part.join("config.json"), format!("{text}\n").as_bytes())?)
        })
    }

    /// Reads a folder; refuses parts that do not belong together.
    pub fn load(dir: &Path) -> Result<Self, TrainError> {
        let path = dir.join("config.json");
        let read = |problem: String| TrainError::Read { path: path.clone(), problem };
        if folder(dir).join("config.json").is_file() {
            return Err(read(format!("this is the folder of a run; its checkpoint is {}", folder(dir).display())));
        }
        let text = fs::read_to_string(&path)
            .map_err(|e| read(format!("{e}; expected a checkpoint folder with config.json")))?;
        let info: CheckpointInfo = serde_json::from_str(&text).map_err(|e| read(e.to_string()))?;
        if !READ.contains(&info.format) {
            return Err(TrainError::mismatch(
                "checkpoint format",
                (&path.display().to_string(), info.format),
                ("this program", FORMAT),
            ));
        }
        let model = info.model.init(0)?;
        let weights_path = dir.join("model.safetensors");
        let weights = Weights::read(&weights_path)?;
        let hash = weights.hash();
        let model = weights.into_module(model)?;
        if hash != info.weights_blake3 {
            return Err(TrainError::mismatch(
                "BLAKE3 of the weights",
                ("config.json", &info.weights_blake3),
                (&weights_path.display().to_string(), hash),
            ));
        }
        Ok(Self { model, info })
    }

    /// The text means as an array, `[5, width]`.
    pub fn text_means(&self) -> Array2<f32> {
        let width = self.info.text_means.first().map_or(0, Vec::len);
        let values = self.info.text_means.iter().flatten().copied().collect();
        Array2::from_shape_vec((self.info.text_means.len(), width), values).unwrap_or_default()
    }

    /// Refuses samples that the model was not made for.
    pub fn require_samples(&self, name: &str, samples: &dyn Samples) -> Result<(), TrainError> {
        Inputs::met(&self.model, name, samples).map(|_| ())
    }

    /// Refuses sentences of another encoder than the one that the checkpoint was trained with.
    pub fn require_encoder(&self, name: &str) -> Result<(), TrainError> {
        if name == self.info.text_encoder {
            return Ok(());
        }
        Err(TrainError::mismatch("text encoder", ("checkpoint", &self.info.text_encoder), ("prompts", name)))
    }

    /// Refuses prompts of another encoder or centred by other means.
    pub fn require_prompts(&self, prompts: &Prompts) -> Result<(), TrainError> {
        self.require_encoder(&prompts.encoder)?;
        let means = self.text_means();
        let same_shape = means.dim() == prompts.means.dim();
        let worst = means.iter().zip(&prompts.means).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        if !same_shape || worst > 1e-5 {
            let norm = |m: &Array2<f32>| {
                format!("shape {:?}, norm {:.6}", m.shape(), m.iter().map(|v| v * v).sum::<f32>().sqrt())
            };
            return Err(TrainError::mismatch(
                "means subtracted from the text vectors (centre new prompts with the checkpoint's)",
                ("checkpoint", norm(&means)),
                ("prompts", norm(&prompts.means)),
            ));
        }
        Ok(())
    }
}

/// The folder of a run's last checkpoint.
pub fn folder(out_dir: &Path) -> PathBuf {
    out_dir.join("checkpoint")
}

/// Puts a folder back whose successor was not there yet when the process ended: between two renames it has another name.
pub(crate) fn restore_folder(dir: &Path) -> Result<(), TrainError> {
    let old = dir.with_extension("old");
    if dir.exists() || !old.exists() {
        return Ok(());
    }
    fs::rename(&old, dir).map_err(|source| atomic_file::WriteError { path: dir.into(), source }.into())
}

/// Lets `fill` write a folder under another name and puts it in the place of `dir` when it is whole.
pub(crate) fn replace_folder(dir: &Path, fill: impl FnOnce(&Path) -> Result<(), TrainError>) -> Result<(), TrainError> {
    let (part, old) = (atomic_file::part_path(dir), dir.with_extension("old"));
    let io = |path: &Path, source| atomic_file::WriteError { path: path.into(), source };
    restore_folder(dir)?;
    for leftover in [&part, &old] {
        if leftover.exists() {
            fs::remove_dir_all(leftover).map_err(|e| io(leftover, e))?;
        }
    }
    fill(&part)?;
    if dir.exists() {
        fs::rename(dir, &old).map_err(|e| io(dir, e))?;
    }
    fs::rename(&part, dir).map_err(|e| io(dir, e))?;
    // The old folder is only in the way now; failing to remove it harms nothing.
    let _ = fs::remove_dir_all(&old);
    Ok(())
}
