//! A motion of 3 s drawn and played, without skinning, on one core: a single action, a cycle and a gait.
#![allow(missing_docs, clippy::unwrap_used)]

use criterion::{Criterion, criterion_group, criterion_main};
use kinecho::base::random::RandomTree;
use kinecho::body::{BodyModel, BodyShape};
use kinecho::motion::score::{Rendition, ScoreBook};
use std::hint::black_box;

/// The rate at which scenes play scores, Hz.
const RATE_HZ: f64 = 120.0;

fn play(c: &mut Criterion) {
    let skeleton = BodyModel::cc0().shaped(&BodyShape::default()).unwrap().skeleton;
    let tree = RandomTree::new(1);
    for slug in ["throw", "high_leg_lift", "walk_forward_turn_around"] {
        let score = ScoreBook::builtin().get(slug).unwrap();
        let mut draw = 0;
        c.bench_function(&format!("play 3 s of {slug}"), |b| {
            b.iter(|| {
                draw += 1;
                let rendition = Rendition::draw(score, &mut tree.stream(draw, "rendition"));
                black_box(score.play(&skeleton, &rendition, 3.0, RATE_HZ).unwrap())
            });
        });
    }
}

criterion_group!(benches, play);
criterion_main!(benches);
