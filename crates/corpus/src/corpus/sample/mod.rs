//! A sample: views, label, origin and whatever else was kept.

pub(super) mod array;
pub(super) mod boxes;
pub(super) mod encoding;
mod npy;
pub(super) mod radio;
pub(super) mod signals;
pub(super) mod stretch;
pub(super) mod targets;

use crate::chain::Views;
use array::NamedArray;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use targets::Targets;

/// Where a sample comes from and what it shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SampleMeta {
    /// For example `train`, `validation`, `test`.
    pub split: String,
    /// Who moved: a recorded or a simulated subject.
    pub subject: String,
    /// `simulated`, or the name of the recorded data set.
    pub source: String,
    /// The recording or motion that the sample was cut from.
    pub recording: String,
    /// The session of the recording, where the data set has sessions.
    pub session: String,
    /// Seed from which a simulated sample can be made again, 0 to 2⁵³ − 1; 0 for a recorded one.
    pub seed: u64,
    /// Start within the recording, s.
    pub start_s: f64,
    /// Length, s.
    pub duration_s: f64,
    /// Whatever else is known: scene, stature, facing …
    #[serde(default)]
    pub details: Map<String, Value>,
}

/// One sample of a corpus.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Number in the corpus; decides the shard.
    pub id: u64,
    /// Where it comes from.
    pub meta: SampleMeta,
    /// What it shows.
    pub targets: Targets,
    /// The input of the models; any view may be absent.
    pub views: Views,
    /// Further arrays by name, as the signals that are kept (`cube`, `points`): lower-case letters, digits and `_`.
    pub extras: Vec<(String, NamedArray)>,
}

impl Sample {
    /// The array of this name among the extras.
    pub fn extra(&self, name: &str) -> Option<&NamedArray> {
        self.extras.iter().find(|(n, _)| n == name).map(|(_, a)| a)
    }
}
