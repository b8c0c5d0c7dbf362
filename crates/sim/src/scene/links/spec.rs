//! Links as typed.

use super::outside::outside;
use super::tags::TagsSpec;
use crate::base::Vec3;
use crate::base::span::Span;
use crate::base::yaml::{Problem, typed_value};
use crate::channel::Element;
use crate::propagation::Room;
use crate::sensor::SensorError;
use crate::sensor::rfid::RfidSpec;
use crate::sensor::wifi::WifiSpec;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A sensor whose ends stand apart; `kind` says which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LinkSpec {
    /// A WiFi transmitter and a receiver that reports channel state information.
    Wifi(WifiLinkSpec),
    /// An RFID reader and its tags.
    Rfid(RfidLinkSpec),
}

/// A WiFi link as typed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WifiLinkSpec {
    /// Name of a preset of the device; by default `wifi_intel_5300`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// A YAML of a device in place of a preset. Relative as `file` of the radar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Fields of the device to replace, by their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, Value>,
    /// Where the transmitter stands.
    pub transmitter: StandSpec,
    /// Where the receiver stands.
    pub receiver: StandSpec,
    /// How the antennas radiate; their gains are the device's.
    pub antennas: ElementSpec,
}

/// An RFID reader with its tags as typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RfidLinkSpec {
    /// Name of a preset of the reader; by default `rfid_impinj`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// A YAML of a reader in place of a preset. Relative as `file` of the radar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Fields of the reader to replace, by their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, Value>,
    /// Where the reader's antennas hang.
    pub reader: StandSpec,
    /// How they radiate; their gain is the reader's. By default a patch of 70° (data sheets of panels of 6 dBi in each polarisation have 65 to 75).
    pub antennas: ElementSpec,
    /// The tags, in this order.
    pub tags: Vec<TagsSpec>,
}

impl Default for RfidLinkSpec {
    fn default() -> Self {
        let antennas = ElementSpec::Patch { patch: PatchSpec { width_deg: 70.0 } };
        let (preset, file, with, tags) = (None, None, BTreeMap::new(), Vec::new());
        Self { preset, file, with, reader: StandSpec::default(), antennas, tags }
    }
}

/// Where a device stands and looks; each value fixed or drawn from a range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StandSpec {
    /// To the right of the world's origin, m; −100 to 100.
    pub x_m: Span,
    /// Away from the world's origin, m; −100 to 100.
    pub y_m: Span,
    /// Height above the floor, m; 0 to 20.
    pub height_m: Span,
    /// Its front turned from +y to the right (clockwise seen from above), degrees; −180 to 180.
    pub azimuth_deg: Span,
    /// Its front tilted upwards, degrees; −90 to 90.
    pub elevation_deg: Span,
}

impl Default for StandSpec {
    fn default() -> Self {
        let zero = Span::Fixed(0.0);
        Self { x_m: zero, y_m: zero, height_m: Span::Fixed(1.0), azimuth_deg: zero, elevation_deg: zero }
    }
}

/// How antennas radiate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected `dipole`, `isotropic`, or `{patch: {width_deg: 70}}`")]
pub enum ElementSpec {
    /// By a name.
    Named(ElementName),
    /// Patches that look where the device looks.
    Patch {
        /// The patch.
        patch: PatchSpec,
    },
}

/// Antennas without values of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ElementName {
    /// Alike in all directions.
    Isotropic,
    /// Half-wave dipoles along the polarisation of the room.
    Dipole,
}

/// A patch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchSpec {
    /// Full width at which half of the power is left, degrees; 20 to 170.
    pub width_deg: f64,
}

impl Default for ElementSpec {
    fn default() -> Self {
        Self::Named(ElementName::Dipole)
    }
}

impl ElementSpec {
    pub(super) fn element(self, towards: Vec3) -> Element {
        match self {
            Self::Named(ElementName::Isotropic) => Element::Isotropic,
            Self::Named(ElementName::Dipole) => Element::Dipole,
            Self::Patch { patch } => Element::Patch { towards, width_rad: patch.width_deg.to_radians() },
        }
    }

    fn problem(self) -> Option<Problem> {
        let Self::Patch { patch: PatchSpec { width_deg } } = self else { return None };
        let message = format!("{width_deg}; expected 20 to 170 degrees");
        (!(20.0..=170.0).contains(&width_deg)).then(|| Problem::new("antennas.patch.width_deg", message))
    }
}

impl StandSpec {
    /// Values out of range, and corners of the ranges that are behind a wall.
    fn problems(&self, room: Option<&Room>) -> Vec<Problem> {
        let limits = [
            (self.x_m, "x_m", -100.0, 100.0, "m"),
            (self.y_m, "y_m", -100.0, 100.0, "m"),
            (self.height_m, "height_m", 0.0, 20.0, "m"),
            (self.azimuth_deg, "azimuth_deg", -180.0, 180.0, "degrees"),
            (self.elevation_deg, "elevation_deg", -90.0, 90.0, "degrees"),
        ];
        let mut out: Vec<Problem> = limits.into_iter().filter_map(|(v, k, a, b, u)| v.check(k, a, b, u)).collect();
        let ends = [self.x_m, self.y_m, self.height_m].map(Span::bounds);
        let places = (0..8).map(|i| [0, 1, 2].map(|axis| if i >> axis & 1 == 0 { ends[axis].0 } else { ends[axis].1 }));
        out.extend(room.filter(|_| out.is_empty()).and_then(|room| outside(room, places.map(Vec3::from))));
        out
    }
}

