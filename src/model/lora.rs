//! Low-rank adapters (Hu et al. 2021): attach, merge, and PEFT's files.

use super::ModelError;
use super::blocks::Block;
use super::init::Init;
use super::linear::Linear;
use super::mmclip::MmClip;
use super::parameters::{self, Parameter};
use super::weights::{Array, Weights};
use crate::base::atomic_file;
use crate::base::random::RandomTree;
use burn::module::Module;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Which layers get an adapter and how large it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LoraConfig {
    /// Rank of the change.
    pub r: usize,
    /// The change is scaled by α/r.
    pub alpha: f64,
    /// Probability of dropping an input of an adapter while training, 0 to below 1.
    pub dropout: f64,
    /// Ends of the names of the layers to adapt, by whole words as in PEFT: `qkv` means every layer `….qkv` of the signal and
    /// the text branch, `fusion.0.attention.qkv` one layer.
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
            return fail("lora r", self.r.to_string(), "1 to 1024");
        }
        if !(self.alpha > 0.0 && self.alpha.is_finite()) {
            return fail("lora alpha", self.alpha.to_string(), "above 0");
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return fail("lora dropout", self.dropout.to_string(), "0 to below 1");
        }
        if self.targets.is_empty() {
            return fail("lora targets", "[]".into(), "at least one layer name, for example qkv");
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

/// PEFT's `adapter_config.json`.
#[derive(Serialize, Deserialize)]
struct PeftConfig {
    peft_type: String,
    r: usize,
    lora_alpha: f64,
    lora_dropout: f64,
    target_modules: Vec<String>,
    bias: String,
    task_type: Option<String>,
    inference_mode: bool,
    base_model_name_or_path: Option<String>,
    fan_in_fan_out: bool,
}

/// What PEFT has no place for.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Companion {
    lora: LoraConfig,
    base_blake3: String,
}

/// Attaches fresh adapters, freezes all else, and makes the adapters learn. An adapter starts as no change.
pub fn attach(mut model: MmClip, config: &LoraConfig, seed: u64) -> Result<MmClip, ModelError> {
    config.check()?;
    let device = model.log_scale.val().device();
    let init = Init::new(RandomTree::new(seed).subtree(0, "lora weights"), &device);
    let names = layer_names(&model);
    for target in &config.targets {
        if !names.iter().any(|name| ends_in(name, target)) {
            let examples = names.iter().take(4).cloned().collect::<Vec<_>>().join(", ");
            return Err(ModelError::NoSuchLayer { target: target.clone(), examples });
        }
    }
    for_each_linear(&mut model, |name, linear| {
        if config.covers(name) {
            linear.attach(&init.at(name), config.r, config.alpha, config.dropout);
        }
    });
    Ok(parameters::set_trainable(model, Parameter::is_adapter))
}

/// Adds every adapter to its matrix and removes it; afterwards everything learns again.
pub fn merge(mut model: MmClip) -> MmClip {
    for_each_linear(&mut model, |_, linear| linear.merge());
    parameters::set_trainable(model, |_| true)
}

/// Names of all linear layers.
pub fn layer_names(model: &MmClip) -> Vec<String> {
    let mut names = Vec::new();
    for_each_linear(&mut model.clone(), |name, _| names.push(name.to_string()));
    names
}

/// Writes `adapter_model.safetensors`, `adapter_config.json` (both as PEFT lays them out) and `kinecho.json` (which base).
pub fn save(model: &MmClip, config: &LoraConfig, dir: &Path) -> Result<(), ModelError> {
    let mut weights = Weights::default();
    let mut layers = Vec::new();
    for (parameter, values) in parameters::collect(model)? {
        if let Some((layer, peft)) = peft_name(&parameter.name) {
            let array = Array { shape: parameter.file_shape(), values: parameter.to_file(&values) };
            weights.tensors.insert(peft, array);
            layers.push(layer);
        }
    }
    layers.dedup();
    let peft = PeftConfig {
        peft_type: "LORA".into(),
        r: config.r,
        lora_alpha: config.alpha,
        lora_dropout: config.dropout,
        target_modules: layers,
        bias: "none".into(),
        task_type: None,
        inference_mode: true,
        base_model_name_or_path: None,
        fan_in_fan_out: false,
    };
    let companion = Companion { lora: config.clone(), base_blake3: Weights::of(model)?.hash() };
    weights.write(&dir.join("adapter_model.safetensors"))?;
    write_json(&dir.join("adapter_config.json"), &peft)?;
    write_json(&dir.join("kinecho.json"), &companion)
}

