//! Features of several kinds of radio of one sample drawn together, without labels (RFusion, section III-B).
//!
//! ```text
//! equations.rs  the paper's losses
//! others.rs     those of other methods
//! ```

mod equations;
mod others;

use super::{Among, Judged, Labelling, Loss, LossInput, Task};
use crate::base::random::RandomTree;
use crate::train::batch::Targets;
use crate::train::data::Truth;
use crate::train::guided_contrast::{ContrastObjective, GuidedContrastConfig};
use crate::train::infer::Inferred;
use crate::train::{TrainConfig, TrainError};
use burn::tensor::{Device, Tensor, TensorData};
use ndarray::{Array3, s};
use std::collections::BTreeMap;

/// L_GC + L_GM + L_AC (equation 19), or another method's loss.
pub(crate) struct GuidedContrast {
    config: GuidedContrastConfig,
    seed: u64,
    steps: u64,
    batch: usize,
}

impl GuidedContrast {
    pub(crate) fn new(config: &TrainConfig) -> Self {
        let settings = config.guided_contrast.clone().unwrap_or_default();
        Self { config: settings, seed: config.seed, steps: config.steps, batch: config.batch }
    }

    /// The paper's losses. The guider's own reaches the guider alone: features are held in both its parts.
    fn guided(&self, input: &LossInput<'_>, step: u64) -> Result<Loss, TrainError> {
        let (x, z, held) = (input.sample("features")?.detach(), input.sample("guided")?, input.sample("guided_held")?);
        let t = self.config.temperature;
        let base = equations::over_pairs(&x, &equations::even(&x), t);
        let guided = equations::over_pairs(&z, &equations::even(&z), t);
        let of_guider = equations::over_pairs(&held, &equations::even(&held), t);
        let guider = equations::guider(base.clone(), of_guider, self.config.guider_temperature);
        let mut parts = vec![("guided", number(&guided)), ("base", number(&base)), ("guider", number(&guider))];
        let mut total = guided + guider;
        if let Ok(pseudo) = input.sample("pseudo") {
            let rise = self.config.arbiter_rise;
            let temperature = equations::risen(self.config.arbiter_temperature, rise, step, self.steps);
            let arbiter = equations::over_pairs(&pseudo, &equations::attention(&pseudo), t).mul_scalar(temperature);
            parts.extend([("arbiter", number(&arbiter)), ("arbiter_temperature", temperature)]);
            total = total + arbiter;
        }
        parts.push(("alignment", number(&equations::alignment(&x))));
        Ok(Loss { total, parts, lists: Vec::new() })
    }

    fn other(&self, input: &LossInput<'_>, step: u64) -> Result<Loss, TrainError> {
        let (x, t) = (input.sample("features")?, self.config.temperature);
        let total = match self.config.objective {
            ContrastObjective::InfoNce => others::info_nce(&x, t),
            ContrastObjective::SimClr => others::sim_clr(&x, t),
            ContrastObjective::Cmc => others::cmc(&x, t),
            ContrastObjective::Cosmo => {
                others::cosmo(&x, t, &mut RandomTree::new(self.seed).stream(step, "weights of kinds"))
            }
            ContrastObjective::Clustering => others::clustering(&x, &input.sample("pseudo")?, t),
            ContrastObjective::Guided => return self.guided(input, step),
        };
        let held = x.detach();
        let base = equations::over_pairs(&held, &equations::even(&held), t);
        let parts = vec![("base", number(&base)), ("alignment", number(&equations::alignment(&held)))];
        Ok(Loss { total, parts, lists: Vec::new() })
    }
}

fn number(x: &Tensor<1>) -> f64 {
    f64::from(x.clone().into_scalar::<f32>())
}

/// How alike the features of the kinds of a sample are (equation 7 with σ = 1), the mean over samples and pairs, 0 to 1.
///
/// # Shapes
/// `features[sample, kind, width]`.
pub fn alignment(features: &Array3<f32>) -> f64 {
    number(&equations::alignment(&tensor(features)))
}

fn tensor(features: &Array3<f32>) -> Tensor<3> {
    let (samples, kinds, width) = features.dim();
    let values = features.iter().copied().collect();
    Tensor::from_data(TensorData::new(values, [samples, kinds, width]), &Device::flex())
}

impl Task for GuidedContrast {
    fn loss(&self, input: &LossInput<'_>, targets: &Targets) -> Result<Loss, TrainError> {
        self.other(input, targets.step)
    }

    fn needs_whole_batch(&self) -> bool {
        true
    }
}

impl Labelling for GuidedContrast {
    /// Labels are of no matter.
    fn number(&self, _: &str, _: &str) -> Result<usize, TrainError> {
        Ok(0)
    }

    fn targets(&self, labels: &[usize], step: u64) -> Targets {
        Targets { labels: labels.to_vec(), step, ..Targets::default() }
    }

    fn choices(&self, labels: &[usize], _: &str) -> Result<Among, TrainError> {
        Ok(Among { classes: Vec::new(), truth: labels.to_vec(), sentences: None })
    }

    fn answers(&self, _: &Inferred, _: &Inferred, _: &Among) -> Result<Vec<usize>, TrainError> {
        Ok(Vec::new())
    }

    fn measure(&self) -> &'static str {
        "minus the contrast of the features"
    }

    /// L_Base of batches of the size of training, and how alike features are.
    fn judged(&self, samples: &Inferred, _: &Inferred, _: &Among, truths: &[Truth]) -> Result<Judged, TrainError> {
        let features = samples.require("features")?;
        let count = features.dim().0;
        let mut base = 0.0;
        for from in (0..count).step_by(self.batch.max(1)) {
            let to = (from + self.batch.max(1)).min(count);
            let x = tensor(&features.slice(s![from..to, .., ..]).to_owned());
            let loss = equations::over_pairs(&x, &equations::even(&x), self.config.temperature);
            base += number(&loss) * (to - from) as f64 / count as f64;
        }
        let figures = BTreeMap::from([("base".into(), base), ("alignment".into(), alignment(features))]);
        Ok(Judged { score: -base, outcome: None, figures, samples: truths.len() })
    }

    fn fingerprint(&self) -> (&'static str, String) {
        ("objective", "guided_contrast".to_owned())
    }
}
