//! WiSwiss against a PyTorch twin (`tests/golden/wiswiss/make_wiswiss.py`), its sizes against the paper's, and its training.

use kinecho::base::progress::Silent;
use kinecho::chain::{Chain, ViewInfo as ChainView, ViewInput};
use kinecho::model::interface::{Model, ViewInfo};
use kinecho::model::weights::{Array, Weights};
use kinecho::model::wiswiss::{
    BackboneSize, DetectHead, Dfs, EmbedHead, MaskRule, Masked, PoseHead, Position, Transform, WiSwiss, WiSwissConfig,
    WiSwissTask,
};
use kinecho::train::{
    Dataset, Labels, LossPart, Sampling, Schedule, Source, TrainConfig, TrainData, Truth, ViewColumn, infer, resume,
    train, wiswiss_gradient,
};
use ndarray::Array2;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Deserialize)]
struct About {
    torch: String,
    config: WiSwissConfig,
    rate_hz: Option<f64>,
    links: usize,
    samples: usize,
    transform_weight: Option<f64>,
    smoothing: Option<f64>,
    labels: Option<Vec<usize>>,
    losses: BTreeMap<String, f64>,
    parameters: usize,
}

fn view_input(view: &str, shape: &[usize], rate_hz: Option<f64>) -> Option<ViewInput> {
    let rate = rate_hz?;
    let axis = |name: &str, unit: &str, len, step| kinecho::base::axis::Axis::new(name, unit, len, 0.0, step);
    let axes = vec![axis("link_subcarrier", "1", shape[0], 1.0), axis("time", "s", shape[1], rate.recip())];
    let info = ChainView { name: view.into(), quantity: "amplitude".into(), unit: "1".into(), axes };
    Some(ViewInput { chain: Chain::default(), duration_s: shape[1] as f64 / rate, views: vec![info] })
}

fn data(config: &WiSwissConfig, values: Vec<f32>, labels: Vec<usize>, classes: usize) -> Dataset {
    let cells: usize = config.shape.iter().product();
    let values = Array2::from_shape_vec((labels.len(), cells), values).unwrap();
    let info = ViewInfo::new(&config.view, config.shape.clone());
    let column = ViewColumn { info, values, present: vec![true; labels.len()] };
    let classes = (0..classes).map(|i| format!("c{i}")).collect();
    Dataset::of_views(vec![column], labels, classes).unwrap()
}

