//! The convolutional classifier: against a PyTorch twin (`tests/golden/classifier/make_classifier.py`), with absent views, trained, stopped.

use kinecho::base::progress::Silent;
use kinecho::base::random::RandomTree;
use kinecho::burn::tensor::Device;
use kinecho::model::classifier::{Classifier, ClassifierConfig, ViewBranch};
use kinecho::model::interface::{Batch, Model, View, ViewInfo};
use kinecho::model::linear::Pass;
use kinecho::model::mmclip::MmClipConfig;
use kinecho::model::system::{InSystem, ModelSpec, System};
use kinecho::model::weights::{Array, Weights};
use kinecho::train::evaluate::{Outcome, best};
use kinecho::train::{
    Checkpoint, Dataset, Labels, Samples, Schedule, Source, TrainConfig, TrainData, TrainError, Trained, ViewColumn,
    classifier_gradient, infer, resume, train,
};
use ndarray::{Array2, Axis};
use rand_distr::{Distribution, StandardNormal};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct About {
    torch: String,
    config: ClassifierConfig,
    present: BTreeMap<String, Vec<u8>>,
    labels: Vec<usize>,
    smoothing: f64,
    loss: f64,
    parameters: usize,
}

fn golden() -> (About, BTreeMap<String, Array>) {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/classifier");
    let about = serde_json::from_str(&std::fs::read_to_string(dir.join("classifier.json")).unwrap()).unwrap();
    (about, Weights::read(&dir.join("classifier.safetensors")).unwrap().tensors)
}

fn classes(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("class{i}")).collect()
}

fn logits(model: &impl Model, data: &dyn Samples) -> Array2<f32> {
    infer(model, "test", data, 1).unwrap().get("logits").unwrap().index_axis(Axis(1), 0).to_owned()
}

/// Logits within 1e-4, every gradient within 1e-3 of its largest entry.
#[test]
fn a_pytorch_twin_has_the_same_logits_and_gradients() {
    let (about, arrays) = golden();
    assert!(!about.torch.is_empty());
    let mut weights = Weights::default();
    for (name, array) in &arrays {
        if let Some(name) = name.strip_prefix("weights/") {
            weights.tensors.insert(name.into(), array.clone());
        }
    }
    let model = weights.into_module(Classifier::new(&about.config, 0).unwrap()).unwrap();
    assert_eq!(model.counts()["total"], about.parameters);
    let view = |view: &ViewBranch| {
        let array = &arrays[&format!("views/{}", view.name)];
        let info = ViewInfo::new(&view.name, view.shape.clone());
        let mut values = Array2::from_shape_vec((about.labels.len(), info.count()), array.values.clone()).unwrap();
        let present: Vec<bool> = about.present[&view.name].iter().map(|&p| p == 1).collect();
        for (mut row, _) in values.outer_iter_mut().zip(&present).filter(|(_, present)| !**present) {
            row.fill(f32::NAN);
        }
        ViewColumn { info, values, present }
    };
    let views = about.config.views.iter().map(view).collect();
    let data = Dataset::of_views(views, about.labels.clone(), classes(4)).unwrap();
    let worst = |got: &[f32], want: &[f32]| {
        assert_eq!(got.len(), want.len());
        got.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    };
    let got: Vec<f32> = logits(&model, &data).iter().copied().collect();
    let difference = worst(&got, &arrays["logits"].values);
    assert!(difference < 1e-4, "logits differ by {difference}");
    let gradients = classifier_gradient(&model, &data, about.smoothing).unwrap();
    assert!((gradients.loss.total - about.loss).abs() < 1e-5, "{} and {}", gradients.loss.total, about.loss);
    let wanted: Vec<_> = arrays.iter().filter_map(|(n, a)| n.strip_prefix("gradient/").map(|n| (n, a))).collect();
    assert_eq!(gradients.by_name.len(), wanted.len(), "the same parameters have a gradient");
    // A bias before a norm over one channel's group has hardly a gradient: it counts against the largest of all.
    let largest = wanted.iter().flat_map(|(_, a)| &a.values).fold(0.0_f32, |m, v| m.max(v.abs()));
    for (name, want) in wanted {
        let got = &gradients.by_name[name];
        assert_eq!(got.shape, want.shape, "{name}");
        let scale = want.values.iter().fold(0.0_f32, |m, v| m.max(v.abs())).max(1e-3 * largest);
        let relative = worst(&got.values, &want.values) / scale;
        assert!(relative < 1e-3, "{name}: {relative:e} of {scale:e}");
    }
}

