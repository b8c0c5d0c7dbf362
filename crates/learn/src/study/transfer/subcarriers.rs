//! Which subcarriers tell classes, and which pairs of them belong together: by samples whose labels may be learnt from, and no others.

use super::fault;
use crate::model::cross_scene::{Antennas, CsiBranch};
use crate::study::experiment::ExperimentError;
use crate::train::Dataset;
use ndarray::{Array2, Array3, ArrayView3, Axis};

/// Cells that strengths are sorted into, of equal counts.
const CELLS: usize = 8;

/// How much each subcarrier says about the class, nats: `Σ p(s) D_KL(p(y|s) ‖ p(y))` (section 4.2.2), which is the mutual information of class
/// and `s`, the spread of the subcarrier's series in a sample, in eight cells of equal counts.
///
/// # Shapes
/// `series[sample, subcarrier, time]`, `labels[sample]` below `classes`, to `[subcarrier]`.
pub fn label_information(series: ArrayView3<'_, f32>, labels: &[usize], classes: usize) -> Vec<f64> {
    let (samples, _, times) = series.dim();
    let share = |count: f64| count / samples.max(1) as f64;
    let mut classes_of = vec![0.0; classes];
    labels.iter().for_each(|&label| classes_of[label] += 1.0);
    let of = |own: ndarray::ArrayView2<'_, f32>| {
        let spread = |row: ndarray::ArrayView1<'_, f32>| {
            let mean = row.iter().map(|&v| f64::from(v)).sum::<f64>() / times.max(1) as f64;
            row.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>()
        };
        let strengths: Vec<f64> = own.outer_iter().map(spread).collect();
        let mut order: Vec<usize> = (0..samples).collect();
        order.sort_by(|&a, &b| strengths[a].total_cmp(&strengths[b]));
        let mut counts = vec![0.0; CELLS * classes];
        // Equal strengths share the cell of the first of them.
        let mut cell = 0;
        for (place, &sample) in order.iter().enumerate() {
            if place == 0 || strengths[sample] > strengths[order[place - 1]] {
                cell = place * CELLS / samples;
            }
            counts[cell * classes + labels[sample]] += 1.0;
        }
        let term = |(k, &count): (usize, &f64)| {
            let in_cell: f64 = counts[k / classes * classes..][..classes].iter().sum();
            if count > 0.0 {
                share(count) * (share(count) / (share(in_cell) * share(classes_of[k % classes]))).ln()
            } else {
                0.0
            }
        };
        counts.iter().enumerate().map(term).sum::<f64>()
    };
    series.axis_iter(Axis(1)).map(of).collect()
}

/// How much two subcarriers say about each other where the class is known, nats: `−½ Σ p(y) ln(1 − ρ²)` of their correlation over time and
/// samples of the class, which is the conditional mutual information of jointly Gaussian series.
///
/// # Shapes
/// As in [`label_information`], to `[subcarrier, subcarrier]`, 0 on the diagonal.
pub fn conditional_information(series: ArrayView3<'_, f32>, labels: &[usize], classes: usize) -> Array2<f64> {
    let (samples, nodes, times) = series.dim();
    let mut sum = Array2::zeros((nodes, nodes));
    for class in 0..classes {
        let own: Vec<usize> = (0..samples).filter(|&i| labels[i] == class).collect();
        if own.is_empty() {
            continue;
        }
        // Each series less its mean over the window.
        let mut moving = Array2::<f64>::zeros((nodes, own.len() * times));
        for (k, &sample) in own.iter().enumerate() {
            for node in 0..nodes {
                let row = series.index_axis(Axis(0), sample);
                let row = row.index_axis(Axis(0), node);
                let mean = row.iter().map(|&v| f64::from(v)).sum::<f64>() / times.max(1) as f64;
                row.iter().enumerate().for_each(|(t, &v)| moving[[node, k * times + t]] = f64::from(v) - mean);
            }
        }
        let products = moving.dot(&moving.t());
        let share = own.len() as f64 / samples as f64;
        for ((i, j), value) in sum.indexed_iter_mut() {
            let scale = (products[[i, i]] * products[[j, j]]).sqrt();
            if i != j && scale > 0.0 {
                let rho = products[[i, j]] / scale;
                *value -= 0.5 * share * (1.0 - rho * rho).max(1e-12).ln();
            }
        }
    }
    sum
}

