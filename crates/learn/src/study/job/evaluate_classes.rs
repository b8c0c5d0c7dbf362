//! Questions to a classifier: it answers with the classes that it learnt, and with nothing else.

use super::evaluated::{AskedOf, Evaluated, Shots, other_maps};
use super::{EvaluateJob, JobError, TextSettings};
use crate::corpus::CorpusReader;
use crate::model::system::{InSystem, System};
use crate::model::{lora, peft};
use crate::train::evaluate::{Outcome, best};
use crate::train::{Checkpoint, Samples, ShardSamples, infer, logits};
use burn::module::Module;
use burn::tensor::Device;
use ndarray::Axis;

/// What is asked, before anything is computed.
struct ClassQuestion<'a> {
    model: System,
    samples: ShardSamples<'a>,
    labels: Vec<String>,
    /// Places of the labels among the classifier's classes.
    places: Vec<usize>,
}

fn ask<'a>(
    job: &EvaluateJob,
    checkpoint: &Checkpoint,
    reader: &'a CorpusReader,
) -> Result<ClassQuestion<'a>, JobError> {
    let learnt = &checkpoint.info.classes;
    let without_text = [
        ("shots", job.shots == [0]),
        ("text", job.text == TextSettings::default()),
        ("text_share", job.text_share == 0.0),
        ("text_scoring", job.text_scoring == super::spec::attributes_alone()),
        ("example_scoring", job.example_scoring == super::spec::both()),
    ];
    if let Some((key, _)) = without_text.into_iter().find(|(_, left_out)| !left_out) {
        let problem = "the checkpoint is a classifier's, which answers with the classes that it learnt, without text or examples: leave \
                       it out";
        return Err(JobError::part(key, problem));
    }
    let AskedOf { samples, labels, labels_from } = AskedOf::new(job, checkpoint, reader)?;
    let place = |label: &String| {
        learnt.iter().position(|class| class == label).ok_or_else(|| {
            let problem = format!("`{label}` is none of the classes of the classifier: {}", learnt.join(", "));
            JobError::part(labels_from, problem)
        })
    };
    let places = labels.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    let model = match &job.adapter {
        Some(dir) => lora::merge(peft::load(checkpoint.model.clone(), dir)?),
        None => checkpoint.model.clone(),
    };
    Ok(ClassQuestion { model, samples, labels, places })
}

/// Number of samples that a job asks a classifier about.
pub(super) fn check(job: &EvaluateJob, checkpoint: &Checkpoint, reader: &CorpusReader) -> Result<usize, JobError> {
    Ok(ask(job, checkpoint, reader)?.samples.len())
}

/// Accuracy among the labels, each sample answered with the best of them.
pub(super) fn evaluate(
    job: &EvaluateJob,
    checkpoint: &Checkpoint,
    reader: &CorpusReader,
    device: &Device,
    threads: usize,
) -> Result<Evaluated, JobError> {
    let ClassQuestion { model, samples, labels, places } = ask(job, checkpoint, reader)?;
    let name = job.test.corpus.display().to_string();
    let outputs = infer(&model.to_device(device), &name, &samples, threads)?;
    let answers = best(&logits(&outputs)?.select(Axis(1), &places));
    let place = |i: usize| labels.iter().position(|l| l == samples.label(i));
    let truth: Vec<usize> = (0..samples.len()).filter_map(place).collect();
    let outcome = Outcome::new(&labels, &truth, &answers)?;
    Ok(Evaluated {
        kinecho_version: env!("CARGO_PKG_VERSION").into(),
        system: model_name(checkpoint),
        samples: samples.len(),
        labels,
        unseen: Vec::new(),
        shots: vec![Shots {
            shots: 0,
            accuracy: outcome.accuracy,
            deviation: 0.0,
            recall: outcome.recall.clone(),
            draws: vec![outcome],
        }],
        warnings: other_maps(checkpoint, &samples, &name).into_iter().collect(),
    })
}

fn model_name(checkpoint: &Checkpoint) -> String {
    checkpoint.model.spec().system().into()
}
