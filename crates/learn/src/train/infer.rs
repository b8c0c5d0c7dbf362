//! Outputs of whole sets, in batches and in parallel.

use super::TrainError;
use super::batch::{Inputs, StepBatch, Targets, read_rows};
use super::data::Samples;
use super::workers::Workers;
use crate::model::interface::{Model, Outputs};
use crate::model::linear::Pass;
use crate::model::mmclip::{Embeddings, MmClip};
use crate::model::parameters;
use burn::tensor::{Tensor, TensorData};
use ndarray::{Array3, ArrayView3, Axis, concatenate};

/// Samples that one task takes.
const BATCH: usize = 16;

/// Outputs as plain arrays by name.
///
/// # Shapes
/// Each `[row, item, width]`; a row is a sample or a label.
#[derive(Clone, Debug, Default)]
pub struct Inferred(Vec<(&'static str, Array3<f32>)>);

impl Inferred {
    fn of(outputs: Outputs) -> Result<Self, TrainError> {
        let array = |(name, tensor): (&'static str, Tensor<3>)| {
            let shape = tensor.dims();
            let values = parameters::values(tensor)?;
            let array = Array3::from_shape_vec(shape, values).map_err(|e| TrainError::data(name, e.to_string()))?;
            Ok((name, array))
        };
        Ok(Self(outputs.0.into_iter().map(array).collect::<Result<_, TrainError>>()?))
    }

    /// An output by name.
    pub fn get(&self, name: &str) -> Option<&Array3<f32>> {
        self.0.iter().find(|(n, _)| *n == name).map(|(_, array)| array)
    }

    /// The same, where it cannot be done without.
    pub(crate) fn require(&self, name: &str) -> Result<&Array3<f32>, TrainError> {
        self.get(name).ok_or_else(|| TrainError::data("model", format!("puts out no {name}, which its task needs")))
    }

    /// The first value of a row that is no number.
    pub(crate) fn unsound(&self, row: usize) -> Option<f32> {
        let values =
            self.0.iter().flat_map(|(_, array)| array.index_axis(Axis(0), row).iter().copied().collect::<Vec<_>>());
        values.into_iter().find(|v| !v.is_finite())
    }

    fn below(parts: &[Self]) -> Result<Self, TrainError> {
        let Some(first) = parts.first() else { return Ok(Self::default()) };
        let all = |(name, _): &(&'static str, Array3<f32>)| {
            let rows: Vec<ArrayView3<'_, f32>> = parts.iter().filter_map(|p| p.get(name)).map(|a| a.view()).collect();
            let joined = concatenate(Axis(0), &rows).map_err(|e| TrainError::data(name, e.to_string()))?;
            Ok((*name, joined))
        };
        Ok(Self(first.0.iter().map(all).collect::<Result<_, TrainError>>()?))
    }
}

/// Outputs of a batch.
pub(crate) fn of_batch<M: Model>(
    model: &M,
    batch: &StepBatch,
    rows: std::ops::Range<usize>,
) -> Result<Inferred, TrainError> {
    let model = model.valid();
    Inferred::of(model.forward(&batch.rows(&rows, &model.device()), &Pass::inference()))
}

/// Outputs of sentences, `[label, used part, width]`.
pub(crate) fn of_sentences<M: Model>(model: &M, vectors: ArrayView3<'_, f32>) -> Result<Inferred, TrainError> {
    let model = model.valid();
    let (labels, parts, width) = vectors.dim();
    let data = TensorData::new(vectors.iter().copied().collect(), [labels, parts, width]);
    Inferred::of(model.sentence_outputs(Tensor::from_data(data, &model.device()), &Pass::inference()))
}

/// Outputs of some samples, on this thread.
pub(crate) fn of_samples<M: Model>(
    model: &M,
    name: &str,
    samples: &dyn Samples,
    indices: &[usize],
) -> Result<Inferred, TrainError> {
    let (inputs, columns) = Inputs::met(model, name, samples)?;
    let batch = StepBatch {
        views: read_rows(samples, name, indices, &inputs, &columns)?,
        serials: indices.iter().map(|&i| i as u64).collect(),
        targets: Targets::default(),
    };
    of_batch(model, &batch, 0..indices.len())
}

/// Outputs of every sample of a set in its order; `threads` 0 means all of the machine. The result does not depend on it.
pub fn infer<M: Model>(model: &M, name: &str, samples: &dyn Samples, threads: usize) -> Result<Inferred, TrainError> {
    Inputs::met(model, name, samples)?;
    let starts: Vec<usize> = (0..samples.len()).step_by(BATCH).collect();
    let workers = Workers::new(threads, starts.len().max(1))?;
    let parts = workers.run(starts, |_, start| {
        let indices: Vec<usize> = (start..samples.len().min(start + BATCH)).collect();
        of_samples(model, name, samples, &indices)
    });
    let all = Inferred::below(&parts.into_iter().collect::<Result<Vec<_>, _>>()?)?;
    match (0..samples.len()).find(|&i| all.unsound(i).is_some()) {
        Some(i) => {
            let problem = "the model makes no number of it: its weights are spoilt";
            Err(TrainError::data(name, format!("sample {}: {problem}", samples.id(i))))
        }
        None => Ok(all),
    }
}

/// mmCLIP's embeddings of every sample of a set.
pub fn embed(model: &MmClip, name: &str, samples: &dyn Samples, threads: usize) -> Result<Embeddings, TrainError> {
    let config = model.config();
    let (count, width) = (config.attributes.len(), config.text_width);
    if samples.is_empty() {
        Inputs::met(model, name, samples)?;
        return Ok(Embeddings::empty(count, width));
    }
    let all = infer(model, name, samples, threads)?;
    let class = all.require("class")?.index_axis(Axis(1), 0).to_owned();
    let attributes = all.get("attributes").cloned().unwrap_or_else(|| Array3::zeros((samples.len(), 0, width)));
    Ok(Embeddings { attributes, class })
}
