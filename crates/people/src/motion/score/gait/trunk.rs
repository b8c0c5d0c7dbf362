//! What pelvis and chest do within a step, out of speed, step and leg: nobody's trunk moves evenly.
//!
//! Amplitudes of a walk are those of Boulic, Thalmann and Thalmann 1990, "A global human walking model with real-time kinematic
//! personification" (Visual Computer 6, appendix A and B), as functions of the relative speed `v / leg` of a person who chooses the step
//! freely, in parts of the leg. Who takes other steps than those moves less or more: an inverted pendulum is accelerated by `g x / leg`
//! over a distance `x` that goes with the step (its speed then ripples by L·T, its place by more), rises by `L² / 8 leg`, and falls to the
//! side for the time alone (T²; Kajita et al. 2001). Recorded short steps surge by L·T rather than the pendulum's L·T²: so do these
//! (`tests/physics/gait.rs`).
//!
//! Running is a mass on a spring: the force over the stance is half a sine (Morin et al. 2005, "A simple method for measuring
//! stiffness during running", J. Appl. Biomech. 21, eq. 2 to 4) and points from the foot to the mass (Blickhan 1989).

use super::super::spec::{Gait, GaitStyle};
use std::f64::consts::PI;

/// Standard gravity, m/s².
const GRAVITY: f64 = 9.81;
/// Length of a freely chosen step in parts of the leg for a relative speed of 1/s: half of Boulic's cycle, 1.346 √(v / leg).
const FREE_STEP: f64 = 0.673;
/// Nobody's step is taken for longer than this times the free one.
const LONGEST_STEP: f64 = 1.4;
/// Rise and fall of a walking pelvis to each side for a relative speed of 1/s, parts of the leg (Boulic, `a_v`).
const RISE: f64 = 0.015;
/// Largest sway and surge of a walking pelvis to each side, parts of the leg (Boulic, `a_l` and `a_a`), …
const SWAY: f64 = 0.032;
const SURGE: f64 = 0.021;
/// … which are reached at this relative speed, 1/s.
const FULL_AT: f64 = 0.5;
/// Sway of a runner on the spot, whose feet are farther apart than those of one who gets on, parts of the leg; half of it at speed (1 cm;
/// DeepMimic's jog).
const RUN_SWAY: f64 = 0.018;
/// Turn of the pelvis to each side for a relative speed of 1/s, radians (4°; Boulic, torsion).
const TURN: f64 = 0.0698;
/// Drop of the pelvis on the swinging side, the same way (twice 1.66°, since Boulic's curve runs from 0 to twice its amplitude).
const DROP: f64 = 0.0579;
/// Both angles end here, radians (6°; Perry and Burnfield 2010, ch. 6, give 4° to each side in free walking).
const LARGEST_ANGLE: f64 = 0.105;
/// The trunk's nod against the surge of the pelvis for a free step, radians (0.8°; Thorstensson et al. 1984, "Trunk movements in
/// human locomotion", Acta Physiol. Scand. 121, and DeepMimic's walks: 0.4° to 1.3°).
const NOD: f64 = 0.014;
/// A longer step than this, in parts of the leg, is walked on bent knees: straight ones would rise and fall by twice what people do.
const SHORT_STEP: f64 = 0.6;
/// By how much the hips are lower for the rest of the step, squared.
const LOWER: f64 = 0.16;
/// Share of a running stance in which the force of half a sine takes the speed `∫ cos(πu) u du` over half of it: 1/2π − 1/π².
const BRAKING: f64 = 0.057_834;

/// The gait of one person, from which the trunk's motion follows.
#[derive(Clone, Copy, Debug)]
pub(super) struct TrunkGait {
    /// Height of the hip joints, m.
    leg: f64,
    /// Time of a step, s.
    step_s: f64,
    /// Share of a stride during which a foot stands.
    contact: f64,
    jog: bool,
    /// What the score says in place of the derived amplitudes, m.
    rise: Option<f64>,
    surge: Option<f64>,
    sway: Option<f64>,
    /// Speed at which the score's own amplitudes hold, m/s.
    full_speed: f64,
}

/// Amplitudes to each side of the mean.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct TrunkMotion {
    /// Forward, m: twice a stride, backward half of the time after mid-stance, so that the body is slowest over the foot.
    pub(super) surge: f64,
    /// Upward, m: twice a stride, highest over the foot (running: lowest).
    pub(super) rise: f64,
    /// Turn of the pelvis, radians.
    pub(super) turn: f64,
    /// Drop of the pelvis, radians.
    pub(super) drop: f64,
    /// Nod of the trunk, radians.
    pub(super) nod: f64,
    /// How much lower the hips go for a long step, m.
    pub(super) lower: f64,
}

