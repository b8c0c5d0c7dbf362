//! mmCLIP (SenSys 2024): radar heatmaps and attribute sentences in one embedding space.

mod config;
mod embed;
mod model;
mod signal;
mod text;

pub use config::{ATTRIBUTES, MmClipConfig};
pub use embed::Embeddings;
pub use signal::{Aggregation, SignalBranch};
pub use text::TextBranch;

use super::ModelError;
use super::init::Init;
use super::parameters;
use crate::base::random::RandomTree;
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use serde::Serialize;

/// The model: a signal branch, a text branch and a temperature.
#[derive(Module, Debug)]
pub struct MmClip {
    /// Maps to embeddings.
    pub signal: SignalBranch,
    /// Sentence vectors to a class embedding.
    pub text: TextBranch,
    /// `[1]`, the logarithm of 1/τ.
    pub log_scale: Param<Tensor<1>>,
    #[module(skip)]
    config: MmClipConfig,
}

/// Numbers of parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ParameterCounts {
    /// The map encoders together.
    pub map_encoders: usize,
    /// Fusion, tokens, aggregation and heads of the signal branch.
    pub fusion: usize,
    /// The text branch.
    pub text: usize,
    /// All, with the temperature.
    pub total: usize,
}

impl MmClip {
    /// A model with initial weights that depend on the seed only.
    pub fn new(config: &MmClipConfig, seed: u64) -> Result<Self, ModelError> {
        config.check()?;
        let init = Init::new(RandomTree::new(seed).subtree(0, "model weights"), &Device::flex());
        Ok(Self {
            signal: SignalBranch::new(&init.at("signal"), config),
            text: TextBranch::new(&init.at("text"), config),
            log_scale: init.constant([1], -(config.temperature.ln() as f32)),
            config: config.clone(),
        })
    }

    /// What the model is made of.
    pub fn config(&self) -> &MmClipConfig {
        &self.config
    }

    /// The temperature τ.
    pub fn temperature(&self) -> f64 {
        let log: f32 = self.log_scale.val().into_scalar();
        f64::from(-log).exp()
    }

    /// Parameters of each branch.
    pub fn parameter_counts(&self) -> ParameterCounts {
        let (mut map_encoders, mut fusion, mut text, mut total) = (0, 0, 0, 0);
        for parameter in parameters::list(self) {
            let count = parameter.count();
            total += count;
            match parameter.name.as_str() {
                name if name.starts_with("signal.maps.") => map_encoders += count,
                name if name.starts_with("signal.") => fusion += count,
                name if name.starts_with("text.") => text += count,
                _ => {}
            }
        }
        ParameterCounts { map_encoders, fusion, text, total }
    }
}
