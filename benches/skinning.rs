//! Skinning of the default body.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use kinecho::base::{Rotation, Vec3};
use kinecho::body::{BodyModel, BodyShape, Pose};

fn skinning(c: &mut Criterion) {
    let body = BodyModel::cc0().shaped(&BodyShape::default()).unwrap();
    let mut pose = Pose::rest(body.skeleton.rest.len());
    for (i, rotation) in pose.rotations.iter_mut().enumerate() {
        *rotation = Rotation::from_scaled_axis(Vec3::new(0.1, -0.2, 0.05) * (1.0 + (i % 5) as f64));
    }
    let mut out = vec![Vec3::zeros(); body.vertex_count()];
    c.bench_function(&format!("skin/{}", body.vertex_count()), |b| {
        b.iter(|| body.skin(black_box(&pose), &mut out));
    });
}

criterion_group!(benches, skinning);
criterion_main!(benches);
