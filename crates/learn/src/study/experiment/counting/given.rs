//! What was answered about each window and each recording: `answers.csv`.

use crate::base::atomic_file;
use crate::study::experiment::error::{ExperimentError, missing};
use crate::study::experiment::item::Item;
use crate::study::experiment::spec::TestedOn;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What an answer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// One window.
    Window,
    /// A recording: the label with the largest sum of scores over its windows.
    Recording,
}

/// A window or a recording: its name, where it starts (ms; 0 of a recording) and what it shows.
type AskedAbout = (About, String, u64, String);

/// How often each label was answered about each window and recording, by one model.
#[derive(Clone, Debug, Default)]
pub(in crate::study::experiment) struct Given(BTreeMap<AskedAbout, BTreeMap<String, usize>>);

impl Given {
    /// Counts answers about windows.
    pub(in crate::study::experiment) fn add(
        &mut self,
        items: &[&Item],
        truth: &[usize],
        answers: &[usize],
        choices: &[String],
    ) {
        for ((item, &truth), &answer) in items.iter().zip(truth).zip(answers) {
            let start_ms = (1e3 * item.start_s).round().max(0.0) as u64;
            let asked = (About::Window, item.recording.clone(), start_ms, choices[truth].clone());
            *self.0.entry(asked).or_default().entry(choices[answer].clone()).or_default() += 1;
        }
    }

    /// Counts an answer about a recording.
    pub(in crate::study::experiment) fn add_recording(&mut self, recording: &str, truth: &str, answer: &str) {
        let asked = (About::Recording, recording.to_owned(), 0, truth.to_owned());
        *self.0.entry(asked).or_default().entry(answer.to_owned()).or_default() += 1;
    }

    /// A line for every label that was answered about something.
    pub(in crate::study::experiment) fn lines(&self, of: &AnswerLine) -> Vec<AnswerLine> {
        let lines = self.0.iter().flat_map(|((about, recording, start_ms, label), answers)| {
            answers.iter().map(move |(answer, &times)| AnswerLine {
                about: *about,
                recording: recording.clone(),
                start_s: (*about == About::Window).then_some(1e-3 * *start_ms as f64),
                label: label.clone(),
                answer: answer.clone(),
                times,
                ..of.clone()
            })
        });
        lines.collect()
    }
}

/// A line of `answers.csv`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AnswerLine {
    /// Variant of the experiment; empty where it has no variants.
    pub variant: String,
    /// Name of the question.
    pub question: String,
    /// Whether the target's own or further recordings were asked about.
    pub tested_on: TestedOn,
    /// Examples a class; 0: by text.
    pub shots: usize,
    /// Seed of training.
    pub seed: u64,
    /// The session or subject that the model had not seen; empty without `leave_one_out`.
    pub left_out: String,
    /// A window or a recording.
    pub about: About,
    /// Its name.
    pub recording: String,
    /// Where the window starts, s.
    pub start_s: Option<f64>,
    /// What it shows.
    pub label: String,
    /// What was answered, before any `merge`.
    pub answer: String,
    /// How often: once by text, in as many draws of examples as asked about it otherwise.
    pub times: usize,
}

/// Writes `answers.csv` into a folder.
pub(in crate::study::experiment) fn write(lines: &[AnswerLine], dir: &Path) -> Result<(), ExperimentError> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let wrong = |e: String| missing("answers", e);
    lines.iter().try_for_each(|line| table.serialize(line)).map_err(|e| wrong(e.to_string()))?;
    let text = table.into_inner().map_err(|e| wrong(e.to_string()))?;
    Ok(atomic_file::write(&dir.join("answers.csv"), &text)?)
}
