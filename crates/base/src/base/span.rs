//! A number that is fixed or drawn from a range.

use super::random::Stream;
use super::yaml::Problem;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A fixed number (`2.5`) or a uniform range (`[1.5, 5.0]`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a number or a range [low, high]")]
pub enum Span {
    /// Always this value.
    Fixed(f64),
    /// Uniform between the two values.
    Range([f64; 2]),
}

impl Span {
    /// The smallest and the largest value.
    pub fn bounds(self) -> (f64, f64) {
        match self {
            Self::Fixed(value) => (value, value),
            Self::Range([low, high]) => (low, high),
        }
    }

    /// One draw.
    pub fn draw(self, stream: &mut Stream) -> f64 {
        match self {
            Self::Fixed(value) => value,
            Self::Range([low, high]) => low + (high - low) * stream.random::<f64>(),
        }
    }

    /// What is wrong with this span when its values must lie in `low..=high`.
    pub fn check(self, key: &str, low: f64, high: f64, unit: &str) -> Option<Problem> {
        let (a, b) = self.bounds();
        if !(a.is_finite() && b.is_finite()) || a > b {
            return Some(Problem::new(
                key,
                format!("[{a}, {b}] is not a range: two finite numbers, the lower one first"),
            ));
        }
        (a < low || b > high)
            .then(|| Problem::new(key, format!("{a} to {b} {unit} reaches outside {low} to {high} {unit}")))
    }
}
