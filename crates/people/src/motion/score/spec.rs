//! The score format as typed: what YAML may contain. Nothing here is checked beyond names and types.

use super::key::{Key, Place};
use serde::{Deserialize, Serialize};

/// A whole score file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileSpec {
    pub(super) version: u32,
    #[serde(default)]
    pub(super) defaults: DefaultsSpec,
    pub(super) motions: Vec<ScoreSpec>,
}

/// What holds for every motion of a file unless the motion says otherwise.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DefaultsSpec {
    pub(super) vary: VarySpec,
    pub(super) idle: Option<Idle>,
    pub(super) limits: Option<Limits>,
}

/// How the time line is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Keys wrap round one period.
    Cycle,
    /// Keys lie in one duration; then the player rests and repeats.
    Once,
    /// Steps along a path.
    Gait,
}

/// What comes after a single action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The same again after a rest.
    #[default]
    Again,
    /// The body stays on the floor as the last key has it; what would be below the floor is held above it.
    OnFloor,
}

/// One motion as typed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScoreSpec {
    pub(super) id: u32,
    pub(super) slug: String,
    pub(super) way: Option<String>,
    pub(super) share: Option<u32>,
    pub(super) kind: Kind,
    pub(super) period: Option<f64>,
    pub(super) duration: Option<f64>,
    pub(super) pause: Option<f64>,
    pub(super) ends: Option<Ending>,
    #[serde(default)]
    pub(super) stance: Key,
    #[serde(default)]
    pub(super) keys: Vec<Key>,
    pub(super) gait: Option<Gait>,
    pub(super) path: Option<PathSpec>,
    pub(super) draw: Option<Draw>,
    pub(super) seat: Option<f64>,
    #[serde(default)]
    pub(super) vary: VarySpec,
    pub(super) idle: Option<Idle>,
    pub(super) limits: Option<Limits>,
}

/// A shape that a hand runs along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// A circle; `size` is its radius. It begins and ends at the top.
    Circle,
    /// Straight strokes between `points`.
    Strokes,
}

/// Sense of turning: a drawn circle's as the person sees it, a path's as seen from above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// With the hands of the clock; a path that turns to the person's right.
    #[default]
    Clockwise,
    /// Against the hands of the clock; a path that turns to the person's left.
    CounterClockwise,
}

/// Which hand draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Hands {
    #[default]
    Main,
    Other,
    Left,
    Right,
    Both,
}

/// A hand runs along a shape in the frontal plane between two times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// The drawing hand.
    #[serde(default)]
    pub hand: Hands,
    /// The shape.
    pub shape: Shape,
    /// Centre of the shape.
    pub center: Place,
    /// Shift of the centre, m: outward, upward, forward.
    #[serde(default)]
    pub offset: [f64; 3],
    /// Radius of a circle or scale of the points, m; 0.02..1.
    pub size: f64,
    /// First time, 0..1.
    pub from: f64,
    /// Last time, 0..1, after `from`.
    pub to: f64,
    /// Rounds of a circle.
    #[serde(default = "one")]
    pub turns: f64,
    /// Sense of a circle as the person sees it.
    #[serde(default)]
    pub direction: Direction,
    /// Corners of the strokes as the person sees them, in parts of `size`: x to the person's right, y up.
    #[serde(default)]
    pub points: Vec<[f64; 2]>,
}

fn one() -> f64 {
    1.0
}

/// Walking or running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GaitStyle {
    /// One foot always on the floor.
    Walk,
    /// With a flight between the steps.
    Jog,
}

/// How the person steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gait {
    /// Walking or running.
    pub style: GaitStyle,
    /// Speed along the path, m/s; 0.1..5.
    pub speed: f64,
    /// Length of one step, m; 0.1..1.5.
    pub step: f64,
    /// Share of a stride during which a foot stands; above 0.5 for a walk, below for a jog.
    pub contact: f64,
    /// Height of the swinging foot, m; 0..0.5.
    pub lift: f64,
    /// Swing of the upper arms to each side of the vertical, degrees; 0..70.
    #[serde(default)]
    pub arm_swing: f64,
    /// Bend of the elbows, degrees; 0..130.
    #[serde(default)]
    pub elbow: f64,
    /// Rise and fall of the pelvis to each side of its mean, m; 0..0.1. Without it, as with the next two, what follows from speed,
    /// step and leg.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounce: Option<f64>,
    /// Surge of the pelvis within a step to each side of an even way, m; 0..0.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surge: Option<f64>,
    /// Sway of the pelvis over the standing foot to each side, m; 0..0.15.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sway: Option<f64>,
    /// Forward lean of the trunk, degrees; -20..30.
    #[serde(default)]
    pub lean: f64,
}