/// The branch with the subcarriers that say most about the class, where it keeps some, and the pairs above the quantile τ.
pub(super) fn chosen(branch: &CsiBranch, learn: &Dataset) -> Result<CsiBranch, ExperimentError> {
    let view = learn.views.iter().find(|view| view.info.name == branch.view);
    let Some((view, &[rows, times])) = view.and_then(|view| Some((view, view.info.shape.first_chunk::<2>()?))) else {
        return Err(fault("model.cross_scene.wifi", format!("`{}` has not two axes", branch.view)));
    };
    let mut branch = CsiBranch { shape: vec![rows, times], ..branch.clone() };
    let subcarriers = rows / branch.links.max(1);
    let per_link = |link: usize| {
        let of = |(sample, node, time): (usize, usize, usize)| {
            view.values[[sample, (link * subcarriers + node) * times + time]]
        };
        Array3::from_shape_fn((learn.labels.len(), subcarriers, times), of)
    };
    let links: Vec<Array3<f32>> = match branch.antennas {
        Antennas::Channels => (0..branch.links).map(per_link).collect(),
        Antennas::Mean => {
            let sum = (1..branch.links).fold(per_link(0), |sum, link| sum + per_link(link));
            vec![sum / branch.links as f32]
        }
    };
    let classes = learn.classes.len();
    if branch.keep > 0 && branch.subcarriers.is_empty() {
        let mut scores = vec![0.0; subcarriers];
        for series in &links {
            let found = label_information(series.view(), &learn.labels, classes);
            scores.iter_mut().zip(found).for_each(|(sum, one)| *sum += one);
        }
        let mut order: Vec<usize> = (0..subcarriers).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        order.truncate(branch.keep);
        order.sort_unstable();
        branch.subcarriers = order;
    }
    if branch.edges.is_none() && branch.edge_share < 1.0 {
        let nodes = branch.looked_at();
        let mut sum = Array2::zeros((nodes.len(), nodes.len()));
        for series in &links {
            sum += &conditional_information(series.select(Axis(1), &nodes).view(), &learn.labels, classes);
        }
        let mut pairs: Vec<[usize; 2]> =
            (0..nodes.len()).flat_map(|i| (i + 1..nodes.len()).map(move |j| [i, j])).collect();
        pairs.sort_by(|a, b| sum[[b[0], b[1]]].total_cmp(&sum[[a[0], a[1]]]));
        pairs.truncate((branch.edge_share * pairs.len() as f64).round() as usize);
        pairs.sort_unstable();
        branch.edges = Some(pairs);
    }
    Ok(branch)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::interface::ViewInfo;
    use crate::train::ViewColumn;

    fn noise(i: usize) -> f32 {
        // Two products apart, so that neighbours are unlike.
        let x = (i as f64 * 0.754_877_666) % 1.0 + (i as f64 * 0.569_840_29) % 1.0;
        (x - 1.0) as f32
    }

    #[test]
    fn a_subcarrier_that_tells_the_class_says_its_entropy_and_one_that_moves_alike_says_nothing() {
        let labels: Vec<usize> = (0..64).map(|i| i % 2).collect();
        let series = Array3::from_shape_fn((64, 2, 50), |(s, node, t)| {
            let size = if node == 0 { 1.0 + 9.0 * (s % 2) as f32 } else { 1.0 + ((s / 2 * 7) % 32) as f32 };
            size * (t as f32 * 0.7).sin()
        });
        let found = label_information(series.view(), &labels, 2);
        assert!((found[0] - 2f64.ln()).abs() < 1e-9, "{found:?}");
        // Both classes have each strength once: cells of eight hold four of each.
        assert!(found[1].abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn pairs_of_gaussian_series_say_what_the_closed_form_says() {
        // x and 0.6 x + 0.8 z of x and z without correlation, as sines and cosines of whole periods are: ρ = 0.6, −½ ln(1 − 0.36).
        let labels = [0, 0, 1, 1];
        let series = Array3::from_shape_fn((4, 3, 400), |(s, node, t)| {
            let angle = |periods: usize| std::f32::consts::TAU * (periods * t) as f32 / 400.0;
            let (x, z) = (angle(3 + s).sin(), angle(3 + s).cos());
            [x, 0.6 * x + 0.8 * z, angle(11).sin()][node]
        });
        let found = conditional_information(series.view(), &labels, 2);
        let want = -0.5 * (1.0_f64 - 0.36).ln();
        assert!(
            (found[[0, 1]] - want).abs() < 1e-4 && (found[[0, 1]] - found[[1, 0]]).abs() < 1e-12,
            "{found}, expected {want}"
        );
        assert!(found[[0, 2]] < 1e-6 && found[[0, 0]] == 0.0, "{found}");
    }

    #[test]
    fn branches_keep_what_tells_classes_and_join_what_belongs_together() {
        let (links, nodes, times, samples) = (2, 4, 40, 32);
        let value = |s: usize, k: usize| {
            let (row, t) = (k / times, k % times);
            let (node, angle) = (row % nodes, t as f32 * 0.5);
            let size = 1.0 + 5.0 * (s % 2) as f32;
            match node {
                1 => size * angle.sin(),
                2 => size * (angle + 0.1).sin(),
                3 => size * noise(s * 4001 + t * 7),
                _ => (angle * 1.3).cos(),
            }
        };
        let values = Array2::from_shape_fn((samples, links * nodes * times), |(s, k)| value(s, k));
        let info = ViewInfo::new("amplitude", vec![links * nodes, times]);
        let column = ViewColumn { info, values, present: vec![true; samples] };
        let labels = (0..samples).map(|i| i % 2).collect();
        let data = Dataset::of_views(vec![column], labels, vec!["a".into(), "b".into()]).unwrap();
        let branch = CsiBranch { links, keep: 3, edge_share: 0.34, ..CsiBranch::default() };
        let found = chosen(&branch, &data).unwrap();
        assert_eq!(found.subcarriers, [1, 2, 3]);
        // Of three pairs a third is one: subcarriers 1 and 2, which are places 0 and 1.
        assert_eq!(found.edges, Some(vec![[0, 1]]));
        let mean = chosen(&CsiBranch { antennas: Antennas::Mean, ..branch }, &data).unwrap();
        assert_eq!(mean.subcarriers, [1, 2, 3]);
    }
}
