//! `kinecho describe`: the five attribute sentences of a label.

use super::{Global, print_line, tell};
use crate::text::{ATTRIBUTES, Description, Grounds, Vocabulary, describe};
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

/// Arguments of `kinecho describe`.
#[derive(Args)]
pub(super) struct DescribeArgs {
    /// The labels, for example "making a phone call".
    #[arg(required = true)]
    labels: Vec<String>,
    #[cfg(feature = "llm")]
    #[command(flatten)]
    llm: LlmArgs,
}

/// A language model that describes in place of the rules.
#[cfg(feature = "llm")]
#[derive(Args)]
struct LlmArgs {
    /// Ask a language model: base of an OpenAI-compatible endpoint, for example http://localhost:8000/v1.
    #[arg(long, value_name = "URL", requires = "llm_model")]
    llm_url: Option<String>,
    /// Name of the model there.
    #[arg(long, value_name = "NAME", requires = "llm_url")]
    llm_model: Option<String>,
    /// Environment variable that holds the key, where the endpoint wants one.
    #[arg(long, value_name = "VARIABLE")]
    llm_key_env: Option<String>,
    /// Folder of answers: those that are there are used (edit them as you like), new ones are added.
    #[arg(long, value_name = "DIR", default_value = "descriptions")]
    llm_cache: std::path::PathBuf,
    /// Instructions and examples in place of the built-in ones.
    #[arg(long, value_name = "FILE")]
    llm_template: Option<std::path::PathBuf>,
    /// Seconds for one attempt.
    #[arg(long, value_name = "S", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600))]
    llm_timeout_s: u64,
    /// Further attempts after the first.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(0..=20))]
    llm_retries: u32,
    /// Longest pause, seconds, that the server may ask for (Retry-After); one that asks for a longer one is given up at once.
    #[arg(long, value_name = "S", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(0..=604_800))]
    llm_wait_s: u64,
}

#[cfg(feature = "llm")]
impl LlmArgs {
    fn describer(&self) -> anyhow::Result<Option<crate::text::llm::LlmDescriber>> {
        use crate::text::llm::{AnswerCache, LlmDescriber, LlmSettings, Template};
        use anyhow::Context;
        let (Some(url), Some(model)) = (&self.llm_url, &self.llm_model) else { return Ok(None) };
        let variable = |name: &String| std::env::var(name).with_context(|| format!("--llm-key-env {name}"));
        let settings = LlmSettings {
            key: self.llm_key_env.as_ref().map(variable).transpose()?,
            timeout: std::time::Duration::from_secs(self.llm_timeout_s),
            retries: self.llm_retries,
            longest_wait: std::time::Duration::from_secs(self.llm_wait_s),
            ..LlmSettings::new(url, model)
        };
        let template = match &self.llm_template {
            Some(path) => Template::read(path)?,
            None => Template::builtin()?,
        };
        Ok(Some(LlmDescriber::new(settings, template, AnswerCache::new(&self.llm_cache))?))
    }
}

/// Prints the sentences of the vocabulary where it knows a label, else those of the describer.
pub(super) fn run(args: &DescribeArgs, global: &Global) -> anyhow::Result<ExitCode> {
    #[cfg(feature = "llm")]
    let by_model = args.llm.describer()?;
    let describe_one = |label: &str| -> anyhow::Result<(Description, &'static str)> {
        #[cfg(feature = "llm")]
        if let Some(describer) = &by_model {
            return Ok((describer.describe(label)?, "language model"));
        }
        Ok((describe(label)?, "describer"))
    };
    let vocabulary = Vocabulary::with_data_sets();
    let mut described = Vec::new();
    for label in &args.labels {
        let known = vocabulary.by_label(label).or_else(|| vocabulary.get(label));
        let (text, from, grounds, warning) = match known {
            Some(known) => (known.text.clone(), "vocabulary", Grounds::written(), None),
            None => {
                let (described, from) = describe_one(label)?;
                let warning = described.warning();
                (described.text, from, described.grounds, warning)
            }
        };
        described.push(json!({"label": label, "from": from, "grounds": grounds, "warning": warning, "text": ATTRIBUTES.iter().zip(&text).collect::<std::collections::BTreeMap<_, _>>()}));
        if !global.json {
            let certainty = serde_json::to_value(grounds.certainty)?;
            print_line(&format!("{label} ({from}, {})", certainty.as_str().unwrap_or_default()))?;
            for (attribute, sentence) in ATTRIBUTES.iter().zip(&text) {
                print_line(&format!("  {attribute:<9} {sentence}"))?;
            }
            if let Some(warning) = warning {
                tell(&format!("warning: {warning}"));
            }
        }
    }
    if global.json {
        print_line(&serde_json::to_string_pretty(&described)?)?;
    }
    Ok(ExitCode::SUCCESS)
}
