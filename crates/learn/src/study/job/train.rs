//! Runs a training job.

use super::text::{Centre, prompts};
use super::{JobError, Selection, TrainJob};
use crate::base::atomic_file;
use crate::base::progress::Progress;
use crate::corpus::{CorpusReader, MapInput, SampleRow};
use crate::model::mmclip::{MmClip, ParameterCounts};
use crate::text::{Centring, Vocabulary};
use crate::train::checkpoint;
use crate::train::{
    Checkpoint, Prompts, Samples, ShardSamples, Source, TrainConfig, TrainData, TrainReport, resume, train,
};
use burn::module::Module;
use burn::tensor::Device;
use serde::Serialize;
use std::path::Path;

/// Whether a run begins or goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// From its first step.
    Fresh,
    /// From its last checkpoint in the same folder; from its first step when there is none.
    Resumed,
}

/// What a job came to: `report.json`.
#[derive(Clone, Debug, Serialize)]
pub struct TrainedJob {
    /// Version of the program.
    pub kinecho_version: String,
    /// Name of the text encoder.
    pub text_encoder: String,
    /// Samples of each source.
    pub samples: Vec<usize>,
    /// Labels learnt.
    pub labels: Vec<String>,
    /// Parameters by branch.
    pub parameters: ParameterCounts,
    /// How it went.
    pub train: TrainReport,
}

fn open(selections: &[&Selection]) -> Result<Vec<CorpusReader>, JobError> {
    let mut checked: Vec<&Path> = Vec::new();
    let mut readers = Vec::with_capacity(selections.len());
    for selection in selections {
        let reader = CorpusReader::open(&selection.corpus)?;
        if !checked.contains(&selection.corpus.as_path()) {
            reader.check_shards()?;
            checked.push(&selection.corpus);
        }
        readers.push(reader);
    }
    Ok(readers)
}

/// The samples of each selection.
fn select<'a>(
    job: &TrainJob,
    selections: &[&Selection],
    readers: &'a [CorpusReader],
) -> Result<Vec<ShardSamples<'a>>, JobError> {
    check_unseen(job, readers)?;
    let mut sets = Vec::new();
    for (i, (selection, reader)) in selections.iter().zip(readers).enumerate() {
        let training = i < job.sources.len();
        selection.require(reader, &if training { format!("sources.{i}") } else { "validation".into() })?;
        let wanted = |row: &SampleRow| selection.accepts(row) && !(training && job.unseen.contains(&row.label));
        sets.push(ShardSamples::new(reader, wanted)?);
    }
    Ok(sets)
}

/// Contrast needs two sides, and so do the means that are subtracted from the sentences of a new model.
fn require_labels(job: &TrainJob, labels: &[String]) -> Result<(), JobError> {
    if labels.len() > 1 || job.from.is_some() {
        return Ok(());
    }
    let problem =
        format!("hold {} label to learn ({}) besides `unseen`; expected at least two", labels.len(), labels.join(", "));
    Err(JobError::part("sources", problem))
}

/// Samples of each source and of the validation; refuses what [`run_training`] would refuse of corpora, words and checkpoint.
pub fn check_training(job: &TrainJob, device: &Device) -> Result<Vec<usize>, JobError> {
    let selections = job.selections();
    let readers = open(&selections)?;
    let sets = select(job, &selections, &readers)?;
    require_labels(job, &labels_of(&sets[..job.sources.len()]))?;
    let checkpoint = job.from.as_deref().map(Checkpoint::load).transpose()?;
    if let Some(model) = checkpoint.as_ref().map(|c| &c.info.model).or(job.model.as_ref()) {
        for (set, selection) in sets.iter().zip(&selections) {
            checkpoint::map_columns(model, &selection.corpus.display().to_string(), set)?;
        }
        let name = job.text.check(device, &labels_of(&sets), &selections[0].corpus, model.text_width)?;
        checkpoint.as_ref().map_or(Ok(()), |checkpoint| checkpoint.require_encoder(&name))?;
    }
    Ok(sets.iter().map(Samples::len).collect())
}

