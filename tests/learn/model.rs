//! The mmCLIP model and its adapters.

use crate::synthetic;
use kinecho::model::lora::{self, LoraConfig};
use kinecho::model::mmclip::{MmClip, MmClipConfig};
use kinecho::model::weights::Weights;
use kinecho::model::{ModelError, parameters};
use ndarray::{Array3, Array4};

fn maps(config: &MmClipConfig, samples: usize) -> Array4<f32> {
    let shape = (samples, config.maps.len(), config.rows, config.columns);
    Array4::from_shape_fn(shape, |(i, m, r, c)| ((i * 7 + m * 5 + r * 3 + c) as f32 * 0.37).sin())
}

fn sentences(config: &MmClipConfig, labels: usize) -> Array3<f32> {
    Array3::from_shape_fn((labels, 5, config.text_width), |(i, a, w)| ((i * 11 + a * 3 + w) as f32 * 0.71).cos() * 0.05)
}

fn largest_difference<D: ndarray::Dimension>(a: &ndarray::Array<f32, D>, b: &ndarray::Array<f32, D>) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Counted by hand: a block of width w and MLP ratio 4 has 12 w² + 13 w parameters.
#[test]
fn published_size_has_the_parameters_of_the_paper() {
    let block = |w: usize| 12 * w * w + 13 * w;
    let config = MmClipConfig { text_width: 512, ..MmClipConfig::published() };
    let counts = MmClip::new(&config, 0).unwrap().parameter_counts();
    let encoder = (224 * 4 * 128 + 128) + 56 * 128 + 2 * block(128) + 2 * 128;
    assert_eq!(counts.map_encoders, 3 * encoder);
    let aggregation = |w: usize| w + 6 * w + block(w) + 2 * w;
    let heads = 2 * (384 * 512 + 512);
    assert_eq!(counts.fusion, 5 * 384 + 56 * 384 + 6 * block(384) + 2 * 384 + aggregation(384) + heads);
    assert_eq!(counts.text, aggregation(512));
    assert_eq!(counts.total, counts.map_encoders + counts.fusion + counts.text + 1);
    // "About 20 M".
    assert!((17_000_000..21_000_000).contains(&counts.total), "{counts:?}");
}

#[test]
fn embeddings_have_the_promised_shapes_and_do_not_depend_on_the_batch() {
    let config = MmClipConfig::small();
    let model = MmClip::new(&config, 1).unwrap();
    let maps = maps(&config, 5);
    let one = model.embed_signals(maps.view(), 5).unwrap();
    assert_eq!(one.attributes.dim(), (5, 5, 384));
    assert_eq!(one.class.dim(), (5, 384));
    let other = model.embed_signals(maps.view(), 2).unwrap();
    assert!(largest_difference(&one.class, &other.class) < 1e-5);
    assert!(largest_difference(&one.attributes, &other.attributes) < 1e-5);
    let vectors = sentences(&config, 4);
    let text = model.embed_texts(vectors.view()).unwrap();
    assert_eq!(text.attributes, vectors, "attribute vectors stay as the frozen encoder gave them");
    assert_eq!(text.class.dim(), (4, 384));
}

#[test]
fn attributes_and_maps_can_be_left_out() {
    for attributes in [vec![], vec!["legs".to_string()], vec!["legs".to_string(), "general".to_string()]] {
        let config =
            MmClipConfig { attributes: attributes.clone(), maps: vec!["time_range".into()], ..synthetic::config() };
        let model = MmClip::new(&config, 1).unwrap();
        let signal = model.embed_signals(maps(&config, 2).view(), 2).unwrap();
        assert_eq!(signal.attributes.dim().1, attributes.len());
        let vectors = sentences(&config, 3);
        let text = model.embed_texts(vectors.view()).unwrap();
        assert_eq!(text.attributes.dim().1, attributes.len());
        // What is not used makes no difference; what is used does.
        let changed = |attribute: usize| {
            let mut vectors = vectors.clone();
            vectors.index_axis_mut(ndarray::Axis(1), attribute).mapv_inplace(|v| v + 0.1 * (v * 300.0).sin());
            largest_difference(&text.class, &model.embed_texts(vectors.view()).unwrap().class)
        };
        assert_eq!(changed(1), 0.0, "torso is never used here");
        assert!(changed(if attributes.is_empty() { 0 } else { 3 }) > 1e-4);
    }
}

#[test]
fn every_map_and_every_column_matters() {
    let config = synthetic::config();
    let model = MmClip::new(&config, 1).unwrap();
    let base = maps(&config, 1);
    let class = model.embed_signals(base.view(), 1).unwrap().class;
    for place in [[0, 0, 0, 0], [0, 1, 7, 11], [0, 0, 3, 6]] {
        let mut changed = base.clone();
        changed[place] += 0.5;
        let difference = largest_difference(&class, &model.embed_signals(changed.view(), 1).unwrap().class);
        assert!(difference > 1e-5, "{place:?}: {difference}");
    }
}

#[test]
fn initial_weights_depend_on_the_seed_only() {
    let hash = |seed| Weights::of(&MmClip::new(&synthetic::config(), seed).unwrap()).unwrap().hash();
    assert_eq!(hash(3), hash(3));
    assert_ne!(hash(3), hash(4));
}

