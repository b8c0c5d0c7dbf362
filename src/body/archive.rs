//! Arrays out of an npz archive, with nothing in the file trusted.

use super::error::BodyError;
use ndarray::ArrayD;
use ndarray_npy::ReadNpyExt;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// No array of a body model is larger than this (SMPL-X's 486 pose directions in f64 have 122 MB).
const LARGEST_ARRAY_BYTES: u64 = 1 << 30;

/// An npz archive in memory.
pub(super) struct Archive<'a> {
    origin: &'a str,
    zip: ZipArchive<Cursor<&'a [u8]>>,
}

/// An array of numbers as f64, and NumPy's word for what they were.
pub(super) struct Numbers {
    pub(super) values: ArrayD<f64>,
    /// Type without byte order: `f4`, `u1`, `i8`, …
    pub(super) kind: String,
}

impl<'a> Archive<'a> {
    pub(super) fn open(origin: &'a str, bytes: &'a [u8]) -> Result<Self, BodyError> {
        let zip = ZipArchive::new(Cursor::new(bytes))
            .map_err(|e| BodyError::Archive { origin: origin.into(), what: e.to_string() })?;
        Ok(Self { origin, zip })
    }

    pub(super) fn has(&self, array: &str) -> bool {
        self.zip.index_for_name(&format!("{array}.npy")).is_some()
    }

    /// Reads `array`; `expected` says its shape and meaning in the error when it is missing.
    pub(super) fn numbers(&mut self, array: &str, expected: &str) -> Result<Numbers, BodyError> {
        if !self.has(array) {
            let mut found: Vec<String> = self.zip.file_names().map(|n| n.trim_end_matches(".npy").to_owned()).collect();
            found.sort();
            found.truncate(40);
            return Err(BodyError::Missing {
                origin: self.origin.into(),
                array: array.into(),
                expected: expected.into(),
                found: if found.is_empty() { "nothing".into() } else { found.join(", ") },
            });
        }
        let unreadable = |what: String| BodyError::Unreadable { origin: self.origin.into(), array: array.into(), what };
        let entry = self.zip.by_name(&format!("{array}.npy")).map_err(|e| unreadable(e.to_string()))?;
        let mut bytes = Vec::new();
        entry
            .take(LARGEST_ARRAY_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| unreadable(format!("{e}; the file is cut short or damaged")))?;
        if bytes.len() as u64 > LARGEST_ARRAY_BYTES {
            return Err(unreadable(format!("larger than {LARGEST_ARRAY_BYTES} bytes")));
        }
        decode(&bytes).map_err(unreadable)
    }
}

fn decode(bytes: &[u8]) -> Result<Numbers, String> {
    let (descr, count) = head(bytes).ok_or("not a .npy array (magic, type or shape missing)")?;
    let kind = descr.trim_start_matches(['<', '>', '|', '=']).to_owned();
    // The reader allocates what the header claims: hold the claim against the bytes that are there.
    let width: usize = kind.get(1..).and_then(|w| w.parse().ok()).unwrap_or(1);
    if count.checked_mul(width).is_none_or(|claimed| claimed > bytes.len()) {
        return Err(format!(
            "its header claims {count} values of type {descr}, but only {} bytes are there",
            bytes.len()
        ));
    }
    macro_rules! read {
        ($t:ty) => {
            ArrayD::<$t>::read_npy(bytes).map(|a| a.mapv(|v| v as f64)).map_err(|e| e.to_string())
        };
    }
    let values = match kind.as_str() {
        "f8" => read!(f64),
        "f4" => read!(f32),
        "u1" => read!(u8),
        "i1" => read!(i8),
        "u2" => read!(u16),
        "i2" => read!(i16),
        "u4" => read!(u32),
        "i4" => read!(i32),
        "u8" => read!(u64),
        "i8" => read!(i64),
        _ => Err(format!(
            "type `{descr}` is not a plain number (float32/64 or an integer is expected; for pickled or sparse arrays \
             convert the file first)"
        )),
    }?;
    Ok(Numbers { values, kind })
}

/// Type and number of values according to the header of a .npy file.
fn head(bytes: &[u8]) -> Option<(String, usize)> {
    if !bytes.starts_with(b"\x93NUMPY") {
        return None;
    }
    let (start, length): (usize, usize) = match *bytes.get(6)? {
        1 => (10, u16::from_le_bytes([*bytes.get(8)?, *bytes.get(9)?]) as usize),
        _ => (12, u32::from_le_bytes([*bytes.get(8)?, *bytes.get(9)?, *bytes.get(10)?, *bytes.get(11)?]) as usize),
    };
    let text = std::str::from_utf8(bytes.get(start..start.checked_add(length)?)?).ok()?;
    let after = |key: &str| text.find(key).map(|at| &text[at + key.len()..]);
    let descr = after("'descr'")?.split('\'').nth(1)?.to_owned();
    let shape = after("'shape'")?.split_once('(')?.1.split_once(')')?.0;
    let mut count = 1usize;
    for extent in shape.split(',').map(str::trim).filter(|s| !s.is_empty()) {
        count = count.checked_mul(extent.trim_end_matches('L').parse().ok()?)?;
    }
    Some((descr, count))
}
