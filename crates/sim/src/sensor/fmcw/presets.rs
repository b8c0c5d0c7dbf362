//! The radars that come with the program; their sources are in the YAML files.

use super::FmcwRadar;
use crate::sensor::SensorError;
use std::path::Path;

const PRESETS: [(&str, &str); 7] = [
    ("awr1843", include_str!("../../../../../scenes/sensors/awr1843.yaml")),
    ("awr1642", include_str!("../../../../../scenes/sensors/awr1642.yaml")),
    ("iwr1443", include_str!("../../../../../scenes/sensors/iwr1443.yaml")),
    ("iwr1443_mars", include_str!("../../../../../scenes/sensors/iwr1443_mars.yaml")),
    ("iwr6843", include_str!("../../../../../scenes/sensors/iwr6843.yaml")),
    ("iwr6843ods", include_str!("../../../../../scenes/sensors/iwr6843ods.yaml")),
    ("iwr6843aop", include_str!("../../../../../scenes/sensors/iwr6843aop.yaml")),
];

impl FmcwRadar {
    /// Names of the presets.
    pub fn preset_names() -> Vec<&'static str> {
        PRESETS.iter().map(|(name, _)| *name).collect()
    }

    /// YAML text of a preset, comments and all.
    pub fn preset_yaml(name: &str) -> Option<&'static str> {
        PRESETS.iter().find(|(n, _)| *n == name).map(|(_, yaml)| *yaml)
    }

    /// The preset `name`.
    pub fn preset(name: &str) -> Result<Self, SensorError> {
        let yaml = Self::preset_yaml(name).ok_or_else(|| SensorError::UnknownPreset {
            name: name.to_owned(),
            available: PRESETS.iter().map(|(n, _)| (*n).to_owned()).collect(),
        })?;
        Self::parse(yaml, Path::new(&format!("scenes/sensors/{name}.yaml")))
    }
}
