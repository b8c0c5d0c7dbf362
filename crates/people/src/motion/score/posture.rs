//! One instant of a motion in anatomical terms, before any joint is turned.

use super::channel::{ARM_AT, ELBOW_AT, FOOT_AT, HEAD_AT, JUMP_AT, LEG_AT, PELVIS_AT, SPINE_AT, TRAVEL_AT};
use super::hands::HandGoal;
use super::rig::{Rig, sign};
use super::tracks::Tracks;
use super::vary::{IdleDraw, Rendition};
use crate::base::Vec3;
use std::f64::consts::TAU;

/// Toes point outward by this much in the relaxed stand, radians (6°).
pub(super) const TOES_OUT: f64 = 0.105;

/// Angles of an arm against the chest, radians.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ArmAngles {
    pub(super) raise: f64,
    pub(super) toward: f64,
    pub(super) roll: f64,
    pub(super) bend: f64,
    pub(super) palm: f64,
}

/// Angles of a free leg against the vertical, radians.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LegAngles {
    pub(super) raise: f64,
    pub(super) out: f64,
    pub(super) knee: f64,
    pub(super) ankle: f64,
}

/// Where a foot is.
#[derive(Clone, Copy, Debug)]
pub(super) struct FootGoal {
    /// Point of the sole below the ankle when the foot is flat, body frame, m.
    pub(super) ground: Vec3,
    /// Heading of the toes, radians, positive to the left.
    pub(super) yaw: f64,
    /// Heel rise, radians; negative lifts the toes.
    pub(super) heel: f64,
    /// Whether the foot stands.
    pub(super) planted: bool,
    /// Angles of a leg that swings free.
    pub(super) leg: LegAngles,
}

/// A whole posture. Angles in radians, positive to the left where they have a side; lengths in metres.
#[derive(Clone, Debug)]
pub(super) struct Posture {
    /// Where the person is on their path.
    pub(super) origin: Vec3,
    /// Heading, positive to the left.
    pub(super) heading: f64,
    /// Shift of the middle of the hips from the stand, in the heading's frame.
    pub(super) hips: Vec3,
    /// Tilt, lean, turn.
    pub(super) pelvis: [f64; 3],
    /// Bend, lean, twist.
    pub(super) spine: [f64; 3],
    /// Nod, tilt, turn.
    pub(super) head: [f64; 3],
    pub(super) arms: [ArmAngles; 2],
    /// Where the elbows of reaching arms point: 0 down, π/2 outward.
    pub(super) elbows: [f64; 2],
    pub(super) hands: [Option<HandGoal>; 2],
    /// The hand that the other one follows.
    pub(super) grip: Option<usize>,
    pub(super) feet: [FootGoal; 2],
    /// Excursion of the chest, m.
    pub(super) breath: f64,
    /// Width over which the pelvis begins to come down for a leg that does not reach, m.
    pub(super) softness: f64,
}

impl LegAngles {
    /// How far the leg is from hanging, radians; 0 means that the foot channels hold.
    pub(super) fn activity(&self) -> f64 {
        let LegAngles { raise, out, knee, ankle } = *self;
        (raise * raise + out * out + 0.4 * knee * knee + 0.2 * ankle * ankle).sqrt()
    }
}

/// Sway of the hips over the feet and excursion of the chest at `time` s.
pub(super) fn idle(draw: &IdleDraw, scale: f64, time: f64) -> (Vec3, f64) {
    let wave = |i: usize| (TAU * (draw.sway_rates_hz[i] * time + draw.sway_phases[i])).sin();
    let sway = Vec3::new(0.6 * wave(0) + 0.4 * wave(1), 0.6 * wave(2) + 0.4 * wave(3), 0.0) * draw.sway_m * scale;
    let breath = draw.breath_m * scale * (TAU * (draw.breath_rate_hz * time + draw.breath_phase)).sin();
    (sway, breath)
}

/// The posture of a keyed score at `time` s.
pub(super) fn keyed(tracks: &Tracks, rendition: &Rendition, rig: &Rig, grip: Option<usize>, time: f64) -> Posture {
    let value = |channel: usize| tracks.value(channel, time);
    let angle = |channel: usize| value(channel).to_radians();
    let main = rendition.main_sign();
    let (sway, breath) = idle(&rendition.idle, rig.scale, time);
    let jump = value(JUMP_AT);
    let travel = Vec3::new(main * value(TRAVEL_AT), -value(TRAVEL_AT + 1), 0.0);
    let hips = Vec3::new(main * value(PELVIS_AT + 2), -value(PELVIS_AT + 1), value(PELVIS_AT) + jump);
    let arm = |side: usize| {
        let at = ARM_AT[side];
        ArmAngles {
            raise: angle(at),
            toward: angle(at + 1),
            roll: angle(at + 2),
            bend: angle(at + 3),
            palm: angle(at + 4),
        }
    };
    let foot = |side: usize| {
        let (at, leg) = (FOOT_AT[side], LEG_AT[side]);
        let up = value(at + 2) + jump;
        let leg = LegAngles { raise: angle(leg), out: angle(leg + 1), knee: angle(leg + 2), ankle: angle(leg + 3) };
        let place = Vec3::new(sign(side) * (rig.half_stance + value(at + 1)), -value(at), up);
        FootGoal {
            ground: place + travel,
            yaw: sign(side) * (TOES_OUT + angle(at + 4)),
            heel: angle(at + 3),
            planted: up == 0.0 && leg.activity() == 0.0,
            leg,
        }
    };
    Posture {
        origin: Vec3::zeros(),
        heading: 0.0,
        hips: hips + travel + sway,
        pelvis: [angle(PELVIS_AT + 3), main * angle(PELVIS_AT + 4), main * angle(PELVIS_AT + 5)],
        spine: [angle(SPINE_AT), main * angle(SPINE_AT + 1), main * angle(SPINE_AT + 2)],
        head: [angle(HEAD_AT), main * angle(HEAD_AT + 1), main * angle(HEAD_AT + 2)],
        arms: [arm(0), arm(1)],
        elbows: ELBOW_AT.map(angle),
        hands: [0, 1].map(|side| tracks.hands[side].as_ref().map(|track| track.at(time))),
        grip,
        feet: [foot(0), foot(1)],
        breath,
        softness: 0.006,
    }
}
