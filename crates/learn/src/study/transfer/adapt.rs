//! One model: labels of one scene, samples without labels of another.

use super::fault;
use super::sides::TaskSides;
use super::spec::TransferStudy;
use super::subcarriers::chosen;
use crate::base::progress::Progress;
use crate::model::cross_scene::CrossSceneConfig;
use crate::model::interface::ViewInfo;
use crate::model::system::{ModelSpec, System};
use crate::study::experiment::ExperimentError;
use crate::study::phase::Phase;
use crate::study::pretraining::{LabelledSet, divided};
use crate::train::{Labels, Samples, Source, TrainConfig, TrainData, Unlabelled};
use std::path::Path;

/// A model, and the step whose weights were kept.
pub(super) struct AdaptedModel {
    pub(super) model: System,
    pub(super) kept_step: u64,
    /// Subcarriers that it looks at; none without WiFi.
    pub(super) subcarriers: Vec<usize>,
}

/// Trains a model on the sides of a task, as the study says.
///
/// Of the samples that are shown without labels the views alone are read ([`Unlabelled`]); subcarriers, pairs of them, and which weights are
/// kept follow from labelled samples of the source.
pub(super) fn adapted(
    study: &TransferStudy,
    labelled: &LabelledSet,
    sides: &TaskSides,
    seed: u64,
    (dir, progress): (&Path, &dyn Progress),
) -> Result<AdaptedModel, ExperimentError> {
    let set = &labelled.set;
    let (learn, validation) = divided(&labelled.items, &sides.learn, study.validation, seed);
    let (learn, validation) = (set.select(&learn), set.select(&validation));
    let Some(config) = study.network() else { return Err(fault("model", "expected cross_scene")) };
    let views: Vec<ViewInfo> = set.views.iter().map(|view| view.info.clone()).collect();
    let wifi = config.wifi.as_ref().map(|branch| chosen(branch, &learn)).transpose()?;
    let subcarriers = wifi.as_ref().map(|branch| branch.looked_at()).unwrap_or_default();
    let config = CrossSceneConfig { wifi, ..config.clone() };
    let from = ModelSpec::from(config).fitted(&views, set.classes.len())?.init(seed)?;
    let mut train = TrainConfig { seed, ..study.train.clone() };
    if validation.is_empty() {
        // Nothing could say which weights are best: the last ones are kept.
        (train.early_stopping, train.validate_every) = (None, 0);
    }
    let shown = set.select(&sides.unlabelled);
    let shown = Unlabelled(&shown);
    let mut sources = vec![Source { name: "source", samples: &learn, weight: 1.0 }];
    if study.adapts() {
        sources.push(Source { name: "target", samples: &shown, weight: 1.0 });
    }
    let held = (!validation.is_empty()).then_some(&validation as &dyn Samples);
    let on = TrainData { sources: &sources, labels: Labels::Names(&set.classes), validation: held, seen_before: &[] };
    let trained = Phase { from, on, train }.run(dir, progress)?;
    Ok(AdaptedModel { model: trained.model, kept_step: trained.report.kept_step, subcarriers })
}

#[cfg(test)]
pub(super) mod tests;
