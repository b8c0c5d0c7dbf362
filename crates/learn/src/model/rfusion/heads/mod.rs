//! From the tokens of whichever kinds there are to scores of classes (section III-C).
//!
//! ```text
//! attention.rs  multi-head attention with residuals
//! gru.rs        Cosmo's classifier: attention to quality, gated recurrent units
//! cross.rs      each kind asks the others
//! ```
//!
//! All take any set of kinds: what is absent is left out, nothing stands in its place.

mod attention;
mod cross;
mod gru;

pub use attention::AttentionFusion;
pub use cross::CrossFusion;
pub use gru::GruFusion;

use super::config::{Fusion, RFusionSizes};
use super::modality::Modality;
use crate::model::ModelError;
use crate::model::activation::gelu;
use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use burn::module::Module;
use burn::tensor::Tensor;

/// Tokens of a kind, `[sample, token, width]`.
pub(super) type Shown = (Modality, Tensor<3>);

/// One of the ways to join branches.
#[derive(Module, Debug)]
pub struct FusionHead {
    /// The way of the paper.
    pub attention: Option<AttentionFusion>,
    /// Cosmo's.
    pub gru: Option<GruFusion>,
    /// Cross-attention.
    pub cross: Option<CrossFusion>,
    /// To the classes.
    pub classes: ClassLayers,
}

/// Two linear layers with a GELU between them.
#[derive(Module, Debug)]
pub struct ClassLayers {
    /// To the width before the classes.
    pub hidden: Linear,
    /// To the classes.
    pub output: Linear,
}

impl FusionHead {
    pub(super) fn new(init: &Init, way: Fusion, classes: usize, sizes: &RFusionSizes) -> Result<Self, ModelError> {
        let at = init.at("classes");
        let width = sizes.width;
        Ok(Self {
            attention: (way == Fusion::Attention).then(|| AttentionFusion::new(&init.at("attention"), sizes)),
            gru: (way == Fusion::Gru).then(|| GruFusion::new(&init.at("gru"), sizes)).transpose()?,
            cross: (way == Fusion::Cross).then(|| CrossFusion::new(&init.at("cross"), sizes)),
            classes: ClassLayers {
                hidden: Linear::new(&at.at("hidden"), width, sizes.hidden),
                output: Linear::new(&at.at("output"), sizes.hidden, classes),
            },
        })
    }

    /// Features and scores by the kinds that are shown.
    ///
    /// # Shapes
    /// To `[sample, 1, width]` and `[sample, 1, class]`; none where nothing is shown.
    pub(super) fn forward(&self, shown: Vec<Shown>, pass: &Pass) -> Option<(Tensor<3>, Tensor<3>)> {
        if shown.is_empty() {
            return None;
        }
        let features = match (&self.attention, &self.gru, &self.cross) {
            (Some(attention), ..) => attention.forward(shown, pass),
            (_, Some(gru), _) => gru.forward(shown, pass),
            (.., Some(cross)) => cross.forward(shown, pass),
            _ => return None,
        };
        let scores = self.classes.output.forward(gelu(self.classes.hidden.forward(features.clone(), pass)), pass);
        Some((features, scores))
    }

    pub(super) fn for_each_linear(&mut self, name: &str, act: &mut dyn FnMut(&str, &mut Linear)) {
        if let Some(attention) = &mut self.attention {
            attention.for_each_linear(&format!("{name}.attention"), act);
        }
        if let Some(gru) = &mut self.gru {
            gru.for_each_linear(&format!("{name}.gru"), act);
        }
        if let Some(cross) = &mut self.cross {
            cross.for_each_linear(&format!("{name}.cross"), act);
        }
        act(&format!("{name}.classes.hidden"), &mut self.classes.hidden);
        act(&format!("{name}.classes.output"), &mut self.classes.output);
    }
}
