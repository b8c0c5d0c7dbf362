//! What all parts of a run share: the experiment, its samples and words, and where training goes.

use super::asked::{Asked, check_source};
use super::error::ExperimentError;
use super::pool::Pool;
use super::prompts::Wordings;
use super::spec::Experiment;
use super::spec::Filter;
use crate::base::progress::Progress;
use crate::model::system::InSystem;
use crate::study::phase::Phase;
use crate::train::{Labels, Samples, Source, TrainConfig, TrainData, TrainError, Trained};
use std::path::Path;

/// The samples of an experiment.
#[derive(Clone, Copy)]
pub struct Pools<'a> {
    /// Simulated, for pre-training, where there is any.
    pub source: Option<&'a Pool>,
    /// What the model is adapted to and tested on.
    pub target: &'a Pool,
    /// Further recordings that are only tested.
    pub further: Option<&'a Pool>,
    /// The windows of the target in the views that controls without motion look at, where these are others.
    pub target_static: Option<&'a Pool>,
    /// The same of the further recordings.
    pub further_static: Option<&'a Pool>,
}

/// An experiment that is being run.
pub(super) struct Runner<'a> {
    pub(super) experiment: &'a Experiment,
    pub(super) source: Option<&'a Pool>,
    pub(super) asked: Asked<'a>,
    /// Of a model that reads sentences.
    pub(super) wordings: Option<Wordings<'a>>,
    pub(super) progress: &'a dyn Progress,
    pub(super) dir: &'a Path,
}

impl Runner<'_> {
    /// Every part has what it needs, before the first minute of training is spent.
    pub(super) fn check_samples(&self) -> Result<(), ExperimentError> {
        check_source(self.experiment, self.source)?;
        self.asked.check()
    }

    pub(super) fn source_indices(&self, split: &str, classes: &[String]) -> Vec<usize> {
        let filter = Filter { split: vec![split.into()], ..Filter::default() };
        let seen: Vec<String> = self.experiment.seen().into_iter().filter(|slug| classes.contains(slug)).collect();
        self.source.map(|source| source.select(&filter, &seen)).unwrap_or_default()
    }

    /// The labels that models learn, in the order of their numbers.
    pub(super) fn classes(&self) -> &[String] {
        self.wordings.as_ref().map_or(&self.asked.classes, |wordings| &wordings.prompts.classes)
    }

    pub(super) fn train<M: InSystem>(
        &self,
        model: M,
        config: &TrainConfig,
        sources: &[Source<'_>],
        (validation, seen_before): (Option<&dyn Samples>, &[String]),
        dir: &Path,
    ) -> Result<Trained<M>, TrainError> {
        let labels = match &self.wordings {
            Some(wordings) => Labels::Sentences(&wordings.prompts),
            None => Labels::Names(&self.asked.classes),
        };
        let on = TrainData { sources, labels, validation, seen_before };
        self.phase(model, config, on, dir)
    }

    pub(super) fn phase<M: InSystem>(
        &self,
        model: M,
        config: &TrainConfig,
        on: TrainData<'_>,
        dir: &Path,
    ) -> Result<Trained<M>, TrainError> {
        Phase { from: model, on, train: config.clone() }.run(dir, self.progress)
    }
}
