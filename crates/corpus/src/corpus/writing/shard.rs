//! Writes one shard: the same samples, the same bytes.

use super::ledger::Ledger;
use crate::base::atomic_file::sync_parent;
use crate::corpus::error::CorpusError;
use crate::corpus::files::left_out::LeftOut;
use crate::corpus::files::manifest::ManifestLine;
use crate::corpus::layout;
use crate::corpus::plan::runs::runs;
use crate::corpus::sample::Sample;
use crate::corpus::sample::encoding::{Encoded, encode};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::PathBuf;
use tar::{Builder, EntryType, Header};

/// One shard being written. Dropped before `finish`, it leaves nothing behind.
pub struct ShardWriter<'a> {
    ledger: &'a Ledger,
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
    pub(super) fn begin(ledger: &'a Ledger, shard: u64, path: PathBuf) -> Result<Self, CorpusError> {
        let expected = ledger.plan().live_ids(shard);
        let part = layout::unfinished(&path);
        let file = File::create_new(&part).map_err(|e| {
            ledger.leave(shard);
            CorpusError::write(&path)(e)
        })?;
        let sink = Hashing { file: BufWriter::new(file), hasher: blake3::Hasher::new(), bytes: 0 };
        let builder = Some(Builder::new(sink));
        let (made, left_out) = (Vec::with_capacity(expected.len()), Vec::new());
        Ok(Self { ledger, shard, path, part, builder, renamed: false, expected, made, left_out })
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
    pub(in crate::corpus) fn is_full(&self) -> bool {
        self.next().is_none()
    }

    fn expect(&self, id: u64) -> Result<(), CorpusError> {
        if self.next() == Some(id) {
            return Ok(());
        }
        let Range { start, end } = self.ledger.plan().ids(self.shard);
        let next = self.next().map_or("none".into(), |next| next.to_string());
        let found = format!("sample {next} of the shard's {start} to {} is next", end.saturating_sub(1));
        Err(CorpusError::sample(&self.path, id, None, found))
    }

    /// Goes on without the next sample.
    pub(in crate::corpus) fn leave_out(&mut self, out: LeftOut) -> Result<(), CorpusError> {
        self.expect(out.id)?;
        self.left_out.push(out);
        Ok(())
    }

    /// Adds the next sample in its final bytes.
    pub(in crate::corpus) fn push_encoded(&mut self, id: u64, files: &Encoded) -> Result<(), CorpusError> {
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
        let plan = self.ledger.plan();
        let start = plan.ids(self.shard).start;
        let line = ManifestLine {
            shard: self.shard,
            file: layout::shard(self.shard),
            bytes,
            count: self.made.len() as u64,
            first: self.made.first().copied().unwrap_or(start),
            last: self.made.last().copied().unwrap_or(start),
            ids: runs(self.made.iter().copied()),
            blake3,
            motions: plan.shown(self.shard, &self.made),
            left_out: std::mem::take(&mut self.left_out),
        };
        self.ledger.enter(line.clone())?;
        Ok(line)
    }
}

impl Drop for ShardWriter<'_> {
    fn drop(&mut self) {
        if !self.renamed {
            // Nothing can be done about a part that cannot be removed; resuming tries again.
            let _ = fs::remove_file(&self.part);
        }
        self.ledger.leave(self.shard);
    }
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
