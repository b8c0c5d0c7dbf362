//! Memory of the searches for what is seen, handed from frame to frame.

use crate::visibility::{Blockers, HiddenPointRemover, RayCaster};
use std::sync::Mutex;

/// Memory of the searches of one frame.
#[derive(Default)]
pub(super) struct Finder {
    pub(super) remover: HiddenPointRemover,
    pub(super) caster: RayCaster,
    pub(super) blockers: Blockers,
    /// Large faces alone.
    pub(super) large: Blockers,
}

/// Finders that no frame is using. Which one a frame gets changes nothing: they keep memory, not results.
#[derive(Default)]
pub(in crate::sim) struct Finders(Mutex<Vec<Finder>>);

impl Finders {
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Finder) -> T) -> T {
        let lock = || self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut finder = lock().pop().unwrap_or_default();
        let result = work(&mut finder);
        lock().push(finder);
        result
    }
}
