//! Answers as files and as a report.

use super::controls::RowNumbers;
use super::fault;
use super::spec::TransferStudy;
use super::statistics::{PairedTest, paired_test};
use crate::base::atomic_file;
use crate::study::experiment::ExperimentError;
use crate::train::evaluate::{Outcome, spread};
use crate::viz::{Cell, ConfusionMatrix, Report, Table};
use ndarray::Array2;
use serde::Serialize;
use std::path::Path;

/// What one model, or one control, answers to a task.
#[derive(Clone, Debug, Serialize)]
pub struct TransferAnswer {
    /// The arm, or the control.
    pub arm: String,
    /// The task.
    pub task: String,
    /// The seed; none of controls, which know none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The group that was left out and asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
    /// Samples whose labels were learnt from, with those that decide which weights are kept.
    pub learnt: usize,
    /// Samples that were shown without labels.
    pub unlabelled: usize,
    /// Step whose weights were kept; none of controls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_step: Option<u64>,
    /// Subcarriers that were looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subcarriers: Vec<usize>,
    /// Of the samples that were asked about.
    pub outcome: Outcome,
    /// Time, s.
    pub seconds: f64,
}

/// The main arm against another one.
#[derive(Clone, Debug, Serialize)]
pub struct ArmTest {
    /// The other arm.
    pub against: String,
    /// Of macro accuracies, main arm less the other one, over tasks, seeds and groups left out.
    pub test: PairedTest,
    /// The probability times the number of tests, at most 1 (Bonferroni).
    pub p_bonferroni: f64,
}

/// All that a study found.
#[derive(Clone, Debug, Serialize)]
pub struct TransferResults {
    /// Version of the program.
    pub kinecho_version: String,
    /// Name of the study.
    pub study: String,
    /// Its seeds.
    pub seeds: Vec<u64>,
    /// Answers of models.
    pub answers: Vec<TransferAnswer>,
    /// Answers of controls.
    pub controls: Vec<TransferAnswer>,
    /// Tests of the main arm.
    pub tests: Vec<ArmTest>,
    #[serde(skip)]
    study_typed: Option<TransferStudy>,
}

impl TransferResults {
    pub(super) fn new(study: &TransferStudy) -> Self {
        Self {
            kinecho_version: env!("CARGO_PKG_VERSION").into(),
            study: study.name.clone(),
            seeds: study.seeds.clone(),
            answers: Vec::new(),
            controls: Vec::new(),
            tests: Vec::new(),
            study_typed: Some(study.clone()),
        }
    }

    /// The answers of an arm or a control to a task, groups that were left out counted together: one a seed.
    pub fn outcomes(&self, task: &str, arm: &str) -> Vec<Outcome> {
        let mine: Vec<&TransferAnswer> =
            self.answers.iter().chain(&self.controls).filter(|a| a.task == task && a.arm == arm).collect();
        let mut seeds: Vec<Option<u64>> = Vec::new();
        for answer in &mine {
            if !seeds.contains(&answer.seed) {
                seeds.push(answer.seed);
            }
        }
        let of = |seed: Option<u64>| {
            let parts = mine.iter().filter(|a| a.seed == seed);
            parts.map(|a| a.outcome.clone()).reduce(|sum, one| together(&sum, &one))
        };
        seeds.into_iter().filter_map(of).collect()
    }

    /// Macro accuracies, one a seed.
    pub fn macro_accuracies(&self, task: &str, arm: &str) -> Vec<f64> {
        self.outcomes(task, arm).iter().map(|outcome| outcome.mean_recall).collect()
    }

    /// Tests the main arm against each other one, pair by pair of answers to the same question.
    pub(super) fn test(&mut self, study: &TransferStudy) {
        let others: Vec<&str> = study.arms.iter().map(|a| a.name.as_str()).filter(|name| *name != study.main).collect();
        let score = |arm: &str, like: &TransferAnswer| {
            let same = |a: &&TransferAnswer| {
                a.arm == arm && a.task == like.task && a.seed == like.seed && a.left_out == like.left_out
            };
            self.answers.iter().find(same).map(|a| a.outcome.mean_recall)
        };
        let main = || self.answers.iter().filter(|a| a.arm == study.main);
        let of = |arm: &&str| {
            let differences: Vec<f64> = main().filter_map(|a| Some(a.outcome.mean_recall - score(arm, a)?)).collect();
            let test = paired_test(&differences)?;
            let p_bonferroni = (test.p * others.len() as f64).min(1.0);
            Some(ArmTest { against: (*arm).to_owned(), test, p_bonferroni })
        };
        self.tests = others.iter().filter_map(of).collect();
    }

