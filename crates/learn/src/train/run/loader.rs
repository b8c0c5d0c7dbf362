//! Batches made ahead of their use, on a thread of their own.

use crate::base::random::RandomTree;
use crate::train::batch::{Inputs, Row, StepBatch, drawn_row, side_by_side};
use crate::train::data::{AugmentedView, ByForm, Draw, Source};
use crate::train::task::Labelling;
use crate::train::{TrainConfig, TrainError};
use rayon::prelude::*;

/// Makes the batch of any step.
pub(super) struct BatchLoader<'a> {
    pub(super) config: &'a TrainConfig,
    /// For each source, what the model takes of it.
    pub(super) inputs: &'a [Inputs],
    pub(super) sources: &'a [Source<'a>],
    /// For each source, where the model's views are.
    pub(super) columns: &'a [Vec<Option<usize>>],
    /// For each source and sample its number.
    pub(super) labels: &'a [Vec<usize>],
    pub(super) task: &'a dyn Labelling,
}

impl BatchLoader<'_> {
    /// The batch of a step (counted from 0) and its samples.
    pub(super) fn batch(&self, mixture: &mut ByForm, step: u64) -> Result<(StepBatch, Vec<Draw>), TrainError> {
        let draws = mixture.batch(step);
        let tree = RandomTree::new(self.config.seed);
        let rows: Vec<Row> = draws
            .par_iter()
            .map(|draw| {
                let source = &self.sources[draw.source];
                let key = tree.subtree(draw.source as u64, "augment");
                let (mut crop, mut stream) = (key.stream(draw.serial, "crop"), key.stream(draw.serial, "sample"));
                let inputs = &self.inputs[draw.source];
                let taken = (inputs, self.columns[draw.source].as_slice());
                let mut row = drawn_row(source.samples, source.name, draw.index, taken, &mut crop)?;
                let present = row.iter_mut().zip(&inputs.views).filter_map(|(values, info)| {
                    Some(AugmentedView { name: &info.name, shape: &info.shape, values: values.as_mut()? })
                });
                self.config.augment.apply_to(&mut present.collect::<Vec<_>>(), &mut stream);
                Ok(row)
            })
            .collect::<Result<_, TrainError>>()?;
        let labels: Vec<usize> = draws.iter().map(|d| self.labels[d.source][d.index]).collect();
        let mut targets = self.task.targets(&labels, step);
        targets.sources = draws.iter().map(|d| d.source).collect();
        targets.truths = draws.iter().map(|d| self.sources[d.source].samples.truth(d.index)).collect();
        // All sources of a batch have one form.
        let inputs = &self.inputs[draws.first().map_or(0, |draw| draw.source)];
        let batch = StepBatch {
            views: side_by_side(inputs, &rows),
            serials: (0..draws.len() as u64).map(|row| step * self.config.batch as u64 + row).collect(),
            targets,
        };
        Ok((batch, draws))
    }
}
