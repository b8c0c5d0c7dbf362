//! Runs an evaluation job: opens what it names and lets the task of the checkpoint decide how it is asked.

use super::evaluated::Evaluated;
use super::{EvaluateJob, JobError, evaluate_classes, evaluate_text};
use crate::corpus::CorpusReader;
use crate::model::interface::{Model, TaskKind};
use crate::train::Checkpoint;
use burn::tensor::Device;

/// Number of samples that a job asks about; refuses what [`evaluate`] would refuse before it computes.
pub fn check_evaluation(job: &EvaluateJob, device: &Device) -> Result<usize, JobError> {
    let reader = CorpusReader::open(&job.test.corpus)?;
    let checkpoint = Checkpoint::load(&job.checkpoint)?;
    match checkpoint.model.task() {
        TaskKind::Classify => evaluate_classes::check(job, &checkpoint, &reader),
        TaskKind::Contrast => evaluate_text::check(job, checkpoint, &reader, device),
        _ => Err(without_classes()),
    }
}

/// Answers all questions of a job; `threads` 0 means all of the machine.
pub fn evaluate(job: &EvaluateJob, device: &Device, threads: usize) -> Result<Evaluated, JobError> {
    let reader = CorpusReader::open(&job.test.corpus)?;
    let checkpoint = Checkpoint::load(&job.checkpoint)?;
    match checkpoint.model.task() {
        TaskKind::Classify => evaluate_classes::evaluate(job, &checkpoint, &reader, device, threads),
        TaskKind::Contrast => evaluate_text::evaluate(job, checkpoint, &reader, device, threads),
        _ => Err(without_classes()),
    }
}

fn without_classes() -> JobError {
    let problem = "answers with no labels: its training reports how well it does on the validation set";
    JobError::part("checkpoint", problem)
}
