//! What the player needs to know of a skeleton: lengths, hinge axes and the shape of the feet.

use crate::base::{Rotation, Vec3};
use crate::body::{Joint, Skeleton};
use crate::motion::error::MotionError;

/// Unit vectors of the body frame.
pub(crate) const LEFT: Vec3 = Vec3::new(1.0, 0.0, 0.0);
pub(crate) const FORWARD: Vec3 = Vec3::new(0.0, -1.0, 0.0);
pub(crate) const UP: Vec3 = Vec3::new(0.0, 0.0, 1.0);
pub(crate) const DOWN: Vec3 = Vec3::new(0.0, 0.0, -1.0);

/// Stature of the person whose lengths are written in scores, m.
pub(super) const SCORE_STATURE: f64 = 1.75;
/// Height of SMPL's head joint in parts of the stature (measured on the shipped body).
const HEAD_JOINT_HEIGHT: f64 = 0.9166;
/// From the wrist to the middle of the palm, in parts of the forearm (measured on the shipped body: 9 cm of 23.7 cm).
const PALM: f64 = 0.38;
/// From the ankle back to the heel's edge of contact, in parts of the stature (shipped body: 4.2 cm).
const HEEL: f64 = 0.025;
/// From the ball of the foot to the tip of the toes, in parts of the stature (shipped body: 6 cm).
const TOES: f64 = 0.036;
/// Half the distance between the ankles in the relaxed stand, m.
const HALF_STANCE: f64 = 0.09;

/// SMPL's parents of the first 22 joints.
const PARENTS: [usize; 22] = [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19];

/// An arm or a leg at rest.
#[derive(Clone, Debug)]
pub(super) struct RestLimb {
    /// Upper and lower joints: shoulder, elbow, wrist or hip, knee, ankle.
    pub(super) joints: [usize; 3],
    /// Length of the upper part, m.
    pub(super) upper: f64,
    /// Length of the lower part, m; an arm's reaches to the middle of the palm.
    pub(super) lower: f64,
    /// Direction of the upper part.
    pub(super) upper_axis: Vec3,
    /// Direction of the lower part.
    pub(super) lower_axis: Vec3,
    /// Axis about which a positive turn flexes the hinge.
    pub(super) hinge: Vec3,
}

/// A foot at rest, seen from the ankle's projection on the floor.
#[derive(Clone, Debug)]
pub(super) struct RestFoot {
    /// Height of the ankle joint over the sole, m.
    pub(super) ankle: Vec3,
    /// Ball: the toe joint's projection on the sole.
    pub(super) ball: Vec3,
    /// Rear edge of contact.
    pub(super) heel: Vec3,
    /// Tip of the toes.
    pub(super) toe: Vec3,
}

/// A skeleton measured for the player.
#[derive(Clone, Debug)]
pub(crate) struct Rig {
    pub(super) skeleton: Skeleton,
    /// Lengths of this person in parts of those of a score.
    pub(super) scale: f64,
    pub(super) mid_hip: Vec3,
    pub(super) arms: [RestLimb; 2],
    pub(super) legs: [RestLimb; 2],
    pub(super) feet: [RestFoot; 2],
    /// Half the distance between the ankles in the relaxed stand, m.
    pub(super) half_stance: f64,
}

/// +1 for the left side (0), −1 for the right (1).
pub(super) fn sign(side: usize) -> f64 {
    if side == 0 { 1.0 } else { -1.0 }
}

