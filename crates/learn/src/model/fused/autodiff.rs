//! The steps backwards.

use super::processor::{attention_with_weights, entries, tensor};
use super::{BlockOps, attention_size};
use crate::model::kernels::{attention, gelu, linear, norms::layer};
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex, TensorMetadata};

#[derive(Debug)]
struct LinearStep;

impl Backward<Flex, 3> for LinearStep {
    /// The input when the weight learns, the weight when something before the input does.
    type State = (Option<FlexTensor>, Option<FlexTensor>);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node);
        let outputs = gradient.shape().last().copied().unwrap_or(0);
        let back = entries(&gradient);
        let ([of_x, of_weight, of_bias], (x, weight)) = (ops.parents, ops.state);
        if let Some((node, weight)) = of_x.zip(weight) {
            let values = linear::input_gradient(&entries(&weight), outputs, &back);
            let mut shape = gradient.shape().to_vec();
            shape.pop();
            shape.push(weight.shape()[0]);
            grads.register::<Flex>(node.id, tensor(values, &shape));
        }
        if let Some((node, x)) = of_weight.zip(x) {
            let inputs = x.shape().last().copied().unwrap_or(0);
            let values = linear::weight_gradient(&entries(&x), inputs, &back, outputs);
            grads.register::<Flex>(node.id, tensor(values, &[inputs, outputs]));
        }
        if let Some(node) = of_bias {
            grads.register::<Flex>(node.id, tensor(linear::bias_gradient(&back, outputs), &[outputs]));
        }
    }
}

#[derive(Debug)]
struct GeluStep;

impl Backward<Flex, 1> for GeluStep {
    type State = FlexTensor;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node);
        if let [Some(node)] = ops.parents {
            let mut values = entries(&gradient).into_owned();
            gelu::backward(&entries(&ops.state), &mut values);
            grads.register::<Flex>(node.id, tensor(values, &gradient.shape()));
        }
    }
}

#[derive(Debug)]
struct NormStep;

impl Backward<Flex, 3> for NormStep {
    /// Input, γ, ε.
    type State = (FlexTensor, FlexTensor, f32);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node);
        let (x, gamma, epsilon) = ops.state;
        let back = layer::backward(&entries(&x), &entries(&gamma), &entries(&gradient), epsilon);
        let arrays = [(back.x, x.shape()), (back.gamma, gamma.shape()), (back.beta, gamma.shape())];
        for (node, (values, shape)) in ops.parents.into_iter().zip(arrays) {
            if let Some(node) = node {
                grads.register::<Flex>(node.id, tensor(values, &shape));
            }
        }
    }
}

#[derive(Debug)]
struct AttentionStep;

impl Backward<Flex, 1> for AttentionStep {
    /// Query, key and value; the weights; heads.
    type State = (FlexTensor, FlexTensor, usize);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node);
        if let [Some(node)] = ops.parents {
            let (qkv, weights, heads) = ops.state;
            let size = attention_size(&qkv.shape(), heads);
            let values = attention::backward(&entries(&qkv), &entries(&weights), &entries(&gradient), size);
            grads.register::<Flex>(node.id, tensor(values, &qkv.shape()));
        }
    }
}

impl<C: CheckpointStrategy> BlockOps for Autodiff<Flex, C> {
    fn fused_linear(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        let (x_learns, weight_learns) = (x.is_tracked(), weight.is_tracked());
        let ((x, x_node), (weight, weight_node), (bias, bias_node)) =
            (x.into_parts(), weight.into_parts(), bias.into_parts());
        let kept = (weight_learns.then(|| x.clone()), x_learns.then(|| weight.clone()));
        let y = Flex::fused_linear(x, weight, bias);
        match LinearStep.prepare::<C>([x_node, weight_node, bias_node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish(kept, y),
            OpsKind::UnTracked(step) => step.finish(y),
        }
    }

    fn fused_gelu(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let y = Flex::fused_gelu(x.clone());
        match GeluStep.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish(x, y),
            OpsKind::UnTracked(step) => step.finish(y),
        }
    }

    fn fused_norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f32,
    ) -> FloatTensor<Self> {
        let ((x, x_node), (gamma, gamma_node), (beta, beta_node)) =
            (x.into_parts(), gamma.into_parts(), beta.into_parts());
        let y = Flex::fused_norm(x.clone(), gamma.clone(), beta, epsilon);
        match NormStep.prepare::<C>([x_node, gamma_node, beta_node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish((x, gamma, epsilon), y),
            OpsKind::UnTracked(step) => step.finish(y),
        }
    }

    fn fused_attention(qkv: FloatTensor<Self>, heads: usize) -> FloatTensor<Self> {
        let (qkv, node) = qkv.into_parts();
        let (out, weights) = attention_with_weights(&qkv, heads);
        match AttentionStep.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish((qkv, weights, heads), out),
            OpsKind::UnTracked(step) => step.finish(out),
        }
    }
}
