//! Settings of contrast between kinds of radio.

use crate::train::TrainError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is minimised, and how sharply. Defaults are the paper's, where it gives any.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GuidedContrastConfig {
    /// Which method.
    pub objective: ContrastObjective,
    /// t_sim, above 0.
    pub temperature: f64,
    /// t_g of the guider's loss; 0: the guider learns by the guided loss alone.
    pub guider_temperature: f64,
    /// t_a of the arbiter's loss at the first step and when it has risen.
    pub arbiter_temperature: [f64; 2],
    /// Share of the steps over which it rises, above 0.
    pub arbiter_rise: f64,
}

/// Which method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContrastObjective {
    /// RFusion's: L_GC + L_GM, and L_AC where the model has an arbiter (equation 19).
    #[default]
    Guided,
    /// InfoNCE, from the first kind of each pair to the second.
    InfoNce,
    /// SimCLR, kinds as views.
    SimClr,
    /// Contrastive multiview coding.
    Cmc,
    /// Sums of kinds with random weights (Cosmo).
    Cosmo,
    /// Contrastive clustering; the model's arbiter is its cluster head.
    Clustering,
}

impl Default for GuidedContrastConfig {
    /// t_sim 0.07, t_g 0.8; t_a grows from a thousandth to 1 over all steps (the paper: from very small).
    fn default() -> Self {
        Self {
            objective: ContrastObjective::Guided,
            temperature: 0.07,
            guider_temperature: 0.8,
            arbiter_temperature: [1e-3, 1.0],
            arbiter_rise: 1.0,
        }
    }
}

impl GuidedContrastConfig {
    /// Every setting inside its range, or the first that is not.
    pub(crate) fn check(&self) -> Result<(), TrainError> {
        let fail = |field: &str, found: String, expected: &str| {
            let field = format!("guided_contrast.{field}");
            Err(TrainError::Config { field, found, expected: expected.into() })
        };
        if !(self.temperature > 0.0 && self.temperature <= 100.0) {
            return fail("temperature", self.temperature.to_string(), "above 0, at most 100");
        }
        if !(0.0..=100.0).contains(&self.guider_temperature) {
            return fail("guider_temperature", self.guider_temperature.to_string(), "0 to 100");
        }
        if !self.arbiter_temperature.iter().all(|t| (0.0..=1000.0).contains(t)) {
            return fail("arbiter_temperature", format!("{:?}", self.arbiter_temperature), "two numbers of 0 to 1000");
        }
        if !(self.arbiter_rise > 0.0 && self.arbiter_rise <= 1.0) {
            return fail("arbiter_rise", self.arbiter_rise.to_string(), "above 0, at most 1");
        }
        Ok(())
    }
}
