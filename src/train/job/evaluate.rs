//! Runs an evaluation job.

use super::text::{Centre, prompts};
use super::{EvaluateJob, JobError};
use crate::corpus::{CorpusReader, SampleRow};
use crate::model::lora;
use crate::text::Centring;
use crate::train::evaluate::{KShot, Labelled, Outcome, k_shot, spread, zero_shot};
use crate::train::{Checkpoint, Samples, ShardSamples, embed};
use burn::module::Module;
use burn::tensor::Device;
use serde::Serialize;

/// The answers: `evaluation.json`.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluated {
    /// Version of the program.
    pub kinecho_version: String,
    /// Samples asked about.
    pub samples: usize,
    /// Labels to choose from.
    pub labels: Vec<String>,
    /// Those of them that the checkpoint was not trained with.
    pub unseen: Vec<String>,
    /// One entry for each number of shots.
    pub shots: Vec<Shots>,
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
    /// Each draw.
    pub draws: Vec<Outcome>,
}

/// Whether two samples share a stretch of the same recording.
fn overlaps(a: &SampleRow, b: &SampleRow) -> bool {
    a.recording == b.recording && a.start_s < b.start_s + b.duration_s && b.start_s < a.start_s + a.duration_s
}

/// Answers all questions of a job; `threads` 0 means all of the machine.
pub fn evaluate(job: &EvaluateJob, device: &Device, threads: usize) -> Result<Evaluated, JobError> {
    let checkpoint = Checkpoint::load(&job.checkpoint)?;
    let reader = CorpusReader::open(&job.test.corpus)?;
    reader.check_shards()?;
    let chosen = |row: &SampleRow| job.test.accepts(row) && (job.labels.is_empty() || job.labels.contains(&row.label));
    let samples = ShardSamples::new(&reader, chosen)?;
    let name = job.test.corpus.display().to_string();
    checkpoint.require_samples(&name, &samples)?;
    let labels = if job.labels.is_empty() { samples.labels() } else { job.labels.clone() };
    if labels.len() < 2 {
        return Err(JobError::part("labels", format!("{} to choose from, expected at least two", labels.len())));
    }
    let encoder = job.text.encoder.open(device)?;
    let activities = job.text.activities(&labels, &job.test.corpus)?;
    let centring = Centring::from_means(checkpoint.text_means())?;
    let prompts = prompts((encoder.0.as_ref(), &encoder.1), &activities, Centre::Given(centring))?;
    checkpoint.require_prompts(&prompts)?;
    let unseen = labels.iter().filter(|l| !checkpoint.info.classes.contains(l)).cloned().collect();
    let model = match &job.adapter {
        Some(dir) => lora::merge(lora::load(checkpoint.model, dir)?),
        None => checkpoint.model,
    };
    let model = model.to_device(device);
    let signal = embed(&model, &name, &samples, threads)?;
    let text = model.embed_texts(prompts.vectors.view())?;
    let place = |i: usize| labels.iter().position(|l| l == samples.label(i));
    let truth: Vec<usize> = (0..samples.len()).filter_map(place).collect();
    let related = |a: usize, b: usize| overlaps(samples.row(a), samples.row(b));
    let mut shots = Vec::new();
    for &count in &job.shots {
        let draws = if count == 0 {
            vec![Outcome::new(&labels, &truth, &zero_shot(&signal, &text, &job.text_scoring))?]
        } else {
            let config = KShot {
                shots: count,
                repeats: job.support_draws,
                seed: job.seed,
                text_share: job.text_share,
                scoring: job.example_scoring,
            };
            let pool = Labelled { embeddings: &signal, labels: &truth };
            k_shot(pool, None, Some(&text), &labels, &config, &related)?.outcomes
        };
        let (accuracy, deviation) = spread(&draws.iter().map(|o| o.accuracy).collect::<Vec<_>>());
        shots.push(Shots { shots: count, accuracy, deviation, draws });
    }
    Ok(Evaluated { kinecho_version: env!("CARGO_PKG_VERSION").into(), samples: samples.len(), labels, unseen, shots })
}
