//! A convolutional classifier over any set of views, absent ones left out: the supervised baseline of every study.

mod branch;
mod config;

pub use branch::{Branch, Stage};
pub use config::{ClassifierConfig, ViewBranch};

use super::ModelError;
use super::init::Init;
use super::interface::{Batch, Model, Outputs, TaskKind, ViewInfo};
use super::linear::{Linear, Pass};
use super::parameters;
use crate::base::random::RandomTree;
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use std::collections::BTreeMap;

/// One branch a view; the mean of the branches whose view is there; a linear head.
#[derive(Module, Debug)]
pub struct Classifier {
    /// By the views' names in alphabetical order, so that the order of the settings changes nothing.
    branches: Vec<Branch>,
    head: Linear,
    #[module(skip)]
    config: ClassifierConfig,
}

impl Classifier {
    /// A model with initial weights that depend on the seed and the views' names only.
    pub fn new(config: &ClassifierConfig, seed: u64) -> Result<Self, ModelError> {
        config.require_fitted()?;
        let mut config = config.clone();
        config.views.sort_by(|a, b| a.name.cmp(&b.name));
        let init = Init::new(RandomTree::new(seed).subtree(0, "model weights"), &Device::flex());
        let branch = |view: &ViewBranch| {
            let init = init.at("branches").at(&view.name);
            Branch::new(&init, &view.shape, config.channels_of(view), config.kernel, config.groups, config.width)
        };
        Ok(Self {
            branches: config.views.iter().map(branch).collect::<Result<_, _>>()?,
            head: Linear::new(&init.at("head"), config.width, config.classes),
            config,
        })
    }

    /// What the model is made of, views in alphabetical order.
    pub fn config(&self) -> &ClassifierConfig {
        &self.config
    }

    /// Mean over the views that are there.
    ///
    /// # Shapes
    /// To `[sample, 1, width]`.
    fn features(&self, batch: &Batch, pass: &Pass) -> Tensor<3> {
        let device = self.device();
        let rows = batch.views.first().map_or(0, |view| view.present.len());
        let mut sum: Option<Tensor<3>> = None;
        for (branch, view) in self.branches.iter().zip(&batch.views) {
            let features = if view.is_whole() {
                branch.forward(view.values.clone(), pass)
            } else {
                // Twice: neither what stands in the place of an absent view nor what the branch makes of it may count, even as NaN · 0.
                let absent = view.absent();
                let [_, count] = view.values.dims();
                let values = view.values.clone().mask_fill(absent.clone().expand([rows, count]), 0.0);
                let features = branch.forward(values, pass);
                let width = features.dims()[2];
                features.mask_fill(absent.unsqueeze_dim::<3>(2).expand([rows, 1, width]), 0.0)
            };
            sum = Some(match sum {
                Some(sum) => sum + features,
                None => features,
            });
        }
        let there = |row: usize| batch.views.iter().filter(|view| view.present[row]).count().max(1);
        let shares: Vec<f32> = (0..rows).map(|row| 1.0 / there(row) as f32).collect();
        let shares = Tensor::<3>::from_data(TensorData::new(shares, [rows, 1, 1]), &device);
        match sum {
            Some(sum) => sum * shares,
            None => Tensor::zeros([rows, 1, self.config.width], &device),
        }
    }
}

impl Model for Classifier {
    fn inputs(&self) -> Vec<ViewInfo> {
        self.config.views.iter().map(|view| ViewInfo::new(&view.name, view.shape.clone())).collect()
    }

    /// `features` and `logits`.
    fn forward(&self, batch: &Batch, pass: &Pass) -> Outputs {
        let features = self.features(batch, pass);
        let logits = self.head.forward(features.clone(), pass);
        Outputs(vec![("features", features), ("logits", logits)])
    }

    fn task(&self) -> TaskKind {
        TaskKind::Classify
    }

    fn takes_absent_views(&self) -> bool {
        true
    }

    fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::from([("branches".to_owned(), 0), ("head".to_owned(), 0)]);
        for parameter in parameters::list(self) {
            let part = if parameter.name.starts_with("branches.") { "branches" } else { "head" };
            counts.entry(part.to_owned()).and_modify(|n| *n += parameter.count());
        }
        counts.insert("total".into(), counts.values().sum());
        counts
    }

    fn for_each_linear(&mut self, act: &mut dyn FnMut(&str, &mut Linear)) {
        for (i, branch) in self.branches.iter_mut().enumerate() {
            branch.for_each_linear(&format!("branches.{i}"), act);
        }
        act("head", &mut self.head);
    }

    fn device(&self) -> Device {
        self.head.weight.val().device()
    }
}
