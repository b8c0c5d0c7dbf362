//! What is done in a recording, window by window, among any labels.

use super::JobError;
use super::text::{Centre, prompts};
use crate::chain::{Chain, ViewInput, Views};
use crate::model::mmclip::{Embeddings, MmClip};
use crate::signal::Signal;
use crate::text::{Activity, Centring, Certainty, SentenceEncoder, Vocabulary, describe};
use crate::train::evaluate::{Scoring, scores};
use crate::train::{Checkpoint, TrainError};
use ndarray::{Array4, Axis};
use serde::Serialize;
use std::path::Path;
use std::time::Instant;

/// A label to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The label as it was typed.
    pub label: String,
    /// Name of the activity: of the vocabulary, or made of the label's words.
    pub slug: String,
    /// Whether its sentences are the vocabulary's; else they are written by rule.
    pub in_vocabulary: bool,
    /// How far the sentences are those of the label.
    pub certainty: Certainty,
    /// What somebody should know of the sentences before trusting the answer; none where they are exact.
    pub warning: Option<String>,
    /// Whether the checkpoint has learnt from samples of it, simulated or recorded.
    pub seen: bool,
}

/// The answer for one window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// Start within the recording, s.
    pub start_s: f64,
    /// End, s.
    pub end_s: f64,
    /// Probability of each label: softmax of the cosines over the model's learnt temperature.
    pub probabilities: Vec<f64>,
}

/// A checkpoint that is ready to be asked.
pub struct Recogniser {
    model: MmClip,
    input: ViewInput,
    choices: Vec<Choice>,
    texts: Embeddings,
    scoring: Scoring,
    scale: f64,
}

/// A label with its sentences.
pub(super) struct AskedLabel {
    pub(super) activity: Activity,
    in_vocabulary: bool,
    certainty: Certainty,
    warning: Option<String>,
}

/// The sentences of labels: the vocabulary's, or written by rule.
pub(super) fn activities(labels: &[String]) -> Result<Vec<AskedLabel>, JobError> {
    let vocabulary = Vocabulary::with_data_sets();
    let mut found: Vec<AskedLabel> = Vec::new();
    for label in labels {
        let known = vocabulary.get(label).or_else(|| vocabulary.by_label(label)).cloned();
        let asked = match known {
            Some(activity) => AskedLabel { activity, in_vocabulary: true, certainty: Certainty::Exact, warning: None },
            None => {
                let described = describe(label)?;
                let (certainty, warning) = (described.grounds.certainty, described.warning());
                AskedLabel { activity: described.into_activity(), in_vocabulary: false, certainty, warning }
            }
        };
        if let Some(other) = found.iter().find(|other| other.activity.slug == asked.activity.slug) {
            let problem = format!("`{label}` is given twice (the same as `{}`)", other.activity.label);
            return Err(JobError::part("labels", problem));
        }
        found.push(asked);
    }
    Ok(found)
}

/// The same as choices of a checkpoint.
pub(super) fn choices_of(found: &[AskedLabel], labels: &[String], checkpoint: &Checkpoint) -> Vec<Choice> {
    let choice = |(asked, label): (&AskedLabel, &String)| Choice {
        label: label.clone(),
        slug: asked.activity.slug.clone(),
        in_vocabulary: asked.in_vocabulary,
        certainty: asked.certainty,
        warning: asked.warning.clone(),
        seen: checkpoint.has_seen(&asked.activity.slug),
    };
    found.iter().zip(labels).map(choice).collect()
}

impl Recogniser {
    /// Reads a checkpoint and embeds the sentences of the labels.
    ///
    /// `chain` says how maps are made where the checkpoint does not, with the length of a window, s.
    pub fn new(
        dir: &Path,
        labels: &[String],
        encoder: (&dyn SentenceEncoder, &str),
        scoring: Scoring,
        chain: Option<(Chain, f64)>,
    ) -> Result<Self, JobError> {
        let found = activities(labels)?;
        if found.len() < 2 {
            return Err(JobError::part("labels", format!("{} to choose from, expected at least two", found.len())));
        }
        let checkpoint = Checkpoint::load(dir)?;
        let model = checkpoint.model.clone().into_mmclip();
        let model = model.map_err(|e| JobError::part(dir.display().to_string(), e.to_string()))?;
        if let Some(problem) = scoring.problem(!model.config().attributes.is_empty()) {
            return Err(JobError::part("class-share", problem));
        }
        let input = match (checkpoint.info.input.clone(), chain) {
            (Some(input), None) => input,
            (Some(input), Some((chain, duration_s))) => ViewInput { chain, duration_s, ..input },
            (None, Some((chain, duration_s))) => {
                // Without axes only names and sizes can be held against the model.
                ViewInput { chain, duration_s, views: Vec::new() }
            }
            (None, None) => {
                let problem = "does not say how its maps were made (it learnt from imported maps, or is older than this version): \
                               name a file of `maps`, as for `kinecho import`, with --config";
                return Err(JobError::part(dir.join("config.json").display().to_string(), problem));
            }
        };
        let choices = choices_of(&found, labels, &checkpoint);
        let words: Vec<Activity> = found.into_iter().map(|asked| asked.activity).collect();
        let centring = Centring::from_means(checkpoint.text_means())?;
        let prompts = prompts(encoder, &words, Centre::Given(centring))?;
        checkpoint.require_prompts(&prompts)?;
        let texts = model.embed_texts(prompts.vectors.view())?;
        let scale = 1.0 / model.temperature();
        Ok(Self { model, input, choices, texts, scoring, scale })
    }

