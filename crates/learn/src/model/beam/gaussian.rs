//! Normal laws with independent entries: products, divergences, draws.

use burn::tensor::Tensor;

/// Log variances stay within ± this, smoothly.
pub(super) const WIDEST: f64 = 6.0;

/// A law for each row and step.
///
/// # Shapes
/// Both `[sample, step, entry]`.
#[derive(Clone, Debug)]
pub struct Gaussian {
    /// Mean.
    pub mean: Tensor<3>,
    /// Natural logarithm of the variance.
    pub log_variance: Tensor<3>,
}

impl Gaussian {
    /// Out of the outputs of a layer: means, then what becomes log variances.
    ///
    /// # Shapes
    /// `x[sample, step, 2 · entry]`.
    pub(super) fn of_outputs(x: Tensor<3>) -> Self {
        let [samples, steps, both] = x.dims();
        let half = both / 2;
        let mean = x.clone().slice([0..samples, 0..steps, 0..half]);
        let free = x.slice([0..samples, 0..steps, half..both]);
        Self { mean, log_variance: free.div_scalar(WIDEST).tanh().mul_scalar(WIDEST) }
    }

    /// `μ + σ ε` (Kingma and Welling 2013).
    pub(super) fn at(&self, noise: Tensor<3>) -> Tensor<3> {
        self.mean.clone() + self.log_variance.clone().mul_scalar(0.5).exp() * noise
    }

    /// `D(self ‖ other)`, summed over entries.
    ///
    /// # Shapes
    /// → `[sample, step, 1]`.
    pub fn divergence(&self, other: &Self) -> Tensor<3> {
        let ratio = (self.log_variance.clone() - other.log_variance.clone()).exp();
        let apart = (self.mean.clone() - other.mean.clone()).square() * other.log_variance.clone().neg().exp();
        let logs = other.log_variance.clone() - self.log_variance.clone();
        (logs + ratio + apart).sub_scalar(1.0).sum_dim(2).mul_scalar(0.5)
    }

    /// The normalised product of a prior with experts raised to weights (equation 47): precisions add up, means are weighted by them. An
    /// expert of weight 0 is left out.
    ///
    /// # Shapes
    /// Each weight `[sample, step, 1]`, 0 or more.
    pub fn product(prior: &Self, experts: &[(Self, Tensor<3>)]) -> Self {
        let of = |law: &Self| law.log_variance.clone().neg().exp();
        let mut precision = of(prior);
        let mut weighted = precision.clone() * prior.mean.clone();
        for (law, weight) in experts {
            let own = of(law) * weight.clone();
            weighted = weighted + own.clone() * law.mean.clone();
            precision = precision + own;
        }
        Self { mean: weighted / precision.clone(), log_variance: precision.log().neg() }
    }

    /// This law where `chosen` is 1, the other where it is 0.
    pub(super) fn or(&self, other: &Self, chosen: &Tensor<3>) -> Self {
        let pick = |own: &Tensor<3>, other: &Tensor<3>| other.clone() + (own.clone() - other.clone()) * chosen.clone();
        Self { mean: pick(&self.mean, &other.mean), log_variance: pick(&self.log_variance, &other.log_variance) }
    }

    /// Laws of single steps behind each other.
    pub(super) fn joined(steps: &[Self]) -> Self {
        let all = |of: fn(&Self) -> &Tensor<3>| Tensor::cat(steps.iter().map(|law| of(law).clone()).collect(), 1);
        Self { mean: all(|law| &law.mean), log_variance: all(|law| &law.log_variance) }
    }
}

#[cfg(test)]
mod tests {
    use super::Gaussian;
    use crate::base::random::RandomTree;
    use burn::tensor::{Device, Tensor, TensorData};
    use rand_distr::{Distribution, StandardNormal};

    fn row(values: &[f32]) -> Tensor<3> {
        Tensor::from_data(TensorData::new(values.to_vec(), [1, 1, values.len()]), &Device::flex())
    }

    fn law(mean: &[f32], variance: &[f32]) -> Gaussian {
        let logs: Vec<f32> = variance.iter().map(|v| v.ln()).collect();
        Gaussian { mean: row(mean), log_variance: row(&logs) }
    }

