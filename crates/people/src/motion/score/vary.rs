//! What differs from person to person and from repetition to repetition, and one draw of it.

use super::spec::{Idle, PlaceSpec, SideRule, Spread, VarySpec};
use super::{Score, Timing};
use crate::base::random::Stream;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

/// The side that acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Side {
    Left,
    Right,
}

/// Variation of a score, with the defaults filled in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Vary {
    /// Time scale of the whole motion (base 1; larger is slower).
    pub tempo: Spread,
    /// Scale of every excursion from the relaxed stand (base 1).
    pub size: Spread,
    /// Shift of each key, in parts of the cycle; 0..0.2.
    pub key_time: f64,
    /// Scale of each single key value, ± fraction; 0..0.5.
    pub key_value: f64,
    /// Which side acts.
    pub side: SideRule,
    /// Stature, m.
    pub stature_m: [f64; 2],
    /// Body mass index, kg/m².
    pub build: [f64; 2],
    /// Facing away from the sensor, degrees, positive turned to the person's left.
    pub facing_deg: [f64; 2],
    /// Where the person stands.
    pub place: PlaceSpec,
    /// Speed of a gait.
    pub speed: Spread,
    /// Step length of a gait.
    pub step: Spread,
    /// Radius of a circular path.
    pub radius: Spread,
    /// Length of a line.
    pub length: Spread,
    /// Angle of a turn.
    pub angle: Spread,
    /// Rest between repetitions.
    pub pause: Spread,
    /// Where in a repetition the clip begins, in parts of it.
    pub start: [f64; 2],
}

impl Vary {
    /// Built-in values: those of the format's own description.
    fn standard(repeats_smoothly: bool) -> Self {
        Self {
            tempo: Spread::Fraction(0.18),
            size: Spread::Fraction(0.15),
            key_time: 0.03,
            key_value: 0.05,
            side: SideRule::Either,
            stature_m: [1.50, 1.95],
            build: [18.5, 30.0],
            facing_deg: [-45.0, 45.0],
            place: PlaceSpec { range: [1.5, 5.0], azimuth: [-30.0, 30.0] },
            speed: Spread::Fraction(0.0),
            step: Spread::Fraction(0.05),
            radius: Spread::Fraction(0.0),
            length: Spread::Fraction(0.1),
            angle: Spread::Fraction(0.1),
            pause: Spread::Fraction(0.3),
            // A window on a cycle may begin anywhere; a single action is shown from near its beginning.
            start: if repeats_smoothly { [0.0, 1.0] } else { [0.0, 0.2] },
        }
    }

    /// The motion's own values over the file's over the built-in ones.
    pub(super) fn resolve(file: &VarySpec, own: &VarySpec, repeats_smoothly: bool) -> Self {
        let mut vary = Self::standard(repeats_smoothly);
        for spec in [file, own] {
            macro_rules! take {
                ($($field:ident),*) => { $(if let Some(value) = spec.$field { vary.$field = value; })* };
            }
            take!(tempo, size, key_time, key_value, side, place, speed, step, radius, length, angle, pause, start);
            if let Some(stature) = spec.stature {
                vary.stature_m = stature.bounds(1.72);
            }
            if let Some(build) = spec.build {
                vary.build = build.bounds(24.0);
            }
            if let Some(facing) = spec.facing {
                vary.facing_deg = facing;
            }
        }
        vary
    }
}

impl Spread {
    /// Lowest and highest value around `base`.
    pub fn bounds(self, base: f64) -> [f64; 2] {
        match self {
            Self::Fraction(f) => [base * (1.0 - f), base * (1.0 + f)],
            Self::Range(range) => range,
        }
    }

    /// A uniform draw around `base`.
    pub fn draw(self, base: f64, stream: &mut Stream) -> f64 {
        uniform(self.bounds(base), stream)
    }
}

/// A uniform draw that spends exactly one number, also on an empty range.
pub(super) fn uniform([low, high]: [f64; 2], stream: &mut impl Rng) -> f64 {
    low + (high - low) * stream.random::<f64>()
}

