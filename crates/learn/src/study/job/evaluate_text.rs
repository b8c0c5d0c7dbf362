//! Questions to a model that compares samples with the sentences of labels.

use super::evaluated::{AskedOf, Evaluated, Shots, other_maps};
use super::text::{Centre, prompts};
use super::{EvaluateJob, JobError};
use crate::corpus::{CorpusReader, share_a_stretch};
use crate::model::mmclip::MmClip;
use crate::model::{lora, peft};
use crate::text::Centring;
use crate::train::evaluate::{KShot, Labelled, Outcome, k_shot, spread, zero_shot};
use crate::train::{Checkpoint, Samples, ShardSamples, embed};
use burn::module::Module;
use burn::tensor::Device;
use std::path::Path;

/// What a job asks about, before anything is computed.
struct TextQuestion<'a> {
    checkpoint: Checkpoint,
    model: MmClip,
    samples: ShardSamples<'a>,
    labels: Vec<String>,
}

fn ask<'a>(job: &EvaluateJob, checkpoint: Checkpoint, reader: &'a CorpusReader) -> Result<TextQuestion<'a>, JobError> {
    let AskedOf { samples, labels, .. } = AskedOf::new(job, &checkpoint, reader)?;
    let name = || job.checkpoint.display().to_string();
    let model = checkpoint.model.clone().into_mmclip().map_err(|e| JobError::part(name(), e.to_string()))?;
    let has_attributes = !model.config().attributes.is_empty();
    for (key, scoring) in [("text_scoring", job.text_scoring), ("example_scoring", job.example_scoring)] {
        if let Some(problem) = scoring.problem(has_attributes) {
            return Err(JobError::part(key, problem));
        }
    }
    Ok(TextQuestion { checkpoint, model, samples, labels })
}

/// Number of samples that a job asks about.
pub(super) fn check(
    job: &EvaluateJob,
    checkpoint: Checkpoint,
    reader: &CorpusReader,
    device: &Device,
) -> Result<usize, JobError> {
    let TextQuestion { checkpoint, model, samples, labels } = ask(job, checkpoint, reader)?;
    let name = job.text.check(device, &labels, origin(job), model.config().text_width)?;
    checkpoint.require_encoder(&name)?;
    if let Some(dir) = &job.adapter {
        peft::load(model, dir)?;
    }
    Ok(samples.len())
}

/// Where the labels that are asked about come from.
fn origin(job: &EvaluateJob) -> &Path {
    if job.labels.is_empty() { job.test.corpus.as_path() } else { Path::new("labels") }
}

/// Answers all questions of a job.
pub(super) fn evaluate(
    job: &EvaluateJob,
    checkpoint: Checkpoint,
    reader: &CorpusReader,
    device: &Device,
    threads: usize,
) -> Result<Evaluated, JobError> {
    let TextQuestion { checkpoint, model, samples, labels } = ask(job, checkpoint, reader)?;
    let name = job.test.corpus.display().to_string();
    let warnings = other_maps(&checkpoint, &samples, &name);
    let encoder = job.text.encoder.open(device)?;
    let activities = job.text.activities(&labels, origin(job))?;
    let centring = Centring::from_means(checkpoint.text_means())?;
    let prompts = prompts((encoder.0.as_ref(), &encoder.1), &activities, Centre::Given(centring))?;
    checkpoint.require_prompts(&prompts)?;
    let unseen = labels.iter().filter(|l| !checkpoint.has_seen(l)).cloned().collect();
    let model = match &job.adapter {
        Some(dir) => lora::merge(peft::load(model, dir)?),
        None => model,
    };
    let model = model.to_device(device);
    let signal = embed(&model, &name, &samples, threads)?;
    let text = model.embed_texts(prompts.vectors.view())?;
    let place = |i: usize| labels.iter().position(|l| l == samples.label(i));
    let truth: Vec<usize> = (0..samples.len()).filter_map(place).collect();
    let stretch = |i: usize| {
        let row = samples.row(i);
        (row.recording.as_str(), row.start_s, row.duration_s)
    };
    let related = |a: usize, b: usize| share_a_stretch(stretch(a), stretch(b));
    let mut shots = Vec::new();
    for &count in &job.shots {
        let draws = if count == 0 {
            vec![Outcome::new(&labels, &truth, &zero_shot(&signal, &text, &job.text_scoring))?]
        } else {
            let config = KShot {
                shots: count,
                repeats: job.support_draws,
                seed: job.seed,
                head: job.head,
                text_share: job.text_share,
                scoring: job.example_scoring,
                text_scoring: job.text_scoring,
            };
            let pool = Labelled { embeddings: &signal, labels: &truth };
            k_shot(pool, None, Some(&text), &labels, &config, &related)?.outcomes
        };
        let (accuracy, deviation) = spread(&draws.iter().map(|o| o.accuracy).collect::<Vec<_>>());
        let recall = Outcome::sum(&draws).recall;
        shots.push(Shots { shots: count, accuracy, deviation, recall, draws });
    }
    Ok(Evaluated {
        kinecho_version: env!("CARGO_PKG_VERSION").into(),
        system: checkpoint.info.model.system().into(),
        samples: samples.len(),
        labels,
        unseen,
        shots,
        warnings: warnings.into_iter().collect(),
    })
}
