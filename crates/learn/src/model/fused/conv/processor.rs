//! Forwards, on the tensor library's arrays in main memory.

use super::super::processor::{entries, tensor};
use super::ConvOps;
use crate::model::kernels::conv::{self, ConvSizes};
use burn::backend::Flex;
use burn::backend::flex::FlexTensor;

impl ConvOps for Flex {
    fn fused_conv(x: FlexTensor, weight: FlexTensor, bias: FlexTensor, sizes: ConvSizes) -> FlexTensor {
        let y = conv::forward(&entries(&x), &entries(&weight), Some(&entries(&bias)), &sizes);
        tensor(y, &sizes.output_shape())
    }

    fn fused_conv_transposed(x: FlexTensor, weight: FlexTensor, bias: FlexTensor, sizes: ConvSizes) -> FlexTensor {
        let y = conv::input_gradient(&entries(&x), &entries(&weight), Some(&entries(&bias)), &sizes);
        tensor(y, &sizes.input_shape())
    }
}
