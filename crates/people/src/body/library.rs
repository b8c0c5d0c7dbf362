//! Body models that were read before: a scene draws many people of one file, and SMPL-X's has 100 MB.

use super::error::BodyError;
use super::model::BodyModel;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

static MODELS: LazyLock<Mutex<BTreeMap<PathBuf, Arc<BodyModel>>>> = LazyLock::new(Mutex::default);
static CC0: LazyLock<Arc<BodyModel>> = LazyLock::new(|| Arc::new(BodyModel::cc0().clone()));

/// The model in a file, read at its first use in this process.
pub fn model(path: &Path) -> Result<Arc<BodyModel>, BodyError> {
    // The lock is held while a file is read, so that threads that want the same one wait for it.
    let mut models = MODELS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(model) = models.get(path) {
        return Ok(model.clone());
    }
    let model = Arc::new(BodyModel::read(path)?);
    models.insert(path.to_owned(), model.clone());
    Ok(model)
}

/// The body that comes with the program.
pub fn cc0() -> Arc<BodyModel> {
    CC0.clone()
}