/// Form of the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PathShape {
    /// Round and round a circle of `radius`.
    Circle,
    /// Out by `length`, about-turn, back, about-turn.
    LineTurn,
    /// Out by `length`, and back backward.
    LineBack,
    /// Out by `length` sideways and back, without turning.
    Sideways,
    /// Turn by `angle` on the spot, then back.
    TurnInPlace,
    /// Steps on the spot.
    InPlace,
}

/// The way that is walked, as typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathSpec {
    /// Form of the way.
    pub shape: PathShape,
    /// Radius of a circle, m; 0.4..10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub radius: Option<f64>,
    /// Length of a line, m; 0.3..20.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<f64>,
    /// Angle of a turn, degrees; 10..360.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub angle: Option<f64>,
    /// Which way a circle or a turn goes; without it to the main side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// Direction of a line from straight ahead to the main side, degrees.
    #[serde(default)]
    pub heading: f64,
    /// Rest at each end of a line or turn, s; 0..5.
    #[serde(default)]
    pub pause: f64,
}

/// A number is a ± fraction of the value in the score, a pair a uniform range in place of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Spread {
    /// ± this fraction.
    Fraction(f64),
    /// From, to.
    Range([f64; 2]),
}

/// Which side acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SideRule {
    /// Left or right, equally often.
    Either,
    /// The motion is the same on both sides (the main side is the left).
    Both,
    /// The left.
    Left,
    /// The right.
    Right,
    /// The person's own preferred side: the right with probability 0.9.
    Main,
}

/// Where people stand seen from the sensor, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceSpec {
    /// Distance, m.
    pub range: [f64; 2],
    /// Direction from boresight, degrees.
    pub azimuth: [f64; 2],
}

/// `vary` as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct VarySpec {
    pub(super) tempo: Option<Spread>,
    pub(super) size: Option<Spread>,
    pub(super) key_time: Option<f64>,
    pub(super) key_value: Option<f64>,
    pub(super) side: Option<SideRule>,
    pub(super) stature: Option<Spread>,
    pub(super) build: Option<Spread>,
    pub(super) facing: Option<[f64; 2]>,
    pub(super) place: Option<PlaceSpec>,
    pub(super) speed: Option<Spread>,
    pub(super) step: Option<Spread>,
    pub(super) radius: Option<Spread>,
    pub(super) length: Option<Spread>,
    pub(super) angle: Option<Spread>,
    pub(super) pause: Option<Spread>,
    pub(super) start: Option<[f64; 2]>,
}

/// Postural sway and breathing, always on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Idle {
    /// Sway of the pelvis.
    pub sway: Sway,
    /// Breathing.
    pub breath: Breath,
}

/// Sway of the pelvis over the standing feet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sway {
    /// Amplitude, m; 0..0.05.
    pub amount: f64,
    /// Range of the rate, Hz.
    pub rate: [f64; 2],
}

/// Rise and fall of the chest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Breath {
    /// Excursion of the chest, m; 0..0.03.
    pub chest: f64,
    /// Range of the rate, Hz.
    pub rate: [f64; 2],
}

/// What a played score must keep.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Fastest hand, m/s.
    pub hand_speed: f64,
    /// Fastest foot, m/s.
    pub foot_speed: f64,
    /// Fastest slide of a planted foot, m/s.
    pub slide: f64,
    /// Deepest point of a foot below the floor, m.
    pub below_floor: f64,
    /// Farthest that the centre of mass of a slow body lies outside of its standing feet, m.
    #[serde(default = "off_balance")]
    pub off_balance: f64,
    /// Largest acceleration of a joint, m/s².
    #[serde(default = "acceleration")]
    pub acceleration: f64,
}

fn acceleration() -> f64 {
    150.0
}

fn off_balance() -> f64 {
    0.03
}

impl Default for Idle {
    fn default() -> Self {
        Self { sway: Sway { amount: 0.006, rate: [0.2, 0.6] }, breath: Breath { chest: 0.005, rate: [0.2, 0.33] } }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            hand_speed: 12.0,
            foot_speed: 14.0,
            slide: 0.02,
            below_floor: 0.01,
            off_balance: off_balance(),
            acceleration: acceleration(),
        }
    }
}