fn worst(got: &[f32], want: &[f32]) -> f32 {
    assert_eq!(got.len(), want.len());
    got.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Outputs within 1e-4 and gradients within 1e-3 of their largest entry.
fn agrees(case: &str) {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/wiswiss");
    let about: About =
        serde_json::from_str(&std::fs::read_to_string(dir.join(format!("{case}.json"))).unwrap()).unwrap();
    assert!(!about.torch.is_empty());
    let arrays = Weights::read(&dir.join(format!("{case}.safetensors"))).unwrap().tensors;
    let part = |prefix: &str| -> BTreeMap<String, Array> {
        arrays.iter().filter_map(|(n, a)| Some((n.strip_prefix(prefix)?.to_owned(), a.clone()))).collect()
    };
    let weights = Weights { tensors: part("weights/"), ..Weights::default() };
    let model = weights.into_module(WiSwiss::new(&about.config, 0).unwrap()).unwrap();
    assert_eq!(model.counts()["total"], about.parameters);
    let classes = about.labels.as_ref().map_or(1, |labels| labels.iter().max().unwrap() + 1);
    let labels = about.labels.clone().unwrap_or_else(|| vec![0; about.samples]);
    let mut set = data(&about.config, arrays["views"].values.clone(), labels, classes);
    set.input = view_input(&about.config.view, &about.config.shape, about.rate_hz);
    set.links = about.links;
    if let Some(pose) = arrays.get("pose") {
        let each = pose.values.len() / about.samples;
        set.truths = pose.values.chunks(each).map(|pose| Truth::Pose(pose.to_vec())).collect();
    }
    let outputs = infer(&model, "twin", &set, 1).unwrap();
    for name in ["logits", "joints"] {
        if let Some(got) = outputs.get(name) {
            let difference = worst(got.as_slice().unwrap(), &arrays["output"].values);
            println!("{case}: {name} differ by {difference:e}");
            assert!(difference < 1e-4, "{case}: {name} differ by {difference}");
        }
    }
    let config = TrainConfig {
        transform_weight: about.transform_weight,
        label_smoothing: about.smoothing,
        ..TrainConfig::default()
    };
    let got = wiswiss_gradient(&model, &config, &set).unwrap();
    for (name, want) in &about.losses {
        let found = match name.as_str() {
            "total" => got.loss.total,
            name => match got.loss.parts[name] {
                LossPart::One(value) => value,
                LossPart::Each(_) => panic!("{name}"),
            },
        };
        assert!((found - want).abs() < 1e-4 * want.abs().max(1.0), "{case}: {name} {found}, PyTorch {want}");
    }
    let wanted = part("gradient/");
    assert_eq!(got.by_name.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "the same parameters learn");
    let largest = wanted.values().flat_map(|a| &a.values).fold(0.0_f32, |m, v| m.max(v.abs()));
    let mut most = 0.0_f32;
    for (parameter, want) in wanted {
        let got = &got.by_name[&parameter];
        assert_eq!(got.shape, want.shape, "{parameter}");
        let scale = want.values.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        // The bias of the keys has no gradient but rounding: it counts against what is large elsewhere.
        let relative = worst(&got.values, &want.values) / scale.max(1e-4 * largest);
        assert!(relative < 1e-3, "{case}: {parameter}: {relative:e} of {scale:e}");
        most = most.max(relative);
    }
    println!("{case}: gradients differ by {most:e} of their largest entry");
}

#[test]
fn the_model_agrees_with_its_twin() {
    for case in ["masked_csi", "masked_cube", "classify_fixed", "pose"] {
        agrees(case);
    }
}

#[test]
fn sizes_have_the_parameters_of_the_paper() {
    for (size, blocks) in [(BackboneSize::Tiny, 0.7), (BackboneSize::Small, 2.7), (BackboneSize::Base, 10.6)] {
        let config = WiSwissConfig { size, shape: vec![90, 200], ..WiSwissConfig::default() };
        let counts = WiSwiss::new(&config, 0).unwrap().counts();
        let millions = |n: usize| n as f64 / 1e6;
        assert!((millions(counts["blocks"]) - blocks).abs() < 0.05, "{counts:?}");
        // Patches and a norm are a few percent more; with them the largest has the 10.8 of Table 4.
        assert!(millions(counts["patches"]) < 0.08 * millions(counts["blocks"]), "{counts:?}");
    }
    // Table 4 as it stands has ten times as many.
    let table = WiSwissConfig { shape: vec![90, 200], width: Some(192), depth: Some(12), ..WiSwissConfig::default() };
    assert!(WiSwiss::new(&table, 0).unwrap().counts()["blocks"] > 5_000_000);
}

fn small(task: WiSwissTask) -> WiSwissConfig {
    WiSwissConfig {
        shape: vec![20, 40],
        patch: vec![8, 8],
        width: Some(16),
        heads: Some(2),
        depth: Some(1),
        mlp_ratio: 2,
        task,
        ..WiSwissConfig::default()
    }
}

fn wave(seed: usize, samples: usize, cells: usize) -> Vec<f32> {
    (0..samples * cells).map(|i| 1.0 + 0.5 * ((i * 31 + seed * 17) as f32 * 0.11).sin()).collect()
}

#[test]
fn one_model_looks_at_views_of_any_shape_and_refuses_what_is_less_than_a_patch() {
    let config = small(WiSwissTask::Classify { classes: 3 });
    let model = WiSwiss::new(&config, 1).unwrap();
    for shape in [vec![20, 40], vec![8, 8], vec![5, 300], vec![131, 9]] {
        let of = WiSwissConfig { shape: shape.clone(), ..config.clone() };
        let cells = shape.iter().product();
        let outputs = infer(&model, "any", &data(&of, wave(2, 3, cells), vec![0, 1, 2], 3), 1).unwrap();
        assert_eq!(outputs.get("logits").unwrap().dim(), (3, 1, 3));
    }
    let few = WiSwissConfig { shape: vec![7, 9], ..config.clone() };
    let refused =
        infer(&model, "corpora/small", &data(&few, wave(2, 3, 63), vec![0, 1, 2], 3), 1).unwrap_err().to_string();
    assert!(refused.contains("corpora/small") && refused.contains("fewer than one patch of 64"), "{refused}");
    let mut silent = wave(2, 3, 800);
    silent[800..1600].fill(0.0);
    let refused = infer(&model, "corpora/silent", &data(&config, silent, vec![0, 1, 2], 3), 1).unwrap_err().to_string();
    assert!(refused.contains("corpora/silent: sample 1: amplitude has a mean power of 0"), "{refused}");
    let other = WiSwissConfig { view: "doppler".into(), ..config.clone() };
    let refused =
        infer(&model, "corpora/other", &data(&other, wave(2, 3, 800), vec![0, 1, 2], 3), 1).unwrap_err().to_string();
    assert!(
        refused.contains("corpora/other") && refused.contains("amplitude") && refused.contains("doppler"),
        "{refused}"
    );
    let masked =
        small(WiSwissTask::Masked(Masked { transform: Some(Transform::Dfs(Dfs::default())), ..Masked::default() }));
    let model = WiSwiss::new(&masked, 1).unwrap();
    let refused =
        infer(&model, "corpora/timeless", &data(&masked, wave(2, 3, 800), vec![0; 3], 1), 1).unwrap_err().to_string();
    assert!(refused.contains("corpora/timeless") && refused.contains("rate of packets"), "{refused}");
}

#[test]
fn answers_do_not_depend_on_the_level_and_fixed_positions_on_the_place() {
    let mut config = small(WiSwissTask::Classify { classes: 3 });
    let model = WiSwiss::new(&config, 1).unwrap();
    let loud: Vec<f32> = wave(2, 2, 800).iter().map(|v| 250.0 * v).collect();
    let logits = |model: &WiSwiss, config: &WiSwissConfig, values| {
        infer(model, "x", &data(config, values, vec![0, 1], 2), 1).unwrap().get("logits").unwrap().clone()
    };
    let difference = (logits(&model, &config, wave(2, 2, 800)) - logits(&model, &config, loud)).mapv(f32::abs).sum();
    assert!(difference < 1e-5, "{difference}");
    // Resized to the small shape of an ablation, views of any size have one grid.
    config.position = Position::Fixed { grid: vec![2, 2] };
    config.resize = vec![16, 16];
    let model = WiSwiss::new(&config, 1).unwrap();
    assert_eq!(logits(&model, &config, wave(2, 2, 800)).dim(), (2, 1, 3));
}

/// Two sources in two shapes, one of them with two labels.
fn mixed(config: &WiSwissConfig) -> (Dataset, Dataset) {
    let first = data(config, wave(1, 12, 800), (0..12).map(|i| i % 3).collect(), 3);
    let other = WiSwissConfig { shape: vec![30, 25], ..config.clone() };
    (first, data(&other, wave(5, 9, 750), (0..9).map(|i| i % 2).collect(), 3))
}

#[test]
fn sources_of_two_shapes_are_learnt_together_and_a_stopped_run_goes_on_bit_by_bit() {
    let config = small(WiSwissTask::Masked(Masked { rule: MaskRule::PhyMask, ..Masked::default() }));
    let (first, second) = mixed(&config);
    let sources = [
        Source { name: "first", samples: &first, weight: 3.0 },
        Source { name: "second", samples: &second, weight: 1.0 },
    ];
    let classes = first.classes.clone();
    let on =
        TrainData { sources: &sources, labels: Labels::Names(&classes), validation: Some(&second), seen_before: &[] };
    let settings = TrainConfig {
        steps: 24,
        batch: 4,
        learning_rate: 1e-2,
        sampling: Sampling::Shuffled,
        checkpoint_every: 10,
        ..TrainConfig::default()
    };
    let model = || WiSwiss::new(&config, 4).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let whole = train(model(), &settings, &on, &dir.path().join("whole"), &Silent).unwrap();
    let first_loss = whole.report.losses.first().unwrap().1;
    assert!(whole.report.losses.last().unwrap().1 < 0.9 * first_loss, "{:?}", whole.report.losses);
    assert_eq!(whole.report.measure, "minus the loss");
    assert!(whole.report.validations.last().unwrap().1 < 0.0);
    // Stopped behind step 10 by a source that lies from then on: the run leaves its state, and goes on with the true one.
    let stopped = dir.path().join("stopped");
    struct Failing<'a>(&'a Dataset, std::sync::atomic::AtomicU32);
    impl kinecho::train::Samples for Failing<'_> {
        fn len(&self) -> usize {
            self.0.len()
        }
        fn views(&self) -> &[ViewInfo] {
            self.0.views()
        }
        fn fingerprint(&self) -> String {
            self.0.fingerprint()
        }
        fn label(&self, index: usize) -> &str {
            self.0.label(index)
        }
        fn read(&self, index: usize, wanted: &[usize]) -> Result<Vec<Option<Vec<f32>>>, kinecho::train::TrainError> {
            let asked = self.1.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let mut read = self.0.read(index, wanted)?;
            if asked > 52 {
                read[0] = Some(vec![f32::NAN; 800]);
            }
            Ok(read)
        }
    }
    let failing = Failing(&first, std::sync::atomic::AtomicU32::new(0));
    let broken = [Source { name: "first", samples: &failing, weight: 3.0 }, sources[1]];
    let refused =
        train(model(), &settings, &TrainData { sources: &broken, ..on }, &stopped, &Silent).unwrap_err().to_string();
    assert!(refused.contains("first: sample") && refused.contains("holds NaN"), "{refused}");
    assert!(stopped.join("resume").is_dir());
    let resumed = resume(model(), &settings, &on, &stopped, &Silent).unwrap();
    assert_eq!(Weights::of(&resumed.model).unwrap(), Weights::of(&whole.model).unwrap());
    // The backbone goes on under another head, number by number.
    let tuned = whole.model.with_task(WiSwissTask::Classify { classes: 3 }, 9).unwrap();
    let (before, after) = (Weights::of(&whole.model).unwrap(), Weights::of(&tuned).unwrap());
    let backbone = |weights: &Weights| -> Vec<(String, Array)> {
        let all = weights.tensors.iter().filter(|(name, _)| name.starts_with("backbone."));
        all.map(|(name, array)| (name.clone(), array.clone())).collect()
    };
    assert_eq!(backbone(&before), backbone(&after));
    assert_eq!(after.tensors["head.weight"].shape, [3, 16]);
}

