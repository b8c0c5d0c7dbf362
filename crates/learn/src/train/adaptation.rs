//! Settings of what draws samples without labels to those with labels.

use crate::train::TrainError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is aligned how much and when. The loss is that of the classes plus λ times the weighted sum of the alignments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdaptationConfig {
    /// What is added to the loss of the classes; empty: nothing, samples without labels are passed over.
    pub alignment: Vec<Alignment>,
    /// Largest λ, 0 or more.
    pub weight: f64,
    /// Share of the steps before λ rises from 0, 0 to below 1: until then the networks that tell scenes apart stay as they are.
    pub start: f64,
    /// Share of the steps over which it rises, above 0.
    pub rise: f64,
    /// How it rises.
    pub shape: LambdaRise,
    /// Weight of the Wasserstein distance beside the others, 0 or more.
    pub wasserstein_weight: f64,
}

/// What draws samples together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Alignment {
    /// A network that tells scenes apart, behind a reversed gradient (Ganin and Lempitsky 2015).
    Adversarial,
    /// Entropic optimal transport between the features of a batch (Cuturi 2013).
    Wasserstein,
    /// That network and one for each class, weighted by how far each can tell scenes apart (DAAN, Yu et al. 2019).
    Daan,
    /// Maximum mean discrepancy class by class (DSAN, Zhu et al. 2020).
    Dsan,
    /// The nuclear norm of the answers for samples without labels (BNM, Cui et al. 2020).
    Bnm,
}

/// How λ rises over the share p of its rise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LambdaRise {
    /// p (the paper).
    #[default]
    Linear,
    /// 2 / (1 + exp(−10 p)) − 1 (Ganin and Lempitsky 2015).
    Sigmoid,
}

impl Default for AdaptationConfig {
    /// The paper's: 50 epochs without, then λ from 0 to 1 over 100; of a run of 150.
    fn default() -> Self {
        Self {
            alignment: vec![Alignment::Adversarial, Alignment::Wasserstein],
            weight: 1.0,
            start: 1.0 / 3.0,
            rise: 2.0 / 3.0,
            shape: LambdaRise::Linear,
            wasserstein_weight: 1.0,
        }
    }
}

impl AdaptationConfig {
    /// λ of a step, counted from 0, of so many.
    pub fn lambda(&self, step: u64, steps: u64) -> f64 {
        let all = steps.max(1) as f64;
        let p = ((step as f64 - self.start * all) / (self.rise * all)).clamp(0.0, 1.0);
        self.weight
            * match self.shape {
                LambdaRise::Linear => p,
                LambdaRise::Sigmoid => 2.0 / (1.0 + (-10.0 * p).exp()) - 1.0,
            }
    }

    /// Every setting inside its range, or the first that is not.
    pub(crate) fn check(&self) -> Result<(), TrainError> {
        let fail = |field: &str, found: String, expected: &str| {
            let field = format!("adaptation.{field}");
            Err(TrainError::Config { field, found, expected: expected.into() })
        };
        for (field, value) in [("weight", self.weight), ("wasserstein_weight", self.wasserstein_weight)] {
            if !(0.0..=1000.0).contains(&value) {
                return fail(field, value.to_string(), "0 to 1000");
            }
        }
        if !(0.0..1.0).contains(&self.start) {
            return fail("start", self.start.to_string(), "0 to below 1");
        }
        if !(self.rise > 0.0 && self.rise <= 1.0) {
            return fail("rise", self.rise.to_string(), "above 0, at most 1");
        }
        let twice = |(i, one): (usize, &Alignment)| self.alignment[..i].contains(one);
        if self.alignment.iter().enumerate().any(twice) {
            return fail("alignment", format!("{:?}", self.alignment), "each once");
        }
        Ok(())
    }
}
