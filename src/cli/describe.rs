//! `kinecho describe`: the five attribute sentences of a label.

use super::{Global, print_line};
use crate::text::{ATTRIBUTES, Vocabulary, describe};
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

/// Arguments of `kinecho describe`.
#[derive(Args)]
pub(super) struct DescribeArgs {
    /// The labels, for example "making a phone call".
    #[arg(required = true)]
    labels: Vec<String>,
}

/// Prints the sentences of the vocabulary where it knows a label, else those of the offline describer.
pub(super) fn run(args: &DescribeArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let vocabulary = Vocabulary::builtin();
    let mut described = Vec::new();
    for label in &args.labels {
        let (activity, from) = match vocabulary.by_label(label).or_else(|| vocabulary.get(label)) {
            Some(known) => (known.clone(), "vocabulary"),
            None => (describe(label)?.into_activity(), "describer"),
        };
        described.push(json!({"label": label, "from": from, "text": ATTRIBUTES.iter().zip(&activity.text).collect::<std::collections::BTreeMap<_, _>>()}));
        if !global.json {
            print_line(&format!("{label} ({from})"))?;
            for (attribute, sentence) in ATTRIBUTES.iter().zip(&activity.text) {
                print_line(&format!("  {attribute:<9} {sentence}"))?;
            }
        }
    }
    if global.json {
        print_line(&serde_json::to_string_pretty(&described)?)?;
    }
    Ok(ExitCode::SUCCESS)
}