/// Attaches the adapters of a folder to their base; refuses another base.
pub fn load(model: MmClip, dir: &Path) -> Result<MmClip, ModelError> {
    let companion: Companion = read_json(&dir.join("kinecho.json"))?;
    let base = Weights::of(&model)?.hash();
    if base != companion.base_blake3 {
        return Err(ModelError::Config {
            field: format!("base of the adapter {}", dir.display()),
            found: format!("weights {}", &base[..16]),
            expected: format!("weights {:.16}", companion.base_blake3),
        });
    }
    let model = attach(model, &companion.lora, 0)?;
    let path = dir.join("adapter_model.safetensors");
    let weights = Weights::read(&path)?;
    for parameter in parameters::list(&model) {
        let Some((_, name)) = peft_name(&parameter.name) else { continue };
        let expected = parameter.file_shape();
        let reason = match weights.tensors.get(&name) {
            None => format!("missing, expected with shape {expected:?}"),
            Some(array) if array.shape != expected => format!("shape {:?}, expected {expected:?}", array.shape),
            Some(_) => continue,
        };
        return Err(ModelError::Tensor { path, tensor: name, reason });
    }
    Ok(parameters::assign(model, |_, parameter| {
        let (_, name) = peft_name(&parameter.name)?;
        weights.tensors.get(&name).map(|array| parameter.from_file(&array.values))
    }))
}

/// `(layer, PEFT's name)` of an adapter's parameter.
fn peft_name(name: &str) -> Option<(String, String)> {
    let (layer, which) = name.split_once(".lora.")?;
    let which = if which == "a" { "lora_A" } else { "lora_B" };
    Some((layer.to_string(), format!("base_model.model.{layer}.{which}.weight")))
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), ModelError> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| ModelError::Malformed { path: path.into(), reason: error.to_string() })?;
    Ok(atomic_file::write(path, format!("{text}\n").as_bytes())?)
}

fn read_json<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, ModelError> {
    let text = std::fs::read_to_string(path).map_err(|source| ModelError::Read { path: path.into(), source })?;
    serde_json::from_str(&text).map_err(|error| ModelError::Tensor {
        path: path.into(),
        tensor: "(json)".into(),
        reason: error.to_string(),
    })
}

/// Every linear layer with its name. Spelt out, because the tensor library walks over parameters, not over layers.
fn for_each_linear(model: &mut MmClip, mut act: impl FnMut(&str, &mut Linear)) {
    fn block(name: &str, block: &mut Block, act: &mut impl FnMut(&str, &mut Linear)) {
        act(&format!("{name}.attention.qkv"), &mut block.attention.qkv);
        act(&format!("{name}.attention.output"), &mut block.attention.output);
        act(&format!("{name}.mlp.up"), &mut block.mlp.up);
        act(&format!("{name}.mlp.down"), &mut block.mlp.down);
    }
    for (i, map) in model.signal.maps.iter_mut().enumerate() {
        act(&format!("signal.maps.{i}.patch"), &mut map.patch);
        for (k, b) in map.blocks.iter_mut().enumerate() {
            block(&format!("signal.maps.{i}.blocks.{k}"), b, &mut act);
        }
    }
    for (k, b) in model.signal.fusion.iter_mut().enumerate() {
        block(&format!("signal.fusion.{k}"), b, &mut act);
    }
    if let Some(aggregation) = &mut model.signal.aggregation {
        block("signal.aggregation.block", &mut aggregation.block, &mut act);
    }
    if let Some(head) = &mut model.signal.attribute_head {
        act("signal.attribute_head", head);
    }
    act("signal.class_head", &mut model.signal.class_head);
    block("text.aggregation.block", &mut model.text.aggregation.block, &mut act);
}

/// Whether any adapter is attached.
pub fn has_adapters(model: &impl Module) -> bool {
    parameters::list(model).iter().any(Parameter::is_adapter)
}
