//! The cross-scene model against a PyTorch twin (`tests/golden/cross_scene/make_cross_scene.py`), and its training with samples without labels.

use kinecho::base::progress::Silent;
use kinecho::model::cross_scene::{CrossScene, CrossSceneConfig, CsiBranch, DomainHeads, SpectrogramBranch};
use kinecho::model::interface::{Model, ViewInfo};
use kinecho::model::weights::{Array, Weights};
use kinecho::train::{
    AdaptationConfig, Alignment, Augment, Dataset, Labels, LambdaRise, LossPart, Samples, Sampling, Source,
    TrainConfig, TrainData, TrainError, Unlabelled, ViewAugment, ViewColumn, cross_scene_gradient, infer, resume,
    train,
};
use ndarray::Array2;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

#[derive(Deserialize)]
struct About {
    torch: String,
    config: CrossSceneConfig,
    samples: usize,
    labelled: usize,
    labels: Vec<usize>,
    step: u64,
    steps: u64,
    smoothing: f64,
    adaptation: AdaptationConfig,
    losses_found: BTreeMap<String, f64>,
    parameters: usize,
}

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/cross_scene").join(name)
}

fn worst(got: &[f32], want: &[f32]) -> f32 {
    assert_eq!(got.len(), want.len());
    got.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn classes(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("c{i}")).collect()
}

fn part(arrays: &BTreeMap<String, Array>, prefix: &str) -> BTreeMap<String, Array> {
    arrays.iter().filter_map(|(n, a)| Some((n.strip_prefix(prefix)?.to_owned(), a.clone()))).collect()
}

/// Scores within 1e-4, losses within 1e-4, gradients within 1e-3 of their largest entry, running moments within 1e-5.
fn agrees(case: &str) {
    let about: About =
        serde_json::from_str(&std::fs::read_to_string(golden(&format!("{case}.json"))).unwrap()).unwrap();
    assert!(!about.torch.is_empty());
    let arrays = Weights::read(&golden(&format!("{case}.safetensors"))).unwrap().tensors;
    let weights = Weights { tensors: part(&arrays, "weights/"), ..Weights::default() };
    let model = weights.into_module(CrossScene::new(&about.config, 0).unwrap()).unwrap();
    assert_eq!(model.counts()["total"], about.parameters);
    let column = |(name, array): (String, Array)| {
        let width = array.values.len() / about.samples;
        let values = Array2::from_shape_vec((about.samples, width), array.values).unwrap();
        ViewColumn { info: ViewInfo::new(name, array.shape[1..].to_vec()), values, present: vec![true; about.samples] }
    };
    let columns: Vec<ViewColumn> = part(&arrays, "view/").into_iter().map(column).collect();
    let mut labels = about.labels.clone();
    labels.resize(about.samples, 0);
    let data = Dataset::of_views(columns, labels, classes(about.config.classes)).unwrap();
    let outputs = infer(&model, "twin", &data, 1).unwrap();
    let off = worst(outputs.get("logits").unwrap().as_slice().unwrap(), &arrays["output"].values);
    assert!(off < 1e-4, "{case}: scores differ by {off}");

    let config = TrainConfig {
        label_smoothing: Some(about.smoothing),
        adaptation: Some(about.adaptation),
        steps: about.steps,
        ..TrainConfig::default()
    };
    let got = cross_scene_gradient(&model, &config, &data, about.labelled, about.step).unwrap();
    for (name, want) in &about.losses_found {
        let found = match name.as_str() {
            "total" => got.loss.total,
            name => match got.loss.parts[name] {
                LossPart::One(value) => value,
                LossPart::Each(_) => panic!("{name}"),
            },
        };
        assert!((found - want).abs() < 1e-4 * want.abs().max(1.0), "{case}: {name} {found}, PyTorch {want}");
    }
    let wanted = part(&arrays, "gradient/");
    assert_eq!(got.by_name.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "the same parameters learn");
    let largest = wanted.values().flat_map(|a| &a.values).fold(0.0_f32, |m, v| m.max(v.abs()));
    let mut most = 0.0_f32;
    for (parameter, want) in &wanted {
        let found = &got.by_name[parameter];
        assert_eq!(found.shape, want.shape, "{parameter}");
        let scale = want.values.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        // Offsets of features whose mean batch norm takes away have no gradient but rounding.
        let least = if parameter == "radar.projection.bias" { 0.1 } else { 1e-4 };
        let relative = worst(&found.values, &want.values) / scale.max(least * largest);
        assert!(relative < 1e-3, "{case}: {parameter}: {relative:e} of {scale:e}");
        most = most.max(relative);
    }
    println!("{case}: scores differ by {off:e}, gradients by {most:e} of their largest entry");

    // One step of training on all samples leaves the running moments that PyTorch's batch norm has after its own.
    let source = data.select(&(0..about.labelled).collect::<Vec<_>>());
    let target = data.select(&(about.labelled..about.samples).collect::<Vec<_>>());
    let target = Unlabelled(&target);
    let sources = [
        Source { name: "source", samples: &source, weight: about.labelled as f64 },
        Source { name: "target", samples: &target, weight: (about.samples - about.labelled) as f64 },
    ];
    let one = TrainConfig {
        steps: 1,
        batch: about.samples,
        parts: 3,
        sampling: Sampling::Shuffled,
        learning_rate: 1e-9,
        adaptation: Some(AdaptationConfig { alignment: Vec::new(), ..AdaptationConfig::default() }),
        ..TrainConfig::default()
    };
    let names = &data.classes;
    let on = TrainData { sources: &sources, labels: Labels::Names(names), validation: None, seen_before: &[] };
    let dir = tempfile::tempdir().unwrap();
    let trained = train(model, &one, &on, dir.path(), &Silent).unwrap().model;
    let after = Weights::of(&trained).unwrap().tensors;
    for (name, want) in part(&arrays, "after/") {
        let off = worst(&after[&name].values, &want.values);
        assert!(off < 1e-5 * want.values.iter().fold(1.0_f32, |m, v| m.max(v.abs())), "{case}: {name}: {off:e}");
    }
}

