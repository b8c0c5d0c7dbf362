//! From a foreign skeleton to SMPL's: which of its postures is a known one, and how each joint is turned against ours in it.
//!
//! A joint's rotation in a file depends on how its author laid the local axes; positions do not. So one posture of the file is
//! compared with our T-pose by positions alone: where the bones point. The turn between the two, once known, holds in all frames.

use super::super::error::MotionError;
use super::joint_map::{Found, UpAxis};
use super::joint_motion::JointMotion;
use crate::base::{Rotation, Vec3};
use crate::body::{Joint, JointFrame, Skeleton};

/// A foreign skeleton measured against ours.
pub(super) struct Calibration {
    /// From the file's axes to ours; in the calibration posture the person faces −y.
    pub(super) world: Rotation,
    /// Our lengths over the file's.
    pub(super) scale: f64,
    /// Per SMPL joint that the file has: rotation of our joint in the axes of the file's joint.
    pub(super) turn: [Option<Rotation>; Joint::ALL.len()],
}

/// Bones whose direction is taken from the file: joint and the child that it points to.
const BONES: [(Joint, Joint); 8] = [
    (Joint::LeftHip, Joint::LeftKnee),
    (Joint::RightHip, Joint::RightKnee),
    (Joint::LeftKnee, Joint::LeftAnkle),
    (Joint::RightKnee, Joint::RightAnkle),
    (Joint::LeftShoulder, Joint::LeftElbow),
    (Joint::RightShoulder, Joint::RightElbow),
    (Joint::LeftElbow, Joint::LeftWrist),
    (Joint::RightElbow, Joint::RightWrist),
];

/// Frames that are tried when the skeleton at rest is not a standing person.
const TRIED: usize = 200;

/// Measures a skeleton of a file against `ours`.
pub(super) fn calibrate(
    origin: &str,
    motion: &JointMotion,
    found: &Found,
    ours: &Skeleton,
) -> Result<Calibration, MotionError> {
    let fixed = motion.up.or(found.up.map(|up| match up {
        UpAxis::Y => 1,
        UpAxis::Z => 2,
    }));
    let at_rest = stand(&motion.rest, found, fixed).map(|(left, up, _)| (&motion.rest, left, up));
    let posture = match at_rest {
        Some(rest) => (rest, true),
        None => (standing_frame(motion, found, fixed).ok_or_else(|| {
            let message = "neither its skeleton at rest nor any frame is a standing person, so that up and forward cannot be \
                           told; state `up` in a joint map, or begin the recording with a stand";
            MotionError::file(origin, message)
        })?, false),
    };
    let ((frames, left, up), flat_feet) = posture;
    // Columns: where our x (left), y (backward) and z (up) lie in the file.
    let axes = nalgebra::Matrix3::from_columns(&[left, up.cross(&left), up]);
    let world = Rotation::from_matrix(&axes).inverse();
    let at = |joint: Joint| found.joints[joint as usize].map(|j| &frames[j]);
    let mut turn = [None; Joint::ALL.len()];
    let mut upper = [Rotation::identity(); Joint::ALL.len()];
    for joint in Joint::ALL {
        let Some(frame) = at(joint) else { continue };
        let mut posed = Rotation::identity();
        if let Some((_, child)) = BONES.iter().find(|(j, _)| *j == joint)
            && let Some(end) = at(*child)
        {
            let bone = world * (end.position - frame.position);
            let rest = ours.rest[*child as usize] - ours.rest[joint as usize];
            // From the posture of the bone above: a straight arm that hangs is not twisted at the elbow.
            let above = upper[ours.parents[joint as usize].unwrap_or(0)];
            posed = between(&(above * rest), &bone) * above;
        } else if matches!(joint, Joint::LeftWrist | Joint::RightWrist) || !flat_feet {
            // Hands go on as the forearm does. Soles of a skeleton at rest are flat; in a frame they follow the shin.
            let hangs = [
                Joint::LeftWrist,
                Joint::RightWrist,
                Joint::LeftAnkle,
                Joint::RightAnkle,
                Joint::LeftFoot,
                Joint::RightFoot,
            ];
            if hangs.contains(&joint) {
                posed = upper[ours.parents[joint as usize].unwrap_or(0)];
            }
        }
        upper[joint as usize] = posed;
        turn[joint as usize] = Some((world * frame.rotation).inverse() * posed);
    }
    Ok(Calibration { world, scale: leg(ours, found, &motion.rest, frames), turn })
}