    /// Writes `results.json`, whole or not at all.
    pub(super) fn write(&self, dir: &Path) -> Result<(), ExperimentError> {
        let text = serde_json::to_vec_pretty(self).map_err(|e| fault("results.json", e))?;
        Ok(atomic_file::write(&dir.join("results.json"), &text)?)
    }

    /// Macro accuracy: rows are tasks, columns arms and controls.
    fn table(&self, study: &TransferStudy) -> Table {
        let arms: Vec<&str> = study.arms.iter().map(|arm| arm.name.as_str()).collect();
        let controls = RowNumbers::ALL.map(|numbers| numbers.told().0);
        let columns = std::iter::once("from → to").chain(arms.iter().copied()).chain(controls);
        let mut table = Table::new("", columns);
        for task in &study.transfers {
            let cells = arms.iter().copied().chain(controls);
            let cells = cells.map(|arm| Cell::percent_of_runs(&self.macro_accuracies(&task.name, arm)));
            table.row(std::iter::once(Cell::text(&task.title)).chain(cells));
        }
        let mean = |arm: &str| {
            let tasks = study.transfers.iter();
            let means = tasks.map(|task| spread(&self.macro_accuracies(&task.name, arm)).0);
            means.sum::<f64>() / study.transfers.len().max(1) as f64
        };
        let means = arms.iter().copied().chain(controls).map(|arm| Cell::percent(mean(arm)));
        table.row(std::iter::once(Cell::text("mean over tasks")).chain(means));
        table
    }

    pub(super) fn report(&self, resolved: &str, path: &Path) -> Result<(), ExperimentError> {
        let Some(study) = &self.study_typed else { return Ok(()) };
        let mut report = Report::new(study.title.clone(), study.summary.clone());
        let text = format!(
            "Macro accuracy (mean of the recalls of the classes), %: mean and standard deviation over {} seeds; groups that were left \
             out are counted together. Controls know no seed.",
            self.seeds.len()
        );
        report.section("From scene to scene").text(&text).table(&self.table(study));
        let section = report.section("Arms");
        section.facts(study.arms.iter().map(|arm| (arm.name.as_str(), arm.title.clone())));
        section.facts(RowNumbers::ALL.map(|numbers| numbers.told()).map(|(name, told)| (name, told.to_owned())));
        let columns = ["against", "pairs", "difference, points", "t", "p", "p times the number of tests"];
        let mut table = Table::new("", columns);
        for ArmTest { against, test, p_bonferroni } in &self.tests {
            table.row([
                Cell::text(against),
                Cell::count(test.pairs as u64),
                Cell::number(100.0 * test.mean, 2),
                Cell::number(test.t, 3),
                Cell::text(format!("{:.2e}", test.p)),
                Cell::text(format!("{p_bonferroni:.2e}")),
            ]);
        }
        let text = format!(
            "Paired t-tests of `{}` on macro accuracies over tasks, seeds and groups left out, by both tails. Seeds of one task share their \
             samples, so that pairs are not independent and true probabilities are larger. The last column is after Bonferroni.",
            study.main
        );
        report.section("Tests").text(&text).table(&table);
        let section = report.section("Confusion");
        for task in &study.transfers {
            for arm in &study.arms {
                let Some(sum) = self.outcomes(&task.name, &arm.name).into_iter().reduce(|a, b| together(&a, &b)) else {
                    continue;
                };
                let n = sum.classes.len();
                let counts = Array2::from_shape_fn((n, n), |(t, p)| sum.confusion[t][p] as u64);
                let matrix = ConfusionMatrix::new(sum.classes.clone(), counts)?;
                section.subsection(&format!("{}: {}", task.title, arm.name)).confusion(&matrix);
            }
        }
        report.section("Settings").folded("The study with all its settings", resolved);
        Ok(report.write(path)?)
    }
}

/// Two outcomes as one of all their samples.
fn together(a: &Outcome, b: &Outcome) -> Outcome {
    let confusion: Vec<Vec<usize>> =
        a.confusion.iter().zip(&b.confusion).map(|(x, y)| x.iter().zip(y).map(|(x, y)| x + y).collect()).collect();
    let pairs = |of: fn(usize, usize) -> usize| -> Vec<usize> {
        let cells =
            confusion.iter().enumerate().flat_map(|(t, row)| row.iter().enumerate().map(move |(p, n)| (t, p, *n)));
        cells.flat_map(|(t, p, n)| std::iter::repeat_n(of(t, p), n)).collect()
    };
    Outcome::new(&a.classes, &pairs(|t, _| t), &pairs(|_, p| p)).unwrap_or_else(|_| a.clone())
}
