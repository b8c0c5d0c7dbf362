//! What other methods minimise between the kinds of radio of a batch, for comparison. Negatives are those of the batch.

use super::equations::{kind, pairs, picked, similarity};
use crate::base::random::Stream;
use burn::tensor::{Tensor, TensorData, activation};
use rand::RngExt;

/// Temperature between clusters (Li et al. 2021, section 4.2).
const CLUSTER_TEMPERATURE: f64 = 1.0;

/// The mean over pairs.
fn mean_of(x: &Tensor<3>, of: impl Fn(Tensor<2>, Tensor<2>) -> Tensor<1>) -> Tensor<1> {
    let all = pairs(x.dims()[1]);
    let count = all.len().max(1) as f64;
    let each = all.into_iter().map(|(first, second)| of(kind(x, first), kind(x, second)));
    each.fold(Tensor::zeros([1], &x.device()), |sum: Tensor<1>, one| sum + one).div_scalar(count)
}

/// Cross-entropy of rows to their own column.
fn own_column(s: Tensor<2>) -> Tensor<1> {
    let [rows, columns] = s.dims();
    let own = picked(rows, columns, |row| row, &s.device());
    (activation::log_softmax(s, 1) * own).sum().div_scalar(-(rows as f64))
}

/// InfoNCE (van den Oord et al. 2018): a sample of the first kind finds itself among those of the second.
pub(super) fn info_nce(x: &Tensor<3>, temperature: f64) -> Tensor<1> {
    mean_of(x, |a, b| own_column(similarity(&a, &b, temperature)))
}

/// Contrastive multiview coding (Tian et al. 2020), all views against each other, both ways.
pub(super) fn cmc(x: &Tensor<3>, temperature: f64) -> Tensor<1> {
    mean_of(x, |a, b| {
        let s = similarity(&a, &b, temperature);
        own_column(s.clone()) + own_column(s.transpose())
    })
}

/// NT-Xent (SimCLR, Chen et al. 2020, equation 1): the 2N views of N samples, each but itself.
pub(super) fn nt_xent(a: &Tensor<2>, b: &Tensor<2>, temperature: f64) -> Tensor<1> {
    let [samples, _] = a.dims();
    let views = Tensor::cat(vec![a.clone(), b.clone()], 0);
    let s = similarity(&views, &views, temperature);
    let itself = picked(2 * samples, 2 * samples, |row| row, &s.device());
    let other = picked(2 * samples, 2 * samples, |row| (row + samples) % (2 * samples), &s.device());
    let log = activation::log_softmax(s - itself.mul_scalar(1e4), 1);
    (log * other).sum().div_scalar(-((2 * samples) as f64))
}

/// SimCLR's loss, kinds as views.
pub(super) fn sim_clr(x: &Tensor<3>, temperature: f64) -> Tensor<1> {
    mean_of(x, |a, b| nt_xent(&a, &b, temperature))
}

/// Cosmo's (Ouyang et al. 2022, section 4.2): two sums of the features of length 1 of all kinds, with random weights that sum to 1.
pub(super) fn cosmo(x: &Tensor<3>, temperature: f64, stream: &mut Stream) -> Tensor<1> {
    let [samples, kinds, _] = x.dims();
    let mut fused = || {
        let mut weights: Vec<f32> = Vec::with_capacity(samples * kinds);
        for _ in 0..samples {
            let draws: Vec<f32> = (0..kinds).map(|_| stream.random::<f32>() + 1e-3).collect();
            let sum: f32 = draws.iter().sum();
            weights.extend(draws.iter().map(|w| w / sum));
        }
        let weights = Tensor::<3>::from_data(TensorData::new(weights, [samples, kinds, 1]), &x.device());
        let length = x.clone().square().sum_dim(2).add_scalar(1e-24).sqrt();
        let [_, _, width] = x.dims();
        (x.clone() / length * weights).sum_dim(1).reshape([samples, width])
    };
    let (first, second) = (fused(), fused());
    nt_xent(&first, &second, temperature)
}

/// Contrastive clustering (Li et al. 2021): between samples as SimCLR, between clusters (columns of shares) likewise, less the entropy of
/// how large clusters are.
///
/// # Shapes
/// `x[sample, kind, width]`, `shares[sample, kind, cluster]`.
pub(super) fn clustering(x: &Tensor<3>, shares: &Tensor<3>, temperature: f64) -> Tensor<1> {
    let clusters = mean_of(shares, |a, b| {
        let sizes = |y: &Tensor<2>| -> Tensor<1> {
            let p = y.clone().mean_dim(0);
            (p.clone() * p.clamp_min(1e-12).log()).sum()
        };
        nt_xent(&a.clone().transpose(), &b.clone().transpose(), CLUSTER_TEMPERATURE) + sizes(&a) + sizes(&b)
    });
    sim_clr(x, temperature) + clusters
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base::random::RandomTree;
    use burn::tensor::Device;

    fn features<const N: usize>(values: [f32; N], shape: [usize; 3]) -> Tensor<3> {
        Tensor::from_data(TensorData::new(values.to_vec(), shape), &Device::flex())
    }

    fn number(x: Tensor<1>) -> f64 {
        f64::from(x.into_scalar::<f32>())
    }

    fn near(got: f64, want: f64) {
        assert!((got - want).abs() < 1e-5 * want.abs().max(1.0), "{got}, by hand {want}");
    }

    #[test]
    fn samples_at_right_angles_give_the_losses_of_the_papers() {
        let x = features([1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0], [2, 2, 2]);
        let e = std::f64::consts::E;
        let one = (e + 1.0).ln() - 1.0;
        near(number(info_nce(&x, 1.0)), one);
        near(number(cmc(&x, 1.0)), 2.0 * one);
        // Among three others: one alike, two at right angles.
        near(number(sim_clr(&x, 1.0)), (e + 2.0).ln() - 1.0);
        // Whatever the weights, kinds that agree have one sum.
        near(number(cosmo(&x, 1.0, &mut RandomTree::new(1).stream(0, "test"))), (e + 2.0).ln() - 1.0);
        // Two clusters of one sample each, sure of it: clusters as samples, and ln 2 of entropy for each kind.
        near(number(clustering(&x, &x, 1.0)), 2.0 * ((e + 2.0).ln() - 1.0) - 2.0 * 2.0_f64.ln());
    }
}
