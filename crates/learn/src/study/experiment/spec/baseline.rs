//! Which supervised model stands beside the questions by text: what labels alone bring, without sentences and without simulation before them.

use crate::base::yaml::Problem;
use crate::model::ModelError;
use crate::model::classifier::ClassifierConfig;
use crate::model::interface::ViewInfo;
use crate::model::system::ModelSpec;
use crate::train::{Schedule, TrainConfig};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;
use std::fmt;

/// Which model, and how it learns. As typed: `classifier`, or the two.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Baseline {
    /// A classifier; views and classes follow from the data.
    pub model: ModelSpec,
    /// How it learns.
    pub train: TrainConfig,
}

impl JsonSchema for Baseline {
    fn schema_name() -> Cow<'static, str> {
        "Baseline".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "`classifier`, or `model` and `train`.",
            "anyOf": [{"const": "classifier"}, generator.subschema_for::<Full>()],
        })
    }
}

impl Default for Baseline {
    fn default() -> Self {
        let train =
            TrainConfig { steps: 300, learning_rate: 1e-3, schedule: Schedule::Cosine, ..TrainConfig::default() };
        Self { model: ClassifierConfig::default().into(), train }
    }
}

impl<'de> Deserialize<'de> for Baseline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Typed)
    }
}

struct Typed;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Full {
    model: Option<ModelSpec>,
    train: Option<TrainConfig>,
}

impl<'de> Visitor<'de> for Typed {
    type Value = Baseline;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`classifier`, or `model` and `train`")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Baseline, E> {
        match name {
            "classifier" => Ok(Baseline::default()),
            other => Err(E::custom(format!("`{other}` is no baseline: expected classifier, or `model` and `train`"))),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Baseline, A::Error> {
        let Full { model, train } = Full::deserialize(MapAccessDeserializer::new(map))?;
        let default = Baseline::default();
        Ok(Baseline { model: model.unwrap_or(default.model), train: train.unwrap_or(default.train) })
    }
}

impl Baseline {
    /// Refuses views that the data do not have.
    pub(in crate::study::experiment) fn check_views(&self, views: &[ViewInfo]) -> Result<(), ModelError> {
        let classes = match &self.model {
            ModelSpec::Classifier(config) if config.classes > 0 => config.classes,
            // Whatever the labels come to.
            _ => 2,
        };
        self.model.clone().fitted(views, classes).map(drop)
    }

    /// All that is wrong with it.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong = |key: &str, message: &str| problems.push(Problem::new(key, message));
        if !matches!(self.model, ModelSpec::Classifier(_)) {
            wrong("model", "compares with sentences: a baseline is a classifier");
        }
        if self.train.seed != 0 {
            wrong("train.seed", "the `seeds` of the experiment decide: leave it out");
        }
        if self.train.augment.mmclip_loader.is_some() {
            wrong("train.augment.mmclip_loader", super::NO_CROPS);
        }
        if self.train.early_stopping.is_some() {
            wrong("train.early_stopping", "a baseline has no validation set: leave it out");
        }
        problems.extend(self.model.check().err().map(|e| e.problem().under("model.classifier")));
        problems.extend(self.train.check().err().map(|e| e.problem().under("train")));
        problems
    }
}
