//! Backwards.

use super::super::processor::{entries, tensor};
use super::{NormOps, Over, PlaneNorm};
use crate::model::kernels::norms::{batch, channel, group};
use crate::model::kernels::relu;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex, TensorMetadata};

#[derive(Debug)]
struct PlaneNormStep;

impl Backward<Flex, 3> for PlaneNormStep {
    /// Input, γ, which norm.
    type State = (FlexTensor, FlexTensor, PlaneNorm);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node);
        let (x, gamma, PlaneNorm { over, planes, epsilon }) = ops.state;
        let (values, scales, back) = (entries(&x), entries(&gamma), entries(&gradient));
        let back = match over {
            Over::Groups(groups) => group::backward(&values, &scales, &back, groups, planes, epsilon),
            Over::Channels => channel::backward(&values, &scales, &back, planes, epsilon),
            Over::Batch => batch::backward(&values, &scales, &back, planes, epsilon),
        };
        let arrays = [(back.x, x.shape()), (back.gamma, gamma.shape()), (back.beta, gamma.shape())];
        for (node, (values, shape)) in ops.parents.into_iter().zip(arrays) {
            if let Some(node) = node {
                grads.register::<Flex>(node.id, tensor(values, &shape));
            }
        }
    }
}

#[derive(Debug)]
struct ReluStep;

impl Backward<Flex, 1> for ReluStep {
    /// The output.
    type State = FlexTensor;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node);
        if let [Some(node)] = ops.parents {
            let mut values = entries(&gradient).into_owned();
            relu::backward(&entries(&ops.state), &mut values);
            grads.register::<Flex>(node.id, tensor(values, &gradient.shape()));
        }
    }
}

impl<C: CheckpointStrategy> NormOps for Autodiff<Flex, C> {
    fn fused_plane_norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        norm: PlaneNorm,
    ) -> FloatTensor<Self> {
        let ((x, x_node), (gamma, gamma_node), (beta, beta_node)) =
            (x.into_parts(), gamma.into_parts(), beta.into_parts());
        let y = Flex::fused_plane_norm(x.clone(), gamma.clone(), beta, norm);
        match PlaneNormStep.prepare::<C>([x_node, gamma_node, beta_node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish((x, gamma, norm), y),
            OpsKind::UnTracked(step) => step.finish(y),
        }
    }

    fn fused_relu(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let y = Flex::fused_relu(x);
        match ReluStep.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish(y.clone(), y),
            OpsKind::UnTracked(step) => step.finish(y),
        }
    }
}
