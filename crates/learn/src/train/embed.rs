//! Embeddings of whole sets, in batches and in parallel.

use super::checkpoint::map_columns;
use super::workers::Workers;
use super::{Samples, TrainError};
use crate::model::mmclip::{Embeddings, MmClip};
use ndarray::{Array2, Array3, Array4, Axis, s};

/// Samples that one task embeds.
const BATCH: usize = 16;

/// Embeds every sample of a set in its order; `threads` 0 means all of the machine. The result does not depend on it.
pub fn embed(model: &MmClip, name: &str, samples: &dyn Samples, threads: usize) -> Result<Embeddings, TrainError> {
    let config = model.config();
    let chosen = map_columns(config, name, samples)?;
    let starts: Vec<usize> = (0..samples.len()).step_by(BATCH).collect();
    let workers = Workers::new(threads, starts.len().max(1))?;
    let parts = workers.run(starts.clone(), |_, start| {
        let indices: Vec<usize> = (start..samples.len().min(start + BATCH)).collect();
        let mut values = Vec::with_capacity(indices.len() * chosen.len() * config.rows * config.columns);
        for &index in &indices {
            read_chosen(samples, name, index, &chosen, &mut values)?;
        }
        let maps = Array4::from_shape_vec((indices.len(), chosen.len(), config.rows, config.columns), values)
            .map_err(|error| TrainError::data(name, error.to_string()))?;
        Ok::<_, TrainError>(model.embed_signals(maps.view(), BATCH)?)
    });
    let mut all = Embeddings {
        attributes: Array3::zeros((samples.len(), config.attributes.len(), config.text_width)),
        class: Array2::zeros((samples.len(), config.text_width)),
    };
    for (start, part) in starts.into_iter().zip(parts) {
        let part = part?;
        let end = start + part.len();
        all.attributes.slice_mut(s![start..end, .., ..]).assign(&part.attributes);
        all.class.slice_mut(s![start..end, ..]).assign(&part.class);
    }
    let sound = |i: &usize| {
        let attributes = all.attributes.index_axis(Axis(0), *i);
        all.class.row(*i).iter().chain(&attributes).all(|v| v.is_finite())
    };
    match (0..samples.len()).find(|i| !sound(i)) {
        Some(i) => {
            let problem = "the model makes no number of it: its weights are spoilt";
            Err(TrainError::data(name, format!("sample {}: {problem}", samples.id(i))))
        }
        None => Ok(all),
    }
}

/// Appends the chosen maps of a sample; refuses values that are not numbers.
pub(crate) fn read_chosen(
    samples: &dyn Samples,
    name: &str,
    index: usize,
    chosen: &[usize],
    into: &mut Vec<f32>,
) -> Result<(), TrainError> {
    let (rows, columns) = samples.map_shape();
    let size = rows * columns;
    let mut all = vec![0.0; samples.map_names().len() * size];
    samples.read(index, &mut all)?;
    for &map in chosen {
        let values = &all[map * size..(map + 1) * size];
        if let Some(i) = values.iter().position(|v| !v.is_finite()) {
            let (row, column) = (i / columns, i % columns);
            let map = &samples.map_names()[map];
            let problem =
                format!("sample {}: map {map} holds {} at row {row}, column {column}", samples.id(index), values[i]);
            return Err(TrainError::data(name, problem));
        }
        into.extend_from_slice(values);
    }
    Ok(())
}
