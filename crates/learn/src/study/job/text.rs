//! The words of a job: which encoder, which sentences, and the prompts that come of them.

use super::JobError;
use crate::model::clip::ClipText;
use crate::model::minilm::MiniLm;
use crate::text::{Activity, Centring, PromptBank, SentenceEncoder, Vocabulary};
use crate::train::Prompts;
use burn::tensor::Device;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Name of the built-in encoder in checkpoints and reports.
pub const BUILTIN_ENCODER: &str = "all-MiniLM-L6-v2 int8";

/// Which frozen encoder turns sentences into vectors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum EncoderChoice {
    /// MiniLM int8, which ships with the program; 384 wide.
    #[default]
    Builtin,
    /// MiniLM in a folder of the user, f32 or int8; 384 wide.
    Minilm(PathBuf),
    /// The text side of CLIP in a Hugging Face folder of the user; ViT-B/32 (512 wide) is the published setting.
    Clip(PathBuf),
}

/// Where sentences come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TextSettings {
    /// The encoder.
    pub encoder: EncoderChoice,
    /// A vocabulary file of the user in place of the built-in sixty activities.
    pub vocabulary: Option<PathBuf>,
    /// Whether labels outside of the vocabulary are described by rule; else they are an error.
    pub describe: bool,
}

impl EncoderChoice {
    /// The encoder and its name. The name of a user's encoder ends in a hash of its weights: another file, another name.
    pub fn open(&self, device: &Device) -> Result<(Box<dyn SentenceEncoder>, String), JobError> {
        let hashed = |kind: &str, folder: &Path, file: &str| {
            let path = folder.join(file);
            let mut hasher = blake3::Hasher::new();
            let whole = std::fs::File::open(&path).and_then(|f| hasher.update_reader(f).map(|_| ()));
            whole.map_err(|e| JobError::part("text.encoder", format!("cannot read {}: {e}", path.display())))?;
            Ok::<_, JobError>(format!("{kind} {:.16}", hasher.finalize().to_hex()))
        };
        Ok(match self {
            Self::Builtin => (Box::new(MiniLm::builtin(device)?), BUILTIN_ENCODER.into()),
            Self::Minilm(folder) => {
                let encoder = MiniLm::read(folder, device)?;
                let int8 = folder.join("model_int8.safetensors").exists();
                let file = if int8 { "model_int8.safetensors" } else { "model.safetensors" };
                (Box::new(encoder), hashed("MiniLM", folder, file)?)
            }
            Self::Clip(folder) => {
                let encoder = ClipText::read(folder, device)?;
                let name = format!("CLIP {:.16}", encoder.weights_hash());
                (Box::new(encoder), name)
            }
        })
    }
}

impl TextSettings {
    /// The encoder's name; refuses an encoder that cannot be opened or is not `width` wide, and labels without sentences.
    pub(super) fn check(
        &self,
        device: &Device,
        labels: &[String],
        corpus: &Path,
        width: usize,
    ) -> Result<String, JobError> {
        let (encoder, name) = self.encoder.open(device)?;
        if encoder.width() != width {
            let problem =
                format!("the encoder {name} gives vectors of width {}, the model takes {width}", encoder.width());
            return Err(JobError::part("text.encoder", problem));
        }
        self.activities(labels, corpus)?;
        Ok(name)
    }

    /// The name that corpora have for a label which may be written in words; the label itself where no vocabulary has it.
    pub(super) fn slug_of(&self, label: &str) -> Result<String, JobError> {
        let own = self.vocabulary.as_deref().map(Vocabulary::read).transpose()?;
        let vocabulary = own.as_ref().unwrap_or(Vocabulary::with_data_sets());
        let known = vocabulary.get(label).or_else(|| vocabulary.by_label(label));
        Ok(known.map_or_else(|| label.to_owned(), |activity| activity.slug.clone()))
    }

    /// The activities of labels (slugs); all that are unknown are named at once. `corpus` is where the labels occur.
    pub(super) fn activities(&self, labels: &[String], corpus: &Path) -> Result<Vec<Activity>, JobError> {
        let own = self.vocabulary.as_deref().map(Vocabulary::read).transpose()?;
        let vocabulary = own.as_ref().unwrap_or(Vocabulary::with_data_sets());
        let known = |label: &String| vocabulary.get(label).or_else(|| vocabulary.by_label(label)).cloned();
        let unknown: Vec<String> = labels.iter().filter(|l| known(l).is_none()).cloned().collect();
        if !self.describe && !unknown.is_empty() {
            return Err(JobError::Labels { corpus: corpus.to_owned(), labels: unknown });
        }
        let of = |label: &String| {
            let activity = match known(label) {
                Some(activity) => activity,
                None => crate::text::describe(label)?.into_activity(),
            };
            // The label of the corpus stays the class' name, whatever its spelling.
            Ok(Activity { slug: label.clone(), ..activity })
        };
        labels.iter().map(of).collect()
    }
}

/// What is subtracted from sentence vectors.
pub(super) enum Centre<'a> {
    /// The means over these labels.
    On(&'a [String]),
    /// Means that a checkpoint brought along.
    Given(Centring),
}

/// Prompts of the activities.
pub(super) fn prompts(
    (encoder, name): (&dyn SentenceEncoder, &str),
    activities: &[Activity],
    centre: Centre<'_>,
) -> Result<Prompts, JobError> {
    let bank = PromptBank::new(encoder, activities)?;
    let centring = match centre {
        Centre::On(labels) => bank.select(labels)?.centring()?,
        Centre::Given(centring) => centring,
    };
    if centring.width() != encoder.width() {
        let problem = format!(
            "the encoder {name} gives vectors of width {}, the checkpoint was trained with {}",
            encoder.width(),
            centring.width()
        );
        return Err(JobError::part("text.encoder", problem));
    }
    let centred = bank.centred(&centring)?;
    let prompts = Prompts::new(centred.slugs, centred.attributes, centring.means().clone(), name)?;
    Ok(prompts.with_paraphrases(centred.paraphrases)?)
}
