//! Corpora that show the same recordings by different sensors, put side by side: what was measured at one time is one sample.

use super::fault;
use crate::chain::ViewInput;
use crate::corpus::SampleRow;
use crate::model::interface::{ViewForm, ViewInfo};
use crate::study::experiment::ExperimentError;
use crate::train::{Samples, ShardSamples, TrainError};
use std::collections::HashMap;

/// Windows whose starts or lengths differ by more do not show the same, s.
const APART_S: f64 = 0.1;

/// Samples of several corpora, paired by who did what when.
pub(super) struct JoinedSamples<'a> {
    parts: Vec<ShardSamples<'a>>,
    /// For each sample its place in every part.
    rows: Vec<Vec<usize>>,
    views: Vec<ViewInfo>,
    /// For each view its part and its place there.
    places: Vec<(usize, usize)>,
    /// What found no partner.
    pub(super) unpaired: Vec<Unpaired>,
}

/// A sample that stays alone.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Unpaired {
    /// The source that it is of.
    pub source: String,
    /// Its recording.
    pub recording: String,
    /// Start within the recording, s.
    pub start_s: f64,
    /// Why.
    pub problem: String,
}

/// What recordings of one motion have in common: session, subject, label and the last part of the name.
type MotionKey<'a> = (&'a str, &'a str, &'a str, &'a str);

fn key(row: &SampleRow) -> MotionKey<'_> {
    let last = row.recording.rsplit(['/', '\\']).next().unwrap_or(&row.recording);
    (&row.session, &row.subject, &row.label, last)
}

impl<'a> JoinedSamples<'a> {
    /// The samples of the first part with a partner in each of the others; `names` are the sources'.
    ///
    /// # Errors
    /// Two parts with a view of one name, and parts of which nothing finds a partner.
    pub(super) fn new(names: &[&str], parts: Vec<ShardSamples<'a>>) -> Result<Self, ExperimentError> {
        let (mut views, mut places): (Vec<ViewInfo>, Vec<(usize, usize)>) = (Vec::new(), Vec::new());
        for (part, samples) in parts.iter().enumerate() {
            for (place, view) in samples.views().iter().enumerate() {
                if views.iter().any(|other| other.name == view.name) {
                    let problem =
                        format!("has a view {}, as a source that it is paired with: give it another name", view.name);
                    return Err(fault(names[part], problem));
                }
                views.push(view.clone());
                places.push((part, place));
            }
        }
        let mut by_key: Vec<HashMap<MotionKey<'_>, Vec<usize>>> = Vec::new();
        for samples in &parts {
            let mut map: HashMap<MotionKey<'_>, Vec<usize>> = HashMap::new();
            (0..samples.len()).for_each(|i| map.entry(key(samples.row(i))).or_default().push(i));
            by_key.push(map);
        }
        let mut taken: Vec<Vec<bool>> = parts.iter().map(|samples| vec![false; samples.len()]).collect();
        let (mut rows, mut unpaired) = (Vec::new(), Vec::new());
        let alone = |part: usize, row: &SampleRow, problem: String| Unpaired {
            source: names[part].to_owned(),
            recording: row.recording.clone(),
            start_s: row.start_s,
            problem,
        };
        let first = parts.first().map_or(0, |samples| samples.len());
        for i in 0..first {
            let row = parts[0].row(i);
            let mut found = vec![i];
            for (part, samples) in parts.iter().enumerate().skip(1) {
                let like = by_key[part].get(&key(row)).map(Vec::as_slice).unwrap_or_default();
                let near = |&&k: &&usize| {
                    let other = samples.row(k);
                    (other.start_s - row.start_s).abs() <= APART_S
                        && (other.duration_s - row.duration_s).abs() <= APART_S
                };
                match like.iter().find(near) {
                    Some(&k) => found.push(k),
                    None => {
                        let name = names[part];
                        let problem = match like.first() {
                            None => format!("{name} has no recording of it"),
                            Some(&k) => {
                                let SampleRow { start_s, duration_s, .. } = samples.row(k);
                                format!("{name} shows it from {start_s:.2} s for {duration_s:.2} s")
                            }
                        };
                        unpaired.push(alone(0, row, problem));
                        break;
                    }
                }
            }
            if found.len() == parts.len() {
                found.iter().enumerate().for_each(|(part, &k)| taken[part][k] = true);
                rows.push(found);
            }
        }
        for (part, samples) in parts.iter().enumerate().skip(1) {
            for k in (0..samples.len()).filter(|&k| !taken[part][k]) {
                unpaired.push(alone(part, samples.row(k), format!("{} has no partner for it", names[0])));
            }
        }
        drop(by_key);
        if rows.is_empty() {
            let example = unpaired.first().map_or(String::new(), |u| format!("; {}: {}", u.recording, u.problem));
            let problem = format!(
                "nothing of {} finds a partner: recordings need one session, subject, label and last part of their name{example}",
                names.join(" and ")
            );
            return Err(fault(names[0], problem));
        }
        Ok(Self { rows, views, places, unpaired, parts })
    }

    /// What is known of a sample, by the first part.
    pub(super) fn row(&self, index: usize) -> &SampleRow {
        self.parts[0].row(self.rows[index][0])
    }
}

impl Samples for JoinedSamples<'_> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn views(&self) -> &[ViewInfo] {
        &self.views
    }

    fn input(&self) -> Option<&ViewInput> {
        self.parts[0].input()
    }

    fn fingerprint(&self) -> String {
        if let [alone] = self.parts.as_slice() {
            return alone.fingerprint();
        }
        let mut hasher = blake3::Hasher::new();
        self.parts.iter().for_each(|part| {
            hasher.update(part.fingerprint().as_bytes());
        });
        self.rows.iter().flatten().for_each(|row| {
            hasher.update(&(*row as u64).to_le_bytes());
        });
        hasher.finalize().to_hex().to_string()
    }

    fn id(&self, index: usize) -> u64 {
        self.parts[0].id(self.rows[index][0])
    }

    fn label(&self, index: usize) -> &str {
        self.parts[0].label(self.rows[index][0])
    }

    fn links(&self) -> usize {
        self.parts[0].links()
    }

    fn form(&self, place: usize) -> ViewForm {
        let (part, at) = self.places[place];
        self.parts[part].form(at)
    }

    fn read(&self, index: usize, wanted: &[usize]) -> Result<Vec<Option<Vec<f32>>>, TrainError> {
        let mut read: Vec<Option<Vec<f32>>> = vec![None; wanted.len()];
        for (part, samples) in self.parts.iter().enumerate() {
            let mine: Vec<usize> = (0..wanted.len()).filter(|&w| self.places[wanted[w]].0 == part).collect();
            let places: Vec<usize> = mine.iter().map(|&w| self.places[wanted[w]].1).collect();
            let values = samples.read(self.rows[index][part], &places)?;
            mine.into_iter().zip(values).for_each(|(w, values)| read[w] = values);
        }
        Ok(read)
    }
}
