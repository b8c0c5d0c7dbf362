//! Fine-tuning to a task.

use super::choose::Chosen;
use super::fault;
use super::judge::{mean_pose, mean_size};
use super::pairs::LabelledSet;
use super::spec::{Arm, Head, TaskSpec};
use crate::base::progress::Progress;
use crate::model::rfusion::{FusionClasses, Modality, RFusionTask};
use crate::model::system::System;
use crate::model::wiswiss::{DetectHead, PoseHead, WiSwissTask};
use crate::study::experiment::ExperimentError;
use crate::study::phase::Phase;
use crate::train::{Dataset, Labels, Samples, Source, TrainConfig, TrainData};
use std::path::Path;

/// The model fine-tuned to a task, and the step whose weights were kept.
pub(super) fn tuned(
    arm: &Arm,
    base: &System,
    (task, labelled, kinds): (&TaskSpec, &LabelledSet, &[Vec<Modality>]),
    (chosen, seed): (&Chosen, u64),
    (dir, progress): (&Path, &dyn Progress),
) -> Result<(System, u64), ExperimentError> {
    let set = &labelled.set;
    let (learn, validation) = (set.select(&chosen.learn), set.select(&chosen.validation));
    let from = with_head(base, (task, kinds), &learn, seed)?;
    let mut train = TrainConfig { seed, ..task.train.clone() };
    if let Some(rate) = task.scratch_learning_rate.filter(|_| !arm.pretrained) {
        train.learning_rate = rate;
    }
    if validation.is_empty() {
        // Nothing could say which weights are best: the last ones are kept.
        (train.early_stopping, train.validate_every) = (None, 0);
    }
    let sources = [Source { name: &task.name, samples: &learn, weight: 1.0 }];
    let held = (!validation.is_empty()).then_some(&validation as &dyn Samples);
    let on = TrainData { sources: &sources, labels: Labels::Names(&set.classes), validation: held, seen_before: &[] };
    let trained = Phase { from, on, train }.run(dir, progress)?;
    Ok((trained.model, trained.report.kept_step))
}

/// The backbone with a new head for a task that learns from these samples.
fn with_head(
    base: &System,
    (task, kinds): (&TaskSpec, &[Vec<Modality>]),
    learn: &Dataset,
    seed: u64,
) -> Result<System, ExperimentError> {
    let classes = learn.classes.len();
    match base {
        System::WiSwiss(model) => {
            let head = match task.head {
                Head::Classify => WiSwissTask::Classify { classes },
                Head::Pose => {
                    let mean_m = mean_pose(learn)?;
                    WiSwissTask::Pose(PoseHead { joints: mean_m.len() / 3, mean_m })
                }
                Head::Detect => WiSwissTask::Detect(DetectHead { prior: mean_size(learn)?, ..DetectHead::default() }),
            };
            Ok(model.with_task(head, seed)?.into())
        }
        System::RFusion(model) => {
            let head = FusionClasses { classes, head: task.fusion, sets: kinds.to_vec() };
            Ok(model.with_task(RFusionTask::Classify(head), seed)?.into())
        }
        other => Err(fault("model", format!("{} is not pre-trained without labels", other.name()))),
    }
}
