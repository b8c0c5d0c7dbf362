//! What several commands take: YAML files with `--set`, and output folders.

use super::kinds::{FileKind, foreign};
use crate::base::yaml::Document;
use crate::corpus::ImportError;
use anyhow::{Context, bail};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

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
            Some(path) => self.apply(Document::read(&there(path))?.resolved()?),
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

/// Where the files lie that came with an installation.
static SHIPPED: OnceLock<PathBuf> = OnceLock::new();

/// Names the folder of the files that came with an installation, which holds `scenes/`: a path that is not there is then looked for in it.
pub fn ship_from(folder: PathBuf) {
    // A second call would name the same folder: there is one installation.
    let _ = SHIPPED.set(folder);
}

/// A file as it was named, or that of this name which came with the installation.
fn there(path: &Path) -> PathBuf {
    let shipped = SHIPPED.get().filter(|_| path.is_relative() && !path.exists()).map(|folder| folder.join(path));
    shipped.filter(|file| file.is_file()).unwrap_or_else(|| path.to_owned())
}

/// Reads settings; says what a file is that holds none.
fn read(path: &Path) -> anyhow::Result<Document> {
    let path = &there(path);
    if let Some(what) = std::fs::read_to_string(path).ok().as_deref().and_then(foreign) {
        bail!("{} {what}", path.display());
    }
    Ok(Document::read(path)?)
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

    /// Reads a file of a kind, or standard input (`-`), and applies the changes.
    ///
    /// # Errors
    /// A file that cannot be read, that is no YAML or of another kind, and changes that do not fit.
    pub fn read(&self, path: &Path, seed_key: &str, kind: FileKind) -> anyhow::Result<Document> {
        match path == Path::new("-") {
            true => self.take(&std::io::read_to_string(std::io::stdin())?, "standard input".as_ref(), seed_key, kind),
            false => self.checked(read(path)?, seed_key, kind),
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
