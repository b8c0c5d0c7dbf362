//! How long do a posture and a motion take? A body of SMPL's size with pose blend shapes, and a score of 3 s without skinning.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use criterion::{Criterion, criterion_group, criterion_main};
use kinecho::base::random::RandomTree;
use kinecho::base::{Rotation, Vec3};
use kinecho::body::{BodyModel, BodyShape, Pose};
use kinecho::motion::score::{Rendition, ScoreBook};
use ndarray::{Array2, Array3};
use ndarray_npy::NpzWriter;
use std::hint::black_box;
use std::io::Cursor;

const VERTICES: usize = 6890;
const JOINTS: usize = 24;
const PARENTS: [i64; JOINTS] = [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21];

/// Noise in SMPL's layout: every number of every direction counts, and four joints move each vertex, as in SMPL.
fn smpl_sized() -> BodyModel {
    let noise = |i: usize| ((i * 2_654_435_761) % 2001) as f32 / 1000.0 - 1.0;
    let mut npz = NpzWriter::new(Cursor::new(Vec::new()));
    let at = |v: usize, a: usize, k: usize| noise(v * 7919 + a * 104_729 + k * 31);
    npz.add_array("v_template", &Array2::from_shape_fn((VERTICES, 3), |(v, a)| at(v, a, 0))).unwrap();
    npz.add_array("shapedirs", &Array3::from_shape_fn((VERTICES, 3, 10), |(v, a, k)| 0.02 * at(v, a, k))).unwrap();
    npz.add_array("posedirs", &Array3::from_shape_fn((VERTICES, 3, 207), |(v, a, k)| 0.01 * at(v, a, k))).unwrap();
    let weights = Array2::from_shape_fn((VERTICES, JOINTS), |(v, j)| if (j + v) % 6 == 0 { 0.25f32 } else { 0.0 });
    npz.add_array("weights", &weights).unwrap();
    let regressor = Array2::from_shape_fn((JOINTS, VERTICES), |(j, v)| if v % 1000 == j { 1.0f32 / 7.0 } else { 0.0 });
    npz.add_array("J_regressor", &regressor).unwrap();
    npz.add_array(
        "kintree_table",
        &Array2::from_shape_fn((2, JOINTS), |(r, j)| if r == 0 { PARENTS[j] } else { j as i64 }),
    )
    .unwrap();
    npz.add_array("f", &Array2::from_shape_fn((2 * VERTICES, 3), |(f, c)| ((f + c * 17) % VERTICES) as u32)).unwrap();
    BodyModel::from_bytes("noise.npz", &npz.finish().unwrap().into_inner()).unwrap()
}

fn postures(c: &mut Criterion) {
    let mut pose = Pose::rest(JOINTS);
    for (joint, rotation) in pose.rotations.iter_mut().enumerate() {
        *rotation = Rotation::from_scaled_axis(Vec3::new(0.1, 0.02 * joint as f64, -0.2));
    }
    let mut skin = vec![Vec3::zeros(); VERTICES];
    let body = smpl_sized().with_coefficients(&[]).unwrap();
    c.bench_function("skin 6890 vertices with pose blend shapes", |b| {
        b.iter(|| body.skin(black_box(&pose), &mut skin))
    });
    let body = BodyModel::cc0().shaped(&BodyShape::default()).unwrap();
    c.bench_function("skin the CC0 body", |b| b.iter(|| body.skin(black_box(&pose), &mut skin)));
}

fn motions(c: &mut Criterion) {
    let body = BodyModel::cc0().shaped(&BodyShape::default()).unwrap();
    for slug in ["squat", "wave_hand", "walk_clockwise"] {
        let Some(score) = ScoreBook::builtin().get(slug) else { continue };
        let mut draw = 0;
        c.bench_function(&format!("draw and play 3 s of {slug}"), |b| {
            b.iter(|| {
                draw += 1;
                let rendition = Rendition::draw(score, &mut RandomTree::new(1).stream(draw, "rendition"));
                score.play(&body.skeleton, &rendition, 3.0, 120.0).unwrap()
            });
        });
    }
}

criterion_group!(benches, postures, motions);
criterion_main!(benches);
