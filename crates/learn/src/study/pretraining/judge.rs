//! How well a model answers a task, and how well it is answered without looking.

use super::choose::Chosen;
use super::fault;
use super::pairs::LabelledSet;
use super::spec::{Head, TaskSpec};
use crate::model::rfusion::Modality;
use crate::model::system::System;
use crate::study::experiment::ExperimentError;
use crate::train::evaluate::{Detection, PoseErrors, average_precision, best, detections};
use crate::train::{Dataset, Samples, TrainError, Truth, infer, logits};
use ndarray::Array3;

/// Share of the union that a box must have of a true one.
const OVERLAP: f32 = 0.5;

/// An answer in numbers.
pub(super) struct Judgement {
    /// Accuracy, MPJPE in m, or average precision.
    pub(super) score: f64,
    /// MPJPE after alignment, of poses.
    pub(super) aligned_m: Option<f64>,
    /// The score of what comes without looking: the most frequent class that was learnt, the mean pose, or the boxes of one sample.
    pub(super) trivial: f64,
}

/// What a model makes of the samples that are asked about, of some kinds of radio alone where these are given.
pub(super) fn judged(
    model: &System,
    (task, labelled): (&TaskSpec, &LabelledSet),
    chosen: &Chosen,
    kinds: Option<&[Modality]>,
) -> Result<Judgement, ExperimentError> {
    let (mut set, learnt) = (labelled.set.select(&chosen.test), labelled.set.select(&chosen.learn));
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
            learnt.labels.iter().for_each(|&label| counts[label] += 1);
            let usual = (0..counts.len()).max_by_key(|&c| counts[c]).unwrap_or(0);
            let trivial = share(set.labels.iter().filter(|&&l| l == usual).count());
            Ok(Judgement { score: share(right), aligned_m: None, trivial })
        }
        Head::Pose => {
            let joints = outputs.require("joints")?;
            let errors = PoseErrors::of(joints, &set.truths)?;
            let mean = mean_pose(&learnt)?;
            let same = Array3::from_shape_fn(joints.dim(), |(_, j, k)| mean[3 * j + k]);
            let trivial = PoseErrors::of(&same, &set.truths)?.mpjpe_m;
            Ok(Judgement { score: errors.mpjpe_m, aligned_m: Some(errors.aligned_m), trivial })
        }
        Head::Detect => {
            let found = detections(outputs.require("objectness")?, outputs.require("boxes")?);
            let (truths, learnt) = (boxes_of(&set)?, boxes_of(&learnt)?);
            let precision = |found: &[Vec<Detection>]| average_precision(found, &truths, OVERLAP);
            let trivial = precision(&vec![usual_boxes(&learnt); set.len()]);
            Ok(Judgement { score: precision(&found), aligned_m: None, trivial })
        }
    }
}

/// The mean pose of some samples.
pub(super) fn mean_pose(set: &Dataset) -> Result<Vec<f32>, ExperimentError> {
    let mut sum: Vec<f64> = Vec::new();
    for i in 0..set.len() {
        let Truth::Pose(pose) = set.truth(i) else { return Err(fault("pose", format!("sample {i} has none"))) };
        sum.resize(pose.len(), 0.0);
        sum.iter_mut().zip(&pose).for_each(|(sum, v)| *sum += f64::from(*v));
    }
    Ok(sum.iter().map(|v| (v / set.len().max(1) as f64) as f32).collect())
}

/// The mean size of the boxes of some samples along range and angle.
pub(super) fn mean_size(set: &Dataset) -> Result<[f32; 2], TrainError> {
    let all: Vec<&[f32; 4]> = boxes_of(set)?.into_iter().flatten().collect();
    if all.is_empty() {
        return Err(TrainError::data("boxes", "nobody is there in any sample that is learnt from"));
    }
    let mean = |axis: usize| all.iter().map(|b| b[axis]).sum::<f32>() / all.len() as f32;
    Ok([mean(2), mean(3)])
}

fn boxes_of(set: &Dataset) -> Result<Vec<&[[f32; 4]]>, TrainError> {
    let of = |(i, truth): (usize, &'_ Truth)| match truth {
        Truth::Boxes(_) => Ok(()),
        _ => Err(TrainError::data("boxes", format!("sample {i} has none"))),
    };
    set.truths.iter().enumerate().try_for_each(of)?;
    Ok(set.truths.iter().filter_map(|t| if let Truth::Boxes(boxes) = t { Some(&boxes[..]) } else { None }).collect())
}

/// The boxes of the sample that answers best for all that were learnt from.
fn usual_boxes(learnt: &[&[[f32; 4]]]) -> Vec<Detection> {
    let as_answer = |boxes: &&[[f32; 4]]| boxes.iter().map(|&area| Detection { score: 1.0, area }).collect::<Vec<_>>();
    let scored = learnt.iter().map(|boxes| {
        let answer = as_answer(boxes);
        (average_precision(&vec![answer.clone(); learnt.len()], learnt, OVERLAP), answer)
    });
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, answer)| answer).unwrap_or_default()
}