fn config(views: &[(&str, &[usize])]) -> ClassifierConfig {
    let branch = |&(name, shape): &(&str, &[usize])| ViewBranch {
        name: name.into(),
        shape: shape.to_vec(),
        channels: Vec::new(),
    };
    ClassifierConfig {
        views: views.iter().map(branch).collect(),
        channels: vec![8, 8],
        kernel: 3,
        groups: 2,
        width: 16,
        classes: 3,
    }
}

const VIEWS: [(&str, &[usize]); 2] = [("map", &[9, 8]), ("trace", &[12])];

/// The class shows as a bump in the map and in the trace; of three samples one has both views, one the map, one the trace.
fn dataset(per_class: usize, seed: u64) -> Dataset {
    let tree = RandomTree::new(seed);
    let count = 3 * per_class;
    let labels: Vec<usize> = (0..count).map(|i| i % 3).collect();
    let view = |place: usize| {
        let (name, shape) = VIEWS[place];
        let info = ViewInfo::new(name, shape);
        let (length, across) = (shape[0], info.count() / shape[0]);
        let mut values = Array2::zeros((count, info.count()));
        for (i, mut row) in values.outer_iter_mut().enumerate() {
            let noise: Vec<f32> = StandardNormal.sample_iter(tree.stream(i as u64, name)).take(info.count()).collect();
            let middle = (labels[i] as f32 + 0.5) * length as f32 / 3.0;
            for (k, value) in row.iter_mut().enumerate() {
                let at = (k / across) as f32;
                *value = (-((at - middle) / 1.2).powi(2)).exp() - 0.5 + 0.2 * noise[k];
            }
        }
        ViewColumn { info, values, present: (0..count).map(|i| (i / 3) % 3 != 1 + place).collect() }
    };
    Dataset::of_views(vec![view(0), view(1)], labels, classes(3)).unwrap()
}

fn settings() -> TrainConfig {
    TrainConfig {
        seed: 1,
        steps: 120,
        batch: 12,
        learning_rate: 1e-2,
        schedule: Schedule::Cosine,
        log_every: 20,
        ..TrainConfig::default()
    }
}

fn run<M: InSystem>(model: M, config: &TrainConfig, data: &Dataset, dir: &Path) -> Result<Trained<M>, TrainError> {
    let sources = [Source { name: "synthetic", samples: data, weight: 1.0 }];
    let input =
        TrainData { sources: &sources, labels: Labels::Names(&data.classes), validation: Some(data), seen_before: &[] };
    resume(model, config, &input, dir, &Silent)
}

/// Seed 1; chance is 1/3. Whatever view a sample has.
#[test]
fn classes_are_learnt_from_whatever_views_there_are() {
    let dir = tempfile::tempdir().unwrap();
    let (data, held_out) = (dataset(30, 1), dataset(30, 2));
    let sources = [Source { name: "synthetic", samples: &data, weight: 1.0 }];
    let input = TrainData {
        sources: &sources,
        labels: Labels::Names(&data.classes),
        validation: Some(&held_out),
        seen_before: &[],
    };
    let model = Classifier::new(&config(&VIEWS), 1).unwrap();
    let trained = train(model, &settings(), &input, dir.path(), &Silent).unwrap();
    let scores = logits(&trained.model, &held_out).mapv(f64::from);
    let answers = best(&scores);
    let outcome = Outcome::new(&held_out.classes, &held_out.labels, &answers).unwrap();
    assert_eq!(trained.report.validations.last().unwrap().1, outcome.accuracy);
    for lacking in 0..3 {
        let right = |i: &usize| answers[*i] == held_out.labels[*i];
        let such: Vec<usize> = (0..held_out.len()).filter(|i| (i / 3) % 3 == lacking).collect();
        let share = such.iter().filter(|i| right(i)).count() as f64 / such.len() as f64;
        assert!(share > 0.85, "samples of kind {lacking}: {share}");
    }
    // A sample with no view at all is named, not guessed.
    let mut none = held_out.clone();
    none.views.iter_mut().for_each(|view| view.present[4] = false);
    let message = infer(&trained.model, "test", &none, 1).unwrap_err().to_string();
    assert!(message.contains("sample 4: has none of the views") && message.contains("map, trace"), "{message}");
    let foreign = Dataset::of_views(held_out.views.clone(), held_out.labels.clone(), classes(4)[1..].to_vec()).unwrap();
    let other = [Source { name: "other", samples: &foreign, weight: 1.0 }];
    let input = TrainData { sources: &other, labels: Labels::Names(&data.classes), validation: None, seen_before: &[] };
    let message = train(trained.model, &settings(), &input, &dir.path().join("no"), &Silent).unwrap_err().to_string();
    assert!(message.contains("other: label \"class3\" is none of the 3 classes"), "{message}");
}

