//! Which command a settings file is for: what is said to somebody who gave it to another one.

pub(super) mod shipped;

use crate::base::yaml::Document;
use std::path::Path;

/// Kinds of settings files that commands take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Of `simulate`.
    Scene,
    /// Of `corpus build`.
    Recipe,
    /// Of `run`.
    Experiment,
    /// Of `pretrain` and `finetune`.
    Training,
    /// Of `evaluate`.
    Questions,
}

/// Keys that only one kind has at the root, the command that takes it, and what it is called.
const KINDS: [(FileKind, &[&str], &str, &str); 5] = [
    (FileKind::Experiment, &["evaluations", "pretrain", "transfers"], "an experiment", "run"),
    (FileKind::Training, &["sources", "train"], "a training job", "pretrain"),
    (FileKind::Questions, &["checkpoint", "text_scoring"], "questions to a checkpoint", "evaluate"),
    (
        FileKind::Recipe,
        &["subjects", "repetitions", "samples_per_shard", "splits"],
        "a recipe of a corpus",
        "corpus build",
    ),
    (FileKind::Scene, &["outputs", "scene"], "a scene", "simulate"),
];

impl FileKind {
    /// Folder of those that come with the program.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Scene => "scenes/examples",
            Self::Recipe => "scenes/recipes",
            Self::Experiment => "scenes/experiments",
            Self::Training | Self::Questions => "scenes/training",
        }
    }

    /// What a document is by its keys.
    fn of(document: &Document) -> Option<Self> {
        let has = |keys: &&[&str]| keys.iter().any(|key| document.value_of(key).is_some());
        KINDS.iter().find(|(_, keys, ..)| has(keys)).map(|(kind, ..)| *kind)
    }

    /// An error where a document is of another kind than this.
    pub(super) fn expect(self, document: &Document, path: &Path) -> anyhow::Result<()> {
        let found = Self::of(document).filter(|found| *found != self);
        let told = found.and_then(|found| KINDS.iter().find(|(kind, ..)| *kind == found));
        match told {
            Some((_, _, what, command)) => anyhow::bail!(
                "{} is {what}, which `kinecho {command}` takes; expected {}",
                path.display(),
                KINDS.iter().find(|(kind, ..)| *kind == self).map_or("another file", |(_, _, what, _)| what)
            ),
            None => Ok(()),
        }
    }
}

/// What a text is that is no settings at all, where that is known.
pub(super) fn foreign(text: &str) -> Option<&'static str> {
    const TI: [&str; 4] = ["sensorStop", "profileCfg", "channelCfg", "frameCfg"];
    let first = |line: &str| line.split_whitespace().next().is_some_and(|word| TI.contains(&word));
    text.lines().any(first).then_some(
        "is a .cfg of TI's mmWave SDK: it describes a radar; a scene names it, `radar: {preset: BOARD, file: FILE.cfg}` \
         (docs/radar_files.md)",
    )
}
