//! Samples side by side as a step or an inference takes them, and what is asked of them.

use super::TrainError;
use super::data::{Samples, Truth};
use crate::base::random::Stream;
use crate::model::interface::{self, Model, View, ViewForm, ViewInfo};
use burn::tensor::Device;
use ndarray::Array3;
use std::ops::Range;

/// What is asked of the outputs of a batch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Targets {
    /// For each sample a row of the table; without one a class.
    pub(crate) labels: Vec<usize>,
    /// The sentences of the labels to choose from.
    pub(crate) table: Option<LabelTable>,
    /// For each sample the source that it is from; empty where that does not matter.
    pub(crate) sources: Vec<usize>,
    /// For each sample what it shows besides its label; empty where that does not matter.
    pub(crate) truths: Vec<Truth>,
    /// The step that asks, counted from 0; 0 where that does not matter.
    pub(crate) step: u64,
}

/// Labels to choose from.
#[derive(Clone, Debug)]
pub(crate) struct LabelTable {
    /// `[label, used attribute, width]`.
    pub(crate) vectors: Array3<f32>,
    /// `[used attribute][label]`: equal numbers where the sentence is the same.
    pub(crate) attribute_groups: Vec<Vec<usize>>,
    /// `[label]`.
    pub(crate) class_groups: Vec<usize>,
}

impl Targets {
    /// Those of some samples.
    pub(crate) fn rows(&self, rows: &Range<usize>) -> Self {
        Self {
            labels: self.labels[rows.clone()].to_vec(),
            table: self.table.clone(),
            sources: self.sources.get(rows.clone()).unwrap_or_default().to_vec(),
            truths: self.truths.get(rows.clone()).unwrap_or_default().to_vec(),
            step: self.step,
        }
    }
}

/// What a step needs.
pub(crate) struct StepBatch {
    /// In the order of the model's inputs.
    pub(crate) views: Vec<ViewRows>,
    /// Keys of dropout, one a sample.
    pub(crate) serials: Vec<u64>,
    /// What is asked of the outputs.
    pub(crate) targets: Targets,
}

/// One view of the samples of a batch as plain numbers.
#[derive(Clone)]
pub(crate) struct ViewRows {
    /// `[sample, value]`; zeros where the view is absent.
    pub(crate) values: Vec<f32>,
    /// Which samples have it.
    pub(crate) present: Vec<bool>,
    /// What all of them are like.
    pub(crate) form: ViewForm,
}

impl ViewRows {
    fn tensor(&self, rows: Range<usize>, device: &Device) -> View {
        let per_sample = self.values.len() / self.present.len().max(1);
        let values = self.values[rows.start * per_sample..rows.end * per_sample].to_vec();
        View::new(values, self.present[rows].to_vec(), device).of_form(self.form.clone())
    }
}

impl StepBatch {
    /// Number of samples.
    pub(crate) fn len(&self) -> usize {
        self.serials.len()
    }

    /// Some of the samples for a model.
    pub(crate) fn rows(&self, rows: &Range<usize>, device: &Device) -> interface::Batch {
        interface::Batch { views: self.views.iter().map(|view| view.tensor(rows.clone(), device)).collect() }
    }
}

/// The views that a model takes of some samples, and whether all of them must be there.
#[derive(Clone, Debug)]
pub(crate) struct Inputs {
    pub(crate) views: Vec<ViewInfo>,
    /// What they are like, in the same order.
    pub(crate) forms: Vec<ViewForm>,
    takes_absent: bool,
    /// Which of the views samples may have together; none: any.
    sets: Option<Vec<Vec<bool>>>,
    any_shape: bool,
    normalises: bool,
}

impl Inputs {
    fn of<M: Model>(model: &M) -> Self {
        let views = model.inputs();
        let form = |view: &ViewInfo| ViewForm { shape: view.shape.clone(), rate_hz: None, links: 1 };
        Self {
            forms: views.iter().map(form).collect(),
            views,
            takes_absent: model.takes_absent_views(),
            sets: model.view_sets(),
            any_shape: model.takes_any_shape(),
            normalises: model.normalises_power(),
        }
    }

    /// What a model takes of a set of samples, and where it is among their views. Refuses sets that lack what it needs, and views that it
    /// cannot look at.
    pub(crate) fn met<M: Model>(
        model: &M,
        name: &str,
        samples: &dyn Samples,
    ) -> Result<(Self, Vec<Option<usize>>), TrainError> {
        let mut inputs = Self::of(model);
        let columns = inputs.columns(name, samples)?;
        for (i, place) in columns.iter().enumerate() {
            let Some(place) = place else { continue };
            inputs.forms[i] = samples.form(*place);
            if inputs.any_shape {
                inputs.views[i].shape.clone_from(&samples.views()[*place].shape);
                if let Some(problem) = model.misfit(&inputs.forms[i]) {
                    return Err(TrainError::data(name, format!("{} {problem}", inputs.views[i].name)));
                }
            }
        }
        Ok((inputs, columns))
    }