/// A set that lacks a view altogether is answered as one in which no sample has it, and learnt from beside others.
#[test]
fn a_whole_set_may_lack_a_view() {
    let model = Classifier::new(&config(&VIEWS), 1).unwrap();
    let mut all = dataset(9, 3);
    all.views[0].present.fill(true);
    all.views[1].present.fill(false);
    let lacking = Dataset::of_views(vec![all.views[0].clone()], all.labels.clone(), all.classes.clone()).unwrap();
    assert_eq!(logits(&model, &lacking), logits(&model, &all));
    let (both, dir) = (dataset(9, 4), tempfile::tempdir().unwrap());
    let sources = [("both", &both), ("lacking", &lacking)].map(|(name, samples)| Source {
        name,
        samples: samples as &dyn Samples,
        weight: 1.0,
    });
    let input = TrainData {
        sources: &sources,
        labels: Labels::Names(&both.classes),
        validation: Some(&lacking),
        seen_before: &[],
    };
    let few = TrainConfig { steps: 4, ..settings() };
    assert!(
        train(model.clone(), &few, &input, dir.path(), &Silent).unwrap().report.losses.iter().all(|l| l.1.is_finite())
    );
    // One that has none of them is refused.
    let mut other = all.views[0].clone();
    other.info.name = "depth".into();
    let foreign = Dataset::of_views(vec![other], all.labels.clone(), all.classes.clone()).unwrap();
    let message = infer(&model, "test", &foreign, 1).unwrap_err().to_string();
    assert!(message.contains("names of the views") && message.contains("depth"), "{message}");
}

/// What stands in the place of an absent view is without effect, to the bit, even where it is no number.
#[test]
fn an_absent_view_may_hold_anything() {
    let model = Classifier::new(&config(&VIEWS), 1).unwrap();
    let device = Device::flex();
    let numbers = |count: usize, seed: u64| -> Vec<f32> {
        StandardNormal.sample_iter(RandomTree::new(seed).stream(0, "x")).take(count).collect()
    };
    let answer = |fill: f32| {
        let mut trace = numbers(24, 2);
        trace[12..].fill(fill);
        let views =
            vec![View::new(numbers(144, 1), vec![true, true], &device), View::new(trace, vec![true, false], &device)];
        let outputs = model.forward(&Batch { views }, &Pass::inference());
        outputs.get("logits").unwrap().to_data().try_into_vec::<f32>().unwrap()
    };
    let zero = answer(0.0);
    assert!(zero.iter().all(|v| v.is_finite()) && zero[..3] != zero[3..]);
    for fill in [1.0, -3e30, f32::NAN, f32::INFINITY] {
        assert_eq!(answer(fill), zero, "{fill}");
    }
    // And it is the answer to the map alone.
    let alone = Batch {
        views: vec![
            View::new(numbers(144, 1)[72..].to_vec(), vec![true], &device),
            View::new(vec![0.0; 12], vec![false], &device),
        ],
    };
    let alone =
        model.forward(&alone, &Pass::inference()).get("logits").unwrap().to_data().try_into_vec::<f32>().unwrap();
    alone.iter().zip(&zero[3..]).for_each(|(a, b)| assert!((a - b).abs() < 1e-5, "{alone:?} {zero:?}"));
}

#[test]
fn the_order_of_views_changes_nothing() {
    let (data, dir) = (dataset(6, 1), tempfile::tempdir().unwrap());
    let mut turned = data.clone().views;
    turned.reverse();
    let turned = Dataset::of_views(turned, data.labels.clone(), data.classes.clone()).unwrap();
    let (a, b) = (config(&VIEWS), config(&[VIEWS[1], VIEWS[0]]));
    let (a, b) = (Classifier::new(&a, 3).unwrap(), Classifier::new(&b, 3).unwrap());
    assert_eq!(logits(&a, &data), logits(&b, &turned));
    let few = TrainConfig { steps: 4, ..settings() };
    let a = run(a, &few, &data, &dir.path().join("a")).unwrap().model;
    let b = run(b, &few, &turned, &dir.path().join("b")).unwrap().model;
    assert_eq!(Weights::of(&a).unwrap(), Weights::of(&b).unwrap());
}