#[test]
fn poses_boxes_and_vectors_are_learnt() {
    let dir = tempfile::tempdir().unwrap();
    let settings =
        TrainConfig { steps: 500, batch: 8, learning_rate: 3e-3, schedule: Schedule::Cosine, ..TrainConfig::default() };
    // Where a blob is in a cube says where the joints are, and is the box.
    let cube = WiSwissConfig {
        shape: vec![2, 16, 16],
        patch: vec![2, 8, 8],
        width: Some(32),
        heads: Some(2),
        depth: Some(2),
        ..WiSwissConfig::of_cubes(BackboneSize::Tiny)
    };
    let places: Vec<[f32; 2]> = (0..24).map(|i| [2.0 + (i % 6) as f32 * 2.2, 2.0 + (i / 6) as f32 * 3.6]).collect();
    let blob = |at: &[f32; 2]| -> Vec<f32> {
        (0..512)
            .map(|i| {
                let (r, a) = ((i / 16 % 16) as f32 - at[0], (i % 16) as f32 - at[1]);
                0.02 + (-(r * r + a * a) / 3.0).exp()
            })
            .collect()
    };
    let values: Vec<f32> = places.iter().flat_map(blob).collect();
    let learn = |task: WiSwissTask, truths: Vec<Truth>, name: &str| {
        let config = cube.with_task(task);
        let mut set = data(&config, values.clone(), vec![0; 24], 1);
        set.truths = truths;
        let sources = [Source { name: "blobs", samples: &set, weight: 1.0 }];
        let classes = set.classes.clone();
        let on =
            TrainData { sources: &sources, labels: Labels::Names(&classes), validation: Some(&set), seen_before: &[] };
        train(WiSwiss::new(&config, 2).unwrap(), &settings, &on, &dir.path().join(name), &Silent).unwrap().report
    };
    let poses = places.iter().map(|p| Truth::Pose(vec![p[0] / 8.0, p[1] / 8.0, 1.0, 0.5, p[1] / 8.0, 0.2])).collect();
    let report = learn(WiSwissTask::Pose(PoseHead { joints: 2, mean_m: Vec::new() }), poses, "pose");
    // The mean pose alone is 0.5 m off.
    assert!(report.validations.last().unwrap().1 > -0.2, "{:?}", report.validations);
    assert_eq!(report.measure, "minus MPJPE, m");
    let boxes =
        places.iter().map(|p| Truth::Boxes(vec![[(p[0] + 0.5) / 16.0, (p[1] + 0.5) / 16.0, 0.25, 0.25]])).collect();
    let report = learn(WiSwissTask::Detect(DetectHead { cells: 2, prior: [0.25, 0.25] }), boxes, "boxes");
    assert!(report.validations.last().unwrap().1 > 0.6, "{:?}", report.validations);
    let none = vec![Truth::None; 24];
    let report = learn(WiSwissTask::Embed(EmbedHead { width: 16, noise: 0.5 }), none, "vectors");
    // One label: nothing to tell apart, and nothing to learn.
    assert!(report.losses.iter().all(|l| l.1 < 1e-3), "{:?}", report.losses);
}
