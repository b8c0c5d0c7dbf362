//! Readers that come with the program, and readers from files.

use super::RfidSpec;
use crate::base::yaml::Document;
use crate::sensor::SensorError;
use crate::sensor::presets::{Preset, checked, named};
use std::path::Path;

/// Name and YAML text of each; where the figures are from stands in the YAML files.
const PRESETS: [Preset; 1] = [("rfid_impinj", include_str!("../../../../../scenes/sensors/rfid_impinj.yaml"))];

impl RfidSpec {
    /// Names of the presets.
    pub fn preset_names() -> Vec<&'static str> {
        PRESETS.iter().map(|(name, _)| *name).collect()
    }

    /// The preset `name`.
    ///
    /// # Errors
    /// No preset has this name.
    pub fn preset(name: &str) -> Result<Self, SensorError> {
        checked(&named(&PRESETS, name)?, Self::problems)
    }

    /// Reads a reader from a YAML as in `scenes/sensors`, which may be based on another one (`based_on`, `set`).
    ///
    /// # Errors
    /// A file that cannot be read, unknown keys, and all values outside their admissible range, with their lines.
    pub fn read_file(path: &Path) -> Result<Self, SensorError> {
        checked(&Document::read(path)?.resolved()?, Self::problems)
    }
}
