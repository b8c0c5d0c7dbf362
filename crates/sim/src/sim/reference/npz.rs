//! Arrays of an npz file whose contents nobody vouches for: every size is checked before memory is taken.

use super::error::ReferenceError;
use crate::base::Complex64;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes of one array, at most.
const MAX_BYTES: u64 = 8 << 30;

/// One array as it stands in the file.
pub(super) struct Raw {
    kind: String,
    pub(super) shape: Vec<usize>,
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
        let values = match raw.kind.as_str() {
            "<f8" => raw.map(f64::from_le_bytes),
            "<f4" => raw.map(|b| f64::from(f32::from_le_bytes(b))),
            "<i8" => raw.map(|b| i64::from_le_bytes(b) as f64),
            "<i4" => raw.map(|b| f64::from(i32::from_le_bytes(b))),
            "<i2" => raw.map(|b| f64::from(i16::from_le_bytes(b))),
            "<u4" => raw.map(|b| f64::from(u32::from_le_bytes(b))),
            "|b1" | "|u1" => raw.map(|b: [u8; 1]| f64::from(b[0])),
            other => return Err(self.fault(name, format!("has the type `{other}`, expected real numbers"))),
        };
        if raw.shape.len() != axes {
            return Err(self.fault(name, format!("has the shape {:?}, expected {axes} axes", raw.shape)));
        }
        if values.iter().any(|v| !v.is_finite()) {
            return Err(self.fault(name, "has values that are not finite"));
        }
        Ok((raw.shape.clone(), values))
    }

    /// Complex numbers with their shape of `axes` axes.
    pub(super) fn complex(&self, name: &str, axes: usize) -> Result<(Vec<usize>, Vec<Complex64>), ReferenceError> {
        let raw = self.raw(name)?;
        let flat: Vec<f64> = match raw.kind.as_str() {
            "<c16" => raw.map(f64::from_le_bytes),
            "<c8" => raw.map(|b| f64::from(f32::from_le_bytes(b))),
            other => return Err(self.fault(name, format!("has the type `{other}`, expected complex numbers"))),
        };
        if raw.shape.len() != axes {
            return Err(self.fault(name, format!("has the shape {:?}, expected {axes} axes", raw.shape)));
        }
        if flat.iter().any(|v| !v.is_finite()) {
            return Err(self.fault(name, "has values that are not finite"));
        }
        Ok((raw.shape.clone(), flat.chunks_exact(2).map(|p| Complex64::new(p[0], p[1])).collect()))
    }

    /// A text: NumPy's `<U` of one element.
    pub(super) fn text(&self, name: &str) -> Result<String, ReferenceError> {
        let raw = self.raw(name)?;
        if !raw.kind.starts_with("<U") || raw.count() != Some(1) {
            return Err(self.fault(name, format!("has the type `{}`, expected one text", raw.kind)));
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
    /// Takes an npy file apart (format 1.0 to 3.0) and holds its header to its length.
    fn parse(bytes: Vec<u8>) -> Result<Self, String> {
        let truncated = || "truncated".to_owned();
        let magic = bytes.get(..8).ok_or_else(truncated)?;
        if &magic[..6] != b"\x93NUMPY" {
            return Err("not an npy file".into());
        }
        let number = |range: std::ops::Range<usize>| -> Result<usize, String> {
            let part = bytes.get(range).ok_or_else(truncated)?;
            Ok(part.iter().rev().fold(0, |n, &b| n << 8 | usize::from(b)))
        };
        let (header_len, start) = if magic[6] == 1 { (number(8..10)?, 10) } else { (number(8..12)?, 12) };
        let end = start + header_len;
        let header = String::from_utf8_lossy(bytes.get(start..end).ok_or_else(truncated)?).into_owned();
        let after = |key: &str| -> Result<&str, String> {
            let quoted = format!("'{key}':");
            let at = header.find(&quoted).ok_or_else(|| format!("its header has no {key}"))?;
            Ok(header[at + quoted.len()..].trim_start())
        };
        let descr = after("descr")?.strip_prefix('\'').ok_or("records are not supported")?;
        let kind = descr.split('\'').next().unwrap_or_default().to_owned();
        if after("fortran_order")?.starts_with("True") {
            return Err("is in Fortran order, expected C order".into());
        }
        let list = after("shape")?.trim_start_matches('(').split(')').next().unwrap_or_default().to_owned();
        let shape: Vec<usize> = list
            .split(',')
            .map(str::trim)
            .filter(|s| !s.is_empty())
            .map(|s| s.parse().map_err(|_| format!("its shape ({list}) is no list of numbers")))
            .collect::<Result<_, _>>()?;
        let digits = kind.get(2..).and_then(|d| d.parse::<usize>().ok()).ok_or(format!("unknown type `{kind}`"))?;
        let size = if kind.get(1..2) == Some("U") { digits.checked_mul(4) } else { Some(digits) };
        let raw = Self { kind, shape, data: bytes[end..].to_vec() };
        let expected = raw.count().zip(size).and_then(|(n, s)| n.checked_mul(s));
        if expected != Some(raw.data.len()) {
            return Err(format!("holds {} bytes, but its header says {:?} of {}", raw.data.len(), raw.shape, raw.kind));
        }
        Ok(raw)
    }

    /// Number of elements; `None` when it overflows.
    fn count(&self) -> Option<usize> {
        self.shape.iter().try_fold(1_usize, |n, &s| n.checked_mul(s))
    }

    fn map<const N: usize, T>(&self, convert: impl Fn([u8; N]) -> T) -> Vec<T> {
        self.data.as_chunks::<N>().0.iter().map(|c| convert(*c)).collect()
    }
}
