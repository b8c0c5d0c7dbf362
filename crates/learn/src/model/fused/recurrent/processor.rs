//! Forwards, on the tensor library's arrays in main memory.

use super::super::processor::{entries, tensor};
use super::RecurrentOps;
use crate::model::kernels::recurrent::{self, Recurrence};
use burn::backend::Flex;
use burn::backend::flex::FlexTensor;

/// The states, and what the way back needs, flat.
pub(super) fn states_and_kept(
    inputs: &FlexTensor,
    weight: &FlexTensor,
    bias: &FlexTensor,
    size: Recurrence,
) -> (FlexTensor, FlexTensor) {
    let (states, kept) = recurrent::forward(&entries(inputs), &entries(weight), &entries(bias), size);
    let count = kept.len();
    (tensor(states, &[size.batch, size.steps, size.width]), tensor(kept, &[count]))
}

impl RecurrentOps for Flex {
    fn fused_recurrence(inputs: FlexTensor, weight: FlexTensor, bias: FlexTensor, size: Recurrence) -> FlexTensor {
        states_and_kept(&inputs, &weight, &bias, size).0
    }
}
