//! Losses and the optimiser against NumPy.

use kinecho::train::Adam;
use kinecho::train::losses::{LossKind, value};
use ndarray::Array2;

// import numpy as np
// S = np.sin(1.0 + np.arange(12).reshape(4, 3) * 1.7); T = np.cos(0.5 + np.arange(9).reshape(3, 3) * 0.9)
// lab = np.array([0, 1, 0, 2]); tau = 0.2
// u = lambda x: x / np.linalg.norm(x, axis=1, keepdims=True)
// lse = lambda z: z - np.log(np.exp(z).sum(1, keepdims=True))
// L = u(S) @ u(T[lab]).T / tau; Z = u(S) @ u(T).T / tau
// ce = -(np.diag(lse(L)).mean() + np.diag(lse(L.T)).mean()) / 2
// def kl(P, z): return (P * (np.where(P > 0, np.log(P, where=P > 0), 0) - lse(z))).sum(1).mean()
// M = (lab[:, None] == lab[None]).astype(float); P = M / M.sum(1, keepdims=True); (kl(P, L) + kl(P, L.T)) / 2
// -lse(Z)[np.arange(4), lab].mean(); (1 - (u(S) * u(T[lab])).sum(1)).mean(); ((S - T[lab]) ** 2).mean()
// With groups g = [0, 1, 1]: P from g[lab][:, None] == g[None] (class) or == g[lab][None] (KL).
const CASES: [(LossKind, [usize; 3], f64); 7] = [
    (LossKind::SymmetricCrossEntropy, [0, 1, 2], 5.425641036091491),
    (LossKind::LabelMatchKl, [0, 1, 2], 5.079067445811518),
    (LossKind::LabelMatchKl, [0, 1, 1], 3.2319057531673775),
    (LossKind::ClassCrossEntropy, [0, 1, 2], 5.016983677694971),
    (LossKind::ClassCrossEntropy, [0, 1, 1], 3.1698220050508303),
    (LossKind::Cosine, [0, 1, 2], 1.245231589468779),
    (LossKind::Mse, [0, 1, 2], 1.2099057338085204),
];

fn arrays() -> (Array2<f32>, Array2<f32>) {
    let signal = Array2::from_shape_fn((4, 3), |(i, j)| (1.0 + (i * 3 + j) as f64 * 1.7).sin() as f32);
    let table = Array2::from_shape_fn((3, 3), |(i, j)| (0.5 + (i * 3 + j) as f64 * 0.9).cos() as f32);
    (signal, table)
}

#[test]
fn every_loss_agrees_with_numpy() {
    let (signal, table) = arrays();
    for (kind, groups, expected) in CASES {
        let got = value(kind, &signal, &table, &[0, 1, 0, 2], &groups, 0.2).unwrap().value;
        assert!((got - expected).abs() < 1e-5 * expected, "{kind:?} {groups:?}: {got}, NumPy {expected}");
    }
}

#[test]
fn gradients_agree_with_finite_differences() {
    let (signal, table) = arrays();
    for (kind, groups, _) in CASES {
        let at = |s: &Array2<f32>, t: &Array2<f32>| value(kind, s, t, &[0, 1, 0, 2], &groups, 0.2).unwrap();
        let base = at(&signal, &table);
        let held = matches!(kind, LossKind::Cosine | LossKind::Mse);
        let step = 2e-3;
        for place in [(0, 0), (2, 1)] {
            let difference = |on_signal: bool| {
                let shifted = |sign: f32| {
                    let (mut s, mut t) = (signal.clone(), table.clone());
                    if on_signal {
                        s[place] += sign * step
                    } else {
                        t[place] += sign * step
                    }
                    at(&s, &t).value
                };
                (shifted(1.0) - shifted(-1.0)) / (2.0 * f64::from(step))
            };
            let (got, want) = (f64::from(base.signal_gradient[place]), difference(true));
            assert!((got - want).abs() < 5e-3, "{kind:?} signal {place:?}: {got}, differences {want}");
            let (got, want) = (f64::from(base.table_gradient[place]), if held { 0.0 } else { difference(false) });
            assert!((got - want).abs() < 5e-3, "{kind:?} table {place:?}: {got}, differences {want}");
        }
    }
}

/// A perfect match: KL to the matches reaches 0, the published cross-entropy cannot when a label repeats.
#[test]
fn repeated_labels_put_a_floor_under_cross_entropy_but_not_under_kl() {
    let table = Array2::eye(3);
    let signal = table.select(ndarray::Axis(0), &[0, 0, 1, 2]);
    let at = |kind| value(kind, &signal, &table, &[0, 0, 1, 2], &[0, 1, 2], 0.02).unwrap().value;
    let floor = 2.0 * 2f64.ln() / 4.0;
    assert!((at(LossKind::SymmetricCrossEntropy) - floor).abs() < 1e-5);
    assert!(at(LossKind::LabelMatchKl).abs() < 1e-5);
    assert!(at(LossKind::ClassCrossEntropy).abs() < 1e-5);
}

// v = np.array([1.0, -2.0, 0.5]); m = s = 0
// for t in 1, 2, 3:
//     g = v**2 - 1 + 0.1 * t; m = .9 * m + .1 * g; s = .999 * s + .001 * g * g
//     v = v * (1 - 0.01 * 0.1); v = v - 0.01 * (m / (1 - .9**t)) / (np.sqrt(s / (1 - .999**t)) + 1e-8)
#[test]
fn adam_with_decoupled_decay_agrees_with_numpy() {
    let mut adam = Adam::new(&[3]);
    let mut values = vec![vec![1.0f32, -2.0, 0.5]];
    for t in 1..=3 {
        let gradient = values[0].iter().map(|v| v * v - 1.0 + 0.1 * t as f32).collect();
        adam.update(&mut values, &[Some(gradient)], &[0.1], 0.01);
    }
    for (got, want) in values[0].iter().zip([0.96756538, -2.0240075, 0.52810822]) {
        assert!((f64::from(*got) - want).abs() < 2e-6, "{got}, NumPy {want}");
    }
}
