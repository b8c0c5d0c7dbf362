//! What training needs of its input: labelled views, from memory or from shards, and what the labels mean.

mod augment;
mod batches;
mod dataset;
mod forms;
mod loaded;
mod prompts;
mod shards;
mod unlabelled;
mod view_augment;

pub use augment::{Augment, AugmentedView};
pub(crate) use batches::shuffled;
pub use batches::{Draw, Mixture, Sampling};
pub use dataset::{Dataset, ViewColumn};
pub(crate) use forms::ByForm;
pub use loaded::{LoadedSamples, LoaderAugment};
pub use prompts::Prompts;
pub use shards::ShardSamples;
pub(crate) use unlabelled::UNLABELLED;
pub use unlabelled::Unlabelled;
pub use view_augment::ViewAugment;

use super::TrainError;
use crate::base::random::Stream;
use crate::chain::ViewInput;
use crate::model::interface::{ViewForm, ViewInfo};

/// What a sample shows besides its label.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Truth {
    /// Nothing is known.
    #[default]
    None,
    /// x, y and z of each joint, m.
    Pose(Vec<f32>),
    /// People in range and angle: middle and size along range, then along angle are `[0]` and `[2]`, `[1]` and `[3]`, as shares of the view.
    Boxes(Vec<[f32; 4]>),
    /// Linear power of every beam at the step that is asked about.
    Beams(Vec<f32>),
}

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

    /// What a sample shows besides.
    fn truth(&self, index: usize) -> Truth {
        let _ = index;
        Truth::None
    }

    /// Antennas whose subcarriers are the rows of views, one antenna behind the other.
    fn links(&self) -> usize {
        1
    }

    /// What a view is like, by its place in [`views`](Self::views).
    fn form(&self, place: usize) -> ViewForm {
        let view = &self.views()[place];
        let of_chain = self.input().and_then(|input| input.views.iter().find(|v| v.name == view.name));
        let time = of_chain.and_then(|view| view.axes.iter().find(|axis| axis.name == "time" && axis.unit == "s"));
        let rate_hz = time.map(|axis| axis.step.recip()).filter(|rate| rate.is_finite() && *rate > 0.0);
        ViewForm { shape: view.shape.clone(), rate_hz, links: self.links() }
    }

    /// Some views of a sample, by their places in [`views`](Self::views); `None` where it has no such view.
    ///
    /// # Shapes
    /// Row-major, of the view's shape.
    fn read(&self, index: usize, wanted: &[usize]) -> Result<Vec<Option<Vec<f32>>>, TrainError>;

    /// The same as training draws it, where that is not as it is read.
    fn drawn(&self, index: usize, wanted: &[usize], stream: &mut Stream) -> Result<Vec<Option<Vec<f32>>>, TrainError> {
        let _ = stream;
        self.read(index, wanted)
    }
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

/// The views that some of the sets have, each once; refuses one name for two sizes.
pub(crate) fn views_of(sets: &[(&str, &dyn Samples)]) -> Result<Vec<ViewInfo>, TrainError> {
    let mut views: Vec<(&str, &ViewInfo)> = Vec::new();
    for (name, samples) in sets {
        for view in samples.views() {
            match views.iter().find(|(_, other)| other.name == view.name) {
                Some((first, other)) if other.shape != view.shape => {
                    let what = format!("size of the views ({})", view.name);
                    return Err(TrainError::mismatch(&what, (first, other.size()), (name, view.size())));
                }
                Some(_) => {}
                None => views.push((name, view)),
            }
        }
    }
    Ok(views.into_iter().map(|(_, view)| view.clone()).collect())
}