/// Slow unrest of a standing body.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdleDraw {
    /// Sway amplitude, m.
    pub sway_m: f64,
    /// Rates of the two components of the sway along x and along y, Hz.
    pub sway_rates_hz: [f64; 4],
    /// Their phases, cycles.
    pub sway_phases: [f64; 4],
    /// Excursion of the chest, m.
    pub breath_m: f64,
    /// Breathing rate, Hz.
    pub breath_rate_hz: f64,
    /// Its phase, cycles.
    pub breath_phase: f64,
}

/// One person's way to do a motion, and the seed of its repetitions. Playing the same one again gives the same clip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rendition {
    /// The side that acts.
    pub side: Side,
    /// Time scale.
    pub tempo: f64,
    /// Scale of excursions.
    pub size: f64,
    /// Largest shift of a key, parts of the cycle.
    pub key_time: f64,
    /// Largest change of a key value, fraction.
    pub key_value: f64,
    /// Speed of a gait, m/s for a person of 1.75 m (0 in other kinds).
    pub speed_mps: f64,
    /// Step length of a gait, m for a person of 1.75 m (0 in other kinds).
    pub step_m: f64,
    /// Radius of a circular path, m.
    pub radius_m: f64,
    /// Length of a line, m.
    pub length_m: f64,
    /// Angle of a turn, degrees.
    pub angle_deg: f64,
    /// Rest between repetitions or at the ends of a line, s.
    pub pause_s: f64,
    /// Where in a repetition the clip begins, 0..1.
    pub start: f64,
    /// When the first repetition of a motion that is done once at a time begins, s, in place of `start`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onset_s: Option<f64>,
    /// Sway and breathing.
    pub idle: IdleDraw,
    /// Key of the small differences between repetitions; text in JSON.
    #[serde(with = "crate::base::integers::text")]
    pub jitter_seed: u64,
}

impl Rendition {
    /// Draws one rendition of `score`. The number of draws does not depend on the score.
    pub fn draw(score: &Score, stream: &mut Stream) -> Self {
        let vary = &score.vary;
        let base = Base::of(score);
        let coin = stream.random::<f64>();
        let left = match vary.side {
            SideRule::Either => coin < 0.5,
            SideRule::Both | SideRule::Left => true,
            SideRule::Right => false,
            // About one person in ten prefers the left hand (Papadatou-Pastou et al. 2020).
            SideRule::Main => coin < 0.1,
        };
        Self {
            side: if left { Side::Left } else { Side::Right },
            tempo: vary.tempo.draw(1.0, stream),
            size: vary.size.draw(1.0, stream),
            key_time: vary.key_time,
            key_value: vary.key_value,
            speed_mps: vary.speed.draw(base.speed, stream),
            step_m: vary.step.draw(base.step, stream),
            radius_m: vary.radius.draw(base.radius, stream),
            length_m: vary.length.draw(base.length, stream),
            angle_deg: vary.angle.draw(base.angle, stream),
            pause_s: vary.pause.draw(base.pause, stream),
            start: uniform(vary.start, stream),
            onset_s: None,
            idle: IdleDraw::draw(&score.idle, stream),
            jitter_seed: stream.random(),
        }
    }

    /// The score as written: the left side acts, nothing varies but slow breathing.
    pub fn plain(score: &Score) -> Self {
        let base = Base::of(score);
        let idle = &score.idle;
        let middle = |[a, b]: [f64; 2]| 0.5 * (a + b);
        Self {
            side: if score.vary.side == SideRule::Right { Side::Right } else { Side::Left },
            tempo: 1.0,
            size: 1.0,
            key_time: 0.0,
            key_value: 0.0,
            speed_mps: base.speed,
            step_m: base.step,
            radius_m: base.radius,
            length_m: base.length,
            angle_deg: base.angle,
            pause_s: base.pause,
            start: 0.0,
            onset_s: None,
            idle: IdleDraw {
                sway_m: 0.0,
                sway_rates_hz: [middle(idle.sway.rate); 4],
                sway_phases: [0.0; 4],
                breath_m: idle.breath.chest,
                breath_rate_hz: middle(idle.breath.rate),
                breath_phase: 0.0,
            },
            jitter_seed: 0,
        }
    }

