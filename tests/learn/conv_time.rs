//! Times of convolutional and recurrent layers and networks: the peer of `benches/python/conv_time.py`, which names the cases.

use kinecho::base::random::RandomTree;
use kinecho::burn::module::Param;
use kinecho::burn::tensor::ops::MaxPoolOptions;
use kinecho::burn::tensor::{Device, Tensor, module};
use kinecho::model::activation::{gelu, relu};
use kinecho::model::conv::{Conv2d, ConvConfig, Padding};
use kinecho::model::init::Init;
use kinecho::model::norm::{ChannelNorm, GroupNorm};
use kinecho::model::recurrent::RecurrentConfig;
use std::hint::black_box;
use std::time::Instant;

const REPEATS: usize = 9;

/// Prints the median times of the way forwards and of both ways, ms.
fn measure<const D: usize, const E: usize>(
    name: &str,
    init: &Init,
    shape: [usize; D],
    learns: bool,
    forward: impl Fn(Tensor<D>) -> Tensor<E>,
) {
    if std::env::var("ONLY").is_ok_and(|only| !only.split(' ').any(|n| n == name)) {
        return;
    }
    let x = init.normal("x", shape, 1.0).val().set_require_grad(learns);
    let factors = init.normal("factors", forward(x.clone()).dims(), 1.0).val().set_require_grad(false);
    let (mut ahead, mut both) = (Vec::new(), Vec::new());
    for i in 0..=REPEATS {
        let begin = Instant::now();
        let y = forward(x.clone());
        let middle = begin.elapsed();
        let loss = (y * factors.clone()).sum();
        let grads = loss.backward();
        let end = begin.elapsed();
        black_box(&grads);
        if i > 0 {
            ahead.push(1e3 * middle.as_secs_f64());
            both.push(1e3 * end.as_secs_f64());
        }
    }
    ahead.sort_by(f64::total_cmp);
    both.sort_by(f64::total_cmp);
    println!("time {name} {:.3} {:.3}", ahead[REPEATS / 2], both[REPEATS / 2]);
}

struct Residual {
    convs: [Conv2d; 2],
    norms: [GroupNorm; 2],
    down: Option<(Conv2d, GroupNorm)>,
}

impl Residual {
    fn new(init: &Init, inputs: usize, outputs: usize, stride: usize) -> Self {
        let stride = [stride; 2];
        let config = |inputs, kernel, stride, padding| ConvConfig {
            stride,
            padding,
            bias: false,
            ..ConvConfig::new(inputs, outputs, kernel)
        };
        let around = Padding::Both([1, 1]);
        let norm = || GroupNorm::new(init, 8, outputs).unwrap();
        let down = (stride != [1, 1] || inputs != outputs)
            .then(|| (config(inputs, [1, 1], stride, Padding::None).init(&init.at("down")).unwrap(), norm()));
        let first = config(inputs, [3, 3], stride, around).init(&init.at(0)).unwrap();
        let second = config(outputs, [3, 3], [1, 1], around).init(&init.at(1)).unwrap();
        Self { convs: [first, second], norms: [norm(), norm()], down }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let y = relu(self.norms[0].forward(self.convs[0].forward(x.clone())));
        let y = self.norms[1].forward(self.convs[1].forward(y));
        let x = match &self.down {
            Some((conv, norm)) => norm.forward(conv.forward(x)),
            None => x,
        };
        relu(x + y)
    }
}

/// ResNet-18 (He et al. 2016) with group norm.
fn resnet(init: &Init) -> impl Fn(Tensor<4>) -> Tensor<2> {
    let stem =
        ConvConfig { stride: [2, 2], padding: Padding::Both([3, 3]), bias: false, ..ConvConfig::new(3, 64, [7, 7]) };
    let (stem, norm) = (stem.init(&init.at("stem")).unwrap(), GroupNorm::new(init, 8, 64).unwrap());
    let mut blocks = Vec::new();
    let mut inputs = 64;
    for (stage, outputs) in [64, 128, 256, 512].into_iter().enumerate() {
        for i in 0..2 {
            let stride = if stage > 0 && i == 0 { 2 } else { 1 };
            blocks.push(Residual::new(&init.at(stage).at(i), inputs, outputs, stride));
            inputs = outputs;
        }
    }
    let mut pool = MaxPoolOptions::new([3, 3]);
    (pool.stride, pool.padding) = ([2, 2], [(1, 1); 2]);
    move |x| {
        let x = relu(norm.forward(stem.forward(x)));
        let x = module::max_pool2d(x, pool.clone());
        let x = blocks.iter().fold(x, |x, block| block.forward(x));
        let [batch, channels, rows, columns] = x.dims();
        x.reshape([batch, channels, rows * columns]).mean_dim(2).squeeze_dim::<2>(2)
    }
}

