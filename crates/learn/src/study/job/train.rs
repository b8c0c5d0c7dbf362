//! Runs a training job.

use super::spec::model_key;
use super::text::{Centre, prompts};
use super::{JobError, Selection, TrainJob};
use crate::base::atomic_file;
use crate::base::progress::Progress;
use crate::base::yaml::Problem;
use crate::chain::ViewInput;
use crate::corpus::{CorpusReader, SampleRow};
use crate::model::interface::Model;
use crate::model::lora;
use crate::model::system::{ModelSpec, System};
use crate::model::wiswiss::WiSwissTask;
use crate::study::dedup::DuplicateList;
use crate::text::{Centring, Vocabulary};
use crate::train::{
    Adapt, Checkpoint, Inputs, Labels, Prompts, Samples, ShardSamples, Source, TrainConfig, TrainData, TrainReport,
    resume, train, views_of,
};
use burn::module::Module;
use burn::tensor::Device;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Whether a run begins or goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStart {
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
    /// Name of the text encoder; none where the model knows no text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text_encoder: String,
    /// Samples of each source.
    pub samples: Vec<usize>,
    /// Labels learnt.
    pub labels: Vec<String>,
    /// Parameters by part of the model, with `total`.
    pub parameters: BTreeMap<String, usize>,
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
        let without = selection.without.as_deref().map(DuplicateList::read).transpose();
        let without = without.map_err(|e| JobError::part("without", e.to_string()))?.unwrap_or_default();
        let wanted = |row: &SampleRow| {
            let learnt = !(training && job.unseen.contains(&row.label));
            selection.accepts(row) && learnt && !without.leaves_out(reader.dir(), row.id)
        };
        sets.push(ShardSamples::new(reader, wanted)?.with_links(selection.antennas));
    }
    Ok(sets)
}

/// Contrast needs two sides, and so do the means that are subtracted from the sentences of a new model.
fn require_labels(job: &TrainJob, labels: &[String]) -> Result<(), JobError> {
    let by_itself =
        matches!(&job.model, Some(ModelSpec::WiSwiss(c)) if !matches!(c.task, WiSwissTask::Classify { .. }));
    if labels.len() > 1 || job.from.is_some() || by_itself {
        return Ok(());
    }
    let problem =
        format!("hold {} label to learn ({}) besides `unseen`; expected at least two", labels.len(), labels.join(", "));
    Err(JobError::part("sources", problem))
}

/// What a training job comes to before it is run.
#[derive(Clone, Debug, Serialize)]
pub struct CheckedTraining {
    /// Samples of each source and of the validation.
    pub samples: Vec<usize>,
    /// Parameters by part of the model, with `total`.
    pub parameters: BTreeMap<String, usize>,
}

/// Refuses what [`run_training`] would refuse of corpora, words and checkpoint.
pub fn check_training(job: &TrainJob, device: &Device) -> Result<CheckedTraining, JobError> {
    let selections = job.selections();
    let readers = open(&selections)?;
    let sets = select(job, &selections, &readers)?;
    let learnt = labels_of(&sets[..job.sources.len()]);
    require_labels(job, &learnt)?;
    let checkpoint = job.from.as_deref().map(Checkpoint::load).transpose()?;
    let model = begin(job, checkpoint.as_ref(), &sets, &learnt)?;
    let settings = job.settings();
    for (set, selection) in sets.iter().zip(&selections) {
        let name = selection.corpus.display().to_string();
        let crops = settings.augment.crops(&name, set)?;
        Inputs::met(&model, &name, crops.as_ref().map_or(set as &dyn Samples, |crops| crops))?;
    }
    settings.check_for(&model)?;
    if let Adapt::Lora(lora) = &settings.adapt {
        lora::attach(model.clone(), lora, settings.seed)?;
    }
    if let Some(sentences) = model.sentences() {
        let name = job.text.check(device, &labels_of(&sets), &selections[0].corpus, sentences.width)?;
        checkpoint.as_ref().map_or(Ok(()), |checkpoint| checkpoint.require_encoder(&name))?;
    }
    Ok(CheckedTraining { samples: sets.iter().map(Samples::len).collect(), parameters: model.counts() })
}

