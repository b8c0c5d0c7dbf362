//! Hidden point removal and its hull on a body-shaped cloud.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use kinecho::base::Vec3;
use kinecho::visibility::{HiddenPoint, HiddenPointRemover};

/// `n` centres and normals of an upright body 3 m away: seven capsules, points in a golden-angle spiral on each.
fn body(n: usize) -> (Vec<Vec3>, Vec<Vec3>) {
    // Lower end, upper end, radius.
    let limbs = [
        ([0.0, 0.9], [0.0, 1.45], 0.17),
        ([0.0, 1.6], [0.0, 1.7], 0.11),
        ([-0.1, 0.1], [-0.1, 0.85], 0.08),
        ([0.1, 0.1], [0.1, 0.85], 0.08),
        ([-0.5, 1.0], [-0.22, 1.4], 0.05),
        ([0.5, 1.0], [0.22, 1.4], 0.05),
        ([0.1, 0.05], [0.1, 0.06], 0.09),
    ];
    let golden = std::f64::consts::PI * (3.0 - 5.0_f64.sqrt());
    let (mut centres, mut normals) = (Vec::new(), Vec::new());
    for (limb, (low, high, radius)) in limbs.into_iter().enumerate() {
        let share = n * (limb + 1) / limbs.len() - n * limb / limbs.len();
        let (low, high) = (Vec3::new(low[0], 3.0, low[1]), Vec3::new(high[0], 3.0, high[1]));
        let along = (high - low).normalize();
        let side = along.cross(&Vec3::y()).normalize();
        let front = along.cross(&side);
        let length = (high - low).norm() + 2.0 * radius;
        for i in 0..share {
            let t = length * (i as f64 + 0.5) / share as f64 - radius;
            let beyond = if t < 0.0 { t } else { (t - (length - 2.0 * radius)).max(0.0) };
            let ring = (radius * radius - beyond * beyond).sqrt();
            let turn = golden * i as f64;
            let out = ring * (turn.cos() * side + turn.sin() * front);
            centres.push(low + t * along + out);
            normals.push((out + beyond * along).normalize());
        }
    }
    (centres, normals)
}

fn hidden_points(c: &mut Criterion) {
    let mut remover = HiddenPointRemover::new();
    let mut visible = Vec::new();
    for n in [7_000, 15_036] {
        let (centres, normals) = body(n);
        for cull_first in [false, true] {
            let settings = HiddenPoint { radius_factor: 100.0, cull_backfaces: true, cull_first };
            let name = format!("hidden_point/{n}/{}", if cull_first { "front faces" } else { "all faces" });
            c.bench_function(&name, |b| {
                b.iter(|| {
                    remover.find(black_box(&centres), &normals, Vec3::zeros(), &settings, &mut visible).unwrap();
                    visible.len()
                });
            });
            let seen = visible.iter().filter(|v| **v).count();
            eprintln!("{name}: {seen} visible");
        }
    }
}

criterion_group!(benches, hidden_points);
criterion_main!(benches);
