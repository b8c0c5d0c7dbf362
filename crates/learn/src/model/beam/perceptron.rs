//! Linear layers with GELU between them.

use crate::model::activation::gelu;
use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use burn::module::Module;
use burn::tensor::Tensor;

/// Linear layers with GELU between them, none behind the last.
#[derive(Module, Debug)]
pub struct Perceptron {
    /// The layers.
    pub layers: Vec<Linear>,
}

impl Perceptron {
    /// From `inputs` through the hidden widths to `outputs`.
    pub(super) fn new(init: &Init, inputs: usize, hidden: &[usize], outputs: usize) -> Self {
        let mut from = inputs;
        let widths = hidden.iter().copied().chain([outputs]);
        let layer = |(i, to): (usize, usize)| {
            let layer = Linear::new(&init.at("layers").at(i), from, to);
            from = to;
            layer
        };
        Self { layers: widths.enumerate().map(layer).collect() }
    }

    /// # Shapes
    /// `x[sample, step, input]` to `[sample, step, output]`.
    pub(super) fn forward(&self, x: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let mut layers = self.layers.iter();
        let first = match layers.next() {
            Some(layer) => layer.forward(x, pass),
            None => x,
        };
        layers.fold(first, |x, layer| layer.forward(gelu(x), pass))
    }

    pub(super) fn for_each_linear(&mut self, name: &str, act: &mut dyn FnMut(&str, &mut Linear)) {
        self.layers.iter_mut().enumerate().for_each(|(i, layer)| act(&format!("{name}.layers.{i}"), layer));
    }
}
