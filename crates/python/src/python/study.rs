//! Corpora in the making, studies, and words.

use super::fail::{Failure, Words, fail};
use super::settings::Settings;
use super::work::work;
use kinecho::cli::FileKind;
use kinecho::corpus::{BuildOptions, Recipe, build_part};
use kinecho::model::device::DeviceName;
use kinecho::study::experiment::{Places, Study};
use kinecho::study::job::{RunStart, TrainJob, run_training};
use kinecho::study::pretraining::{PretrainingRun, PretrainingStudy};
use kinecho::text::{ATTRIBUTES, Vocabulary};
use pyo3::prelude::*;
use serde_json::json;
use std::path::PathBuf;

/// Builds what is missing of the corpus of a recipe; says what was done, in JSON.
#[pyfunction]
#[pyo3(signature = (settings, set, seed, dir, progress))]
pub(crate) fn build(
    py: Python<'_>,
    settings: Settings,
    set: Vec<String>,
    seed: Option<u64>,
    dir: PathBuf,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<String> {
    work(py, progress, move |watched| {
        let document = settings.read((set, seed), "seed", FileKind::Recipe)?;
        let recipe = Recipe::from_document(&document).words()?;
        let built = build_part(&recipe, Some(&document), &dir, BuildOptions::default(), watched).words()?;
        serde_json::to_string(&built).words()
    })
}

/// Trains as a job says, a new model or, where it names a checkpoint, that one further; gives its report in JSON. A run that was stopped goes on
/// from its last checkpoint.
#[pyfunction]
#[pyo3(signature = (settings, set, seed, output, progress))]
pub(crate) fn train(
    py: Python<'_>,
    settings: Settings,
    set: Vec<String>,
    seed: Option<u64>,
    output: PathBuf,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<String> {
    work(py, progress, move |watched| {
        let document = settings.read((set, seed), "train.seed", FileKind::Training)?;
        let job = TrainJob::from_document(&document).words()?;
        let begun = output.join("config.json").is_file();
        if output.join("report.json").is_file() {
            return Err(Failure::new(format!("the run in {} is finished: name a new folder", output.display())));
        }
        let taken = std::fs::read_dir(&output).is_ok_and(|mut entries| entries.next().is_some());
        if taken && !begun {
            let problem = "is not empty and holds no run that could be resumed (no config.json): name a new folder";
            return Err(Failure::new(format!("{} {problem}", output.display())));
        }
        std::fs::create_dir_all(&output)
            .map_err(|e| Failure::new(format!("cannot make the folder {}: {e}", output.display())))?;
        let start = if begun { RunStart::Resumed } else { RunStart::Fresh };
        let device = DeviceName::Cpu.open().words()?;
        let trained = run_training(&job, &device, &output, start, watched).words()?;
        serde_json::to_string(&trained).words()
    })
}

/// Runs an experiment or a study of pre-training, or goes on with it where it was stopped; gives its report and results in JSON.
#[pyfunction]
#[pyo3(signature = (settings, set, seed, output, corpora, progress))]
pub(crate) fn run(
    py: Python<'_>,
    settings: Settings,
    set: Vec<String>,
    seed: Option<u64>,
    output: Option<PathBuf>,
    corpora: Option<PathBuf>,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<String> {
    work(py, progress, move |watched| {
        let document = settings.read((set, seed), "seeds", FileKind::Experiment)?;
        let places = Places { output, corpora };
        let done = if PretrainingStudy::is_meant(&document) {
            let done = PretrainingRun::new(&document).words()?.run(&places, watched).words()?;
            json!({"report": done.report, "results": done.results})
        } else {
            let done = Study::new(&document).words()?.run(&places, watched).words()?;
            json!({"report": done.report, "results": done.results})
        };
        Ok(done.to_string())
    })
}

/// The five sentences of a label by attribute, and whether they are the vocabulary's.
#[pyfunction]
pub(crate) fn describe(label: &str) -> PyResult<(Vec<(&'static str, String)>, bool)> {
    let vocabulary = Vocabulary::with_data_sets();
    let known = vocabulary.by_label(label).or_else(|| vocabulary.get(label)).map(|activity| activity.text.clone());
    let in_vocabulary = known.is_some();
    let text = match known {
        Some(text) => text,
        None => kinecho::text::describe(label).map_err(fail)?.text,
    };
    Ok((ATTRIBUTES.into_iter().zip(text).collect(), in_vocabulary))
}