struct Next {
    depthwise: Conv2d,
    norm: ChannelNorm,
    up: Conv2d,
    down: Conv2d,
    scale: Param<Tensor<1>>,
}

impl Next {
    fn new(init: &Init, width: usize) -> Self {
        let plain =
            |inputs, outputs, kernel| ConvConfig { padding: Padding::Same, ..ConvConfig::new(inputs, outputs, kernel) };
        Self {
            depthwise: ConvConfig { groups: width, ..plain(width, width, [7, 7]) }.init(&init.at("depthwise")).unwrap(),
            norm: ChannelNorm::new(init, width, 1e-6),
            up: plain(width, 4 * width, [1, 1]).init(&init.at("up")).unwrap(),
            down: plain(4 * width, width, [1, 1]).init(&init.at("down")).unwrap(),
            scale: init.constant([width], 1e-6),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let y = self.norm.forward(self.depthwise.forward(x.clone()));
        let y = self.down.forward(gelu(self.up.forward(y)));
        let width = y.dims()[1];
        x + y * self.scale.val().reshape([1, width, 1, 1])
    }
}

/// ConvNeXt-T (Liu et al. 2022) without its head.
fn convnext(init: &Init) -> impl Fn(Tensor<4>) -> Tensor<4> {
    type Stage = (Option<ChannelNorm>, Conv2d, Vec<Next>);
    let mut stages: Vec<Stage> = Vec::new();
    let mut inputs = 3;
    for (i, (width, depth)) in [(96, 3), (192, 3), (384, 9), (768, 3)].into_iter().enumerate() {
        let init = init.at(i);
        let step = if i == 0 { [4, 4] } else { [2, 2] };
        let norm = (i > 0).then(|| ChannelNorm::new(&init, inputs, 1e-6));
        let down = ConvConfig { stride: step, ..ConvConfig::new(inputs, width, step) }.init(&init.at("down")).unwrap();
        stages.push((norm, down, (0..depth).map(|k| Next::new(&init.at(k), width)).collect()));
        inputs = width;
    }
    move |x| {
        stages.iter().fold(x, |x, (norm, down, blocks)| {
            let x = norm.as_ref().map_or(x.clone(), |norm| norm.forward(x));
            blocks.iter().fold(down.forward(x), |x, block| block.forward(x))
        })
    }
}

/// `cargo test --release --test learn conv_time -- --ignored --nocapture`; `ONLY` names some of the cases.
#[test]
#[ignore = "a measurement"]
fn conv_time() {
    let init = Init::new(RandomTree::new(0), &Device::flex().autodiff());
    let two = |name: &str, shape: [usize; 4], config: ConvConfig<2>| {
        let layer = config.init(&init).unwrap();
        measure(name, &init, shape, true, |x| layer.forward(x));
    };
    let same =
        |inputs, outputs, kernel| ConvConfig { padding: Padding::Same, ..ConvConfig::new(inputs, outputs, kernel) };
    two("three", [8, 64, 64, 64], same(64, 64, [3, 3]));
    two("stem", [8, 3, 256, 256], ConvConfig { stride: [2, 2], ..same(3, 64, [7, 7]) });
    two("pointwise", [8, 256, 64, 64], same(256, 64, [1, 1]));
    two("depthwise", [8, 96, 32, 128], ConvConfig { groups: 96, ..same(96, 96, [7, 7]) });
    let dilated =
        ConvConfig { dilation: [8], padding: Padding::Same, ..ConvConfig::new(64, 64, [3]) }.init(&init).unwrap();
    measure("dilated", &init, [8, 64, 1000], true, |x| dilated.forward(x));
    let up = ConvConfig { stride: [2, 2], ..ConvConfig::new(128, 64, [2, 2]) }.init_transposed(&init).unwrap();
    measure("transposed", &init, [8, 128, 32, 32], true, |x| up.forward(x));
    measure("resnet", &init, [16, 3, 64, 64], false, resnet(&init.at("resnet")));
    measure("convnext", &init, [16, 3, 32, 128], false, convnext(&init.at("convnext")));
    let config = RecurrentConfig { inputs: 64, width: 128, bidirectional: false };
    let (gru, lstm) = (config.init_gru(&init).unwrap(), config.init_lstm(&init).unwrap());
    measure("gru", &init, [16, 100, 64], true, |x| gru.forward(x));
    measure("lstm", &init, [16, 100, 64], true, |x| lstm.forward(x));
    let config = RecurrentConfig { bidirectional: true, ..config };
    let (gru, lstm) = (config.init_gru(&init).unwrap(), config.init_lstm(&init).unwrap());
    measure("gru_both_ways", &init, [16, 100, 64], true, |x| gru.forward(x));
    measure("lstm_both_ways", &init, [16, 100, 64], true, |x| lstm.forward(x));
}
