//! Recognition of held-out samples while training goes on.

use crate::model::interface::Model;
use crate::train::TrainError;
use crate::train::batch::Inputs;
use crate::train::data::{Samples, Truth};
use crate::train::infer::{Inferred, infer, of_sentences};
use crate::train::task::{Among, Judged, Labelling};

/// The held-out samples and what they are recognised among.
pub(super) struct Validation<'a> {
    samples: &'a dyn Samples,
    task: &'a dyn Labelling,
    choices: Among,
    truths: Vec<Truth>,
}

impl<'a> Validation<'a> {
    pub(super) fn new<M: Model>(
        samples: &'a dyn Samples,
        task: &'a dyn Labelling,
        model: &M,
    ) -> Result<Self, TrainError> {
        Inputs::met(model, "validation", samples)?;
        let choices = task.choices(&numbers_of(samples, "validation", task)?, "validation")?;
        let truths = (0..samples.len()).map(|i| samples.truth(i)).collect();
        Ok(Self { samples, task, choices, truths })
    }

    pub(super) fn run<M: Model>(&self, model: &M, threads: usize) -> Result<Judged, TrainError> {
        let outputs = infer(model, "validation", self.samples, threads)?;
        let sentences = match &self.choices.sentences {
            Some(vectors) => of_sentences(model, vectors.view())?,
            None => Inferred::default(),
        };
        self.task.judged(&outputs, &sentences, &self.choices, &self.truths)
    }
}

/// The number of each sample's label; `name` is what errors call the samples.
pub(super) fn numbers_of(samples: &dyn Samples, name: &str, task: &dyn Labelling) -> Result<Vec<usize>, TrainError> {
    (0..samples.len()).map(|i| task.number(samples.label(i), name)).collect()
}
