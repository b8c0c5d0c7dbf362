//! From a foreign skeleton to SMPL's: how each of its joints is turned against ours, once for a whole file.
//!
//! A joint's rotation in a file depends on how its author laid the local axes; positions do not. Where the skeleton at rest is a standing
//! person it is compared with our T-pose by where the bones point: the turn between the two, once known, holds in all frames. Where it is
//! not (bones along their own axes, folded), the trunk alone may still be one at rest; all else comes from positions over the whole
//! file ([`super::measured`]).

use super::axes::{Turns, axes, rotation_of, world};
use super::landmarks::leg_length;
use super::measured::{self, SurveyFrames};
use crate::base::{Rotation, Vec3};
use crate::body::{Joint, JointFrame, Skeleton};
use crate::motion::capture::UpAxis;
use crate::motion::capture::skeleton::joint_map::Found;
use crate::motion::capture::skeleton::joint_motion::JointMotion;
use crate::motion::error::MotionError;
use nalgebra::Matrix3;

/// A foreign skeleton measured against ours.
pub(in crate::motion::capture) struct Calibration {
    /// From the file's axes to ours.
    pub(in crate::motion::capture) world: Rotation,
    /// Our lengths over the file's.
    pub(in crate::motion::capture) scale: f64,
    /// Per SMPL joint that the file has: the joint of the file whose rotation counts, and the rotation of our joint in its axes.
    pub(in crate::motion::capture) turn: Turns,
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

/// Left, up and back of a posture as columns, and whether it stands.
struct BodyAxes {
    axes: Matrix3<f64>,
    stands: bool,
}

/// Measures a skeleton of a file against `ours`; `seen` are frames of the whole file, `up` is up in them.
pub(in crate::motion::capture) fn calibrate(
    origin: &str,
    motion: &JointMotion,
    seen: &SurveyFrames,
    found: &Found,
    ours: &Skeleton,
    up: Vec3,
) -> Result<Calibration, MotionError> {
    let survey = seen.frames;
    let scale = match leg_length(survey, found) {
        Some(leg) => leg_of(ours) / leg,
        None => return Err(MotionError::file(origin, "its legs have no length")),
    };
    let carriers = carriers(motion, found, survey);
    let postures: Vec<(&Vec<JointFrame>, BodyAxes)> =
        motion.rests.iter().filter_map(|rest| Some((rest, posture(rest, found)?))).collect();
    if let Some((rest, posture)) = postures.iter().find(|(_, posture)| posture.stands) {
        let turn = of_rest(rest, posture, found, &carriers, ours);
        // Where the frames are upright as the rest is, the person faces the same way in both.
        let left = Some(posture.axes.column(0).into_owned()).filter(|_| posture.axes.column(2).dot(&up) > 0.99);
        let world = world(up, left);
        let turn = measured::on_soles(turn, seen, found, &carriers, ours, world);
        return Ok(Calibration { world, scale, turn });
    }
    let world = world(up, None);
    let trunk = postures.first().map(|(rest, posture)| {
        let turn = rotation_of(&posture.axes).inverse();
        let at = |joint: usize| rest.get(joint).map(|frame| (turn * frame.rotation, turn * frame.position));
        carriers.map(|joint| joint.and_then(&at))
    });
    let turn = measured::turns(seen, found, &carriers, trunk.as_ref(), ours, world).ok_or_else(|| {
        MotionError::file(origin, "its hips or shoulders coincide, so that the trunk has no direction")
    })?;
    Ok(Calibration { world, scale, turn })
}

/// Length of one of our legs, m.
fn leg_of(ours: &Skeleton) -> f64 {
    let length = |(a, b): &(Joint, Joint)| (ours.rest[*b as usize] - ours.rest[*a as usize]).norm();
    0.5 * BONES[..4].iter().map(length).sum::<f64>()
}

/// The joint of the file whose rotation moves each of ours. Exporters split joints: where the next one lies in the same place, it carries the
/// rotation on.
fn carriers(motion: &JointMotion, found: &Found, survey: &[Vec<JointFrame>]) -> [Option<usize>; Joint::ALL.len()] {
    let near = 1e-3 * leg_length(survey, found).unwrap_or(0.0);
    let together = |a: usize, b: usize| {
        survey.iter().all(|f| f.get(a).zip(f.get(b)).is_some_and(|(a, b)| (a.position - b.position).norm() <= near))
    };
    let ours = |joint: usize| found.joints.contains(&Some(joint));
    Joint::ALL.map(|joint| {
        let mut at = found.joints[joint as usize]?;
        // On the way to the end of the bone, or along an only child.
        let end = BONES.iter().find(|(j, _)| *j == joint).and_then(|(_, end)| found.joints[*end as usize]);
        let mut way: Vec<usize> = std::iter::successors(end, |j| motion.parents.get(*j).copied().flatten()).collect();
        way.reverse();
        loop {
            let next = match way.iter().position(|j| *j == at) {
                Some(place) => way.get(place + 1).copied(),
                None => only_child(motion, at),
            };
            match next.filter(|next| !ours(*next) && together(at, *next)) {
                Some(next) => at = next,
                None => return Some(at),
            }
        }
    })
}

/// The axis that is up in a posture at rest, where its trunk is along y or z: worlds are y up or z up.
pub(in crate::motion::capture) fn rest_up(rest: &[JointFrame], found: &Found) -> Option<UpAxis> {
    let posture = posture(rest, found).filter(|posture| posture.stands)?;
    let up = UpAxis::nearest(&posture.axes.column(2).into_owned());
    Some(up).filter(|up| matches!(up, UpAxis::Y | UpAxis::Z))
}

/// The child of a joint that has just one.
fn only_child(motion: &JointMotion, joint: usize) -> Option<usize> {
    let mut children = motion.parents.iter().enumerate().filter(|(_, parent)| **parent == Some(joint));
    let (child, _) = children.next()?;
    children.next().is_none().then_some(child)
}

/// Turns out of a standing posture.
fn of_rest(
    rest: &[JointFrame],
    posture: &BodyAxes,
    found: &Found,
    carriers: &[Option<usize>; Joint::ALL.len()],
    ours: &Skeleton,
) -> Turns {
    let world = rotation_of(&posture.axes).inverse();
    let at = |joint: Joint| found.joints[joint as usize].and_then(|j| rest.get(j));
    let mut turn = [None; Joint::ALL.len()];
    let mut upper = [Rotation::identity(); Joint::ALL.len()];
    for joint in Joint::ALL {
        let (Some(frame), Some(carrier)) = (at(joint), carriers[joint as usize]) else { continue };
        let Some(carrying) = rest.get(carrier) else { continue };
        let above = upper[ours.parents[joint as usize].unwrap_or(0)];
        let mut posed = Rotation::identity();
        if let Some((_, child)) = BONES.iter().find(|(j, _)| *j == joint)
            && let Some(end) = at(*child)
        {
            let bone = world * (end.position - frame.position);
            let rest = ours.rest[*child as usize] - ours.rest[joint as usize];
            // From the posture of the bone above: a straight arm that hangs is not twisted at the elbow.
            posed = between(&(above * rest), &bone) * above;
        } else if matches!(joint, Joint::LeftWrist | Joint::RightWrist) {
            // Hands go on as the forearm does; soles of a skeleton at rest are flat.
            posed = above;
        }
        upper[joint as usize] = posed;
        turn[joint as usize] = Some((carrier, (world * carrying.rotation).inverse() * posed));
    }
    turn
}

/// Shortest rotation from one direction to another; from opposite directions any half turn.
fn between(from: &Vec3, to: &Vec3) -> Rotation {
    Rotation::rotation_between(from, to)
        .or_else(|| Rotation::rotation_between(&(from + from.yzx() * 1e-3), to))
        .unwrap_or_else(Rotation::identity)
}

/// The axes of a posture whose trunk is upright in itself: shoulders over hips and parallel to them. `None` where it has no such trunk.
///
/// Skeletons are written along axes: a trunk that leans by a little against one is upright along it.
fn posture(frames: &[JointFrame], found: &Found) -> Option<BodyAxes> {
    let at = |joint: Joint| found.joints[joint as usize].and_then(|j| frames.get(j)).map(|f| f.position);
    let hips = [at(Joint::LeftHip)?, at(Joint::RightHip)?];
    let shoulders = [at(Joint::LeftShoulder)?, at(Joint::RightShoulder)?];
    let (across, wide) = (hips[0] - hips[1], shoulders[0] - shoulders[1]);
    let trunk = (shoulders[0] + shoulders[1] - hips[0] - hips[1]).try_normalize(1e-9)?;
    let axis = UpAxis::nearest(&trunk).vector();
    let up = if axis.dot(&trunk) > LEANS { axis } else { trunk };
    let axes = axes(across, up)?;
    let left = axes.column(0).into_owned();
    if wide.try_normalize(1e-9)?.dot(&left) < 0.7 || across.try_normalize(1e-9)?.dot(&left) < 0.9 {
        return None;
    }
    let mut legs = Vec::new();
    for (hip, knee, ankle) in
        [(hips[0], Joint::LeftKnee, Joint::LeftAnkle), (hips[1], Joint::RightKnee, Joint::RightAnkle)]
    {
        legs.extend([at(ankle)? - hip, at(knee)? - hip]);
    }
    let down = |leg: &Vec3| leg.try_normalize(1e-9).map_or(-1.0, |leg| -leg.dot(&up));
    let stands = legs.iter().map(down).fold(1.0, f64::min) > 0.85 && trunk.dot(&up) > 0.85;
    Some(BodyAxes { axes, stands })
}

/// Cosine of the angle to which a trunk at rest counts as upright along an axis: 18°.
const LEANS: f64 = 0.95;
