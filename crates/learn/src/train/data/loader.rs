//! Batches made ahead of their use, on a thread of their own.

use super::augment::AugmentedView;
use super::batches::{Draw, Mixture};
use super::{Samples, Source};
use crate::base::random::RandomTree;
use crate::model::interface::{Model, ViewInfo};
use crate::train::step::{StepBatch, ViewRows};
use crate::train::task::Labelling;
use crate::train::{TrainConfig, TrainError};
use rayon::prelude::*;

/// Makes the batch of any step.
pub(crate) struct Loader<'a> {
    pub(crate) config: &'a TrainConfig,
    /// What the model takes.
    pub(crate) inputs: &'a Inputs,
    pub(crate) sources: &'a [Source<'a>],
    /// For each source, where the model's views are.
    pub(crate) columns: &'a [Vec<usize>],
    /// For each source and sample its number.
    pub(crate) labels: &'a [Vec<usize>],
    pub(crate) task: &'a dyn Labelling,
}

/// The views that a model takes, and whether all of them must be there.
#[derive(Clone, Debug)]
pub(crate) struct Inputs {
    pub(crate) views: Vec<ViewInfo>,
    takes_absent: bool,
}

impl Inputs {
    pub(crate) fn of<M: Model>(model: &M) -> Self {
        Self { views: model.inputs(), takes_absent: model.takes_absent_views() }
    }
}

/// The views of a sample, in the model's order.
type Row = Vec<Option<Vec<f32>>>;

impl Loader<'_> {
    /// The batch of a step (counted from 0) and its samples.
    pub(crate) fn batch(&self, mixture: &mut Mixture, step: u64) -> Result<(StepBatch, Vec<Draw>), TrainError> {
        let draws = mixture.batch(step);
        let tree = RandomTree::new(self.config.seed);
        let rows: Vec<Row> = draws
            .par_iter()
            .map(|draw| {
                let source = &self.sources[draw.source];
                let mut row =
                    read_row(source.samples, source.name, draw.index, self.inputs, &self.columns[draw.source])?;
                let mut stream = tree.subtree(draw.source as u64, "augment").stream(draw.serial, "sample");
                let present = row.iter_mut().zip(&self.inputs.views).filter_map(|(values, info)| {
                    Some(AugmentedView { name: &info.name, shape: &info.shape, values: values.as_mut()? })
                });
                self.config.augment.apply_to(&mut present.collect::<Vec<_>>(), &mut stream);
                Ok(row)
            })
            .collect::<Result<_, TrainError>>()?;
        let labels: Vec<usize> = draws.iter().map(|d| self.labels[d.source][d.index]).collect();
        let batch = StepBatch {
            views: side_by_side(&self.inputs.views, &rows),
            serials: (0..draws.len() as u64).map(|row| step * self.config.batch as u64 + row).collect(),
            targets: self.task.targets(&labels, step),
        };
        Ok((batch, draws))
    }
}

/// The views of all rows, one array a view; zeros where one is absent.
fn side_by_side(infos: &[ViewInfo], rows: &[Row]) -> Vec<ViewRows> {
    let view = |(i, info): (usize, &ViewInfo)| {
        let mut values = Vec::with_capacity(rows.len() * info.count());
        for row in rows {
            match &row[i] {
                Some(row) => values.extend_from_slice(row),
                None => values.resize(values.len() + info.count(), 0.0),
            }
        }
        ViewRows { values, present: rows.iter().map(|row| row[i].is_some()).collect() }
    };
    infos.iter().enumerate().map(view).collect()
}

/// Some samples as the model takes them.
pub(crate) fn read_rows(
    samples: &dyn Samples,
    name: &str,
    indices: &[usize],
    inputs: &Inputs,
    columns: &[usize],
) -> Result<Vec<ViewRows>, TrainError> {
    let read = |&index: &usize| read_row(samples, name, index, inputs, columns);
    let rows: Vec<Row> = indices.iter().map(read).collect::<Result<_, _>>()?;
    Ok(side_by_side(&inputs.views, &rows))
}

/// The model's views of a sample; refuses values that are not numbers, and what the model cannot do without.
fn read_row(
    samples: &dyn Samples,
    name: &str,
    index: usize,
    inputs: &Inputs,
    columns: &[usize],
) -> Result<Row, TrainError> {
    let row = samples.read(index, columns)?;
    let fail = |problem: String| Err(TrainError::data(name, format!("sample {}: {problem}", samples.id(index))));
    for (values, info) in row.iter().zip(&inputs.views) {
        let Some(values) = values else {
            if inputs.takes_absent {
                continue;
            }
            return fail(format!("has no {}, which this model cannot do without", info.name));
        };
        if values.len() != info.count() {
            return fail(format!(
                "{} has {} values, expected {} ({})",
                info.name,
                values.len(),
                info.count(),
                info.size()
            ));
        }
        if let Some(i) = values.iter().position(|v| !v.is_finite()) {
            let place = match info.shape.as_slice() {
                [_, columns] => format!("row {}, column {}", i / columns, i % columns),
                _ => format!("place {i}"),
            };
            return fail(format!("map {} holds {} at {place}", info.name, values[i]));
        }
    }
    if row.iter().all(Option::is_none) {
        let all = inputs.views.iter().map(|v| v.name.as_str()).collect::<Vec<_>>().join(", ");
        return fail(format!("has none of the views that the model looks at ({all})"));
    }
    Ok(row)
}
