//! RFusion (Feng et al.): features of WiFi, RFID and radar drawn together without labels, then classes by whichever of them are there.
//!
//! ```text
//! config/       branches, sizes and tasks as data, and what they may be
//! modality.rs   kinds of radio and sets of them
//! encoders/     from views to tokens
//! contrast.rs   guider, arbiter, projector
//! heads/        from tokens of any set of kinds to classes
//! shown.rs      which samples show which kinds
//! ```

mod config;
mod contrast;
mod encoders;
mod heads;
mod modality;
mod shown;

pub use config::{
    ContrastParts, Fusion, FusionClasses, RFusionConfig, RFusionSize, RFusionSizes, RFusionTask, RadarBranch,
    RfidBranch, WifiBranch,
};
pub use contrast::{Arbiter, ContrastNetworks, Guider, Projector};
pub use encoders::{
    ConvNext, ConvNextBlock, ConvNextStage, Encoders, PhaseTcn, TcnBlock, Tfcn, TfcnBlock, TfcnStage, TokenProjection,
};
pub use heads::{AttentionFusion, ClassLayers, CrossFusion, FusionHead, GruFusion};
pub use modality::{Modality, all_sets, set_name};

use super::ModelError;
use super::init::Init;
use super::interface::{Batch, Model, Outputs, TaskKind, ViewInfo};
use super::linear::{Linear, Pass};
use super::parameters;
use crate::base::random::RandomTree;
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use rand::RngExt;
use shown::{SetRows, by_set, in_order, rows_of};
use std::collections::{BTreeMap, HashMap};

/// The encoders, and what the task wants behind them.
#[derive(Module, Debug)]
pub struct RFusion {
    /// From views to tokens.
    pub encoders: Encoders,
    /// Of pre-training alone.
    pub contrast: Option<ContrastNetworks>,
    /// Of fine-tuning alone.
    pub head: Option<FusionHead>,
    #[module(skip)]
    config: RFusionConfig,
}

/// Tokens of one kind, and the place of each sample among them.
type Encoded = BTreeMap<Modality, (Tensor<3>, HashMap<usize, usize>)>;

impl RFusion {
    /// A model with initial weights that depend on the seed only.
    pub fn new(config: &RFusionConfig, seed: u64) -> Result<Self, ModelError> {
        config.require_fitted()?;
        let init = Init::new(RandomTree::new(seed).subtree(0, "model weights"), &Device::flex());
        let sizes = config.sizes();
        let (mut contrast, mut head) = (None, None);
        match &config.task {
            RFusionTask::Contrast(parts) => {
                contrast = Some(ContrastNetworks::new(&init.at("contrast"), parts, &sizes));
            }
            RFusionTask::Classify(of) => {
                head = Some(FusionHead::new(&init.at("head"), of.head, of.classes, &sizes)?);
            }
        }
        Ok(Self { encoders: Encoders::new(&init.at("encoders"), config)?, contrast, head, config: config.clone() })
    }

    /// What the model is made of.
    pub fn config(&self) -> &RFusionConfig {
        &self.config
    }

    /// The same encoders for another task; what is new has initial weights that depend on the seed only, and encoders of kinds that
    /// the task does not use are left out.
    pub fn with_task(&self, task: RFusionTask, seed: u64) -> Result<Self, ModelError> {
        let fresh = Self::new(&self.config.with_task(task), seed)?;
        let learnt: HashMap<String, Vec<f32>> =
            parameters::collect(self)?.into_iter().map(|(parameter, values)| (parameter.name, values)).collect();
        let keep = |_, parameter: &parameters::Parameter| {
            let kept = parameter.name.starts_with("encoders.");
            kept.then(|| learnt.get(&parameter.name).cloned()).flatten()
        };
        Ok(parameters::assign(fresh, keep))
    }

    /// The kind of each view of a batch.
    fn kinds(&self) -> Vec<Modality> {
        self.config.used().into_iter().flat_map(|m| self.config.views_of(m).into_iter().map(move |_| m)).collect()
    }

    /// The kinds that a row has: all of whose views are there.
    fn there(&self, batch: &Batch, row: usize) -> Vec<Modality> {
        let kinds = self.kinds();
        let has = |m: &Modality| kinds.iter().zip(&batch.views).all(|(kind, view)| kind != m || view.present[row]);
        self.config.used().into_iter().filter(has).collect()
    }

    /// The set that each row shows: in training one of those that it has, drawn anew at every step; else all that it has.
    fn sets_shown(&self, batch: &Batch, pass: &Pass) -> Vec<Vec<Modality>> {
        let rows = batch.views.first().map_or(0, |view| view.present.len());
        let known = self.config.sets();
        let shown = |row: usize| {
            let there = self.there(batch, row);
            if !pass.is_training() {
                return there;
            }
            let mut fits: Vec<&Vec<Modality>> =
                known.iter().filter(|set| set.iter().all(|m| there.contains(m))).collect();
            match fits.len() {
                0 => there,
                count => fits.swap_remove(pass.stream(row, "kinds").random_range(0..count)).clone(),
            }
        };
        (0..rows).map(shown).collect()
    }

