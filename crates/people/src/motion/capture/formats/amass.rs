//! AMASS archives (Mahmood et al. 2019) and SMPL-X archives of the same layout.
//!
//! # Shapes
//! `poses [frame, 3 joint]` or `[frame, joint, 3]` rotation vectors in SMPL's frame, in radians (some files have degrees; 66 or 72 SMPL, 156 SMPL-H, 165 SMPL-X), or its parts
//! (see [`super::pose_parts`]); `trans` or `transl [frame, 3]` m; `mocap_framerate`, `mocap_frame_rate` or `fps` Hz; `betas [coefficient]`; `gender`, `surface_model_type` texts. `dmpls` (soft
//! tissue) is left out.

use super::pose_arrays::{ROOT, one_of, rows, wrong};
use super::pose_parts;
use crate::base::npz::{Npz, Rows};
use crate::base::{Rotation, Vec3};
use crate::body::frame::rotation_from_smpl;
use crate::body::{BodyModel, BodyShape, Pose, Skeleton};
use crate::motion::capture::calibration::axes::world;
use crate::motion::capture::calibration::landmarks::{self, Landmarks};
use crate::motion::capture::calibration::person::{Person, Question};
use crate::motion::capture::calibration::survey::{self, Survey};
use crate::motion::capture::excerpt::Stretch;
use crate::motion::capture::reading::{AngleUnit, rate_as_stated};
use crate::motion::capture::{Capture, Excerpt, Family, Gender, HandCoefficients, Poses, Reading, UpAxis};
use crate::motion::error::MotionError;
use ndarray::Array2;
use std::io::{Read, Seek};
use std::sync::LazyLock;

const RATE_KEYS: [&str; 3] = ["mocap_framerate", "mocap_frame_rate", "fps"];
const POSES: &str = "[frame, 66, 72, 156 or 165] or [frame, joint, 3], rotation vectors in radians, or `root_orient` and `pose_body` in \
                     their place";
const TRANSLATIONS: [&str; 2] = ["trans", "transl"];
const TRANS: &str = "[frame, 3], translation in m";
/// A translation beyond this is not one of a person in a room, whatever its unit.
const FARTHEST: f64 = 1e6;

/// The skeleton that stands for the family where heights and speeds are told: they are within some cm of each other.
static SKELETON: LazyLock<Option<Skeleton>> =
    LazyLock::new(|| Some(BodyModel::cc0().shaped(&BodyShape::default()).ok()?.skeleton));
/// The root joint of a mean body over the model's origin, in SMPL's axes, m: of SMPL's neutral model, and about that of SMPL-X.
const ROOTS: [[f64; 3]; 2] = [[-0.0018, -0.2233, 0.0282], [0.0031, -0.3514, 0.0120]];

/// Frames and rate, from the head of the arrays.
pub(super) fn probe<R: Read + Seek>(origin: &str, reader: R, reading: &Reading) -> Result<(usize, f64), MotionError> {
    let mut npz = Npz::open(origin, reader)?;
    is_motion(origin, &npz)?;
    let (rate, _) = rate(origin, &mut npz, reading)?;
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

/// Refuses an archive of something else for what it is, before anything is missed in it.
fn is_motion<R: Read + Seek>(origin: &str, npz: &Npz<R>) -> Result<(), MotionError> {
    let key = leading(npz);
    if npz.has(key) {
        return Ok(());
    }
    let there = npz.names();
    let hint = match there.iter().any(|name| OTHERS.contains(&name.as_str())) {
        true => {
            "; positions of joints and rotation matrices alone are not read, write them as rotation vectors of SMPL's joints"
        }
        false => "",
    };
    let message = format!(
        "no motion of the SMPL family: array `poses` is missing; expected {POSES}{hint}; the file has: {}",
        there.join(", ")
    );
    Err(MotionError::file(origin, message))
}

/// Arrays by which other kinds of motion archives are known.
const OTHERS: [&str; 7] =
    ["posed_joints", "joints", "joint_positions", "body_positions", "body_pos_w", "global_rot_mats", "rotmat"];

/// The array whose rows are counted.
fn leading<R: Read + Seek>(npz: &Npz<R>) -> &'static str {
    let root = one_of(npz, &ROOT);
    if npz.has("poses") || !npz.has(root) { "poses" } else { root }
}

