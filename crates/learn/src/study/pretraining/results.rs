//! Answers as files and as a report.

use super::fault;
use super::joined::Unpaired;
use super::spec::{Head, PretrainingStudy};
use crate::base::atomic_file;
use crate::study::dedup::CorpusDuplicates;
use crate::study::experiment::ExperimentError;
use crate::viz::{Cell, Figure, LineChart, Report, Series, Table};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// A corpus after a search for duplicates.
#[derive(Clone, Debug, Serialize)]
pub struct Deduplicated {
    /// The corpus' folder.
    pub corpus: String,
    /// Its samples.
    pub samples: usize,
    /// Those that pre-training leaves out.
    pub removed: usize,
    /// Cosine from which on two are the same.
    pub threshold: f64,
}

impl Deduplicated {
    pub(super) fn of(found: &CorpusDuplicates) -> Self {
        let CorpusDuplicates { corpus, samples, threshold, removed, .. } = found;
        Self { corpus: corpus.clone(), samples: *samples, removed: removed.len(), threshold: *threshold }
    }
}

/// A pre-training.
#[derive(Clone, Debug, Serialize)]
pub struct Pretrained {
    /// The first arm that wanted it.
    pub arm: String,
    /// Its seed.
    pub seed: u64,
    /// Samples of each source.
    pub samples: Vec<usize>,
    /// Steps.
    pub steps: u64,
    /// Loss of each logged step.
    pub losses: Vec<(u64, f64)>,
    /// Parts of the loss by name, at each logged step.
    pub parts: BTreeMap<String, Vec<(u64, f64)>>,
    /// How alike the kinds of radio of a sample are (RFusion, equation 7) before and after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alignment: Option<[f64; 2]>,
    /// Milliseconds of a step, median.
    pub step_ms: f64,
    /// Time, s.
    pub seconds: f64,
}

/// One model's answer to a task.
#[derive(Clone, Debug, Serialize)]
pub struct TaskAnswer {
    /// The arm.
    pub arm: String,
    /// The task.
    pub task: String,
    /// How many labels were learnt from.
    pub labels: String,
    /// The kinds of radio that were shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kinds: Option<String>,
    /// The seed.
    pub seed: u64,
    /// The group that was left out and asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
    /// Samples that were learnt from, without those that decide which weights are kept.
    pub learnt: usize,
    /// Samples that were asked about.
    pub tested: usize,
    /// Step whose weights were kept.
    pub kept_step: u64,
    /// Accuracy, of poses MPJPE, m, of boxes average precision at an overlap of 0.5.
    pub score: f64,
    /// Of poses: MPJPE after alignment, m.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aligned_m: Option<f64>,
    /// The same without looking: the most frequent class, the mean pose, the boxes of one sample.
    pub trivial: f64,
    /// Time of training and answering, s.
    pub seconds: f64,
}

impl TaskAnswer {
    /// What was learnt from and what was shown: the row of its table.
    pub fn row(&self) -> String {
        match &self.kinds {
            Some(kinds) => format!("{}, {kinds}", self.labels),
            None => self.labels.clone(),
        }
    }
}

/// All that a study found.
#[derive(Clone, Debug, Serialize)]
pub struct PretrainingResults {
    /// Version of the program.
    pub kinecho_version: String,
    /// Name of the study.
    pub study: String,
    /// Its seeds.
    pub seeds: Vec<u64>,
    /// What was left out as duplicates.
    pub deduplicated: Vec<Deduplicated>,
    /// Samples of sources that are paired which found no partner, by source; each stands in `unpaired.csv`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub unpaired: BTreeMap<String, usize>,
    /// Pre-trainings.
    pub pretraining: Vec<Pretrained>,
    /// Answers.
    pub answers: Vec<TaskAnswer>,
    #[serde(skip)]
    title: (String, String),
    #[serde(skip)]
    arms: Vec<(String, String)>,
    #[serde(skip)]
    tasks: Vec<(String, String, Head)>,
}

