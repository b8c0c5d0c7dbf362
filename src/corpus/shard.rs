//! Writes one shard: the same samples, the same bytes.

use super::error::CorpusError;
use super::manifest::{ManifestLine, runs};
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
    expected: Range<u64>,
    next: u64,
}

impl<'a> ShardWriter<'a> {
    pub(super) fn begin(writer: &'a CorpusWriter, shard: u64, path: PathBuf) -> Result<Self, CorpusError> {
        let expected = writer.plan().ids(shard);
        let part = unique_part(&path);
        let file = File::create_new(&part).map_err(|e| {
            writer.leave(shard);
            CorpusError::write(&path)(e)
        })?;
        let sink = Hashing { file: BufWriter::new(file), hasher: blake3::Hasher::new(), bytes: 0 };
        let next = expected.start;
        let builder = Some(Builder::new(sink));
        Ok(Self { writer, shard, path, part, builder, renamed: false, expected, next })
    }

    /// Adds the next sample; ids ascend without a gap over the shard's share of the plan.
    pub fn push(&mut self, sample: &Sample) -> Result<(), CorpusError> {
        let files = encode(sample)
            .map_err(|(array, problem)| CorpusError::sample(&self.path, sample.id, array.as_deref(), problem));
        self.expect(sample.id)?;
        self.push_encoded(sample.id, &files?)
    }

    fn expect(&self, id: u64) -> Result<(), CorpusError> {
        if id == self.next && self.expected.contains(&id) {
            return Ok(());
        }
        let Range { start, end } = self.expected;
        let found = format!("sample {} of the shard's {start} to {} is next", self.next, end.saturating_sub(1));
        Err(CorpusError::sample(&self.path, id, None, found))
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
        self.next += 1;
        Ok(())
    }

    /// Gives the shard its final name and puts it into the manifest.
    pub fn finish(mut self) -> Result<ManifestLine, CorpusError> {
        let Some(builder) = self.builder.take().filter(|_| self.next == self.expected.end) else {
            let problem =
                format!("ends before sample {}; its last is {}", self.next, self.expected.end.saturating_sub(1));
            return Err(CorpusError::shard(&self.path, problem));
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
        let line = ManifestLine {
            shard: self.shard,
            file: super::CorpusPlan::shard_file(self.shard),
            bytes,
            count: self.expected.end - self.expected.start,
            first: self.expected.start,
            last: self.expected.end - 1,
            ids: runs(self.expected.clone()),
            blake3,
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
