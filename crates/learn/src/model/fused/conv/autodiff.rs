//! Backwards.

use super::super::processor::{entries, tensor};
use super::ConvOps;
use crate::model::kernels::conv::{self, ConvSizes};
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex};

/// Sizes; the input when the weight learns, the weight when something before the input does.
type Kept = (ConvSizes, Option<FlexTensor>, Option<FlexTensor>);

#[derive(Debug)]
struct ConvStep;

impl Backward<Flex, 3> for ConvStep {
    type State = Kept;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node);
        let back = entries(&gradient);
        let ([of_x, of_weight, of_bias], (sizes, x, weight)) = (ops.parents, ops.state);
        if let Some((node, weight)) = of_x.zip(weight) {
            let values = conv::input_gradient(&back, &entries(&weight), None, &sizes);
            grads.register::<Flex>(node.id, tensor(values, &sizes.input_shape()));
        }
        if let Some((node, x)) = of_weight.zip(x) {
            let values = conv::weight_gradient(&entries(&x), &back, &sizes);
            grads.register::<Flex>(node.id, tensor(values, &sizes.weight_shape()));
        }
        if let Some(node) = of_bias {
            let values = conv::bias_gradient(&back, sizes.outputs, sizes.out[0] * sizes.out[1]);
            grads.register::<Flex>(node.id, tensor(values, &[sizes.outputs]));
        }
    }
}

/// A transposed convolution is the way back of one with inputs and outputs exchanged, and its way back is that one.
#[derive(Debug)]
struct TransposedStep;

impl Backward<Flex, 3> for TransposedStep {
    type State = Kept;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<Flex>(&ops.node);
        let back = entries(&gradient);
        let ([of_x, of_weight, of_bias], (sizes, x, weight)) = (ops.parents, ops.state);
        if let Some((node, weight)) = of_x.zip(weight) {
            let values = conv::forward(&back, &entries(&weight), None, &sizes);
            grads.register::<Flex>(node.id, tensor(values, &sizes.output_shape()));
        }
        if let Some((node, x)) = of_weight.zip(x) {
            let values = conv::weight_gradient(&back, &entries(&x), &sizes);
            grads.register::<Flex>(node.id, tensor(values, &sizes.weight_shape()));
        }
        if let Some(node) = of_bias {
            let values = conv::bias_gradient(&back, sizes.inputs, sizes.image[0] * sizes.image[1]);
            grads.register::<Flex>(node.id, tensor(values, &[sizes.inputs]));
        }
    }
}

/// Takes one of the two steps.
macro_rules! step {
    ($forwards:ident, $step:expr, $x:ident, $weight:ident, $bias:ident, $sizes:ident) => {{
        let (x_learns, weight_learns) = ($x.is_tracked(), $weight.is_tracked());
        let ((x, x_node), (weight, weight_node), (bias, bias_node)) =
            ($x.into_parts(), $weight.into_parts(), $bias.into_parts());
        let kept = ($sizes, weight_learns.then(|| x.clone()), x_learns.then(|| weight.clone()));
        let y = Flex::$forwards(x, weight, bias, $sizes);
        match $step.prepare::<C>([x_node, weight_node, bias_node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish(kept, y),
            OpsKind::UnTracked(step) => step.finish(y),
        }
    }};
}

impl<C: CheckpointStrategy> ConvOps for Autodiff<Flex, C> {
    fn fused_conv(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        sizes: ConvSizes,
    ) -> FloatTensor<Self> {
        step!(fused_conv, ConvStep, x, weight, bias, sizes)
    }

    fn fused_conv_transposed(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        sizes: ConvSizes,
    ) -> FloatTensor<Self> {
        step!(fused_conv_transposed, TransposedStep, x, weight, bias, sizes)
    }
}
