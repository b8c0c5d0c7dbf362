//! Is a played motion one that a body could do? Figures of a clip, and the limits that they must keep.

use super::balance::{centre_of_mass, outside, support};
use super::clip::Clip;
use super::error::MotionError;
use super::falls::FallFigures;
use super::score::{Contact, Limits, Performance, Rig};
use super::strides::Strides;
use crate::base::Vec3;
use crate::body::{Joint, JointFrame, ShapedBody, Skeleton};
use serde::{Deserialize, Serialize};

/// Figures of one played motion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MotionCheck {
    /// Fastest slide of a bearing point of a standing foot, m/s.
    pub slide_mps: f64,
    /// Deepest point of a foot below the floor, m.
    pub below_floor_m: f64,
    /// Smallest and largest flexion of a knee, degrees.
    pub knee_deg: [f64; 2],
    /// Smallest and largest flexion of an elbow, degrees.
    pub elbow_deg: [f64; 2],
    /// Fastest palm, m/s.
    pub hand_mps: f64,
    /// Fastest foot point, m/s.
    pub foot_mps: f64,
    /// Largest acceleration of a joint, m/s².
    pub acceleration_mps2: f64,
    /// Joint and time of that acceleration, s.
    pub acceleration_at: (usize, f64),
    /// Largest leap of a joint from frame to frame at the begin of a repetition beyond that of the frames around it, m.
    pub seam_m: f64,
    /// Largest distance of a hand or a standing foot from its target, m.
    pub residual_m: f64,
    /// Farthest that the centre of mass of a slow body lies outside of what it stands or sits on, m.
    pub off_balance_m: f64,
    /// Time of that, s.
    pub off_balance_at_s: f64,
    /// What pelvis and trunk do within a step, where there are steady strides.
    #[serde(default)]
    pub strides: Strides,
    /// How the body fell, where the score ends on the floor and its skin was there to look at.
    #[serde(default)]
    pub fall: Option<FallFigures>,
}

/// Flexion that knees and elbows have, degrees, with a tolerance for rounding below.
const HINGE_DEG: [f64; 2] = [-0.5, 150.0];
/// Largest leap at the begin of a repetition, m.
const SEAM: f64 = 0.01;
/// Largest distance from a target, m.
const RESIDUAL: f64 = 0.005;
/// A body is slow when its centre of mass moves slower than this over the floor, m/s, …
const SLOW_SPEED: f64 = 0.1;
/// … and is accelerated by less than this, m/s²: the weight then acts within 3 cm of below the centre of mass.
const SLOW_ACCELERATION: f64 = 0.3;
/// Span over which both are measured, s: shorter ones would take a turning point of a quick motion for slowness.
const SLOW_SPAN: f64 = 0.1;
/// A seat bears while the hips are within this of its height, m for a person of 1.75 m.
const SEAT_REACH: f64 = 0.08;

