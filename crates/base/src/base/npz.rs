//! Arrays out of an npz archive, with nothing in the file trusted: every size is held against the bytes that are there.
//!
//! Plain numbers are read, in either byte order; of long arrays any run of rows without the rest. Pickled objects are refused,
//! since a pickle is a program.

use super::pickle::pickled_number;
use ndarray::{ArrayD, IxDyn, ShapeBuilder};
use ndarray_npy::ReadNpyExt;
use std::io::{Read, Seek};
use std::ops::Range;
use zip::ZipArchive;

/// No array is larger than this (SMPL-X's 486 pose directions in f64 have 122 MB).
const LARGEST_ARRAY_BYTES: u64 = 1 << 30;
/// Of an array from which some rows are picked no more is unpacked.
const LONGEST_ARRAY_BYTES: u64 = 16 << 30;
/// NumPy writes headers of 128 bytes and knows no longer ones than 64 KiB in version 1.
const LONGEST_HEADER: usize = 1 << 16;

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

/// An array of numbers as f64, and NumPy's word for what they were.
#[derive(Clone, Debug)]
pub struct Numbers {
    /// The numbers.
    pub values: ArrayD<f64>,
    /// Type without byte order: `f4`, `u1`, `i8`, …
    pub kind: String,
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

/// What the header of a .npy file says.
struct Head {
    /// Type without byte order.
    kind: String,
    big_endian: bool,
    fortran: bool,
    shape: Vec<usize>,
    /// Where the numbers begin.
    start: usize,
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

    /// Reads a whole array of numbers; `expected` says its shape and meaning in the error when it is missing.
    pub fn numbers(&mut self, array: &str, expected: &str) -> Result<Numbers, NpzError> {
        let bytes = self.bytes(array, expected, LARGEST_ARRAY_BYTES + 1)?;
        if bytes.len() as u64 > LARGEST_ARRAY_BYTES {
            return Err(self.unreadable(array, format!("larger than {LARGEST_ARRAY_BYTES} bytes")));
        }
        numbers(&bytes).map_err(|what| self.unreadable(array, what))
    }

    /// Shape of an array according to its header; the numbers are not read.
    pub fn shape(&mut self, array: &str, expected: &str) -> Result<Vec<usize>, NpzError> {
        let bytes = self.bytes(array, expected, LONGEST_HEADER as u64)?;
        head(&bytes).map(|head| head.shape).ok_or_else(|| self.unreadable(array, NOT_NPY))
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
        let plain = head(&bytes).filter(|h| !h.fortran && !h.big_endian && ["f4", "f8"].contains(&h.kind.as_str()));
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
        let head = head(&bytes).ok_or_else(|| self.unreadable(array, NOT_NPY))?;
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

const NOT_NPY: &str = "not a .npy array (magic, type or shape missing)";

/// NumPy's word for the type of a `.npy` file (`c16`, `f4`; without byte order) and its shape, by its header alone.
pub fn npy_kind(bytes: &[u8]) -> Option<(String, Vec<usize>)> {
    head(bytes).map(|head| (head.kind, head.shape))
}

/// Plain numbers out of the bytes of a `.npy` file; the text says what is wrong.
pub fn npy_numbers(bytes: &[u8]) -> Result<Numbers, String> {
    numbers(bytes)
}

fn numbers(bytes: &[u8]) -> Result<Numbers, String> {
    let head = head(bytes).ok_or(NOT_NPY)?;
    if head.kind == "O" {
        let alone = head.shape.iter().all(|extent| *extent == 1);
        if let Some(number) = bytes.get(head.start..).filter(|_| alone).and_then(pickled_number) {
            let values = ArrayD::from_elem(IxDyn(&head.shape), number);
            return Ok(Numbers { values, kind: head.kind });
        }
        return Err("it is a pickled Python object (a sparse matrix or a list); expected plain numbers: convert the \
                    file with examples/smpl_to_npz.py"
            .into());
    }
    // The reader allocates what the header claims: hold the claim against the bytes that are there.
    let width: usize = head.kind.get(1..).and_then(|w| w.parse().ok()).unwrap_or(1);
    let count = head.shape.iter().try_fold(1usize, |n, &e| n.checked_mul(e));
    if count.and_then(|n| n.checked_mul(width)).is_none_or(|claimed| claimed > bytes.len()) {
        return Err(format!(
            "its header claims shape {:?} of type {}, but only {} bytes are there",
            head.shape,
            head.kind,
            bytes.len()
        ));
    }
    macro_rules! read {
        ($t:ty) => {
            ArrayD::<$t>::read_npy(bytes).map(|a| a.mapv(|v| v as f64)).map_err(|e| e.to_string())
        };
    }
    let values = match head.kind.as_str() {
        "f8" => read!(f64),
        "f4" => read!(f32),
        "f2" => halves(&head, bytes.get(head.start..).unwrap_or_default()),
        "u1" => read!(u8),
        "i1" => read!(i8),
        "u2" => read!(u16),
        "i2" => read!(i16),
        "u4" => read!(u32),
        "i4" => read!(i32),
        "u8" => read!(u64),
        "i8" => read!(i64),
        kind => Err(format!("type `{kind}` is not a plain number; expected float32, float64 or an integer")),
    }?;
    Ok(Numbers { values, kind: head.kind })
}

/// Numbers of half precision.
fn halves(head: &Head, data: &[u8]) -> Result<ArrayD<f64>, String> {
    let count: usize = head.shape.iter().product();
    let read = if head.big_endian { u16::from_be_bytes } else { u16::from_le_bytes };
    let values: Vec<f64> = data.as_chunks::<2>().0.iter().take(count).map(|b| half(read(*b))).collect();
    ArrayD::from_shape_vec(IxDyn(&head.shape).set_f(head.fortran), values).map_err(|e| e.to_string())
}

/// A number of half precision (IEEE 754, binary16): sign, 5 bits of exponent, 10 of fraction.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        e => (1.0 + fraction / 1024.0) * 2f64.powi(e - 15),
    }
}

/// Takes the header of a .npy file apart (format 1.0 to 3.0).
fn head(bytes: &[u8]) -> Option<Head> {
    if !bytes.starts_with(b"\x93NUMPY") {
        return None;
    }
    let (start, length): (usize, usize) = match *bytes.get(6)? {
        1 => (10, u16::from_le_bytes([*bytes.get(8)?, *bytes.get(9)?]) as usize),
        _ => (12, u32::from_le_bytes([*bytes.get(8)?, *bytes.get(9)?, *bytes.get(10)?, *bytes.get(11)?]) as usize),
    };
    let end = start.checked_add(length)?;
    let text = std::str::from_utf8(bytes.get(start..end)?).ok()?;
    let after = |key: &str| text.find(key).map(|at| &text[at + key.len()..]);
    let descr = after("'descr'")?.split('\'').nth(1)?;
    let fortran = after("'fortran_order'")?.trim_start_matches([':', ' ']).starts_with("True");
    let list = after("'shape'")?.split_once('(')?.1.split_once(')')?.0;
    let extents = list.split(',').map(str::trim).filter(|s| !s.is_empty());
    let shape = extents.map(|e| e.trim_end_matches('L').parse().ok()).collect::<Option<Vec<usize>>>()?;
    let kind = descr.trim_start_matches(['<', '>', '|', '=']).to_owned();
    Some(Head { kind, big_endian: descr.starts_with('>'), fortran, shape, start: end })
}
