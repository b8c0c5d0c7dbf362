//! What can be wrong with a model or its weights.

use crate::base::yaml::Problem;
use std::path::PathBuf;

/// A model that cannot be built, or weights that do not fit it.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A setting outside its range, or two settings that contradict each other.
    #[error("model config: {field} is {found}, expected {expected}")]
    Config {
        /// The setting.
        field: String,
        /// What it says.
        found: String,
        /// What it may say.
        expected: String,
    },
    /// An array of the wrong shape was given to the model.
    #[error("{array} has shape {found:?}, the model expects {expected}")]
    Shape {
        /// What the array holds.
        array: String,
        /// The shape found.
        found: Vec<usize>,
        /// The shape expected, with named axes.
        expected: String,
    },
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is not a whole safetensors file.
    #[error(
        "{}: not a whole safetensors file ({reason}); it may be truncated or of another kind, take it again from its source",
        path.display()
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        reason: String,
    },
    /// A tensor of the file does not fit the model.
    #[error("{}: tensor {tensor}: {reason}", path.display())]
    Tensor {
        /// The file.
        path: PathBuf,
        /// Name of the tensor.
        tensor: String,
        /// What is wrong and what was expected.
        reason: String,
    },
    /// Adapters were asked for on layers that the model does not have.
    #[error(
        "adapt.lora.targets: no linear layer of this model ends in {target:?}; layers are, for example, {examples}"
    )]
    NoSuchLayer {
        /// The name that matched nothing.
        target: String,
        /// A few names that exist.
        examples: String,
    },
    /// A device that this build does not have.
    #[error("device {device} is not in this build: build with `--features {feature}`, or choose --device cpu")]
    DeviceMissing {
        /// The device as named.
        device: String,
        /// The feature that brings it.
        feature: &'static str,
    },
    /// Files of an adapter that do not say what they must.
    #[error("{}: {problem}", path.display())]
    Adapter {
        /// The file.
        path: PathBuf,
        /// What is wrong and what was expected.
        problem: String,
    },
    /// A model of one system where another one's is wanted.
    #[error("the model is of the system {found}; this needs {wanted}")]
    OtherSystem {
        /// What it is.
        found: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// Writing failed.
    #[error(transparent)]
    Write(#[from] crate::base::atomic_file::WriteError),
}

impl ModelError {
    /// The same as a problem with a value of the settings as typed; its key is relative to them.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Config { field, found, expected } => Problem::new(field, format!("{found}; expected {expected}")),
            other => Problem::new("", other.to_string()),
        }
    }
}
