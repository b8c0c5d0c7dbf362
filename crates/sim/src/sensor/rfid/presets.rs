//! Readers that come with the program, and readers from files.

use super::RfidSpec;
use crate::base::yaml::Document;
use crate::sensor::SensorError;
use std::path::Path;

/// Name and YAML text of each; where the figures are from stands in the YAML files.
const PRESETS: [(&str, &str); 1] = [("rfid_impinj", include_str!("../../../../../scenes/sensors/rfid_impinj.yaml"))];

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
        let found = PRESETS.iter().find(|(n, _)| *n == name).ok_or_else(|| SensorError::UnknownPreset {
            name: name.to_owned(),
            available: Self::preset_names().into_iter().map(str::to_owned).collect(),
        })?;
        Self::from_document(&Document::parse(found.1, Path::new(&format!("scenes/sensors/{name}.yaml")))?)
    }

    /// Reads a reader from a YAML as in `scenes/sensors`, which may be based on another one (`based_on`, `set`).
    ///
    /// # Errors
    /// A file that cannot be read, unknown keys, and all values outside their admissible range, with their lines.
    pub fn read_file(path: &Path) -> Result<Self, SensorError> {
        Self::from_document(&Document::read(path)?.resolved()?)
    }

    fn from_document(document: &Document) -> Result<Self, SensorError> {
        let reader: Self = document.typed()?;
        let problems = reader.problems();
        if problems.is_empty() { Ok(reader) } else { Err(document.rejected(problems).into()) }
    }
}
