//! One phase of a study: a model learns on samples, once, however often the study is stopped and taken up.

use crate::base::atomic_file::WriteError;
use crate::base::progress::Progress;
use crate::model::system::InSystem;
use crate::train::{TrainConfig, TrainData, TrainError, Trained, resume, train};
use std::path::Path;

/// Minutes between states where the settings name no rhythm: what a study that is stopped loses at most.
const MINUTES: f64 = 5.0;

/// From · on · train.
pub(super) struct Phase<'a, M> {
    /// The model that it begins with.
    pub(super) from: M,
    /// What it learns from.
    pub(super) on: TrainData<'a>,
    /// How it learns.
    pub(super) train: TrainConfig,
}

impl<M: InSystem> Phase<'_, M> {
    /// Trains in `dir`; goes on from the last state there, and reads the checkpoint of a phase that is finished. Both are held
    /// against this phase: what other settings or samples left, and what is damaged, is refused by name.
    pub(super) fn run(self, dir: &Path, progress: &dyn Progress) -> Result<Trained<M>, TrainError> {
        let mut config = self.train;
        if config.checkpoint_every == 0 && config.checkpoint_minutes == 0.0 {
            config.checkpoint_minutes = MINUTES;
        }
        let left_something = ["finished.json", "resume", "resume.old"].iter().any(|name| dir.join(name).exists());
        if left_something {
            return resume(self.from, &config, &self.on, dir, progress).map_err(|error| match error {
                TrainError::Read { .. } | TrainError::Mismatch { .. } | TrainError::Model(_) => {
                    let problem = format!("{error}; remove this folder, and the phase is done again");
                    TrainError::data(&dir.display().to_string(), problem)
                }
                other => other,
            });
        }
        // Stopped before its first state, or after the last step and before it could say so: nothing there can be gone on from.
        match std::fs::remove_dir_all(dir) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(WriteError { path: dir.to_owned(), source }.into())
            }
            _ => train(self.from, &config, &self.on, dir, progress),
        }
    }
}
