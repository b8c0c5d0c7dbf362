//! `samples.csv`: one line a sample.

use super::manifest::{Manifest, ManifestLine};
use super::walk::{self, Wanted};
use crate::base::atomic_file;
use crate::corpus::error::CorpusError;
use crate::corpus::layout;
use crate::corpus::sample::SampleMeta;
use crate::corpus::sample::targets::Targets;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;

/// One line of `samples.csv`: the label and origin of a sample, and where its bytes are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleRow {
    /// Number in the corpus.
    pub id: u64,
    /// For example `train`.
    pub split: String,
    /// The activity's slug.
    pub label: String,
    /// Who moved.
    pub subject: String,
    /// `simulated`, or the name of the recorded data set.
    pub source: String,
    /// The recording or motion.
    pub recording: String,
    /// The session of the recording.
    pub session: String,
    /// Seed of a simulated sample.
    pub seed: u64,
    /// Start within the recording, s.
    pub start_s: f64,
    /// Length, s.
    pub duration_s: f64,
    /// Number of the shard.
    pub shard: u64,
    /// File of the shard, relative to the corpus.
    pub file: String,
    /// Where the sample's first tar header begins, bytes from the start of the shard.
    pub offset: u64,
    /// Length of its piece of the tar, bytes.
    pub size: u64,
}

impl SampleRow {
    pub(in crate::corpus) fn new(id: u64, of: (&SampleMeta, &Targets), shard: u64, (offset, size): (u64, u64)) -> Self {
        let m = of.0.clone();
        Self {
            id,
            split: m.split,
            label: of.1.label.clone(),
            subject: m.subject,
            source: m.source,
            recording: m.recording,
            session: m.session,
            seed: m.seed,
            start_s: m.start_s,
            duration_s: m.duration_s,
            shard,
            file: layout::shard(shard),
            offset,
            size,
        }
    }
}

/// Shards whose lines are gathered at a time: in parallel, and yet not all in memory.
const AT_ONCE: usize = 64;

/// Writes the index from the shards themselves; they come in order, and ids in order within each, so it is sorted by id.
pub(in crate::corpus) fn write(dir: &Path, manifest: &Manifest) -> Result<(), CorpusError> {
    let target = layout::index(dir);
    let lines: Vec<&ManifestLine> = manifest.lines.values().collect();
    let mut unreadable = None;
    let written = atomic_file::write_with(&target, |file| {
        let mut writer = csv::Writer::from_writer(file);
        for lines in lines.chunks(AT_ONCE) {
            let rows: Result<Vec<Vec<SampleRow>>, CorpusError> =
                lines.par_iter().map(|line| rows_of(dir, line)).collect();
            match rows {
                Ok(rows) => {
                    rows.iter().flatten().try_for_each(|row| writer.serialize(row)).map_err(io::Error::other)?
                }
                Err(error) => {
                    unreadable = Some(error);
                    return Err(io::Error::other("a shard cannot be read"));
                }
            }
        }
        writer.flush()
    });
    match unreadable {
        Some(error) => Err(error),
        None => Ok(written?),
    }
}

/// The lines of `samples.csv` for one shard, from the shard itself.
fn rows_of(dir: &Path, line: &ManifestLine) -> Result<Vec<SampleRow>, CorpusError> {
    let mut rows = Vec::new();
    walk::shard(&dir.join(&line.file), Wanted::Nothing, |found| {
        rows.push(SampleRow::new(
            found.doc.id,
            (&found.doc.meta, &found.doc.targets),
            line.shard,
            (found.offset, found.size),
        ));
        Ok(())
    })?;
    Ok(rows)
}

pub(in crate::corpus) fn read(dir: &Path) -> Result<Vec<SampleRow>, CorpusError> {
    let path = layout::index(dir);
    let bytes = match std::fs::read(&path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err(CorpusError::folder(&path, "is missing: the corpus is unfinished, resume building it"));
        }
        other => other.map_err(CorpusError::read(&path))?,
    };
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let rows: Result<Vec<SampleRow>, csv::Error> = reader.deserialize().collect();
    rows.map_err(|e| {
        let line = e.position().map_or(1, |p| p.line() as usize);
        CorpusError::text(&path, line, format!("not the line of a sample: {e}"))
    })
}