#[test]
fn the_model_agrees_with_its_twin() {
    for case in ["fusion", "daan", "radar", "wifi"] {
        agrees(case);
    }
}

#[test]
fn the_published_radar_branch_is_resnet_50_with_offsets_and_attention() {
    let about: BTreeMap<String, usize> =
        serde_json::from_str(&std::fs::read_to_string(golden("published.json")).unwrap()).unwrap();
    let plain = CrossSceneConfig {
        radar: Some(SpectrogramBranch {
            shape: vec![256, 256],
            deformable: vec![false; 4],
            ..SpectrogramBranch::default()
        }),
        wifi: None,
        ..CrossSceneConfig::published()
    };
    let radar = CrossScene::new(&plain, 0).unwrap().counts()["radar"];
    // Channel attention of 2048, moments of 8, and 512 features.
    let more = 2048 * 2048 + 8 * 8 + 2048 * 512 + 512;
    assert_eq!(radar, about["resnet_50"] + more);
    let counts = CrossScene::new(&CrossSceneConfig::published(), 0).unwrap().counts();
    // Offsets of the 3 × 3 convolutions of the last three stages: 18 outputs each.
    let offsets: usize = [(128, 4), (256, 6), (512, 3)].iter().map(|(c, n)| n * (18 * 9 * c + 18)).sum();
    assert_eq!(counts["radar"], radar + offsets);
    println!("{counts:?}");
}

const SHAPES: [(&str, [usize; 2]); 2] = [("micro_doppler", [20, 24]), ("amplitude", [6, 24])];

