//! What stands between features and losses in pre-training, and is left out afterwards.

use super::config::{ContrastParts, RFusionSizes};
use crate::model::activation::gelu;
use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use crate::model::norm::LayerNorm;
use burn::module::Module;
use burn::tensor::{Tensor, activation};

/// `z = sigmoid(norm(mlp(x))) · x` (equation 8), the same for all kinds.
#[derive(Module, Debug)]
pub struct Guider {
    /// To the hidden width.
    pub up: Linear,
    /// Back to the width.
    pub down: Linear,
    norm: LayerNorm,
}

/// Shares of pseudo-classes, `softmax(norm(mlp(x)))` (figure 12), the same for all kinds.
#[derive(Module, Debug)]
pub struct Arbiter {
    /// To the hidden width.
    pub up: Linear,
    /// To the pseudo-classes.
    pub down: Linear,
    norm: LayerNorm,
}

/// Two linear layers with a rectifier between them (SimCLR, Chen et al. 2020).
#[derive(Module, Debug)]
pub struct Projector {
    /// To the hidden width.
    pub up: Linear,
    /// Back to the width.
    pub down: Linear,
}

/// The parts that the settings ask for.
#[derive(Module, Debug)]
pub struct ContrastNetworks {
    /// Attention over entries.
    pub guider: Option<Guider>,
    /// Pseudo-classes.
    pub arbiter: Option<Arbiter>,
    /// Between features and loss.
    pub projector: Option<Projector>,
}

impl ContrastNetworks {
    pub(super) fn new(init: &Init, parts: &ContrastParts, sizes: &RFusionSizes) -> Self {
        let width = sizes.width;
        let pair = |init: &Init, to: usize| {
            (Linear::new(&init.at("up"), width, width), Linear::new(&init.at("down"), width, to))
        };
        let guider = |init: Init| {
            let (up, down) = pair(&init, width);
            Guider { up, down, norm: LayerNorm::new(&init.at("norm"), width) }
        };
        let arbiter = |init: Init| {
            let (up, down) = pair(&init, parts.arbiter);
            Arbiter { up, down, norm: LayerNorm::new(&init.at("norm"), parts.arbiter) }
        };
        let projector = |init: Init| {
            let (up, down) = pair(&init, width);
            Projector { up, down }
        };
        Self {
            guider: parts.guider.then(|| guider(init.at("guider"))),
            arbiter: (parts.arbiter > 0).then(|| arbiter(init.at("arbiter"))),
            projector: parts.projector.then(|| projector(init.at("projector"))),
        }
    }

    /// What losses take of features `[sample, kind, width]`:
    ///
    /// | output | of |
    /// | --- | --- |
    /// | `features` | the features, or what the projector makes of them |
    /// | `guided` | equation 8; gradients go to encoders and guider |
    /// | `guided_held` | the same numbers; gradients end at the guider |
    /// | `pseudo` | shares of pseudo-classes `[sample, kind, class]` |
    pub(super) fn forward(&self, features: Tensor<3>, pass: &Pass) -> Vec<(&'static str, Tensor<3>)> {
        let mut outputs = Vec::new();
        if let Some(guider) = &self.guider {
            outputs.push(("guided", guider.forward(features.clone(), pass)));
            outputs.push(("guided_held", guider.forward(features.clone().detach(), pass)));
        }
        if let Some(arbiter) = &self.arbiter {
            outputs.push(("pseudo", arbiter.forward(features.clone(), pass)));
        }
        let seen = match &self.projector {
            Some(p) => p.down.forward(crate::model::activation::relu(p.up.forward(features, pass)), pass),
            None => features,
        };
        outputs.push(("features", seen));
        outputs
    }

    pub(super) fn for_each_linear(&mut self, name: &str, act: &mut dyn FnMut(&str, &mut Linear)) {
        let pairs = [
            ("guider", self.guider.as_mut().map(|g| (&mut g.up, &mut g.down))),
            ("arbiter", self.arbiter.as_mut().map(|a| (&mut a.up, &mut a.down))),
            ("projector", self.projector.as_mut().map(|p| (&mut p.up, &mut p.down))),
        ];
        for (part, pair) in pairs {
            if let Some((up, down)) = pair {
                act(&format!("{name}.{part}.up"), up);
                act(&format!("{name}.{part}.down"), down);
            }
        }
    }
}

impl Guider {
    fn forward(&self, x: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let hidden = gelu(self.up.forward(x.clone(), pass));
        activation::sigmoid(self.norm.forward(self.down.forward(hidden, pass))) * x
    }
}

impl Arbiter {
    fn forward(&self, x: Tensor<3>, pass: &Pass) -> Tensor<3> {
        let hidden = gelu(self.up.forward(x, pass));
        activation::softmax(self.norm.forward(self.down.forward(hidden, pass)), 2)
    }
}
