//! Motion as poses at a uniform rate, read at any time.

use super::error::MotionError;
use crate::base::{Rotation, Vec3};
use crate::body::Pose;
use std::ops::Range;

/// How far a quaternion's norm may be from 1 before it is refused; nearer ones are normalised.
const UNIT_TOLERANCE: f64 = 1e-3;

/// Poses at a uniform rate. All of them are finite, unit and of one joint count.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    rate_hz: f64,
    poses: Vec<Pose>,
    /// Angular velocity of each joint at each pose, radians per frame, in the joint's own frame (`[pose][joint]`).
    tangents: Vec<Vec<Vec3>>,
    /// Velocity of the translation at each pose, m per frame.
    travel: Vec<Vec3>,
}

/// How the velocities at the poses are chosen, between which everything runs on cubics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Smoothness {
    /// From the neighbours (Catmull-Rom): continuous velocity, no ringing. For keys that are dense against the motion.
    #[default]
    Velocity,
    /// From all poses, so that the acceleration is continuous as well (a natural cubic spline, in log space for rotations). For
    /// sparse keys: of a hand that swings at 1 Hz, keys at 10 Hz give the velocity to 0.2 % of its peak instead of 6.5 %.
    Acceleration,
}

impl Clip {
    /// Checks `poses` and keeps them; `rate_hz` is in frames per second, above 0 and at most 10000.
    pub fn new(rate_hz: f64, poses: Vec<Pose>) -> Result<Self, MotionError> {
        Self::with_smoothness(rate_hz, poses, Smoothness::Velocity)
    }

    /// As [`Self::new`], with a choice of the curve between the poses.
    pub fn with_smoothness(rate_hz: f64, mut poses: Vec<Pose>, smoothness: Smoothness) -> Result<Self, MotionError> {
        if !(rate_hz.is_finite() && rate_hz > 0.0 && rate_hz <= 10_000.0) {
            return Err(MotionError::Rate(rate_hz));
        }
        let expected = poses.first().ok_or(MotionError::NoPoses)?.rotations.len();
        for (frame, pose) in poses.iter_mut().enumerate() {
            if pose.rotations.len() != expected {
                return Err(MotionError::JointCount { frame, expected, found: pose.rotations.len() });
            }
            if !pose.translation.iter().all(|x| x.is_finite()) {
                return Err(MotionError::Translation { frame });
            }
            for (joint, rotation) in pose.rotations.iter_mut().enumerate() {
                let norm = rotation.quaternion().norm();
                if norm.is_nan() || (norm - 1.0).abs() > UNIT_TOLERANCE {
                    return Err(MotionError::NotARotation { frame, joint, norm });
                }
                rotation.renormalize();
            }
        }
        let (tangents, travel) = tangents(&poses, smoothness);
        Ok(Self { rate_hz, poses, tangents, travel })
    }

    /// Frames per second.
    pub fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    /// The poses, `1 / rate_hz` apart, the first at time 0.
    pub fn poses(&self) -> &[Pose] {
        &self.poses
    }

    /// Number of joints of every pose.
    pub fn joint_count(&self) -> usize {
        self.poses[0].rotations.len()
    }

    /// Time of the last pose, s.
    pub fn duration_s(&self) -> f64 {
        (self.poses.len() - 1) as f64 / self.rate_hz
    }

    /// The pose at `time_s`; before the first and after the last pose it is that pose.
    ///
    /// Rotations run on a cubic Bézier curve of unit quaternions in cumulative form (Kim, Kim and Shin 1995, "A general
    /// construction scheme for unit quaternion curves with simple high order derivatives", eq. 5) with tangents in log space
    /// (Shoemake 1985), the translation on a Hermite spline: both have a continuous velocity ([`Smoothness`]).
    pub fn pose_at(&self, time_s: f64) -> Pose {
        let position = time_s * self.rate_hz;
        if position.is_nan() || position <= 0.0 {
            return self.poses[0].clone();
        }
        let last = self.poses.len() - 1;
        let i = position.floor() as usize;
        if i >= last {
            return self.poses[last].clone();
        }
        let u = position - i as f64;
        if u == 0.0 {
            return self.poses[i].clone();
        }
        let (from, to) = (&self.poses[i], &self.poses[i + 1]);
        let rotations = (from.rotations.iter().zip(&to.rotations))
            .zip(self.tangents[i].iter().zip(&self.tangents[i + 1]))
            .map(|((q0, q1), (v0, v1))| between(q0, q1, v0, v1, u))
            .collect();
        let (p0, p1) = (from.translation, to.translation);
        let (m0, m1) = (self.travel[i], self.travel[i + 1]);
        let (u2, u3) = (u * u, u * u * u);
        let translation =
            p0 * (2.0 * u3 - 3.0 * u2 + 1.0) + m0 * (u3 - 2.0 * u2 + u) + p1 * (3.0 * u2 - 2.0 * u3) + m1 * (u3 - u2);
        Pose { translation, rotations }
    }

    /// A stretch of the clip, with the curves as they are: what lies outside of it has told how fast joints move at its ends. At least one
    /// pose of `range` must be there.
    pub(super) fn stretch(&self, range: Range<usize>) -> Result<Self, MotionError> {
        let (Some(poses), Some(tangents), Some(travel)) =
            (self.poses.get(range.clone()), self.tangents.get(range.clone()), self.travel.get(range))
        else {
            return Err(MotionError::NoPoses);
        };
        if poses.is_empty() {
            return Err(MotionError::NoPoses);
        }
        let (poses, tangents, travel) = (poses.to_vec(), tangents.to_vec(), travel.to_vec());
        Ok(Self { rate_hz: self.rate_hz, poses, tangents, travel })
    }

