//! Npz archives. Arrays are read with nothing in the file trusted: every size is held against the bytes that are there.
//!
//! Plain numbers are read, in either byte order; of long arrays any run of rows without the rest. Pickled objects are refused,
//! since a pickle is a program.

mod write;

pub use write::NpzFile;

use super::npy::{self, Header, LONGEST_HEADER, NOT_NPY, Numbers};
use ndarray::{Array, ArrayD, Dimension, IxDyn};
use ndarray_npy::ReadableElement;
use std::io::{Read, Seek};
use std::ops::Range;
use zip::ZipArchive;

/// No array is larger than this (SMPL-X's 486 pose directions in f64 have 122 MB).
const LARGEST_ARRAY_BYTES: u64 = 1 << 30;
/// Of an array from which some rows are picked no more is unpacked.
const LONGEST_ARRAY_BYTES: u64 = 16 << 30;

/// An npz archive cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum NpzError {
    /// Not an archive, or one that is cut short.
    #[error("{origin}: not a readable npz archive ({what}); expected a .npz written by numpy.savez")]
    Archive {
        /// File name or `embedded`.
        origin: String,
        /// What the reader said.
        what: String,
    },
    /// An array is missing.
    #[error("{origin}: array `{array}` is missing; expected {expected}; the file has: {found}")]
    Missing {
        /// File name or `embedded`.
        origin: String,
        /// Key in the archive.
        array: String,
        /// Shape and meaning.
        expected: String,
        /// Keys that are there.
        found: String,
    },
    /// An array cannot be decoded.
    #[error("{origin}: array `{array}` cannot be read: {what}")]
    Unreadable {
        /// File name or `embedded`.
        origin: String,
        /// Key in the archive.
        array: String,
        /// What is wrong and what was expected.
        what: String,
    },
}

/// An open npz archive; arrays are read when they are asked for.
pub struct Npz<R> {
    origin: String,
    zip: ZipArchive<R>,
}

/// Which rows of an array are read; increasing.
#[derive(Clone, Debug)]
pub enum Rows<'a> {
    /// One behind the other.
    Range(Range<usize>),
    /// Those of these numbers.
    Picked(&'a [usize]),
}

impl Rows<'_> {
    /// How many they are.
    pub fn len(&self) -> usize {
        match self {
            Self::Range(range) => range.len(),
            Self::Picked(numbers) => numbers.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn numbers(&self) -> Box<dyn Iterator<Item = usize> + '_> {
        match self {
            Self::Range(range) => Box::new(range.clone()),
            Self::Picked(numbers) => Box::new(numbers.iter().copied()),
        }
    }
}

impl<R: Read + Seek> Npz<R> {
    /// Opens an archive; `origin` names it in errors.
    pub fn open(origin: &str, reader: R) -> Result<Self, NpzError> {
        let zip =
            ZipArchive::new(reader).map_err(|e| NpzError::Archive { origin: origin.into(), what: e.to_string() })?;
        Ok(Self { origin: origin.into(), zip })
    }

    /// Whether there is an array of this name.
    pub fn has(&self, array: &str) -> bool {
        self.zip.index_for_name(&format!("{array}.npy")).is_some()
    }

