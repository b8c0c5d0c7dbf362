//! Alignments against numbers that are known by hand; the twin of `tests/learn/cross_scene.rs` holds their gradients.
#![allow(clippy::unwrap_used)]

use super::domains::told_apart;
use super::moments::discrepancy;
use super::nuclear::negative_mean;
use super::transport::{distance, plan};
use super::{DomainRows, value};
use burn::tensor::{Device, Tensor, TensorData};

fn matrix(values: &[f32], columns: usize) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len() / columns, columns]), &Device::flex())
}

fn near(found: f64, want: f64, within: f64) {
    assert!((found - want).abs() <= within, "{found}, expected {want}");
}

#[test]
fn plans_meet_their_margins_and_find_the_one_way_that_costs_nothing() {
    let cost: Vec<f64> = (0..12).map(|k| ((k * 7) % 5) as f64 + 0.1).collect();
    let found = plan(&cost, 3, 4, 0.2);
    for i in 0..3 {
        near(found[i * 4..][..4].iter().sum(), 1.0 / 3.0, 1e-6);
    }
    for j in 0..4 {
        near((0..3).map(|i| found[i * 4 + j]).sum(), 0.25, 1e-6);
    }
    let sure = plan(&[0.0, 9.0, 9.0, 0.0], 2, 2, 0.1);
    assert!((sure[0] - 0.5).abs() < 1e-9 && sure[1] < 1e-30, "{sure:?}");
}

#[test]
fn distances_on_a_line_are_those_of_sorted_samples() {
    // Far apart against the plan's ε (a twentieth of the mean cost), the entropic plan is the exact one: |1−2|, |10−13|, |30−29|.
    let found = value(&distance(matrix(&[30.0, 1.0, 10.0], 1), matrix(&[13.0, 29.0, 2.0], 1)));
    near(found, 5.0 / 3.0, 2e-3);
    // In units of the root of the width: the same in one of four entries counts half.
    let wide = |x: [f32; 3]| matrix(&x.iter().flat_map(|&v| [v, 0.0, 0.0, 0.0]).collect::<Vec<_>>(), 4);
    near(value(&distance(wide([30.0, 1.0, 10.0]), wide([13.0, 29.0, 2.0]))), found / 2.0, 1e-4);
}

#[test]
fn who_cannot_tell_scenes_apart_loses_ln_2() {
    let sides = DomainRows { labelled: vec![0, 1, 2], unlabelled: vec![3] };
    let blind = told_apart(matrix(&[0.0; 4], 1), &sides);
    near(value(&blind.loss), 2f64.ln(), 1e-6);
    // ln(1 + e^−2) for each of the right ones, ln(1 + e^2) for a wrong one; both scenes weigh the same.
    let found = told_apart(matrix(&[-2.0, -2.0, 2.0, 2.0], 1), &sides);
    let (right, wrong) = ((-2f64).exp().ln_1p(), 2f64.exp().ln_1p());
    near(value(&found.loss), 0.5 * (2.0 * right + wrong) / 3.0 + 0.5 * right, 1e-6);
    near(found.accuracy[0], 0.5 * 2.0 / 3.0 + 0.5, 1e-6);
    let beyond = told_apart(matrix(&[-500.0, -500.0, -500.0, 500.0], 1), &sides);
    near(value(&beyond.loss), 0.0, 1e-12);
}

#[test]
fn discrepancies_vanish_where_classes_lie_on_each_other_alone() {
    let source = matrix(&[0.0, 0.0, 4.0, 0.0], 2);
    let shares = |first: f32| matrix(&[first, 1.0 - first, 1.0 - first, first], 2);
    near(value(&discrepancy(source.clone(), source.clone(), &[0, 1], shares(1.0))), 0.0, 1e-6);
    // The classes exchanged: 2 − 2 k of the two places, k the sum of kernels over the mean squared distance 8 · 16 / 12, here of each class.
    let mean: f64 = 8.0 * 16.0 / 12.0;
    let k: f64 = [0.25, 0.5, 1.0, 2.0, 4.0].iter().map(|m| (-16.0 / (mean * m)).exp()).sum();
    near(value(&discrepancy(source.clone(), source, &[0, 1], shares(0.0))), 2.0 * (5.0 - k), 1e-4);
}

#[test]
fn nuclear_norms_are_those_of_sure_and_of_even_answers() {
    // Sure answers, n_c of each class: the singular values are √n_c.
    let sure = matrix(&[1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0], 3);
    near(value(&negative_mean(sure)), -(3f64.sqrt() + 1.0) / 4.0, 1e-6);
    // Even answers have one singular value, √(n / classes).
    near(value(&negative_mean(matrix(&[0.5; 8], 2))), -2f64.sqrt() / 4.0, 1e-6);
}
