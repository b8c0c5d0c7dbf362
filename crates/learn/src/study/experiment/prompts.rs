//! Sentence vectors for the classes of an experiment.

use crate::model::minilm::{MiniLm, MiniLmError};
use crate::text::{Activity, Centring, PromptBank, SentenceEncoder, TextError, Vocabulary, describe};
use crate::train::{Prompts, TrainError};
use burn::tensor::Device;
use std::collections::BTreeMap;

/// The sentence encoder that ships with the program, on the CPU.
pub fn builtin_encoder() -> Result<MiniLm, MiniLmError> {
    MiniLm::builtin(&Device::flex())
}

/// Sentence vectors of all classes, and how to make those of other words for them.
pub(super) struct Wordings<'a> {
    encoder: (&'a dyn SentenceEncoder, &'a str),
    centring: Centring,
    /// The classes in stock wording, paraphrases along.
    pub(super) prompts: Prompts,
}

impl<'a> Wordings<'a> {
    /// Of `classes` (slugs of the vocabulary), centred with the means of the classes that training sees.
    pub(super) fn new(
        encoder: (&'a dyn SentenceEncoder, &'a str),
        classes: &[String],
        seen: &[String],
    ) -> Result<Self, PromptError> {
        let bank = PromptBank::new(encoder.0, &activities(classes)?)?;
        let centring = bank.select(seen)?.centring()?;
        let centred = bank.centred(&centring)?;
        let prompts = Prompts::new(centred.slugs, centred.attributes, centring.means().clone(), encoder.1)?;
        Ok(Self { encoder, centring, prompts: prompts.with_paraphrases(centred.paraphrases)? })
    }

    /// Vectors of `choices`, some of them in other words (slug → label).
    pub(super) fn of(&self, choices: &[String], wording: &BTreeMap<String, String>) -> Result<Prompts, PromptError> {
        if wording.is_empty() {
            return Ok(self.prompts.select(choices)?);
        }
        let mut activities = activities(choices)?;
        for activity in &mut activities {
            if let Some(label) = wording.get(&activity.slug) {
                activity.text = describe(label)?.text;
                activity.label.clone_from(label);
                activity.paraphrases = Default::default();
            }
        }
        let centred = PromptBank::new(self.encoder.0, &activities)?.centred(&self.centring)?;
        Ok(Prompts::new(centred.slugs, centred.attributes, self.centring.means().clone(), self.encoder.1)?)
    }
}

fn activities(slugs: &[String]) -> Result<Vec<Activity>, PromptError> {
    let known = |slug: &String| Vocabulary::with_data_sets().get(slug).cloned();
    slugs.iter().map(|slug| known(slug).ok_or_else(|| PromptError::Unknown(slug.clone()))).collect()
}

/// Prompts cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// A class without sentences.
    #[error("`{0}` is not in the vocabulary: name one of its slugs")]
    Unknown(String),
    /// The text side.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The training side.
    #[error(transparent)]
    Train(#[from] TrainError),
}
