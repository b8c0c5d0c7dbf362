//! How a motion file is to be read where it does not say so itself, or says it wrongly.

use super::super::error::MotionError;
use crate::base::Vec3;
use crate::base::yaml::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Which way is up in a file's world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)] // the names are the documentation
pub enum UpAxis {
    #[serde(rename = "x")]
    X,
    #[serde(rename = "y")]
    Y,
    #[serde(rename = "z")]
    Z,
    #[serde(rename = "-x")]
    MinusX,
    #[serde(rename = "-y")]
    MinusY,
    #[serde(rename = "-z")]
    MinusZ,
}

impl UpAxis {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::X, Self::Y, Self::Z, Self::MinusX, Self::MinusY, Self::MinusZ];

    /// The unit vector in the file's axes.
    pub fn vector(self) -> Vec3 {
        let sign = if matches!(self, Self::X | Self::Y | Self::Z) { 1.0 } else { -1.0 };
        let axis = match self {
            Self::X | Self::MinusX => 0,
            Self::Y | Self::MinusY => 1,
            Self::Z | Self::MinusZ => 2,
        };
        Vec3::ith(axis, sign)
    }

    /// The axis that a direction is nearest to.
    pub(super) fn nearest(direction: &Vec3) -> Self {
        let along = |axis: &Self| axis.vector().dot(direction);
        Self::ALL.into_iter().max_by(|a, b| along(a).total_cmp(&along(b))).unwrap_or(Self::Y)
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::X => "x",
            Self::Y => "y",
            Self::Z => "z",
            Self::MinusX => "-x",
            Self::MinusY => "-y",
            Self::MinusZ => "-z",
        }
    }
}

impl fmt::Display for UpAxis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for UpAxis {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|axis| axis.name().eq_ignore_ascii_case(text.trim_start_matches('+')));
        found.ok_or_else(|| format!("`{text}` is no axis; expected x, y, z, -x, -y or -z"))
    }
}

/// Unit of a file's lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names are the documentation
pub enum Unit {
    M,
    Cm,
    Mm,
    Inch,
    Foot,
}

impl Unit {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::M, Self::Cm, Self::Mm, Self::Inch, Self::Foot];

    /// Its length, m.
    pub fn metres(self) -> f64 {
        match self {
            Self::M => 1.0,
            Self::Cm => 0.01,
            Self::Mm => 0.001,
            Self::Inch => 0.0254,
            Self::Foot => 0.3048,
        }
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::M => "m",
            Self::Cm => "cm",
            Self::Mm => "mm",
            Self::Inch => "inch",
            Self::Foot => "foot",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Unit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|unit| unit.name().eq_ignore_ascii_case(text));
        found.ok_or_else(|| format!("`{text}` is no unit; expected m, cm, mm, inch or foot"))
    }
}

/// Unit of a file's angles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names are the documentation
pub enum AngleUnit {
    Degrees,
    Radians,
}

impl FromStr for AngleUnit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "degrees" | "deg" => Ok(Self::Degrees),
            "radians" | "rad" => Ok(Self::Radians),
            _ => Err(format!("`{text}` is no unit of angles; expected degrees or radians")),
        }
    }
}

/// One of several animations of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected the name of an animation, or its number from 0")]
pub enum Animation {
    /// By its number, from 0.
    Number(usize),
    /// By its name; digits alone that are no animation's name count as its number.
    Name(String),
}

impl FromStr for Animation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self::Name(text.to_owned()))
    }
}

impl Animation {
    /// Which of the animations of these names is meant.
    pub(super) fn among(&self, origin: &str, names: &[String]) -> Result<usize, MotionError> {
        let number = match self {
            Self::Number(number) => Some(*number),
            Self::Name(name) => names.iter().position(|n| n == name).or_else(|| name.parse().ok()),
        };
        if let Some(number) = number.filter(|n| *n < names.len()) {
            return Ok(number);
        }
        let asked = match self {
            Self::Number(number) => number.to_string(),
            Self::Name(name) => format!("`{name}`"),
        };
        let there: Vec<String> = names.iter().enumerate().map(|(i, name)| format!("{i} `{name}`")).collect();
        Err(MotionError::file(origin, format!("has no animation {asked}; expected one of {}", there.join(", "))))
    }
}

