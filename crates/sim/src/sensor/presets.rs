//! Devices of links from YAML texts: those that come with the program, and files.

use super::SensorError;
use crate::base::yaml::{Document, Problem};
use serde::de::DeserializeOwned;
use std::path::Path;

/// Name and YAML text of what comes with the program.
pub(super) type Preset = (&'static str, &'static str);

/// The text of the preset `name`.
pub(super) fn named(presets: &[Preset], name: &str) -> Result<Document, SensorError> {
    let found = presets.iter().find(|(n, _)| *n == name).ok_or_else(|| SensorError::UnknownPreset {
        name: name.to_owned(),
        available: presets.iter().map(|(name, _)| (*name).to_owned()).collect(),
    })?;
    Ok(Document::parse(found.1, Path::new(&format!("scenes/sensors/{name}.yaml")))?)
}

/// What a text says, checked.
pub(super) fn checked<T: DeserializeOwned>(
    document: &Document,
    problems: impl Fn(&T) -> Vec<Problem>,
) -> Result<T, SensorError> {
    let device: T = document.typed()?;
    let problems = problems(&device);
    if problems.is_empty() { Ok(device) } else { Err(document.rejected(problems).into()) }
}
