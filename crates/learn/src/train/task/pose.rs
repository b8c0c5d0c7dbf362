//! Where the joints of a person are: the mean distance of joints, which is the measure as well.

use super::{Among, Judged, Labelling, Loss, LossInput, Task};
use crate::train::TrainError;
use crate::train::batch::Targets;
use crate::train::data::Truth;
use crate::train::evaluate::PoseErrors;
use crate::train::infer::Inferred;
use burn::tensor::{Tensor, TensorData};

/// Mean distance of joints, m.
pub(crate) struct Pose;

/// The poses of samples one behind the other; refuses samples without one.
fn poses(truths: &[Truth], joints: usize) -> Result<Vec<f32>, TrainError> {
    let mut values = Vec::with_capacity(3 * joints * truths.len());
    for (row, truth) in truths.iter().enumerate() {
        let Truth::Pose(pose) = truth else {
            return Err(TrainError::data("samples", format!("sample {row} of the batch has no pose to learn")));
        };
        if pose.len() != 3 * joints {
            let problem = format!("sample {row} of the batch has {} joints, the model {joints}", pose.len() / 3);
            return Err(TrainError::data("samples", problem));
        }
        values.extend_from_slice(pose);
    }
    Ok(values)
}

impl Task for Pose {
    fn loss(&self, input: &LossInput<'_>, targets: &Targets) -> Result<Loss, TrainError> {
        let joints = input.sample("joints")?;
        let [batch, count, _] = joints.dims();
        let wanted = poses(&targets.truths, count)?;
        let wanted = Tensor::<3>::from_data(TensorData::new(wanted, [batch, count, 3]), input.device);
        // Smooth where a joint is met.
        let distance = (joints - wanted).square().sum_dim(2).add_scalar(1e-8).sqrt();
        let total: Tensor<1> = distance.mean();
        let value = f64::from(total.clone().into_scalar::<f32>());
        Ok(Loss { total, parts: vec![("mpjpe_m", value)], lists: Vec::new() })
    }

    fn needs_whole_batch(&self) -> bool {
        false
    }
}

impl Labelling for Pose {
    fn measure(&self) -> &'static str {
        "minus MPJPE, m"
    }

    fn judged(&self, samples: &Inferred, _: &Inferred, _: &Among, truths: &[Truth]) -> Result<Judged, TrainError> {
        let errors = PoseErrors::of(samples.require("joints")?, truths)?;
        let figures = [("mpjpe_m", errors.mpjpe_m), ("aligned_mpjpe_m", errors.aligned_m)];
        let figures = figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(Judged { score: -errors.mpjpe_m, outcome: None, figures, samples: truths.len() })
    }

    fn fingerprint(&self) -> (&'static str, String) {
        ("objective", "pose".to_owned())
    }
}
