//! From the views of a kind of radio to tokens of one width.
//!
//! ```text
//! wifi.rs     convolutions along time and along subcarriers
//! rfid.rs     dilated causal convolutions over differences of phase
//! radar.rs    ConvNeXt over maps
//! project.rs  to tokens of the width that all share
//! ```

mod project;
mod radar;
mod rfid;
mod wifi;

pub use project::TokenProjection;
pub use radar::{ConvNext, ConvNextBlock, ConvNextStage};
pub use rfid::{PhaseTcn, TcnBlock};
pub use wifi::{Tfcn, TfcnBlock, TfcnStage};

use super::config::RFusionConfig;
use super::modality::Modality;
use crate::model::ModelError;
use crate::model::init::Init;
use crate::model::linear::{Linear, Pass};
use burn::module::Module;
use burn::tensor::Tensor;

/// The encoders of the kinds that a model uses, each with its projection.
#[derive(Module, Debug)]
pub struct Encoders {
    /// Of channel state information.
    pub wifi: Option<Tfcn>,
    /// Of RFID phases.
    pub rfid: Option<PhaseTcn>,
    /// Of radar maps.
    pub radar: Option<ConvNext>,
}

impl Encoders {
    /// Those of the kinds that the settings use; initial weights depend on seed and names only.
    pub(super) fn new(init: &Init, config: &RFusionConfig) -> Result<Self, ModelError> {
        let (sizes, used) = (config.sizes(), config.used());
        let wanted = |modality: Modality| used.contains(&modality);
        let wifi = config.wifi.as_ref().filter(|_| wanted(Modality::Wifi));
        let rfid = config.rfid.as_ref().filter(|_| wanted(Modality::Rfid));
        let radar = config.radar.as_ref().filter(|_| wanted(Modality::Radar));
        Ok(Self {
            wifi: wifi.map(|branch| Tfcn::new(&init.at("wifi"), branch, &sizes)).transpose()?,
            rfid: rfid.map(|branch| PhaseTcn::new(&init.at("rfid"), branch, &sizes)).transpose()?,
            radar: radar.map(|branch| ConvNext::new(&init.at("radar"), branch, &sizes)).transpose()?,
        })
    }

    /// Tokens of the views of one kind.
    ///
    /// # Shapes
    /// `views` each `[sample, value]`, to `[sample, token, width]`; none where the model has no such encoder.
    pub(super) fn forward(&self, modality: Modality, views: Vec<Tensor<2>>, pass: &Pass) -> Option<Tensor<3>> {
        let first = || views.first().cloned();
        match modality {
            Modality::Wifi => Some(self.wifi.as_ref()?.forward(first()?, pass)),
            Modality::Rfid => Some(self.rfid.as_ref()?.forward(first()?, pass)),
            Modality::Radar => Some(self.radar.as_ref()?.forward(views, pass)),
        }
    }

    pub(super) fn for_each_linear(&mut self, name: &str, act: &mut dyn FnMut(&str, &mut Linear)) {
        let projections = [
            ("wifi", self.wifi.as_mut().map(|e| &mut e.projection)),
            ("rfid", self.rfid.as_mut().map(|e| &mut e.projection)),
            ("radar", self.radar.as_mut().map(|e| &mut e.projection)),
        ];
        for (kind, projection) in projections {
            if let Some(projection) = projection {
                act(&format!("{name}.{kind}.projection.linear"), &mut projection.linear);
            }
        }
    }
}
