//! The messages that a label is asked with: instructions, examples, the label.

use super::error::LlmError;
use crate::text::ATTRIBUTES;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::Path;

const BUILTIN: &str = include_str!("../../../../../prompts/describer.yaml");

/// Instructions and examples, as typed in `prompts/describer.yaml`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    version: u32,
    system: String,
    /// With `{label}` in it.
    question: String,
    examples: Vec<Example>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    label: String,
    general: String,
    torso: String,
    arms: String,
    legs: String,
    location: String,
}

impl Template {
    /// The template that ships with the program.
    pub fn builtin() -> Result<Self, LlmError> {
        Self::parse(BUILTIN, Path::new("prompts/describer.yaml"))
    }

    /// Reads a template of the user.
    pub fn read(path: &Path) -> Result<Self, LlmError> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| LlmError::File { path: path.to_owned(), problem: format!("cannot be read: {e}") })?;
        Self::parse(&text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, LlmError> {
        let wrong = |problem: String| LlmError::File { path: path.to_owned(), problem };
        let template: Self = serde_yaml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        if template.version != 1 {
            return Err(wrong(format!("version {}; this program reads version 1", template.version)));
        }
        if !template.question.contains("{label}") {
            return Err(wrong("`question` has no {label} in it".into()));
        }
        Ok(template)
    }

    /// The messages for a label, in the form of chat completions.
    pub(super) fn messages(&self, label: &str) -> Vec<Value> {
        let ask = |label: &str| json!({"role": "user", "content": self.question.replace("{label}", label)});
        let mut messages = vec![json!({"role": "system", "content": self.system.trim()})];
        for e in &self.examples {
            // Written by hand, since a map would sort the keys, and models imitate the order that they see.
            let sentences = [&e.general, &e.torso, &e.arms, &e.legs, &e.location];
            let pairs: Vec<String> =
                ATTRIBUTES.iter().zip(sentences).map(|(name, s)| format!("{}: {}", json!(name), json!(s))).collect();
            messages.push(ask(&e.label));
            messages.push(json!({"role": "assistant", "content": format!("{{{}}}", pairs.join(", "))}));
        }
        messages.push(ask(label));
        messages
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_examples_are_answers_that_would_be_accepted() {
        let messages = Template::builtin().unwrap().messages("juggle");
        assert!(messages.len() >= 6);
        for message in messages.iter().filter(|m| m["role"] == "assistant") {
            super::super::answer::parse(message["content"].as_str().unwrap()).unwrap();
        }
        assert!(messages.last().unwrap()["content"].as_str().unwrap().contains("juggle"));
    }

    #[test]
    fn broken_templates_are_named() {
        let at = |text: &str| Template::parse(text, "own.yaml".as_ref()).unwrap_err().to_string();
        assert!(at("version: 1\nsystem: s\nquestion: q\nexamples: []").contains("{label}"));
        assert!(at("version: 1\nsystm: s").contains("systm"));
        assert!(at(&BUILTIN.replacen("version: 1", "version: 3", 1)).contains("version 3"));
    }
}
