//! Sources as corpora, tasks as samples with what they show.

use super::fault;
use super::joined::{JoinedSamples, Unpaired};
use super::pairs::{self, LabelledSet};
use super::people::truth_of;
use super::source::SourceSpec;
use super::spec::{Head, TaskSpec};
use crate::base::atomic_file::WriteError;
use crate::base::progress::Progress;
use crate::corpus::{CorpusReader, SampleRow, build, import_recordings};
use crate::model::interface::ViewInfo;
use crate::study::experiment::{ExperimentError, Filter, Item};
use crate::train::{Dataset, Samples, ShardSamples, Truth, ViewColumn};
use ndarray::Array2;
use std::path::PathBuf;

/// A source of pre-training.
#[derive(Clone)]
pub(super) enum Made {
    /// Of the source, then of those that it is paired with.
    Corpora(Vec<CorpusReader>),
    Memory(Box<LabelledSet>),
}

/// Makes the samples of a source once, whatever the number of arms that want them.
pub(in crate::study) struct Sets<'a> {
    /// Folder in which the `folder`s of sources are.
    pub(in crate::study) data: PathBuf,
    /// Folder of what is imported and simulated for this run.
    pub(in crate::study) corpora: PathBuf,
    /// Folder of simulated corpora that may be there already.
    pub(in crate::study) simulated: PathBuf,
    pub(in crate::study) progress: &'a dyn Progress,
    pub(in crate::study) made: Vec<(String, CorpusReader)>,
    /// What found no partner, each once.
    pub(in crate::study) unpaired: Vec<Unpaired>,
}

impl Sets<'_> {
    /// A source as a corpus; `prefix` tells sources from tasks of the same name.
    pub(super) fn corpus(&mut self, source: &SourceSpec, prefix: &str) -> Result<CorpusReader, ExperimentError> {
        // Which of its samples are taken changes nothing about a corpus.
        let whole = SourceSpec { take: Filter::default(), with: Vec::new(), weight: None, ..source.clone() };
        let key = serde_json::to_string(&(source.place(&self.data), whole)).map_err(|e| fault(&source.name, e))?;
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
                let recordings = set.reader().read(&source.place(&self.data))?;
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
    pub(super) fn source(&mut self, source: &SourceSpec) -> Result<Made, ExperimentError> {
        let (Some(maps), Some(set)) = (&source.points, source.data_set) else {
            return match &source.pairs {
                Some(maps) => pairs::read(&source.place(&self.data), maps).map(|set| Made::Memory(Box::new(set))),
                None => self.corpora(source, "source").map(Made::Corpora),
            };
        };
        let recordings = set.reader().read(&source.place(&self.data))?;
        pairs::read_points(&recordings, &source.subjects, maps).map(|set| Made::Memory(Box::new(set)))
    }

    /// The corpora of a source and of those that it is paired with.
    fn corpora(&mut self, source: &SourceSpec, prefix: &str) -> Result<Vec<CorpusReader>, ExperimentError> {
        source.with_partners().map(|one| self.corpus(one, prefix)).collect()
    }

    /// Says which samples of a source found no partner.
    pub(super) fn note(&mut self, unpaired: &[Unpaired]) {
        let new: Vec<&Unpaired> = unpaired.iter().filter(|one| !self.unpaired.contains(one)).collect();
        if let Some(first) = new.first() {
            let count = new.len();
            self.progress.line(&format!(
                "{count} samples find no partner and are left out (unpaired.csv), the first one {} of {}: {}",
                first.recording, first.source, first.problem
            ));
        }
        let new: Vec<Unpaired> = new.into_iter().cloned().collect();
        self.unpaired.extend(new);
    }

    /// The samples of a source with their labels in memory, some views of each.
    pub(in crate::study) fn with_labels(
        &mut self,
        source: &SourceSpec,
        views: &[String],
    ) -> Result<LabelledSet, ExperimentError> {
        let corpora = self.corpora(source, "task")?;
        let samples = opened(source, &corpora, |_, _| true)?;
        self.note(&samples.unpaired);
        loaded(&samples, &corpora[0].dir().display().to_string(), views, self.progress)
    }

    /// The samples of a task in memory, some views of each.
    pub(super) fn labelled(&mut self, task: &TaskSpec, views: &[String]) -> Result<LabelledSet, ExperimentError> {
        let source = &task.on;
        if let Some(maps) = &source.pairs {
            return pairs::read(&source.place(&self.data), maps);
        }
        let corpora = self.corpora(source, "task")?;
        let samples = opened(source, &corpora, |_, _| true)?;
        self.note(&samples.unpaired);
        let mut labelled = loaded(&samples, &corpora[0].dir().display().to_string(), views, self.progress)?;
        if let (true, [view]) = (task.head != Head::Classify, views) {
            labelled.set.truths = truths(&samples, &corpora[0], task.head, view)?;
        }
        Ok(labelled)
    }
}

