//! Arrays of an archive of poses: their names, a row a frame, and what a number in them is of.

use crate::base::npz::{Npz, Rows};
use crate::body::Joint;
use crate::motion::capture::skeleton::joint_map::word;
use crate::motion::error::MotionError;
use ndarray::ArrayD;
use std::io::{Read, Seek};

/// Names of the root's rotation.
pub(super) const ROOT: [&str; 2] = ["root_orient", "global_orient"];
pub(super) const BODY: [&str; 2] = ["pose_body", "body_pose"];

/// The name out of several that the archive has; without any the first one.
pub(super) fn one_of<R: Read + Seek>(npz: &Npz<R>, names: &[&'static str]) -> &'static str {
    names.iter().copied().find(|name| npz.has(name)).unwrap_or(names[0])
}

/// An array of another shape than is expected.
pub(super) fn wrong(origin: &str, array: &str, found: &[usize], expected: &str) -> MotionError {
    MotionError::file(origin, format!("array `{array}` has shape {found:?}, expected {expected}"))
}

fn finite(origin: &str, array: &str, values: ArrayD<f64>, which: &Rows) -> Result<ArrayD<f64>, MotionError> {
    let Some(i) = values.iter().position(|v| !v.is_finite()) else { return Ok(values) };
    let width = values.shape().iter().skip(1).product::<usize>().max(1);
    let (row, column) = (i / width, i % width);
    let frame = match which {
        Rows::Range(range) => range.start + row,
        Rows::Picked(numbers) => numbers.get(row).copied().unwrap_or(row),
    };
    let message = format!(
        "array `{array}`, frame {frame}: not a finite number in {}; mend or cut the frame",
        whose(array, column)
    );
    Err(MotionError::file(origin, message))
}

/// What a column of an array is of.
fn whose(array: &str, column: usize) -> String {
    let first = match array {
        "poses" => Some(0),
        name if ROOT.contains(&name) => Some(0),
        name if BODY.contains(&name) => Some(1),
        _ => None,
    };
    // Behind the body's joints come hands and face, which differ by family.
    match first.map(|first| first + column / 3) {
        Some(joint) if joint < 22 => format!("joint `{}`", word(Joint::ALL[joint])),
        Some(joint) => format!("joint {joint}"),
        None => format!("column {column}"),
    }
}

/// Rows of an array that must have `count` of them, each flattened.
pub(super) fn rows<R: Read + Seek>(
    origin: &str,
    npz: &mut Npz<R>,
    array: &str,
    expected: &str,
    which: &Rows,
    count: usize,
) -> Result<ndarray::Array2<f64>, MotionError> {
    let (numbers, shape) = npz.rows(array, expected, which)?;
    if let [_, _, 3, 3] = shape[..] {
        let message = format!("{expected}; rotation matrices are not read, write them as rotation vectors");
        return Err(wrong(origin, array, &shape, &message));
    }
    if !matches!(shape.len(), 2 | 3) || shape[0] != count || (shape.len() == 3 && shape[2] != 3) {
        return Err(wrong(origin, array, &shape, &format!("{expected} with {count} frames")));
    }
    let kept = numbers.values.shape()[0];
    finite(origin, array, numbers.values, which)?
        .as_standard_layout()
        .into_owned()
        .into_shape_with_order((kept, shape[1..].iter().product::<usize>()))
        .map_err(|_| wrong(origin, array, &shape, expected))
}
