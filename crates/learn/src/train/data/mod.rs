//! What training needs of its input: labelled views, from memory or from shards, and what the labels mean.

mod augment;
mod batches;
mod dataset;
mod loader;
mod prompts;
mod shards;

pub use augment::{Augment, AugmentedView};
pub(crate) use batches::shuffled;
pub use batches::{Draw, Mixture};
pub use dataset::{Dataset, ViewColumn};
pub(crate) use loader::{Inputs, Loader, read_rows};
pub use prompts::Prompts;
pub use shards::ShardSamples;

use super::TrainError;
use crate::chain::ViewInput;
use crate::model::interface::ViewInfo;

/// Labelled samples that can be read one at a time, from memory or from shards. A sample may lack some of the views.
pub trait Samples: Sync {
    /// Number of samples.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The views that samples may have.
    fn views(&self) -> &[ViewInfo];

    /// How the maps were made, where that is known.
    fn input(&self) -> Option<&ViewInput> {
        None
    }

    /// What tells these samples from others, as text: a run that was stopped goes on with the same ones only.
    fn fingerprint(&self) -> String {
        String::new()
    }

    /// How a message calls a sample: its id where it has one.
    fn id(&self, index: usize) -> u64 {
        index as u64
    }

    /// Label of a sample.
    fn label(&self, index: usize) -> &str;

    /// Some views of a sample, by their places in [`views`](Self::views); `None` where it has no such view.
    ///
    /// # Shapes
    /// Row-major, of the view's shape.
    fn read(&self, index: usize, wanted: &[usize]) -> Result<Vec<Option<Vec<f32>>>, TrainError>;
}

/// One of the sets that a run mixes.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// Name in messages and metrics.
    pub name: &'a str,
    /// The samples.
    pub samples: &'a dyn Samples,
    /// Share of every batch relative to the other sources, above 0.
    pub weight: f64,
}

/// What labels are to a model.
#[derive(Clone, Copy)]
pub enum Labels<'a> {
    /// Sentences.
    Sentences(&'a Prompts),
    /// Names, in the order of the model's outputs.
    Names(&'a [String]),
}

impl<'a> Labels<'a> {
    /// The labels.
    pub fn names(self) -> &'a [String] {
        match self {
            Self::Sentences(prompts) => &prompts.classes,
            Self::Names(names) => names,
        }
    }
}

/// Where the views of a model are among those of the samples; refuses samples without one of them, or with one of another size.
pub(crate) fn columns_of(inputs: &[ViewInfo], name: &str, samples: &dyn Samples) -> Result<Vec<usize>, TrainError> {
    let found = samples.views();
    let names = |views: &[ViewInfo]| views.iter().map(|v| v.name.as_str()).collect::<Vec<_>>().join(", ");
    let place = |wanted: &ViewInfo| {
        let Some(place) = found.iter().position(|view| view.name == wanted.name) else {
            let sides = (("the model", names(inputs)), (name, names(found)));
            return Err(TrainError::mismatch("names of the maps", sides.0, sides.1));
        };
        if found[place].shape != wanted.shape {
            let what = format!("size of the maps ({})", wanted.name);
            return Err(TrainError::mismatch(&what, ("the model", wanted.size()), (name, found[place].size())));
        }
        Ok(place)
    };
    inputs.iter().map(place).collect()
}
