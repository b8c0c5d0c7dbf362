//! Samples read from a corpus when they are asked for: a corpus of any size trains in the same memory.

use super::{Samples, TrainError};
use crate::corpus::{CorpusReader, MapInput, SampleRow};

/// Some samples of a corpus on disk. Each is read from its shard when its turn comes; the loader asks for the samples of a
/// batch in parallel and ahead of their use.
pub struct ShardSamples<'a> {
    corpus: &'a CorpusReader,
    rows: Vec<&'a SampleRow>,
    map_names: Vec<String>,
    map_shape: (usize, usize),
    input: Option<MapInput>,
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
        let maps = corpus.read_maps(first.id).map_err(|e| TrainError::data(&name, e.to_string()))?.maps;
        let (_, height, width) = maps.data.dim();
        let input = corpus.map_input().map_err(|e| TrainError::data(&name, e.to_string()))?;
        Ok(Self { corpus, rows, map_names: maps.names, map_shape: (height, width), input })
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

    fn input(&self) -> Option<&MapInput> {
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
        let maps = self.corpus.read_maps(id).map_err(|e| TrainError::data(&name(), e.to_string()))?.maps;
        if maps.names != self.map_names || maps.data.len() != into.len() {
            let problem = format!(
                "sample {id} has maps {:?} of shape {:?}, the first one {:?} of {:?}: one corpus, one kind of maps",
                maps.names,
                maps.data.shape(),
                self.map_names,
                self.map_shape
            );
            return Err(TrainError::data(&name(), problem));
        }
        into.iter_mut().zip(&maps.data).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}
