//! NumPy's `.npy`, with nothing in the file trusted: every claim of a header is held against the bytes that are there before memory
//! is taken.
//!
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>, versions 1.0 to 3.0.

use super::pickle::pickled_number;
use ndarray::{Array, ArrayD, Dimension, IxDyn, ShapeBuilder};
use ndarray_npy::{ReadNpyExt, ReadableElement};

/// Headers are not longer: NumPy knows no longer ones in version 1.
pub(super) const LONGEST_HEADER: usize = 1 << 16;
const MOST_AXES: usize = 32;

/// What is said of bytes that are no such file.
pub(super) const NOT_NPY: &str = "not a .npy array (magic, type or shape missing)";

/// What the header of a `.npy` file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// NumPy's word for the type without byte order: `f4`, `u1`, `c16`, `U3` …
    pub kind: String,
    /// Whether the most significant byte comes first.
    pub big_endian: bool,
    /// Whether the first axis runs fastest.
    pub fortran: bool,
    /// Lengths of the axes.
    pub shape: Vec<usize>,
    /// Where the numbers begin, bytes.
    pub start: usize,
}

/// An array of numbers as f64, and NumPy's word for what they were.
#[derive(Clone, Debug)]
pub struct Numbers {
    /// The numbers.
    pub values: ArrayD<f64>,
    /// Type without byte order: `f4`, `u1`, `i8`, …
    pub kind: String,
}

impl Header {
    /// Takes a header apart; the text says what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let no = || NOT_NPY.to_owned();
        if !bytes.starts_with(b"\x93NUMPY") {
            return Err("is not a .npy file (its first bytes are not \\x93NUMPY)".into());
        }
        let number = |range: std::ops::Range<usize>| {
            bytes.get(range).map(|part| part.iter().rev().fold(0_usize, |n, &b| n << 8 | usize::from(b)))
        };
        let (start, length): (usize, Option<usize>) = match bytes.get(6) {
            Some(1) => (10, number(8..10)),
            Some(2 | 3) => (12, number(8..12)),
            Some(version) => return Err(format!(".npy version {version} is unknown (1 to 3 are)")),
            None => return Err(no()),
        };
        let length = length.ok_or_else(no)?;
        let text = bytes.get(start..start.saturating_add(length)).filter(|_| length <= LONGEST_HEADER);
        let text = text.ok_or_else(|| format!(".npy header of {length} bytes is cut off or absurd"))?;
        let text = std::str::from_utf8(text).map_err(|_| ".npy header is not text")?;
        if text.bytes().filter(|b| b"([{".contains(b)).count() > 2 {
            return Err(format!(".npy header describes no plain array: {}", text.trim()));
        }
        let value = |key: &str| {
            let at = text.find(&format!("'{key}'")).or_else(|| text.find(&format!("\"{key}\"")))?;
            text[at + key.len() + 2..].trim_start().strip_prefix(':').map(str::trim_start)
        };
        let descr = value("descr").and_then(|rest| {
            let quote = rest.chars().next().filter(|c| *c == '\'' || *c == '"')?;
            rest[1..].split_once(quote).map(|(value, _)| value)
        });
        let descr = descr.ok_or(".npy header has no plain `descr`")?;
        let shape = value("shape").and_then(extents).filter(|shape| shape.len() <= MOST_AXES);
        let shape = shape.ok_or_else(|| format!(".npy header has no usable shape: {}", text.trim()))?;
        Ok(Self {
            kind: descr.trim_start_matches(['<', '>', '|', '=']).to_owned(),
            big_endian: descr.starts_with('>'),
            fortran: value("fortran_order").is_some_and(|v| v.starts_with("True")),
            shape,
            start: start + length,
        })
    }

    /// Number of elements; `None` when that is more than can be counted.
    pub fn count(&self) -> Option<usize> {
        self.shape.iter().try_fold(1_usize, |n, &axis| n.checked_mul(axis))
    }

    /// Bytes of an element; `None` for a type that has no width.
    pub fn element_bytes(&self) -> Option<usize> {
        let digits: usize = self.kind.get(1..)?.parse().ok()?;
        // NumPy counts letters of four bytes.
        if self.kind.starts_with('U') { digits.checked_mul(4) } else { Some(digits) }
    }

    /// Refuses a file whose numbers are not exactly as many bytes as its header says.
    pub fn require_whole(&self, bytes: &[u8]) -> Result<(), String> {
        let there = bytes.len().saturating_sub(self.start);
        let expected = self.count().zip(self.element_bytes()).and_then(|(n, width)| n.checked_mul(width));
        let (shape, kind) = (&self.shape, &self.kind);
        if expected != Some(there) {
            let expected = expected.map_or("too many".into(), |n| n.to_string());
            return Err(format!("shape {shape:?} of `{kind}` takes {expected} bytes, {there} are there"));
        }
        // ndarray counts its elements in isize, axes of length zero left out.
        let lens = self.shape.iter().filter(|&&n| n != 0);
        match lens.copied().try_fold(1_isize, |n, axis| n.checked_mul(axis as isize)) {
            Some(_) => Ok(()),
            None => Err(format!("shape {shape:?} is absurd")),
        }
    }

    /// Refuses a file that holds fewer numbers than its header says: readers take as much memory as is claimed.
    fn require_enough(&self, bytes: &[u8], width: usize) -> Result<(), String> {
        let claimed = self.count().and_then(|n| n.checked_mul(width));
        if claimed.is_none_or(|claimed| claimed > bytes.len()) {
            return Err(format!(
                "its header claims shape {:?} of type {}, but only {} bytes are there: cut short?",
                self.shape,
                self.kind,
                bytes.len()
            ));
        }
        Ok(())
    }
}

