//! Convolutions, norms and recurrent layers against PyTorch's own (`tests/golden/conv/make_conv.py`): outputs within 1e-5 of their
//! largest entry, gradients within 1e-4.

use kinecho::base::random::RandomTree;
use kinecho::burn::module::{Module, ModuleVisitor, Param};
use kinecho::burn::tensor::{Device, Gradients, Tensor, TensorData};
use kinecho::model::conv::{ConvConfig, Padding, shuffle_2d};
use kinecho::model::init::Init;
use kinecho::model::norm::{BatchNorm, ChannelNorm, GroupNorm};
use kinecho::model::recurrent::RecurrentConfig;
use kinecho::model::weights::{Array, Weights};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Deserialize)]
struct Golden {
    torch: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(default)]
struct Case {
    name: String,
    kind: String,
    outputs: usize,
    kernel: Vec<usize>,
    stride: Vec<usize>,
    padding: Vec<usize>,
    beyond: Vec<usize>,
    dilation: Vec<usize>,
    groups: usize,
    bias: bool,
    times: usize,
    width: usize,
    bidirectional: bool,
}

impl Default for Case {
    fn default() -> Self {
        let (name, kind, none) = (String::new(), String::new(), Vec::new);
        Self {
            name,
            kind,
            outputs: 0,
            kernel: none(),
            stride: none(),
            padding: none(),
            beyond: none(),
            dilation: none(),
            groups: 1,
            bias: true,
            times: 1,
            width: 0,
            bidirectional: false,
        }
    }
}

type Arrays = BTreeMap<String, Array>;

impl Case {
    fn config<const D: usize>(&self, inputs: usize) -> ConvConfig<D> {
        let each = |values: &[usize], none: usize| std::array::from_fn(|i| values.get(i).copied().unwrap_or(none));
        let padding = match self.kind.as_str() {
            "causal" => Padding::Causal,
            "same" => Padding::Same,
            _ => Padding::Both(each(&self.padding, 0)),
        };
        ConvConfig {
            stride: each(&self.stride, 1),
            dilation: each(&self.dilation, 1),
            padding,
            groups: self.groups,
            bias: self.bias,
            beyond: each(&self.beyond, 0),
            ..ConvConfig::new(inputs, self.outputs, each(&self.kernel, 1))
        }
    }
}

/// Collects the gradients of a module's parameters by name.
struct OfParameters<'a>(&'a Gradients, Vec<String>, BTreeMap<String, Vec<f32>>);

impl ModuleVisitor for OfParameters<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.1.push(name.into());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.1.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = param.val().grad(self.0) {
            self.2.insert(self.1.join("."), numbers(gradient));
        }
    }
}

fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().try_into_vec::<f32>().unwrap()
}

fn tensor<const D: usize>(array: &Array) -> Tensor<D> {
    let device = Device::flex().autodiff();
    Tensor::from_data(TensorData::new(array.values.clone(), array.shape.clone()), &device)
}

fn close(name: &str, found: &[f32], array: &Array, tolerance: f32) {
    assert_eq!(found.len(), array.values.len(), "{name}");
    let most = array.values.iter().fold(1.0_f32, |most, v| most.max(v.abs()));
    for (i, (found, want)) in found.iter().zip(&array.values).enumerate() {
        assert!((found - want).abs() <= tolerance * most, "{name}, entry {i}: {found}, PyTorch has {want}");
    }
}

