//! Backwards.

use super::super::processor::{entries, tensor};
use super::RecurrentOps;
use super::processor::states_and_kept;
use crate::model::kernels::recurrent::{self, Recurrence};
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex};

#[derive(Debug)]
struct RecurrenceStep;

impl Backward<Flex, 3> for RecurrenceStep {
    /// Weight, states, what was kept, sizes.
    type State = (FlexTensor, FlexTensor, FlexTensor, Recurrence);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node);
        let (weight, states, kept, size) = ops.state;
        let back =
            recurrent::backward(&entries(&weight), &entries(&states), &entries(&kept), &entries(&gradient), size);
        let gates = size.gates();
        let arrays = [
            (back.inputs, vec![size.batch, size.steps, gates]),
            (back.weight, vec![gates, size.width]),
            (back.bias, vec![gates]),
        ];
        for (node, (values, shape)) in ops.parents.into_iter().zip(arrays) {
            if let Some(node) = node {
                grads.register::<Flex>(node.id, tensor(values, &shape));
            }
        }
    }
}

impl<C: CheckpointStrategy> RecurrentOps for Autodiff<Flex, C> {
    fn fused_recurrence(
        inputs: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        size: Recurrence,
    ) -> FloatTensor<Self> {
        let ((inputs, inputs_node), (weight, weight_node), (bias, bias_node)) =
            (inputs.into_parts(), weight.into_parts(), bias.into_parts());
        let (states, kept) = states_and_kept(&inputs, &weight, &bias, size);
        match RecurrenceStep.prepare::<C>([inputs_node, weight_node, bias_node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish((weight, states.clone(), kept, size), states),
            OpsKind::UnTracked(step) => step.finish(states),
        }
    }
}