    /// Where these views are among those of a set of samples; none where the whole set lacks one that may be absent. Refuses sets that lack
    /// more, and views of another size.
    fn columns(&self, name: &str, samples: &dyn Samples) -> Result<Vec<Option<usize>>, TrainError> {
        let found = samples.views();
        let names = |views: &[ViewInfo]| views.iter().map(|v| v.name.as_str()).collect::<Vec<_>>().join(", ");
        let lacking = || {
            let sides = (("the model", names(&self.views)), (name, names(found)));
            Err(TrainError::mismatch("names of the views", sides.0, sides.1))
        };
        let mut columns = Vec::new();
        for wanted in &self.views {
            let place = found.iter().position(|view| view.name == wanted.name);
            match place {
                None if !self.takes_absent => return lacking(),
                Some(place) if !self.any_shape && found[place].shape != wanted.shape => {
                    let what = format!("size of the views ({})", wanted.name);
                    return Err(TrainError::mismatch(&what, ("the model", wanted.size()), (name, found[place].size())));
                }
                _ => columns.push(place),
            }
        }
        if columns.iter().all(Option::is_none) { lacking() } else { Ok(columns) }
    }
}

/// The views of a sample, in the model's order.
pub(super) type Row = Vec<Option<Vec<f32>>>;

/// The views of all rows, one array a view; zeros where one is absent.
pub(super) fn side_by_side(inputs: &Inputs, rows: &[Row]) -> Vec<ViewRows> {
    let view = |(i, info): (usize, &ViewInfo)| {
        let mut values = Vec::with_capacity(rows.len() * info.count());
        for row in rows {
            match &row[i] {
                Some(row) => values.extend_from_slice(row),
                None => values.resize(values.len() + info.count(), 0.0),
            }
        }
        let present = rows.iter().map(|row| row[i].is_some()).collect();
        ViewRows { values, present, form: inputs.forms[i].clone() }
    };
    inputs.views.iter().enumerate().map(view).collect()
}

/// Some samples as the model takes them.
pub(crate) fn read_rows(
    samples: &dyn Samples,
    name: &str,
    indices: &[usize],
    inputs: &Inputs,
    columns: &[Option<usize>],
) -> Result<Vec<ViewRows>, TrainError> {
    let read = |&index: &usize| read_row(samples, name, index, inputs, columns);
    let rows: Vec<Row> = indices.iter().map(read).collect::<Result<_, _>>()?;
    Ok(side_by_side(inputs, &rows))
}

/// The model's views of a sample; refuses values that are not numbers, and what the model cannot do without.
pub(super) fn read_row(
    samples: &dyn Samples,
    name: &str,
    index: usize,
    inputs: &Inputs,
    columns: &[Option<usize>],
) -> Result<Row, TrainError> {
    let read = |there: &[usize]| samples.read(index, there);
    let row = checked_row((samples, name, index), inputs, columns, read)?;
    require_set((samples, name, index), inputs, &row, |set, there| set == there)?;
    Ok(row)
}

/// The same as training draws it.
pub(super) fn drawn_row(
    samples: &dyn Samples,
    name: &str,
    index: usize,
    (inputs, columns): (&Inputs, &[Option<usize>]),
    stream: &mut Stream,
) -> Result<Row, TrainError> {
    let row = checked_row((samples, name, index), inputs, columns, |there| samples.drawn(index, there, stream))?;
    // In training a set that is known may be shown of what is there.
    require_set((samples, name, index), inputs, &row, |set, there| set.iter().zip(there).all(|(s, t)| !s || *t))?;
    Ok(row)
}

/// Refuses a sample whose views together are none of the sets that the model knows.
fn require_set(
    (samples, name, index): (&dyn Samples, &str, usize),
    inputs: &Inputs,
    row: &Row,
    fits: impl Fn(&[bool], &[bool]) -> bool,
) -> Result<(), TrainError> {
    let Some(sets) = &inputs.sets else { return Ok(()) };
    let there: Vec<bool> = row.iter().map(Option::is_some).collect();
    if sets.iter().any(|set| fits(set, &there)) {
        return Ok(());
    }
    let names = |set: &[bool]| {
        let views = inputs.views.iter().zip(set).filter(|(_, there)| **there);
        views.map(|(view, _)| view.name.as_str()).collect::<Vec<_>>().join(" + ")
    };
    let known = sets.iter().map(|set| names(set)).collect::<Vec<_>>().join(", ");
    let problem = format!(
        "sample {} has {}, by which the model never learnt to answer; it answers by {known}",
        samples.id(index),
        names(&there)
    );
    Err(TrainError::data(name, problem))
}

fn checked_row(
    (samples, name, index): (&dyn Samples, &str, usize),
    inputs: &Inputs,
    columns: &[Option<usize>],
    read: impl FnOnce(&[usize]) -> Result<Vec<Option<Vec<f32>>>, TrainError>,
) -> Result<Row, TrainError> {
    let there: Vec<usize> = columns.iter().flatten().copied().collect();
    let mut read = read(&there)?.into_iter();
    let mut row: Row = columns.iter().map(|column| column.and_then(|_| read.next().flatten())).collect();
    let fail = |problem: String| Err(TrainError::data(name, format!("sample {}: {problem}", samples.id(index))));
    for (values, info) in row.iter_mut().zip(&inputs.views) {
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
        if inputs.normalises {
            let power = values.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>() / values.len() as f64;
            let scale = power.sqrt().recip();
            if !(scale.is_finite() && scale > 0.0) {
                return fail(format!("{} has a mean power of {power:e}: it cannot be brought to 1", info.name));
            }
            values.iter_mut().for_each(|v| *v = (f64::from(*v) * scale) as f32);
        }
    }
    if row.iter().all(Option::is_none) {
        let all = inputs.views.iter().map(|v| v.name.as_str()).collect::<Vec<_>>().join(", ");
        return fail(format!("has none of the views that the model looks at ({all})"));
    }
    Ok(row)
}
