//! Named axes: what every array that leaves the program says about itself.

use serde::{Deserialize, Serialize};

/// One axis of an array: index `i` stands for the value `first + i * step` in `unit`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// The field's word for the axis, for example `range` or `slow_time`.
    pub name: String,
    /// Unit of the values; `1` for a plain index.
    pub unit: String,
    /// Number of entries.
    pub len: usize,
    /// Value of the first entry.
    pub first: f64,
    /// Difference of successive values; negative where the axis runs downwards.
    pub step: f64,
    /// What the sign means, where it is not plain: for example `positive = receding`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<String>,
}

impl Axis {
    /// An axis with calibrated values.
    pub fn new(name: &str, unit: &str, len: usize, first: f64, step: f64) -> Self {
        Self { name: name.into(), unit: unit.into(), len, first, step, sign: None }
    }

    /// An axis that is only counted: channels, maps, facets.
    pub fn index(name: &str, len: usize) -> Self {
        Self::new(name, "1", len, 0.0, 1.0)
    }

    /// States what the sign of the values means.
    pub fn signed(mut self, meaning: &str) -> Self {
        self.sign = Some(meaning.into());
        self
    }

    /// Value at index `i`.
    pub fn value(&self, i: usize) -> f64 {
        self.first + i as f64 * self.step
    }

    /// The nearest index to `value`, or `None` outside the axis.
    pub fn nearest(&self, value: f64) -> Option<usize> {
        let i = ((value - self.first) / self.step).round();
        (i >= 0.0 && i < self.len as f64).then_some(i as usize)
    }
}

/// Description of an array on disk, written as JSON beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArrayInfo {
    /// What the numbers are, for example `if_signal` or `log_power`.
    pub quantity: String,
    /// Unit of the numbers.
    pub unit: String,
    /// NumPy type name, for example `float32`.
    pub dtype: String,
    /// The axes in storage order (C order).
    pub axes: Vec<Axis>,
}
