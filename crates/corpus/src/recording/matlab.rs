//! Arrays of MATLAB's files, level 5 (The MathWorks, "MAT-File format", chapter 1): numbers, plain or packed. Newer files are HDF5 and are
//! refused by name.

use super::RecordingError;
use crate::base::Complex32;
use flate2::read::ZlibDecoder;
use ndarray::{Array2, Array3, ArrayD, IxDyn, ShapeBuilder};
use std::io::Read;
use std::path::Path;

/// No array is larger, bytes.
const LARGEST: u64 = 1 << 28;
const HEADER: usize = 128;
const MATRIX: u32 = 14;
const PACKED: u32 = 15;

/// An element: its type, its bytes, and what follows it.
fn element(bytes: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    let word = |at: usize| bytes.get(at..at + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let first = word(0)?;
    // Up to four bytes stand within the tag.
    if first >> 16 != 0 {
        let size = (first >> 16) as usize;
        return Some((first & 0xFFFF, bytes.get(4..4 + size.min(4))?, bytes.get(8..)?));
    }
    let size = word(4)? as usize;
    let body = bytes.get(8..8usize.checked_add(size)?)?;
    // All but packed ones fill up to eight bytes.
    let padded = if first == PACKED { size } else { size.next_multiple_of(8) };
    Some((first, body, bytes.get(8 + padded..).unwrap_or(&[])))
}

/// Numbers of an element of a numeric type.
fn numbers(kind: u32, bytes: &[u8]) -> Option<Vec<f64>> {
    fn each<const N: usize>(bytes: &[u8], of: impl Fn([u8; N]) -> f64) -> Vec<f64> {
        bytes.chunks_exact(N).filter_map(|c| c.try_into().ok()).map(of).collect()
    }
    Some(match kind {
        1 => each(bytes, |b: [u8; 1]| f64::from(b[0] as i8)),
        2 => each(bytes, |b: [u8; 1]| f64::from(b[0])),
        3 => each(bytes, |b| f64::from(i16::from_le_bytes(b))),
        4 => each(bytes, |b| f64::from(u16::from_le_bytes(b))),
        5 => each(bytes, |b| f64::from(i32::from_le_bytes(b))),
        6 => each(bytes, |b| f64::from(u32::from_le_bytes(b))),
        7 => each(bytes, |b| f64::from(f32::from_le_bytes(b))),
        9 => each(bytes, f64::from_le_bytes),
        _ => return None,
    })
}

/// A matrix of numbers.
struct Matrix {
    name: String,
    real: ArrayD<f64>,
    imaginary: Option<ArrayD<f64>>,
}

/// `None` of what is no array of numbers.
fn matrix(body: &[u8]) -> Option<Matrix> {
    let (_, flags, rest) = element(body)?;
    // Classes 6 to 15 are numbers.
    if !(6..=15).contains(flags.first()?) {
        return None;
    }
    let (kind, dims, rest) = element(rest)?;
    let dims: Vec<usize> = numbers(kind, dims)?.into_iter().map(|d| d as usize).collect();
    let (_, name, rest) = element(rest)?;
    let shaped = |kind: u32, data: &[u8]| ArrayD::from_shape_vec(IxDyn(&dims).f(), numbers(kind, data)?).ok();
    let (kind, data, rest) = element(rest)?;
    let real = shaped(kind, data)?;
    // The second byte of the flags says that imaginary parts follow.
    let imaginary = match flags.get(1)? & 0x08 {
        0 => None,
        _ => {
            let (kind, data, _) = element(rest)?;
            Some(shaped(kind, data)?)
        }
    };
    Some(Matrix { name: String::from_utf8_lossy(name).into_owned(), real, imaginary })
}

/// The only array of three axes of a file, complex.
pub(super) fn complex_cube(path: &Path) -> Result<Array3<Complex32>, RecordingError> {
    let cubes: Vec<Matrix> = all(path)?.into_iter().filter(|m| m.real.ndim() == 3).collect();
    let [Matrix { name, real, imaginary: Some(imaginary) }] = &cubes[..] else {
        let found = cubes.iter().map(|m| m.name.as_str()).collect::<Vec<_>>().join(", ");
        let what = format!("expected one complex array of three axes; those of three axes are: {found}");
        return Err(RecordingError::file(path, what));
    };
    let shape: Vec<usize> = real.shape().to_vec();
    let values = real.iter().zip(imaginary).map(|(re, im)| Complex32::new(*re as f32, *im as f32)).collect();
    Array3::from_shape_vec((shape[0], shape[1], shape[2]), values)
        .map_err(|e| RecordingError::array(path, name, e.to_string()))
}

/// The only array of two axes of a file with two rows or more, real.
pub(super) fn table(path: &Path) -> Result<Array2<f64>, RecordingError> {
    let tables: Vec<Matrix> = all(path)?.into_iter().filter(|m| m.real.ndim() == 2 && m.real.len() > 1).collect();
    let [Matrix { name, real, imaginary: None }] = &tables[..] else {
        let found = tables.iter().map(|m| m.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(RecordingError::file(path, format!("expected one real table; there are: {found}")));
    };
    real.clone().into_dimensionality().map_err(|e| RecordingError::array(path, name, e.to_string()))
}

/// The array `name` of a file, axes in MATLAB's order.
pub(super) fn array(path: &Path, name: &str) -> Result<ArrayD<f64>, RecordingError> {
    let mut there = Vec::new();
    for found in all(path)? {
        if found.name == name {
            return Ok(found.real);
        }
        there.push(found.name);
    }
    Err(RecordingError::array(path, name, format!("it is missing; the file has {}", there.join(", "))))
}

/// All arrays of numbers of a file.
fn all(path: &Path) -> Result<Vec<Matrix>, RecordingError> {
    let bytes = std::fs::read(path).map_err(RecordingError::read(path))?;
    if bytes.starts_with(b"MATLAB 7.3") {
        let what = "is a MATLAB 7.3 file, which is HDF5: save it with '-v7'";
        return Err(RecordingError::file(path, what));
    }
    if bytes.len() < HEADER || bytes[126..128] != *b"IM" {
        return Err(RecordingError::file(path, "is no MATLAB file of level 5, least significant byte first"));
    }
    let mut rest = &bytes[HEADER..];
    let mut found = Vec::new();
    while !rest.is_empty() {
        let Some((kind, body, behind)) = element(rest) else {
            return Err(RecordingError::file(path, "is cut short"));
        };
        rest = behind;
        let mut unpacked = Vec::new();
        let body = if kind == PACKED {
            let read = ZlibDecoder::new(body).take(LARGEST).read_to_end(&mut unpacked);
            read.map_err(|e| RecordingError::file(path, format!("cannot be unpacked ({e}); copy the file again")))?;
            element(&unpacked).filter(|(kind, ..)| *kind == MATRIX).map(|(_, body, _)| body)
        } else {
            (kind == MATRIX).then_some(body)
        };
        found.extend(body.and_then(matrix));
    }
    Ok(found)
}
