//! `finished.json`: a run that is whole, so that who asks for it again gets its checkpoint in place of another training.

use super::state::Identity;
use super::{TrainReport, Trained};
use crate::base::atomic_file::{self, WriteError};
use crate::model::system::InSystem;
use crate::train::checkpoint::{self, Checkpoint};
use crate::train::{TrainConfig, TrainError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    config: TrainConfig,
    base_blake3: String,
    data: BTreeMap<String, String>,
    /// Of the checkpoint.
    weights_blake3: String,
    report: TrainReport,
}

fn file(out_dir: &Path) -> PathBuf {
    out_dir.join("finished.json")
}

/// Whether the run in a folder is whole.
pub(super) fn is_there(out_dir: &Path) -> bool {
    file(out_dir).exists()
}

/// A new run begins.
pub(super) fn remove(out_dir: &Path) -> Result<(), TrainError> {
    match std::fs::remove_file(file(out_dir)) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(WriteError { path: file(out_dir), source }.into()),
        _ => Ok(()),
    }
}

/// The checkpoint is in its place.
pub(super) fn write(
    out_dir: &Path,
    identity: &Identity<'_>,
    weights_blake3: String,
    report: &TrainReport,
) -> Result<(), TrainError> {
    let finished = Record {
        config: identity.config.clone(),
        base_blake3: identity.base_blake3.clone(),
        data: identity.data.clone(),
        weights_blake3,
        report: report.clone(),
    };
    let text = serde_json::to_vec_pretty(&finished)
        .map_err(|e| TrainError::Read { path: file(out_dir), problem: e.to_string() })?;
    Ok(atomic_file::write(&file(out_dir), &text)?)
}

/// What a finished run came to; refuses that of another run, and a checkpoint that is not its own.
pub(super) fn load<M: InSystem>(out_dir: &Path, identity: &Identity<'_>) -> Result<Trained<M>, TrainError> {
    let path = file(out_dir);
    let read = |problem: String| TrainError::Read { path: path.clone(), problem };
    let text = std::fs::read_to_string(&path).map_err(|e| read(e.to_string()))?;
    let finished: Record = serde_json::from_str(&text).map_err(|e| read(e.to_string()))?;
    identity.require(
        &format!("the finished run in {}", out_dir.display()),
        &finished.config,
        &finished.base_blake3,
        &finished.data,
    )?;
    let Checkpoint { model, info } = Checkpoint::load(&checkpoint::folder(out_dir))?;
    if info.weights_blake3 != finished.weights_blake3 {
        return Err(TrainError::mismatch(
            "BLAKE3 of the weights",
            (&path.display().to_string(), finished.weights_blake3),
            ("the checkpoint", info.weights_blake3),
        ));
    }
    Ok(Trained { model: M::from_system(model)?, report: finished.report })
}