/// What the people of each sample are to be found as, by the axes of a view of theirs.
fn truths(
    samples: &JoinedSamples<'_>,
    corpus: &CorpusReader,
    head: Head,
    view: &str,
) -> Result<Vec<Truth>, ExperimentError> {
    let of = |index: usize| {
        let id = samples.row(index).id;
        let sample = corpus.read_views(id)?;
        let axes = sample.views.get(view).map_or(&[][..], |view| &view.axes);
        let failed = |problem| fault(corpus.dir().display().to_string(), format!("sample {id}: {problem}"));
        truth_of(head, &sample.targets.people, axes).map_err(failed)
    };
    (0..samples.len()).map(of).collect()
}

/// The samples of a source that are taken and that `kept` accepts, with their partners.
pub(super) fn opened<'a>(
    source: &SourceSpec,
    corpora: &'a [CorpusReader],
    kept: impl Fn(&CorpusReader, &SampleRow) -> bool,
) -> Result<JoinedSamples<'a>, ExperimentError> {
    let part = |(one, corpus): (&SourceSpec, &'a CorpusReader)| {
        let samples = ShardSamples::new(corpus, |row| one.take.accepts(&item(row)) && kept(corpus, row))?;
        Ok(samples.with_links(one.antennas))
    };
    let names: Vec<&str> = source.with_partners().map(|one| one.name.as_str()).collect();
    let parts = source.with_partners().zip(corpora).map(part).collect::<Result<_, ExperimentError>>()?;
    JoinedSamples::new(&names, parts)
}

fn item(row: &SampleRow) -> Item {
    Item {
        label: row.label.clone(),
        session: row.session.clone(),
        subject: row.subject.clone(),
        split: row.split.clone(),
        recording: row.recording.clone(),
        start_s: row.start_s,
        duration_s: row.duration_s,
    }
}

/// Some views of all samples in memory.
fn loaded(
    samples: &JoinedSamples<'_>,
    name: &str,
    views: &[String],
    progress: &dyn Progress,
) -> Result<LabelledSet, ExperimentError> {
    let place = |view: &String| {
        samples.views().iter().position(|info| info.name == *view).ok_or_else(|| {
            let there = samples.views().iter().map(|v| v.name.as_str()).collect::<Vec<_>>().join(", ");
            fault(name, format!("has no view {view}, which the model looks at: there are {there}"))
        })
    };
    let places: Vec<usize> = views.iter().map(place).collect::<Result<_, _>>()?;
    let items: Vec<Item> = (0..samples.len()).map(|index| item(samples.row(index))).collect();
    let mut classes: Vec<String> = items.iter().map(|item| item.label.clone()).collect();
    classes.sort_unstable();
    classes.dedup();
    let mut values: Vec<Vec<f32>> = vec![Vec::new(); views.len()];
    for index in 0..samples.len() {
        for (k, read) in samples.read(index, &places)?.into_iter().enumerate() {
            let Some(read) = read else {
                return Err(fault(name, format!("sample {} has no view {}", samples.id(index), views[k])));
            };
            values[k].extend(read);
        }
    }
    let mut columns = Vec::new();
    for ((values, view), &place) in values.into_iter().zip(views).zip(&places) {
        let info: ViewInfo = samples.views()[place].clone();
        let values = Array2::from_shape_vec((items.len(), info.count()), values).map_err(|e| fault(name, e))?;
        let still = |row: &ndarray::ArrayView1<'_, f32>| row.iter().all(|v| Some(v) == row.first());
        match values.outer_iter().filter(still).count() {
            0 => {}
            count if count == items.len() => {
                return Err(fault(
                    name,
                    format!("{view} is one number throughout every sample: nothing was measured there"),
                ));
            }
            count => {
                progress.line(&format!("{name}: {view} is one number throughout {count} of {} samples", items.len()))
            }
        }
        columns.push(ViewColumn { info, values, present: vec![true; items.len()] });
    }
    let labels = items.iter().map(|item| classes.partition_point(|class| *class < item.label)).collect();
    let mut set = Dataset::of_views(columns, labels, classes)?;
    set.input = samples.input().cloned();
    set.links = samples.links();
    Ok(LabelledSet { set, items })
}
