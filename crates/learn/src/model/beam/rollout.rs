//! The steps of a sequence one after the other: what is believed, drawn and remembered.

use super::dynamics::Dynamics;
use super::expert::Expert;
use super::gaussian::Gaussian;
use crate::model::linear::Pass;
use burn::tensor::{Tensor, TensorData};
use rand_distr::{Distribution, StandardNormal};

/// How beliefs of several sensors become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joining {
    /// The belief of the one sensor itself (equation 46), as unimodal training takes it; the prior where it is absent.
    Own,
    /// The product of prior and experts (equation 47).
    Product,
}

/// A sequence of all samples of a batch.
pub(super) struct Rollout {
    /// Fused law of the shared latent.
    pub(super) shared: Gaussian,
    /// Its prior.
    pub(super) shared_prior: Gaussian,
    /// By sensor: its own law of the shared latent.
    pub(super) beliefs: Vec<Gaussian>,
    /// By sensor: law of the private latent and its prior.
    pub(super) private: Vec<(Gaussian, Gaussian)>,
    /// By sensor: latents and the state before the step, `[sample, step, shared + private + state]`, which its decoder takes.
    pub(super) latents: Vec<Tensor<3>>,
    /// The state before each step, `[sample, step, state]`.
    pub(super) states: Tensor<3>,
}

/// Standard normal numbers, `[sample, step, entry]`, a stream a sample.
pub(super) fn noise(pass: &Pass, [samples, steps, entries]: [usize; 3], like: &Tensor<3>) -> Tensor<3> {
    let mut values = Vec::with_capacity(samples * steps * entries);
    for row in 0..samples {
        let mut stream = pass.stream(row, "latents");
        values.extend(StandardNormal.sample_iter(&mut stream).take(steps * entries).map(|v: f32| v));
    }
    Tensor::from_data(TensorData::new(values, [samples, steps, entries]), &like.device())
}

/// # Shapes
/// `features` by sensor `[sample, step, feature]`, `available` by sensor `[sample, step, 1]` of 0 and 1, `noise[sample, step, shared +
/// private of each sensor]`; without it latents are their means.
pub(super) fn rollout(
    (experts, dynamics, state): (&[Expert], &Dynamics, usize),
    (features, available): (&[Tensor<3>], &[Tensor<3>]),
    noise: Option<&Tensor<3>>,
    joining: Joining,
    pass: &Pass,
) -> Option<Rollout> {
    let [samples, steps, _] = features.first()?.dims();
    let at = |x: &Tensor<3>, step: usize| {
        let [samples, _, width] = x.dims();
        x.clone().slice([0..samples, step..step + 1, 0..width])
    };
    let mut h = Tensor::<3>::zeros([samples, 1, state], &features[0].device());
    let (mut fused, mut priors, mut states) = (Vec::new(), Vec::new(), Vec::new());
    let mut beliefs: Vec<Vec<Gaussian>> = vec![Vec::new(); experts.len()];
    let mut privates: Vec<(Vec<Gaussian>, Vec<Gaussian>)> = vec![Default::default(); experts.len()];
    let mut latents: Vec<Vec<Tensor<3>>> = vec![Vec::new(); experts.len()];
    for step in 0..steps {
        let prior = dynamics.expected(h.clone(), pass);
        let mut words = Vec::new();
        for (m, expert) in experts.iter().enumerate() {
            let (shared, private) = expert.believed(at(&features[m], step), h.clone(), pass);
            let there = at(&available[m], step);
            words.push((shared.clone(), expert.weight() * there));
            beliefs[m].push(shared);
            privates[m].0.push(private);
            privates[m].1.push(expert.expected(h.clone(), pass));
        }
        let law = match (joining, &words[..]) {
            (Joining::Own, [(own, _)]) => own.or(&prior, &at(&available[0], step)),
            _ => Gaussian::product(&prior, &words),
        };
        let drawn = noise.map(|noise| at(noise, step));
        let part = |from: usize, width: usize| {
            let drawn = drawn.as_ref()?;
            Some(drawn.clone().slice([0..samples, 0..1, from..from + width]))
        };
        let sample = |law: &Gaussian, from: usize| {
            let width = law.mean.dims()[2];
            part(from, width).map_or_else(|| law.mean.clone(), |noise| law.at(noise))
        };
        let shared = sample(&law, 0);
        let mut next = vec![shared.clone()];
        let mut from = shared.dims()[2];
        for m in 0..experts.len() {
            let private = sample(&privates[m].0[step], from);
            from += private.dims()[2];
            latents[m].push(Tensor::cat(vec![shared.clone(), private.clone(), h.clone()], 2));
            next.push(private * at(&available[m], step));
        }
        states.push(h.clone());
        fused.push(law);
        priors.push(prior);
        h = dynamics.units.step(Tensor::cat(next, 2), h);
    }
    Some(Rollout {
        shared: Gaussian::joined(&fused),
        shared_prior: Gaussian::joined(&priors),
        beliefs: beliefs.iter().map(|laws| Gaussian::joined(laws)).collect(),
        private: privates.iter().map(|(own, prior)| (Gaussian::joined(own), Gaussian::joined(prior))).collect(),
        latents: latents.into_iter().map(|steps| Tensor::cat(steps, 1)).collect(),
        states: Tensor::cat(states, 1),
    })
}