impl PretrainingResults {
    pub(super) fn new(study: &PretrainingStudy) -> Self {
        Self {
            kinecho_version: env!("CARGO_PKG_VERSION").into(),
            study: study.name.clone(),
            seeds: study.seeds.clone(),
            deduplicated: Vec::new(),
            unpaired: BTreeMap::new(),
            pretraining: Vec::new(),
            answers: Vec::new(),
            title: (study.title.clone(), study.summary.clone()),
            arms: study.arms.iter().map(|arm| (arm.name.clone(), arm.title.clone())).collect(),
            tasks: study.tasks.iter().map(|task| (task.name.clone(), task.title.clone(), task.head)).collect(),
        }
    }

    /// Writes `results.json`, whole or not at all.
    pub(super) fn write(&self, dir: &Path) -> Result<(), ExperimentError> {
        let text = serde_json::to_vec_pretty(self).map_err(|e| fault("results.json", e))?;
        Ok(atomic_file::write(&dir.join("results.json"), &text)?)
    }

    /// Lists and counts what found no partner.
    pub(super) fn left_alone(&mut self, unpaired: &[Unpaired], dir: &Path) -> Result<(), ExperimentError> {
        if unpaired.is_empty() {
            return Ok(());
        }
        self.unpaired.clear();
        let mut writer = csv::Writer::from_writer(Vec::new());
        for one in unpaired {
            *self.unpaired.entry(one.source.clone()).or_insert(0) += 1;
            writer.serialize(one).map_err(|e| fault("unpaired.csv", e))?;
        }
        let text = writer.into_inner().map_err(|e| fault("unpaired.csv", e))?;
        Ok(atomic_file::write(&dir.join("unpaired.csv"), &text)?)
    }

    /// One number a seed, over all folds together; `labels` is a [row](TaskAnswer::row).
    pub fn by_seed(&self, task: &str, labels: &str, arm: &str, of: impl Fn(&TaskAnswer) -> Option<f64>) -> Vec<f64> {
        let meant = |seed: u64| {
            let mine = move |a: &&TaskAnswer| a.task == task && a.row() == labels && a.arm == arm && a.seed == seed;
            let (mut sum, mut count) = (0.0, 0);
            for answer in self.answers.iter().filter(mine) {
                sum += of(answer)? * answer.tested as f64;
                count += answer.tested;
            }
            (count > 0).then(|| sum / count as f64)
        };
        self.seeds.iter().filter_map(|&seed| meant(seed)).collect()
    }

    /// Rows of a task (numbers of labels, and kinds of radio) in the order in which they were asked.
    pub fn labels_of(&self, task: &str) -> Vec<String> {
        let mut labels: Vec<String> = Vec::new();
        for answer in self.answers.iter().filter(|a| a.task == task) {
            let row = answer.row();
            if !labels.contains(&row) {
                labels.push(row);
            }
        }
        labels
    }

    /// Tasks with the tables of their answers: rows are numbers of labels, columns arms.
    pub fn tables(&self) -> Vec<(String, Head, Table)> {
        let table = |(name, title, head): &(String, String, Head)| {
            let mut columns = vec!["learnt from".to_owned()];
            columns.extend(self.arms.iter().map(|(arm, _)| arm.clone()));
            columns.push("without looking".into());
            let mut table = Table::new("", columns.iter().map(String::as_str));
            let cell = |values: &[f64]| match head {
                Head::Classify | Head::Detect => Cell::percent_of_runs(values),
                Head::Pose => Cell::of_runs(&values.iter().map(|v| 100.0 * v).collect::<Vec<_>>(), 3),
            };
            for labels in self.labels_of(name) {
                let mut row = vec![Cell::text(&labels)];
                for (arm, _) in &self.arms {
                    row.push(cell(&self.by_seed(name, &labels, arm, |a| Some(a.score))));
                }
                let first = self.arms.first().map_or("", |(arm, _)| arm.as_str());
                row.push(cell(&self.by_seed(name, &labels, first, |a| Some(a.trivial))));
                table.row(row);
                if *head == Head::Pose {
                    let mut row = vec![Cell::text(format!("{labels}, aligned"))];
                    for (arm, _) in &self.arms {
                        row.push(cell(&self.by_seed(name, &labels, arm, |a| a.aligned_m)));
                    }
                    row.push(Cell::empty());
                    table.row(row);
                }
            }
            (title.clone(), *head, table)
        };
        self.tasks.iter().map(table).collect()
    }

