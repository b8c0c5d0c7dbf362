//! The plain mask: cells above mean + λσ of the whole view, with a soft threshold.

use super::SettingProblem;
use crate::model::interface::ViewForm;
use burn::tensor::{Tensor, activation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of a plain mask.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Plain {
    /// λ: standard deviations over the mean from which on a cell counts.
    pub deviations: f64,
    /// How soft the threshold is, in standard deviations.
    pub temperature: f64,
}

impl Default for Plain {
    fn default() -> Self {
        Self { deviations: 1.0, temperature: 0.25 }
    }
}

impl Plain {
    pub(super) fn problem(&self) -> SettingProblem {
        if !self.deviations.is_finite() {
            return Some(("deviations", self.deviations.to_string(), "a number"));
        }
        let sound = self.temperature > 0.0 && self.temperature.is_finite();
        (!sound).then(|| ("temperature", self.temperature.to_string(), "above 0"))
    }

    /// # Shapes
    /// `x[sample, cell]` to `[sample, 1, cell]`, 0 to 1.
    pub(super) fn of(&self, x: Tensor<2>, _: &ViewForm) -> Tensor<3> {
        let centred = x.clone() - x.mean_dim(1);
        let deviation = centred.clone().square().mean_dim(1).add_scalar(1e-12).sqrt();
        let over = (centred / deviation).sub_scalar(self.deviations).div_scalar(self.temperature);
        activation::sigmoid(over).unsqueeze_dim(1)
    }
}
