//! `manifest.jsonl`: which shards are whole, and how to tell that they still are.
//!
//! A process that makes one part of a corpus keeps a manifest of its own, `parts/I-of-N.jsonl`, so that no two machines write
//! to one file; merging puts them together. A shard may have lines in several of them: it is whole when one agrees with it.

use super::left_out::LeftOut;
use crate::base::atomic_file;
use crate::corpus::error::CorpusError;
use crate::corpus::layout;
use crate::corpus::plan::part::Part;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// One finished shard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestLine {
    /// Number of the shard.
    pub shard: u64,
    /// Its file, relative to the corpus, with `/`.
    pub file: String,
    /// Its length.
    pub bytes: u64,
    /// Number of samples.
    pub count: u64,
    /// Lowest id; of a shard without samples the lowest that it could have.
    pub first: u64,
    /// Highest id; of a shard without samples the same as the lowest.
    pub last: u64,
    /// All ids as runs `[first, last]`, both inclusive.
    pub ids: Vec<[u64; 2]>,
    /// BLAKE3 of the file, hexadecimal.
    pub blake3: String,
    /// The motion files that its samples show: number and [`MotionBlock::windows`](crate::corpus::MotionBlock).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub motions: BTreeMap<u64, String>,
    /// Samples that could not be made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

impl ManifestLine {
    /// In what way the file is not what this line says; `None` when it is. Reads the whole file when `hash` is set.
    pub(in crate::corpus) fn problem(&self, dir: &Path, hash: bool) -> Result<Option<String>, CorpusError> {
        let path = dir.join(&self.file);
        let found = match fs::metadata(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Some("the file is missing".into())),
            other => other.map_err(CorpusError::read(&path))?.len(),
        };
        if found != self.bytes {
            return Ok(Some(format!("{found} bytes found, {} expected by the manifest", self.bytes)));
        }
        if !hash {
            return Ok(None);
        }
        let mut hasher = blake3::Hasher::new();
        let copied = File::open(&path).and_then(|mut file| io::copy(&mut file, &mut hasher));
        copied.map_err(CorpusError::read(&path))?;
        let found = hasher.finalize().to_hex();
        let expected = &self.blake3;
        Ok((found.as_str() != expected).then(|| format!("its BLAKE3 is {found}, the manifest expects {expected}")))
    }
}

/// The finished shards of a corpus, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// A line a shard.
    pub lines: BTreeMap<u64, ManifestLine>,
}

impl Manifest {
    /// Bytes of all finished shards.
    pub fn bytes(&self) -> u64 {
        self.lines.values().map(|l| l.bytes).sum()
    }

    /// Samples in all finished shards.
    pub fn samples(&self) -> u64 {
        self.lines.values().map(|l| l.count).sum()
    }

    /// The manifest that a process of this part writes.
    pub(in crate::corpus) fn part_path(dir: &Path, part: Part) -> PathBuf {
        match part.is_whole() {
            true => layout::manifest(dir),
            false => layout::parts(dir).join(format!("{}.jsonl", part.file_stem())),
        }
    }

    /// Reads the manifest of a finished corpus.
    pub(in crate::corpus) fn read(dir: &Path) -> Result<Self, CorpusError> {
        let path = layout::manifest(dir);
        let lines = read_lines(&path)?
            .ok_or_else(|| CorpusError::folder(&path, "is missing: resume building the corpus, or merge its parts"))?;
        // A shard that was made again has a later line, which counts.
        Ok(Self { lines: lines.into_iter().map(|line| (line.shard, line)).collect() })
    }

    /// Writes the whole manifest in order of shards, whatever the order in which they were finished.
    pub(in crate::corpus) fn write(&self, path: &Path) -> Result<(), CorpusError> {
        Ok(atomic_file::write_with(path, |w| {
            self.lines.values().try_for_each(|line| {
                serde_json::to_writer(&mut *w, line)?;
                w.write_all(b"\n")
            })
        })?)
    }

    /// Adds the line of a finished shard, here and on the disk.
    pub(in crate::corpus) fn append(&mut self, path: &Path, line: ManifestLine) -> Result<(), CorpusError> {
        let text = serde_json::to_string(&line).map_err(|e| CorpusError::folder(path, e.to_string()))?;
        atomic_file::append_line(path, &text)?;
        self.lines.insert(line.shard, line);
        Ok(())
    }
}

/// All that the manifests of a folder say, shard by shard: equal lines once, later ones last.
pub(in crate::corpus) fn claims(dir: &Path) -> Result<BTreeMap<u64, Vec<ManifestLine>>, CorpusError> {
    let folder = layout::parts(dir);
    let mut files = vec![layout::manifest(dir)];
    match fs::read_dir(&folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        other => {
            let mut parts: Vec<PathBuf> = other
                .and_then(|entries| entries.map(|e| e.map(|e| e.path())).collect())
                .map_err(CorpusError::read(&folder))?;
            parts.retain(|p| p.extension().is_some_and(|e| e == "jsonl"));
            parts.sort();
            files.extend(parts);
        }
    }
    let mut claims: BTreeMap<u64, Vec<ManifestLine>> = BTreeMap::new();
    for line in
        files.iter().map(|path| read_lines(path)).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().flatten()
    {
        let of_shard = claims.entry(line.shard).or_default();
        of_shard.retain(|other| *other != line);
        of_shard.push(line);
    }
    Ok(claims)
}

/// The lines of one manifest, `None` when there is no such file. A last line without line end was cut off by a crash and does
/// not count.
fn read_lines(path: &Path) -> Result<Option<Vec<ManifestLine>>, CorpusError> {
    let text = match fs::read_to_string(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(CorpusError::read(path))?,
    };
    let mut lines = Vec::new();
    for (i, text) in text.split_inclusive('\n').enumerate().filter(|(_, t)| t.ends_with('\n')) {
        let line: ManifestLine = serde_json::from_str(text).map_err(|e| {
            CorpusError::text(path, i + 1, format!("not the line of a shard: {e}; delete the line and resume building"))
        })?;
        if line.file != layout::shard(line.shard) {
            return Err(CorpusError::text(path, i + 1, format!("shard {} is said to be `{}`", line.shard, line.file)));
        }
        lines.push(line);
    }
    Ok(Some(lines))
}
