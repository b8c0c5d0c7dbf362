//! Samples read from a corpus when they are asked for: a corpus of any size trains in the same memory.

use super::{Samples, TrainError};
use crate::chain::ViewInput;
use crate::corpus::{CorpusReader, SampleRow};

/// Some samples of a corpus on disk. Each is read from its shard when its turn comes; the loader asks for the samples of a
/// batch in parallel and ahead of their use.
pub struct ShardSamples<'a> {
    corpus: &'a CorpusReader,
    rows: Vec<&'a SampleRow>,
    map_names: Vec<String>,
    map_shape: (usize, usize),
    input: Option<ViewInput>,
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
        let failed = |e: crate::corpus::CorpusError| TrainError::data(&name, e.to_string());
        let map_names = corpus.main_views().map_err(failed)?;
        let views = corpus.read_views(first.id).map_err(failed)?.views;
        let maps = views
            .stacked(&map_names)
            .map_err(|problem| TrainError::data(&name, format!("sample {} {problem}", first.id)))?;
        let (_, height, width) = maps.dim();
        let input = corpus.view_input().map_err(failed)?.map(|input| input.only(&map_names));
        Ok(Self { corpus, rows, map_names, map_shape: (height, width), input })
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

    fn map_names(&self) -> &[String] {
        &self.map_names
    }

    fn map_shape(&self) -> (usize, usize) {
        self.map_shape
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

    fn read(&self, index: usize, into: &mut [f32]) -> Result<(), TrainError> {
        let name = || self.corpus.dir().display().to_string();
        let id = self.rows[index].id;
        let views = self.corpus.read_views(id).map_err(|e| TrainError::data(&name(), e.to_string()))?.views;
        let wrong = |problem: String| TrainError::data(&name(), format!("sample {id} {problem}"));
        let maps = views.stacked(&self.map_names).map_err(wrong)?;
        if maps.len() != into.len() {
            let problem = format!("has views of {:?}, the first one of {:?}", &maps.shape()[1..], self.map_shape);
            return Err(wrong(problem));
        }
        into.iter_mut().zip(&maps).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}
