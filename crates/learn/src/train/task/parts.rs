//! A loss with its parts, as numbers for the log.

use super::Loss;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A part of a loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LossPart {
    /// One number.
    One(f64),
    /// A number of each, for example of each attribute in the model's order.
    Each(Vec<f64>),
}

/// A loss with its parts by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossParts {
    /// What is minimised.
    pub total: f64,
    /// Of a contrastive loss `class` and `attributes`, of a classifier's `cross_entropy`.
    #[serde(flatten)]
    pub parts: BTreeMap<String, LossPart>,
}

impl LossPart {
    fn combined(&self, other: &Self, act: impl Fn(f64, f64) -> f64) -> Self {
        match (self, other) {
            (Self::Each(a), Self::Each(b)) => Self::Each(a.iter().zip(b).map(|(a, b)| act(*a, *b)).collect()),
            (Self::One(a), Self::One(b)) => Self::One(act(*a, *b)),
            _ => self.clone(),
        }
    }
}

impl LossParts {
    pub(crate) fn of(loss: &Loss) -> Self {
        let one = loss.parts.iter().map(|(name, value)| ((*name).to_owned(), LossPart::One(*value)));
        let each = loss.lists.iter().map(|(name, values)| ((*name).to_owned(), LossPart::Each(values.clone())));
        Self { total: f64::from(loss.total.clone().into_scalar::<f32>()), parts: one.chain(each).collect() }
    }

    /// A part that is one number.
    pub fn one(&self, name: &str) -> Option<f64> {
        match self.parts.get(name)? {
            LossPart::One(value) => Some(*value),
            LossPart::Each(_) => None,
        }
    }

    /// A part that is several numbers; none where there is no such part.
    pub fn each(&self, name: &str) -> &[f64] {
        match self.parts.get(name) {
            Some(LossPart::Each(values)) => values,
            _ => &[],
        }
    }

    /// All numbers times a weight.
    pub(crate) fn times(&self, weight: f64) -> Self {
        let parts = self.parts.iter().map(|(name, part)| (name.clone(), part.combined(part, |a, _| weight * a)));
        Self { total: weight * self.total, parts: parts.collect() }
    }

    /// The sum with another one of the same parts, the other one weighted.
    pub(crate) fn plus(&self, other: &Self, weight: f64) -> Self {
        let sum = |(name, part): (&String, &LossPart)| {
            let other = other.parts.get(name).unwrap_or(part);
            (name.clone(), part.combined(other, |a, b| a + weight * b))
        };
        Self { total: self.total + weight * other.total, parts: self.parts.iter().map(sum).collect() }
    }
}
