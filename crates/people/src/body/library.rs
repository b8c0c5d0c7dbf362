//! Body models that were read before: a scene draws many people of one file, and SMPL-X's has 100 MB.

use super::error::BodyError;
use super::model::BodyModel;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::SystemTime;

/// A cache of pure values: a model stands under its file's full path with the file's length and time of change, and is read again
/// when these are others.
static MODELS: LazyLock<Mutex<Models>> = LazyLock::new(Mutex::default);
static CC0: LazyLock<Arc<BodyModel>> = LazyLock::new(|| Arc::new(BodyModel::cc0().clone()));

type Models = BTreeMap<PathBuf, (Stamp, Arc<BodyModel>)>;

/// Length of a file, bytes, and when it was changed last.
type Stamp = (u64, Option<SystemTime>);

/// The model in a file, read at its first use in this process and again when the file has changed.
pub fn model(path: &Path) -> Result<Arc<BodyModel>, BodyError> {
    // The lock is held while a file is read, so that threads that want the same one wait for it.
    let mut models = MODELS.lock().unwrap_or_else(PoisonError::into_inner);
    // What cannot be asked cannot be read either, and the reader says why.
    let (Ok(place), Ok(about)) = (path.canonicalize(), path.metadata()) else {
        return BodyModel::read(path).map(Arc::new);
    };
    let stamp = (about.len(), about.modified().ok());
    if let Some((_, model)) = models.get(&place).filter(|(known, _)| *known == stamp) {
        return Ok(model.clone());
    }
    let model = Arc::new(BodyModel::read(path)?);
    models.insert(place, (stamp, model.clone()));
    Ok(model)
}

/// The body that comes with the program.
pub fn cc0() -> Arc<BodyModel> {
    CC0.clone()
}