impl TrunkGait {
    /// `scale` goes with lengths that a score writes, `size` with its excursions; `speed` is that on the straight, m/s.
    pub(super) fn new(gait: &Gait, leg: f64, step_s: f64, speed: f64, scale: f64, size: f64) -> Self {
        let own = |value: Option<f64>| value.map(|v| v * scale * size);
        Self {
            leg,
            step_s,
            contact: gait.contact,
            jog: gait.style == GaitStyle::Jog,
            rise: own(gait.bounce),
            surge: own(gait.surge),
            sway: own(gait.sway),
            full_speed: speed,
        }
    }

    /// Share of an amplitude of the score's own that holds at `speed`.
    fn pace(&self, speed: f64) -> f64 {
        (speed / self.full_speed).min(1.0)
    }

    /// This step's length in parts of the free one at `speed`; as its time is.
    fn step_ratio(&self, speed: f64) -> f64 {
        // v T / (0.673 leg √(v / leg)).
        ((speed / self.leg).sqrt() * self.step_s / FREE_STEP).min(LONGEST_STEP)
    }

    /// Sway of the pelvis to each side at a forward `speed` of m/s, m.
    pub(super) fn sway(&self, speed: f64) -> f64 {
        match self.sway {
            Some(sway) => sway * self.pace(speed),
            None if self.jog => RUN_SWAY * self.leg * (1.0 - 0.25 * speed / self.leg).max(0.5),
            None => SWAY * self.leg * saturated(speed / self.leg) * self.step_ratio(speed).powi(2),
        }
    }

    /// The amplitudes at `forward` m/s ahead (or back) and `speed` m/s in all.
    pub(super) fn at(&self, forward: f64, speed: f64) -> TrunkMotion {
        let derived = if self.jog { self.running(forward) } else { self.walking(forward, speed) };
        TrunkMotion {
            rise: self.rise.map_or(derived.rise, |rise| rise * if self.jog { 1.0 } else { self.pace(speed) }),
            surge: self.surge.map_or(derived.surge, |surge| surge * self.pace(forward)),
            ..derived
        }
    }

    fn walking(&self, forward: f64, speed: f64) -> TrunkMotion {
        let (ahead, all) = (forward / self.leg, speed / self.leg);
        let ratio = self.step_ratio(forward);
        TrunkMotion {
            surge: SURGE * self.leg * saturated(ahead) * ratio.powi(2),
            rise: RISE * self.leg * all * self.step_ratio(speed).powi(2),
            turn: (TURN * ahead * ratio).min(LARGEST_ANGLE),
            drop: (DROP * all * ratio.max(0.5)).min(LARGEST_ANGLE),
            nod: NOD * saturated(ahead) * ratio.powi(2),
            lower: LOWER * self.leg * ((speed * self.step_s / self.leg).powi(2) - SHORT_STEP * SHORT_STEP).max(0.0),
        }
    }

    fn running(&self, forward: f64) -> TrunkMotion {
        let stance = 2.0 * self.contact * self.step_s;
        let flight = (self.step_s - stance).max(0.0);
        // Largest force over the mass, m/s²: what carries the weight through stance and flight.
        let peak = 0.5 * PI * GRAVITY * (1.0 + flight / stance);
        let sink = peak * (stance / PI).powi(2) - GRAVITY * stance * stance / 8.0;
        let fly = GRAVITY * flight * flight / 8.0;
        // What the first half of the stance takes off the speed, m/s: the force leans by v t / leg.
        let lost = BRAKING * peak * forward * stance * stance / self.leg;
        TrunkMotion {
            surge: 0.5 * lost * self.step_s / (2.0 * PI),
            rise: 0.5 * (sink + fly),
            turn: (TURN * forward / self.leg).min(0.07),
            // 1° on the spot, 3° at speed (Novacheck 1998, Gait & Posture 7, fig. 6): on the spot more would undo the sway.
            drop: 0.015 + 0.035 * (forward / self.leg).min(1.0),
            nod: 0.5 * NOD,
            lower: 0.9 * 0.5 * (sink + fly),
        }
    }
}

/// Boulic's growth of sway and surge up to where they stay: 4 x (1 − x) below a half.
fn saturated(relative_speed: f64) -> f64 {
    let x = relative_speed.clamp(0.0, FULL_AT);
    4.0 * x * (1.0 - x)
}
