//! The systems by name. A new one is its folder and one line at the end of this file.

use super::ModelError;
use super::beam::{BeamConfig, BeamModel};
use super::classifier::{Classifier, ClassifierConfig};
use super::cross_scene::{CrossScene, CrossSceneConfig};
use super::interface::{Batch, Model, Outputs, SentenceInput, TaskKind, ViewForm, ViewInfo};
use super::linear::{Linear, Pass};
use super::mmclip::{MmClip, MmClipConfig};
use super::rfusion::{RFusion, RFusionConfig};
use super::wiswiss::{WiSwiss, WiSwissConfig};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// A model that is one of the systems, or any of them: what checkpoints need to know besides [`Model`].
pub trait InSystem: Model + Into<System> {
    /// What it is made of.
    fn spec(&self) -> ModelSpec;

    /// The model of a system, or that it is another one's.
    fn from_system(system: System) -> Result<Self, ModelError>;
}

macro_rules! systems {
    ($($variant:ident($model:ty, $config:ty) = $name:literal,)*) => {
        /// The network of any system.
        #[derive(Module, Debug)]
        #[allow(clippy::large_enum_variant, missing_docs, reason = "one at a time; the variants are the systems")]
        pub enum System {
            $($variant($model),)*
        }

        /// What a model is made of. As typed: `{SYSTEM: {…}}`, or the settings of mmCLIP alone.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "the variants are the systems")]
        pub enum ModelSpec {
            $($variant($config),)*
        }

        /// Names of the systems, as files have them.
        pub const SYSTEMS: &[&str] = &[$($name,)*];

        impl ModelSpec {
            /// Name of the system.
            pub fn system(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)*
                }
            }

            /// A model with initial weights that depend on the seed only.
            pub fn init(&self, seed: u64) -> Result<System, ModelError> {
                match self {
                    $(Self::$variant(config) => Ok(<$model>::new(config, seed)?.into()),)*
                }
            }

            /// Every setting inside its range, or the first that is not.
            pub fn check(&self) -> Result<(), ModelError> {
                match self {
                    $(Self::$variant(config) => config.check(),)*
                }
            }

            /// Fills in what follows from the data: the views that there are and the number of classes.
            pub fn fitted(self, views: &[ViewInfo], classes: usize) -> Result<Self, ModelError> {
                match self {
                    $(Self::$variant(config) => Ok(Self::$variant(config.fitted(views, classes)?)),)*
                }
            }

            fn read<'de, A: MapAccess<'de>>(system: &str, map: &mut A) -> Option<Result<Self, A::Error>> {
                match system {
                    $($name => Some(map.next_value().map(Self::$variant)),)*
                    _ => None,
                }
            }
        }

        impl JsonSchema for ModelSpec {
            fn schema_name() -> Cow<'static, str> {
                "ModelSpec".into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let of_system = |name: &str, config: Schema| {
                    json_schema!({"type": "object", "properties": {name: config}, "required": [name], "additionalProperties": false})
                };
                let mut forms = vec![$(of_system($name, generator.subschema_for::<$config>()),)*];
                forms.push(generator.subschema_for::<MmClipConfig>());
                json_schema!({"description": "A system with its settings, or the settings of mmclip.", "anyOf": forms})
            }
        }

        impl Serialize for ModelSpec {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(config) => serializer.collect_map([($name, config)]),)*
                }
            }
        }

        $(systems!(@one $variant($model, $config) = $name);)*

        impl Model for System {
            fn inputs(&self) -> Vec<ViewInfo> {
                match self { $(Self::$variant(m) => m.inputs(),)* }
            }

            fn forward(&self, batch: &Batch, pass: &Pass) -> Outputs {
                match self { $(Self::$variant(m) => m.forward(batch, pass),)* }
            }

            fn joined(&self, outputs: Outputs) -> Outputs {
                match self { $(Self::$variant(m) => m.joined(outputs),)* }
            }

            fn followed(&self, outputs: &Outputs) -> Vec<(String, Vec<f32>)> {
                match self { $(Self::$variant(m) => m.followed(outputs),)* }
            }

            fn sentence_outputs(&self, vectors: Tensor<3>, pass: &Pass) -> Outputs {
                match self { $(Self::$variant(m) => m.sentence_outputs(vectors, pass),)* }
            }

            fn scalars(&self) -> Vec<(&'static str, Tensor<1>)> {
                match self { $(Self::$variant(m) => m.scalars(),)* }
            }

            fn task(&self) -> TaskKind {
                match self { $(Self::$variant(m) => m.task(),)* }
            }

            fn sentences(&self) -> Option<SentenceInput> {
                match self { $(Self::$variant(m) => m.sentences(),)* }
            }

            fn takes_absent_views(&self) -> bool {
                match self { $(Self::$variant(m) => m.takes_absent_views(),)* }
            }

            fn view_sets(&self) -> Option<Vec<Vec<bool>>> {
                match self { $(Self::$variant(m) => m.view_sets(),)* }
            }

            fn takes_any_shape(&self) -> bool {
                match self { $(Self::$variant(m) => m.takes_any_shape(),)* }
            }

            fn normalises_power(&self) -> bool {
                match self { $(Self::$variant(m) => m.normalises_power(),)* }
            }

            fn misfit(&self, form: &ViewForm) -> Option<String> {
                match self { $(Self::$variant(m) => m.misfit(form),)* }
            }

            fn bounds(&self, parameter: &str) -> Option<(f32, f32)> {
                match self { $(Self::$variant(m) => m.bounds(parameter),)* }
            }

            fn figures(&self) -> BTreeMap<String, f64> {
                match self { $(Self::$variant(m) => m.figures(),)* }
            }

            fn counts(&self) -> BTreeMap<String, usize> {
                match self { $(Self::$variant(m) => m.counts(),)* }
            }

            fn for_each_linear(&mut self, act: &mut dyn FnMut(&str, &mut Linear)) {
                match self { $(Self::$variant(m) => m.for_each_linear(act),)* }
            }

            fn device(&self) -> Device {
                match self { $(Self::$variant(m) => m.device(),)* }
            }

        }

        impl InSystem for System {
            fn spec(&self) -> ModelSpec {
                match self { $(Self::$variant(m) => m.config().clone().into(),)* }
            }

            fn from_system(system: System) -> Result<Self, ModelError> {
                Ok(system)
            }
        }
    };
    (@one $variant:ident($model:ty, $config:ty) = $name:literal) => {
        impl From<$model> for System {
            fn from(model: $model) -> Self {
                Self::$variant(model)
            }
        }

        impl From<$config> for ModelSpec {
            fn from(config: $config) -> Self {
                Self::$variant(config)
            }
        }

        impl InSystem for $model {
            fn spec(&self) -> ModelSpec {
                self.config().clone().into()
            }

            #[allow(unreachable_patterns, reason = "in a house of one system")]
            fn from_system(system: System) -> Result<Self, ModelError> {
                match system {
                    System::$variant(model) => Ok(model),
                    other => Err(ModelError::OtherSystem { found: other.name(), wanted: $name }),
                }
            }
        }
    };
}

