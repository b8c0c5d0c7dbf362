//! Runs a study: for each arm and seed the three stages, then every set of sensors.

use super::fault;
use super::results::{BeamAnswer, BeamResults};
use super::samples::{Sequences, corpus, load};
use super::simple;
use super::spec::{BeamArm, BeamStudy};
use super::stages::{StagePlace, trained};
use crate::base::progress::Progress;
use crate::base::yaml::Document;
use crate::model::beam::{BeamModality, BeamModel, sensor_sets};
use crate::model::interface::Model;
use crate::study::experiment::{ExperimentError, Places, RunFolder};
use crate::train::evaluate::BeamScores;
use crate::train::{Dataset, Truth, infer, logits};
use std::path::PathBuf;
use std::time::Instant;

/// Predictions that are timed.
const TIMED: usize = 30;

/// A study that is sound.
pub struct BeamRun {
    study: BeamStudy,
    runs: Vec<(BeamArm, BeamStudy)>,
}

/// A study that is done.
pub struct FinishedBeams {
    /// All answers.
    pub results: BeamResults,
    /// The report.
    pub report: PathBuf,
}

impl BeamRun {
    /// Reads a study and makes the changes of its arms; writes nothing.
    ///
    /// # Errors
    /// What is wrong with settings, and a folder of recordings that is not there.
    pub fn new(document: &Document) -> Result<Self, ExperimentError> {
        let (study, runs) = (BeamStudy::from_document(document)?, BeamStudy::runs(document)?);
        for (_, study) in &runs {
            let mut folders = study.data.iter().chain(&study.corpus);
            if let Some(folder) = folders.find(|folder| !folder.is_dir()) {
                return Err(fault("data", format!("there is no folder {}", folder.display())));
            }
        }
        Ok(Self { study, runs })
    }

    /// The study.
    pub fn study(&self) -> &BeamStudy {
        &self.study
    }

    /// Runs the study, or goes on with it where it was stopped.
    pub fn run(&self, places: &Places, progress: &dyn Progress) -> Result<FinishedBeams, ExperimentError> {
        let resolved = serde_yaml::to_string(&self.study).map_err(|e| fault("study", e))?;
        let folder = RunFolder::open(places.output.as_deref(), &self.study.name, &resolved)?;
        let output = folder.path().to_owned();
        if folder.goes_on {
            progress.line(&format!("{}: going on with the run that was stopped", output.display()));
        }
        let mut results = BeamResults::new(&self.study);
        for (arm, study) in &self.runs {
            let corpus = corpus(study, &output.join("corpora").join(&arm.name), progress)?;
            let sequences = load(study, &corpus)?;
            for &seed in &study.seeds {
                progress.line(&format!("{}, seed {seed}", arm.name));
                let dir = output.join(&arm.name).join(format!("seed-{seed}"));
                answered(arm, study, &sequences, seed, &StagePlace { dir: &dir, progress }, &mut results)?;
                results.write(&output)?;
            }
        }
        let report = folder.report();
        results.report(&resolved, &report)?;
        Ok(FinishedBeams { results, report })
    }
}

fn answered(
    arm: &BeamArm,
    study: &BeamStudy,
    sequences: &Sequences,
    seed: u64,
    place: &StagePlace<'_>,
    results: &mut BeamResults,
) -> Result<(), ExperimentError> {
    let sides = sequences.sides(study, seed)?;
    let model = trained(study, sequences, &sides, seed, place)?;
    let test = sequences.set.select(&sides.test);
    let powers: Vec<&[f32]> = test.truths.iter().filter_map(of_beams).collect();
    for set in sensor_sets(&model.sensors()) {
        let outputs = infer(&model, "test", &shown(&test, &set), 0)?;
        let scores = BeamScores::new(logits(&outputs)?.view(), &powers);
        let by = set.iter().map(|sensor| sensor.name()).collect::<Vec<_>>().join(" + ");
        results.answers.push(BeamAnswer { arm: arm.name.clone(), seed, by, scores });
    }
    // The same passages give the same answers without a network in every arm.
    if !results.answers.iter().any(|a| a.arm == "simple" && a.seed == seed) {
        let learn = sequences.set.select(&sides.learn);
        for (by, ranked) in simple::answers(&learn, &test) {
            let scores = BeamScores::of_ranked(&ranked, &powers);
            results.answers.push(BeamAnswer { arm: "simple".into(), seed, by, scores });
        }
        results.sizes.push([sides.learn.len(), sides.validation.len(), sides.test.len()]);
    }
    results.parameters = model.counts().get("total").copied().unwrap_or(0);
    results.prediction_ms = prediction_ms(&model, &test)?;
    Ok(())
}

fn of_beams(truth: &Truth) -> Option<&[f32]> {
    match truth {
        Truth::Beams(powers) => Some(powers),
        _ => None,
    }
}

/// Samples of which only these sensors were there.
fn shown(set: &Dataset, sensors: &[BeamModality]) -> Dataset {
    let mut set = set.clone();
    let keeps = |name: &str| name == "available" || sensors.iter().any(|sensor| sensor.name() == name);
    let hidden = set.views.iter_mut().filter(|column| !keeps(&column.info.name));
    hidden.for_each(|column| column.present.fill(false));
    set
}

/// Median time of one sample's way through the model, on one thread.
fn prediction_ms(model: &BeamModel, test: &Dataset) -> Result<f64, ExperimentError> {
    let one = test.select(&[0]);
    let mut times = Vec::with_capacity(TIMED);
    for _ in 0..TIMED {
        let begin = Instant::now();
        infer(model, "one", &one, 1)?;
        times.push(1e3 * begin.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times[TIMED / 2])
}