    /// The clip turned about the origin and then shifted; `root` is where the root joint rests.
    pub(super) fn moved(&self, turn: Rotation, shift: Vec3, root: Vec3) -> Self {
        let mut moved = self.clone();
        for pose in &mut moved.poses {
            pose.translation = turn * (root + pose.translation) + shift - root;
            if let Some(rotation) = pose.rotations.first_mut() {
                *rotation = turn * *rotation;
            }
        }
        // Angular velocities are in the joints' own frames.
        moved.travel.iter_mut().for_each(|travel| *travel = turn * *travel);
        moved
    }

    /// The same motion at another rate (frames per second, above 0), from time 0 to at most the same end.
    pub fn resample(&self, rate_hz: f64) -> Result<Self, MotionError> {
        if !(rate_hz.is_finite() && rate_hz > 0.0 && rate_hz <= 10_000.0) {
            return Err(MotionError::Rate(rate_hz));
        }
        // The small share keeps the last pose when both rates divide the duration.
        let count = (self.duration_s() * rate_hz * (1.0 + 1e-12)).floor() as usize + 1;
        Self::new(rate_hz, (0..count).map(|i| self.pose_at(i as f64 / rate_hz)).collect())
    }
}

/// Velocities of the rotations (`[pose][joint]`) and of the translation (`[pose]`) at the poses, per frame.
fn tangents(poses: &[Pose], smoothness: Smoothness) -> (Vec<Vec<Vec3>>, Vec<Vec3>) {
    let slopes = match smoothness {
        Smoothness::Velocity => mean_slopes,
        Smoothness::Acceleration => spline_slopes,
    };
    let mut tangents = vec![Vec::with_capacity(poses[0].rotations.len()); poses.len()];
    for joint in 0..poses[0].rotations.len() {
        let turn = |w: &[Pose]| (w[0].rotations[joint].inverse() * w[1].rotations[joint]).scaled_axis();
        let turns: Vec<Vec3> = poses.windows(2).map(turn).collect();
        tangents.iter_mut().zip(slopes(&turns)).for_each(|(at, slope)| at.push(slope));
    }
    let last = poses.len() - 1;
    let travel = match smoothness {
        Smoothness::Velocity => (0..=last)
            .map(|i| {
                let (before, after) = (poses[i.saturating_sub(1)].translation, poses[(i + 1).min(last)].translation);
                (after - before) * if i == 0 || i == last { 1.0 } else { 0.5 }
            })
            .collect(),
        Smoothness::Acceleration => {
            let steps: Vec<Vec3> = poses.windows(2).map(|w| w[1].translation - w[0].translation).collect();
            spline_slopes(&steps)
        }
    };
    (tangents, travel)
}

/// Slopes between steps: their mean, one-sided at the ends.
fn mean_slopes(steps: &[Vec3]) -> Vec<Vec3> {
    let Some(last) = steps.len().checked_sub(1) else { return vec![Vec3::zeros()] };
    let inner = steps.windows(2).map(|w| (w[0] + w[1]) * 0.5);
    std::iter::once(steps[0]).chain(inner).chain(std::iter::once(steps[last])).collect()
}

/// Slopes of the natural cubic spline with these steps: `v₋ + 4 v + v₊ = 3 (step₋ + step₊)`, at the ends `2 v + v₊ = 3 step`.
fn spline_slopes(steps: &[Vec3]) -> Vec<Vec3> {
    let n = steps.len() + 1;
    let mut slopes = vec![Vec3::zeros(); n];
    let mut upper = vec![0.0; n];
    for i in 0..n {
        let before = if i > 0 { steps[i - 1] } else { Vec3::zeros() };
        let after = steps.get(i).copied().unwrap_or_default();
        let diagonal = if i == 0 || i == n - 1 { 2.0 } else { 4.0 };
        let (last_upper, last_slope) = if i > 0 { (upper[i - 1], slopes[i - 1]) } else { (0.0, Vec3::zeros()) };
        let pivot = diagonal - last_upper;
        upper[i] = 1.0 / pivot;
        slopes[i] = ((before + after) * 3.0 - last_slope) / pivot;
    }
    for i in (0..n - 1).rev() {
        slopes[i] = slopes[i] - slopes[i + 1] * upper[i];
    }
    slopes
}

/// Cubic Bézier curve from `q0` to `q1` with end velocities `v0`, `v1` (per unit of `u`), in cumulative Bernstein form.
fn between(q0: &Rotation, q1: &Rotation, v0: &Vec3, v1: &Vec3, u: f64) -> Rotation {
    let (w1, w3) = (v0 / 3.0, v1 / 3.0);
    let first = Rotation::from_scaled_axis(w1);
    let middle = Rotation::from_scaled_axis(-w1) * (q0.inverse() * q1) * Rotation::from_scaled_axis(-w3);
    let rest = 1.0 - u;
    let (b1, b2, b3) = (1.0 - rest * rest * rest, u * u * (3.0 - 2.0 * u), u * u * u);
    let start = if b1 == 1.0 { first } else { Rotation::from_scaled_axis(w1 * b1) };
    q0 * start * Rotation::from_scaled_axis(middle.scaled_axis() * b2) * Rotation::from_scaled_axis(w3 * b3)
}