impl MotionCheck {
    /// Measures a played score on its skeleton.
    pub fn measure(skeleton: &Skeleton, played: &Performance) -> Result<Self, MotionError> {
        let rig = Rig::new(skeleton)?;
        let clip = &played.clip;
        let frames: Vec<Vec<JointFrame>> = clip.poses().iter().map(|pose| skeleton.frames(pose)).collect();
        let rate = clip.rate_hz();
        let feet: Vec<[[Vec3; 3]; 2]> = frames.iter().map(|f| [rig.foot_points(0, f), rig.foot_points(1, f)]).collect();
        let palms: Vec<[Vec3; 2]> = frames.iter().map(|f| [rig.palm(0, f), rig.palm(1, f)]).collect();
        let mut check = Self {
            knee_deg: [f64::INFINITY, f64::NEG_INFINITY],
            elbow_deg: [f64::INFINITY, f64::NEG_INFINITY],
            residual_m: played.residual_m,
            ..Self::default()
        };
        for (frame, points) in frames.iter().zip(&feet) {
            for point in points.iter().flatten() {
                check.below_floor_m = check.below_floor_m.max(-point.z);
            }
            for joints in [LEGS, ARMS].concat() {
                let range = if joints[0] as usize <= Joint::RightHip as usize {
                    &mut check.knee_deg
                } else {
                    &mut check.elbow_deg
                };
                let flexion = flexion_deg(skeleton, frame, joints);
                *range = [range[0].min(flexion), range[1].max(flexion)];
            }
        }
        for i in 1..frames.len() {
            for side in 0..2 {
                let step = |k: usize| (feet[i][side][k] - feet[i - 1][side][k]).norm() * rate;
                check.hand_mps = check.hand_mps.max((palms[i][side] - palms[i - 1][side]).norm() * rate);
                check.foot_mps = check.foot_mps.max((0..3).map(step).fold(0.0, f64::max));
                let bearing: &[usize] = match (played.contacts[i - 1][side], played.contacts[i][side]) {
                    (Contact::None, _)
                    | (_, Contact::None)
                    | (Contact::Heel, Contact::Ball)
                    | (Contact::Ball, Contact::Heel) => &[],
                    (Contact::Flat, Contact::Flat) => &[0, 1],
                    (Contact::Heel, _) | (_, Contact::Heel) => &[0],
                    _ => &[1],
                };
                check.slide_mps = bearing.iter().map(|&k| step(k)).fold(check.slide_mps, f64::max);
            }
        }
        for (i, window) in frames.windows(3).enumerate() {
            let joints = window[0].iter().zip(&window[1]).zip(&window[2]);
            for (joint, ((a, b), c)) in joints.enumerate() {
                let acceleration = (a.position - b.position * 2.0 + c.position).norm() * rate * rate;
                if acceleration > check.acceleration_mps2 {
                    check.acceleration_mps2 = acceleration;
                    check.acceleration_at = (joint, (i + 1) as f64 / rate);
                }
            }
        }
        check.seam_m = seam(&frames, &played.seams_s, clip);
        check.strides = Strides::measure(skeleton, clip)?;
        (check.off_balance_m, check.off_balance_at_s) = off_balance(&rig, &frames, &feet, played);
        Ok(check)
    }

    /// Measures a played score on its body; of one that ends on the floor, the skin as well.
    pub fn measure_on(body: &ShapedBody, played: &Performance) -> Result<Self, MotionError> {
        let fall = played.ends_on_floor.then(|| FallFigures::measure(body, &played.clip));
        Ok(Self { fall, ..Self::measure(&body.skeleton, played)? })
    }

    /// What breaks a limit, in words; empty when nothing does.
    pub fn violations(&self, limits: &Limits) -> Vec<String> {
        let mut found = Vec::new();
        let mut at_most = |name: &str, value: f64, most: f64, unit: &str| {
            // NaN is a violation too.
            if value.is_nan() || value > most {
                found.push(format!("{name} is {value:.3} {unit}, at most {most} {unit} is allowed"));
            }
        };
        at_most("slide of a standing foot", self.slide_mps, limits.slide, "m/s");
        at_most("depth below the floor", self.below_floor_m, limits.below_floor, "m");
        at_most("speed of a hand", self.hand_mps, limits.hand_speed, "m/s");
        at_most("speed of a foot", self.foot_mps, limits.foot_speed, "m/s");
        let (joint, time) = self.acceleration_at;
        at_most(
            &format!("acceleration of joint {joint} at {time:.2} s"),
            self.acceleration_mps2,
            limits.acceleration,
            "m/s²",
        );
        at_most("leap at a repetition", self.seam_m, SEAM, "m");
        at_most("distance from a target", self.residual_m, RESIDUAL, "m");
        let time = self.off_balance_at_s;
        at_most(&format!("weight beside the feet at {time:.2} s"), self.off_balance_m, limits.off_balance, "m");
        found.extend(self.strides.violations());
        found.extend(self.fall.iter().flat_map(FallFigures::violations));
        for (name, [low, high]) in [("knee", self.knee_deg), ("elbow", self.elbow_deg)] {
            if !(HINGE_DEG[0]..=HINGE_DEG[1]).contains(&low) || !(HINGE_DEG[0]..=HINGE_DEG[1]).contains(&high) {
                found.push(format!("{name} flexion runs from {low:.1} to {high:.1} degrees, allowed is 0 to 150"));
            }
        }
        found
    }