/// Samples of three classes in one of two scenes: a line in the spectrogram that swings, and subcarriers that swing with it. In scene 1 all
/// lies over a pattern of its own, with other strengths.
fn scene(count: usize, place: usize, seed: usize) -> Dataset {
    let value = |kind: usize, sample: usize, i: usize| {
        let columns = SHAPES[kind].1[1];
        let (row, time) = (i / columns, (i % columns) as f32 / columns as f32);
        let rate = 1.0 + (sample % 3) as f32;
        let phase = ((sample * 37 + seed * 101) % 17) as f32 / 17.0;
        let swing = (std::f32::consts::TAU * (rate * time + phase)).sin();
        let noise = (((i * 7919 + sample * 104_729 + kind * 31 + seed) % 1009) as f32 / 1009.0 - 0.5) * 0.2;
        let pattern = place as f32 * (0.9 * (row as f32 + 3.0 * kind as f32).sin());
        let strength = 1.0 - 0.4 * place as f32;
        match kind {
            0 => strength * (-(row as f32 - 10.0 - 6.0 * swing).powi(2) / 6.0).exp() + 0.5 * pattern + noise,
            _ => strength * swing * (1.0 + 0.3 * (row as f32).sin()) * (1.0 + pattern) + noise,
        }
    };
    let column = |(kind, (name, shape)): (usize, &(&str, [usize; 2]))| {
        let values = Array2::from_shape_fn((count, shape[0] * shape[1]), |(s, i)| value(kind, s, i));
        ViewColumn { info: ViewInfo::new(*name, shape.to_vec()), values, present: vec![true; count] }
    };
    let columns = SHAPES.iter().enumerate().map(column).collect();
    Dataset::of_views(columns, (0..count).map(|i| i % 3).collect(), classes(3)).unwrap()
}

fn small(domains: DomainHeads) -> CrossSceneConfig {
    CrossSceneConfig {
        radar: Some(SpectrogramBranch { shape: SHAPES[0].1.to_vec(), ..SpectrogramBranch::default() }),
        wifi: Some(CsiBranch { shape: SHAPES[1].1.to_vec(), links: 2, patch: 3, ..CsiBranch::default() }),
        width: Some(16),
        scene: Some(8),
        domains,
        classes: 3,
        ..CrossSceneConfig::default()
    }
}

fn settings(alignment: Vec<Alignment>) -> TrainConfig {
    TrainConfig {
        steps: 24,
        batch: 12,
        learning_rate: 3e-3,
        weight_decay: 1e-4,
        log_every: 6,
        checkpoint_every: 10,
        validate_every: 8,
        adaptation: Some(AdaptationConfig { alignment, start: 0.25, rise: 0.5, ..AdaptationConfig::default() }),
        augment: Augment {
            views: BTreeMap::from([
                ("micro_doppler".into(), ViewAugment { time_warp: 0.1, row_bands: 2, ..ViewAugment::default() }),
                ("amplitude".into(), ViewAugment { row_drop: 0.1, ..ViewAugment::default() }),
            ]),
            ..Augment::default()
        },
        ..TrainConfig::default()
    }
}

fn adapted(
    config: &TrainConfig,
    domains: DomainHeads,
    (source, target): (&Dataset, &dyn Samples),
    dir: &Path,
    go_on: bool,
) -> Result<CrossScene, TrainError> {
    let held = scene(9, 0, 77);
    let sources = [
        Source { name: "source", samples: source, weight: 1.0 },
        Source { name: "target", samples: target, weight: 1.0 },
    ];
    let names = classes(3);
    let on = TrainData { sources: &sources, labels: Labels::Names(&names), validation: Some(&held), seen_before: &[] };
    let model = CrossScene::new(&small(domains), 5).unwrap();
    let run = if go_on { resume } else { train };
    Ok(run(model, config, &on, dir, &Silent)?.model)
}

fn all() -> [(Alignment, DomainHeads); 5] {
    [
        (Alignment::Adversarial, DomainHeads::Global),
        (Alignment::Wasserstein, DomainHeads::None),
        (Alignment::Daan, DomainHeads::Local),
        (Alignment::Dsan, DomainHeads::None),
        (Alignment::Bnm, DomainHeads::None),
    ]
}