/// Shortest rotation from one direction to another; from opposite directions any half turn.
fn between(from: &Vec3, to: &Vec3) -> Rotation {
    Rotation::rotation_between(from, to)
        .or_else(|| Rotation::rotation_between(&(from + from.yzx() * 1e-3), to))
        .unwrap_or_else(Rotation::identity)
}

/// Our length of a leg over the file's; 1 when the file's has none.
fn leg(ours: &Skeleton, found: &Found, rest: &[JointFrame], frames: &[JointFrame]) -> f64 {
    let mine = |a: Joint, b: Joint| (ours.rest[b as usize] - ours.rest[a as usize]).norm();
    let theirs = |set: &[JointFrame], a: Joint, b: Joint| match (found.joints[a as usize], found.joints[b as usize]) {
        (Some(a), Some(b)) => (set[b].position - set[a].position).norm(),
        _ => 0.0,
    };
    let sum = |length: &dyn Fn(Joint, Joint) -> f64| BONES[..4].iter().map(|(a, b)| length(*a, *b)).sum::<f64>();
    let source = sum(&|a, b| theirs(rest, a, b)).max(sum(&|a, b| theirs(frames, a, b)));
    if source > 1e-6 { sum(&mine) / source } else { 1.0 }
}

/// Left and up of a posture and how upright it is (0 to 1), when it is a standing person: hips under the shoulders, feet below.
fn stand(frames: &[JointFrame], found: &Found, fixed: Option<usize>) -> Option<(Vec3, Vec3, f64)> {
    let at = |joint: Joint| found.joints[joint as usize].map(|j| frames[j].position);
    let (hips, shoulders) =
        ([at(Joint::LeftHip)?, at(Joint::RightHip)?], [at(Joint::LeftShoulder)?, at(Joint::RightShoulder)?]);
    let across = hips[0] - hips[1];
    let trunk = (shoulders[0] + shoulders[1] - hips[0] - hips[1]).try_normalize(1e-9)?;
    let up = match fixed {
        Some(axis) => Vec3::ith(axis, 1.0),
        None => {
            // Worlds are y up or z up: a skeleton that lies along another axis at rest says nothing of the world.
            let axis = trunk.iamax();
            if axis == 0 || trunk[axis] < 0.0 {
                return None;
            }
            Vec3::ith(axis, 1.0)
        }
    };
    let left = (across - up * across.dot(&up)).try_normalize(1e-9)?;
    let legs = [
        at(Joint::LeftAnkle)? - hips[0],
        at(Joint::RightAnkle)? - hips[1],
        at(Joint::LeftKnee)? - hips[0],
        at(Joint::RightKnee)? - hips[1],
    ];
    let down = legs.iter().map(|l| -l.normalize().dot(&up)).fold(1.0, f64::min);
    let wide = (shoulders[0] - shoulders[1]).try_normalize(1e-9)?.dot(&left);
    let upright = trunk.dot(&up).min(down);
    (upright > 0.85 && wide > 0.7).then_some((left, up, upright))
}

/// The most upright frame.
fn standing_frame<'a>(
    motion: &'a JointMotion,
    found: &Found,
    fixed: Option<usize>,
) -> Option<(&'a Vec<JointFrame>, Vec3, Vec3)> {
    let step = motion.frames.len().div_ceil(TRIED).max(1);
    let stands = motion.frames.iter().step_by(step).filter_map(|f| stand(f, found, fixed).map(|s| (f, s)));
    stands.max_by(|a, b| a.1.2.total_cmp(&b.1.2)).map(|(f, (left, up, _))| (f, left, up))
}