    /// The labels in the order of the probabilities.
    pub fn choices(&self) -> &[Choice] {
        &self.choices
    }

    /// Length of a window, s.
    pub fn window_s(&self) -> f64 {
        self.input.duration_s
    }

    /// Cuts a recording into windows, one every `hop_s`, and makes their views; `name` is named in errors.
    ///
    /// Refused are recordings whose maps are not those that the checkpoint was trained on.
    pub fn windows(&self, name: &str, signal: &Signal, hop_s: f64) -> Result<Vec<(f64, Views)>, JobError> {
        let length_s = self.input.duration_s;
        if !(hop_s > 0.0 && hop_s.is_finite()) {
            return Err(JobError::part("hop", format!("{hop_s} s; expected more than 0")));
        }
        let (cut, seconds) = (self.input.windows(signal, hop_s), signal.duration_s());
        let cut = cut.map_err(|e| JobError::part(name, e.to_string()))?;
        let Some((_, first)) = cut.first() else {
            let problem = format!("lasts {seconds:.2} s, a window of the checkpoint {length_s} s");
            return Err(JobError::part(name, problem));
        };
        self.require(name, first)?;
        Ok(cut)
    }

    fn require(&self, name: &str, views: &Views) -> Result<(), JobError> {
        let refuse = |problem: String| Err(JobError::part(name, problem));
        if let Some(problem) = self.input.disagreement(views) {
            return refuse(problem);
        }
        let model = self.model.config();
        let maps = match views.stacked(&model.maps) {
            Ok(maps) => maps,
            Err(problem) => return refuse(format!("the model looks at {:?}; the recording {problem}", model.maps)),
        };
        let (_, rows, columns) = maps.dim();
        if (rows, columns) != (model.rows, model.columns) {
            return refuse(format!(
                "the model looks at maps of {} × {}, these are {rows} × {columns}",
                model.rows, model.columns
            ));
        }
        Ok(())
    }

    /// Probability of each label for one window; a pure function of its views.
    pub fn probabilities(&self, views: &Views) -> Result<Vec<f64>, JobError> {
        let model = &self.model;
        let maps = views.stacked(&model.config().maps).map_err(|problem| JobError::part("views", problem))?;
        let data: Array4<f32> = maps.insert_axis(Axis(0));
        if data.iter().any(|v| !v.is_finite()) {
            return Err(TrainError::data("maps", "a value is NaN or infinite").into());
        }
        let signal = model.embed_signals(data.view(), 1)?;
        let logits: Vec<f64> = scores(&signal, &self.texts, &self.scoring).iter().map(|s| s * self.scale).collect();
        let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if logits.iter().any(|logit| !logit.is_finite()) {
            let problem = "the model makes no number of these maps: its weights are spoilt";
            return Err(TrainError::data("checkpoint", problem).into());
        }
        let weights: Vec<f64> = logits.iter().map(|l| (l - most).exp()).collect();
        let sum: f64 = weights.iter().sum();
        Ok(weights.into_iter().map(|w| w / sum).collect())
    }

    /// Answers for all windows, and the time that each took, ms: from maps to probabilities.
    pub fn classify(&self, windows: &[(f64, Views)]) -> Result<(Vec<Answer>, Vec<f64>), JobError> {
        let mut times = Vec::with_capacity(windows.len());
        let mut answers = Vec::with_capacity(windows.len());
        for (start_s, views) in windows {
            let since = Instant::now();
            let probabilities = self.probabilities(views)?;
            times.push(1e3 * since.elapsed().as_secs_f64());
            answers.push(Answer { start_s: *start_s, end_s: start_s + self.input.duration_s, probabilities });
        }
        Ok((answers, times))
    }
}
