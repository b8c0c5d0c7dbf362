//! Settings of the lower bound of what sensors measure.

use crate::train::TrainError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is maximised (equation 50 of Zheng et al.).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LowerBoundConfig {
    /// Weight of the divergences; 1 in the bound itself.
    pub divergence: Ramp,
    /// Weight of the label term, 0 or more; 1 in the bound itself.
    pub labels: f64,
    /// λ_enc: weight of how far beliefs of single sensors are from the product (equation 41).
    pub encoder: Ramp,
    /// λ_dec: weight of what is left unexplained in common by the decoders of two sensors (equation 39).
    pub decoder: Ramp,
}

/// A weight that is 0 at the start and rises evenly; where it begins and ends at one step it is there at once.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ramp {
    /// What it rises to, 0 or more.
    pub weight: f64,
    /// Share of the steps at which it begins to rise, 0 to 1.
    pub from: f64,
    /// Share of the steps at which it has risen, `from` to 1.
    pub to: f64,
}

impl Default for Ramp {
    fn default() -> Self {
        Self { weight: 1.0, from: 0.0, to: 0.0 }
    }
}

impl Default for LowerBoundConfig {
    /// The paper gives no weights; these are ours.
    fn default() -> Self {
        let regulariser = Ramp { weight: 0.1, from: 0.1, to: 0.5 };
        Self { divergence: Ramp::default(), labels: 1.0, encoder: regulariser, decoder: regulariser }
    }
}

impl Ramp {
    /// The weight at a step, counted from 0, of so many.
    pub fn at(&self, step: u64, steps: u64) -> f64 {
        let share = step as f64 / steps.max(1) as f64;
        if share < self.from {
            0.0
        } else if share >= self.to {
            self.weight
        } else {
            self.weight * (share - self.from) / (self.to - self.from)
        }
    }
}

impl LowerBoundConfig {
    pub(super) fn check(&self) -> Result<(), TrainError> {
        let fail = |field: String, found: String, expected: &str| {
            Err(TrainError::Config { field: format!("lower_bound.{field}"), found, expected: expected.into() })
        };
        for (name, ramp) in [("divergence", self.divergence), ("encoder", self.encoder), ("decoder", self.decoder)] {
            if !(ramp.weight >= 0.0 && ramp.weight.is_finite()) {
                return fail(format!("{name}.weight"), ramp.weight.to_string(), "0 or more");
            }
            if !(ramp.from >= 0.0 && ramp.from <= ramp.to && ramp.to <= 1.0) {
                return fail(name.into(), format!("from {} to {}", ramp.from, ramp.to), "0 ≤ from ≤ to ≤ 1");
            }
        }
        match self.labels >= 0.0 && self.labels.is_finite() {
            true => Ok(()),
            false => fail("labels".into(), self.labels.to_string(), "0 or more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Ramp;

    #[test]
    fn weights_rise_evenly_or_at_once() {
        let ramp = Ramp { weight: 2.0, from: 0.2, to: 0.6 };
        let at = |step| ramp.at(step, 100);
        assert_eq!([at(0), at(19), at(60), at(99)], [0.0, 0.0, 2.0, 2.0]);
        assert!((at(40) - 1.0).abs() < 1e-12);
        let step = Ramp { weight: 3.0, from: 0.5, to: 0.5 };
        assert_eq!([step.at(49, 100), step.at(50, 100)], [0.0, 3.0]);
        assert_eq!(Ramp::default().at(0, 10), 1.0);
    }
}
