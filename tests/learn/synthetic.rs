//! A small world of signals and sentences with a known relation.
//!
//! An activity is a pair (arms, legs). Arms show as a bump in the first map, legs in the second; the sentence vectors of the
//! arms and legs attributes are random but fixed for each of the three values, `general` is their sum, `torso` and
//! `location` say the same for everyone. So whoever has learnt the attributes knows pairs that were never shown.

use kinecho::base::random::RandomTree;
use kinecho::model::mmclip::MmClipConfig;
use kinecho::train::{Dataset, Prompts};
use ndarray::{Array2, Array3, Array4, s};
use rand_distr::{Distribution, StandardNormal};

pub(crate) const ROWS: usize = 8;
pub(crate) const COLUMNS: usize = 12;
pub(crate) const WIDTH: usize = 16;

pub(crate) fn config() -> MmClipConfig {
    MmClipConfig {
        maps: vec!["time_doppler".into(), "time_range".into()],
        rows: ROWS,
        columns: COLUMNS,
        patch_columns: 3,
        map_width: 16,
        map_heads: 2,
        map_depth: 1,
        fusion_heads: 2,
        fusion_depth: 1,
        mlp_ratio: 2,
        text_width: WIDTH,
        text_heads: 2,
        ..MmClipConfig::small()
    }
}

fn gauss(tree: RandomTree, item: u64, purpose: &str, count: usize) -> Vec<f32> {
    StandardNormal.sample_iter(tree.stream(item, purpose)).take(count).collect()
}

/// Labels `arms`·3 + `legs`.
pub(crate) fn name(pair: usize) -> String {
    format!("arms{}_legs{}", pair / 3, pair % 3)
}

pub(crate) fn prompts(pairs: &[usize]) -> Prompts {
    let tree = RandomTree::new(77);
    let vector = |value: usize, purpose: &str| {
        let v = gauss(tree, value as u64, purpose, WIDTH);
        let norm = v.iter().map(|x| x * x).sum::<f32>().sqrt();
        v.into_iter().map(|x| 0.6 * x / norm).collect::<Vec<_>>()
    };
    let mut vectors = Array3::zeros((pairs.len(), 5, WIDTH));
    for (i, &pair) in pairs.iter().enumerate() {
        let (arms, legs) = (vector(pair / 3, "arms"), vector(pair % 3, "legs"));
        let (torso, location) = (vector(0, "torso"), vector(0, "location"));
        for w in 0..WIDTH {
            vectors[[i, 0, w]] = (arms[w] + legs[w]) / 2f32.sqrt();
            vectors[[i, 1, w]] = torso[w];
            vectors[[i, 2, w]] = arms[w];
            vectors[[i, 3, w]] = legs[w];
            vectors[[i, 4, w]] = location[w];
        }
    }
    let classes = pairs.iter().map(|&p| name(p)).collect();
    Prompts::new(classes, vectors, Array2::zeros((5, WIDTH)), "synthetic").unwrap()
}

/// `per_class` noisy samples of each pair; `classes` of the dataset are the pairs in order.
pub(crate) fn dataset(pairs: &[usize], per_class: usize, seed: u64) -> Dataset {
    let tree = RandomTree::new(seed);
    let count = pairs.len() * per_class;
    let mut maps = Array4::zeros((count, 2, ROWS, COLUMNS));
    let mut labels = Vec::new();
    for i in 0..count {
        let class = i % pairs.len();
        labels.push(class);
        let noise = gauss(tree, i as u64, "noise", 2 * ROWS * COLUMNS + 2);
        for (map, value) in [(0, pairs[class] / 3), (1, pairs[class] % 3)] {
            let middle = 1.5 + 2.5 * value as f32 + 0.3 * noise[2 * ROWS * COLUMNS + map];
            let mut target = maps.slice_mut(s![i, map, .., ..]);
            for ((row, column), v) in target.indexed_iter_mut() {
                let bump = (-((row as f32 - middle) / 1.2).powi(2)).exp();
                *v = -0.5 + bump + 0.15 * noise[(map * ROWS + row) * COLUMNS + column];
            }
        }
    }
    let names = vec!["time_doppler".into(), "time_range".into()];
    Dataset::new(names, maps, labels, pairs.iter().map(|&p| name(p)).collect()).unwrap()
}