/// What is stated of a motion file in place of what it says or shows itself. All of it may be left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Which way is up: `x`, `y`, `z`, `-x`, `-y`, `-z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up: Option<UpAxis>,
    /// Unit of lengths: `m`, `cm`, `mm`, `inch`, `foot`. Of the SMPL family that of translations, whose bodies are in metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// Frames per second, above 0, at most 10 000.
    #[serde(default, alias = "rate", skip_serializing_if = "Option::is_none")]
    pub rate_hz: Option<f64>,
    /// Of several animations of a glTF, its name, or its number from 0; by default the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub animation: Option<Animation>,
    /// Unit of the angles of a BVH or of an archive of the SMPL family: `degrees`, `radians`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub angles: Option<AngleUnit>,
}

impl Reading {
    /// Everything as the file has it.
    pub const AS_IS: Self = Self { up: None, unit: None, rate_hz: None, animation: None, angles: None };

    /// Whether nothing is stated.
    pub fn is_as_is(&self) -> bool {
        *self == Self::AS_IS
    }

    /// What is wrong with the values; keys are relative to this entry.
    pub fn problems(&self) -> Vec<Problem> {
        let rate = self.rate_hz.filter(|rate| !(*rate > 0.0 && *rate <= 10_000.0));
        rate.map(|rate| Problem::new("rate_hz", format!("{rate}; expected above 0, at most 10000")))
            .into_iter()
            .collect()
    }

    /// Refuses an animation of a kind of file that has just one motion.
    pub(super) fn one_motion(&self, origin: &str) -> Result<(), MotionError> {
        match &self.animation {
            None => Ok(()),
            Some(_) => Err(MotionError::file(origin, "holds one motion; `animation` chooses among those of a glTF")),
        }
    }
}

impl Reading {
    /// Refuses a unit of angles of a kind of file that has none.
    pub(super) fn no_angles(&self, origin: &str) -> Result<(), MotionError> {
        match self.angles {
            None => Ok(()),
            Some(_) => Err(MotionError::file(
                origin,
                "holds rotations as quaternions; `angles` is for BVH files and archives of the SMPL family",
            )),
        }
    }
}

/// Slowest rate that somebody's movements are recorded at, Hz.
const SLOWEST: f64 = 4.0;
/// Rates that recordings have, Hz.
const USUAL: [f64; 2] = [20.0, 250.0];

/// The rate of a file whose frames are said to be `step_s` apart, and what to say of it. A step that nobody records at is taken for ms or
/// for a rate where just one of the two makes sense.
pub(super) fn rate_of_step(origin: &str, step_s: f64, reading: &Reading) -> Result<(f64, Option<String>), MotionError> {
    if let Some(rate) = reading.rate_hz {
        return Ok((rate, None));
    }
    if step_s <= 1.0 / SLOWEST {
        return Ok((1.0 / step_s, None));
    }
    let usual = |rate: f64| (USUAL[0]..=USUAL[1]).contains(&rate);
    let in_ms = Some(1000.0 / step_s).filter(|rate| usual(*rate));
    let is_rate = Some(step_s).filter(|rate| usual(*rate) && (rate - rate.round()).abs() < 0.05);
    match (in_ms, is_rate) {
        (Some(rate), None) => Ok((
            rate,
            Some(format!("frames {step_s} s apart make no motion; taken for ms: {rate:.3} frames per second")),
        )),
        (None, Some(rate)) => {
            Ok((rate, Some(format!("frames {step_s} s apart make no motion; taken for {rate} frames per second"))))
        }
        _ => Err(MotionError::file(
            origin,
            format!(
                "frames {step_s} s apart: nobody's movements are recorded so slowly; state the rate ({})",
                how_to_state("rate_hz", "--rate HZ")
            ),
        )),
    }
}

/// The same of a rate.
pub(super) fn rate_as_stated(
    origin: &str,
    rate_hz: f64,
    reading: &Reading,
) -> Result<(f64, Option<String>), MotionError> {
    match reading.rate_hz {
        Some(rate) => Ok((rate, None)),
        None if rate_hz > 0.0 && rate_hz < SLOWEST => {
            // 0.0333: the time of a frame where its rate should be.
            let inverse = 1.0 / rate_hz;
            if (USUAL[0]..=USUAL[1]).contains(&inverse) {
                let note = format!(
                    "{rate_hz} frames per second make no motion; taken for s a frame: {inverse:.3} frames per second"
                );
                return Ok((inverse, Some(note)));
            }
            Err(MotionError::file(
                origin,
                format!(
                    "{rate_hz} frames per second: nobody's movements are recorded so slowly; state the rate ({})",
                    how_to_state("rate_hz", "--rate HZ")
                ),
            ))
        }
        None => Ok((rate_hz, None)),
    }
}

/// Where a value is stated.
pub(super) fn how_to_state(key: &str, flag: &str) -> String {
    format!("`reading: {{{key}: …}}` in a scene or recipe, {flag} on the command line")
}
