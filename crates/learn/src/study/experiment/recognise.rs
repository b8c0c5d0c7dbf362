//! What a model of any system makes of samples: embeddings, and scores without examples.

use super::error::ExperimentError;
use super::runner::Runner;
use super::spec::Evaluation;
use crate::model::mmclip::Embeddings;
use crate::model::system::System;
use crate::train::evaluate::scores;
use crate::train::{Dataset, TrainError, embed, infer, logits};
use ndarray::{Array2, Array3, Axis};

/// Samples as a model sees them.
pub(super) struct Seen {
    pub(super) embeddings: Embeddings,
    /// Scores of the labels of training `[sample, label]`, of a model that knows labels by name.
    logits: Option<Array2<f64>>,
}

impl Runner<'_> {
    /// What a model makes of samples.
    pub(super) fn seen(&self, model: &System, name: &str, data: &Dataset) -> Result<Seen, TrainError> {
        match model {
            System::MmClip(model) => Ok(Seen { embeddings: embed(model, name, data, 0)?, logits: None }),
            System::Classifier(_)
            | System::WiSwiss(_)
            | System::RFusion(_)
            | System::Beam(_)
            | System::CrossScene(_) => {
                let all = infer(model, name, data, 0)?;
                let class = all.require("features")?.index_axis(Axis(1), 0).to_owned();
                let attributes = Array3::zeros((class.nrows(), 0, class.ncols()));
                Ok(Seen { embeddings: Embeddings { attributes, class }, logits: Some(logits(&all)?) })
            }
        }
    }

    /// The choices of a question as sentences, of a model that reads them.
    pub(super) fn text(&self, model: &System, of: &Evaluation) -> Result<Option<Embeddings>, ExperimentError> {
        let (System::MmClip(model), Some(wordings)) = (model, &self.wordings) else { return Ok(None) };
        let vectors = wordings.of(&of.choices(), &of.wording)?.vectors;
        Ok(Some(model.embed_texts(vectors.view())?))
    }

    /// Scores of the choices without examples: by their sentences, or by name.
    pub(super) fn scores(
        &self,
        seen: &Seen,
        text: Option<&Embeddings>,
        of: &Evaluation,
    ) -> Result<Array2<f64>, TrainError> {
        match (text, &seen.logits) {
            (Some(text), _) => Ok(scores(&seen.embeddings, text, &of.text_scoring)),
            (None, Some(logits)) => {
                let place = |choice: &String| {
                    let problem = || TrainError::data("model", format!("has not learnt the label {choice}"));
                    self.classes().iter().position(|class| class == choice).ok_or_else(problem)
                };
                Ok(logits.select(Axis(1), &of.choices().iter().map(place).collect::<Result<Vec<_>, _>>()?))
            }
            (None, None) => Err(TrainError::data("model", "neither reads sentences nor knows labels")),
        }
    }
}