/// Maps that were made in other ways look alike to a model and are not.
fn warn_of_other_maps(learnt: Option<&MapInput>, sets: &[ShardSamples<'_>], names: &[String], progress: &dyn Progress) {
    let known = learnt.map(|input| ("the checkpoint", input));
    let mut inputs = known
        .into_iter()
        .chain(names.iter().map(String::as_str).zip(sets.iter()).filter_map(|(n, s)| Some((n, s.input()?))));
    let Some((first, expected)) = inputs.next() else { return };
    for (name, input) in inputs {
        if let Some((left, right)) = expected.difference(input) {
            progress.line(&format!("warning: maps are made in different ways: in {first} {left}; in {name} {right}"));
        }
    }
}

/// A class that is kept from training under a name that nothing has would not be kept from it.
fn check_unseen(job: &TrainJob, readers: &[CorpusReader]) -> Result<(), JobError> {
    let known = |label: &String| {
        Vocabulary::with_data_sets().get(label).is_some()
            || readers.iter().any(|reader| reader.rows().iter().any(|row| row.label == *label))
    };
    match job.unseen.iter().find(|label| !known(label)) {
        Some(label) => {
            Err(JobError::part("unseen", format!("`{label}` is neither in the corpora nor in the vocabulary")))
        }
        None => Ok(()),
    }
}

/// Trains, and writes `job.yaml` (as resolved), `config.json`, `metrics.jsonl`, `checkpoint/`, for adapters `adapter/`, and
/// `report.json` into `dir`. Samples are read from the corpora while training goes on.
pub fn run_training(
    job: &TrainJob,
    device: &Device,
    dir: &Path,
    start: Start,
    progress: &dyn Progress,
) -> Result<TrainedJob, JobError> {
    let selections = job.selections();
    let readers = open(&selections)?;
    let sets = select(job, &selections, &readers)?;
    let (sources, validation) = sets.split_at(job.sources.len());
    let labels = labels_of(sources);
    require_labels(job, &labels)?;
    let all = labels_of(&sets);

    let checkpoint = job.from.as_deref().map(Checkpoint::load).transpose()?;
    let encoder = job.text.encoder.open(device)?;
    let named = (encoder.0.as_ref(), encoder.1.as_str());
    let activities = job.text.activities(&all, &selections[0].corpus)?;
    let prompts: Prompts = match &checkpoint {
        Some(checkpoint) => {
            let centring = Centring::from_means(checkpoint.text_means())?;
            let prompts = prompts(named, &activities, Centre::Given(centring))?;
            checkpoint.require_prompts(&prompts)?;
            prompts
        }
        // The means of what training sees, and of nothing else.
        None => prompts(named, &activities, Centre::On(&labels))?,
    };
    let settings = job.settings();
    let corpora: Vec<String> = selections.iter().map(|s| s.corpus.display().to_string()).collect();
    warn_of_other_maps(checkpoint.as_ref().and_then(|c| c.info.input.as_ref()), &sets, &corpora, progress);
    let model = match (checkpoint, &job.model) {
        (Some(checkpoint), _) => checkpoint.model,
        (None, Some(config)) => MmClip::new(config, settings.seed)?,
        (None, None) => return Err(JobError::part("model", "is missing")),
    };
    let parameters = model.parameter_counts();
    let mixed: Vec<Source<'_>> = sources
        .iter()
        .zip(&corpora)
        .zip(&job.sources)
        .map(|((samples, name), spec)| Source { name, samples, weight: spec.weight })
        .collect();
    let data =
        TrainData { sources: &mixed, prompts: &prompts, validation: validation.first().map(|v| v as &dyn Samples) };
    if start == Start::Fresh {
        write_job(job, &settings, dir)?;
    }
    let model = model.to_device(device);
    let trained = match start {
        Start::Fresh => train(model, &settings, &data, dir, progress)?,
        Start::Resumed => resume(model, &settings, &data, dir, progress)?,
    };
    let done = TrainedJob {
        kinecho_version: env!("CARGO_PKG_VERSION").into(),
        text_encoder: encoder.1,
        samples: sources.iter().map(Samples::len).collect(),
        labels,
        parameters,
        train: trained.report,
    };
    let text = serde_json::to_vec_pretty(&done).map_err(|e| JobError::part("report.json", e.to_string()))?;
    atomic_file::write(&dir.join("report.json"), &text)?;
    Ok(done)
}

/// The job with every setting filled in; a resumed run keeps the one it began with.
fn write_job(job: &TrainJob, settings: &TrainConfig, dir: &Path) -> Result<(), JobError> {
    let resolved = TrainJob { train: Some(settings.clone()), ..job.clone() };
    let yaml = serde_yaml::to_string(&resolved).map_err(|e| JobError::part("job.yaml", e.to_string()))?;
    Ok(atomic_file::write(&dir.join("job.yaml"), yaml.as_bytes())?)
}

fn labels_of(sets: &[ShardSamples<'_>]) -> Vec<String> {
    let mut labels: Vec<String> = sets.iter().flat_map(ShardSamples::labels).collect();
    labels.sort_unstable();
    labels.dedup();
    labels
}
