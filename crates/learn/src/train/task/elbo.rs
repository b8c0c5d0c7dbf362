//! A lower bound of the likelihood of what sensors measure, with what regularises it (equations 39, 41, 49 and 50 of Zheng et al.).

use super::beam::{log_likelihood, powers};
use super::{Among, Judged, Labelling, Loss, LossInput, Task};
use crate::train::batch::Targets;
use crate::train::data::Truth;
use crate::train::evaluate::best_beam;
use crate::train::infer::Inferred;
use crate::train::lower_bound::LowerBoundConfig;
use crate::train::{TrainConfig, TrainError};
use burn::tensor::Tensor;
use std::collections::BTreeMap;

/// Minus the bound, as a mean over samples, and the regularisers.
pub(crate) struct Elbo {
    config: LowerBoundConfig,
    steps: u64,
    /// Whether there are sensors that could leave something unexplained in common.
    several: bool,
}

impl Elbo {
    pub(crate) fn new(config: &TrainConfig, several: bool) -> Self {
        Self { config: config.lower_bound.unwrap_or_default(), steps: config.steps, several }
    }
}

fn number(x: &Tensor<1>) -> f64 {
    f64::from(x.clone().into_scalar::<f32>())
}

/// Mean over samples of the sum over the rest.
fn mean_sum(x: Tensor<3>) -> Tensor<1> {
    let rows = x.dims()[0];
    x.sum().div_scalar(rows as f64)
}

/// Equation 39: the sum over pairs of sensors and steps of `‖Cov(r, r')‖²` in Frobenius' norm, the covariance that of the samples which show both.
/// With G the products of samples it is `Σ G ∘ G' / (n − 1)²`, so that nothing of the size of two images is laid out.
///
/// # Shapes
/// `residuals` by sensor `[sample, step, value]`, `seen[sample, sensor, step]`.
pub(super) fn decorrelation(residuals: &[Tensor<3>], seen: &Tensor<3>) -> Option<Tensor<1>> {
    let [samples, sensors, steps] = seen.dims();
    let mut total: Option<Tensor<1>> = None;
    for step in 0..steps {
        let shown = |m: usize| seen.clone().slice([0..samples, m..m + 1, step..step + 1]).reshape([samples, 1]);
        for one in 0..sensors {
            for other in one + 1..sensors {
                let both: Tensor<2> = shown(one) * shown(other);
                let count = f64::from(both.clone().sum().into_scalar::<f32>());
                if count < 2.0 {
                    continue;
                }
                let centred = |m: usize| {
                    let values = residuals[m].dims()[2];
                    let x: Tensor<2> =
                        residuals[m].clone().slice([0..samples, step..step + 1, 0..values]).reshape([samples, values]);
                    let x = x * both.clone();
                    let mean = x.clone().sum_dim(0).div_scalar(count);
                    (x - mean) * both.clone()
                };
                let (x, y) = (centred(one), centred(other));
                let products = x.clone().matmul(x.transpose()) * y.clone().matmul(y.transpose());
                let square = products.sum().div_scalar((count - 1.0).powi(2));
                total = Some(match total {
                    Some(total) => total + square,
                    None => square,
                });
            }
        }
    }
    total
}

impl Task for Elbo {
    fn loss(&self, input: &LossInput<'_>, targets: &Targets) -> Result<Loss, TrainError> {
        let (likelihood, divergence) = (mean_sum(input.sample("likelihood")?), mean_sum(input.sample("divergence")?));
        let mut parts = vec![("likelihood", number(&likelihood)), ("divergence", number(&divergence))];
        let at = |ramp: &crate::train::Ramp| ramp.at(targets.step, self.steps);
        let mut total = divergence.mul_scalar(at(&self.config.divergence)) - likelihood;
        if let Ok(logits) = input.sample("logits") {
            let logits: Tensor<2> = logits.squeeze_dim(1);
            let [rows, beams] = logits.dims();
            let mut wanted = vec![0.0; rows * beams];
            for (row, truth) in targets.truths.iter().enumerate() {
                // Without a label there is no term.
                if let Some(best) = powers(row, truth, beams)?.and_then(best_beam) {
                    wanted[row * beams + best] = 1.0;
                }
            }
            let label = log_likelihood(logits, wanted);
            parts.push(("label", number(&label)));
            total = total - label.mul_scalar(self.config.labels);
        }
        if let (Ok(disagreement), Ok(seen)) = (input.sample("disagreement"), input.sample("seen")) {
            let there = seen.clone().sum_dim(2).clamp_max(1.0);
            let disagreement = mean_sum(disagreement * there);
            parts.push(("disagreement", number(&disagreement)));
            total = total + disagreement.mul_scalar(at(&self.config.encoder));
            let residuals = ["residual_powers", "residual_gnss", "residual_radar", "residual_lidar", "residual_image"];
            let residuals: Vec<Tensor<3>> = residuals.iter().filter_map(|name| input.sample(name).ok()).collect();
            if let Some(common) = decorrelation(&residuals, &seen) {
                parts.push(("decorrelation", number(&common)));
                total = total + common.mul_scalar(at(&self.config.decoder));
            }
        }
        Ok(Loss { total, parts, lists: Vec::new() })
    }

