//! WiSwiss (SenSys 2026): one transformer for spectra of any shape, pre-trained by putting together what was hidden.
//!
//! ```text
//! config.rs     sizes and tasks as data
//! grid.rs       patches of a view of any shape
//! mask.rs       which patches are hidden
//! backbone.rs   patches to tokens
//! heads.rs      what is made of the tokens, by task
//! transform/    φ, what must come back besides the numbers
//! ```

mod backbone;
mod config;
mod grid;
mod heads;
mod mask;
mod transform;

pub use backbone::Backbone;
pub use config::{BackboneSize, DetectHead, EmbedHead, Masked, PoseHead, Position, WiSwissConfig, WiSwissTask};
pub use grid::Grid;
pub use mask::MaskRule;
pub use transform::{Cfar, Dfs, Plain, Transform};

use super::ModelError;
use super::init::Init;
use super::interface::{Batch, Model, Outputs, TaskKind, ViewForm, ViewInfo};
use super::linear::{Linear, Pass};
use super::parameters;
use crate::base::random::RandomTree;
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use std::collections::{BTreeMap, HashMap};

/// The backbone and one head.
#[derive(Module, Debug)]
pub struct WiSwiss {
    /// Patches to tokens.
    pub backbone: Backbone,
    /// Tokens to what the task wants.
    pub head: Linear,
    /// `[width]`: what stands in the place of a hidden patch; of the masked task alone.
    pub hidden: Option<Param<Tensor<1>>>,
    #[module(skip)]
    config: WiSwissConfig,
}

impl WiSwiss {
    /// A model with initial weights that depend on the seed only.
    pub fn new(config: &WiSwissConfig, seed: u64) -> Result<Self, ModelError> {
        config.require_fitted()?;
        let init = Init::new(RandomTree::new(seed).subtree(0, "model weights"), &Device::flex());
        let (width, ..) = config.sizes();
        let masked = matches!(config.task, WiSwissTask::Masked(_));
        Ok(Self {
            backbone: Backbone::new(&init.at("backbone"), config),
            head: Linear::new(&init.at("head"), width, config.outputs()),
            hidden: masked.then(|| init.normal("hidden", [width], 0.02)),
            config: config.clone(),
        })
    }

    /// What the model is made of.
    pub fn config(&self) -> &WiSwissConfig {
        &self.config
    }

    /// The same backbone with a new head for another task, whose initial weights depend on the seed only.
    pub fn with_task(&self, task: WiSwissTask, seed: u64) -> Result<Self, ModelError> {
        let fresh = Self::new(&self.config.with_task(task), seed)?;
        let learnt: HashMap<String, Vec<f32>> =
            parameters::collect(self)?.into_iter().map(|(parameter, values)| (parameter.name, values)).collect();
        let keep = |_, parameter: &parameters::Parameter| {
            let kept = parameter.name.starts_with("backbone.");
            kept.then(|| learnt.get(&parameter.name).cloned()).flatten()
        };
        Ok(parameters::assign(fresh, keep))
    }

    /// The view of each sample as it is looked at: resized where the settings say so.
    fn seen(&self, values: Vec<f32>, form: &ViewForm) -> (Vec<f32>, ViewForm) {
        let to = &self.config.resize;
        if to.is_empty() || *to == form.shape {
            return (values, form.clone());
        }
        let cells: usize = form.shape.iter().product();
        let all = values.chunks_exact(cells).flat_map(|view| grid::resized(view, &form.shape, to)).collect();
        let time = self.time_axis();
        let rate_hz = form.rate_hz.map(|rate| rate * to[time] as f64 / form.shape[time] as f64);
        // Rows that were put together belong to no antenna of their own.
        let links = if to[0] == form.shape[0] || time == 0 { form.links } else { 1 };
        (all, ViewForm { shape: to.clone(), rate_hz, links })
    }

    /// The axis of a view that is time: the last of `[frequency, time]`, the first of `[time, range, angle]`.
    fn time_axis(&self) -> usize {
        if self.config.patch.len() == 3 { 0 } else { 1 }
    }
}

impl Model for WiSwiss {
    fn inputs(&self) -> Vec<ViewInfo> {
        vec![ViewInfo::new(&self.config.view, self.config.shape.clone())]
    }

    /// By task; see [`heads`].
    fn forward(&self, batch: &Batch, pass: &Pass) -> Outputs {
        let Some(view) = batch.views.first() else { return Outputs::default() };
        let values = parameters::values(view.values.clone()).unwrap_or_default();
        let (values, form) = self.seen(values, &view.form);
        let samples = heads::BatchViews { count: view.present.len(), values, form, device: view.values.device() };
        match &self.config.task {
            WiSwissTask::Masked(masked) => self.masked(masked, &samples, pass),
            WiSwissTask::Classify { .. } => self.classified(&samples, pass),
            WiSwissTask::Pose(pose) => self.posed(pose, &samples, pass),
            WiSwissTask::Detect(detect) => self.detected(detect, &samples, pass),
            WiSwissTask::Embed(embed) => self.embedded(embed, &samples, pass),
        }
    }

    fn task(&self) -> TaskKind {
        match &self.config.task {
            WiSwissTask::Masked(_) => TaskKind::Masked,
            WiSwissTask::Classify { .. } => TaskKind::Classify,
            WiSwissTask::Pose(_) => TaskKind::Pose,
            WiSwissTask::Detect(_) => TaskKind::Detect,
            WiSwissTask::Embed(_) => TaskKind::Invariant,
        }
    }

    fn takes_any_shape(&self) -> bool {
        true
    }

    fn normalises_power(&self) -> bool {
        true
    }

    fn misfit(&self, form: &ViewForm) -> Option<String> {
        let rank = self.config.patch.len();
        if form.shape.len() != rank {
            let size = ViewInfo::new("", form.shape.clone()).size();
            return Some(format!("has {} axes ({size}), the model looks at views of {rank}", form.shape.len()));
        }
        let (cells, least) = (form.shape.iter().product::<usize>(), self.config.patch_cells());
        if cells < least {
            let size = ViewInfo::new("", form.shape.clone()).size();
            return Some(format!("has {cells} cells ({size}), fewer than one patch of {least}: take longer windows"));
        }
        match &self.config.task {
            WiSwissTask::Masked(masked) => {
                let (_, form) = self.seen(Vec::new(), form);
                masked.transform.as_ref().and_then(|transform| transform.misfit(&form))
            }
            _ => None,
        }
    }

    fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for parameter in parameters::list(self) {
            let part = if parameter.name.starts_with("backbone.blocks.") {
                "blocks"
            } else if parameter.name.starts_with("backbone.") {
                "patches"
            } else {
                "head"
            };
            for name in [part, "total"] {
                *counts.entry(name.to_owned()).or_insert(0) += parameter.count();
            }
        }
        counts
    }

    fn for_each_linear(&mut self, act: &mut dyn FnMut(&str, &mut Linear)) {
        self.backbone.for_each_linear("backbone", act);
        act("head", &mut self.head);
    }

    fn device(&self) -> Device {
        self.head.weight.val().device()
    }
}
