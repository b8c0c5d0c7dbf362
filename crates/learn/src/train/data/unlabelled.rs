//! Samples whose labels nobody can read.

use super::{Samples, Truth};
use crate::base::random::Stream;
use crate::chain::ViewInput;
use crate::model::interface::{ViewForm, ViewInfo};
use crate::train::TrainError;

/// What stands in place of a label.
pub(crate) const UNLABELLED: &str = "(unlabelled)";

/// Samples of which training gets the views alone: whatever asks for a label or another truth is told that there is none, and the
/// samples beneath are never asked. A task without use for such samples refuses them by that name.
pub struct Unlabelled<'a>(pub &'a dyn Samples);

impl Samples for Unlabelled<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn views(&self) -> &[ViewInfo] {
        self.0.views()
    }

    fn input(&self) -> Option<&ViewInput> {
        self.0.input()
    }

    fn fingerprint(&self) -> String {
        self.0.fingerprint()
    }

    fn id(&self, index: usize) -> u64 {
        self.0.id(index)
    }

    fn label(&self, _: usize) -> &str {
        UNLABELLED
    }

    fn truth(&self, _: usize) -> Truth {
        Truth::None
    }

    fn links(&self) -> usize {
        self.0.links()
    }

    fn form(&self, place: usize) -> ViewForm {
        self.0.form(place)
    }

    fn read(&self, index: usize, wanted: &[usize]) -> Result<Vec<Option<Vec<f32>>>, TrainError> {
        self.0.read(index, wanted)
    }

    fn drawn(&self, index: usize, wanted: &[usize], stream: &mut Stream) -> Result<Vec<Option<Vec<f32>>>, TrainError> {
        self.0.drawn(index, wanted, stream)
    }
}