impl Rig {
    /// Measures `skeleton`; its first 22 joints must be SMPL's.
    pub(crate) fn new(skeleton: &Skeleton) -> Result<Self, MotionError> {
        let fits = skeleton.parents.len() == skeleton.rest.len()
            && skeleton.rest.len() >= PARENTS.len()
            && skeleton.parents.iter().zip(PARENTS).enumerate().all(|(i, (found, p))| found.map_or(i == 0, |f| f == p));
        if !fits {
            let message =
                format!("the first 22 joints must be SMPL's; this skeleton has {} others", skeleton.rest.len());
            return Err(MotionError::Skeleton(message));
        }
        if !skeleton.rest.iter().all(|p| p.iter().all(|x| x.is_finite())) {
            return Err(MotionError::Skeleton("a rest position is not finite".into()));
        }
        let at = |joint: Joint| skeleton.rest[joint as usize];
        let scale = at(Joint::Head).z / HEAD_JOINT_HEIGHT / SCORE_STATURE;
        if !(0.2..=3.0).contains(&scale) {
            let message =
                format!("the head joint is {} m above the floor; a person's is 0.35..4.8 m", at(Joint::Head).z);
            return Err(MotionError::Skeleton(message));
        }
        let arms = [
            [Joint::LeftShoulder, Joint::LeftElbow, Joint::LeftWrist],
            [Joint::RightShoulder, Joint::RightElbow, Joint::RightWrist],
        ];
        let legs = [
            [Joint::LeftHip, Joint::LeftKnee, Joint::LeftAnkle],
            [Joint::RightHip, Joint::RightKnee, Joint::RightAnkle],
        ];
        // In the T-pose a forearm flexes forward, about the downward axis on the left; shins flex backward about +x.
        let arms = [limb(skeleton, arms[0], DOWN, PALM)?, limb(skeleton, arms[1], UP, PALM)?];
        let legs = [limb(skeleton, legs[0], LEFT, 0.0)?, limb(skeleton, legs[1], LEFT, 0.0)?];
        let foot = |ankle: Vec3, toes: Vec3| {
            let stature = scale * SCORE_STATURE;
            let ball = Vec3::new(toes.x - ankle.x, toes.y - ankle.y, 0.0);
            RestFoot {
                ankle: Vec3::new(0.0, 0.0, ankle.z),
                ball,
                heel: Vec3::new(0.0, HEEL * stature, 0.0),
                toe: ball + FORWARD * TOES * stature,
            }
        };
        let feet = [foot(at(Joint::LeftAnkle), at(Joint::LeftFoot)), foot(at(Joint::RightAnkle), at(Joint::RightFoot))];
        Ok(Self {
            scale,
            mid_hip: (at(Joint::LeftHip) + at(Joint::RightHip)) * 0.5,
            arms,
            legs,
            feet,
            half_stance: HALF_STANCE * scale,
            skeleton: skeleton.clone(),
        })
    }

    /// Rest position of a joint.
    pub(super) fn rest(&self, joint: Joint) -> Vec3 {
        self.skeleton.rest[joint as usize]
    }

    /// Stature of this person, m.
    pub(crate) fn stature_m(&self) -> f64 {
        self.scale * SCORE_STATURE
    }

    /// How far the middle of the hips is below its height in the stand, m for a person of 1.75 m.
    pub(crate) fn hips_below_standing(&self, frames: &[crate::body::JointFrame]) -> f64 {
        let height = |joint: Joint| frames[joint as usize].position.z;
        (self.mid_hip.z - 0.5 * (height(Joint::LeftHip) + height(Joint::RightHip))) / self.scale
    }

    /// Contact points of a foot (heel, ball, tip of the toes) in a frame of joint positions and rotations.
    pub(crate) fn foot_points(&self, side: usize, frames: &[crate::body::JointFrame]) -> [Vec3; 3] {
        let (ankle, toes) = if side == 0 {
            (Joint::LeftAnkle as usize, Joint::LeftFoot as usize)
        } else {
            (Joint::RightAnkle as usize, Joint::RightFoot as usize)
        };
        let foot = &self.feet[side];
        let on_foot = |point: Vec3| frames[ankle].position + frames[ankle].rotation * (point - foot.ankle);
        // Toes hang on their own joint.
        let joint = foot.ball + UP * self.skeleton.rest[toes].z;
        let toe = frames[toes].position + frames[toes].rotation * (foot.toe - joint);
        [on_foot(foot.heel), on_foot(foot.ball), toe]
    }

    /// Middle of a palm in a frame of joint positions and rotations.
    pub(crate) fn palm(&self, side: usize, frames: &[crate::body::JointFrame]) -> Vec3 {
        let arm = &self.arms[side];
        let [_, elbow, wrist] = arm.joints;
        let forearm = (self.skeleton.rest[wrist] - self.skeleton.rest[elbow]).norm();
        frames[wrist].position + frames[wrist].rotation * (arm.lower_axis * (arm.lower - forearm))
    }
}

fn limb(skeleton: &Skeleton, joints: [Joint; 3], hinge: Vec3, beyond: f64) -> Result<RestLimb, MotionError> {
    let joints = joints.map(|joint| joint as usize);
    let [a, b, c] = joints.map(|joint| skeleton.rest[joint]);
    let (upper, lower) = ((b - a).norm(), (c - b).norm());
    if upper < 0.02 || lower < 0.02 {
        return Err(MotionError::Skeleton(format!("the bones after joint {} are shorter than 2 cm", joints[0])));
    }
    Ok(RestLimb {
        joints,
        upper,
        lower: lower * (1.0 + beyond),
        upper_axis: (b - a) / upper,
        lower_axis: (c - b) / lower,
        hinge,
    })
}

/// Turn about the vertical, positive to the person's left.
pub(super) fn yaw(angle: f64) -> Rotation {
    Rotation::from_scaled_axis(UP * angle)
}

/// Turn of the trunk or a part of it: turned left, then leaned left, then bent forward.
pub(super) fn trunk(bend: f64, lean: f64, turn: f64) -> Rotation {
    yaw(turn) * Rotation::from_scaled_axis(Vec3::y() * lean) * Rotation::from_scaled_axis(LEFT * bend)
}