#[test]
fn threads_and_interruptions_change_nothing_and_parts_only_rounding() {
    let (data, dir) = (dataset(6, 1), tempfile::tempdir().unwrap());
    let weights = |name: &str, config: &TrainConfig| {
        let model: System = Classifier::new(&self::config(&VIEWS), 1).unwrap().into();
        let trained = run(model, config, &data, &dir.path().join(name)).unwrap();
        (Weights::of(&trained.model).unwrap(), trained.report.losses)
    };
    let config = TrainConfig { steps: 9, parts: 3, threads: 1, log_every: 4, ..settings() };
    let one = weights("one", &config);
    assert_eq!(one, weights("three", &TrainConfig { threads: 3, ..config.clone() }));
    let (_, whole) = weights("whole", &TrainConfig { parts: 1, log_every: 1, ..config.clone() });
    let (_, parts) = weights("parts", &TrainConfig { log_every: 1, ..config.clone() });
    for ((step, a), (_, b)) in whole.iter().zip(&parts) {
        assert!((a - b).abs() < 1e-3 * a, "step {step}: {a} in one part, {b} in three");
    }
    // Stopped after six of nine steps.
    let stop = |at: u64| {
        struct StopAt(u64, std::sync::atomic::AtomicU64);
        impl kinecho::base::progress::Progress for StopAt {
            fn line(&self, _: &str) {}
            fn begin(&self, _: &str, _: u64) {}
            fn advance(&self, steps: u64) {
                let done = self.1.fetch_add(steps, std::sync::atomic::Ordering::Relaxed) + steps;
                assert!(done < self.0, "killed");
            }
            fn message(&self, _: &str) {}
            fn finish(&self) {}
        }
        StopAt(at, 0.into())
    };
    let checked = TrainConfig { checkpoint_every: 3, ..config };
    let sources = [Source { name: "synthetic", samples: &data, weight: 1.0 }];
    let input = TrainData {
        sources: &sources,
        labels: Labels::Names(&data.classes),
        validation: Some(&data),
        seen_before: &[],
    };
    let killed = dir.path().join("killed");
    let death = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let model: System = Classifier::new(&self::config(&VIEWS), 1).unwrap().into();
        train(model, &checked, &input, &killed, &stop(8)).map(|_| ())
    }));
    assert!(death.is_err() && killed.join("resume/state.json").exists());
    assert_eq!(weights("killed", &checked), one, "weights and logged losses");
    // A run that is whole is not repeated.
    assert_eq!(weights("killed", &checked), one);
}

#[test]
fn a_checkpoint_knows_its_system() {
    let dir = tempfile::tempdir().unwrap();
    let names = classes(3);
    let model = Classifier::new(&config(&VIEWS), 1).unwrap();
    Checkpoint::new(model.clone(), Labels::Names(&names), 7, None).unwrap().save(dir.path()).unwrap();
    let back = Checkpoint::load(dir.path()).unwrap();
    assert_eq!(back.info.model.system(), "classifier");
    assert_eq!((back.info.classes, back.info.text_encoder.as_str()), (names, ""));
    assert_eq!(Weights::of(&back.model).unwrap(), Weights::of(&model).unwrap());
    let message = back.model.into_mmclip().unwrap_err().to_string();
    assert!(message.contains("of the system classifier; this needs mmclip"), "{message}");
}

#[test]
fn a_model_is_typed_by_its_system_or_as_mmclips_settings() {
    let read = |text: &str| serde_yaml::from_str::<ModelSpec>(text);
    let mmclip = ModelSpec::from(MmClipConfig { rows: 32, ..MmClipConfig::default() });
    assert_eq!(read("rows: 32").unwrap(), mmclip);
    assert_eq!(read("mmclip: {rows: 32}").unwrap(), mmclip);
    assert_eq!(read("{}").unwrap(), MmClipConfig::default().into());
    assert_eq!(read("classifier: {}").unwrap(), ClassifierConfig::default().into());
    let json = serde_json::to_string(&mmclip).unwrap();
    assert!(json.starts_with("{\"mmclip\":{"), "{json}");
    assert_eq!(serde_json::from_str::<ModelSpec>(&json).unwrap(), mmclip);
    for (text, says) in [
        ("classifier: {widht: 3}", "widht"),
        ("row: 3", "row"),
        ("classifier: {}\nrows: 3", "`rows` beside `classifier`"),
        ("[1]", "one of mmclip, classifier"),
    ] {
        let message = read(text).unwrap_err().to_string();
        assert!(message.contains(says), "{text}: {message}");
    }
    for (change, says) in [
        (ClassifierConfig { kernel: 4, ..config(&VIEWS) }, "kernel is 4, expected an odd number"),
        (ClassifierConfig { groups: 3, ..config(&VIEWS) }, "channels is [8, 8]"),
        (ClassifierConfig { classes: 0, ..config(&VIEWS) }, "classes is left open"),
        (ClassifierConfig { views: Vec::new(), ..config(&VIEWS) }, "views is left open"),
        (config(&[("cube", &[2, 3, 4])]), "views.0.shape is [2, 3, 4], expected one or two axes"),
        (config(&[VIEWS[0], VIEWS[0]]), "views.1.name is map, expected each name once"),
    ] {
        let message = Classifier::new(&change, 0).unwrap_err().to_string();
        assert!(message.contains(says), "{message}");
    }
}
