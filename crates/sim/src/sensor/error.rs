//! What can be wrong with a sensor description.

use crate::base::names::there_are;
use crate::base::yaml::{Problem, YamlError};

/// A sensor cannot be read, or cannot be.
#[derive(Debug, thiserror::Error)]
pub enum SensorError {
    /// No preset has this name.
    #[error("no preset is called `{name}`; {}", known(name, available))]
    UnknownPreset {
        /// The name that was asked for.
        name: String,
        /// The names that exist.
        available: Vec<String>,
    },
    /// The file cannot be read, or is no description of a sensor, or describes an impossible one.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// The description contradicts physics or itself.
    #[error("the sensor `{name}` cannot work: {}", listed(problems))]
    Impossible {
        /// Name of the sensor.
        name: String,
        /// Every problem, with the admissible range.
        problems: Vec<Problem>,
    },
}

fn listed(problems: &[Problem]) -> String {
    problems.iter().map(|p| format!("{}: {}", p.key, p.message)).collect::<Vec<_>>().join("; ")
}

fn known(name: &str, available: &[String]) -> String {
    there_are(name, &available.iter().map(String::as_str).collect::<Vec<&str>>())
}
