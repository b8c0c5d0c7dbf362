//! Arrays of an npz file whose contents nobody vouches for: every size is checked before memory is taken.

use super::error::ReferenceError;
use crate::base::Complex64;
use crate::base::npy::Header;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes of one array, at most.
const MAX_BYTES: u64 = 8 << 30;

/// One array as it stands in the file.
pub(super) struct Raw {
    header: Header,
    data: Vec<u8>,
}

/// All arrays of a file by name.
pub(super) struct Npz {
    path: PathBuf,
    arrays: BTreeMap<String, Raw>,
}

impl Npz {
    /// Reads the whole file.
    pub(super) fn read(path: &Path) -> Result<Self, ReferenceError> {
        let foreign = |message: String| ReferenceError::Foreign { path: path.to_owned(), message };
        let file =
            std::fs::File::open(path).map_err(|source| ReferenceError::Read { path: path.to_owned(), source })?;
        let mut zip = zip::ZipArchive::new(std::io::BufReader::new(file)).map_err(|e| foreign(e.to_string()))?;
        let mut arrays = BTreeMap::new();
        for i in 0..zip.len() {
            let mut entry = zip.by_index(i).map_err(|e| foreign(e.to_string()))?;
            let Some(name) = entry.name().strip_suffix(".npy").map(str::to_owned) else { continue };
            let mut bytes = Vec::new();
            entry
                .by_ref()
                .take(MAX_BYTES + 1)
                .read_to_end(&mut bytes)
                .map_err(|e| foreign(format!("array `{name}` cannot be unpacked: {e}")))?;
            if bytes.len() as u64 > MAX_BYTES {
                return Err(foreign(format!("array `{name}` is larger than {MAX_BYTES} bytes")));
            }
            let raw = Raw::parse(bytes).map_err(|e| foreign(format!("array `{name}`: {e}")))?;
            arrays.insert(name, raw);
        }
        Ok(Self { path: path.to_owned(), arrays })
    }

    /// The names of all arrays.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.arrays.keys().map(String::as_str)
    }

    /// Whether an array is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.arrays.contains_key(name)
    }

    /// An error about one array.
    pub(super) fn fault(&self, array: &str, message: impl Into<String>) -> ReferenceError {
        ReferenceError::Array { path: self.path.clone(), array: array.to_owned(), message: message.into() }
    }

    fn raw(&self, name: &str) -> Result<&Raw, ReferenceError> {
        let names = || self.arrays.keys().cloned().collect::<Vec<_>>().join(", ");
        self.arrays.get(name).ok_or_else(|| self.fault(name, format!("missing; the file has {}", names())))
    }

    /// Real numbers with their shape of `axes` axes.
    pub(super) fn real(&self, name: &str, axes: usize) -> Result<(Vec<usize>, Vec<f64>), ReferenceError> {
        let raw = self.raw(name)?;
        let values = match raw.header.kind.as_str() {
            "f8" => raw.map(f64::from_le_bytes),
            "f4" => raw.map(|b| f64::from(f32::from_le_bytes(b))),
            "i8" => raw.map(|b| i64::from_le_bytes(b) as f64),
            "i4" => raw.map(|b| f64::from(i32::from_le_bytes(b))),
            "i2" => raw.map(|b| f64::from(i16::from_le_bytes(b))),
            "u4" => raw.map(|b| f64::from(u32::from_le_bytes(b))),
            "b1" | "u1" => raw.map(|b: [u8; 1]| f64::from(b[0])),
            other => return Err(self.fault(name, format!("has the type `{other}`, expected real numbers"))),
        };
        if raw.header.shape.len() != axes {
            return Err(self.fault(name, format!("has the shape {:?}, expected {axes} axes", raw.header.shape)));
        }
        if values.iter().any(|v| !v.is_finite()) {
            return Err(self.fault(name, "has values that are not finite"));
        }
        Ok((raw.header.shape.clone(), values))
    }

    /// Complex numbers with their shape of `axes` axes.
    pub(super) fn complex(&self, name: &str, axes: usize) -> Result<(Vec<usize>, Vec<Complex64>), ReferenceError> {
        let raw = self.raw(name)?;
        let flat: Vec<f64> = match raw.header.kind.as_str() {
            "c16" => raw.map(f64::from_le_bytes),
            "c8" => raw.map(|b| f64::from(f32::from_le_bytes(b))),
            other => return Err(self.fault(name, format!("has the type `{other}`, expected complex numbers"))),
        };
        if raw.header.shape.len() != axes {
            return Err(self.fault(name, format!("has the shape {:?}, expected {axes} axes", raw.header.shape)));
        }
        if flat.iter().any(|v| !v.is_finite()) {
            return Err(self.fault(name, "has values that are not finite"));
        }
        Ok((raw.header.shape.clone(), flat.chunks_exact(2).map(|p| Complex64::new(p[0], p[1])).collect()))
    }

    /// A text: NumPy's `<U` of one element.
    pub(super) fn text(&self, name: &str) -> Result<String, ReferenceError> {
        let raw = self.raw(name)?;
        if !raw.header.kind.starts_with('U') || raw.header.count() != Some(1) {
            return Err(self.fault(name, format!("has the type `{}`, expected one text", raw.header.kind)));
        }
        Ok(raw
            .map(u32::from_le_bytes)
            .into_iter()
            .take_while(|&c| c != 0)
            .map(|c| char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect())
    }
}

impl Raw {
    /// Takes an npy file apart and holds its header to its length.
    fn parse(bytes: Vec<u8>) -> Result<Self, String> {
        let header = Header::parse(&bytes)?;
        if header.fortran {
            return Err("is in Fortran order, expected C order".into());
        }
        if header.big_endian {
            return Err("has its most significant bytes first, expected little-endian numbers".into());
        }
        header.require_whole(&bytes)?;
        Ok(Self { data: bytes[header.start..].to_vec(), header })
    }

    fn map<const N: usize, T>(&self, convert: impl Fn([u8; N]) -> T) -> Vec<T> {
        self.data.as_chunks::<N>().0.iter().map(|c| convert(*c)).collect()
    }
}
