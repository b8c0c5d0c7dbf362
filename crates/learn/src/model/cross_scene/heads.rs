//! From features to classes, and to scenes behind a reversed gradient.

use super::config::{CrossSceneSizes, DomainHeads};
use crate::model::activation::relu;
use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use burn::module::Module;
use burn::tensor::{Tensor, activation};

/// Two linear layers with a rectifier: above 0 for the scene without labels.
#[derive(Module, Debug)]
pub struct DomainLayers {
    /// To the inner width.
    pub hidden: Linear,
    /// To the score.
    pub output: Linear,
}

/// Classes, and scenes.
#[derive(Module, Debug)]
pub struct SceneHeads {
    /// To the classes.
    pub classes: Linear,
    /// One network for all samples.
    pub global: Option<DomainLayers>,
    /// One for each class; empty where there are none.
    pub local: Vec<DomainLayers>,
}

/// The same numbers, whose gradient comes back with the other sign (Ganin and Lempitsky 2015): what tells scenes apart learns, and what
/// makes features unlearns it.
pub fn reversed<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    x.clone().detach().mul_scalar(2.0) - x
}

impl DomainLayers {
    fn new(init: &Init, sizes: &CrossSceneSizes) -> Self {
        Self {
            hidden: Linear::new(&init.at("hidden"), sizes.width, sizes.hidden),
            output: Linear::new(&init.at("output"), sizes.hidden, 1),
        }
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let pass = Pass::inference();
        self.output.forward(relu(self.hidden.forward(x, &pass)), &pass)
    }
}

impl SceneHeads {
    pub(super) fn new(init: &Init, sizes: &CrossSceneSizes, classes: usize, domains: DomainHeads) -> Self {
        let local = if domains == DomainHeads::Local { classes } else { 0 };
        Self {
            classes: Linear::new(&init.at("classes"), sizes.width, classes),
            global: (domains != DomainHeads::None).then(|| DomainLayers::new(&init.at("global"), sizes)),
            local: (0..local).map(|class| DomainLayers::new(&init.at("local").at(class), sizes)).collect(),
        }
    }

    /// # Shapes
    /// `features[sample, 1, width]` to `[sample, 1, class]`.
    pub(super) fn logits(&self, features: Tensor<3>) -> Tensor<3> {
        self.classes.forward(features, &Pass::inference())
    }

    /// Scores of scenes: `domain[sample, 1, 1]`, and `local_domains[sample, class, 1]` of features times the probability of the class, which
    /// is taken as it is (no gradient goes through it).
    pub(super) fn domains(&self, features: &Tensor<3>, logits: &Tensor<3>) -> Vec<(&'static str, Tensor<3>)> {
        let mut out = Vec::new();
        let turned = reversed(features.clone());
        if let Some(global) = &self.global {
            out.push(("domain", global.forward(turned.clone())));
        }
        if !self.local.is_empty() {
            let shares = activation::softmax(logits.clone().detach(), 2);
            let rows = shares.dims()[0];
            let of = |(class, layers): (usize, &DomainLayers)| {
                layers.forward(turned.clone() * shares.clone().slice([0..rows, 0..1, class..class + 1]))
            };
            out.push(("local_domains", Tensor::cat(self.local.iter().enumerate().map(of).collect(), 1)));
        }
        out
    }

    pub(super) fn for_each_linear(&mut self, name: &str, act: &mut dyn FnMut(&str, &mut Linear)) {
        act(&format!("{name}.classes"), &mut self.classes);
        let global = self.global.iter_mut().map(|layers| ("global".to_owned(), layers));
        let local = self.local.iter_mut().enumerate().map(|(class, layers)| (format!("local.{class}"), layers));
        for (part, layers) in global.chain(local) {
            act(&format!("{name}.{part}.hidden"), &mut layers.hidden);
            act(&format!("{name}.{part}.output"), &mut layers.output);
        }
    }
}
