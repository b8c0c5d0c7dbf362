//! What is left out of a folder of motions or of their labels.

use serde::{Deserialize, Serialize};

/// What cannot be used of a folder, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetAside {
    /// The motion or label file.
    pub file: String,
    /// What is wrong with it.
    pub reason: String,
}
