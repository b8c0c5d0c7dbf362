//! What stands beside every question without a network.

use super::{Recorded, Target};
use crate::base::yaml::Problem;
use crate::chain::{Chain, Keep};
use crate::corpus::{Holding, ImportConfig};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Answers by kernel ridge regression on a few numbers of a window: two looks that see no motion, which say how much of a result is due to
/// the level of a room, and one that does, which says what a simple method makes of the model's own views.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Controls {
    /// What the looks without motion are taken of, made of the same windows as the model's views, for example amplitudes that are not
    /// scaled. Without it they are taken of the model's views, which may hide what a room looks like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain: Option<Chain>,
    /// Width of the kernel, in standard deviations of a number; above 0. Default 1.4.
    pub width: f64,
    /// Weight of the penalty against that of a sample; above 0. Default 0.01.
    pub ridge: f64,
}

/// A simple method that has to be beaten. It learns what the model is trained on (simulation, or what the adaptation sees), or, with
/// examples, from these alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Yardstick {
    /// Logistic regression on numbers of the model's own views: means and spreads of rows, sorted means of columns.
    MapsRegression,
    /// Logistic and kernel ridge regression on hand-made features of the points, where a corpus keeps points.
    HandFeatures,
}

impl Yardstick {
    /// All of them.
    pub fn all() -> Vec<Self> {
        vec![Self::MapsRegression, Self::HandFeatures]
    }
}

impl Default for Controls {
    fn default() -> Self {
        Self { chain: None, width: 1.4, ridge: 0.01 }
    }
}

impl Controls {
    /// The import of the same windows for the looks without motion; none where they are taken of the model's views.
    pub(in crate::study::experiment) fn import(&self, of_model: &ImportConfig) -> Option<ImportConfig> {
        let chain = self.chain.clone()?;
        let (length_s, hop_s) = of_model.window();
        let none: Vec<Keep> = Vec::new();
        Some(ImportConfig { chain, length_s: Some(length_s), hop_s: Some(hop_s), keep: Some(none), ..of_model.clone() })
    }

    /// All that is wrong with it; the keys are relative to it.
    pub(super) fn problems(&self, target: &Target) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (key, value) in [("width", self.width), ("ridge", self.ridge)] {
            if !(value > 0.0 && value <= 1e6) {
                problems.push(Problem::new(key, format!("{value}; expected above 0, at most 1000000")));
            }
        }
        if self.chain.is_some() {
            match target.recorded() {
                Some(Recorded::DataSet(set, import)) => {
                    let found = self.import(import).map(|own| own.problems(Holding::of_data_set(set)));
                    // What is wrong with the import itself is said there.
                    problems.extend(found.into_iter().flatten().filter(|p| p.key.starts_with("chain")));
                    let gap = |chain: &Chain| chain.csi.as_ref().map(|csi| csi.max_gap_s);
                    if let (Some(own), Some(of_model)) = (self.chain.as_ref().and_then(gap), gap(&import.chain))
                        && own != of_model
                    {
                        let message = format!("{own}, target.import has {of_model}: the windows must be the same");
                        problems.push(Problem::new("chain.csi.max_gap_s", message));
                    }
                }
                _ => {
                    let message =
                        "goes with `target.data_set`: of a corpus the signals are not looked at again; leave it out";
                    problems.push(Problem::new("chain", message));
                }
            }
        }
        problems
    }
}
