//! Answers as files and as a report.

use super::fault;
use super::spec::BeamStudy;
use crate::base::atomic_file;
use crate::study::experiment::ExperimentError;
use crate::train::evaluate::BeamScores;
use crate::viz::{Cell, Report, Table};
use serde::Serialize;
use std::path::Path;

/// An answer to all sequences of the passages that are asked about.
#[derive(Clone, Debug, Serialize)]
pub struct BeamAnswer {
    /// The arm; `simple` of what comes without a network.
    pub arm: String,
    /// The seed.
    pub seed: u64,
    /// The sensors that were shown, or the simple way.
    pub by: String,
    /// How good it is.
    pub scores: BeamScores,
}

/// All that a study found.
#[derive(Clone, Debug, Serialize)]
pub struct BeamResults {
    /// Version of the program.
    pub kinecho_version: String,
    /// Name of the study.
    pub study: String,
    /// Its seeds.
    pub seeds: Vec<u64>,
    /// Passages and sequences that were learnt from, validated by and asked about, by seed.
    pub sizes: Vec<[usize; 3]>,
    /// Parameters of the model that answers, of the last arm.
    pub parameters: usize,
    /// Time of one prediction on one thread, ms, the median, of the last arm.
    pub prediction_ms: f64,
    /// Answers.
    pub answers: Vec<BeamAnswer>,
    #[serde(skip)]
    title: (String, String),
}

/// A measure: its heading, the number, and whether it is a share.
type Measure = (&'static str, fn(&BeamScores) -> f64, bool);

const MEASURES: [Measure; 6] = [
    ("top-1", |s| s.top_1, true),
    ("top-3", |s| s.top_3, true),
    ("top-5", |s| s.top_5, true),
    ("DBA (challenge)", |s| s.dba_challenge, true),
    ("DBA (within 1, 2, 3)", |s| s.dba_thresholds, true),
    ("loss, dB", |s| s.power_loss_db, false),
];

impl BeamResults {
    pub(super) fn new(study: &BeamStudy) -> Self {
        Self {
            kinecho_version: env!("CARGO_PKG_VERSION").into(),
            study: study.name.clone(),
            seeds: study.seeds.clone(),
            sizes: Vec::new(),
            parameters: 0,
            prediction_ms: f64::NAN,
            answers: Vec::new(),
            title: (study.title.clone(), study.summary.clone()),
        }
    }

    /// Arms and ways in the order in which they were asked.
    pub fn rows(&self) -> Vec<(String, String)> {
        let mut rows: Vec<(String, String)> = Vec::new();
        for answer in &self.answers {
            let row = (answer.arm.clone(), answer.by.clone());
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        rows
    }

    /// One number a seed.
    pub fn by_seed(&self, arm: &str, by: &str, of: impl Fn(&BeamScores) -> f64) -> Vec<f64> {
        self.answers.iter().filter(|a| a.arm == arm && a.by == by).map(|a| of(&a.scores)).collect()
    }

    pub(super) fn write(&self, dir: &Path) -> Result<(), ExperimentError> {
        let text = serde_json::to_vec_pretty(self).map_err(|e| fault("results.json", e))?;
        Ok(atomic_file::write(&dir.join("results.json"), &text)?)
    }

    pub(super) fn report(&self, resolved: &str, path: &Path) -> Result<(), ExperimentError> {
        let mut report = Report::new(self.title.0.clone(), self.title.1.clone());
        let columns = ["arm", "by"].into_iter().chain(MEASURES.iter().map(|(name, ..)| *name));
        let mut table = Table::new("", columns);
        for (arm, by) in self.rows() {
            let mut row = vec![Cell::text(&arm), Cell::text(&by)];
            for (_, of, share) in MEASURES {
                let values = self.by_seed(&arm, &by, of);
                row.push(if share { Cell::percent_of_runs(&values) } else { Cell::of_runs(&values, 2) });
            }
            table.row(row);
        }
        let count = self.seeds.len();
        let text = format!(
            "Passages that were not learnt from, mean and standard deviation over {count} seeds, each with a draw of passages of its \
             own. Sensors that are not named were hidden when asked, and nothing was learnt anew. Shares in %."
        );
        report.section("Best beams").text(&text).table(&table);
        report.section("Cost").facts([
            ("parameters", self.parameters.to_string()),
            ("one prediction, one thread", format!("{:.2} ms", self.prediction_ms)),
        ]);
        report.section("Settings").folded("The study with all its settings", resolved);
        Ok(report.write(path)?)
    }
}
