//! Forwards, on the tensor library's arrays in main memory.

use super::super::processor::{entries, tensor};
use super::{NormOps, Over, PlaneNorm};
use crate::model::kernels::norms::{batch, channel, group};
use crate::model::kernels::relu;
use burn::backend::flex::FlexTensor;
use burn::backend::{Flex, TensorMetadata};

impl NormOps for Flex {
    fn fused_plane_norm(x: FlexTensor, gamma: FlexTensor, beta: FlexTensor, norm: PlaneNorm) -> FlexTensor {
        let (values, gamma, beta) = (entries(&x), entries(&gamma), entries(&beta));
        let PlaneNorm { over, planes, epsilon } = norm;
        let y = match over {
            Over::Groups(groups) => group::forward(&values, &gamma, &beta, groups, planes, epsilon),
            Over::Channels => channel::forward(&values, &gamma, &beta, planes, epsilon),
            Over::Batch => {
                let (mean, variance) = batch::moments(&values, planes);
                batch::forward(&values, (&mean, &variance), &gamma, &beta, planes, epsilon)
            }
        };
        tensor(y, &x.shape())
    }

    fn fused_relu(x: FlexTensor) -> FlexTensor {
        tensor(relu::forward(&entries(&x)), &x.shape())
    }
}
