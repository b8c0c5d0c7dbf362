//! The text side's tensors out of CLIP's safetensors files; those of the vision side are passed over.

use super::ClipError;
use super::files::Files;
use crate::model::floats;
use safetensors::SafeTensors;
use std::path::{Path, PathBuf};

pub(super) struct ClipWeights<'a> {
    files: Vec<(&'a Path, SafeTensors<'a>)>,
}

impl<'a> ClipWeights<'a> {
    pub(super) fn new(files: &'a Files) -> Result<Self, ClipError> {
        let open = |(path, bytes): &'a (PathBuf, Vec<u8>)| match SafeTensors::deserialize(bytes) {
            Ok(tensors) => Ok((path.as_path(), tensors)),
            Err(e) => Err(ClipError::File {
                path: path.clone(),
                problem: format!("is not a whole safetensors file ({e}); it may be cut off or of another kind"),
            }),
        };
        Ok(Self { files: files.list.iter().map(open).collect::<Result<_, _>>()? })
    }

    /// Values as f32 from f32, f16 or bf16.
    pub(super) fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ClipError> {
        let found = self.files.iter().find_map(|(path, tensors)| Some((*path, tensors.tensor(name).ok()?)));
        let first = || self.files.first().map(|(path, _)| *path);
        let path = found.as_ref().map(|(path, _)| *path).or_else(first).unwrap_or(Path::new(""));
        let fail = |problem: String| ClipError::Tensor {
            path: path.to_owned(),
            name: name.to_owned(),
            problem,
            expected: format!("{} {shape:?}", floats::KINDS),
        };
        let (_, view) = found.ok_or_else(|| fail("is missing".into()))?;
        if view.shape() != shape {
            return Err(fail(format!("has shape {:?}", view.shape())));
        }
        let values =
            floats::read(view.dtype(), view.data()).ok_or_else(|| fail(format!("has type {:?}", view.dtype())))?;
        match values.iter().position(|v| !v.is_finite()) {
            Some(i) => Err(fail(format!("holds {} at place {i}", values[i]))),
            None => Ok(values),
        }
    }
}