/// Holds one layer to its case.
fn check<M: Module, const D: usize>(
    case: &Case,
    arrays: &Arrays,
    module: M,
    forward: impl Fn(&M, Tensor<D>) -> Tensor<D>,
) {
    let of = |key: &str| &arrays[&format!("{}/{key}", case.name)];
    let part = |part: &str| {
        let prefix = format!("{}/{part}/", case.name);
        let all =
            arrays.iter().filter_map(|(name, array)| Some((name.strip_prefix(&prefix)?.to_string(), array.clone())));
        all.collect::<Arrays>()
    };
    // What the file lacks are running moments, which stay as they are.
    let mut weights = Weights::of(&module).unwrap();
    for (name, array) in part("weights") {
        assert!(weights.tensors.insert(name.clone(), array).is_some(), "{}: {name} is no parameter", case.name);
    }
    let module = weights.into_module(module).unwrap();
    let x = tensor::<D>(of("x")).require_grad();
    let y = forward(&module, x.clone());
    assert_eq!(y.dims().to_vec(), of("y").shape, "{}", case.name);
    let gradients = (y.clone() * tensor::<D>(of("factors"))).sum().backward();
    close(&format!("{}: output", case.name), &numbers(y), of("y"), 1e-5);
    close(&format!("{}: input", case.name), &numbers(x.grad(&gradients).unwrap()), of("dx"), 1e-4);
    let mut visitor = OfParameters(&gradients, Vec::new(), BTreeMap::new());
    module.visit(&mut visitor);
    let wanted = part("gradients");
    assert_eq!(visitor.2.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "{}", case.name);
    for (name, array) in &wanted {
        close(&format!("{}: {name}", case.name), &visitor.2[name], array, 1e-4);
    }
}

fn golden() -> (Golden, Arrays) {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/conv");
    let golden: Golden = serde_json::from_str(&std::fs::read_to_string(dir.join("conv.json")).unwrap()).unwrap();
    assert!(!golden.torch.is_empty() && golden.cases.len() > 25);
    (golden, Weights::read(&dir.join("conv.safetensors")).unwrap().tensors)
}

fn init() -> Init {
    Init::new(RandomTree::new(1), &Device::flex().autodiff())
}

#[test]
fn layers_are_those_of_pytorch_forwards_and_backwards() {
    let (golden, arrays) = golden();
    let init = init();
    for case in &golden.cases {
        let shape = arrays[&format!("{}/x", case.name)].shape.clone();
        match (case.kind.as_str(), shape.len()) {
            ("conv" | "causal" | "same", 3) => {
                check(case, &arrays, case.config::<1>(shape[1]).init(&init).unwrap(), |m, x: Tensor<3>| m.forward(x));
            }
            ("conv" | "causal" | "same", _) => {
                check(case, &arrays, case.config::<2>(shape[1]).init(&init).unwrap(), |m, x: Tensor<4>| m.forward(x));
            }
            ("transposed", 3) => {
                let layer = case.config::<1>(shape[1]).init_transposed(&init).unwrap();
                check(case, &arrays, layer, |m, x: Tensor<3>| m.forward(x));
            }
            ("transposed", _) => {
                let layer = case.config::<2>(shape[1]).init_transposed(&init).unwrap();
                check(case, &arrays, layer, |m, x: Tensor<4>| m.forward(x));
            }
            ("shuffle", _) => {
                check(case, &arrays, Vec::<ChannelNorm>::new(), |_, x: Tensor<4>| shuffle_2d(x, case.times));
            }
            ("group_norm", _) => {
                let norm = GroupNorm::new(&init, case.groups, shape[1]).unwrap();
                check(case, &arrays, norm, |m, x: Tensor<4>| m.forward(x));
            }
            ("channel_norm", _) => {
                check(case, &arrays, ChannelNorm::new(&init, shape[1], 1e-6), |m, x: Tensor<4>| m.forward(x));
            }
            ("batch_norm", _) => {
                let norm = BatchNorm::new(&init, shape[1]);
                check(case, &arrays, norm.clone(), |m, x: Tensor<4>| m.forward_training(x).0);
                running_moments(case, &arrays, norm);
            }
            (kind, _) => {
                let config = RecurrentConfig { inputs: shape[2], width: case.width, bidirectional: case.bidirectional };
                if kind == "gru" {
                    check(case, &arrays, config.init_gru(&init).unwrap(), |m, x: Tensor<3>| m.forward(x));
                } else {
                    check(case, &arrays, config.init_lstm(&init).unwrap(), |m, x: Tensor<3>| m.forward(x));
                }
            }
        }
    }
}

