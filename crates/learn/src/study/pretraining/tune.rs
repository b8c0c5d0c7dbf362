//! Fine-tuning to a task, and what comes of it.

use super::choose::Chosen;
use super::fault;
use super::pairs::LabelledSet;
use super::spec::{Arm, Head, TaskSpec};
use crate::base::progress::Progress;
use crate::model::rfusion::{FusionClasses, Modality, RFusionTask};
use crate::model::system::System;
use crate::model::wiswiss::{PoseHead, WiSwissTask};
use crate::study::experiment::ExperimentError;
use crate::study::phase::Phase;
use crate::train::evaluate::{PoseErrors, best};
use crate::train::{Dataset, Labels, Samples, Source, TrainConfig, TrainData, Truth, infer, logits};
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

fn mean_pose(set: &Dataset) -> Result<Vec<f32>, ExperimentError> {
    let mut sum: Vec<f64> = Vec::new();
    for i in 0..set.len() {
        let Truth::Pose(pose) = set.truth(i) else { return Err(fault("pose", format!("sample {i} has none"))) };
        sum.resize(pose.len(), 0.0);
        sum.iter_mut().zip(&pose).for_each(|(sum, v)| *sum += f64::from(*v));
    }
    Ok(sum.iter().map(|v| (v / set.len().max(1) as f64) as f32).collect())
}

/// The score (accuracy, or MPJPE in m), the aligned MPJPE, and what comes without looking: the most frequent class that was learnt, or the
/// mean pose.
pub(super) fn judged(
    model: &System,
    (task, labelled): (&TaskSpec, &LabelledSet),
    chosen: &Chosen,
    kinds: Option<&[Modality]>,
) -> Result<(f64, Option<f64>, f64), ExperimentError> {
    let mut set = labelled.set.select(&chosen.test);
    if let (System::RFusion(model), Some(kinds)) = (model, kinds) {
        // What is not of these kinds was not measured.
        let shown: Vec<&str> = kinds.iter().flat_map(|&kind| model.config().views_of(kind)).collect();
        let hidden = set.views.iter_mut().filter(|column| !shown.contains(&column.info.name.as_str()));
        hidden.for_each(|column| column.present.fill(false));
    }
    let outputs = infer(model, &task.name, &set, 0)?;
    match task.head {
        Head::Classify => {
            let answers = best(&logits(&outputs)?);
            let share = |right: usize| right as f64 / set.len().max(1) as f64;
            let right = answers.iter().zip(&set.labels).filter(|(a, b)| a == b).count();
            let mut counts = vec![0; set.classes.len()];
            chosen.learn.iter().for_each(|&i| counts[labelled.set.labels[i]] += 1);
            let usual = (0..counts.len()).max_by_key(|&c| counts[c]).unwrap_or(0);
            Ok((share(right), None, share(set.labels.iter().filter(|&&l| l == usual).count())))
        }
        Head::Pose => {
            let joints = outputs.require("joints")?;
            let errors = PoseErrors::of(joints, &set.truths)?;
            let mean = mean_pose(&labelled.set.select(&chosen.learn))?;
            let same = ndarray::Array3::from_shape_fn(joints.dim(), |(_, j, k)| mean[3 * j + k]);
            Ok((errors.mpjpe_m, Some(errors.aligned_m), PoseErrors::of(&same, &set.truths)?.mpjpe_m))
        }
    }
}
