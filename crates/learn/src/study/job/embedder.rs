//! A checkpoint as an encoder of maps and of labels, for whoever compares them.

use super::JobError;
use super::classify::{Choice, activities, choices_of};
use super::text::{BUILTIN_ENCODER, Centre, prompts};
use crate::chain::{ViewInput, Views};
use crate::model::minilm::MiniLm;
use crate::model::mmclip::{Embeddings, MmClip, MmClipConfig};
use crate::text::{Activity, Centring};
use crate::train::evaluate::{KShot, Labelled, Scoring, scores, scores_by_examples};
use crate::train::{Checkpoint, TrainError};
use burn::tensor::Device;
use ndarray::{Array2, ArrayView4};
use std::path::Path;

/// Maps that are embedded at a time.
const BATCH: usize = 16;

/// A checkpoint of a model that compares maps with sentences, together with the encoder of its sentences.
pub struct Embedder {
    checkpoint: Checkpoint,
    model: MmClip,
    encoder: MiniLm,
}

impl Embedder {
    /// Reads a checkpoint.
    ///
    /// # Errors
    /// A folder that holds none, or one of a system that knows no text.
    pub fn load(dir: &Path) -> Result<Self, JobError> {
        let checkpoint = Checkpoint::load(dir)?;
        let model = checkpoint.model.clone().into_mmclip();
        let model = model.map_err(|e| JobError::part(dir.display().to_string(), e.to_string()))?;
        Ok(Self { checkpoint, model, encoder: MiniLm::builtin(&Device::flex())? })
    }

    /// The checkpoint.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Which maps it takes, and of what size.
    pub fn config(&self) -> &MmClipConfig {
        self.model.config()
    }

    /// What scores are multiplied by before they are made probabilities: 1/τ.
    pub fn scale(&self) -> f64 {
        1.0 / self.model.temperature()
    }

    /// How its maps were made, where the checkpoint says so.
    pub fn input(&self) -> Option<&ViewInput> {
        self.checkpoint.info.input.as_ref()
    }

    /// Why views are not what the model was trained on: names, axes. `None` where they are, or nothing is known.
    pub fn disagreement(&self, views: &Views) -> Option<String> {
        self.input().and_then(|input| input.only(&self.config().maps).disagreement(views))
    }

    /// Embeddings of maps, on the threads of the pool that it runs in.
    ///
    /// # Shapes
    /// `maps[sample, map, row, column]`, maps in the order of the configuration.
    ///
    /// # Errors
    /// Other shapes, values that are no numbers, weights that are spoilt.
    pub fn maps(&self, maps: ArrayView4<'_, f32>) -> Result<Embeddings, JobError> {
        if maps.iter().any(|v| !v.is_finite()) {
            return Err(TrainError::data("maps", "a value is NaN or infinite").into());
        }
        let embedded = self.model.embed_signals(maps, BATCH)?;
        if embedded.class.iter().chain(&embedded.attributes).any(|v| !v.is_finite()) {
            let problem = "the model makes no number of these maps: its weights are spoilt";
            return Err(TrainError::data("checkpoint", problem).into());
        }
        Ok(embedded)
    }

    /// Embeddings of labels, of the vocabulary or any others, whose sentences are then written by rule.
    ///
    /// # Errors
    /// A label that cannot be put into words, or is there twice; a checkpoint of another sentence encoder.
    pub fn labels(&self, labels: &[String]) -> Result<(Embeddings, Vec<Choice>), JobError> {
        let found = activities(labels)?;
        let choices = choices_of(&found, labels, &self.checkpoint);
        let words: Vec<Activity> = found.into_iter().map(|asked| asked.activity).collect();
        let centring = Centring::from_means(self.checkpoint.text_means())?;
        let prompts = prompts((&self.encoder, BUILTIN_ENCODER), &words, Centre::Given(centring))?;
        self.checkpoint.require_prompts(&prompts)?;
        Ok((self.model.embed_texts(prompts.vectors.view())?, choices))
    }

    /// Scores of labels for samples: cosines, weighted as `scoring` says.
    ///
    /// # Shapes
    /// → `[sample, label]`.
    ///
    /// # Errors
    /// Weights by which nothing is compared.
    pub fn scores(
        &self,
        samples: &Embeddings,
        labels: &Embeddings,
        scoring: &Scoring,
    ) -> Result<Array2<f64>, JobError> {
        self.sound(scoring)?;
        Ok(scores(samples, labels, scoring))
    }

    /// Scores of labels for samples, by examples of each: see [`scores_by_examples`].
    ///
    /// # Shapes
    /// → `[sample, label]`.
    ///
    /// # Errors
    /// As there, and weights by which nothing is compared.
    pub fn scores_by_examples(
        &self,
        examples: Labelled<'_>,
        samples: &Embeddings,
        labels: (&Embeddings, &[String]),
        config: &KShot,
    ) -> Result<Array2<f64>, JobError> {
        self.sound(&config.scoring)?;
        self.sound(&config.text_scoring)?;
        Ok(scores_by_examples(examples, samples, Some(labels.0), labels.1, config)?)
    }

    fn sound(&self, scoring: &Scoring) -> Result<(), JobError> {
        match scoring.problem(!self.config().attributes.is_empty()) {
            Some(problem) => Err(JobError::part("class_share", problem)),
            None => Ok(()),
        }
    }
}
