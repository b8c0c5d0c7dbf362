//! Samples read from a corpus when they are asked for: a corpus of any size trains in the same memory.

use super::Samples;
use crate::chain;
use crate::chain::ViewInput;
use crate::corpus::{CorpusError, CorpusReader, SampleRow};
use crate::model::interface::ViewInfo;
use crate::train::TrainError;

/// Some samples of a corpus on disk. Each is read from its shard when its turn comes; the loader asks for the samples of a
/// batch in parallel and ahead of their use.
pub struct ShardSamples<'a> {
    corpus: &'a CorpusReader,
    rows: Vec<&'a SampleRow>,
    views: Vec<ViewInfo>,
    input: Option<ViewInput>,
    links: usize,
}

impl<'a> ShardSamples<'a> {
    /// The samples that `wanted` accepts, in order of id; at least one. The first one decides which maps all must have.
    pub fn new(corpus: &'a CorpusReader, wanted: impl Fn(&SampleRow) -> bool) -> Result<Self, TrainError> {
        let rows: Vec<&SampleRow> = corpus.rows().iter().filter(|row| wanted(row)).collect();
        let name = corpus.dir().display().to_string();
        let Some(first) = rows.first() else {
            let counts = |counts: std::collections::BTreeMap<String, usize>| {
                let name = |key: String| if key.is_empty() { "without a name".into() } else { key };
                counts.into_iter().map(|(key, n)| format!("{} ({n})", name(key))).collect::<Vec<_>>().join(", ")
            };
            let problem = format!(
                "no sample meets the conditions; its splits are {}, its labels {}",
                counts(corpus.count_by(|r| &r.split)),
                counts(corpus.count_by(|r| &r.label))
            );
            return Err(TrainError::data(&name, problem));
        };
        let failed = |e: CorpusError| TrainError::data(&name, e.to_string());
        let there = corpus.read_views(first.id).map_err(failed)?.views;
        let input = corpus.view_input().map_err(failed)?;
        // What the chain makes, whether the first sample has it or not; without one what the first sample has.
        let mut views: Vec<ViewInfo> = there.infos().iter().map(info).collect();
        for (name, shape) in input.iter().flat_map(|input| input.chain.planned()) {
            if views.iter().all(|view| view.name != name) {
                views.push(ViewInfo::new(name, shape));
            }
        }
        Ok(Self { corpus, rows, views, input, links: 1 })
    }

    /// Says how many antennas have their subcarriers as rows of the views, one antenna behind the other.
    pub fn with_links(mut self, links: usize) -> Self {
        self.links = links;
        self
    }

    /// What is known of a sample besides its maps.
    pub fn row(&self, index: usize) -> &SampleRow {
        self.rows[index]
    }

    /// The labels that occur, sorted.
    pub fn labels(&self) -> Vec<String> {
        let mut labels: Vec<String> = self.rows.iter().map(|row| row.label.clone()).collect();
        labels.sort_unstable();
        labels.dedup();
        labels
    }
}

impl Samples for ShardSamples<'_> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn views(&self) -> &[ViewInfo] {
        &self.views
    }

    fn input(&self) -> Option<&ViewInput> {
        self.input.as_ref()
    }

    fn fingerprint(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for line in self.corpus.manifest().lines.values() {
            hasher.update(line.blake3.as_bytes());
        }
        for row in &self.rows {
            hasher.update(&row.id.to_le_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    fn id(&self, index: usize) -> u64 {
        self.rows[index].id
    }

    fn label(&self, index: usize) -> &str {
        &self.rows[index].label
    }

    fn links(&self) -> usize {
        self.links
    }

    fn read(&self, index: usize, wanted: &[usize]) -> Result<Vec<Option<Vec<f32>>>, TrainError> {
        let name = || self.corpus.dir().display().to_string();
        let id = self.rows[index].id;
        let views = self.corpus.read_views(id).map_err(|e| TrainError::data(&name(), e.to_string()))?.views;
        let read = |&place: &usize| {
            let wanted = &self.views[place];
            let Some(view) = views.get(&wanted.name) else { return Ok(None) };
            if view.data.shape() != wanted.shape {
                let (view, found) = (&wanted.name, view.data.shape());
                let problem =
                    format!("sample {id} has `{view}` of shape {found:?}, the first one of {:?}", wanted.shape);
                return Err(TrainError::data(&name(), problem));
            }
            Ok(Some(view.data.iter().copied().collect()))
        };
        wanted.iter().map(read).collect()
    }
}

/// A view of a corpus as models name it.
fn info(view: &chain::ViewInfo) -> ViewInfo {
    ViewInfo::new(view.name.clone(), view.shape())
}