    /// +1 when the left side acts, −1 when the right does: the sign of "to the main side" along +x.
    pub(super) fn main_sign(&self) -> f64 {
        if self.side == Side::Left { 1.0 } else { -1.0 }
    }

    /// First number that is not finite or out of its range, if any; a rendition may come from a file.
    pub(super) fn problem(&self) -> Option<String> {
        let checks = [
            ("tempo", self.tempo, 0.1, 10.0),
            ("size", self.size, 0.0, 3.0),
            ("key_time", self.key_time, 0.0, 0.2),
            ("key_value", self.key_value, 0.0, 0.5),
            ("speed_mps", self.speed_mps, 0.0, 10.0),
            ("step_m", self.step_m, 0.0, 3.0),
            ("radius_m", self.radius_m, 0.0, 100.0),
            ("length_m", self.length_m, 0.0, 100.0),
            ("angle_deg", self.angle_deg, 0.0, 720.0),
            ("pause_s", self.pause_s, 0.0, 60.0),
            ("start", self.start, 0.0, 1.0),
            ("onset_s", self.onset_s.unwrap_or(0.0), 0.0, 600.0),
            ("idle.sway_m", self.idle.sway_m, 0.0, 0.1),
            ("idle.breath_m", self.idle.breath_m, 0.0, 0.05),
            ("idle.breath_rate_hz", self.idle.breath_rate_hz, 0.0, 5.0),
        ];
        let found = checks.iter().find(|(_, value, low, high)| !(value >= low && value <= high));
        let waves = self.idle.sway_rates_hz.iter().chain(&self.idle.sway_phases).chain([&self.idle.breath_phase]);
        match found {
            Some((name, value, low, high)) => {
                Some(format!("rendition: `{name}` must lie between {low} and {high}, found {value}"))
            }
            None if waves.clone().any(|v| !v.is_finite() || v.abs() > 100.0) => {
                Some("rendition: a rate or phase of `idle` is not a finite number".into())
            }
            None => None,
        }
    }
}

impl IdleDraw {
    fn draw(idle: &Idle, stream: &mut Stream) -> Self {
        let mut rates = [0.0; 4];
        let mut phases = [0.0; 4];
        for (rate, phase) in rates.iter_mut().zip(&mut phases) {
            *rate = uniform(idle.sway.rate, stream);
            *phase = stream.random();
        }
        Self {
            sway_m: idle.sway.amount * uniform([0.6, 1.4], stream),
            sway_rates_hz: rates,
            sway_phases: phases,
            breath_m: idle.breath.chest * uniform([0.6, 1.4], stream),
            breath_rate_hz: uniform(idle.breath.rate, stream),
            breath_phase: stream.random(),
        }
    }
}

/// Values of the score that are varied by name.
struct Base {
    speed: f64,
    step: f64,
    radius: f64,
    length: f64,
    angle: f64,
    pause: f64,
}

impl Base {
    fn of(score: &Score) -> Self {
        match &score.timing {
            Timing::Cycle { .. } => Self { speed: 0.0, step: 0.0, radius: 0.0, length: 0.0, angle: 0.0, pause: 0.0 },
            Timing::Once { pause_s, .. } => {
                Self { speed: 0.0, step: 0.0, radius: 0.0, length: 0.0, angle: 0.0, pause: *pause_s }
            }
            Timing::Gait { gait, path } => Self {
                speed: gait.speed,
                step: gait.step,
                radius: path.radius.unwrap_or(0.0),
                length: path.length.unwrap_or(0.0),
                angle: path.angle.unwrap_or(0.0),
                pause: path.pause,
            },
        }
    }
}
