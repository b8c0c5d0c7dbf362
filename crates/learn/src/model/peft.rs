//! Adapters on disk as the PyPI package `peft` lays them out, in both directions.

use super::ModelError;
use super::interface::Model;
use super::lora::{LoraConfig, attach, layer_names};
use super::parameters;
use super::peft_config::PeftConfig;
use super::weights::{Array, Weights};
use crate::base::atomic_file;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What PEFT has no place for: `kinecho.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Companion {
    lora: LoraConfig,
    base_blake3: String,
    /// Of the adapter's own matrices; older files have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    adapter_blake3: Option<String>,
}

/// Writes `adapter_model.safetensors`, `adapter_config.json` (both as PEFT lays them out) and `kinecho.json` (which base).
pub fn save<M: Model>(model: &M, config: &LoraConfig, dir: &Path) -> Result<(), ModelError> {
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
    let peft = PeftConfig::plain(config, layers);
    let companion = Companion {
        lora: config.clone(),
        base_blake3: Weights::of(model)?.hash(),
        adapter_blake3: Some(weights.hash()),
    };
    weights.write(&dir.join("adapter_model.safetensors"))?;
    write_json(&dir.join("adapter_config.json"), &peft)?;
    write_json(&dir.join("kinecho.json"), &companion)
}

/// Attaches the adapters of a folder to their base. Those that kinecho wrote know their base, and another one is refused; those
/// that the package `peft` wrote do not, so only names and shapes are checked.
pub fn load<M: Model>(model: M, dir: &Path) -> Result<M, ModelError> {
    let companion_path = dir.join("kinecho.json");
    let companion: Option<Companion> = if companion_path.exists() { Some(read_json(&companion_path)?) } else { None };
    if let Some(companion) = &companion {
        let base = Weights::of(&model)?.hash();
        if base != companion.base_blake3 {
            return Err(ModelError::Config {
                field: format!("base of the adapter {}", dir.display()),
                found: format!("weights {}", &base[..16]),
                expected: format!("weights {:.16}", companion.base_blake3),
            });
        }
    }
    let path = dir.join("adapter_config.json");
    let peft: PeftConfig = read_json(&path)?;
    peft.check().map_err(|problem| ModelError::Adapter { path: path.clone(), problem })?;
    if let Some(lora) = companion.as_ref().map(|c| &c.lora)
        && (lora.r, lora.alpha) != (peft.r, peft.alpha())
    {
        let problem = format!(
            "r {} and lora_alpha {}, kinecho.json beside it has {} and {}; remove kinecho.json if the change is meant",
            peft.r,
            peft.alpha(),
            lora.r,
            lora.alpha
        );
        return Err(ModelError::Adapter { path, problem });
    }
    let path = dir.join("adapter_model.safetensors");
    let pickled = dir.join("adapter_model.bin");
    if !path.exists() && pickled.exists() {
        let problem = "is a pickle of PyTorch, which may run any program when it is read; save the adapter again with \
                       `save_pretrained(DIR, safe_serialization=True)`, which writes adapter_model.safetensors"
            .into();
        return Err(ModelError::Adapter { path: pickled, problem });
    }
    let weights = Weights::read(&path)?;
    let layers = adapted_layers(&weights, &model, &path)?;
    let config =
        LoraConfig { r: peft.r, alpha: peft.alpha(), dropout: peft.lora_dropout, targets: layers, text_branch: true };
    let model = attach(model, &config, 0)?;
    for parameter in parameters::list(&model) {
        let Some((_, name)) = peft_name(&parameter.name) else { continue };
        let expected = parameter.file_shape();
        let reason = match weights.tensors.get(&name) {
            None => format!("missing, expected with shape {expected:?}"),
            Some(array) if array.shape != expected => format!("shape {:?}, expected {expected:?}", array.shape),
            Some(array) => match array.values.iter().find(|v| !v.is_finite()) {
                Some(value) => format!("holds {value}"),
                None => continue,
            },
        };
        return Err(ModelError::Tensor { path, tensor: name, reason });
    }
    let (written, found) = (companion.and_then(|c| c.adapter_blake3), weights.hash());
    if written.as_ref().is_some_and(|written| *written != found) {
        let problem =
            "is not what kinecho.json beside it says (BLAKE3); remove kinecho.json if the change is meant".into();
        return Err(ModelError::Adapter { path, problem });
    }
    Ok(parameters::assign(model, |_, parameter| {
        let (_, name) = peft_name(&parameter.name)?;
        weights.tensors.get(&name).map(|array| parameter.from_file(&array.values))
    }))
}

/// The layers that the file has matrices for; every tensor of it must be one of theirs.
fn adapted_layers<M: Model>(weights: &Weights, model: &M, path: &Path) -> Result<Vec<String>, ModelError> {
    let known = layer_names(model);
    let mut layers: Vec<String> = Vec::new();
    for name in weights.tensors.keys() {
        let layer = name
            .strip_prefix("base_model.model.")
            .and_then(|rest| rest.strip_suffix(".lora_A.weight").or_else(|| rest.strip_suffix(".lora_B.weight")));
        let fail = |reason: &str| {
            Err(ModelError::Tensor { path: path.to_owned(), tensor: name.clone(), reason: reason.into() })
        };
        match layer {
            None => return fail("is none of base_model.model.LAYER.lora_A.weight and …lora_B.weight"),
            Some(layer) if !known.iter().any(|k| k == layer) => return fail("the model has no such linear layer"),
            Some(layer) if layers.iter().any(|l| l == layer) => {}
            Some(layer) => layers.push(layer.to_owned()),
        }
    }
    if layers.is_empty() {
        let (path, problem) = (path.to_owned(), "holds no adapter".to_string());
        return Err(ModelError::Adapter { path, problem });
    }
    Ok(layers)
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
    serde_json::from_str(&text).map_err(|error| ModelError::Adapter {
        path: path.into(),
        problem: format!("is not what it should be: {error}"),
    })
}
