//! Fewer series than subcarriers and antennas: those that tell most, or combinations.

use super::streams::Streams;
use crate::base::Complex32;
use crate::dsp::DspError;
use nalgebra::{Complex, DMatrix, SymmetricEigen};
use ndarray::{Array3, Axis};

/// Cells of a histogram of amplitudes.
const CELLS: usize = 16;

/// Subcarriers whose amplitudes are spread least like those of all: the largest Kullback-Leibler divergence `D(p(y|s_k) ‖ p(y))`, nats,
/// of histograms over the window. The kept ones stay in order.
pub(super) fn by_divergence(streams: Streams, keep: usize) -> Streams {
    let scores = divergences(&streams);
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    order.truncate(keep);
    order.sort_unstable();
    let subcarriers = order.iter().map(|&k| streams.subcarriers[k]).collect();
    Streams { data: streams.data.select(Axis(1), &order), subcarriers, ..streams }
}

/// Divergence of each subcarrier, over all links.
pub(super) fn divergences(streams: &Streams) -> Vec<f64> {
    let real = streams.holds.is_real();
    let number = |z: &Complex32| if real { f64::from(z.re) } else { f64::from(z.norm()) };
    let mut sums = vec![0.0; streams.subcarriers.len()];
    for of_link in streams.data.axis_iter(Axis(2)) {
        let all = || of_link.iter().map(number);
        let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
        if high <= low {
            continue;
        }
        let cell = |v: f64| (((v - low) / (high - low) * CELLS as f64) as usize).min(CELLS - 1);
        let histogram = |values: &mut dyn Iterator<Item = f64>| {
            let mut counts = [0.0f64; CELLS];
            values.for_each(|v| counts[cell(v)] += 1.0);
            let total: f64 = counts.iter().sum();
            counts.map(|c| c / total.max(1.0))
        };
        let pooled = histogram(&mut all());
        for (sum, series) in sums.iter_mut().zip(of_link.axis_iter(Axis(1))) {
            let own = histogram(&mut series.iter().map(number));
            *sum += own.iter().zip(&pooled).filter(|(p, _)| **p > 0.0).map(|(p, q)| p * (p / q).ln()).sum::<f64>();
        }
    }
    sums
}

/// Principal components of all subcarriers and links over time, after `skip` of them; each has its largest weight real and positive.
///
/// # Shapes
/// `[packet, subcarrier, link]` → `[packet, component, 1]`
pub(super) fn principal(streams: &Streams, components: usize, skip: usize) -> Result<Streams, DspError> {
    let (packets, subcarriers, links) = streams.data.dim();
    let series = subcarriers * links;
    let most = packets.min(series);
    if skip + components > most {
        let reason = format!("step pca: {components} components after {skip} of {packets} packets and {series} series");
        return Err(DspError::Csi { reason: format!("{reason}; expected at most {most} in all") });
    }
    let wide = |z: Complex32| Complex::new(f64::from(z.re), f64::from(z.im));
    let mut x = DMatrix::from_fn(packets, series, |p, s| wide(streams.data[[p, s / links, s % links]]));
    for mut column in x.column_iter_mut() {
        let mean = column.sum() / Complex::new(packets as f64, 0.0);
        column.add_scalar_mut(-mean);
    }
    // The smaller of the two products has the same spectrum.
    let weights = if series <= packets {
        let found = sorted(SymmetricEigen::new(x.adjoint() * &x));
        DMatrix::from_columns(&found[skip..skip + components])
    } else {
        let found = sorted(SymmetricEigen::new(&x * x.adjoint()));
        let mut weights = x.adjoint() * DMatrix::from_columns(&found[skip..skip + components]);
        for mut column in weights.column_iter_mut() {
            let norm = column.norm();
            if norm > 0.0 {
                column.unscale_mut(norm);
            }
        }
        weights
    };
    let mut scores = &x * &weights;
    for (weight, mut score) in weights.column_iter().zip(scores.column_iter_mut()) {
        let largest = weight.iter().copied().max_by(|a, b| a.norm_sqr().total_cmp(&b.norm_sqr()));
        if let Some(largest) = largest.filter(|w| w.norm_sqr() > 0.0) {
            score *= largest.conj() / Complex::new(largest.norm(), 0.0);
        }
    }
    let data = Array3::from_shape_fn((packets, components, 1), |(p, c, _)| {
        Complex32::new(scores[(p, c)].re as f32, scores[(p, c)].im as f32)
    });
    let subcarriers = (0..components as i32).collect();
    Ok(Streams { data, subcarriers, links: vec![(0, 0)], ..streams.clone() })
}

/// Eigenvectors by falling eigenvalue.
fn sorted(eigen: SymmetricEigen<Complex<f64>, nalgebra::Dyn>) -> Vec<nalgebra::DVector<Complex<f64>>> {
    let mut order: Vec<usize> = (0..eigen.eigenvalues.len()).collect();
    order.sort_by(|a, b| eigen.eigenvalues[*b].total_cmp(&eigen.eigenvalues[*a]));
    order.into_iter().map(|i| eigen.eigenvectors.column(i).into_owned()).collect()
}