#[test]
fn labels_of_the_target_change_no_bit() {
    let (source, target) = (scene(24, 0, 1), scene(24, 1, 2));
    let mut scrambled = target.clone();
    scrambled.labels.iter_mut().enumerate().for_each(|(i, label)| *label = (*label + 1 + i % 2) % 3);
    for (alignment, domains) in all() {
        let config = settings(vec![alignment]);
        let dir = tempfile::tempdir().unwrap();
        let weights = |target: &Dataset, name: &str| {
            let model =
                adapted(&config, domains, (&source, &Unlabelled(target)), &dir.path().join(name), false).unwrap();
            Weights::of(&model).unwrap()
        };
        assert_eq!(weights(&target, "true"), weights(&scrambled, "scrambled"), "{alignment:?}");
        // The run is the same to the program, which reads its checkpoint under the other labels.
        let again =
            adapted(&config, domains, (&source, &Unlabelled(&scrambled)), &dir.path().join("true"), true).unwrap();
        assert_eq!(Weights::of(&again).unwrap(), weights(&target, "third"), "{alignment:?}");
    }
}

/// Samples that count how often a label is asked for, and fail from the given reading on.
struct Watched<'a> {
    of: &'a Dataset,
    labels: AtomicU32,
    reads: AtomicU32,
    fails_after: u32,
}

impl Samples for Watched<'_> {
    fn len(&self) -> usize {
        self.of.len()
    }

    fn views(&self) -> &[ViewInfo] {
        self.of.views()
    }

    fn fingerprint(&self) -> String {
        self.of.fingerprint()
    }

    fn label(&self, index: usize) -> &str {
        self.labels.fetch_add(1, Ordering::SeqCst);
        self.of.label(index)
    }

    fn read(&self, index: usize, wanted: &[usize]) -> Result<Vec<Option<Vec<f32>>>, TrainError> {
        let mut read = self.of.read(index, wanted)?;
        if self.reads.fetch_add(1, Ordering::SeqCst) >= self.fails_after {
            read[0] = Some(vec![f32::NAN; 480]);
        }
        Ok(read)
    }
}

