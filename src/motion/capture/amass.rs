//! AMASS archives (Mahmood et al. 2019) and SMPL-X archives of the same layout.
//!
//! # Shapes
//! `poses [frame, 3 joint]` rotation vectors in SMPL's frame (66 or 72 SMPL, 156 SMPL-H, 165 SMPL-X), or its parts (see
//! [`super::pose_parts`]); `trans` or `transl [frame, 3]` m; `mocap_framerate` or `mocap_frame_rate` Hz; `betas [coefficient]`; `gender`, `surface_model_type` texts. `dmpls` (soft
//! tissue) is left out.

use super::super::error::MotionError;
use super::pose_parts::{self, one_of};
use super::{Capture, Excerpt, Family, Gender, Poses};
use crate::base::npz::Npz;
use crate::base::{Rotation, Vec3};
use crate::body::Pose;
use crate::body::frame::rotation_from_smpl;
use ndarray::{ArrayD, Ix2};
use std::io::{Read, Seek};
use std::ops::Range;

const RATE_KEYS: [&str; 2] = ["mocap_framerate", "mocap_frame_rate"];
const POSES: &str =
    "[frame, 66, 72, 156 or 165], rotation vectors in radians, or `root_orient` and `pose_body` in their place";
const TRANSLATIONS: [&str; 2] = ["trans", "transl"];
const TRANS: &str = "[frame, 3], translation in m";
/// A translation beyond this is not one of a person in a room, m.
const FARTHEST: f64 = 1e4;

/// Frames and rate, from the head of the arrays.
pub(super) fn probe<R: Read + Seek>(origin: &str, reader: R) -> Result<(usize, f64), MotionError> {
    let mut npz = Npz::open(origin, reader)?;
    let rate = rate(origin, &mut npz)?;
    let key = leading(&npz);
    let shape = npz.shape(key, POSES)?;
    let frames = shape.first().copied().unwrap_or(0);
    Excerpt::WHOLE.frames(origin, frames.min(1), rate)?;
    Ok((frames, rate))
}

/// Whether an archive has poses at all.
pub(super) fn has_poses<R: Read + Seek>(origin: &str, reader: R) -> bool {
    Npz::open(origin, reader).is_ok_and(|npz| leading(&npz) != "poses" || npz.has("poses"))
}

/// The array whose rows are counted.
fn leading<R: Read + Seek>(npz: &Npz<R>) -> &'static str {
    let root = one_of(npz, &pose_parts::ROOT);
    if npz.has("poses") || !npz.has(root) { "poses" } else { root }
}

/// Reads the frames of `excerpt`.
pub(super) fn read<R: Read + Seek>(origin: &str, reader: R, excerpt: Excerpt) -> Result<Capture, MotionError> {
    let mut npz = Npz::open(origin, reader)?;
    let rate_hz = rate(origin, &mut npz)?;
    let mut notes = Vec::new();
    let key = leading(&npz);
    let count = npz.shape(key, POSES)?.first().copied().unwrap_or(0);
    let frames = excerpt.frames(origin, count, rate_hz)?;
    let (vectors, hands) = match key {
        "poses" => (rows(origin, &mut npz, key, POSES, &frames, count)?, None),
        _ => pose_parts::read(origin, &mut npz, &frames, count)?,
    };
    let family = family(origin, &mut npz, vectors.ncols())?;
    if let Some(hands) = &hands {
        let message = "principal components of hands; they show on bodies of SMPL-H and SMPL-X";
        notes.push(format!("{}: {message}", hands.arrays));
    }
    let key = one_of(&npz, &TRANSLATIONS);
    let trans = rows(origin, &mut npz, key, TRANS, &frames, count)?;
    if trans.ncols() != 3 {
        return Err(wrong(origin, key, &[count, trans.ncols()], TRANS));
    }
    if let Some(far) = trans.iter().find(|v| v.abs() > FARTHEST) {
        return Err(MotionError::file(origin, format!("array `{key}` has {far} m; expected metres within {FARTHEST}")));
    }
    if npz.has("dmpls") {
        notes.push("`dmpls` (soft tissue) is left out".to_owned());
    }
    let betas = match npz.has("betas") {
        true => finite(origin, "betas", npz.numbers("betas", "[coefficient]")?.values)?.iter().copied().collect(),
        false => Vec::new(),
    };
    let gender = match npz.has("gender") {
        true => gender(&npz.letters("gender", "female, male or neutral")?),
        false => None,
    };
    let mut poses: Vec<Pose> =
        vectors.rows().into_iter().zip(trans.rows()).map(|(v, t)| pose(&v.to_vec(), &t.to_vec())).collect();
    if turn_up(&mut poses) {
        notes.push("the world of the file is y up; it was turned".to_owned());
    }
    Ok(Capture { origin: origin.into(), rate_hz, poses: Poses::Smpl(family, poses), gender, betas, hands, notes })
}