/// The numbers of `(3, 4)`; a trailing comma is Python's spelling of a tuple of one, `L` that of its second version.
fn extents(rest: &str) -> Option<Vec<usize>> {
    let (inside, _) = rest.strip_prefix('(')?.split_once(')')?;
    let parts: Vec<&str> = inside.split(',').map(str::trim).collect();
    let parts = if parts.last() == Some(&"") { &parts[..parts.len() - 1] } else { &parts[..] };
    parts.iter().map(|part| part.trim_end_matches('L').parse().ok()).collect()
}

/// A whole `.npy` file whose element type and number of axes are those of the result, in C order; the text says what is wrong.
pub fn decode<T: ReadableElement + Clone, D: Dimension>(bytes: &[u8]) -> Result<Array<T, D>, String> {
    Header::parse(bytes)?.require_enough(bytes, size_of::<T>())?;
    let axes = D::NDIM.map_or("any axes".into(), |n| format!("{n} axes"));
    let array = Array::<T, D>::read_npy(bytes)
        .map_err(|e| format!("{e}; expected {} with {axes}", std::any::type_name::<T>()))?;
    Ok(if array.is_standard_layout() { array } else { array.as_standard_layout().into_owned() })
}

/// Plain numbers of any type out of the bytes of a `.npy` file, in either byte order; the text says what is wrong.
pub fn numbers(bytes: &[u8]) -> Result<Numbers, String> {
    let head = Header::parse(bytes)?;
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
    head.require_enough(bytes, head.element_bytes().unwrap_or(1))?;
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
fn halves(head: &Header, data: &[u8]) -> Result<ArrayD<f64>, String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        let header = format!("{header}\n");
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn absurd_headers_are_errors() {
        for header in [
            "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 18446744073709551615), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807,), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': ((((((((((1,))))))))), }",
            "{'descr': '|O8', 'fortran_order': False, 'shape': (1,), }",
            "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
            "{'shape': (1,), }",
            "",
        ] {
            let bytes = file(header, &[0; 8]);
            let whole = Header::parse(&bytes).and_then(|head| head.require_whole(&bytes));
            assert!(whole.is_err() || numbers(&bytes).is_err(), "{header}");
        }
        for bytes in [&b""[..], b"\x93NUMPY", b"\x93NUMPY\x02\x00\xff\xff", b"\x93NUMPY\x02\x00\xff\xff\xff\xff"] {
            Header::parse(bytes).unwrap_err();
        }
    }

    /// `np.array([1, -2.5, 65504, 6e-8, np.inf], '>f2')`: its bytes, and the values that NumPy prints as float64.
    #[test]
    fn half_precision_is_numpys() {
        let data = [0x3c, 0x00, 0xc1, 0x00, 0x7b, 0xff, 0x00, 0x01, 0x7c, 0x00];
        let bytes = file("{'descr': '>f2', 'fortran_order': False, 'shape': (5,), }", &data);
        let found = numbers(&bytes).unwrap().values;
        assert_eq!(found.as_slice().unwrap(), [1.0, -2.5, 65504.0, 5.960464477539063e-8, f64::INFINITY]);
    }

    #[test]
    fn fortran_order_is_turned() {
        // [[1, 3], [2, 4]] in Fortran order.
        let data: Vec<u8> = [1.0_f32, 2.0, 3.0, 4.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        let bytes = file("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }", &data);
        let found: ndarray::Array2<f32> = decode(&bytes).unwrap();
        assert!(found.is_standard_layout() && found == ndarray::array![[1.0, 3.0], [2.0, 4.0]]);
    }
}