    /// Names of the arrays, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.zip.file_names().map(|n| n.trim_end_matches(".npy").to_owned()).collect();
        names.sort();
        names
    }

    fn unreadable(&self, array: &str, what: impl Into<String>) -> NpzError {
        NpzError::Unreadable { origin: self.origin.clone(), array: array.into(), what: what.into() }
    }

    fn missing(&self, array: &str, expected: &str) -> NpzError {
        let mut found = self.names();
        found.truncate(40);
        NpzError::Missing {
            origin: self.origin.clone(),
            array: array.into(),
            expected: expected.into(),
            found: if found.is_empty() { "nothing".into() } else { found.join(", ") },
        }
    }

    /// At most `limit` unpacked bytes of an array's file.
    fn bytes(&mut self, array: &str, expected: &str, limit: u64) -> Result<Vec<u8>, NpzError> {
        if !self.has(array) {
            return Err(self.missing(array, expected));
        }
        let mut bytes = Vec::new();
        let read = match self.zip.by_name(&format!("{array}.npy")) {
            Ok(entry) => entry.take(limit).read_to_end(&mut bytes).map_err(|e| e.to_string()),
            Err(e) => Err(e.to_string()),
        };
        read.map_err(|e| self.unreadable(array, format!("{e}; the file is cut short or damaged")))?;
        Ok(bytes)
    }

    /// The file of a whole array, unpacked.
    pub fn file(&mut self, array: &str, expected: &str) -> Result<Vec<u8>, NpzError> {
        let bytes = self.bytes(array, expected, LARGEST_ARRAY_BYTES + 1)?;
        if bytes.len() as u64 > LARGEST_ARRAY_BYTES {
            return Err(self.unreadable(array, format!("larger than {LARGEST_ARRAY_BYTES} bytes")));
        }
        Ok(bytes)
    }

    /// Reads a whole array whose element type and number of axes are those of the result.
    pub fn array<T: ReadableElement + Clone, D: Dimension>(
        &mut self,
        array: &str,
        expected: &str,
    ) -> Result<Array<T, D>, NpzError> {
        let bytes = self.file(array, expected)?;
        npy::decode(&bytes).map_err(|what| self.unreadable(array, what))
    }

    /// Reads a whole array of numbers; `expected` says its shape and meaning in the error when it is missing.
    pub fn numbers(&mut self, array: &str, expected: &str) -> Result<Numbers, NpzError> {
        let bytes = self.file(array, expected)?;
        npy::numbers(&bytes).map_err(|what| self.unreadable(array, what))
    }

    /// Shape of an array according to its header; the numbers are not read.
    pub fn shape(&mut self, array: &str, expected: &str) -> Result<Vec<usize>, NpzError> {
        let bytes = self.bytes(array, expected, LONGEST_HEADER as u64)?;
        Header::parse(&bytes).map(|head| head.shape).map_err(|_| self.unreadable(array, NOT_NPY))
    }

    /// Some rows of an array of at least one axis (cut to the rows that are there), and its whole shape.
    ///
    /// What lies before and between the rows is unpacked and dropped; what lies behind them is not read.
    pub fn rows(&mut self, array: &str, expected: &str, which: &Rows) -> Result<(Numbers, Vec<usize>), NpzError> {
        let shape = self.shape(array, expected)?;
        let Some((&count, row)) = shape.split_first() else {
            return Err(self.unreadable(array, format!("it is a single number; expected {expected}")));
        };
        let numbers: Vec<usize> = which.numbers().filter(|n| *n < count).collect();
        let bytes = self.bytes(array, expected, LONGEST_HEADER as u64)?;
        let plain = Header::parse(&bytes)
            .ok()
            .filter(|h| !h.fortran && !h.big_endian && ["f4", "f8"].contains(&h.kind.as_str()));
        let width = row.iter().try_fold(1usize, |n, &e| n.checked_mul(e));
        let (Some(head), Some(width)) = (plain, width) else {
            // Rare layouts are read whole.
            let all = self.numbers(array, expected)?;
            return Ok((Numbers { values: all.values.select(ndarray::Axis(0), &numbers), kind: all.kind }, shape));
        };
        let size = if head.kind == "f4" { 4 } else { 8 };
        let span = |rows: usize| width.checked_mul(rows).and_then(|n| n.checked_mul(size)).map(|n| n as u64);
        let last = numbers.last().map_or(0, |n| n + 1);
        let (Some(skip), Some(take), Some(one)) = (span(last), span(numbers.len()), span(1)) else {
            return Err(self.unreadable(array, format!("its header claims the impossible shape {shape:?}")));
        };
        if take > LARGEST_ARRAY_BYTES || skip > LONGEST_ARRAY_BYTES {
            return Err(self.unreadable(array, format!("larger than {LARGEST_ARRAY_BYTES} bytes")));
        }
        let mut kept = Vec::new();
        let read = match self.zip.by_name(&format!("{array}.npy")) {
            Ok(mut entry) => pick(&mut entry, head.start as u64, one, &numbers, &mut kept).map_err(|e| e.to_string()),
            Err(e) => Err(e.to_string()),
        };
        read.map_err(|e| self.unreadable(array, format!("{e}; the file is cut short or damaged")))?;
        let values: Vec<f64> = match size {
            4 => kept.as_chunks::<4>().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect(),
            _ => kept.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect(),
        };
        let found = values.len();
        let mut part = shape.clone();
        part[0] = numbers.len();
        let values = ArrayD::from_shape_vec(IxDyn(&part), values).map_err(|_| {
            let from = numbers.first().copied().unwrap_or(0);
            self.unreadable(
                array,
                format!("its header claims {shape:?}, but rows {from} to {last} hold {found} numbers"),
            )
        })?;
        Ok((Numbers { values, kind: head.kind }, shape))
    }

    /// The ASCII letters and digits of a short array's bytes: enough to recognise a word, whatever NumPy made of it (a string of
    /// 1 or 4 bytes a letter, an array of one string, or a pickled object, which is not unpickled).
    pub fn letters(&mut self, array: &str, expected: &str) -> Result<String, NpzError> {
        let bytes = self.bytes(array, expected, LONGEST_HEADER as u64)?;
        let head = Header::parse(&bytes).map_err(|_| self.unreadable(array, NOT_NPY))?;
        let data = bytes.get(head.start..).unwrap_or_default();
        Ok(data.iter().filter(|b| b.is_ascii_alphanumeric()).map(|&b| b as char).collect())
    }
}

/// Copies rows of `one` bytes, in increasing order, out of a stream whose rows begin after `head` bytes.
fn pick(stream: &mut impl Read, head: u64, one: u64, numbers: &[usize], kept: &mut Vec<u8>) -> std::io::Result<()> {
    std::io::copy(&mut stream.by_ref().take(head), &mut std::io::sink())?;
    let (mut at, mut next) = (0, 0);
    while let Some(&first) = numbers.get(next) {
        // Neighbours are read in one go.
        let run = numbers[next..].iter().zip(first..).take_while(|(n, k)| **n == *k).count();
        std::io::copy(&mut stream.by_ref().take((first - at) as u64 * one), &mut std::io::sink())?;
        stream.by_ref().take(run as u64 * one).read_to_end(kept)?;
        (at, next) = (first + run, next + run);
    }
    Ok(())
}