#[test]
fn labels_of_the_target_are_never_asked_for_and_a_stopped_run_goes_on_bit_by_bit() {
    let (source, target) = (scene(24, 0, 1), scene(24, 1, 2));
    let config = settings(vec![Alignment::Adversarial, Alignment::Wasserstein]);
    let dir = tempfile::tempdir().unwrap();
    let watched =
        |fails_after: u32| Watched { of: &target, labels: AtomicU32::new(0), reads: AtomicU32::new(0), fails_after };
    let whole = watched(u32::MAX);
    let trained =
        adapted(&config, DomainHeads::Global, (&source, &Unlabelled(&whole)), &dir.path().join("whole"), false)
            .unwrap();
    assert_eq!(whole.labels.load(Ordering::SeqCst), 0);
    assert!(whole.reads.load(Ordering::SeqCst) > 100);
    // Running moments are part of what a stopped run goes on with.
    let stopped = dir.path().join("stopped");
    let broken = watched(90);
    let refused = adapted(&config, DomainHeads::Global, (&source, &Unlabelled(&broken)), &stopped, false).unwrap_err();
    assert!(refused.to_string().contains("target: sample"), "{refused}");
    assert!(stopped.join("resume").is_dir());
    let resumed = adapted(&config, DomainHeads::Global, (&source, &Unlabelled(&target)), &stopped, true).unwrap();
    assert_eq!(Weights::of(&resumed).unwrap(), Weights::of(&trained).unwrap());
    let moments = &Weights::of(&resumed).unwrap().tensors["fusion.modulated.running_mean"].values;
    assert!(moments.iter().any(|v| v.abs() > 1e-3));
    let text = std::fs::read_to_string(dir.path().join("whole/metrics.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let curve = |part: &str| -> Vec<f64> { lines.iter().filter_map(|l| l["parts"][part].as_f64()).collect() };
    // Steps 6, 12, 18 and 24 count from 0 as 5, 11, 17, 23: λ rises from step 6 over 12.
    let lambda = curve("lambda");
    let want = [0.0, 5.0 / 12.0, 11.0 / 12.0, 1.0];
    assert!(lambda.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-12) && lambda.len() == 4, "{lambda:?}");
    for part in ["cross_entropy", "adversarial", "domain_accuracy", "wasserstein"] {
        assert_eq!(curve(part).len(), 4, "{part}");
    }
}

#[test]
fn lambda_rises_as_it_is_said() {
    let linear = AdaptationConfig { weight: 2.0, start: 0.2, rise: 0.4, ..AdaptationConfig::default() };
    let at = |of: &AdaptationConfig, steps: [u64; 5]| steps.map(|step| of.lambda(step, 100));
    for (found, want) in at(&linear, [0, 20, 30, 60, 99]).into_iter().zip([0.0, 0.0, 0.5, 2.0, 2.0]) {
        assert!((found - want).abs() < 1e-12, "{found} {want}");
    }
    let sigmoid = AdaptationConfig { shape: LambdaRise::Sigmoid, ..linear };
    // 2 (2 / (1 + e^−2.5) − 1) = 2 tanh(1.25).
    let found = sigmoid.lambda(30, 100);
    assert!((found - 2.0 * 1.25_f64.tanh()).abs() < 1e-12, "{found}");
}

#[test]
fn settings_that_fit_nothing_are_named() {
    let wrong = |change: &dyn Fn(&mut CrossSceneConfig)| {
        let mut config = small(DomainHeads::Global);
        change(&mut config);
        CrossScene::new(&config, 0).unwrap_err().to_string()
    };
    let none = wrong(&|c| (c.radar, c.wifi) = (None, None));
    assert!(none.contains("at least one of the two"), "{none}");
    let links = wrong(&|c| c.wifi.as_mut().unwrap().links = 4);
    assert!(links.contains("wifi.links is 4") && links.contains("6 rows of `amplitude`"), "{links}");
    let keep = wrong(&|c| c.wifi.as_mut().unwrap().keep = 2);
    assert!(keep.contains("wifi.keep is 2") && keep.contains("wifi.subcarriers"), "{keep}");
    let edge = wrong(&|c| c.wifi.as_mut().unwrap().edges = Some(vec![[0, 3]]));
    assert!(edge.contains("wifi.edges is [0, 3]") && edge.contains("below 3"), "{edge}");
    let channels = wrong(&|c| c.radar.as_mut().unwrap().channels = vec![12, 16, 32]);
    assert!(channels.contains("radar.channels") && channels.contains("that 8 divides"), "{channels}");
    let open = wrong(&|c| c.classes = 0);
    assert!(open.contains("classes is left open"), "{open}");

    let (source, target) = (scene(12, 0, 1), scene(12, 1, 2));
    let dir = tempfile::tempdir().unwrap();
    let run = |config: &TrainConfig, domains: DomainHeads| {
        let found = adapted(config, domains, (&source, &Unlabelled(&target)), dir.path(), false);
        found.unwrap_err().to_string()
    };
    let headless = run(&settings(vec![Alignment::Daan]), DomainHeads::Global);
    assert!(headless.contains("puts out no local_domains"), "{headless}");
    let lonely = run(&TrainConfig { batch: 2, ..settings(Vec::new()) }, DomainHeads::Global);
    assert!(lonely.contains("batch is 2") && lonely.contains("at least 4"), "{lonely}");
    let twice = run(&settings(vec![Alignment::Bnm, Alignment::Bnm]), DomainHeads::Global);
    assert!(twice.contains("adaptation.alignment") && twice.contains("each once"), "{twice}");
    let mut view = settings(Vec::new());
    view.augment.views.insert("phase".into(), ViewAugment::default());
    let view = run(&view, DomainHeads::Global);
    assert!(view.contains("augment.views is `phase`") && view.contains("micro_doppler, amplitude"), "{view}");
}
