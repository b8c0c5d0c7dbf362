//! Which samples of a batch show which kinds of radio: those that show the same go through the head together.

use super::modality::Modality;
use burn::tensor::{Device, Int, Tensor, TensorData};
use std::collections::BTreeMap;

/// Samples of a batch that show the same set.
pub(super) struct SetRows {
    pub(super) set: Vec<Modality>,
    pub(super) rows: Vec<usize>,
}

/// The samples by the set that each shows.
pub(super) fn by_set(sets: &[Vec<Modality>]) -> Vec<SetRows> {
    let mut groups: BTreeMap<&[Modality], Vec<usize>> = BTreeMap::new();
    sets.iter().enumerate().for_each(|(row, set)| groups.entry(set.as_slice()).or_default().push(row));
    groups.into_iter().map(|(set, rows)| SetRows { set: set.to_vec(), rows }).collect()
}

/// Some rows; the tensor itself where they are all of them in order.
pub(super) fn rows_of<const D: usize>(x: Tensor<D>, rows: &[usize]) -> Tensor<D> {
    let all = rows.len() == x.dims()[0] && rows.iter().enumerate().all(|(i, &row)| i == row);
    if all { x } else { x.clone().select(0, numbers(rows, &x.device())) }
}

fn numbers(rows: &[usize], device: &Device) -> Tensor<1, Int> {
    let rows: Vec<i32> = rows.iter().map(|&row| row as i32).collect();
    let count = rows.len();
    Tensor::from_data(TensorData::new(rows, [count]), device)
}

/// What groups have, in the order of the samples.
pub(super) fn in_order(parts: Vec<Tensor<3>>, groups: &[SetRows]) -> Tensor<3> {
    let mut place = vec![0; groups.iter().map(|group| group.rows.len()).sum()];
    groups.iter().flat_map(|group| &group.rows).enumerate().for_each(|(at, &row)| place[row] = at);
    rows_of(Tensor::cat(parts, 0), &place)
}
