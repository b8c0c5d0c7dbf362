//! The radar of a scene as typed: which one, where it stands, and how it moves.

use crate::base::Vec3;
use crate::base::span::Span;
use crate::base::yaml::{Problem, or_word};
use crate::sensor::{RadarPose, Sensor, SensorError};
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A radar: a preset, or a file with the preset of its board, and what differs from it.
///
/// The name of a preset alone stands for `{preset: NAME}`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, transform = or_word)]
pub struct RadarSpec {
    /// Name of a preset: `awr1843` (default), `awr1642`, `iwr1443`, `iwr6843`, `iwr6843ods`, `iwr6843aop`. With a `file`, the board.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// A `.cfg` of TI's mmWave SDK demo, a JSON of RF-Genesis, or a YAML as in `scenes/sensors`. Relative to the working folder, or
    /// to the folder of the scene after [`super::SceneSpec::beside`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Fields to replace, by their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(default)]
    pub with: BTreeMap<String, Value>,
}

impl<'de> Deserialize<'de> for RadarSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// As typed with keys.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Keys {
            #[serde(default)]
            preset: Option<String>,
            #[serde(default)]
            file: Option<PathBuf>,
            #[serde(default)]
            with: BTreeMap<String, Value>,
        }
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = RadarSpec;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("the name of a preset, or keys with values")
            }
            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<RadarSpec, E> {
                Ok(RadarSpec { preset: Some(name.to_owned()), file: None, with: BTreeMap::new() })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RadarSpec, A::Error> {
                let Keys { preset, file, with } = Keys::deserialize(MapAccessDeserializer::new(map))?;
                Ok(RadarSpec { preset, file, with })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl Default for RadarSpec {
    fn default() -> Self {
        Self { preset: Some("awr1843".into()), file: None, with: BTreeMap::new() }
    }
}

impl RadarSpec {
    /// Preset or file plus replaced fields, checked for possible physics.
    pub(super) fn sensor(&self) -> Result<Sensor, Vec<Problem>> {
        let preset = self.preset.as_deref();
        let (key, found) = match &self.file {
            Some(path) => ("file", Sensor::read_file(path, preset)),
            None => ("preset", Sensor::preset(preset.unwrap_or("awr1843"))),
        };
        // A file may have several problems, a line each.
        let problems = |e: SensorError| e.to_string().lines().map(|line| Problem::new(key, line)).collect::<Vec<_>>();
        let mut radar = found.map_err(problems)?;
        if !self.with.is_empty() {
            let fail = |e: serde_json::Error| vec![Problem::new("with", e.to_string())];
            let mut fields = serde_json::to_value(&radar).map_err(fail)?;
            for (key, value) in &self.with {
                fields[key.as_str()] = value.clone();
            }
            radar = Sensor::typed(fields).map_err(|problem| vec![problem.under("with")])?;
        }
        let problems: Vec<Problem> = radar.device().problems().into_iter().map(|p| p.under("with")).collect();
        if problems.is_empty() { Ok(radar) } else { Err(problems) }
    }
}

/// Where the radar stands and looks; each value fixed or drawn from a range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RadarPoseSpec {
    /// To the right of the world's origin, m; −100 to 100.
    #[serde(skip_serializing_if = "is_zero")]
    pub x_m: Span,
    /// Away from the world's origin, m; −100 to 100.
    #[serde(skip_serializing_if = "is_zero")]
    pub y_m: Span,
    /// Height above the floor, m; 0 to 5.
    pub height_m: Span,
    /// Boresight turned to the right (clockwise seen from above), degrees; −180 to 180.
    pub azimuth_deg: Span,
    /// Boresight tilted upwards, degrees; −90 to 90.
    pub elevation_deg: Span,
    /// For a radar that moves: differences from this pose at some times, on a smooth way in between.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub track: Vec<TrackKeySpec>,
}

fn is_zero(span: &Span) -> bool {
    *span == Span::Fixed(0.0)
}

impl Default for RadarPoseSpec {
    fn default() -> Self {
        let zero = Span::Fixed(0.0);
        Self {
            x_m: zero,
            y_m: zero,
            height_m: Span::Fixed(1.2),
            azimuth_deg: zero,
            elevation_deg: zero,
            track: Vec::new(),
        }
    }
}

/// Where a moving radar is at some time, as a difference from the pose that was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrackKeySpec {
    /// Time in the recording, s; rising from key to key.
    pub time_s: f64,
    /// To the right in the world, m; −50 to 50.
    #[serde(default)]
    pub x_m: f64,
    /// Away in the world, m; −50 to 50.
    #[serde(default)]
    pub y_m: f64,
    /// Upwards, m; −5 to 5.
    #[serde(default)]
    pub z_m: f64,
    /// Turned to the right, degrees; −720 to 720.
    #[serde(default)]
    pub azimuth_deg: f64,
    /// Tilted upwards, degrees; −90 to 90.
    #[serde(default)]
    pub elevation_deg: f64,
}

/// What is wrong with the keys of a track.
pub(super) fn track_problems(keys: &[TrackKeySpec]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (i, key) in keys.iter().enumerate() {
        let limits = [
            ("x_m", key.x_m, 50.0),
            ("y_m", key.y_m, 50.0),
            ("z_m", key.z_m, 5.0),
            ("azimuth_deg", key.azimuth_deg, 720.0),
            ("elevation_deg", key.elevation_deg, 90.0),
            ("time_s", key.time_s, 600.0),
        ];
        for (name, value, most) in limits {
            if value.is_nan() || value.abs() > most {
                problems.push(Problem::new(format!("{i}.{name}"), format!("{value}; expected {} to {most}", -most)));
            }
        }
        if i > 0 && keys[i - 1].time_s >= key.time_s {
            problems.push(Problem::new(format!("{i}.time_s"), "must be later than the key before"));
        }
    }
    problems
}

/// Poses at the keys of a track that begins at `start`.
pub(super) fn track_poses(start: &RadarPose, keys: &[TrackKeySpec]) -> Vec<(f64, RadarPose)> {
    keys.iter()
        .map(|k| {
            let pose = RadarPose {
                position: start.position + Vec3::new(k.x_m, k.y_m, k.z_m),
                azimuth_rad: start.azimuth_rad + k.azimuth_deg.to_radians(),
                elevation_rad: start.elevation_rad + k.elevation_deg.to_radians(),
            };
            (k.time_s, pose)
        })
        .collect()
}