/// Reads the frames of `excerpt`.
pub(super) fn read<R: Read + Seek>(
    origin: &str,
    reader: R,
    excerpt: Excerpt,
    reading: &Reading,
) -> Result<Capture, MotionError> {
    reading.one_motion(origin)?;
    let mut npz = Npz::open(origin, reader)?;
    is_motion(origin, &npz)?;
    let (rate_hz, note) = rate(origin, &mut npz, reading)?;
    let mut notes: Vec<String> = note.into_iter().collect();
    let count = npz.shape(leading(&npz), POSES)?.first().copied().unwrap_or(0);
    let Stretch { read, shown } = excerpt.stretch(origin, count, rate_hz)?;
    let numbers = survey::numbers(count);
    let (mut surveyed, _) = vectors(origin, &mut npz, Rows::Picked(&numbers), count)?;
    let degrees = match reading.angles {
        Some(stated) => stated == AngleUnit::Degrees,
        None => in_degrees(&surveyed.rotations),
    };
    if degrees && reading.angles.is_none() {
        notes.push(format!(
            "joints turn by up to {:.0}: taken for degrees, not radians",
            surveyed.rotations.iter().fold(0.0_f64, |most, v| most.max(v.abs()))
        ));
    }
    let (mut read, hands) = vectors(origin, &mut npz, Rows::Range(read), count)?;
    if degrees {
        let radians = |v: &mut f64| *v = v.to_radians();
        surveyed.rotations.iter_mut().chain(&mut read.rotations).for_each(radians);
    }
    let family = family(origin, &mut npz, count, read.rotations.ncols())?;
    let (mut poses, mut surveyed) = (read.poses(), surveyed.poses());
    if let Some(hands) = &hands {
        let message = "principal components of hands; they show on bodies of SMPL-H and SMPL-X";
        notes.push(format!("{}: {message}", hands.arrays));
    }
    if npz.has("dmpls") {
        notes.push("`dmpls` (soft tissue) is left out".to_owned());
    }
    let betas = match npz.has("betas") {
        true => {
            let betas: Vec<f64> = npz.numbers("betas", "[coefficient]")?.values.iter().copied().collect();
            if let Some(k) = betas.iter().position(|b| !b.is_finite()) {
                return Err(MotionError::file(origin, format!("array `betas`, coefficient {k}: not a finite number")));
            }
            betas
        }
        false => Vec::new(),
    };
    let gender = match npz.has("gender") {
        true => gender(&npz.letters("gender", "female, male or neutral")?),
        false => None,
    };
    let person = person(origin, family, &surveyed, &numbers, rate_hz, reading)?;
    notes.extend(person.notes.iter().cloned());
    let turned = if person.up == UpAxis::Z { Rotation::identity() } else { world(person.up.vector(), None) };
    for pose in poses.iter_mut().chain(&mut surveyed) {
        pose.rotations[0] = turned * pose.rotations[0];
        pose.translation = turned * pose.translation * person.way_scale;
    }
    let survey = Survey { numbers, poses: Poses::Smpl(family, surveyed), of: count };
    let reading = reading.clone();
    let (origin, poses, person) = (origin.into(), Poses::Smpl(family, poses), Some(person));
    Ok(Capture { origin, rate_hz, poses, shown, gender, betas, hands, notes, survey, reading, person, turned })
}

/// Rows of a file as they stand in it.
struct Vectors {
    /// `[frame, 3 joint]`, rotation vectors.
    rotations: Array2<f64>,
    /// `[frame, 3]`.
    translations: Array2<f64>,
}

impl Vectors {
    fn poses(&self) -> Vec<Pose> {
        let rows = self.rotations.rows().into_iter().zip(self.translations.rows());
        rows.map(|(v, t)| pose(&v.to_vec(), &t.to_vec())).collect()
    }
}

/// No rotation vector of a joint is longer in radians, two turns; in degrees somebody who moves has longer ones all the time.
const TWO_TURNS: f64 = 4.0 * std::f64::consts::PI;

/// Whether rotation vectors are in degrees: more than half of the frames have a joint behind the root that turns by more than two turns, were
/// it radians.
fn in_degrees(rotations: &Array2<f64>) -> bool {
    let turned = |row: &ndarray::ArrayView1<f64>| {
        let joints = row.iter().skip(3).copied().collect::<Vec<f64>>();
        joints.as_chunks::<3>().0.iter().any(|v| Vec3::from(*v).norm() > TWO_TURNS)
    };
    2 * rotations.rows().into_iter().filter(turned).count() > rotations.nrows()
}

