//! NumPy's `.npy` in memory, with every claim of the header checked against the bytes that are there before anything is
//! allocated: a foreign or damaged header must not decide how much memory is taken.
//!
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>, versions 1.0 to 3.0.

use super::array::{ArrayData, on_array};
use ndarray::{ArrayD, CowArray};
use ndarray_npy::{ReadNpyExt, ReadableElement, WriteNpyExt};

/// Headers of arrays with a handful of axes take 128 bytes; whatever is much longer is not ours to parse.
const LONGEST_HEADER: usize = 4096;
const MOST_AXES: usize = 16;

/// The array as a `.npy` file.
pub(super) fn encode(data: &ArrayData) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    // C order whatever the layout in memory, so that equal arrays give equal bytes.
    on_array!(data, a => CowArray::from(a.as_standard_layout()).write_npy(&mut bytes)).map_err(|e| e.to_string())?;
    Ok(bytes)
}

/// Reads a whole `.npy` file from memory.
pub(super) fn decode(bytes: &[u8]) -> Result<ArrayData, String> {
    let header = Header::parse(bytes)?;
    let data = match header.descr.as_str() {
        "<f4" => ArrayData::F32(read(bytes)?),
        "<f8" => ArrayData::F64(read(bytes)?),
        "<c8" => ArrayData::C64(read(bytes)?),
        "|u1" => ArrayData::U8(read(bytes)?),
        "<i2" => ArrayData::I16(read(bytes)?),
        "<i4" => ArrayData::I32(read(bytes)?),
        "<i8" => ArrayData::I64(read(bytes)?),
        other => return Err(format!("NumPy type `{other}` is none that a corpus keeps")),
    };
    Ok(data)
}

fn read<T: ReadableElement + Clone>(bytes: &[u8]) -> Result<ArrayD<T>, String> {
    let array = ArrayD::<T>::read_npy(bytes).map_err(|e| e.to_string())?;
    Ok(if array.is_standard_layout() { array } else { array.as_standard_layout().into_owned() })
}

struct Header {
    descr: String,
}

impl Header {
    /// Reads the header and holds its shape against the number of bytes that follow.
    fn parse(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() < 10 || &bytes[..6] != b"\x93NUMPY" {
            return Err("is not a .npy file (its first bytes are not \\x93NUMPY)".into());
        }
        let (start, length) = match bytes[6] {
            1 => (10, u16::from_le_bytes([bytes[8], bytes[9]]) as usize),
            2 | 3 if bytes.len() >= 12 => (12, u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]) as usize),
            version => return Err(format!(".npy version {version} is unknown (1 to 3 are)")),
        };
        if length > LONGEST_HEADER || bytes.len() - start < length {
            return Err(format!(".npy header of {length} bytes is cut off or absurd"));
        }
        let text = std::str::from_utf8(&bytes[start..start + length]).map_err(|_| ".npy header is not text")?;
        if text.bytes().filter(|b| b"([{".contains(b)).count() > 2 {
            return Err(format!(".npy header describes no plain array: {}", text.trim()));
        }
        let descr = quoted(text, "descr").ok_or(".npy header has no plain `descr`")?;
        let shape = shape(text).ok_or_else(|| format!(".npy header has no usable shape: {}", text.trim()))?;
        let width = descr.trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<usize>().unwrap_or(0);
        let expected = shape.iter().try_fold(width, |n, &axis| n.checked_mul(axis));
        let there = bytes.len() - start - length;
        if expected != Some(there) {
            let expected = expected.map_or("too many".into(), |n| n.to_string());
            return Err(format!("shape {shape:?} of `{descr}` takes {expected} bytes, {there} are there"));
        }
        // ndarray counts its elements in isize, axes of length zero left out.
        if shape.iter().filter(|&&n| n != 0).try_fold(1_isize, |n, &axis| n.checked_mul(axis as isize)).is_none() {
            return Err(format!("shape {shape:?} is absurd"));
        }
        Ok(Self { descr })
    }
}

/// The quoted value of `key` in the Python dictionary of the header.
fn quoted(text: &str, key: &str) -> Option<String> {
    let rest = value_of(text, key)?;
    let quote = rest.chars().next().filter(|c| *c == '\'' || *c == '"')?;
    rest[1..].split_once(quote).map(|(value, _)| value.to_owned())
}

fn shape(text: &str) -> Option<Vec<usize>> {
    let (inside, _) = value_of(text, "shape")?.strip_prefix('(')?.split_once(')')?;
    let parts: Vec<&str> = inside.split(',').map(str::trim).collect();
    // One trailing comma is Python's spelling of a tuple of one.
    let parts = if parts.last() == Some(&"") { &parts[..parts.len() - 1] } else { &parts[..] };
    let axes: Option<Vec<usize>> = parts.iter().map(|p| p.parse().ok()).collect();
    axes.filter(|a| a.len() <= MOST_AXES)
}

fn value_of<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let at = text.find(&format!("'{key}'")).or_else(|| text.find(&format!("\"{key}\"")))?;
    text[at + key.len() + 2..].trim_start().strip_prefix(':').map(str::trim_start)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
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
    fn reads_back_what_it_wrote_in_c_order() {
        let fortran = ndarray::Array2::from_shape_fn((3, 2), |(i, j)| (10 * i + j) as f32).reversed_axes().into_dyn();
        let bytes = encode(&ArrayData::F32(fortran.clone())).unwrap();
        let ArrayData::F32(back) = decode(&bytes).unwrap() else { panic!("float32 expected") };
        assert_eq!(back, fortran);
        assert!(back.is_standard_layout());
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
            decode(&file(header, &[0; 8])).unwrap_err();
        }
        decode(b"").unwrap_err();
        decode(b"\x93NUMPY\x02\x00\xff\xff").unwrap_err();
        decode(b"\x93NUMPY\x02\x00\xff\xff\xff\xff").unwrap_err();
    }
}