    pub(super) fn report(&self, resolved: &str, path: &Path) -> Result<(), ExperimentError> {
        let mut report = Report::new(self.title.0.clone(), self.title.1.clone());
        let count = self.seeds.len();
        for (title, head, table) in self.tables() {
            let unit = match head {
                Head::Classify => "Accuracy, %",
                Head::Detect => "Average precision of boxes at an overlap of 0.5, %",
                Head::Pose => "Mean per joint position error (MPJPE), cm; `aligned` after turn, way and scale",
            };
            let text = format!(
                "{unit}; mean and standard deviation over {count} seeds, groups that were left out counted together."
            );
            report.section(&title).text(&text).table(&table);
        }
        let section = report.section("Pre-training");
        section.facts(self.arms.iter().map(|(name, title)| (name.as_str(), title.clone())));
        if !self.pretraining.is_empty() {
            let line = |p: &Pretrained| {
                let points: Vec<(f64, f64)> = p.losses.iter().map(|&(step, loss)| (step as f64, loss)).collect();
                Series::new(format!("{}, seed {}", p.arm, p.seed), points)
            };
            let chart = LineChart::new("step", "loss").log_y();
            let chart = self.pretraining.iter().map(line).fold(chart, LineChart::with);
            section.figure(&Figure::lines(&chart, "Loss of pre-training over steps", ""));
        }
        for one in self.pretraining.iter().filter(|p| p.parts.contains_key("guided")) {
            let points = |part: &str| -> Vec<(f64, f64)> {
                one.parts.get(part).into_iter().flatten().map(|&(step, loss)| (step as f64, loss)).collect()
            };
            let chart = LineChart::new("step", "loss").log_y();
            let chart = [("guided", "guided, L_GC"), ("base", "features alone, L_Base")]
                .into_iter()
                .map(|(part, name)| Series::new(name, points(part)))
                .fold(chart, LineChart::with);
            let title = format!("Contrast with and without the guider: {}, seed {}", one.arm, one.seed);
            section.figure(&Figure::lines(&chart, &title, ""));
        }
        if self.pretraining.iter().any(|p| p.alignment.is_some()) {
            let mut table = Table::new("", ["arm", "seed", "alike before", "alike after"]);
            for one in &self.pretraining {
                let Some([before, after]) = one.alignment else { continue };
                let seed = Cell::text(one.seed.to_string());
                table.row([Cell::text(&one.arm), seed, Cell::number(before, 3), Cell::number(after, 3)]);
            }
            let text =
                "How alike the features of the kinds of radio of a sample are, 0 to 1: exp(−d²/2) of their distance d.";
            report.section("Alignment").text(text).table(&table);
        }
        if !self.unpaired.is_empty() {
            let counts = self.unpaired.iter().map(|(source, count)| (source.as_str(), count.to_string()));
            let section = report.section("Without a partner");
            section.text("Samples that were left out, each of them in `unpaired.csv` beside this file.").facts(counts);
        }
        if !self.deduplicated.is_empty() {
            let mut table = Table::new("", ["corpus", "samples", "left out", "share", "threshold"]);
            for one in &self.deduplicated {
                table.row([
                    Cell::text(&one.corpus),
                    Cell::count(one.samples as u64),
                    Cell::count(one.removed as u64),
                    Cell::percent(one.removed as f64 / one.samples.max(1) as f64),
                    Cell::number(one.threshold, 4),
                ]);
            }
            report.section("Duplicates").text("Pairs are shown in `duplicates*.html` beside this file.").table(&table);
        }
        report.section("Settings").folded("The study with all its settings", resolved);
        Ok(report.write(path)?)
    }
}
