//! Radar and WiFi across scenes (Chen et al., Electronics 2025): features of both, normalised by what the scene is like and weighted by
//! each other, that tell classes and do not tell scenes.
//!
//! ```text
//! config/    branches and sizes as data, and what they may be
//! radar/     residual network with deformable convolutions over a spectrogram
//! wifi/      graph convolutions over subcarriers, recurrence over time
//! fusion.rs  batch norm by the scene, mutual weights
//! heads.rs   classes; scenes behind a reversed gradient
//! ```
//!
//! Batch norm looks at all samples of a batch together, so in training the branches run in parts and what is behind them on the whole batch
//! ([`Model::joined`]).

mod config;
mod fusion;
mod heads;
mod radar;
mod wifi;

pub use config::{
    Antennas, CrossSceneConfig, CrossSceneSize, CrossSceneSizes, CsiBranch, DomainHeads, SpectrogramBranch,
};
pub use fusion::{ConditionalNorm, SceneFusion};
pub use heads::{DomainLayers, SceneHeads, reversed};
pub use radar::{Bottleneck, ChannelTemporal, DeformResNet};
pub use wifi::{GatedGraph, GraphLstm, adjacency};

use super::ModelError;
use super::init::Init;
use super::interface::{Batch, Model, Outputs, TaskKind, ViewInfo};
use super::linear::{Linear, Pass};
use super::parameters;
use crate::base::random::RandomTree;
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use std::collections::BTreeMap;

/// Branches, what joins them, and heads.
#[derive(Module, Debug)]
pub struct CrossScene {
    /// Of spectrograms.
    pub radar: Option<DeformResNet>,
    /// Of channel state information.
    pub wifi: Option<GraphLstm>,
    /// Joins them.
    pub fusion: SceneFusion,
    /// To classes and scenes.
    pub heads: SceneHeads,
    #[module(skip)]
    config: CrossSceneConfig,
}

impl CrossScene {
    /// A model with initial weights that depend on the seed only.
    pub fn new(config: &CrossSceneConfig, seed: u64) -> Result<Self, ModelError> {
        config.require_fitted()?;
        let init = Init::new(RandomTree::new(seed).subtree(0, "model weights"), &Device::flex());
        let (sizes, drop) = (config.sizes(), config.drop_path);
        let radar = config.radar.as_ref().map(|branch| DeformResNet::new(&init.at("radar"), branch, &sizes, drop));
        let wifi = config.wifi.as_ref().map(|branch| GraphLstm::new(&init.at("wifi"), branch, &sizes, drop));
        let (radar, wifi) = (radar.transpose()?, wifi.transpose()?);
        Ok(Self {
            fusion: SceneFusion::new(&init.at("fusion"), &sizes, (radar.is_some(), wifi.is_some())),
            heads: SceneHeads::new(&init.at("heads"), &sizes, config.classes, config.domains),
            radar,
            wifi,
            config: config.clone(),
        })
    }

    /// What the model is made of.
    pub fn config(&self) -> &CrossSceneConfig {
        &self.config
    }

    /// Features of each sensor by itself, `radar` and `wifi`, each `[sample, 1, width]`.
    fn branches(&self, batch: &Batch, pass: &Pass) -> Outputs {
        let mut views = batch.views.iter().map(|view| view.values.clone());
        let mut out = Vec::new();
        if let (Some(radar), Some(view)) = (&self.radar, self.radar.is_some().then(|| views.next()).flatten()) {
            out.push(("radar", radar.forward(view, pass)));
        }
        if let (Some(wifi), Some(view)) = (&self.wifi, self.wifi.is_some().then(|| views.next()).flatten()) {
            out.push(("wifi", wifi.forward(view, pass)));
        }
        Outputs(out)
    }
}

/// Moments of a norm as an output: `[1, mean | variance, width]`.
fn as_output(of: &fusion::SeenMoments) -> (&'static str, Tensor<3>) {
    let (name, moments) = of;
    let rows = vec![moments.mean.clone().unsqueeze::<2>(), moments.variance.clone().unsqueeze::<2>()];
    (name, Tensor::cat(rows, 0).unsqueeze_dim(0))
}

impl Model for CrossScene {
    fn inputs(&self) -> Vec<ViewInfo> {
        let radar = self.config.radar.iter().map(|b| ViewInfo::new(&b.view, b.shape.clone()));
        radar.chain(self.config.wifi.iter().map(|b| ViewInfo::new(&b.view, b.shape.clone()))).collect()
    }

    /// `features[sample, 1, width]` and `logits[sample, 1, class]` by running moments; in training the features of each sensor, of which
    /// [`joined`](Self::joined) makes these, and scores of scenes.
    fn forward(&self, batch: &Batch, pass: &Pass) -> Outputs {
        let branches = self.branches(batch, pass);
        if pass.is_training() {
            return branches;
        }
        let of = |name: &str| branches.get(name).cloned();
        let Some((features, _)) = self.fusion.forward(of("radar"), of("wifi"), false) else {
            return Outputs::default();
        };
        Outputs(vec![("logits", self.heads.logits(features.clone())), ("features", features)])
    }

    fn joined(&self, outputs: Outputs) -> Outputs {
        let of = |name: &str| outputs.get(name).cloned();
        let Some((features, seen)) = self.fusion.forward(of("radar"), of("wifi"), true) else { return outputs };
        let logits = self.heads.logits(features.clone());
        let mut out = self.heads.domains(&features, &logits);
        out.extend([("logits", logits), ("features", features)]);
        out.extend(seen.iter().map(as_output));
        Outputs(out)
    }

    fn followed(&self, outputs: &Outputs) -> Vec<(String, Vec<f32>)> {
        let of = |(name, tensor): &(&'static str, Tensor<3>)| {
            let values = name.starts_with("fusion.").then(|| parameters::values(tensor.clone()).ok()).flatten()?;
            let (mean, variance) = values.split_at(values.len() / 2);
            Some(self.fusion.moved(name, [mean.to_vec(), variance.to_vec()]))
        };
        outputs.0.iter().filter_map(of).flatten().collect()
    }

    fn task(&self) -> TaskKind {
        TaskKind::Adversarial
    }

    fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for parameter in parameters::list(self) {
            let part = parameter.name.split('.').next().unwrap_or_default().to_owned();
            for name in [part, "total".into()] {
                *counts.entry(name).or_insert(0) += parameter.count();
            }
        }
        counts
    }

    fn for_each_linear(&mut self, act: &mut dyn FnMut(&str, &mut Linear)) {
        if let Some(radar) = &mut self.radar {
            radar.for_each_linear("radar", act);
        }
        if let Some(wifi) = &mut self.wifi {
            wifi.for_each_linear("wifi", act);
        }
        self.fusion.for_each_linear("fusion", act);
        self.heads.for_each_linear("heads", act);
    }

    fn device(&self) -> Device {
        self.heads.classes.weight.val().device()
    }
}