/// Some rows in the file's world, and hands that are coefficients.
fn vectors<R: Read + Seek>(
    origin: &str,
    npz: &mut Npz<R>,
    which: Rows,
    count: usize,
) -> Result<(Vectors, Option<HandCoefficients>), MotionError> {
    let (rotations, hands) = match leading(npz) {
        "poses" => {
            let rotations = rows(origin, npz, "poses", POSES, &which, count)?;
            pose_parts::check_beside(origin, npz, &which, count, &rotations)?;
            (rotations, None)
        }
        _ => pose_parts::read(origin, npz, &which, count)?,
    };
    // Told by its width before its columns are taken apart.
    family(origin, npz, count, rotations.ncols())?;
    let key = one_of(npz, &TRANSLATIONS);
    let translations = rows(origin, npz, key, TRANS, &which, count)?;
    if translations.ncols() != 3 {
        return Err(wrong(origin, key, &[count, translations.ncols()], TRANS));
    }
    if let Some(far) = translations.iter().find(|v| v.abs() > FARTHEST) {
        return Err(MotionError::file(origin, format!("array `{key}` has {far}; expected lengths within {FARTHEST}")));
    }
    Ok((Vectors { rotations, translations }, hands))
}

/// Where pelvis, trunk, hands and feet are in poses of the family.
pub(in crate::motion::capture) fn smpl_landmarks(
    origin: &str,
    family: Family,
    poses: &[Pose],
) -> Result<Vec<Landmarks>, MotionError> {
    let Some(skeleton) = SKELETON.as_ref() else {
        return Err(MotionError::file(origin, "the body that comes with the program has no shape"));
    };
    let root = Vec3::from(ROOTS[usize::from(family == Family::SmplX)]);
    Ok(landmarks::of_poses(poses, skeleton, root))
}

/// Axes, unit and rate held against a person. AMASS is z up and in metres; some data sets of the same layout are not.
fn person(
    origin: &str,
    family: Family,
    poses: &[Pose],
    numbers: &[usize],
    rate_hz: f64,
    reading: &Reading,
) -> Result<Person, MotionError> {
    let frames = smpl_landmarks(origin, family, poses)?;
    Question {
        origin,
        frames: &frames,
        numbers,
        rate_hz,
        stated_up: reading.up,
        usual_up: UpAxis::Z,
        stated_way: reading.unit.map(crate::motion::capture::Unit::metres),
        scale: 1.0,
        zero_is_near: true,
    }
    .answer()
}

fn rate<R: Read + Seek>(
    origin: &str,
    npz: &mut Npz<R>,
    reading: &Reading,
) -> Result<(f64, Option<String>), MotionError> {
    if let Some(rate) = reading.rate_hz {
        return Ok((rate, None));
    }
    let key = one_of(npz, &RATE_KEYS);
    for other in RATE_KEYS {
        if other == key || !npz.has(other) {
            continue;
        }
        let of = |npz: &mut Npz<R>, key: &str| {
            npz.numbers(key, "frames per second").map(|n| n.values.iter().copied().next())
        };
        let (one, two) = (of(npz, key)?, of(npz, other)?);
        if one != two {
            let said = |rate: Option<f64>| rate.map_or("nothing".into(), |rate| rate.to_string());
            let message = format!(
                "`{key}` says {} frames per second, `{other}` {}: state the rate as `reading: {{rate_hz: …}}` or by --rate",
                said(one),
                said(two)
            );
            return Err(MotionError::file(origin, message));
        }
    }
    let expected = "frames per second, as `mocap_framerate`, `mocap_frame_rate` or `fps`, or stated as `reading: {rate_hz: …}` or by --rate";
    let numbers = npz.numbers(key, expected)?;
    match numbers.values.iter().copied().collect::<Vec<_>>()[..] {
        [rate] => rate_as_stated(origin, rate, reading),
        _ => Err(wrong(origin, key, numbers.values.shape(), "one number, frames per second")),
    }
}

fn family<R: Read + Seek>(origin: &str, npz: &mut Npz<R>, count: usize, width: usize) -> Result<Family, MotionError> {
    let family = match width {
        66 | 72 => Family::Smpl,
        156 => Family::SmplH,
        165 => Family::SmplX,
        // 6 or 12 of each hand's components are usual.
        78 | 87 | 90 | 99 => {
            let message = "by its width it may hold principal components of hands; these are read from `left_hand_pose` and \
                           `right_hand_pose` (or `pose_hand`) beside `root_orient` and `pose_body`";
            return Err(wrong(origin, "poses", &[count, width], &format!("{POSES}; {message}")));
        }
        _ => return Err(wrong(origin, "poses", &[count, width], POSES)),
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
