//! Runs a study: each arm, seed, task and group that is left out.

use super::adapt::adapted;
use super::controls::{RowNumbers, answered};
use super::fault;
use super::results::{TransferAnswer, TransferResults};
use super::sides::{TaskSides, sides};
use super::spec::{TransferArm, TransferStudy, TransferTask};
use crate::base::progress::Progress;
use crate::base::yaml::{Document, Problem};
use crate::corpus::SampleMaker;
use crate::study::experiment::{ExperimentError, Places, RunFolder};
use crate::study::pretraining::{LabelledSet, Sets};
use crate::train::evaluate::{Outcome, best};
use crate::train::{infer, logits};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A study that is sound.
pub struct TransferRun {
    study: TransferStudy,
    runs: Vec<(TransferArm, TransferStudy)>,
}

/// A study that is done.
pub struct FinishedTransfer {
    /// All answers.
    pub results: TransferResults,
    /// The report.
    pub report: PathBuf,
}

impl TransferRun {
    /// Reads a study and makes the changes of its arms; writes nothing.
    ///
    /// # Errors
    /// What is wrong with settings and scenes, and folders of recordings that are not there.
    pub fn new(document: &Document) -> Result<Self, ExperimentError> {
        let (study, runs) = (TransferStudy::from_document(document)?, TransferStudy::runs(document)?);
        for (i, one) in study.on.with_partners().enumerate() {
            let key = if i == 0 { "on".to_owned() } else { format!("on.with.{}", i - 1) };
            if let Some(recipe) = &one.simulated {
                let under = |problems: Vec<Problem>| {
                    let key = format!("{key}.simulated");
                    document.rejected(problems.into_iter().map(|p| p.under(&key)).collect())
                };
                SampleMaker::new(recipe).map_err(under)?;
            }
            let folder = one.place(study.data.as_deref().unwrap_or(Path::new("")));
            if one.data_set.is_some() && !folder.is_dir() {
                return Err(fault(key, format!("there is no folder {}", folder.display())));
            }
        }
        Ok(Self { study, runs })
    }

    /// The study.
    pub fn study(&self) -> &TransferStudy {
        &self.study
    }

    /// Models that a run trains, groups of `leave_one_out` not counted.
    pub fn trainings(&self) -> usize {
        self.runs.iter().map(|(_, study)| study.transfers.len() * study.seeds.len()).sum()
    }

    /// Runs the study, or goes on with it where it was stopped.
    pub fn run(&self, places: &Places, progress: &dyn Progress) -> Result<FinishedTransfer, ExperimentError> {
        let resolved = serde_yaml::to_string(&self.study).map_err(|e| fault("study", e))?;
        let folder = RunFolder::open(places.output.as_deref(), &self.study.name, &resolved)?;
        let output = folder.path().to_owned();
        if folder.goes_on {
            progress.line(&format!("{}: going on with the run that was stopped", output.display()));
        }
        let corpora = output.join("corpora");
        let simulated = places.corpora.clone().unwrap_or_else(|| corpora.clone());
        let data = self.study.data.clone().unwrap_or_default();
        let mut sets = Sets { data, corpora, simulated, progress, made: Vec::new(), unpaired: Vec::new() };
        let mut results = TransferResults::new(&self.study);
        for (place, (arm, study)) in self.runs.iter().enumerate() {
            let views: Vec<String> =
                study.network().map(|n| n.views()).into_iter().flatten().map(str::to_owned).collect();
            let labelled = sets.with_labels(&study.on, &views)?;
            for task in &study.transfers {
                let found = sides(study, task, &labelled.items)?;
                if place == 0 {
                    results.controls.extend(controls(task, &labelled, &found)?);
                }
                for &seed in &study.seeds {
                    for (k, one) in found.iter().enumerate() {
                        let dir = output.join(format!("seed{seed}/{}-{}-{k}", arm.name, task.name));
                        results.answers.push(answer((arm, study, task), &labelled, one, seed, (&dir, progress))?);
                        results.write(&output)?;
                    }
                }
            }
        }
        results.test(&self.study);
        results.write(&output)?;
        let report = folder.report();
        results.report(&resolved, &report)?;
        Ok(FinishedTransfer { results, report })
    }
}

fn answer(
    (arm, study, task): (&TransferArm, &TransferStudy, &TransferTask),
    labelled: &LabelledSet,
    sides: &TaskSides,
    seed: u64,
    (dir, progress): (&Path, &dyn Progress),
) -> Result<TransferAnswer, ExperimentError> {
    let since = Instant::now();
    let made = adapted(study, labelled, sides, seed, (dir, progress))?;
    let test = labelled.set.select(&sides.test);
    let answers = best(&logits(&infer(&made.model, &task.name, &test, 0)?)?);
    let outcome = Outcome::new(&test.classes, &test.labels, &answers)?;
    Ok(TransferAnswer {
        arm: arm.name.clone(),
        task: task.name.clone(),
        seed: Some(seed),
        left_out: sides.left_out.clone(),
        learnt: sides.learn.len(),
        unlabelled: if study.adapts() { sides.unlabelled.len() } else { 0 },
        kept_step: Some(made.kept_step),
        subcarriers: made.subcarriers,
        outcome,
        seconds: since.elapsed().as_secs_f64(),
    })
}

/// What is answered without a network.
fn controls(
    task: &TransferTask,
    labelled: &LabelledSet,
    found: &[TaskSides],
) -> Result<Vec<TransferAnswer>, ExperimentError> {
    let mut out = Vec::new();
    for numbers in RowNumbers::ALL {
        for one in found {
            let since = Instant::now();
            out.push(TransferAnswer {
                arm: numbers.told().0.into(),
                task: task.name.clone(),
                seed: None,
                left_out: one.left_out.clone(),
                learnt: one.learn.len(),
                unlabelled: 0,
                kept_step: None,
                subcarriers: Vec::new(),
                outcome: answered(numbers, labelled, one)?,
                seconds: since.elapsed().as_secs_f64(),
            });
        }
    }
    Ok(out)
}
