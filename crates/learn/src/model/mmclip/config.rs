//! What a model is made of, as data.

use crate::model::ModelError;
use crate::model::interface::ViewInfo;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Names of the five text attributes in the order of the prompts.
pub const ATTRIBUTES: [&str; 5] = ["general", "torso", "arms", "legs", "location"];

/// Configuration of [`MmClip`](super::MmClip). The default is [`MmClipConfig::small`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MmClipConfig {
    /// Names of the maps that are looked at, in order (one encoder each).
    pub maps: Vec<String>,
    /// Rows of every map.
    pub rows: usize,
    /// Columns (time steps) of every map.
    pub columns: usize,
    /// Columns of a patch; a patch has all rows. Divides `columns`.
    pub patch_columns: usize,
    /// Width of a map encoder's tokens; the fused tokens are `maps × map_width` wide.
    pub map_width: usize,
    /// Attention heads of a map encoder; divides `map_width`.
    pub map_heads: usize,
    /// Blocks of a map encoder (paper 2, published code 4).
    pub map_depth: usize,
    /// Attention heads of the fused encoder; divides `maps × map_width`.
    pub fusion_heads: usize,
    /// Blocks of the fused encoder.
    pub fusion_depth: usize,
    /// Hidden width of every feed-forward part over its width.
    pub mlp_ratio: usize,
    /// Attributes that are aligned, among `general`, `torso`, `arms`, `legs`, `location`. Empty: only the class embedding is
    /// aligned, and the text side sees the first vector of a prompt alone.
    pub attributes: Vec<String>,
    /// Width of the frozen text encoder's vectors: 384 for MiniLM, 512 for CLIP ViT-B/32.
    pub text_width: usize,
    /// Attention heads of the text branch; divides `text_width`.
    pub text_heads: usize,
    /// Start value of the learnt temperature τ.
    pub temperature: f64,
    /// Whether means and spreads of every row over time reach the attributes beside the patches, by one linear layer. Not published: it keeps
    /// what a regression on these numbers finds, where patches learn the simulation by heart.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub statistics: bool,
    /// Share of the values of maps that are zero in training, 0 to 0.9. Not published: it is for numbers of a window (the view `point_numbers`),
    /// of which a simulation has some right and some not.
    #[serde(skip_serializing_if = "is_zero")]
    pub input_dropout: f64,
}

fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

impl Default for MmClipConfig {
    fn default() -> Self {
        Self::small()
    }
}

impl MmClipConfig {
    /// The published size (mmCLIP, SenSys 2024, depth 2 a heatmap) on the MiniLM text width.
    pub fn published() -> Self {
        Self {
            maps: ["time_doppler", "time_range", "time_angle"].map(String::from).to_vec(),
            rows: 224,
            columns: 224,
            patch_columns: 4,
            map_width: 128,
            map_heads: 4,
            map_depth: 2,
            fusion_heads: 8,
            fusion_depth: 6,
            mlp_ratio: 4,
            attributes: ATTRIBUTES.map(String::from).to_vec(),
            text_width: 384,
            text_heads: 4,
            temperature: 0.07,
            statistics: false,
            input_dropout: 0.0,
        }
    }

    /// A size that trains in minutes on two cores: the same parts, a fiftieth of the work.
    pub fn small() -> Self {
        Self {
            rows: 64,
            columns: 96,
            patch_columns: 4,
            map_width: 48,
            map_heads: 4,
            map_depth: 1,
            fusion_heads: 4,
            fusion_depth: 2,
            mlp_ratio: 2,
            ..Self::published()
        }
    }

    /// Tokens of one map.
    pub fn tokens(&self) -> usize {
        self.columns / self.patch_columns.max(1)
    }

    /// Width of the fused tokens.
    pub fn fusion_width(&self) -> usize {
        self.maps.len() * self.map_width
    }

    /// Positions of the used attributes within [`ATTRIBUTES`].
    pub fn attribute_indices(&self) -> Vec<usize> {
        self.attributes.iter().filter_map(|name| ATTRIBUTES.iter().position(|a| a == name)).collect()
    }

    /// Positions of the sentence vectors that the text branch sees: those of the used attributes, or the first when there are none.
    pub fn used_attributes(&self) -> Vec<usize> {
        let used = self.attribute_indices();
        if used.is_empty() { vec![0] } else { used }
    }

    /// As it is: views and labels of mmCLIP do not follow from the data.
    pub fn fitted(self, _: &[ViewInfo], _: usize) -> Result<Self, ModelError> {
        Ok(self)
    }

    /// Every setting inside its range, or the first that is not.
    pub fn check(&self) -> Result<(), ModelError> {
        let fail = |field: &str, found: String, expected: &str| {
            Err(ModelError::Config { field: field.into(), found, expected: expected.into() })
        };
        if self.maps.is_empty() || self.maps.len() > 16 {
            return fail("maps", format!("{} names", self.maps.len()), "1 to 16 names");
        }
        if let Some((i, name)) = self.maps.iter().enumerate().find(|(i, name)| self.maps[..*i].contains(name)) {
            return fail("maps", format!("{name} again at place {i}"), "each name once");
        }
        for (field, value, most) in [
            ("rows", self.rows, 4096),
            ("columns", self.columns, 65536),
            ("patch_columns", self.patch_columns, 4096),
            ("map_width", self.map_width, 4096),
            ("map_heads", self.map_heads, 256),
            ("fusion_heads", self.fusion_heads, 256),
            ("fusion_depth", self.fusion_depth, 64),
            ("mlp_ratio", self.mlp_ratio, 64),
            ("text_width", self.text_width, 8192),
            ("text_heads", self.text_heads, 256),
        ] {
            if value == 0 || value > most {
                return fail(field, value.to_string(), &format!("1 to {most}"));
            }
        }
        if self.map_depth > 64 {
            return fail("map_depth", self.map_depth.to_string(), "0 to 64");
        }
        for (field, part, whole_name, whole) in [
            ("patch_columns", self.patch_columns, "columns", self.columns),
            ("map_heads", self.map_heads, "map_width", self.map_width),
            ("fusion_heads", self.fusion_heads, "maps × map_width", self.fusion_width()),
            ("text_heads", self.text_heads, "text_width", self.text_width),
        ] {
            if !whole.is_multiple_of(part) {
                return fail(field, part.to_string(), &format!("a divisor of {whole_name} = {whole}"));
            }
        }
        for (i, name) in self.attributes.iter().enumerate() {
            if !ATTRIBUTES.contains(&name.as_str()) || self.attributes[..i].contains(name) {
                return fail("attributes", name.clone(), "each at most once of general, torso, arms, legs, location");
            }
        }
        if !(0.0..=0.9).contains(&self.input_dropout) {
            return fail("input_dropout", self.input_dropout.to_string(), "0 to 0.9");
        }
        if !(self.temperature >= 0.01 && self.temperature <= 1.0) {
            return fail("temperature", self.temperature.to_string(), "0.01 to 1");
        }
        Ok(())
    }
}