    fn needs_whole_batch(&self) -> bool {
        self.several && self.config.decoder.weight > 0.0
    }
}

impl Labelling for Elbo {
    fn targets(&self, labels: &[usize], step: u64) -> Targets {
        Targets { labels: labels.to_vec(), step, ..Targets::default() }
    }

    fn measure(&self) -> &'static str {
        "lower bound at the latents' means"
    }

    fn judged(&self, samples: &Inferred, _: &Inferred, _: &Among, truths: &[Truth]) -> Result<Judged, TrainError> {
        let mean = |name: &str| -> Result<f64, TrainError> {
            let sum: f64 = samples.require(name)?.iter().map(|v| f64::from(*v)).sum();
            Ok(sum / truths.len().max(1) as f64)
        };
        let (likelihood, divergence) = (mean("likelihood")?, mean("divergence")?);
        let mut figures =
            BTreeMap::from([("likelihood".to_owned(), likelihood), ("divergence".to_owned(), divergence)]);
        let mut score = likelihood - self.config.divergence.weight * divergence;
        if samples.get("logits").is_some() {
            let scores = super::logits(samples)?;
            let (mut label, mut known) = (0.0, 0_usize);
            for (row, truth) in truths.iter().enumerate() {
                let Some(best) = powers(row, truth, scores.ncols())?.and_then(best_beam) else { continue };
                let row = scores.row(row);
                let top = row.fold(f64::NEG_INFINITY, |a, b| a.max(*b));
                label += row[best] - top - row.iter().map(|v| (v - top).exp()).sum::<f64>().ln();
                known += 1;
            }
            let label = label / known.max(1) as f64;
            figures.insert("label".to_owned(), label);
            score += self.config.labels * label;
        }
        Ok(Judged { score, outcome: None, figures, samples: truths.len() })
    }

    fn fingerprint(&self) -> (&'static str, String) {
        ("objective", "lower bound".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::decorrelation;
    use burn::tensor::{Device, Tensor, TensorData};

    fn tensor(values: &[f32], shape: [usize; 3]) -> Tensor<3> {
        Tensor::from_data(TensorData::new(values.to_vec(), shape), &Device::flex())
    }

    /// Five samples of which four show both sensors: the covariance by its definition, entry by entry.
    #[test]
    fn decorrelation_is_the_square_of_the_covariance() {
        let a = [0.3, -1.0, 2.0, 0.5, -0.7, 1.1, 9.0, 9.0, 0.2, -0.4_f32];
        let b = [1.0, -0.5, 0.25, 2.0, 9.0, -1.5_f32];
        let b = [b[0], b[1], b[2], b[4], b[5]];
        let there = [1.0, 1.0, 1.0, 0.0, 1.0_f32];
        let rows: Vec<usize> = (0..5).filter(|i| there[*i] > 0.0).collect();
        let mean = |of: &dyn Fn(usize) -> f32| rows.iter().map(|i| of(*i)).sum::<f32>() / 4.0;
        let mut want = 0.0;
        for column in 0..2 {
            let (x, y) = (|i: usize| a[2 * i + column], |i: usize| b[i]);
            let (mx, my) = (mean(&x), mean(&y));
            let covariance = rows.iter().map(|i| (x(*i) - mx) * (y(*i) - my)).sum::<f32>() / 3.0;
            want += covariance * covariance;
        }
        let seen: Vec<f32> = there.iter().flat_map(|t| [1.0, *t]).collect();
        let residuals = [tensor(&a, [5, 1, 2]), tensor(&b, [5, 1, 1])];
        let got = decorrelation(&residuals, &tensor(&seen, [5, 2, 1])).unwrap().into_scalar::<f32>();
        assert!((got - want).abs() < 1e-5 * want, "{got}, by its definition {want}");
        // Nobody shows both.
        let apart: Vec<f32> = [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0].into();
        assert!(decorrelation(&residuals, &tensor(&apart, [5, 2, 1])).is_none());
    }
}
