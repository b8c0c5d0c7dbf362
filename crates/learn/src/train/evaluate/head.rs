//! What answers from examples, as settings.

use super::Scoring;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What answers from examples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShotHead {
    /// Regression on the embeddings that begins with what the text says; the examples say how far to go with either.
    #[default]
    Regression,
    /// The same from the examples alone.
    RegressionWithoutText,
    /// The nearest class prototype: the mean of the examples, mixed with the text by `text_share`.
    Mean,
}

impl ShotHead {
    /// Why a share of the text means nothing to it, if so.
    pub(crate) fn share_problem(self, text_share: f64) -> Option<&'static str> {
        (text_share > 0.0 && self != Self::Mean).then_some(
            "goes with `head: mean`: regression weighs text and examples by the examples; leave it out, or say so",
        )
    }
}

/// Settings of few-shot recognition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KShot {
    /// Support samples of each class.
    pub shots: usize,
    /// Draws of the support.
    pub repeats: usize,
    /// Seed of the draws.
    pub seed: u64,
    /// What answers.
    pub head: ShotHead,
    /// Share of the text in a class prototype, 0 (support only) to 1 (text only); of [`ShotHead::Mean`].
    pub text_share: f64,
    /// Weights of class and attribute embeddings where samples are compared.
    pub scoring: Scoring,
    /// The same where samples are compared with text; of [`ShotHead::Regression`].
    pub text_scoring: Scoring,
}

impl Default for KShot {
    fn default() -> Self {
        Self {
            shots: 5,
            repeats: 10,
            seed: 0,
            head: ShotHead::default(),
            text_share: 0.0,
            scoring: Scoring::default(),
            text_scoring: Scoring::default(),
        }
    }
}
