//! Pose vectors that stand in several arrays, named as AMASS' SMPL-X archives do or as the package `smplx` does.
//!
//! # Shapes
//! `root_orient` or `global_orient [frame, 3]`; `pose_body` or `body_pose [frame, 63]` (SMPL: also 69); `pose_jaw` or `jaw_pose
//! [frame, 3]`; `pose_eye [frame, 6]` or `leye_pose` and `reye_pose [frame, 3]`; `pose_hand [frame, 90]` or `left_hand_pose` and
//! `right_hand_pose [frame, 45]`; all of them also as `[frame, joint, 3]`. Hands of fewer columns (1 to 44 each) are coefficients of
//! principal components.

use super::pose_arrays::{BODY, ROOT, one_of, rows, wrong};
use crate::base::npz::{Npz, Rows};
use crate::motion::capture::HandCoefficients;
use crate::motion::error::MotionError;
use ndarray::{Array2, Axis, concatenate, s};
use std::io::{Read, Seek};

const JAW: [&str; 2] = ["pose_jaw", "jaw_pose"];
/// Of both sides in one array, and of each.
const EYES: [&str; 3] = ["pose_eye", "leye_pose", "reye_pose"];
const HANDS: [&str; 3] = ["pose_hand", "left_hand_pose", "right_hand_pose"];
/// Numbers of one hand's 15 rotation vectors.
const HAND: usize = 45;
const HAND_SHAPE: &str =
    "[frame, 45], rotation vectors of a hand in radians, or 1 to 44 coefficients of principal components";

/// The pose vectors in the order of the model's joints: `[frame, 66 or 72]` without face and hands, 156 with hands, 165 with a face; and
/// the hands where they are coefficients, whose rotations are then zero.
pub(super) fn read<R: Read + Seek>(
    origin: &str,
    npz: &mut Npz<R>,
    which: &Rows,
    count: usize,
) -> Result<(Array2<f64>, Option<HandCoefficients>), MotionError> {
    let mut part = |name: &'static str, widths: &[usize], expected: &str| match npz.has(name) {
        false => Ok(None),
        true => {
            let part = rows(origin, npz, name, expected, which, count)?;
            match widths.contains(&part.ncols()) {
                true => Ok(Some(part)),
                false => Err(wrong(origin, name, &[count, part.ncols()], expected)),
            }
        }
    };
    let vectors = |width: usize| format!("[frame, {width}], rotation vectors in radians");
    let mut found = Vec::new();
    for (names, widths) in [(ROOT, &[3][..]), (BODY, &[63, 69])] {
        let [one, other] = names;
        match part(one, widths, &vectors(widths[0]))?.or(part(other, widths, &vectors(widths[0]))?) {
            Some(part) => found.push(part),
            None => {
                return Err(MotionError::file(
                    origin,
                    format!("array `{one}` (or `{other}`) is missing; expected {}", vectors(widths[0])),
                ));
            }
        }
    }
    let jaw = part(JAW[0], &[3], &vectors(3))?.or(part(JAW[1], &[3], &vectors(3))?);
    let eyes = sides(origin, EYES, &mut part, &vectors(3), &[3])?;
    let widths: Vec<usize> = (1..=HAND).collect();
    let hands = sides(origin, HANDS, &mut part, HAND_SHAPE, &widths)?;
    if found[1].ncols() == 69 && (jaw.is_some() || eyes.is_some() || hands.is_some()) {
        return Err(wrong(
            origin,
            one_of(npz, &BODY),
            &[count, 69],
            &format!("{} beside hands or a face", vectors(63)),
        ));
    }
    let zeros = |width: usize| Array2::zeros((which.len(), width));
    let join = |parts: &[Array2<f64>]| {
        let views: Vec<_> = parts.iter().map(|p| p.view()).collect();
        concatenate(Axis(1), &views).map_err(|e| MotionError::file(origin, e.to_string()))
    };
    let face = jaw.is_some() || eyes.is_some();
    if face {
        found.push(jaw.unwrap_or_else(|| zeros(3)));
        found.extend(eyes.map_or_else(|| vec![zeros(6)], Vec::from));
    }
    let mut coefficients = None;
    match hands {
        Some(hands) if hands[0].ncols() == HAND && hands[1].ncols() == HAND => found.extend(hands),
        Some(hands) => {
            let arrays =
                if npz.has(HANDS[0]) { format!("`{}`", HANDS[0]) } else { format!("`{}`, `{}`", HANDS[1], HANDS[2]) };
            coefficients = Some(HandCoefficients { sides: hands, arrays });
            found.push(zeros(2 * HAND));
        }
        None if face => found.push(zeros(2 * HAND)),
        None => {}
    }
    Ok((join(&found)?, coefficients))
}

/// Parts that stand beside `poses` must say the same: nobody can tell which of two motions is meant.
pub(super) fn check_beside<R: Read + Seek>(
    origin: &str,
    npz: &mut Npz<R>,
    which: &Rows,
    count: usize,
    poses: &Array2<f64>,
) -> Result<(), MotionError> {
    for (names, from) in [(ROOT, 0), (BODY, 3)] {
        for name in names.into_iter().filter(|name| npz.has(name)).collect::<Vec<_>>() {
            let part = rows(origin, npz, name, "[frame, column], as `poses` has it", which, count)?;
            let width = part.ncols().min(poses.ncols().saturating_sub(from));
            let here = poses.slice(s![.., from..from + width]);
            let apart = (&part.slice(s![.., ..width]) - &here).fold(0.0_f64, |most, v| most.max(v.abs()));
            if apart > SAME {
                let message = format!(
                    "arrays `poses` and `{name}` are of two motions (they differ by up to {apart:.3}); leave the wrong one out of the file"
                );
                return Err(MotionError::file(origin, message));
            }
        }
    }
    Ok(())
}

/// Rotation vectors that were stored twice, in single and in half precision, differ by less.
const SAME: f64 = 0.01;

/// Left and right out of one array of twice the width, or out of two.
fn sides(
    origin: &str,
    [both, left, right]: [&'static str; 3],
    part: &mut impl FnMut(&'static str, &[usize], &str) -> Result<Option<Array2<f64>>, MotionError>,
    expected: &str,
    widths: &[usize],
) -> Result<Option<[Array2<f64>; 2]>, MotionError> {
    let doubled: Vec<usize> = widths.iter().map(|w| 2 * w).collect();
    if let Some(pair) = part(both, &doubled, &format!("{expected}, of the left and then of the right"))? {
        let half = pair.ncols() / 2;
        return Ok(Some([pair.slice(s![.., ..half]).to_owned(), pair.slice(s![.., half..]).to_owned()]));
    }
    match (part(left, widths, expected)?, part(right, widths, expected)?) {
        (None, None) => Ok(None),
        (Some(a), Some(b)) if a.ncols() == b.ncols() => Ok(Some([a, b])),
        (Some(a), Some(b)) => {
            let message =
                format!("arrays `{left}` and `{right}` have {} and {} columns; expected as many", a.ncols(), b.ncols());
            Err(MotionError::file(origin, message))
        }
        (a, _) => {
            let (there, missing) = if a.is_some() { (left, right) } else { (right, left) };
            Err(MotionError::file(
                origin,
                format!("array `{missing}` is missing beside `{there}`; expected {expected}"),
            ))
        }
    }
}
