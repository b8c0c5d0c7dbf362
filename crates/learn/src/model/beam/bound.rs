//! What the lower bound (equation 49) and its regularisers (equations 38 to 41) are made of, sample by sample.

use super::BeamModel;
use super::config::BeamTask;
use super::rollout::Rollout;
use crate::model::linear::Pass;
use burn::tensor::Tensor;

/// `likelihood[sample, sensor, 1]`, `divergence[sample, 1 + sensor, 1]` (of the shared latent, then of private ones) and with several sensors
/// `disagreement[sample, sensor, 1]` (equation 41), each summed over the steps at which the sensor is seen; `seen[sample, sensor, step]`; and
/// by sensor what its decoder leaves unexplained, `residual_…[sample, step, value]`, 0 where it is not seen.
pub(super) fn outputs(
    model: &BeamModel,
    (views, available): (&[Tensor<3>], &[Tensor<3>]),
    rolled: &Rollout,
    pass: &Pass,
) -> Vec<(&'static str, Tensor<3>)> {
    let over_steps = |x: Tensor<3>, there: Option<&Tensor<3>>| match there {
        Some(there) => (x * there.clone()).sum_dim(1),
        None => x.sum_dim(1),
    };
    let (mut likelihoods, mut disagreements, mut residuals) = (Vec::new(), Vec::new(), Vec::new());
    let mut divergences = vec![over_steps(rolled.shared.divergence(&rolled.shared_prior), None)];
    for (m, expert) in model.experts.iter().enumerate() {
        let there = &available[m];
        let decoded = expert.decoder.forward(rolled.latents[m].clone(), pass);
        let residual = (views[m].clone() - decoded) * there.clone();
        likelihoods.push(over_steps(expert.log_likelihood(residual.clone()), Some(there)));
        let (private, prior) = &rolled.private[m];
        divergences.push(over_steps(private.divergence(prior), Some(there)));
        disagreements.push(over_steps(rolled.beliefs[m].divergence(&rolled.shared), Some(there)));
        residuals.push((model.config.modalities[m].sensor.residual(), residual));
    }
    let mut outputs = vec![("likelihood", Tensor::cat(likelihoods, 1)), ("divergence", Tensor::cat(divergences, 1))];
    if model.config.task == BeamTask::Aligned {
        let seen = available.iter().map(|there| there.clone().swap_dims(1, 2)).collect();
        outputs.extend([("disagreement", Tensor::cat(disagreements, 1)), ("seen", Tensor::cat(seen, 1))]);
        outputs.extend(residuals);
    }
    outputs
}
