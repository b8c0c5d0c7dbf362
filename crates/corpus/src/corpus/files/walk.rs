//! Goes through a tar of samples and trusts nothing in it.

use crate::corpus::error::CorpusError;
use crate::corpus::sample::encoding::{SampleDoc, decode_doc, is_array_name};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;
use tar::{Archive, EntryType};

/// A sample as it lies in a shard.
pub(in crate::corpus) struct Found {
    pub(in crate::corpus) doc: SampleDoc,
    /// Where its first tar header begins in the shard.
    pub(in crate::corpus) offset: u64,
    /// Bytes from there to the end of its last entry, padding included.
    pub(in crate::corpus) size: u64,
    /// Its general sentence, where there is a file of it.
    text: Option<Vec<u8>>,
    /// Its arrays by name, as far as they were asked for.
    pub(in crate::corpus) files: BTreeMap<String, Vec<u8>>,
}

/// Which arrays are read and which passed over.
#[derive(Clone, Copy, PartialEq)]
pub(in crate::corpus) enum Wanted {
    Nothing,
    Everything,
    Views,
}

/// Calls `each` with every sample of a shard, in order.
pub(in crate::corpus) fn shard(
    path: &Path,
    wanted: Wanted,
    mut each: impl FnMut(Found) -> Result<(), CorpusError>,
) -> Result<(), CorpusError> {
    let file = File::open(path).map_err(CorpusError::read(path))?;
    let bytes = file.metadata().map_err(CorpusError::read(path))?.len();
    walk(path, BufReader::new(file), bytes, wanted, &mut each)
}

/// The one sample in a piece of a shard.
pub(in crate::corpus) fn piece(path: &Path, piece: &[u8], id: u64, wanted: Wanted) -> Result<Found, CorpusError> {
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
    wanted: Wanted,
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
            let problem = format!("entry `{name}` has no name like 000000042.cube.npy; this is no shard of a corpus");
            return Err(CorpusError::shard(path, problem));
        };
        let array = extension.strip_suffix(".npy");
        let of_current = current.as_ref().filter(|s| s.doc.id == id);
        let size = entry.header().entry_size().map_err(broken)?;
        let start = entry.raw_header_position();
        let end = size.checked_next_multiple_of(512).and_then(|s| s.checked_add(entry.raw_file_position()));
        let Some(end) = end.filter(|&end| end <= bytes) else {
            let problem = format!("the tar ends within `{name}`, which should have {size} bytes; make the shard again");
            return Err(CorpusError::sample(path, id, array, problem));
        };
        let is_wanted = match (array, wanted) {
            (None, _) | (_, Wanted::Everything) => true,
            (Some(name), Wanted::Views) => of_current.is_some_and(|s| s.doc.is_view(name)),
            (_, Wanted::Nothing) => false,
        };
        let mut content = Vec::new();
        if is_wanted {
            content.reserve_exact(size as usize);
            entry.read_to_end(&mut content).map_err(broken)?;
        }
        match array {
            None if extension == TEXT => {
                let Some(sample) = current.as_mut().filter(|s| s.doc.id == id) else {
                    return Err(CorpusError::sample(path, id, None, "its .txt comes before its .json"));
                };
                sample.size = end - sample.offset;
                if sample.text.replace(content).is_some() {
                    return Err(CorpusError::sample(path, id, None, "its .txt is there twice"));
                }
            }
            None => {
                if let Some(done) = current.take() {
                    finished(path, &done, wanted).and_then(|()| each(done))?;
                }
                let doc = decode_doc(&content, id).map_err(|p| CorpusError::sample(path, id, None, p))?;
                current = Some(Found { doc, offset: start, size: end - start, text: None, files: BTreeMap::new() });
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

/// A sample that was read as a whole must have all the arrays that it describes, and the sentence that it is described by.
fn finished(path: &Path, found: &Found, wanted: Wanted) -> Result<(), CorpusError> {
    let missing = found.doc.arrays.keys().find(|name| match wanted {
        Wanted::Everything => !found.files.contains_key(*name),
        Wanted::Views => found.doc.is_view(name) && !found.files.contains_key(*name),
        Wanted::Nothing => false,
    });
    if let Some(name) = missing {
        return Err(CorpusError::sample(path, found.doc.id, Some(name), "is described, but not in the shard"));
    }
    let said = found.doc.targets.captions.as_ref().map(|c| c.general.as_bytes());
    if said != found.text.as_deref() {
        let problem = "its .txt is not the general sentence of its .json";
        return Err(CorpusError::sample(path, found.doc.id, None, problem));
    }
    Ok(())
}

/// Ending of the file with a sample's general sentence.
const TEXT: &str = "txt";

/// `000000042.cube.npy` → (42, `cube.npy`). Whatever could lead out of the folder when unpacked is no such name.
fn parse_name(name: &str) -> Option<(u64, &str)> {
    let (digits, extension) = name.split_once('.')?;
    let id: u64 = digits.parse().ok()?;
    let known = extension == "json" || extension == TEXT || extension.strip_suffix(".npy").is_some_and(is_array_name);
    (known && format!("{id:09}") == digits).then_some((id, extension))
}
