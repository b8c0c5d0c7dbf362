//! `kinecho schema`: JSON Schema of settings files, for editors that complete and check while one types.

use crate::cli::print_line;
use crate::cli::simulate::SimulateFile;
use crate::corpus::{ImportConfig, Recipe};
use clap::{Args, ValueEnum};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Arguments of `kinecho schema`.
#[derive(Args)]
pub(in crate::cli) struct SchemaArgs {
    /// Of which files.
    #[arg(value_enum)]
    kind: SchemaKind,
}

/// Kinds of files that have a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum SchemaKind {
    /// Of `simulate`.
    Scene,
    /// Of `corpus build`.
    Recipe,
    /// Of `run`: simulate, pre-train, adapt, ask.
    #[cfg(feature = "learn")]
    #[value(alias = "experiment")]
    Study,
    /// Of `run`: pre-training without labels and what it brings.
    #[cfg(feature = "learn")]
    Pretraining,
    /// Of `run`: from scenes with labels to scenes without.
    #[cfg(feature = "learn")]
    Transfer,
    /// Of `run`: which beam of a base station is the best.
    #[cfg(feature = "learn")]
    Beams,
    /// Of `pretrain` and `finetune`.
    #[cfg(feature = "learn")]
    Training,
    /// Of `evaluate`.
    #[cfg(feature = "learn")]
    Questions,
    /// Of `import --config`.
    Import,
}

impl SchemaKind {
    /// As it is typed.
    pub(in crate::cli) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// The schema, draft 07, which editors know.
    pub(in crate::cli) fn schema(self) -> Value {
        let schema = match self {
            Self::Scene => of::<SimulateFile>(),
            Self::Recipe => of::<Recipe>(),
            #[cfg(feature = "learn")]
            Self::Study => of::<crate::study::experiment::Experiment>(),
            #[cfg(feature = "learn")]
            Self::Pretraining => of::<crate::study::pretraining::PretrainingStudy>(),
            #[cfg(feature = "learn")]
            Self::Transfer => of::<crate::study::transfer::TransferStudy>(),
            #[cfg(feature = "learn")]
            Self::Beams => of::<crate::study::beams::BeamStudy>(),
            #[cfg(feature = "learn")]
            Self::Training => of::<crate::study::job::TrainJob>(),
            #[cfg(feature = "learn")]
            Self::Questions => of::<crate::study::job::EvaluateJob>(),
            Self::Import => of::<ImportConfig>(),
        };
        based(schema)
    }
}

fn of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft07().into_generator().into_root_schema_for::<T>()
}

/// In YAML a variant with content is typed with a tag, `!lora {r: 8}`, which editors take for its content alone: that is admitted beside `{lora: {r: 8}}`.
fn with_tags(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.values_mut().for_each(with_tags);
            for key in ["oneOf", "anyOf"] {
                let branches = map.get_mut(key).and_then(Value::as_array_mut);
                let mut tagged = false;
                for branch in branches.into_iter().flatten() {
                    if let Some(content) = content(branch) {
                        tagged = true;
                        *branch = json!({"anyOf": [branch.take(), content]});
                    }
                }
                // Contents of two variants may look alike.
                if tagged && let Some(branches) = map.remove(key) {
                    map.insert("anyOf".into(), branches);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(with_tags),
        _ => {}
    }
}

/// The content of a variant: the one key that it has and must have.
fn content(branch: &Value) -> Option<Value> {
    let properties = branch["properties"].as_object().filter(|keys| keys.len() == 1)?;
    let (name, content) = properties.iter().next()?;
    let needed = branch["required"] == json!([name]) && branch["additionalProperties"] == false;
    let is_word = content.get("const").is_some() || content.get("enum").is_some();
    (needed && !is_word).then(|| content.clone())
}

/// A file may also be another one with changes (`based_on`, `set`).
fn based(schema: Schema) -> Value {
    let mut whole = schema.to_value();
    with_tags(&mut whole);
    let taken =
        ["$schema", "definitions", "title"].map(|key| (key, whole.as_object_mut().and_then(|map| map.remove(key))));
    let other = json!({
        "type": "object",
        "properties": {
            "based_on": {"type": "string", "description": "Another file, relative to this one, for which this one stands."},
            "set": {"type": "object", "description": "Dotted keys of the other file, and the values that replace theirs."},
        },
        "additionalProperties": false,
    });
    let mut out = json!({"if": {"required": ["based_on"]}, "then": other, "else": whole});
    for (key, value) in taken {
        if let Some(value) = value {
            out[key] = value;
        }
    }
    out
}

/// The words of a plain enum and what each means.
pub(in crate::cli) fn variants<T: JsonSchema>() -> Vec<(String, String)> {
    let schema = of::<T>().to_value();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut out = Vec::new();
    for one in schema["oneOf"].as_array().into_iter().flatten() {
        let about = text(&one["description"]).replace('\n', " ");
        match &one["const"] {
            Value::String(name) => out.push((name.clone(), about)),
            _ => out.extend(one["enum"].as_array().into_iter().flatten().map(|name| (text(name), about.clone()))),
        }
    }
    out
}

/// Prints a schema.
pub(in crate::cli) fn run(args: &SchemaArgs) -> anyhow::Result<ExitCode> {
    print_line(&serde_json::to_string_pretty(&args.kind.schema())?)?;
    Ok(ExitCode::SUCCESS)
}
