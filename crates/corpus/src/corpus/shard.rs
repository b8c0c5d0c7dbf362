//! Writes one shard: the same samples, the same bytes.

use super::error::CorpusError;
use super::manifest::{ManifestLine, runs};
use super::motion_files::LeftOut;
use super::sample::{Encoded, Sample, encode};
use super::write::CorpusWriter;
use crate::base::atomic_file::sync_parent;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use tar::{Builder, EntryType, Header};

/// One shard being written. Dropped before `finish`, it leaves nothing behind.
pub struct ShardWriter<'a> {
    writer: &'a CorpusWriter,
    shard: u64,
    /// Under its final name.
    path: PathBuf,
    /// Under the name that it has until it is whole: no two processes ever write to the same file.
    part: PathBuf,
    /// `None` once a write failed: what is on the disk then can become no shard.
    builder: Option<Builder<Hashing>>,
    renamed: bool,
    /// The ids that it may have, ascending.
    expected: Vec<u64>,
    /// Those that it has.
    made: Vec<u64>,
    left_out: Vec<LeftOut>,
}

impl<'a> ShardWriter<'a> {
    pub(super) fn begin(writer: &'a CorpusWriter, shard: u64, path: PathBuf) -> Result<Self, CorpusError> {
        let expected = writer.plan().live_ids(shard);
        let part = unique_part(&path);
        let file = File::create_new(&part).map_err(|e| {
            writer.leave(shard);
            CorpusError::write(&path)(e)
        })?;
        let sink = Hashing { file: BufWriter::new(file), hasher: blake3::Hasher::new(), bytes: 0 };
        let builder = Some(Builder::new(sink));
        let (made, left_out) = (Vec::with_capacity(expected.len()), Vec::new());
        Ok(Self { writer, shard, path, part, builder, renamed: false, expected, made, left_out })
    }

    /// Adds the next sample; ids ascend without a gap over the shard's share of the plan.
    pub fn push(&mut self, sample: &Sample) -> Result<(), CorpusError> {
        let files = encode(sample)
            .map_err(|(array, problem)| CorpusError::sample(&self.path, sample.id, array.as_deref(), problem));
        self.expect(sample.id)?;
        self.push_encoded(sample.id, &files?)
    }

    /// The id that is next; `None` when the shard has all of its samples.
    fn next(&self) -> Option<u64> {
        self.expected.get(self.made.len() + self.left_out.len()).copied()
    }

    /// Whether every sample was pushed or left out.
    pub(super) fn is_full(&self) -> bool {
        self.next().is_none()
    }

    fn expect(&self, id: u64) -> Result<(), CorpusError> {
        if self.next() == Some(id) {
            return Ok(());
        }
        let Range { start, end } = self.writer.plan().ids(self.shard);
        let next = self.next().map_or("none".into(), |next| next.to_string());
        let found = format!("sample {next} of the shard's {start} to {} is next", end.saturating_sub(1));
        Err(CorpusError::sample(&self.path, id, None, found))
    }

    /// Goes on without the next sample.
    pub(super) fn leave_out(&mut self, out: LeftOut) -> Result<(), CorpusError> {
        self.expect(out.id)?;
        self.left_out.push(out);
        Ok(())
    }

    /// Adds the next sample in its final bytes.
    pub(super) fn push_encoded(&mut self, id: u64, files: &Encoded) -> Result<(), CorpusError> {
        self.expect(id)?;
        let Some(mut builder) = self.builder.take() else {
            return Err(CorpusError::sample(&self.path, id, None, "the shard could not be written before"));
        };
        for (extension, bytes) in files {
            let name = format!("{id:09}.{extension}");
            append(&mut builder, &name, bytes).map_err(CorpusError::write(&self.path))?;
        }
        self.builder = Some(builder);
        self.made.push(id);
        Ok(())
    }

    /// Gives the shard its final name and puts it into the manifest.
    pub fn finish(mut self) -> Result<ManifestLine, CorpusError> {
        let next = self.next();
        let Some(builder) = self.builder.take().filter(|_| next.is_none()) else {
            let (next, last) = (next.unwrap_or_default(), self.expected.last().copied().unwrap_or_default());
            return Err(CorpusError::shard(&self.path, format!("ends before sample {next}; its last is {last}")));
        };
        let complete = || -> io::Result<(u64, String)> {
            let mut sink = builder.into_inner()?;
            sink.flush()?;
            sink.file.get_ref().sync_all()?;
            fs::rename(&self.part, &self.path)?;
            // The name must be on the disk before a manifest line says so.
            sync_parent(&self.path)?;
            Ok((sink.bytes, sink.hasher.finalize().to_hex().to_string()))
        };
        let (bytes, blake3) = complete().map_err(CorpusError::write(&self.path))?;
        self.renamed = true;
        let plan = self.writer.plan();
        let start = plan.ids(self.shard).start;
        let line = ManifestLine {
            shard: self.shard,
            file: super::CorpusPlan::shard_file(self.shard),
            bytes,
            count: self.made.len() as u64,
            first: self.made.first().copied().unwrap_or(start),
            last: self.made.last().copied().unwrap_or(start),
            ids: runs(self.made.iter().copied()),
            blake3,
            motions: plan.shown(self.shard, &self.made),
            left_out: std::mem::take(&mut self.left_out),
        };
        self.writer.enter(line.clone())?;
        Ok(line)
    }
}

impl Drop for ShardWriter<'_> {
    fn drop(&mut self) {
        if !self.renamed {
            // Nothing can be done about a part that cannot be removed; resuming tries again.
            let _ = fs::remove_file(&self.part);
        }
        self.writer.leave(self.shard);
    }
}

/// A name for an unfinished file that no other process takes, on this machine or another.
pub(super) fn unique_part(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{:016x}.part", RandomState::new().build_hasher().finish()));
    path.with_file_name(name)
}

/// One file of the tar. Owner, time and mode are fixed: the bytes depend on nothing but name and content.
fn append(builder: &mut Builder<Hashing>, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_path(name)?;
    header.set_entry_type(EntryType::Regular);
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_cksum();
    builder.append(&header, bytes)
}

/// Hashes and counts what goes to the file.
struct Hashing {
    file: BufWriter<File>,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl Write for Hashing {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.file.write(buffer)?;
        self.hasher.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