#[test]
fn impossible_settings_and_shapes_are_named() {
    let message = |config: MmClipConfig| MmClip::new(&config, 0).unwrap_err().to_string();
    let base = synthetic::config;
    assert!(message(MmClipConfig { map_heads: 3, ..base() }).contains("map_heads is 3"));
    assert!(message(MmClipConfig { patch_columns: 5, ..base() }).contains("divisor of columns = 12"));
    assert!(message(MmClipConfig { attributes: vec!["head".into()], ..base() }).contains("head"));
    assert!(message(MmClipConfig { rows: 0, ..base() }).contains("rows is 0"));
    assert!(message(MmClipConfig { maps: vec![], ..base() }).contains("maps is 0 names"));
    let model = MmClip::new(&base(), 0).unwrap();
    let wrong = Array4::zeros((2, 3, synthetic::ROWS, synthetic::COLUMNS));
    assert!(matches!(model.embed_signals(wrong.view(), 1), Err(ModelError::Shape { .. })));
    assert!(matches!(model.embed_texts(Array3::zeros((2, 5, 384)).view()), Err(ModelError::Shape { .. })));
}

#[test]
fn fresh_adapters_change_nothing_and_merged_ones_give_the_same_outputs() {
    let config = synthetic::config();
    let base = MmClip::new(&config, 1).unwrap();
    let maps = maps(&config, 3);
    let before = base.embed_signals(maps.view(), 3).unwrap();
    let targets = vec!["qkv".into(), "mlp.up".into(), "class_head".into()];
    let lora = LoraConfig { r: 3, alpha: 6.0, targets, ..LoraConfig::default() };
    let attached = lora::attach(base, &lora, 5).unwrap();
    let fresh = attached.embed_signals(maps.view(), 3).unwrap();
    assert!(largest_difference(&before.class, &fresh.class) == 0.0);
    let moved = parameters::assign(attached, |i, p| {
        p.is_adapter().then(|| (0..p.count()).map(|k| ((i * 13 + k) as f32).sin() * 0.2).collect())
    });
    let with = moved.embed_signals(maps.view(), 3).unwrap();
    assert!(largest_difference(&before.class, &with.class) > 1e-2, "the adapters act");
    let text_with = moved.embed_texts(sentences(&config, 2).view()).unwrap();
    let merged = lora::merge(moved);
    assert!(!lora::has_adapters(&merged));
    assert!(largest_difference(&with.class, &merged.embed_signals(maps.view(), 3).unwrap().class) < 2e-5);
    assert!(
        largest_difference(&text_with.class, &merged.embed_texts(sentences(&config, 2).view()).unwrap().class) < 2e-5
    );
}

#[test]
fn adapters_of_unknown_layers_are_refused() {
    let model = MmClip::new(&synthetic::config(), 1).unwrap();
    let lora = LoraConfig { targets: vec!["kv".into()], ..LoraConfig::default() };
    let message = lora::attach(model, &lora, 0).unwrap_err().to_string();
    assert!(message.contains("\"kv\"") && message.contains("signal.maps.0.patch"), "{message}");
}

/// The published setting: rank 16 on every qkv.
#[test]
fn published_adapters_have_their_size() {
    let model = MmClip::new(&MmClipConfig { text_width: 512, ..MmClipConfig::published() }, 0).unwrap();
    let model = lora::attach(model, &LoraConfig::default(), 0).unwrap();
    let count: usize = parameters::list(&model).iter().filter(|p| p.is_adapter()).map(|p| p.count()).sum();
    assert_eq!(count, 16 * 4 * (3 * 2 * 128 + 7 * 384 + 512));
}

/// Dropout of an adapter keeps the mean: 4000 rows, p = 0.25, seed 3. An entry of the output has a standard error of about
/// 1/√4000 ≈ 1.6 % of its scale; the bar is 8 %. And a row's dropout depends on its number, not on its place.
#[test]
fn dropout_of_adapters_keeps_the_mean_and_is_keyed_by_sample() {
    use kinecho::base::random::RandomTree;
    use kinecho::burn::tensor::{Device, Tensor};
    use kinecho::model::linear::Pass;
    let lora = LoraConfig { r: 4, dropout: 0.25, targets: vec!["class_head".into()], ..LoraConfig::default() };
    let model = lora::attach(MmClip::new(&synthetic::config(), 1).unwrap(), &lora, 5).unwrap();
    let model = parameters::assign(model, |_, p| {
        p.name.ends_with("lora.b").then(|| (0..p.count()).map(|k| (k as f32).sin()).collect())
    });
    let layer = &model.signal.class_head;
    let rows = 4000;
    let x = Tensor::<3>::ones([rows, 1, 32], &Device::flex());
    let key = RandomTree::new(3);
    let serials: Vec<u64> = (0..rows as u64).collect();
    let plain = layer.forward(x.clone(), &Pass::inference());
    let dropped = layer.forward(x.clone(), &Pass::training(key, serials.clone()));
    let spread = (dropped.clone() - plain.clone()).abs().mean().into_scalar::<f32>();
    assert!(spread > 0.1, "something is dropped: {spread}");
    let bias = (dropped.clone().mean_dim(0) - plain.narrow(0, 0, 1)).abs().max().into_scalar::<f32>();
    assert!(bias < 0.08 * spread.max(1.0), "bias {bias}, spread {spread}");
    let later = layer.forward(x.narrow(0, 0, 10), &Pass::training(key, serials[20..30].to_vec()));
    assert_eq!(later.into_data(), dropped.narrow(0, 20, 10).into_data());
}
