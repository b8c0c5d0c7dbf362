//! The nearest class prototype: the mean of the unit embeddings of the examples, mixed with the text.

use super::head::KShot;
use crate::model::mmclip::Embeddings;
use ndarray::{Array1, Array2, Array3, ArrayView1, Axis};

/// Prototypes of the classes; `support` has the places of the examples of each.
pub(super) fn prototypes(
    pool: &Embeddings,
    support: &[Vec<usize>],
    text: Option<&Embeddings>,
    config: &KShot,
) -> Embeddings {
    let (_, count, width) = pool.attributes.dim();
    let mut class = Array2::zeros((support.len(), width.max(pool.class.ncols())));
    let mut attributes = Array3::zeros((support.len(), count, width));
    let share = if config.shots == 0 { 1.0 } else { config.text_share } as f32;
    for (c, members) in support.iter().enumerate() {
        let each = (1.0 - share) / members.len().max(1) as f32;
        for &i in members {
            class.row_mut(c).scaled_add(each, &unit(pool.class.row(i)));
            for k in 0..count {
                let vector = unit(pool.attributes.index_axis(Axis(0), i).index_axis_move(Axis(0), k));
                attributes.index_axis_mut(Axis(0), c).index_axis_mut(Axis(0), k).scaled_add(each, &vector);
            }
        }
        if let Some(text) = text.filter(|_| share > 0.0) {
            class.row_mut(c).scaled_add(share, &unit(text.class.row(c)));
            for k in 0..count.min(text.attributes.dim().1) {
                let vector = unit(text.attributes.index_axis(Axis(0), c).index_axis_move(Axis(0), k));
                attributes.index_axis_mut(Axis(0), c).index_axis_mut(Axis(0), k).scaled_add(share, &vector);
            }
        }
    }
    Embeddings { attributes, class }
}

pub(super) fn unit(vector: ArrayView1<'_, f32>) -> Array1<f32> {
    let norm = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
    vector.mapv(|v| if norm > 0.0 { v / norm } else { 0.0 })
}
