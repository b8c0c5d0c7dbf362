//! What comes out of an evaluation job, and what all systems are asked alike.

use super::{EvaluateJob, JobError};
use crate::corpus::{CorpusReader, SampleRow};
use crate::train::evaluate::Outcome;
use crate::train::{Checkpoint, Samples, ShardSamples};
use serde::Serialize;

/// The answers: `evaluation.json`.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluated {
    /// Version of the program.
    pub kinecho_version: String,
    /// System of the checkpoint.
    pub system: String,
    /// Samples asked about.
    pub samples: usize,
    /// Labels to choose from.
    pub labels: Vec<String>,
    /// Those of them that the checkpoint was not trained with.
    pub unseen: Vec<String>,
    /// One entry for each number of shots.
    pub shots: Vec<Shots>,
    /// What a reader of the answers should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Outcomes with one number of examples a class.
#[derive(Clone, Debug, Serialize)]
pub struct Shots {
    /// Labelled examples a class; 0: by text.
    pub shots: usize,
    /// Mean accuracy over the draws.
    pub accuracy: f64,
    /// Its standard deviation over the draws (n − 1); 0 for one draw.
    pub deviation: f64,
    /// Recall of each label over all draws; none where it was never asked.
    pub recall: Vec<Option<f64>>,
    /// Each draw.
    pub draws: Vec<Outcome>,
}

/// What a job asks of a checkpoint of any system.
pub(super) struct AskedOf<'a> {
    /// The samples that are classified.
    pub(super) samples: ShardSamples<'a>,
    /// The labels to choose from; at least two.
    pub(super) labels: Vec<String>,
    /// The key that they come from.
    pub(super) labels_from: &'static str,
}

impl<'a> AskedOf<'a> {
    pub(super) fn new(job: &EvaluateJob, checkpoint: &Checkpoint, reader: &'a CorpusReader) -> Result<Self, JobError> {
        reader.check_shards()?;
        job.test.require(reader, "test")?;
        let asked = asked_labels(job, reader)?;
        let chosen = |row: &SampleRow| job.test.accepts(row) && (asked.is_empty() || asked.contains(&row.label));
        let samples = ShardSamples::new(reader, chosen)?;
        checkpoint.require_samples(&job.test.corpus.display().to_string(), &samples)?;
        let (labels, labels_from) = if asked.is_empty() { (samples.labels(), "test") } else { (asked, "labels") };
        if labels.len() < 2 {
            return Err(JobError::part("labels", format!("{} to choose from, expected at least two", labels.len())));
        }
        Ok(Self { samples, labels, labels_from })
    }
}

/// The labels as corpora call them: in the job they may be written in words.
fn asked_labels(job: &EvaluateJob, reader: &CorpusReader) -> Result<Vec<String>, JobError> {
    let mut labels: Vec<String> = Vec::new();
    for label in &job.labels {
        let occurs = reader.rows().iter().any(|row| row.label == *label);
        let slug = if occurs { label.clone() } else { job.text.slug_of(label)? };
        if labels.contains(&slug) {
            return Err(JobError::part("labels", format!("`{label}` is given twice (the same as `{slug}`)")));
        }
        labels.push(slug);
    }
    Ok(labels)
}

/// That the samples' maps are made in another way than those that the checkpoint learnt from, if so.
pub(super) fn other_maps(checkpoint: &Checkpoint, samples: &ShardSamples<'_>, name: &str) -> Option<String> {
    let (learnt, found) = checkpoint.info.input.as_ref().zip(samples.input())?;
    let (learnt, found) = learnt.difference(found)?;
    Some(format!(
        "the maps of {name} are made in another way than those that the checkpoint learnt from: it learnt {learnt}; here {found}"
    ))
}