fn rate<R: Read + Seek>(origin: &str, npz: &mut Npz<R>) -> Result<f64, MotionError> {
    let key = one_of(npz, &RATE_KEYS);
    let numbers = npz.numbers(key, "frames per second, as `mocap_framerate` or `mocap_frame_rate`")?;
    match numbers.values.iter().copied().collect::<Vec<_>>()[..] {
        [rate] => Ok(rate),
        _ => Err(wrong(origin, key, numbers.values.shape(), "one number, frames per second")),
    }
}

pub(super) fn wrong(origin: &str, array: &str, found: &[usize], expected: &str) -> MotionError {
    MotionError::file(origin, format!("array `{array}` has shape {found:?}, expected {expected}"))
}

fn finite(origin: &str, array: &str, values: ArrayD<f64>) -> Result<ArrayD<f64>, MotionError> {
    match values.iter().position(|v| !v.is_finite()) {
        None => Ok(values),
        Some(i) => {
            let row = values.shape().iter().skip(1).product::<usize>().max(1);
            Err(MotionError::file(origin, format!("array `{array}`, row {}: not a finite number", i / row)))
        }
    }
}

/// Rows of a matrix that must have `count` of them.
pub(super) fn rows<R: Read + Seek>(
    origin: &str,
    npz: &mut Npz<R>,
    array: &str,
    expected: &str,
    frames: &Range<usize>,
    count: usize,
) -> Result<ndarray::Array2<f64>, MotionError> {
    let (numbers, shape) = npz.rows(array, expected, frames.clone())?;
    if shape.len() != 2 || shape[0] != count {
        return Err(wrong(origin, array, &shape, &format!("{expected} with {count} frames")));
    }
    finite(origin, array, numbers.values)?
        .into_dimensionality::<Ix2>()
        .map_err(|_| wrong(origin, array, &shape, expected))
}

fn family<R: Read + Seek>(origin: &str, npz: &mut Npz<R>, width: usize) -> Result<Family, MotionError> {
    let family = match width {
        66 | 72 => Family::Smpl,
        156 => Family::SmplH,
        165 => Family::SmplX,
        // 6 or 12 of each hand's components are usual.
        78 | 87 | 90 | 99 => {
            let message = "by its width it may hold principal components of hands; these are read from `left_hand_pose` and \
                           `right_hand_pose` (or `pose_hand`) beside `root_orient` and `pose_body`";
            return Err(wrong(origin, "poses", &[width], &format!("{POSES}; {message}")));
        }
        _ => return Err(wrong(origin, "poses", &[width], POSES)),
    };
    if npz.has("surface_model_type") {
        let named = npz.letters("surface_model_type", "a text such as smplx")?.to_ascii_lowercase();
        let fits = !named.contains("smplx") || family == Family::SmplX;
        if !fits {
            let message = format!("`surface_model_type` says smplx, but `poses` has {width} columns, expected 165");
            return Err(MotionError::file(origin, message));
        }
    }
    Ok(family)
}

fn gender(letters: &str) -> Option<Gender> {
    let letters = letters.to_ascii_lowercase();
    // `female` holds `male`: the longer word first.
    [("female", Gender::Female), ("male", Gender::Male), ("neutral", Gender::Neutral)]
        .into_iter()
        .find(|(word, _)| letters.contains(word))
        .map(|(_, gender)| gender)
}

/// The root's rotation goes from SMPL's frame to the file's world: only its first half is turned into the body frame.
fn pose(vectors: &[f64], trans: &[f64]) -> Pose {
    let mut rotations: Vec<Rotation> = vectors.as_chunks::<3>().0.iter().map(|v| rotation_from_smpl(*v)).collect();
    if let (Some(root), Some([x, y, z])) = (rotations.first_mut(), vectors.first_chunk::<3>()) {
        *root = Rotation::from_scaled_axis(Vec3::new(*x, *y, *z)) * quarter().inverse();
    }
    Pose { translation: Vec3::new(trans[0], trans[1], trans[2]), rotations }
}

/// From y up to z up: (x, y, z) → (x, −z, y).
fn quarter() -> Rotation {
    Rotation::from_scaled_axis(Vec3::x() * std::f64::consts::FRAC_PI_2)
}

/// AMASS is z up; some data sets of the same layout are y up. Told by trunks that point along y on average, a pelvis height away
/// from y = 0 (in a z-up world that would be somebody lying); turns the poses if need be.
fn turn_up(poses: &mut [Pose]) -> bool {
    let count = poses.len().max(1) as f64;
    let up = poses.iter().map(|p| p.rotations[0] * Vec3::z()).sum::<Vec3>() / count;
    let height = poses.iter().map(|p| p.translation.y).sum::<f64>() / count;
    if up.y < 0.8 || !(0.5..1.5).contains(&height) {
        return false;
    }
    let turn = quarter();
    for pose in poses {
        pose.rotations[0] = turn * pose.rotations[0];
        pose.translation = turn * pose.translation;
    }
    true
}
