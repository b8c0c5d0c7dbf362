//! `adapter_config.json` of the PyPI package `peft`: what of it is honoured, what does not matter, and what is refused by name.
//!
//! Read off `LoraConfig` and its layers of PEFT 0.20. A key that is not in the table was added later: what it does is not known, so it
//! may stand there only with a value that says nothing.

use super::lora::LoraConfig;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `adapter_config.json`.
#[derive(Serialize, Deserialize)]
pub(super) struct PeftConfig {
    peft_type: String,
    pub(super) r: usize,
    pub(super) lora_alpha: f64,
    #[serde(default)]
    pub(super) lora_dropout: f64,
    target_modules: Value,
    #[serde(default = "none")]
    bias: String,
    task_type: Option<String>,
    #[serde(default)]
    inference_mode: bool,
    base_model_name_or_path: Option<String>,
    #[serde(default)]
    fan_in_fan_out: bool,
    /// Scaling by α/√r in place of α/r (Kalajdzievski 2023).
    #[serde(default)]
    use_rslora: Option<bool>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

fn none() -> String {
    "none".into()
}

/// Keys whose value does not change what the matrices do: the tensors themselves say which layers have an adapter, and start values
/// that leave the base as it was are forgotten.
const HARMLESS: [&str; 12] = [
    "auto_mapping",
    "ensure_weight_tying",
    "eva_config",
    "exclude_modules",
    "layers_pattern",
    "layers_to_transform",
    "megatron_core",
    "peft_version",
    "qalora_group_size",
    "revision",
    "runtime_config",
    // Inputs are compressed for the gradient alone.
    "velora_config",
];

/// Keys that change the outputs wherever they say anything, and what they stand for.
const REFUSED: [(&str, &str); 18] = [
    ("alora_invocation_tokens", "an activated adapter (aLoRA) that works behind certain tokens only"),
    ("alpha_pattern", "a scale of their own for some layers"),
    ("arrow_config", "a choice among several adapters (Arrow)"),
    ("corda_config", CORDA),
    ("kasa_config", "a base without its smallest singular values (KaSA)"),
    ("layer_replication", "layers of the base several times over"),
    ("loftq_config", LOFTQ),
    ("lora_bias", "an offset beside the matrices"),
    ("lora_ga_config", LORA_GA),
    ("megatron_config", "layers of Megatron"),
    ("modules_to_save", "whole layers beside the adapter"),
    ("monteclora_config", "matrices with a random part (MonteCLoRA)"),
    ("rank_pattern", "a rank of their own for some layers"),
    ("target_parameters", "adapters on parameters that are no layers"),
    ("trainable_token_indices", "token vectors beside the adapter"),
    ("use_bdlora", "block-diagonal matrices (BD-LoRA)"),
    ("use_dora", "a magnitude beside the direction (DoRA)"),
    ("use_qalora", "inputs in groups for a quantised base (QA-LoRA)"),
];

const CORDA: &str = "a base out of which CorDA has taken the adapter's start";
const LOFTQ: &str = "a base that LoftQ has quantised";
const LORA_GA: &str = "a base out of which LoRA-GA has taken the adapter's start";

/// Start values for which the base is rewritten, by how the value begins, and whether PEFT can turn the adapter back.
const REWRITTEN: [(&str, &str, bool); 5] = [
    ("pissa", "a base out of which PiSSA has taken the adapter's start", true),
    ("olora", "a base out of which OLoRA has taken the adapter's start", true),
    ("corda", CORDA, true),
    ("lora_ga", LORA_GA, true),
    ("loftq", LOFTQ, false),
];

/// Start values that leave the base as it was.
const PLAIN_STARTS: [&str; 5] = ["", "gaussian", "eva", "orthogonal", "mica"];

impl PeftConfig {
    /// What is written of an adapter of kinecho's.
    pub(super) fn plain(config: &LoraConfig, layers: Vec<String>) -> Self {
        Self {
            peft_type: "LORA".into(),
            r: config.r,
            lora_alpha: config.alpha,
            lora_dropout: config.dropout,
            target_modules: layers.into(),
            bias: none(),
            task_type: None,
            inference_mode: true,
            base_model_name_or_path: None,
            fan_in_fan_out: false,
            use_rslora: Some(false),
            others: Map::new(),
        }
    }

    /// The α that scales the matrices by α/r.
    pub(super) fn alpha(&self) -> f64 {
        match self.use_rslora {
            Some(true) => self.lora_alpha * (self.r as f64).sqrt(),
            _ => self.lora_alpha,
        }
    }

    /// Nothing may be switched on that would change what the adapter does, or on which base it does it.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.peft_type != "LORA" {
            return Err(format!("peft_type is {}, expected LORA", self.peft_type));
        }
        if self.bias != "none" {
            return Err(format!("bias is {}, expected none", self.bias));
        }
        if self.fan_in_fan_out {
            // PEFT itself writes `false` for layers whose weights are not turned, whatever was asked for.
            return Err("fan_in_fan_out is true: layers with turned weights (Conv1D), which no model here has".into());
        }
        for (key, value) in self.others.iter().filter(|(key, value)| !says_nothing(key, value)) {
            if key == "init_lora_weights" {
                check_start(value)?;
            } else if let Some((_, meaning)) = REFUSED.iter().find(|(name, _)| name == key) {
                let advice = if [CORDA, LORA_GA].contains(meaning) {
                    "; where the adapter was turned back into plain LoRA when it was saved, set the key to null"
                } else {
                    ""
                };
                return Err(format!("{key} is {value}: {meaning}; only plain LoRA is understood{advice}"));
            } else if !HARMLESS.contains(&key.as_str()) {
                return Err(format!(
                    "{key} is {value}, a key that this program does not know; set it to null where it changes nothing that the \
                     adapter does"
                ));
            }
        }
        Ok(())
    }
}

/// How the matrices began does not matter where the base stayed what it was.
fn check_start(value: &Value) -> Result<(), String> {
    let start = match value {
        Value::Bool(_) => return Ok(()),
        Value::String(start) => start.to_ascii_lowercase(),
        other => return Err(format!("init_lora_weights is {other}, expected true, false or a name")),
    };
    if let Some((_, meaning, can_turn_back)) = REWRITTEN.iter().find(|(name, ..)| start.starts_with(name)) {
        let advice = match can_turn_back {
            true => {
                "save it with `save_pretrained(DIR, path_initial_model_for_weight_conversion=FOLDER_OF_ITS_START)`, which makes \
                 plain LoRA of it"
            }
            false => "train a plain adapter on the base itself",
        };
        return Err(format!(
            "init_lora_weights is {value}: the adapter belongs on {meaning}, not on this one; {advice}"
        ));
    }
    match PLAIN_STARTS.contains(&start.as_str()) {
        true => Ok(()),
        false => Err(format!(
            "init_lora_weights is {value}, a start that this program does not know; set it to true where the base stayed what it was"
        )),
    }
}

/// Whether a value is that of a key that nobody has touched.
fn says_nothing(key: &str, value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        // An empty configuration switches a variant on with its default settings; LoftQ's stands in every file.
        Value::Object(map) => {
            let switch = key == "use_bdlora" || key.ends_with("_config") && key != "loftq_config";
            map.is_empty() && !switch
        }
        _ => false,
    }
}