    fn numbers(x: Tensor<3>) -> Vec<f32> {
        x.into_data().try_into_vec().unwrap()
    }

    /// N(1, 2) · N(4, 1)^½ · N(9, 7)^0: precision 1/2 + 1/2, mean (1/2 + 4/2) / 1.
    #[test]
    fn products_are_those_of_the_closed_form() {
        let weight = |w: f32| row(&[w]);
        let experts = [(law(&[4.0], &[1.0]), weight(0.5)), (law(&[9.0], &[7.0]), weight(0.0))];
        let product = Gaussian::product(&law(&[1.0], &[2.0]), &experts);
        assert!((numbers(product.mean)[0] - 2.5).abs() < 1e-6);
        assert!(numbers(product.log_variance)[0].abs() < 1e-6);
        let alone = Gaussian::product(&law(&[1.0], &[2.0]), &[]);
        assert!(
            (numbers(alone.mean)[0] - 1.0).abs() < 1e-6 && (numbers(alone.log_variance)[0] - 2.0_f32.ln()).abs() < 1e-6
        );
    }

    /// The product's logarithm is that of the factors up to a constant, at any place.
    #[test]
    fn products_of_densities_are_the_product() {
        let laws = [(0.3, 0.7, 1.0), (-1.2, 2.0, 0.4), (2.1, 0.2, 1.7)];
        let experts: Vec<_> = laws[1..].iter().map(|(m, v, w)| (law(&[*m], &[*v]), row(&[*w]))).collect();
        let product = Gaussian::product(&law(&[laws[0].0], &[laws[0].1]), &experts);
        let (mean, log) = (numbers(product.mean)[0], numbers(product.log_variance)[0]);
        let factors = |x: f32| -> f32 { laws.iter().map(|(m, v, w)| -0.5 * w * (x - m).powi(2) / v).sum() };
        let own = |x: f32| -0.5 * (x - mean).powi(2) / log.exp();
        for x in [-3.0, -0.5, 1.0, 4.0] {
            assert!((factors(x) - factors(0.0) - own(x) + own(0.0)).abs() < 1e-4 * factors(x).abs().max(1.0));
        }
    }

    /// 200,000 draws, seed 25: the mean of log q − log p lies within five of its own deviations (at most 0.02) of the closed form.
    #[test]
    fn divergences_are_those_of_draws() {
        let (q, p) = (([0.5_f32, -1.0], [0.6_f32, 1.5]), ([0.0_f32, -0.4], [1.0_f32, 0.8]));
        let closed = numbers(law(&q.0, &q.1).divergence(&law(&p.0, &p.1)))[0];
        let mut stream = RandomTree::new(25).stream(0, "divergence");
        let (mut sum, count) = (0.0_f64, 200_000);
        for _ in 0..count {
            for k in 0..2 {
                let noise: f32 = StandardNormal.sample(&mut stream);
                let x = q.0[k] + q.1[k].sqrt() * noise;
                let log = |m: f32, v: f32| -0.5 * ((x - m).powi(2) / v + v.ln());
                sum += f64::from(log(q.0[k], q.1[k]) - log(p.0[k], p.1[k]));
            }
        }
        let drawn = sum / f64::from(count);
        assert!((drawn - f64::from(closed)).abs() < 0.02, "{drawn} by draws, {closed}");
        assert_eq!(numbers(law(&q.0, &q.1).divergence(&law(&q.0, &q.1))), [0.0]);
    }

    /// Draws have the law's mean and variance: 50,000 of them, seed 3.
    #[test]
    fn draws_have_mean_and_variance() {
        let mut stream = RandomTree::new(3).stream(0, "draws");
        let noise: Vec<f32> = StandardNormal.sample_iter(&mut stream).take(50_000).collect();
        let law = law(&vec![2.0; 50_000], &vec![0.25; 50_000]);
        let drawn = numbers(law.at(row(&noise)));
        let mean = drawn.iter().sum::<f32>() / 50_000.0;
        let variance = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 50_000.0;
        assert!((mean - 2.0).abs() < 0.02 && (variance - 0.25).abs() < 0.01, "{mean}, {variance}");
    }
}
