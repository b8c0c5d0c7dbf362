//! Sentence vectors for the classes of an experiment.

use crate::model::minilm::{MiniLm, MiniLmError};
use crate::text::{PromptBank, SentenceEncoder, TextError, Vocabulary};
use crate::train::{Prompts, TrainError};
use burn::tensor::Device;

/// The sentence encoder that ships with the program, on the CPU.
pub fn builtin_encoder() -> Result<MiniLm, MiniLmError> {
    MiniLm::builtin(&Device::flex())
}

/// Prompts of `classes` (slugs of the vocabulary), centred with the means of the classes that training sees.
///
/// Paraphrases go along as further wordings.
pub fn prompts_for(
    encoder: &dyn SentenceEncoder,
    encoder_name: &str,
    classes: &[String],
    seen: &[String],
) -> Result<Prompts, PromptError> {
    let vocabulary = Vocabulary::with_data_sets();
    let activities = classes
        .iter()
        .map(|slug| vocabulary.get(slug).cloned().ok_or_else(|| PromptError::Unknown(slug.clone())))
        .collect::<Result<Vec<_>, _>>()?;
    let bank = PromptBank::new(encoder, &activities)?;
    let centring = bank.select(seen)?.centring()?;
    let centred = bank.centred(&centring)?;
    let prompts = Prompts::new(centred.slugs, centred.attributes, centring.means().clone(), encoder_name)?;
    Ok(prompts.with_paraphrases(centred.paraphrases)?)
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