/// The model that a job begins with.
fn begin(
    job: &TrainJob,
    checkpoint: Option<&Checkpoint>,
    sets: &[ShardSamples<'_>],
    labels: &[String],
) -> Result<System, JobError> {
    match (checkpoint, &job.model) {
        (Some(checkpoint), _) => with_head(job, checkpoint.model.clone(), labels.len()),
        (None, Some(spec)) => Ok(fitted(job, spec, sets, labels)?.init(job.settings().seed)?),
        (None, None) => Err(JobError::part("model", "is missing")),
    }
}

/// The model of a checkpoint, or its backbone under the new head that the job asks for.
fn with_head(job: &TrainJob, model: System, labels: usize) -> Result<System, JobError> {
    let Some(head) = &job.head else { return Ok(model) };
    let System::WiSwiss(model) = model else {
        return Err(JobError::part(
            "head",
            format!("is for WiSwiss, and the checkpoint is of the system {}", model.name()),
        ));
    };
    let task = match head {
        WiSwissTask::Classify { classes } if *classes == 0 || *classes == labels => {
            WiSwissTask::Classify { classes: labels }
        }
        WiSwissTask::Classify { classes } => {
            return Err(JobError::part(
                "head.classify.classes",
                format!("{classes}; expected 0, or the number of labels: {labels}"),
            ));
        }
        other => other.clone(),
    };
    Ok(model.with_task(task, job.settings().seed)?.into())
}

/// What a new model is made of, with what follows from the sources and the labels.
fn fitted(
    job: &TrainJob,
    spec: &ModelSpec,
    sets: &[ShardSamples<'_>],
    labels: &[String],
) -> Result<ModelSpec, JobError> {
    let names: Vec<String> = job.sources.iter().map(|s| s.corpus.display().to_string()).collect();
    let sources = names.iter().map(String::as_str).zip(sets.iter().map(|s| s as &dyn Samples));
    let settings = job.settings();
    let sources: Vec<(&str, &dyn Samples)> = sources.collect();
    let crops = sources.iter().map(|(name, set)| settings.augment.crops(name, *set));
    let crops = crops.collect::<Result<Vec<_>, _>>()?;
    let taken = sources.iter().zip(&crops);
    let taken: Vec<(&str, &dyn Samples)> =
        taken.map(|((name, set), crops)| (*name, crops.as_ref().map_or(*set, |crops| crops))).collect();
    let views = match spec {
        // One view in a shape of each source's own.
        ModelSpec::WiSwiss(_) => taken.first().map(|(_, set)| set.views().to_vec()).unwrap_or_default(),
        _ => views_of(&taken)?,
    };
    spec.clone().fitted(&views, labels.len()).map_err(|error| {
        let Problem { key, message } = error.problem().under(&model_key(spec));
        JobError::part(key, message)
    })
}

/// Maps that were made in other ways look alike to a model and are not.
fn warn_of_other_maps(
    learnt: Option<&ViewInput>,
    sets: &[ShardSamples<'_>],
    names: &[String],
    progress: &dyn Progress,
) {
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
    start: RunStart,
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
    let model = begin(job, checkpoint.as_ref(), &sets, &labels)?;
    let sentences = match model.sentences() {
        Some(_) => Some(sentences(job, device, checkpoint.as_ref(), &all, &labels)?),
        None => None,
    };
    // A checkpoint answers with the classes that it has.
    let kept = checkpoint.as_ref().filter(|_| job.head.is_none());
    let names = kept.map_or(&labels, |checkpoint| &checkpoint.info.classes);
    let learnt = sentences.as_ref().map_or(Labels::Names(names), Labels::Sentences);
    let settings = job.settings();
    let corpora: Vec<String> = selections.iter().map(|s| s.corpus.display().to_string()).collect();
    warn_of_other_maps(checkpoint.as_ref().and_then(|c| c.info.input.as_ref()), &sets, &corpora, progress);
    let parameters = model.counts();
    let mixed: Vec<Source<'_>> = sources
        .iter()
        .zip(&corpora)
        .zip(&job.sources)
        .map(|((samples, name), spec)| Source { name, samples, weight: spec.weight })
        .collect();
    let seen_before = checkpoint.as_ref().map_or(&[][..], |checkpoint| checkpoint.seen());
    let validation = validation.first().map(|v| v as &dyn Samples);
    let data = TrainData { sources: &mixed, labels: learnt, validation, seen_before };
    if start == RunStart::Fresh {
        let spec = job.model.as_ref().map(|spec| fitted(job, spec, &sets, &labels)).transpose()?;
        write_job(TrainJob { model: spec, ..job.clone() }, &settings, dir)?;
    }
    let model = model.to_device(device);
    let trained = match start {
        RunStart::Fresh => train(model, &settings, &data, dir, progress)?,
        RunStart::Resumed => resume(model, &settings, &data, dir, progress)?,
    };
    let done = TrainedJob {
        kinecho_version: env!("CARGO_PKG_VERSION").into(),
        text_encoder: sentences.map_or(String::new(), |prompts| prompts.encoder),
        samples: sources.iter().map(Samples::len).collect(),
        labels,
        parameters,
        train: trained.report,
    };
    let text = serde_json::to_vec_pretty(&done).map_err(|e| JobError::part("report.json", e.to_string()))?;
    atomic_file::write(&dir.join("report.json"), &text)?;
    Ok(done)
}

/// The sentences of all labels, centred with the checkpoint's means or with those of what training sees, and of nothing else.
fn sentences(
    job: &TrainJob,
    device: &Device,
    checkpoint: Option<&Checkpoint>,
    all: &[String],
    learnt: &[String],
) -> Result<Prompts, JobError> {
    let encoder = job.text.encoder.open(device)?;
    let named = (encoder.0.as_ref(), encoder.1.as_str());
    let activities = job.text.activities(all, &job.sources[0].corpus)?;
    let Some(checkpoint) = checkpoint else { return prompts(named, &activities, Centre::On(learnt)) };
    let centring = Centring::from_means(checkpoint.text_means())?;
    let prompts = prompts(named, &activities, Centre::Given(centring))?;
    checkpoint.require_prompts(&prompts)?;
    Ok(prompts)
}

/// The job with every setting filled in; a resumed run keeps the one it began with.
fn write_job(job: TrainJob, settings: &TrainConfig, dir: &Path) -> Result<(), JobError> {
    let resolved = TrainJob { train: Some(settings.clone()), ..job };
    let yaml = serde_yaml::to_string(&resolved).map_err(|e| JobError::part("job.yaml", e.to_string()))?;
    Ok(atomic_file::write(&dir.join("job.yaml"), yaml.as_bytes())?)
}

fn labels_of(sets: &[ShardSamples<'_>]) -> Vec<String> {
    let mut labels: Vec<String> = sets.iter().flat_map(ShardSamples::labels).collect();
    labels.sort_unstable();
    labels.dedup();
    labels
}