/// A file is a whole device: a preset beside it would say nothing.
fn both_problem(preset: bool, file: bool) -> Result<(), Vec<Problem>> {
    let message = "there is a `preset` as well; expected one of the two";
    if preset && file { Err(vec![Problem::new("file", message)]) } else { Ok(()) }
}

/// A device of a preset or a file with some fields replaced.
fn device<T: Serialize + DeserializeOwned>(
    (preset, file): (Result<T, SensorError>, Option<Result<T, SensorError>>),
    with: &BTreeMap<String, Value>,
    problems: impl Fn(&T) -> Vec<Problem>,
) -> Result<T, Vec<Problem>> {
    let (key, found) = match file {
        Some(file) => ("file", file),
        None => ("preset", preset),
    };
    // A file may have several problems, a line each.
    let said = |e: SensorError| e.to_string().lines().map(|line| Problem::new(key, line)).collect::<Vec<_>>();
    let mut device = found.map_err(said)?;
    if !with.is_empty() {
        let fail = |e: serde_json::Error| vec![Problem::new("with", e.to_string())];
        let mut fields = serde_json::to_value(&device).map_err(fail)?;
        for (key, value) in with {
            fields[key.as_str()] = value.clone();
        }
        device = typed_value(&fields).map_err(|problem| vec![problem.under("with")])?;
    }
    let found: Vec<Problem> = problems(&device).into_iter().map(|p| p.under("with")).collect();
    if found.is_empty() { Ok(device) } else { Err(found) }
}

impl WifiLinkSpec {
    /// The device, checked.
    pub fn device(&self) -> Result<WifiSpec, Vec<Problem>> {
        both_problem(self.preset.is_some(), self.file.is_some())?;
        let preset = WifiSpec::preset(self.preset.as_deref().unwrap_or("wifi_intel_5300"));
        device((preset, self.file.as_deref().map(WifiSpec::read_file)), &self.with, WifiSpec::problems)
    }
}

impl RfidLinkSpec {
    /// The reader, checked.
    pub fn device(&self) -> Result<RfidSpec, Vec<Problem>> {
        both_problem(self.preset.is_some(), self.file.is_some())?;
        let preset = RfidSpec::preset(self.preset.as_deref().unwrap_or("rfid_impinj"));
        device((preset, self.file.as_deref().map(RfidSpec::read_file)), &self.with, RfidSpec::problems)
    }
}

impl LinkSpec {
    /// Its kind, as in files.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Wifi(_) => "wifi",
            Self::Rfid(_) => "rfid",
        }
    }

    /// Gives every file that it names another name.
    pub(in crate::scene) fn with_files(&mut self, mut renamed: impl FnMut(&Path) -> PathBuf) {
        let (file, with) = match self {
            Self::Wifi(link) => (&mut link.file, &mut link.with),
            Self::Rfid(link) => (&mut link.file, &mut link.with),
        };
        if let Some(file) = file {
            *file = renamed(file);
        }
        // Times of packets; only devices that have packets have the key.
        let times = with.get_mut("packets").and_then(|packets| packets.get_mut("file"));
        if let Some(Value::String(times)) = times {
            *times = renamed(Path::new(times)).display().to_string();
        }
    }

    /// Everything that is wrong with it, in a scene with so many people.
    pub(in crate::scene) fn problems(&self, room: Option<&Room>, people: usize) -> Vec<Problem> {
        let stand = |key: &str, stand: &StandSpec| -> Vec<Problem> {
            stand.problems(room).into_iter().map(|p| p.under(key)).collect()
        };
        let mut out = Vec::new();
        match self {
            Self::Wifi(link) => {
                out.extend(link.device().err().unwrap_or_default());
                out.extend(stand("transmitter", &link.transmitter));
                out.extend(stand("receiver", &link.receiver));
                out.extend(link.antennas.problem());
            }
            Self::Rfid(link) => {
                out.extend(link.device().err().unwrap_or_default());
                out.extend(stand("reader", &link.reader));
                out.extend(link.antennas.problem());
                if link.tags.is_empty() {
                    out.push(Problem::new(
                        "tags",
                        "there are none; expected at least one, for example `{at_m: [0, 4, 1]}`",
                    ));
                }
                let mut names: Vec<String> = Vec::new();
                for (i, tags) in link.tags.iter().enumerate() {
                    for tag in tags.placed(names.len() + 1) {
                        if names.contains(&tag.name) {
                            out.push(Problem::new(
                                format!("tags.{i}"),
                                format!("`{}` is there twice; expected one tag at a joint and side", tag.name),
                            ));
                        }
                        names.push(tag.name);
                    }
                    out.extend(tags.problems(room, people).into_iter().map(|p| p.under(&format!("tags.{i}"))));
                }
            }
        }
        out
    }
}
