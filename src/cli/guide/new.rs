//! `kinecho new`: a settings file to begin with, and its schema for editors.

use super::schema::SchemaKind;
use crate::base::atomic_file;
use crate::cli::{Global, print_line};
use anyhow::bail;
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `kinecho new`.
#[derive(Args)]
pub(in crate::cli) struct NewArgs {
    /// What the file is for.
    #[arg(value_enum)]
    kind: SchemaKind,
    /// Name of the file; `.yaml` is added where it is missing.
    name: PathBuf,
}

/// A text with comments for a kind, and the command that takes it.
fn template(kind: SchemaKind) -> Option<(&'static str, &'static str)> {
    match kind {
        SchemaKind::Scene => Some((include_str!("templates/scene.yaml"), "simulate")),
        SchemaKind::Recipe => Some((include_str!("templates/recipe.yaml"), "corpus build")),
        #[cfg(feature = "learn")]
        SchemaKind::Study => Some((include_str!("templates/study.yaml"), "run")),
        #[cfg(feature = "learn")]
        SchemaKind::Training => Some((include_str!("templates/training.yaml"), "pretrain")),
        #[cfg(feature = "learn")]
        SchemaKind::Pretraining | SchemaKind::Transfer | SchemaKind::Beams | SchemaKind::Questions => None,
        SchemaKind::Import => None,
    }
}

/// Writes a new file and its schema beside it.
pub(in crate::cli) fn run(args: &NewArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let Some((text, command)) = template(args.kind) else {
        bail!("there is no template of `{}`; there are scene, recipe, study, training", args.kind.name())
    };
    let is_yaml = args.name.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
    let file = if is_yaml { args.name.clone() } else { PathBuf::from(format!("{}.yaml", args.name.display())) };
    if file.exists() {
        bail!("{} is there already: name a new file", file.display());
    }
    let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || "-_ .".contains(c)) {
        bail!("`{name}`: expected a name of letters, digits, -, _ and .");
    }
    let schema = format!("{}.schema.json", args.kind.name());
    let beside = file.parent().unwrap_or(Path::new(""));
    let text = format!("# yaml-language-server: $schema={schema}\n{}", text.replace("NAME", &name));
    atomic_file::write(&beside.join(&schema), serde_json::to_string_pretty(&args.kind.schema())?.as_bytes())?;
    atomic_file::write(&file, text.as_bytes())?;
    let next = format!("kinecho {command} {} --dry-run", file.display());
    print_line(&if global.json {
        json!({"file": file, "schema": beside.join(&schema), "next": next}).to_string()
    } else {
        format!("{} and {} are written; next: {next}", file.display(), beside.join(&schema).display())
    })?;
    Ok(ExitCode::SUCCESS)
}
