//! A residual network with deformable convolutions over a radar's spectrogram (sections 4.3.1 and 5.4).
//!
//! ```text
//! block.rs      bottlenecks
//! attention.rs  channels and moments weighted by each other
//! ```

mod attention;
mod block;

pub use attention::ChannelTemporal;
pub use block::Bottleneck;

use super::config::{CrossSceneSizes, SpectrogramBranch};
use crate::model::ModelError;
use crate::model::activation::relu;
use crate::model::conv::{Conv2d, ConvConfig, Padding};
use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use crate::model::norm::GroupNorm;
use block::BlockSizes;
use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::module::max_pool2d;
use burn::tensor::ops::MaxPoolOptions;

/// ResNet (He et al. 2016) with group norm in place of batch norm, deformable 3 × 3 convolutions where the sizes say so, channel–temporal
/// attention behind the last stage, and a linear layer to the features.
#[derive(Module, Debug)]
pub struct DeformResNet {
    stem: Conv2d,
    stem_norm: GroupNorm,
    /// Blocks of all stages, one behind the other.
    pub blocks: Vec<Bottleneck>,
    /// Behind the last stage.
    pub attention: ChannelTemporal,
    /// To the features.
    pub projection: Linear,
    rows: usize,
    columns: usize,
}

/// Length of an axis after a kernel of `2 · padding + 1` or one more, with a stride of 2.
fn halved(cells: usize) -> usize {
    cells.div_ceil(2)
}

impl DeformResNet {
    pub(super) fn new(
        init: &Init,
        branch: &SpectrogramBranch,
        sizes: &CrossSceneSizes,
        drop_path: f64,
    ) -> Result<Self, ModelError> {
        let &[rows, columns] = branch.shape.as_slice() else {
            let (field, found) = ("radar.shape".into(), format!("{:?}", branch.shape));
            return Err(ModelError::Config { field, found, expected: "two lengths".into() });
        };
        let stem = ConvConfig {
            stride: [2, 2],
            padding: Padding::Both([3, 3]),
            bias: false,
            ..ConvConfig::new(1, sizes.stem, [7, 7])
        };
        // The stem and the pooling behind it halve both axes.
        let mut times = halved(halved(columns));
        let (mut inputs, mut blocks) = (sizes.stem, Vec::new());
        let stages = sizes.channels.iter().zip(&sizes.depths).zip(&sizes.deformable).enumerate();
        for (stage, ((&inner, &depth), &deformable)) in stages {
            let outputs = inner * sizes.expansion;
            for place in 0..depth {
                let stride = if stage > 0 && place == 0 { 2 } else { 1 };
                let of = BlockSizes { inputs, inner, outputs, stride, groups: sizes.groups };
                blocks.push(Bottleneck::new(&init.at("blocks").at(blocks.len()), &of, deformable, drop_path)?);
                inputs = outputs;
            }
            if stage > 0 {
                times = halved(times);
            }
        }
        Ok(Self {
            stem: stem.init(&init.at("stem"))?,
            stem_norm: GroupNorm::new(&init.at("stem_norm"), sizes.groups, sizes.stem)?,
            blocks,
            attention: ChannelTemporal::new(&init.at("attention"), inputs, times),
            projection: Linear::new(&init.at("projection"), inputs, sizes.width),
            rows,
            columns,
        })
    }

    /// # Shapes
    /// `x[sample, velocity · time]` to `[sample, 1, width]`.
    pub(super) fn forward(&self, x: Tensor<2>, pass: &Pass) -> Tensor<3> {
        let [samples, _] = x.dims();
        let x = self.stem.forward(x.reshape([samples, 1, self.rows, self.columns]));
        let x = relu(self.stem_norm.forward(x));
        let pooling = MaxPoolOptions {
            kernel_size: [3, 3],
            stride: [2, 2],
            padding: [(1, 1); 2],
            dilation: [1, 1],
            ceil_mode: false,
        };
        let x = max_pool2d(x, pooling);
        let x = self.blocks.iter().fold(x, |x, block| block.forward(x, pass));
        let x = self.attention.forward(x, pass);
        let [_, channels, rows, times] = x.dims();
        let mean: Tensor<3> = x.reshape([samples, channels, rows * times]).mean_dim(2).swap_dims(1, 2);
        self.projection.forward(mean, pass)
    }

    pub(super) fn for_each_linear(&mut self, name: &str, act: &mut dyn FnMut(&str, &mut Linear)) {
        act(&format!("{name}.attention.channels"), &mut self.attention.channels);
        act(&format!("{name}.attention.moments"), &mut self.attention.moments);
        act(&format!("{name}.projection"), &mut self.projection);
    }
}
