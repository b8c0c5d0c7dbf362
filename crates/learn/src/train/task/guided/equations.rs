//! Losses between the kinds of radio of a batch (RFusion, section III-B; numbers of equations are the paper's).
//!
//! Features are `[sample, kind, width]`; what is called a pair is two kinds.

use burn::tensor::{Device, Tensor, TensorData, activation};

/// The two kinds of every pair, the smaller one first.
pub(super) fn pairs(kinds: usize) -> Vec<(usize, usize)> {
    (0..kinds).flat_map(|first| (first + 1..kinds).map(move |second| (first, second))).collect()
}

/// Features of one kind, `[sample, width]`.
pub(super) fn kind(x: &Tensor<3>, kind: usize) -> Tensor<2> {
    let [samples, _, width] = x.dims();
    x.clone().slice([0..samples, kind..kind + 1, 0..width]).reshape([samples, width])
}

/// Rows of length 1 (equation 5).
pub(super) fn unit(x: Tensor<2>) -> Tensor<2> {
    let length = x.clone().square().sum_dim(1).add_scalar(1e-24).sqrt();
    x / length
}

/// Cosines between the samples of two kinds over the temperature (equation 9), `[sample of a, sample of b]`.
pub(super) fn similarity(a: &Tensor<2>, b: &Tensor<2>, temperature: f64) -> Tensor<2> {
    unit(a.clone()).matmul(unit(b.clone()).transpose()).div_scalar(temperature)
}

/// 1 at the places that are asked for.
pub(super) fn picked(rows: usize, columns: usize, column: impl Fn(usize) -> usize, device: &Device) -> Tensor<2> {
    let mut values = vec![0.0_f32; rows * columns];
    (0..rows).for_each(|row| values[row * columns + column(row)] = 1.0);
    Tensor::from_data(TensorData::new(values, [rows, columns]), device)
}

/// CL (equation 10): of each sample `−log(exp s_ii / Σ_j (exp s_ij + exp s_ji))`, `[sample, 1]`. The sum has the pair itself twice.
pub(super) fn contrast(a: &Tensor<2>, b: &Tensor<2>, temperature: f64) -> Tensor<2> {
    let s = similarity(a, b, temperature);
    let [samples, _] = s.dims();
    let own = picked(samples, 2 * samples, |row| row, &s.device());
    let both = Tensor::cat(vec![s.clone(), s.transpose()], 1);
    (activation::log_softmax(both, 1) * own).sum_dim(1).neg()
}

/// ℒ(l, k) (equation 11): the mean over samples and kinds of the losses of all pairs, both ways, weighted by kind.
///
/// # Shapes
/// `x[sample, kind, width]`, `weights[sample, kind]`.
pub(super) fn over_pairs(x: &Tensor<3>, weights: &Tensor<2>, temperature: f64) -> Tensor<1> {
    let [samples, kinds, _] = x.dims();
    let weight = |kind: usize| weights.clone().slice([0..samples, kind..kind + 1]);
    let of = |(first, second): (usize, usize)| {
        let (a, b) = (kind(x, first), kind(x, second));
        let there = weight(first) * contrast(&a, &b, temperature);
        (there + weight(second) * contrast(&b, &a, temperature)).sum()
    };
    let sum = pairs(kinds).into_iter().map(of).fold(Tensor::zeros([1], &x.device()), |sum: Tensor<1>, one| sum + one);
    sum.div_scalar((samples * kinds) as f64)
}

/// k and kg: one half for every kind.
pub(super) fn even(x: &Tensor<3>) -> Tensor<2> {
    let [samples, kinds, _] = x.dims();
    Tensor::full([samples, kinds], 0.5, &x.device())
}

/// `exp(L_Base / L_GC · t_g)` (equation 14).
pub(super) fn guider(base: Tensor<1>, guided: Tensor<1>, temperature: f64) -> Tensor<1> {
    (base / guided).mul_scalar(temperature).exp()
}

/// Entropies of shares (equation 15), `[sample, kind]`.
pub(super) fn entropy(shares: &Tensor<3>) -> Tensor<2> {
    let [samples, kinds, _] = shares.dims();
    let terms = shares.clone() * shares.clone().clamp_min(1e-12).log();
    terms.sum_dim(2).neg().reshape([samples, kinds])
}

/// ka (equation 16): kinds that are less sure learn more, `[sample, kind]`.
pub(super) fn attention(shares: &Tensor<3>) -> Tensor<2> {
    activation::softmax(entropy(shares), 1)
}

/// t_a of a step: from the first value to the second one in a line over `rise` of the steps, then the second one.
pub(super) fn risen([from, to]: [f64; 2], rise: f64, step: u64, steps: u64) -> f64 {
    let way = step as f64 / (rise * steps as f64).max(1.0);
    from + (to - from) * way.min(1.0)
}

