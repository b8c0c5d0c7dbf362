//! Reads all of a corpus and trusts nothing: sizes, hashes, ids, labels, shapes, numbers.

use crate::chain::ViewInfo;
use crate::corpus::error::CorpusError;
use crate::corpus::files::index::SampleRow;
use crate::corpus::files::manifest::ManifestLine;
use crate::corpus::files::walk::{self, Wanted};
use crate::corpus::making::maker::SampleMaker;
use crate::corpus::read::CorpusReader;
use crate::corpus::sample::Sample;
use crate::corpus::sample::array::ArrayData;
use crate::corpus::sample::radio::rfid_from_array;
use rayon::prelude::*;
use std::path::Path;

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Shards that were read.
    pub shards: u64,
    /// Samples that were read.
    pub samples: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Whether labels, splits and subjects were held against the recipe; only a simulated corpus has one.
    pub against_recipe: bool,
}

/// What every sample must agree with.
struct ExpectedSample {
    /// The views of the first sample: where another has one of them, it has the same shape.
    views: Vec<ViewInfo>,
    /// Where the recipe puts each sample.
    maker: Option<SampleMaker>,
}

impl CorpusReader {
    /// Reads everything: the hash of every shard, every array of every sample against its description, its numbers, and
    /// `samples.csv`, and where there is a recipe the label, split and subject that it gives each id. The first damage is an error.
    pub fn verify(&self) -> Result<Verified, CorpusError> {
        let (verified, problems) = self.examine();
        problems.into_iter().next().map_or(Ok(verified), Err)
    }

    /// The same, with everything that is wrong: one problem a shard, since behind damage nothing in a shard can be trusted.
    pub fn examine(&self) -> (Verified, Vec<CorpusError>) {
        // A first sample that cannot be read is found in its shard, as any other.
        let first = self.read_views(self.rows.first().map_or(0, |row| row.id));
        let expected = ExpectedSample {
            views: first.map(|first| first.views.infos()).unwrap_or_default(),
            maker: SampleMaker::of_plan(&self.plan),
        };
        let problems: Vec<CorpusError> =
            self.manifest.lines.par_iter().filter_map(|(_, line)| self.examine_shard(line, &expected).err()).collect();
        let verified = Verified {
            shards: self.manifest.lines.len() as u64,
            samples: self.manifest.samples(),
            bytes: self.manifest.bytes(),
            against_recipe: expected.maker.is_some(),
        };
        (verified, problems)
    }

    /// Holds every shard against its size and BLAKE3, so that nobody computes with damaged numbers: a second for some gigabytes. The
    /// first that differs is an error.
    pub fn check_shards(&self) -> Result<(), CorpusError> {
        self.manifest.lines.par_iter().try_for_each(|(_, line)| match line.problem(&self.dir, true)? {
            Some(problem) => {
                Err(CorpusError::shard(&self.dir.join(&line.file), problem + "; build with --resume to make it again"))
            }
            None => Ok(()),
        })
    }

    fn examine_shard(&self, line: &ManifestLine, expected: &ExpectedSample) -> Result<(), CorpusError> {
        let path = self.dir.join(&line.file);
        if let Some(problem) = line.problem(&self.dir, true)? {
            return Err(CorpusError::shard(&path, problem + "; build with --resume to make it again"));
        }
        let mut awaited = line.made().unwrap_or_default().into_iter();
        walk::shard(&path, Wanted::Everything, |found| {
            let id = found.doc.id;
            let found_row =
                SampleRow::new(id, (&found.doc.meta, &found.doc.targets), line.shard, (found.offset, found.size));
            let next = awaited.next();
            if next != Some(id) || self.row(id) != Some(&found_row) {
                let next = next.map_or("none".into(), |next| next.to_string());
                let problem = format!("does not lie here as samples.csv has it (sample {next} is next)");
                return Err(CorpusError::sample(&path, id, None, problem));
            }
            let sample = self.assemble(&path, found)?;
            expected.check(&path, &sample)
        })?;
        match awaited.next() {
            Some(next) => {
                Err(CorpusError::shard(&path, format!("ends before sample {next}; its last is {}", line.last)))
            }
            None => Ok(()),
        }
    }
}

impl ExpectedSample {
    fn check(&self, path: &Path, sample: &Sample) -> Result<(), CorpusError> {
        let wrong = |array: Option<&str>, problem: String| Err(CorpusError::sample(path, sample.id, array, problem));
        for (name, view) in sample.views.iter() {
            if let Some(problem) = view.problem() {
                return wrong(Some(name), problem);
            }
            let Some(first) = self.views.iter().find(|first| first.name == name) else { continue };
            if first.shape() != view.data.shape() {
                let problem =
                    format!("has shape {:?}; that of the first sample {:?}", view.data.shape(), first.shape());
                return wrong(Some(name), problem);
            }
        }
        if sample.views.is_empty() {
            return wrong(None, "has no view".into());
        }
        for (name, array) in &sample.extras {
            // What a read does not say is NaN there.
            if array.info.quantity == "rfid_reads" {
                if let Err(e) = rfid_from_array(array) {
                    return wrong(Some(name), e.to_string());
                }
                continue;
            }
            if let Some(at) = first_not_finite(&array.data) {
                return wrong(Some(name), format!("its number {at} is NaN or infinite"));
            }
        }
        if sample.targets.label.is_empty() {
            return wrong(None, "has no label".into());
        }
        let Some(maker) = &self.maker else { return Ok(()) };
        let planned = maker.planned(sample.id);
        let meta = &sample.meta;
        let found = [&sample.targets.label, &meta.split, &meta.subject, &meta.session];
        let expected = [&planned.activity, &planned.split, &planned.subject_name(), &planned.place_name];
        for (what, (found, expected)) in ["label", "split", "subject", "session"].iter().zip(found.iter().zip(expected))
        {
            if *found != expected {
                return wrong(None, format!("its {what} is `{found}`; the recipe has `{expected}`"));
            }
        }
        Ok(())
    }
}

fn first_not_finite(data: &ArrayData) -> Option<usize> {
    match data {
        ArrayData::F32(a) => a.iter().position(|v| !v.is_finite()),
        ArrayData::F64(a) => a.iter().position(|v| !v.is_finite()),
        ArrayData::C64(a) => a.iter().position(|z| !(z.re.is_finite() && z.im.is_finite())),
        ArrayData::U8(_) | ArrayData::I16(_) | ArrayData::I32(_) | ArrayData::I64(_) => None,
    }
}
