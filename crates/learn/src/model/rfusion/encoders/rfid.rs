//! The temporal convolutional network of tag phases (section III-B): no output of a block sees what comes after it.

use super::TokenProjection;
use crate::model::ModelError;
use crate::model::activation::relu;
use crate::model::conv::{Conv1d, ConvConfig, Padding};
use crate::model::init::Init;
use crate::model::linear::Pass;
use crate::model::norm::ChannelNorm;
use crate::model::rfusion::config::{RFusionSizes, RfidBranch};
use burn::module::Module;
use burn::tensor::Tensor;

/// Two dilated causal convolutions and a residual (Bai et al. 2018). Norms are over the channels of a moment: one over moments would
/// look ahead.
#[derive(Module, Debug)]
pub struct TcnBlock {
    first: Conv1d,
    first_norm: ChannelNorm,
    second: Conv1d,
    second_norm: ChannelNorm,
    /// Where the number of channels changes.
    skip: Option<Conv1d>,
}

/// The encoder of RFID phases.
#[derive(Module, Debug)]
pub struct PhaseTcn {
    blocks: Vec<TcnBlock>,
    /// To tokens.
    pub projection: TokenProjection,
    tags: usize,
    times: usize,
}

/// Of each tag the phase since the first moment, its change from moment to moment and the change of that: what stands still is gone.
///
/// # Shapes
/// `x[sample, tag, time]` to `[sample, 3 · tag, time]`.
fn differences(x: Tensor<3>) -> Tensor<3> {
    let [samples, tags, times] = x.dims();
    let at = |from: usize, to: usize| x.clone().slice([0..samples, 0..tags, from..to]);
    let none = Tensor::zeros([samples, tags, 1], &x.device());
    let change = |x: Tensor<3>| {
        if times < 2 {
            return x.zeros_like();
        }
        let later = x.clone().slice([0..samples, 0..tags, 1..times]);
        Tensor::cat(vec![none.clone(), later - x.slice([0..samples, 0..tags, 0..times - 1])], 2)
    };
    let since = x.clone() - at(0, 1);
    let velocity = change(x.clone());
    let acceleration = change(velocity.clone());
    Tensor::cat(vec![since, velocity, acceleration], 1)
}

impl TcnBlock {
    fn new(init: &Init, inputs: usize, channels: usize, dilation: usize) -> Result<Self, ModelError> {
        let causal = |inputs: usize| ConvConfig {
            dilation: [dilation],
            padding: Padding::Causal,
            ..ConvConfig::new(inputs, channels, [3])
        };
        let skip = (inputs != channels).then(|| ConvConfig::new(inputs, channels, [1]).init(&init.at("skip")));
        Ok(Self {
            first: causal(inputs).init(&init.at("first"))?,
            first_norm: ChannelNorm::new(&init.at("first_norm"), channels, 1e-5),
            second: causal(channels).init(&init.at("second"))?,
            second_norm: ChannelNorm::new(&init.at("second_norm"), channels, 1e-5),
            skip: skip.transpose()?,
        })
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let y = relu(self.first_norm.forward(self.first.forward(x.clone())));
        let y = relu(self.second_norm.forward(self.second.forward(y)));
        let x = match &self.skip {
            Some(skip) => skip.forward(x),
            None => x,
        };
        relu(x + y)
    }
}

impl PhaseTcn {
    pub(super) fn new(init: &Init, branch: &RfidBranch, sizes: &RFusionSizes) -> Result<Self, ModelError> {
        let &[tags, times] = branch.shape.as_slice() else {
            let (field, found) = ("rfid.shape".into(), format!("{:?}", branch.shape));
            return Err(ModelError::Config { field, found, expected: "two lengths".into() });
        };
        let (mut inputs, mut blocks) = (3 * tags, Vec::new());
        for (i, &channels) in sizes.rfid.iter().enumerate() {
            blocks.push(TcnBlock::new(&init.at("blocks").at(i), inputs, channels, 1 << i)?);
            inputs = channels;
        }
        let projection = TokenProjection::new(&init.at("projection"), inputs, sizes.tokens, sizes.width);
        Ok(Self { blocks, projection, tags, times })
    }

    /// # Shapes
    /// `x[sample, tag · time]` to `[sample, token, width]`, tokens in order of time.
    pub(super) fn forward(&self, x: Tensor<2>, pass: &Pass) -> Tensor<3> {
        let [samples, _] = x.dims();
        let x = differences(x.reshape([samples, self.tags, self.times]));
        self.projection.forward(self.blocks.iter().fold(x, |x, block| block.forward(x)), pass)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base::random::RandomTree;
    use crate::model::rfusion::RFusionConfig;
    use burn::tensor::{Device, TensorData};

    #[test]
    fn phases_become_what_has_moved_how_fast_and_how_much_faster() {
        let device = Device::flex();
        let phases = vec![2.0_f32, 2.5, 4.0, 4.0, /**/ 1.0, 0.0, -3.0, 5.0];
        let x = Tensor::<3>::from_data(TensorData::new(phases, [1, 2, 4]), &device);
        let got = differences(x).into_data().try_into_vec::<f32>().unwrap();
        let since = [0.0, 0.5, 2.0, 2.0, 0.0, -1.0, -4.0, 4.0];
        let velocity = [0.0, 0.5, 1.5, 0.0, 0.0, -1.0, -3.0, 8.0];
        let acceleration = [0.0, 0.5, 1.0, -1.5, 0.0, -1.0, -2.0, 11.0];
        assert_eq!(got, [since, velocity, acceleration].concat());
    }

    #[test]
    fn blocks_see_nothing_of_what_comes_after() {
        let init = Init::new(RandomTree::new(3), &Device::flex());
        let branch = RfidBranch { shape: vec![2, 40], ..RfidBranch::default() };
        let tcn = PhaseTcn::new(&init, &branch, &RFusionConfig::default().sizes()).unwrap();
        let out = |late: f32| {
            let phase = |i: usize| if i % 40 < 25 { (0.3 * i as f32).sin() } else { late * (i as f32).cos() };
            let x = Tensor::<3>::from_data(TensorData::new((0..80).map(phase).collect(), [1, 2, 40]), &Device::flex());
            let y = tcn.blocks.iter().fold(differences(x), |x, block| block.forward(x));
            y.swap_dims(1, 2).into_data().try_into_vec::<f32>().unwrap()
        };
        let (one, other) = (out(1.0), out(-2.0));
        let until = one.len() / 40 * 25;
        assert_eq!(one[..until], other[..until]);
        assert_ne!(one[until..], other[until..]);
    }
}
