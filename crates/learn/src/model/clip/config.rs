//! Sizes of a CLIP text encoder out of its `config.json`.

use super::ClipError;
use serde::Deserialize;
use std::path::Path;

/// What of `config.json` matters here. Keys that Hugging Face leaves out have the value of its `CLIPTextConfig`, which is
/// that of ViT-B/32.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct TextConfig {
    pub(super) vocab_size: usize,
    pub(super) hidden_size: usize,
    pub(super) intermediate_size: usize,
    pub(super) num_hidden_layers: usize,
    pub(super) num_attention_heads: usize,
    pub(super) max_position_embeddings: usize,
    pub(super) layer_norm_eps: f64,
    pub(super) hidden_act: Activation,
    pub(super) eos_token_id: u32,
    /// Of the outer file.
    #[serde(skip)]
    pub(super) projection: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Activation {
    /// x · sigmoid(1.702 x), as the published weights were trained.
    QuickGelu,
    Gelu,
}

impl Default for TextConfig {
    fn default() -> Self {
        Self {
            vocab_size: 49408,
            hidden_size: 512,
            intermediate_size: 2048,
            num_hidden_layers: 12,
            num_attention_heads: 8,
            max_position_embeddings: 77,
            layer_norm_eps: 1e-5,
            hidden_act: Activation::QuickGelu,
            eos_token_id: 49407,
            projection: 512,
        }
    }
}

#[derive(Deserialize)]
struct Outer {
    model_type: Option<String>,
    projection_dim: Option<usize>,
    text_config: Option<TextConfig>,
    /// What files of older versions of `transformers` have beside or in place of `text_config`. Where it is there, it counts with
    /// the usual values for what it leaves out, as in `CLIPConfig`.
    text_config_dict: Option<TextConfig>,
}

impl TextConfig {
    pub(super) fn parse(text: &str, path: &Path) -> Result<Self, ClipError> {
        let wrong = |problem: String| ClipError::File { path: path.to_owned(), problem };
        let outer: Outer =
            serde_json::from_str(text).map_err(|e| wrong(format!("is no config.json of a CLIP model: {e}")))?;
        if outer.model_type.as_deref() != Some("clip") {
            let found = outer.model_type.as_deref().unwrap_or("nothing");
            return Err(wrong(format!("model_type is {found}, expected clip")));
        }
        let mut config = outer.text_config_dict.or(outer.text_config).unwrap_or_default();
        config.projection = outer.projection_dim.unwrap_or(512);
        for (name, value, most) in [
            ("vocab_size", config.vocab_size, 1 << 20),
            ("hidden_size", config.hidden_size, 8192),
            ("intermediate_size", config.intermediate_size, 65536),
            ("num_hidden_layers", config.num_hidden_layers, 128),
            ("num_attention_heads", config.num_attention_heads, 256),
            ("max_position_embeddings", config.max_position_embeddings, 4096),
            ("projection_dim", config.projection, 8192),
        ] {
            if value == 0 || value > most {
                return Err(wrong(format!("{name} is {value}, expected 1 to {most}")));
            }
        }
        if !config.hidden_size.is_multiple_of(config.num_attention_heads) {
            let (width, heads) = (config.hidden_size, config.num_attention_heads);
            return Err(wrong(format!("hidden_size {width} is no multiple of num_attention_heads {heads}")));
        }
        if config.max_position_embeddings < 3 {
            return Err(wrong("max_position_embeddings is below 3: no room for a word between start and end".into()));
        }
        if !(config.layer_norm_eps > 0.0 && config.layer_norm_eps < 1.0) {
            return Err(wrong(format!("layer_norm_eps is {}, expected above 0 and below 1", config.layer_norm_eps)));
        }
        Ok(config)
    }
}
