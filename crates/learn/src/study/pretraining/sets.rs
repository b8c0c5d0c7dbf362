//! Sources as corpora, tasks as samples with what they show.

use super::fault;
use super::pairs::{self, LabelledSet};
use super::people::truth_of;
use super::spec::{Head, PretrainingStudy, SourceSpec, TaskSpec};
use crate::base::atomic_file::WriteError;
use crate::base::progress::Progress;
use crate::corpus::{CorpusReader, SampleRow, build, import_recordings};
use crate::model::interface::ViewInfo;
use crate::study::experiment::{ExperimentError, Item};
use crate::train::{Dataset, Samples, ShardSamples, Truth, ViewColumn};
use ndarray::Array2;
use std::path::{Path, PathBuf};

/// A source of pre-training.
#[derive(Clone)]
pub(super) enum Made {
    Corpus(Box<CorpusReader>),
    Memory(Box<LabelledSet>),
}

/// Makes the samples of a source once, whatever the number of arms that want them.
pub(super) struct Sets<'a> {
    /// Folder of what is imported and simulated for this run.
    pub(super) corpora: PathBuf,
    /// Folder of simulated corpora that may be there already.
    pub(super) simulated: PathBuf,
    pub(super) progress: &'a dyn Progress,
    pub(super) made: Vec<(String, CorpusReader)>,
}

impl PretrainingStudy {
    /// Where a source is.
    pub(super) fn place(&self, source: &SourceSpec) -> PathBuf {
        let data = self.data.clone().unwrap_or_default();
        source.folder.as_ref().map_or_else(|| data.clone(), |folder| data.join(folder))
    }
}

impl Sets<'_> {
    /// A source as a corpus; `prefix` tells sources from tasks of the same name.
    pub(super) fn corpus(
        &mut self,
        study: &PretrainingStudy,
        source: &SourceSpec,
        prefix: &str,
    ) -> Result<CorpusReader, ExperimentError> {
        let key = serde_json::to_string(&(study.place(source), source)).map_err(|e| fault(&source.name, e))?;
        if let Some((_, corpus)) = self.made.iter().find(|(other, _)| *other == key) {
            return Ok(corpus.clone());
        }
        let again = self
            .made
            .iter()
            .filter(|(_, c)| {
                c.dir()
                    .file_name()
                    .is_some_and(|n| n.to_string_lossy().starts_with(&format!("{prefix}-{}", source.name)))
            })
            .count();
        let name =
            if again == 0 { format!("{prefix}-{}", source.name) } else { format!("{prefix}-{}-{again}", source.name) };
        let corpus = match (&source.corpus, source.data_set, &source.simulated) {
            (Some(dir), ..) => {
                let corpus = CorpusReader::open(dir)?;
                corpus.check_shards()?;
                corpus
            }
            (None, Some(set), _) => {
                let dir = self.corpora.join(name);
                match std::fs::remove_dir_all(&dir) {
                    Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                        return Err(WriteError { path: dir, source: e }.into());
                    }
                    _ => {}
                }
                let recordings = set.reader().read(&study.place(source))?;
                import_recordings(
                    &recordings,
                    set.name(),
                    &source.import.clone().unwrap_or_default(),
                    &dir,
                    self.progress,
                )?
            }
            (None, None, Some(recipe)) => build(recipe, &self.simulated.join(name), self.progress)?,
            (None, None, None) => return Err(fault(&source.name, "is no corpus: `pairs` are for tasks")),
        };
        self.made.push((key, corpus.clone()));
        Ok(corpus)
    }

    /// A source of pre-training.
    pub(super) fn source(&mut self, study: &PretrainingStudy, source: &SourceSpec) -> Result<Made, ExperimentError> {
        let (Some(maps), Some(set)) = (&source.points, source.data_set) else {
            return match &source.pairs {
                Some(maps) => pairs::read(&study.place(source), maps).map(|set| Made::Memory(Box::new(set))),
                None => self.corpus(study, source, "source").map(|corpus| Made::Corpus(Box::new(corpus))),
            };
        };
        let recordings = set.reader().read(&study.place(source))?;
        pairs::read_points(&recordings, &source.subjects, maps).map(|set| Made::Memory(Box::new(set)))
    }

    /// The samples of a task in memory, the view `view` of each.
    pub(super) fn labelled(
        &mut self,
        study: &PretrainingStudy,
        task: &TaskSpec,
        view: &str,
    ) -> Result<LabelledSet, ExperimentError> {
        let source = &task.on;
        if let Some(maps) = &source.pairs {
            return pairs::read(&study.place(source), maps);
        }
        let corpus = self.corpus(study, source, "task")?;
        let samples = ShardSamples::new(&corpus, |_| true)?.with_links(source.antennas);
        let mut labelled = loaded(&samples, corpus.dir(), view)?;
        if task.head != Head::Classify {
            labelled.set.truths = truths(&corpus, task.head, view)?;
        }
        Ok(labelled)
    }
}

/// What the people of each sample of a corpus are to be found as.
fn truths(corpus: &CorpusReader, head: Head, view: &str) -> Result<Vec<Truth>, ExperimentError> {
    let of = |row: &SampleRow| {
        let sample = corpus.read_views(row.id)?;
        let axes = sample.views.get(view).map_or(&[][..], |view| &view.axes);
        let failed = |problem| fault(corpus.dir().display().to_string(), format!("sample {}: {problem}", row.id));
        truth_of(head, &sample.targets.people, axes).map_err(failed)
    };
    corpus.rows().iter().map(of).collect()
}

/// All samples of a corpus in memory.
fn loaded(samples: &ShardSamples<'_>, dir: &Path, view: &str) -> Result<LabelledSet, ExperimentError> {
    let name = dir.display().to_string();
    let Some(place) = samples.views().iter().position(|info| info.name == view) else {
        let there = samples.views().iter().map(|v| v.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(fault(name, format!("has no view {view}, which the model looks at: there are {there}")));
    };
    let info: ViewInfo = samples.views()[place].clone();
    let classes = samples.labels();
    let (mut values, mut labels, mut items) = (Vec::new(), Vec::new(), Vec::new());
    for index in 0..samples.len() {
        let row = samples.row(index);
        let Some(Some(read)) = samples.read(index, &[place])?.into_iter().next() else {
            return Err(fault(name, format!("sample {} has no view {view}", row.id)));
        };
        values.extend(read);
        labels.push(classes.iter().position(|class| *class == row.label).unwrap_or(0));
        items.push(Item {
            label: row.label.clone(),
            session: row.session.clone(),
            subject: row.subject.clone(),
            split: row.split.clone(),
            recording: row.recording.clone(),
            start_s: row.start_s,
            duration_s: row.duration_s,
        });
    }
    let values = Array2::from_shape_vec((labels.len(), info.count()), values).map_err(|e| fault(&name, e))?;
    let column = ViewColumn { info, values, present: vec![true; labels.len()] };
    let mut set = Dataset::of_views(vec![column], labels, classes)?;
    set.input = samples.input().cloned();
    set.links = samples.links();
    Ok(LabelledSet { set, items })
}