/// After one batch they are PyTorch's, and inference is by them.
fn running_moments(case: &Case, arrays: &Arrays, norm: BatchNorm) {
    let of = |key: &str| &arrays[&format!("{}/{key}", case.name)];
    let x = tensor::<4>(of("x"));
    let moments = norm.forward_training(x.clone()).1;
    let norm = norm.update(&moments, 0.1);
    close("running mean", &numbers(norm.running_mean.val()), of("after/running_mean"), 1e-6);
    close("running variance", &numbers(norm.running_var.val()), of("after/running_var"), 1e-6);
    let (mean, variance) = (numbers(norm.running_mean.val()), numbers(norm.running_var.val()));
    let (values, y) = (numbers(x), numbers(norm.forward(tensor::<4>(of("x")))));
    for (i, (v, y)) in values.iter().zip(y).enumerate() {
        let c = i / 12 % 5;
        assert!((y - (v - mean[c]) / (variance[c] + 1e-5).sqrt()).abs() < 1e-5, "entry {i}");
    }
}

#[test]
fn layers_begin_with_the_law_of_pytorch() {
    // nn.Conv2d(8, 16, 3, groups=2): uniform within 1/√(8 / 2 · 9) = 1/6; nn.ConvTranspose2d the same with 16 / 2 · 9.
    let config = ConvConfig { groups: 2, ..ConvConfig::new(8, 16, [3, 3]) };
    let layer = config.init(&init()).unwrap();
    let up = config.init_transposed(&init()).unwrap();
    for (values, limit) in [
        (numbers(layer.weight.val()), 1.0 / 6.0),
        (numbers(layer.bias.unwrap().val()), 1.0 / 6.0),
        (numbers(up.weight.val()), 72.0_f32.sqrt().recip()),
    ] {
        let most = values.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
        assert!(most <= limit && most > 0.8 * limit, "{most} of {limit}");
        // Uniform numbers have a third of the square of the limit.
        let square = values.iter().map(|v| v * v).sum::<f32>() / values.len() as f32;
        assert!(values.len() < 100 || (3.0 * square / (limit * limit) - 1.0).abs() < 0.2, "{square} of {limit}");
    }
}

#[test]
fn settings_and_inputs_that_do_not_fit_are_refused_with_both_shapes() {
    let plain = ConvConfig::new(6, 4, [3, 3]);
    for (config, expected) in [
        (ConvConfig { groups: 4, ..plain }, "groups is 4, with 6 input and 4 output channels"),
        (ConvConfig { stride: [1, 0], ..plain }, "stride is [1, 0]"),
        (ConvConfig { kernel: [0, 3], ..plain }, "kernel is [0, 3]"),
        (ConvConfig { inputs: 0, ..plain }, "inputs is 0"),
    ] {
        let message = config.init(&init()).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    let layer = ConvConfig { dilation: [1, 5], ..plain }.init(&init()).unwrap();
    let message = layer.output([2, 6, 9, 10]).unwrap_err().to_string();
    assert!(
        message.contains("input [2, 6, 9, 10] and weight [4, 6, 3, 3]") && message.contains("covers 11"),
        "{message}"
    );
    let message = layer.output([2, 5, 9, 11]).unwrap_err().to_string();
    assert!(message.contains("5 channels in 1 groups want a weight with 5 inputs"), "{message}");
    assert_eq!(layer.output([2, 6, 9, 11]).unwrap(), [2, 4, 7, 1]);
    assert!(GroupNorm::new(&init(), 4, 6).unwrap_err().to_string().contains("4, with 6 channels"));
    let config = RecurrentConfig { inputs: 3, width: 0, bidirectional: false };
    assert!(config.init_gru(&init()).unwrap_err().to_string().contains("width is 0"));
}
