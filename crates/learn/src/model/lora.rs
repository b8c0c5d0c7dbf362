//! Low-rank adapters (Hu et al. 2021): attach and merge. Their files are in [`peft`](super::peft).

use super::ModelError;
use super::init::Init;
use super::interface::Model;
use super::parameters::{self, Parameter};
use crate::base::random::RandomTree;
use burn::module::Module;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which layers get an adapter and how large it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LoraConfig {
    /// Rank of the change.
    pub r: usize,
    /// The change is scaled by α/r.
    pub alpha: f64,
    /// Probability of dropping an input of an adapter while training, 0 to below 1.
    pub dropout: f64,
    /// Ends of the names of the layers to adapt, by whole words as in PEFT: `qkv` means every layer `….qkv` (of mmCLIP: of the signal
    /// and the text branch), `fusion.0.attention.qkv` one layer.
    pub targets: Vec<String>,
    /// Whether the text branch is adapted too. When it is not, the class embeddings of all labels stay where pre-training put
    /// them, which is what labels never fine-tuned on rely on.
    pub text_branch: bool,
}

impl Default for LoraConfig {
    fn default() -> Self {
        Self { r: 16, alpha: 16.0, dropout: 0.1, targets: vec!["qkv".into()], text_branch: true }
    }
}

impl LoraConfig {
    /// Every setting inside its range, or the first that is not.
    pub fn check(&self) -> Result<(), ModelError> {
        let fail = |field: &str, found: String, expected: &str| {
            Err(ModelError::Config { field: field.into(), found, expected: expected.into() })
        };
        if self.r == 0 || self.r > 1024 {
            return fail("lora.r", self.r.to_string(), "1 to 1024");
        }
        if !(self.alpha > 0.0 && self.alpha.is_finite()) {
            return fail("lora.alpha", self.alpha.to_string(), "above 0");
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return fail("lora.dropout", self.dropout.to_string(), "0 to below 1");
        }
        if self.targets.is_empty() {
            return fail("lora.targets", "[]".into(), "at least one layer name, for example qkv");
        }
        Ok(())
    }

    fn covers(&self, layer: &str) -> bool {
        (self.text_branch || !layer.starts_with("text.")) && self.targets.iter().any(|target| ends_in(layer, target))
    }
}

fn ends_in(layer: &str, target: &str) -> bool {
    layer == target || layer.strip_suffix(target).is_some_and(|rest| rest.ends_with('.'))
}

/// Attaches fresh adapters, freezes all else, and makes the adapters learn. An adapter starts as no change.
pub fn attach<M: Model>(mut model: M, config: &LoraConfig, seed: u64) -> Result<M, ModelError> {
    config.check()?;
    let device = model.device();
    let init = Init::new(RandomTree::new(seed).subtree(0, "lora weights"), &device);
    let names = layer_names(&model);
    for target in &config.targets {
        if !names.iter().any(|name| ends_in(name, target)) {
            let examples = names.iter().take(4).cloned().collect::<Vec<_>>().join(", ");
            return Err(ModelError::NoSuchLayer { target: target.clone(), examples });
        }
    }
    model.for_each_linear(&mut |name, linear| {
        if config.covers(name) {
            linear.attach(&init.at(name), config.r, config.alpha, config.dropout);
        }
    });
    Ok(parameters::set_trainable(model, Parameter::is_adapter))
}

/// Adds every adapter to its matrix and removes it; afterwards everything learns again.
pub fn merge<M: Model>(mut model: M) -> M {
    model.for_each_linear(&mut |_, linear| linear.merge());
    parameters::set_trainable(model, |_| true)
}

/// Names of all linear layers.
pub fn layer_names<M: Model>(model: &M) -> Vec<String> {
    let mut names = Vec::new();
    model.clone().for_each_linear(&mut |name, _| names.push(name.to_string()));
    names
}

/// Whether any adapter is attached.
pub fn has_adapters(model: &impl Module) -> bool {
    parameters::list(model).iter().any(Parameter::is_adapter)
}