systems! {
    MmClip(MmClip, MmClipConfig) = "mmclip",
    Classifier(Classifier, ClassifierConfig) = "classifier",
    WiSwiss(WiSwiss, WiSwissConfig) = "wiswiss",
    RFusion(RFusion, RFusionConfig) = "rfusion",
    Beam(BeamModel, BeamConfig) = "beam",
    CrossScene(CrossScene, CrossSceneConfig) = "cross_scene",
}

impl System {
    /// Name of the system.
    pub fn name(&self) -> &'static str {
        self.spec().system()
    }

    /// mmCLIP, for what only it can do; other systems are refused by name.
    pub fn into_mmclip(self) -> Result<MmClip, ModelError> {
        MmClip::from_system(self)
    }
}

impl<'de> Deserialize<'de> for ModelSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SpecVisitor)
    }
}

struct SpecVisitor;

impl<'de> Visitor<'de> for SpecVisitor {
    type Value = ModelSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {} with its settings, or the settings of mmclip", SYSTEMS.join(", "))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ModelSpec, A::Error> {
        let Some(first) = map.next_key::<String>()? else { return Ok(MmClipConfig::default().into()) };
        if let Some(spec) = ModelSpec::read(&first, &mut map) {
            let spec = spec?;
            return match map.next_key::<String>()? {
                Some(more) => Err(A::Error::custom(format!("`{more}` beside `{first}`: a model is of one system"))),
                None => Ok(spec),
            };
        }
        MmClipConfig::deserialize(MapAccessDeserializer::new(FromFirst { first: Some(first), rest: map }))
            .map(Into::into)
    }
}

/// A map whose first key has been looked at already.
pub(crate) struct FromFirst<A> {
    pub(crate) first: Option<String>,
    pub(crate) rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for FromFirst<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(first) => {
                let key: StringDeserializer<A::Error> = first.into_deserializer();
                seed.deserialize(key).map(Some)
            }
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }
}