    /// Tokens of every kind for the rows that show it.
    fn encoded(&self, batch: &Batch, sets: &[Vec<Modality>], pass: &Pass) -> Encoded {
        let (kinds, mut encoded) = (self.kinds(), Encoded::new());
        for modality in self.config.used() {
            let rows: Vec<usize> = (0..sets.len()).filter(|&row| sets[row].contains(&modality)).collect();
            if rows.is_empty() {
                continue;
            }
            let views = kinds.iter().zip(&batch.views).filter(|(kind, _)| **kind == modality);
            let views = views.map(|(_, view)| rows_of(view.values.clone(), &rows)).collect();
            if let Some(tokens) = self.encoders.forward(modality, views, pass) {
                let places = rows.into_iter().enumerate().map(|(place, row)| (row, place)).collect();
                encoded.insert(modality, (tokens, places));
            }
        }
        encoded
    }

    fn contrasted(&self, contrast: &ContrastNetworks, batch: &Batch, pass: &Pass) -> Outputs {
        let used = self.config.used();
        let rows = batch.views.first().map_or(0, |view| view.present.len());
        let encoded = self.encoded(batch, &vec![used; rows], pass);
        let features: Vec<Tensor<3>> = encoded.into_values().map(|(tokens, _)| tokens.mean_dim(1)).collect();
        if features.is_empty() {
            return Outputs::default();
        }
        Outputs(contrast.forward(Tensor::cat(features, 1), pass))
    }

    fn classified(&self, head: &FusionHead, batch: &Batch, pass: &Pass) -> Outputs {
        let sets = self.sets_shown(batch, pass);
        let encoded = self.encoded(batch, &sets, pass);
        let (mut features, mut logits, mut groups) = (Vec::new(), Vec::new(), Vec::new());
        for SetRows { set, rows } in by_set(&sets) {
            let shown = set.iter().filter_map(|modality| {
                let (tokens, places) = encoded.get(modality)?;
                let places: Option<Vec<usize>> = rows.iter().map(|row| places.get(row).copied()).collect();
                Some((*modality, rows_of(tokens.clone(), &places?)))
            });
            if let Some((feature, scores)) = head.forward(shown.collect(), pass) {
                features.push(feature);
                logits.push(scores);
                groups.push(SetRows { set, rows });
            }
        }
        // Rows that have nothing to look at are refused before they come here.
        if groups.iter().map(|group| group.rows.len()).sum::<usize>() != sets.len() || groups.is_empty() {
            return Outputs::default();
        }
        Outputs(vec![("features", in_order(features, &groups)), ("logits", in_order(logits, &groups))])
    }
}

impl Model for RFusion {
    fn inputs(&self) -> Vec<ViewInfo> {
        let of = |modality: Modality| {
            let views = self.config.views_of(modality).into_iter().zip(self.config.shapes_of(modality));
            views.map(|(name, shape)| ViewInfo::new(name, shape)).collect::<Vec<_>>()
        };
        self.config.used().into_iter().flat_map(of).collect()
    }

    /// In fine-tuning `features[sample, 1, width]` and `logits[sample, 1, class]`; in pre-training `features[sample, kind, width]`,
    /// `guided`, `guided_held` and `pseudo` (see `contrast.rs`).
    fn forward(&self, batch: &Batch, pass: &Pass) -> Outputs {
        match (&self.contrast, &self.head) {
            (Some(contrast), _) => self.contrasted(contrast, batch, pass),
            (_, Some(head)) => self.classified(head, batch, pass),
            _ => Outputs::default(),
        }
    }

    fn task(&self) -> TaskKind {
        match self.config.task {
            RFusionTask::Contrast(_) => TaskKind::GuidedContrast,
            RFusionTask::Classify(_) => TaskKind::Classify,
        }
    }

    fn takes_absent_views(&self) -> bool {
        self.config.sets().len() > 1
    }

    fn view_sets(&self) -> Option<Vec<Vec<bool>>> {
        let kinds = self.kinds();
        let of = |set: &Vec<Modality>| kinds.iter().map(|kind| set.contains(kind)).collect();
        Some(self.config.sets().iter().map(of).collect())
    }

    fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for parameter in parameters::list(self) {
            let mut names = parameter.name.split('.');
            let part = match (names.next(), names.next()) {
                (Some("encoders"), Some(kind)) => kind.to_owned(),
                (Some(part), _) => part.to_owned(),
                _ => String::new(),
            };
            for name in [part, "total".into()] {
                *counts.entry(name).or_insert(0) += parameter.count();
            }
        }
        counts
    }

    fn for_each_linear(&mut self, act: &mut dyn FnMut(&str, &mut Linear)) {
        self.encoders.for_each_linear("encoders", act);
        if let Some(contrast) = &mut self.contrast {
            contrast.for_each_linear("contrast", act);
        }
        if let Some(head) = &mut self.head {
            head.for_each_linear("head", act);
        }
    }

    fn device(&self) -> Device {
        let projections = [
            self.encoders.wifi.as_ref().map(|e| &e.projection),
            self.encoders.rfid.as_ref().map(|e| &e.projection),
            self.encoders.radar.as_ref().map(|e| &e.projection),
        ];
        let first = projections.into_iter().flatten().next();
        first.map_or_else(Device::flex, |projection| projection.linear.weight.val().device())
    }
}
