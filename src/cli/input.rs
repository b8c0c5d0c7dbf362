//! What several commands take: YAML files with `--set`, and output folders.

use super::kinds::{FileKind, foreign, shipped};
use crate::base::names::there_are;
use crate::base::yaml::{Document, YamlError};
use crate::corpus::ImportError;
use anyhow::{Context, anyhow, bail};
use clap::Args;
use std::path::{Path, PathBuf};

/// Changes to settings from the command line.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Values {
    /// Change a value of the file: KEY.KEY=VALUE. May be given again and again.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
}

impl Values {
    /// Reads settings and applies the changes; without a file they begin with the defaults.
    pub(super) fn read(&self, path: Option<&Path>) -> anyhow::Result<Document> {
        match path {
            Some(path) => {
                shipped::install();
                self.apply(Document::read(path)?.resolved()?)
            }
            None => self.apply(Document::parse("{}", "default settings".as_ref())?),
        }
    }

    /// Applies the changes to a document.
    pub(super) fn apply(&self, mut document: Document) -> anyhow::Result<Document> {
        for assignment in &self.set {
            document.set(assignment)?;
        }
        Ok(document)
    }
}

/// What an import found wrong, located where it is a setting.
pub(super) fn located(error: ImportError, document: &Document) -> anyhow::Error {
    match error {
        ImportError::Config(problems) => document.rejected(problems).into(),
        other => other.into(),
    }
}

/// A file as it was named, or that of this name which comes with the program.
fn read(path: &Path, kind: FileKind) -> anyhow::Result<Document> {
    shipped::install();
    let named = [path.to_owned(), Path::new(kind.folder()).join(format!("{}.yaml", path.display()))];
    let plain = path.components().count() == 1 && path.extension().is_none();
    let path = if plain && !path.is_file() { &named[1] } else { &named[0] };
    if let Some(what) = std::fs::read_to_string(path).ok().as_deref().and_then(foreign) {
        bail!("{} {what}", path.display());
    }
    Document::read(path).map_err(|error| match error {
        YamlError::Read { source, .. } if plain && source.kind() == std::io::ErrorKind::NotFound => {
            let names: Vec<&str> = shipped::of_folder(kind.folder()).map(|(name, _)| name).collect();
            let name = named[0].display();
            anyhow!(
                "there is no file `{name}`, and none of this name comes with the program: {}",
                there_are(&name.to_string(), &names)
            )
        }
        error => error.into(),
    })
}

/// Changes to a YAML file that has a seed.
#[derive(Args, Clone, Debug, Default)]
pub struct Changes {
    #[command(flatten)]
    values: Values,
    /// Replace the seed of the file; a list of seeds becomes this one.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

impl Changes {
    /// Changes as they are typed behind `--set` (`a.b=3`) and `--seed`.
    pub fn new(set: Vec<String>, seed: Option<u64>) -> Self {
        Self { values: Values { set }, seed }
    }

    /// Reads a file of a kind, one that comes with the program by its name, or standard input (`-`), and applies the changes.
    ///
    /// # Errors
    /// A file that cannot be read, that is no YAML or of another kind, and changes that do not fit.
    pub fn read(&self, path: &Path, seed_key: &str, kind: FileKind) -> anyhow::Result<Document> {
        match path == Path::new("-") {
            true => self.take(&std::io::read_to_string(std::io::stdin())?, "standard input".as_ref(), seed_key, kind),
            false => self.checked(read(path, kind)?, seed_key, kind),
        }
    }

    /// The same of a text that is called `origin` in errors.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn take(&self, text: &str, origin: &Path, seed_key: &str, kind: FileKind) -> anyhow::Result<Document> {
        self.checked(Document::parse(text, origin)?, seed_key, kind)
    }

    fn checked(&self, document: Document, seed_key: &str, kind: FileKind) -> anyhow::Result<Document> {
        let origin = document.origin().to_owned();
        let document = document.resolved()?;
        kind.expect(&document, &origin)?;
        self.apply(document, seed_key)
    }

    /// Applies the changes to a document.
    pub(super) fn apply(&self, document: Document, seed_key: &str) -> anyhow::Result<Document> {
        let mut document = self.values.apply(document)?;
        if let Some(seed) = self.seed {
            let list = document.value_of(seed_key).is_some_and(serde_yaml::Value::is_sequence);
            document.set(&if list { format!("{seed_key}=[{seed}]") } else { format!("{seed_key}={seed}") })?;
        }
        Ok(document)
    }
}

/// The folder that a run writes to: the one asked for, which must be new or empty, or a new one under `runs/`.
pub(super) fn output_folder(asked: Option<&Path>, name: &str) -> anyhow::Result<PathBuf> {
    let folder = match asked {
        Some(folder) => folder.to_owned(),
        None => (1..)
            .map(|i| Path::new("runs").join(format!("{name}-{i:03}")))
            .find(|p| !p.exists())
            .unwrap_or_else(|| Path::new("runs").join(name)),
    };
    match std::fs::read_dir(&folder).map(|mut entries| entries.next().is_some()) {
        Ok(true) => bail!("{} is not empty: name a new folder with -o", folder.display()),
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            return Err(e).with_context(|| format!("cannot use {} as the output folder", folder.display()));
        }
        _ => {}
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    Ok(folder)
}
