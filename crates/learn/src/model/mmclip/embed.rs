//! Embeddings in and out as plain arrays.

use super::MmClip;
use crate::model::ModelError;
use crate::model::linear::Pass;
use burn::module::Module;
use burn::tensor::{Tensor, TensorData};
use ndarray::{Array2, Array3, ArrayView3, ArrayView4, Axis};

/// Embeddings of recordings or of labels; both sides have the same form.
///
/// # Shapes
/// `attributes[item, attribute, width]` (no attributes: an empty axis), `class[item, width]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Embeddings {
    /// One vector for each attribute.
    pub attributes: Array3<f32>,
    /// One vector for the whole.
    pub class: Array2<f32>,
}

impl Embeddings {
    /// Of nothing.
    pub fn empty(attributes: usize, width: usize) -> Self {
        Self { attributes: Array3::zeros((0, attributes, width)), class: Array2::zeros((0, width)) }
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.class.nrows()
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.class.nrows() == 0
    }

    /// The items at `indices`.
    pub fn select(&self, indices: &[usize]) -> Self {
        Self { attributes: self.attributes.select(Axis(0), indices), class: self.class.select(Axis(0), indices) }
    }
}

impl MmClip {
    /// Embeds maps, `batch` at a time.
    ///
    /// # Shapes
    /// `maps[sample, map, row, column]` with the maps of the configuration in its order.
    pub fn embed_signals(&self, maps: ArrayView4<'_, f32>, batch: usize) -> Result<Embeddings, ModelError> {
        let config = self.config();
        let (samples, n, rows, columns) = maps.dim();
        if (n, rows, columns) != (config.maps.len(), config.rows, config.columns) {
            return Err(ModelError::Shape {
                array: "maps".into(),
                found: maps.shape().to_vec(),
                expected: format!(
                    "[sample, {} maps, {} rows, {} columns]",
                    config.maps.len(),
                    config.rows,
                    config.columns
                ),
            });
        }
        let model = self.valid();
        let device = model.log_scale.val().device();
        let (count, width) = (config.attributes.len(), config.text_width);
        let mut attributes = Array3::zeros((samples, count, width));
        let mut class = Array2::zeros((samples, width));
        for start in (0..samples).step_by(batch.max(1)) {
            let end = (start + batch.max(1)).min(samples);
            let map = |i: usize| {
                let values: Vec<f32> = maps.slice(ndarray::s![start..end, i, .., ..]).iter().copied().collect();
                Tensor::from_data(TensorData::new(values, [end - start, rows, columns]), &device)
            };
            let (a, c) = model.signal.forward((0..n).map(map).collect(), &Pass::inference());
            if let Some(a) = a {
                fill(attributes.slice_mut(ndarray::s![start..end, .., ..]).iter_mut(), a)?;
            }
            fill(class.slice_mut(ndarray::s![start..end, ..]).iter_mut(), c)?;
        }
        Ok(Embeddings { attributes, class })
    }

    /// Embeds the frozen sentence vectors of labels. The attribute vectors come back as they went in.
    ///
    /// # Shapes
    /// `vectors[label, 5, width]` in the order of [`ATTRIBUTES`](super::ATTRIBUTES).
    pub fn embed_texts(&self, vectors: ArrayView3<'_, f32>) -> Result<Embeddings, ModelError> {
        let used = self.used_vectors(vectors)?;
        let model = self.valid();
        let device = model.log_scale.val().device();
        let (labels, count, width) = used.dim();
        let tensor =
            Tensor::from_data(TensorData::new(used.iter().copied().collect(), [labels, count, width]), &device);
        let mut class = Array2::zeros((labels, width));
        fill(class.iter_mut(), model.text.forward(tensor, &Pass::inference()))?;
        let attributes = if self.config().attributes.is_empty() { Array3::zeros((labels, 0, width)) } else { used };
        Ok(Embeddings { attributes, class })
    }

    /// The vectors that the text branch sees: those of the chosen attributes, or the first when there are none.
    fn used_vectors(&self, vectors: ArrayView3<'_, f32>) -> Result<Array3<f32>, ModelError> {
        let config = self.config();
        let (_, count, width) = vectors.dim();
        if (count, width) != (super::ATTRIBUTES.len(), config.text_width) {
            return Err(ModelError::Shape {
                array: "sentence vectors".into(),
                found: vectors.shape().to_vec(),
                expected: format!("[label, 5 attributes, width {}]", config.text_width),
            });
        }
        Ok(vectors.select(Axis(1), &config.used_attributes()))
    }
}

fn fill<'a, const D: usize>(to: impl Iterator<Item = &'a mut f32>, from: Tensor<D>) -> Result<(), ModelError> {
    let values = crate::model::parameters::values(from)?;
    to.zip(values).for_each(|(to, value)| *to = value);
    Ok(())
}
