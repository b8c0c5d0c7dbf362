//! The folder of a run: a new one, or that of the same run which was stopped.

use crate::base::atomic_file;
use crate::base::lock::{Hold, Lock};
use crate::study::experiment::error::ExperimentError;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What a run is, `run.json`: only the same goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct RunIdentity {
    kinecho_version: String,
    /// Of `experiment.yaml`.
    experiment_blake3: String,
}

/// A folder that this process alone writes to.
pub(in crate::study) struct RunFolder {
    path: PathBuf,
    lock: Option<Lock>,
    /// Whether a stopped run goes on.
    pub(in crate::study) goes_on: bool,
}

/// What lies in a folder.
enum Found {
    /// Nothing, or nothing but what a run leaves that was stopped before it began.
    Nothing,
    /// The same run, stopped.
    Stopped,
    /// Something else; why it is not used.
    Other(String),
}

const REPORT: &str = "report.html";
const IDENTITY: &str = "run.json";
const LOCK: &str = ".lock";

impl RunFolder {
    /// The folder asked for, or the first of `runs/NAME-001`, … that is new or holds the same experiment (`resolved`), stopped.
    ///
    /// # Errors
    /// The folder asked for holds something else: a run that is finished, that is going on, or that is of other settings.
    pub(in crate::study) fn open(asked: Option<&Path>, name: &str, resolved: &str) -> Result<Self, ExperimentError> {
        let identity = RunIdentity {
            kinecho_version: env!("CARGO_PKG_VERSION").into(),
            experiment_blake3: blake3::hash(resolved.as_bytes()).to_hex().to_string(),
        };
        if let Some(path) = asked {
            return Self::take(path, &identity, resolved)?.map_err(|problem| folder(path, problem));
        }
        let mut number = 1;
        loop {
            let path = Path::new("runs").join(format!("{name}-{number:03}"));
            if let Ok(found) = Self::take(&path, &identity, resolved)? {
                return Ok(found);
            }
            number += 1;
        }
    }

    /// Where it is.
    pub(in crate::study) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the report goes: the last file of a run.
    pub(in crate::study) fn report(&self) -> PathBuf {
        self.path.join(REPORT)
    }

    /// Takes a folder, or says why not.
    fn take(path: &Path, identity: &RunIdentity, resolved: &str) -> Result<Result<Self, String>, ExperimentError> {
        if let Found::Other(problem) = look(path, identity)? {
            return Ok(Err(problem));
        }
        fs::create_dir_all(path).map_err(|source| atomic_file::WriteError { path: path.to_owned(), source })?;
        let Some(lock) = Lock::take(&path.join(LOCK), Hold::Alone)? else {
            return Ok(Err("is where another process runs: wait for it, or end it".into()));
        };
        // Once more: another process may have come and gone before the lock was taken.
        let goes_on = match look(path, identity)? {
            Found::Other(problem) => {
                let _ = lock.remove();
                return Ok(Err(problem));
            }
            Found::Stopped => true,
            Found::Nothing => {
                let text =
                    serde_json::to_vec_pretty(identity).map_err(|e| folder(path, format!("cannot be used: {e}")))?;
                atomic_file::write(&path.join("experiment.yaml"), resolved.as_bytes())?;
                atomic_file::write(&path.join(IDENTITY), &text)?;
                false
            }
        };
        Ok(Ok(Self { path: path.to_owned(), lock: Some(lock), goes_on }))
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        // A lock file that stays after all harms nothing.
        let _ = self.lock.take().map(Lock::remove);
    }
}

fn look(path: &Path, identity: &RunIdentity) -> Result<Found, ExperimentError> {
    let entries = match fs::read_dir(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(e) => return Err(folder(path, format!("cannot be used as the output folder: {e}"))),
        Ok(entries) => entries,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|e| folder(path, format!("cannot be used: {e}")))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    let file = path.join(IDENTITY);
    // Before its first corpus a run leaves nothing that another one could not take the place of.
    let before = |name: &String| name == LOCK || name.starts_with("experiment.yaml") || name.starts_with(IDENTITY);
    let ours = |name: &String| name == LOCK || name == IDENTITY;
    if names.is_empty() || (names.iter().all(before) && names.iter().any(ours)) {
        return Ok(Found::Nothing);
    }
    if !names.iter().any(|name| name == IDENTITY) {
        return Ok(Found::Other("is not empty: name a new folder with -o".into()));
    }
    let text = fs::read_to_string(&file).map_err(|e| folder(&file, format!("cannot be read: {e}")))?;
    let there: RunIdentity = serde_json::from_str(&text).map_err(|e| folder(&file, format!("cannot be read: {e}")))?;
    let other = |what: &str| Ok(Found::Other(format!("{what}: name a new folder with -o")));
    if there.experiment_blake3 != identity.experiment_blake3 {
        return other("holds a run with other settings (experiment.yaml)");
    }
    if there.kinecho_version != identity.kinecho_version {
        let problem = format!("holds a run that kinecho {} began", there.kinecho_version);
        return other(&problem);
    }
    if path.join(REPORT).exists() {
        return other("holds this run, finished (report.html)");
    }
    Ok(Found::Stopped)
}

fn folder(path: &Path, problem: impl Into<String>) -> ExperimentError {
    ExperimentError::Folder { path: path.to_owned(), problem: problem.into() }
}