/// The mean over samples and pairs of `exp(−d² / 2)` of the distance d of features of length 1 (equations 5 to 7 with σ = 1, which the paper
/// does not say).
pub(super) fn alignment(x: &Tensor<3>) -> Tensor<1> {
    let [samples, kinds, _] = x.dims();
    let of = |(first, second): (usize, usize)| {
        let apart = unit(kind(x, first)) - unit(kind(x, second));
        apart.square().sum_dim(1).mul_scalar(-0.5).exp().sum()
    };
    let all = pairs(kinds);
    let count = (samples * all.len()).max(1) as f64;
    let sum = all.into_iter().map(of).fold(Tensor::zeros([1], &x.device()), |sum: Tensor<1>, one| sum + one);
    sum.div_scalar(count)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn features<const N: usize>(values: [f32; N], shape: [usize; 3]) -> Tensor<3> {
        Tensor::from_data(TensorData::new(values.to_vec(), shape), &Device::flex())
    }

    fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f64> {
        x.into_data().try_into_vec::<f32>().unwrap().into_iter().map(f64::from).collect()
    }

    fn near(got: f64, want: f64) {
        assert!((got - want).abs() < 1e-5 * want.abs().max(1.0), "{got}, by hand {want}");
    }

    #[test]
    fn equation_9_is_the_cosine_over_the_temperature() {
        // (3, 4) and (4, 3): cosine 24/25; (3, 4) and (0, −2): −4/5.
        let a = kind(&features([3.0, 4.0], [1, 1, 2]), 0);
        let b =
            Tensor::cat(vec![kind(&features([4.0, 3.0], [1, 1, 2]), 0), kind(&features([0.0, -2.0], [1, 1, 2]), 0)], 0);
        let got = numbers(similarity(&a, &b, 0.07));
        near(got[0], 0.96 / 0.07);
        near(got[1], -0.8 / 0.07);
    }

    #[test]
    fn equation_10_counts_the_pair_twice_and_every_other_sample_both_ways() {
        // Samples e1 and e2 in kind 1; e1 and (e1 + e2)/√2 in kind 2: s = [[1, c], [0, c]] with c = 1/√2, at a temperature of 1.
        let a = kind(&features([1.0, 0.0, 0.0, 1.0], [2, 1, 2]), 0);
        let b = kind(&features([1.0, 0.0, 5.0, 5.0], [2, 1, 2]), 0);
        let c = 0.5_f64.sqrt();
        let e = std::f64::consts::E;
        let got = numbers(contrast(&a, &b, 1.0));
        // Row 1 and column 1: e + e^c, e + 1; row 2 and column 2: 1 + e^c, e^c + e^c.
        near(got[0], (2.0 * e + c.exp() + 1.0).ln() - 1.0);
        near(got[1], (1.0 + 3.0 * c.exp()).ln() - c);
        // Both directions are one: the sums are the same.
        assert_eq!(got, numbers(contrast(&b, &a, 1.0)));
    }

    #[test]
    fn equation_11_is_the_mean_over_samples_and_kinds() {
        // Two samples that stand at right angles and three kinds that agree: each of the three pairs gives l = ln(2e + 2) − 1 a sample.
        let x = features([1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0], [2, 3, 2]);
        let l = (2.0 * std::f64::consts::E + 2.0).ln() - 1.0;
        // (1/6) · 2 samples · 3 pairs · (½ l + ½ l) = l.
        near(numbers(over_pairs(&x, &even(&x), 1.0))[0], l);
        // Weights of 0.2, 0.3 and 0.5: each kind is in two pairs, so the sum over pairs is 2 l a sample; (1/6) · 2 · 2 l.
        let weights = Tensor::<2>::from_floats([[0.2, 0.3, 0.5], [0.2, 0.3, 0.5]], &Device::flex());
        near(numbers(over_pairs(&x, &weights, 1.0))[0], 2.0 * l / 3.0);
    }

    #[test]
    fn equation_14_is_an_exponential_of_the_ratio() {
        let one = |v: f32| Tensor::<1>::from_floats([v], &Device::flex());
        near(numbers(guider(one(1.5), one(0.5), 0.8))[0], 2.4_f64.exp());
        near(numbers(guider(one(2.0), one(2.0), 0.8))[0], 0.8_f64.exp());
    }

    #[test]
    fn equations_15_and_16_give_the_unsure_kind_the_larger_weight() {
        let shares = features([1.0, 0.0, 0.5, 0.5, 0.25, 0.75, 0.25, 0.75], [2, 2, 2]);
        let entropies = numbers(entropy(&shares));
        let ln2 = 2.0_f64.ln();
        let quarter = 0.25 * 4.0_f64.ln() + 0.75 * (4.0_f64 / 3.0).ln();
        for (got, want) in entropies.into_iter().zip([0.0, ln2, quarter, quarter]) {
            near(got, want);
        }
        // exp(0) : exp(ln 2) = 1 : 2.
        for (got, want) in numbers(attention(&shares)).into_iter().zip([1.0 / 3.0, 2.0 / 3.0, 0.5, 0.5]) {
            near(got, want);
        }
    }

    #[test]
    fn equation_18_rises_with_the_steps() {
        near(risen([0.001, 1.0], 1.0, 0, 100), 0.001);
        near(risen([0.001, 1.0], 1.0, 50, 100), 0.5005);
        near(risen([0.0, 2.0], 0.5, 25, 100), 1.0);
        near(risen([0.0, 2.0], 0.5, 90, 100), 2.0);
    }

    #[test]
    fn equation_7_falls_with_the_distance() {
        // The same direction: 1; at right angles: d² = 2, e^−1; the other way round: d² = 4, e^−2.
        let x = features([2.0, 0.0, 3.0, 0.0, 1.0, 0.0, 0.0, 4.0, 1.0, 0.0, -1.0, 0.0], [3, 2, 2]);
        near(numbers(alignment(&x))[0], (1.0 + (-1.0_f64).exp() + (-2.0_f64).exp()) / 3.0);
    }
}