    /// The worse of both in every figure.
    pub fn worst(&self, other: &Self) -> Self {
        let range = |a: [f64; 2], b: [f64; 2]| [a[0].min(b[0]), a[1].max(b[1])];
        Self {
            slide_mps: self.slide_mps.max(other.slide_mps),
            below_floor_m: self.below_floor_m.max(other.below_floor_m),
            knee_deg: range(self.knee_deg, other.knee_deg),
            elbow_deg: range(self.elbow_deg, other.elbow_deg),
            hand_mps: self.hand_mps.max(other.hand_mps),
            foot_mps: self.foot_mps.max(other.foot_mps),
            acceleration_mps2: self.acceleration_mps2.max(other.acceleration_mps2),
            acceleration_at: if self.acceleration_mps2 >= other.acceleration_mps2 {
                self.acceleration_at
            } else {
                other.acceleration_at
            },
            seam_m: self.seam_m.max(other.seam_m),
            residual_m: self.residual_m.max(other.residual_m),
            off_balance_m: self.off_balance_m.max(other.off_balance_m),
            off_balance_at_s: if self.off_balance_m >= other.off_balance_m {
                self.off_balance_at_s
            } else {
                other.off_balance_at_s
            },
            strides: self.strides.with(&other.strides),
            fall: match (self.fall, other.fall) {
                (Some(a), Some(b)) => Some(a.worst(&b)),
                (a, b) => a.or(b),
            },
        }
    }
}

const LEGS: [[Joint; 3]; 2] =
    [[Joint::LeftHip, Joint::LeftKnee, Joint::LeftAnkle], [Joint::RightHip, Joint::RightKnee, Joint::RightAnkle]];
const ARMS: [[Joint; 3]; 2] = [
    [Joint::LeftShoulder, Joint::LeftElbow, Joint::LeftWrist],
    [Joint::RightShoulder, Joint::RightElbow, Joint::RightWrist],
];

/// Angle between the two bones, negative when bent against the hinge.
fn flexion_deg(skeleton: &Skeleton, frame: &[JointFrame], joints: [Joint; 3]) -> f64 {
    let [a, b, c] = joints.map(|joint| frame[joint as usize].position);
    let (upper, lower) = (b - a, c - b);
    let hinge = match joints[0] {
        Joint::LeftShoulder => -Vec3::z(),
        Joint::RightShoulder => Vec3::z(),
        _ => Vec3::x(),
    };
    debug_assert!(skeleton.rest.len() == frame.len());
    let across = upper.cross(&lower);
    let angle = across.norm().atan2(upper.dot(&lower)).to_degrees();
    if across.dot(&(frame[joints[0] as usize].rotation * hinge)) < 0.0 { -angle } else { angle }
}

fn seam(frames: &[Vec<JointFrame>], seams_s: &[f64], clip: &Clip) -> f64 {
    let mut worst = 0.0_f64;
    for time in seams_s {
        // The step that contains the seam against its neighbours.
        let i = (time * clip.rate_hz()).floor() as usize;
        if i < 1 || i + 2 >= frames.len() {
            continue;
        }
        let steps = |k: usize| -> Vec<f64> {
            frames[k].iter().zip(&frames[k + 1]).map(|(a, b)| (b.position - a.position).norm()).collect()
        };
        let around = steps(i - 1).into_iter().zip(steps(i + 1));
        for (step, (before, after)) in steps(i).into_iter().zip(around) {
            worst = worst.max(step - before.max(after));
        }
    }
    worst
}

/// Farthest that the centre of mass lies outside of the support while the body is slow, m, and the time of that, s.
fn off_balance(rig: &Rig, frames: &[Vec<JointFrame>], feet: &[[[Vec3; 3]; 2]], played: &Performance) -> (f64, f64) {
    let rate = played.clip.rate_hz();
    let centres: Vec<Vec3> = frames.iter().zip(feet).map(|(f, feet)| centre_of_mass(f, feet)).collect();
    let span = ((SLOW_SPAN * rate).round() as usize).max(1);
    let mut worst = (0.0, 0.0);
    for i in span..frames.len().saturating_sub(span) {
        let (a, b, c) = (centres[i - span].xy(), centres[i].xy(), centres[i + span].xy());
        let step = span as f64 / rate;
        let fastest = (b - a).norm().max((c - b).norm()) / step;
        let accelerated = (a - b * 2.0 + c).norm() / (step * step);
        let contacts = played.contacts[i];
        if fastest > SLOW_SPEED || accelerated > SLOW_ACCELERATION || contacts == [Contact::None; 2] {
            continue;
        }
        let seated = played.seat_m.is_some_and(|seat| rig.hips_below_standing(&frames[i]) > seat - SEAT_REACH);
        let gap = outside([b.x, b.y], support(rig, &frames[i], &feet[i], contacts, seated));
        if gap > worst.0 {
            worst = (gap, i as f64 / rate);
        }
    }
    worst
}
