//! Goes through a tar of samples and trusts nothing in it.

use super::error::CorpusError;
use super::sample::{SampleDoc, decode_doc, is_array_name};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;
use tar::{Archive, EntryType};

/// A sample as it lies in a shard.
pub(super) struct Found {
    pub(super) doc: SampleDoc,
    /// Where its first tar header begins in the shard.
    pub(super) offset: u64,
    /// Bytes from there to the end of its last entry, padding included.
    pub(super) size: u64,
    /// Its arrays by name, as far as they were asked for.
    pub(super) files: BTreeMap<String, Vec<u8>>,
}

/// Which arrays are read and which passed over.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Wanted<'a> {
    Nothing,
    Everything,
    Only(&'a str),
}

/// Calls `each` with every sample of a shard, in order.
pub(super) fn shard(
    path: &Path,
    wanted: Wanted<'_>,
    mut each: impl FnMut(Found) -> Result<(), CorpusError>,
) -> Result<(), CorpusError> {
    let file = File::open(path).map_err(CorpusError::read(path))?;
    let bytes = file.metadata().map_err(CorpusError::read(path))?.len();
    walk(path, BufReader::new(file), bytes, wanted, &mut each)
}

/// The one sample in a piece of a shard.
pub(super) fn piece(path: &Path, piece: &[u8], id: u64, wanted: Wanted<'_>) -> Result<Found, CorpusError> {
    let mut first = None;
    let mut count = 0;
    walk(path, std::io::Cursor::new(piece), piece.len() as u64, wanted, &mut |found| {
        count += 1;
        first.get_or_insert(found);
        Ok(())
    })?;
    match first {
        Some(found) if found.doc.id == id && count == 1 => Ok(found),
        Some(found) => {
            let problem =
                format!("sample {} lies where samples.csv puts it: the index is of another corpus", found.doc.id);
            Err(CorpusError::sample(path, id, None, problem))
        }
        None => Err(CorpusError::sample(path, id, None, "nothing lies where samples.csv puts it")),
    }
}

fn walk(
    path: &Path,
    reader: impl Read + Seek,
    bytes: u64,
    wanted: Wanted<'_>,
    each: &mut dyn FnMut(Found) -> Result<(), CorpusError>,
) -> Result<(), CorpusError> {
    let broken = |e: std::io::Error| CorpusError::shard(path, format!("is no whole tar: {e}; make the shard again"));
    let mut archive = Archive::new(reader);
    // Raw: extensions of the format could hide names and lengths, and a corpus never has them.
    let entries = archive.entries_with_seek().map_err(broken)?.raw(true);
    let mut current: Option<Found> = None;
    for entry in entries {
        let mut entry = entry.map_err(broken)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if entry.header().entry_type() != EntryType::Regular {
            return Err(CorpusError::shard(
                path,
                format!("entry `{name}` is no regular file; a shard has nothing else"),
            ));
        }
        let Some((id, extension)) = parse_name(&name) else {
            let problem = format!("entry `{name}` has no name like 000000042.hm.npy; this is no shard of a corpus");
            return Err(CorpusError::shard(path, problem));
        };
        let array = extension.strip_suffix(".npy");
        let size = entry.header().entry_size().map_err(broken)?;
        let start = entry.raw_header_position();
        let end = size.checked_next_multiple_of(512).and_then(|s| s.checked_add(entry.raw_file_position()));
        let Some(end) = end.filter(|&end| end <= bytes) else {
            let problem = format!("the tar ends within `{name}`, which should have {size} bytes; make the shard again");
            return Err(CorpusError::sample(path, id, array, problem));
        };
        let is_wanted = match (array, wanted) {
            (None, _) | (_, Wanted::Everything) => true,
            (Some(name), Wanted::Only(only)) => name == only,
            (_, Wanted::Nothing) => false,
        };
        let mut content = Vec::new();
        if is_wanted {
            content.reserve_exact(size as usize);
            entry.read_to_end(&mut content).map_err(broken)?;
        }
        match array {
            None => {
                if let Some(done) = current.take() {
                    finished(path, &done, wanted).and_then(|()| each(done))?;
                }
                let doc = decode_doc(&content, id).map_err(|p| CorpusError::sample(path, id, None, p))?;
                current = Some(Found { doc, offset: start, size: end - start, files: BTreeMap::new() });
            }
            Some(array) => {
                let Some(sample) = current.as_mut().filter(|s| s.doc.id == id) else {
                    return Err(CorpusError::sample(path, id, Some(array), "comes before its sample's .json"));
                };
                sample.size = end - sample.offset;
                if is_wanted && sample.files.insert(array.to_owned(), content).is_some() {
                    return Err(CorpusError::sample(path, id, Some(array), "is there twice"));
                }
            }
        }
    }
    current.map_or(Ok(()), |done| finished(path, &done, wanted).and_then(|()| each(done)))
}

/// A sample that was read as a whole must have all the arrays that it describes.
fn finished(path: &Path, found: &Found, wanted: Wanted<'_>) -> Result<(), CorpusError> {
    let missing = found.doc.arrays.keys().find(|name| match wanted {
        Wanted::Everything => !found.files.contains_key(*name),
        Wanted::Only(only) => *name == only && !found.files.contains_key(*name),
        Wanted::Nothing => false,
    });
    missing.map_or(Ok(()), |name| {
        Err(CorpusError::sample(path, found.doc.id, Some(name), "is described, but not in the shard"))
    })
}

/// `000000042.hm.npy` → (42, `hm.npy`). Whatever could lead out of the folder when unpacked is no such name.
fn parse_name(name: &str) -> Option<(u64, &str)> {
    let (digits, extension) = name.split_once('.')?;
    let id: u64 = digits.parse().ok()?;
    let known = extension == "json" || extension.strip_suffix(".npy").is_some_and(is_array_name);
    (known && format!("{id:09}") == digits).then_some((id, extension))
}
