//! The three stages of an arm and a seed.

use super::fault;
use super::samples::{PassageSides, Sequences};
use super::spec::BeamStudy;
use crate::base::progress::Progress;
use crate::model::beam::{BeamModality, BeamModel, BeamTask};
use crate::model::system::System;
use crate::study::experiment::ExperimentError;
use crate::study::phase::Phase;
use crate::train::{Dataset, Labels, Samples, Source, TrainConfig, TrainData, Truth};
use std::path::Path;

/// Where a stage learns and says how far it is.
pub(super) struct StagePlace<'a> {
    pub(super) dir: &'a Path,
    pub(super) progress: &'a dyn Progress,
}

/// The model that answers.
pub(super) fn trained(
    study: &BeamStudy,
    sequences: &Sequences,
    sides: &PassageSides,
    seed: u64,
    place: &StagePlace<'_>,
) -> Result<BeamModel, ExperimentError> {
    let config = sequences.fitted(&study.model, &sides.learn)?;
    let (learn, validation) = (sequences.set.select(&sides.learn), sequences.set.select(&sides.validation));
    let mut alone = Vec::new();
    for sensor in &config.modalities {
        let name = sensor.sensor.name();
        let fresh = BeamModel::new(&config.alone(sensor.sensor), seed)?;
        let (learn, validation) = (only(&learn, sensor.sensor), only(&validation, sensor.sensor));
        alone.push(stage(&format!("alone-{name}"), fresh, (&learn, &validation), &study.stages.alone, seed, place)?);
    }
    let mut joined = BeamModel::aligned(&config, &alone, seed)?;
    let together = sequences.set.select(&sides.aligned);
    if study.align {
        joined = stage("aligned", joined, (&together, &validation), &study.stages.aligned, seed, place)?;
    }
    let Some(Truth::Beams(powers)) = sequences.set.truths.first() else {
        return Err(fault("predict", "there are no powers to answer with"));
    };
    let fresh = joined.with_task(BeamTask::Predict { beams: powers.len() }, seed)?;
    stage("predict", fresh, (&together, &validation), &study.stages.predict, seed, place)
}

/// The samples that have a sensor at all.
fn only(set: &Dataset, sensor: BeamModality) -> Dataset {
    let column = set.views.iter().find(|view| view.info.name == sensor.name());
    let has: Vec<usize> = (0..set.len()).filter(|&i| column.is_some_and(|view| view.present[i])).collect();
    set.select(&has)
}

fn stage(
    name: &str,
    from: BeamModel,
    (learn, validation): (&Dataset, &Dataset),
    config: &TrainConfig,
    seed: u64,
    place: &StagePlace<'_>,
) -> Result<BeamModel, ExperimentError> {
    if learn.is_empty() || validation.is_empty() {
        return Err(fault(name, "has no samples to learn from or to validate by"));
    }
    let sources = [Source { name, samples: learn, weight: 1.0 }];
    let on = TrainData {
        sources: &sources,
        labels: Labels::Names(&learn.classes),
        validation: Some(validation),
        seen_before: &[],
    };
    let train = TrainConfig { seed, ..config.clone() };
    let trained = Phase { from: System::from(from), on, train }.run(&place.dir.join(name), place.progress)?;
    match trained.model {
        System::Beam(model) => Ok(model),
        other => Err(fault(name, format!("gave a model of {}", other.name()))),
    }
}
