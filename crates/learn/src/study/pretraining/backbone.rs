//! The systems that are pre-trained without labels.

use crate::model::ModelError;
use crate::model::interface::ViewInfo;
use crate::model::rfusion::{Modality, RFusion, RFusionConfig, RFusionTask};
use crate::model::system::{FromFirst, System};
use crate::model::wiswiss::{WiSwiss, WiSwissConfig, WiSwissTask};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// What is pre-trained. As typed: `{rfusion: {…}}`, or the settings of WiSwiss alone.
#[derive(Clone, Debug, PartialEq)]
pub enum BackboneSpec {
    /// One view, put together again.
    WiSwiss(WiSwissConfig),
    /// Several kinds of radio, drawn together.
    RFusion(RFusionConfig),
}

impl BackboneSpec {
    /// Every setting inside its range, or the first that is not.
    pub(super) fn check(&self) -> Result<(), ModelError> {
        match self {
            Self::WiSwiss(config) => config.check(),
            Self::RFusion(config) => config.check().map_err(|e| match e {
                ModelError::Config { field, found, expected } => {
                    ModelError::Config { field: format!("rfusion.{field}"), found, expected }
                }
                other => other,
            }),
        }
    }

    /// The task that is not one of pre-training: its key, and what is expected.
    pub(super) fn misplaced_task(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::WiSwiss(config) if !matches!(config.task, WiSwissTask::Masked(_)) => Some(("model.task", "masked")),
            Self::RFusion(config) if !matches!(config.task, RFusionTask::Contrast(_)) => {
                Some(("model.rfusion.task", "contrast"))
            }
            _ => None,
        }
    }

    /// The settings of RFusion.
    pub(super) fn rfusion(&self) -> Option<&RFusionConfig> {
        match self {
            Self::RFusion(config) => Some(config),
            Self::WiSwiss(_) => None,
        }
    }

    /// Names of the views that are looked at; of RFusion those of some kinds.
    pub(super) fn views(&self, kinds: &[Modality]) -> Vec<String> {
        match self {
            Self::WiSwiss(config) => vec![config.view.clone()],
            Self::RFusion(config) => kinds.iter().flat_map(|&kind| config.views_of(kind)).map(str::to_owned).collect(),
        }
    }

    /// With shapes as the data have them, where they are not said.
    pub(super) fn fitted(self, views: &[ViewInfo]) -> Result<Self, ModelError> {
        match self {
            Self::WiSwiss(config) => config.fitted(views, 0).map(Self::WiSwiss),
            Self::RFusion(config) => config.fitted(views, 0).map(Self::RFusion),
        }
    }

    /// A model with initial weights that depend on the seed only.
    pub(super) fn init(&self, seed: u64) -> Result<System, ModelError> {
        match self {
            Self::WiSwiss(config) => WiSwiss::new(config, seed).map(Into::into),
            Self::RFusion(config) => RFusion::new(config, seed).map(Into::into),
        }
    }
}

impl JsonSchema for BackboneSpec {
    fn schema_name() -> Cow<'static, str> {
        "BackboneSpec".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let rfusion = generator.subschema_for::<RFusionConfig>();
        let rfusion = json_schema!({
            "type": "object", "properties": {"rfusion": rfusion}, "required": ["rfusion"], "additionalProperties": false,
        });
        json_schema!({
            "description": "`rfusion` with its settings, or the settings of WiSwiss.",
            "anyOf": [rfusion, generator.subschema_for::<WiSwissConfig>()],
        })
    }
}

impl Serialize for BackboneSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::WiSwiss(config) => config.serialize(serializer),
            Self::RFusion(config) => serializer.collect_map([("rfusion", config)]),
        }
    }
}

impl<'de> Deserialize<'de> for BackboneSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(BackboneVisitor)
    }
}

struct BackboneVisitor;

impl<'de> Visitor<'de> for BackboneVisitor {
    type Value = BackboneSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`rfusion` with its settings, or the settings of WiSwiss")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<BackboneSpec, A::Error> {
        let Some(first) = map.next_key::<String>()? else { return Ok(BackboneSpec::WiSwiss(WiSwissConfig::default())) };
        if first == "rfusion" {
            let config = map.next_value()?;
            return match map.next_key::<String>()? {
                Some(more) => Err(A::Error::custom(format!("`{more}` beside `rfusion`: a model is of one system"))),
                None => Ok(BackboneSpec::RFusion(config)),
            };
        }
        WiSwissConfig::deserialize(MapAccessDeserializer::new(FromFirst { first: Some(first), rest: map }))
            .map(BackboneSpec::WiSwiss)
    }
}
