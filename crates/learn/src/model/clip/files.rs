//! Which files of a CLIP folder hold its weights: one, or several with an index, in full or in half precision.

use super::ClipError;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Weight files as `transformers` saves them, the first that is there being taken; an index names further files.
const NAMES: [&str; 4] = [
    "model.safetensors",
    "model.safetensors.index.json",
    "model.fp16.safetensors",
    "model.safetensors.index.fp16.json",
];

/// What other programs leave in such a folder and the script makes safetensors and a tokenizer.json of.
const CONVERTIBLE: [&str; 5] =
    ["pytorch_model.bin", "open_clip_model.safetensors", "open_clip_pytorch_model.bin", "vocab.json", "merges.txt"];

/// The first letters of the names of the text side's tensors.
const TEXT_SIDE: [&str; 2] = ["text_model.", "text_projection."];

/// The weight files of a folder in memory, by name.
pub(super) struct Files {
    pub(super) list: Vec<(PathBuf, Vec<u8>)>,
}

#[derive(Deserialize)]
struct Index {
    /// The file of every tensor.
    weight_map: BTreeMap<String, String>,
}

impl Files {
    /// Reads the files that hold tensors of the text side.
    pub(super) fn read(folder: &Path) -> Result<Self, ClipError> {
        let Some(first) = NAMES.iter().map(|name| folder.join(name)).find(|path| path.exists()) else {
            return Err(absent(folder, NAMES[0]));
        };
        let paths = match first.extension().is_some_and(|e| e == "json") {
            true => named_by(&first, folder)?,
            false => vec![first],
        };
        let read = |path: PathBuf| match std::fs::read(&path) {
            Ok(bytes) => Ok((path, bytes)),
            Err(source) => Err(ClipError::Read { path, source }),
        };
        Ok(Self { list: paths.into_iter().map(read).collect::<Result<_, _>>()? })
    }

    /// BLAKE3 of all bytes; of a single file what `b3sum` says of it.
    pub(super) fn hash(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        self.list.iter().for_each(|(_, bytes)| {
            hasher.update(bytes);
        });
        hasher.finalize()
    }
}

/// The files of the text side that an index names, in order.
fn named_by(index: &Path, folder: &Path) -> Result<Vec<PathBuf>, ClipError> {
    let wrong = |problem: String| ClipError::File { path: index.to_owned(), problem };
    let bytes = std::fs::read(index).map_err(|source| ClipError::Read { path: index.to_owned(), source })?;
    let read: Index = serde_json::from_slice(&bytes)
        .map_err(|e| wrong(format!("is no index of safetensors files with a `weight_map`: {e}")))?;
    let text_side = |name: &str| TEXT_SIDE.iter().any(|begin| name.starts_with(begin));
    let names: BTreeSet<&String> = read.weight_map.iter().filter(|(name, _)| text_side(name)).map(|(_, f)| f).collect();
    if names.is_empty() {
        return Err(wrong("names no tensor of CLIP's text side (text_model. …)".into()));
    }
    let mut paths = Vec::new();
    for name in names {
        // A file of this folder: an index must not lead elsewhere.
        if Path::new(name).file_name().is_none_or(|plain| plain != name.as_str()) {
            return Err(wrong(format!("names `{name}`, expected a file beside it")));
        }
        let path = folder.join(name);
        if !path.is_file() {
            return Err(wrong(format!("names {name}, which is not there: the folder is not whole")));
        }
        paths.push(path);
    }
    Ok(paths)
}

/// The error for a file that a folder lacks: where another program's files lie there, how to convert them.
pub(super) fn absent(folder: &Path, name: &str) -> ClipError {
    let there: Vec<&str> = CONVERTIBLE.into_iter().filter(|file| folder.join(file).exists()).collect();
    if there.is_empty() {
        let source = std::io::Error::from(std::io::ErrorKind::NotFound);
        return ClipError::Read { path: folder.join(name), source };
    }
    let problem = format!(
        "has no {name} but {}: `python3 examples/clip_folder.py {} NEW_FOLDER` makes a folder that can be read",
        there.join(", "),
        folder.display()
    );
    ClipError::File { path: folder.to_owned(), problem }
}
