//! The beam model against a PyTorch twin (`tests/golden/beam/make_beam.py`), its identities, and its training.

use kinecho::base::progress::Silent;
use kinecho::model::beam::{
    BeamConfig, BeamModality, BeamModel, BeamNetwork, BeamSensorConfig, BeamTask, NearUnitary, RadarSize, ResidualSize,
    VectorSize, sensor_sets,
};
use kinecho::model::interface::{Model, ViewInfo};
use kinecho::model::parameters;
use kinecho::model::system::ModelSpec;
use kinecho::model::weights::{Array, Weights};
use kinecho::train::{
    Dataset, Labels, LossPart, LowerBoundConfig, Ramp, Source, TrainConfig, TrainData, Truth, ViewColumn,
    beam_gradient, infer, train,
};
use ndarray::Array2;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Deserialize)]
struct About {
    torch: String,
    config: BeamConfig,
    samples: usize,
    step: u64,
    steps: u64,
    lower_bound: LowerBoundConfig,
    present: Vec<Vec<u8>>,
    labelled: Vec<bool>,
    losses: BTreeMap<String, f64>,
    parameters: usize,
}

fn column(info: ViewInfo, values: Vec<f32>, present: Vec<bool>) -> ViewColumn {
    let values = Array2::from_shape_vec((present.len(), info.count()), values).unwrap();
    ViewColumn { info, values, present }
}

fn set(columns: Vec<ViewColumn>, truths: Vec<Truth>) -> Dataset {
    let mut set = Dataset::of_views(columns, vec![0; truths.len()], vec!["passage".into()]).unwrap();
    set.truths = truths;
    set
}

fn worst(got: &[f32], want: &[f32]) -> f32 {
    assert_eq!(got.len(), want.len());
    got.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Outputs and losses within 1e-4 and gradients within 1e-3 of their largest entry.
fn agrees(case: &str) {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/beam");
    let about: About =
        serde_json::from_str(&std::fs::read_to_string(dir.join(format!("{case}.json"))).unwrap()).unwrap();
    assert!(!about.torch.is_empty());
    let arrays = Weights::read(&dir.join(format!("{case}.safetensors"))).unwrap().tensors;
    let part = |prefix: &str| -> BTreeMap<String, Array> {
        arrays.iter().filter_map(|(n, a)| Some((n.strip_prefix(prefix)?.to_owned(), a.clone()))).collect()
    };
    let weights = Weights { tensors: part("weights/"), ..Weights::default() };
    let model = weights.into_module(BeamModel::new(&about.config, 0).unwrap()).unwrap();
    assert_eq!(model.counts()["total"], about.parameters);
    let mut columns = Vec::new();
    for (i, info) in model.inputs().into_iter().enumerate() {
        let present = match i.checked_sub(1) {
            None => vec![true; about.samples],
            Some(m) => about.present[m].iter().map(|p| *p == 1).collect(),
        };
        columns.push(column(info.clone(), arrays[&format!("views/{}", info.name)].values.clone(), present));
    }
    let powers = arrays["powers"].values.chunks(arrays["powers"].values.len() / about.samples);
    let truth = |(powers, known): (&[f32], &bool)| if *known { Truth::Beams(powers.to_vec()) } else { Truth::None };
    let data = set(columns, powers.zip(&about.labelled).map(truth).collect());
    let outputs = infer(&model, "twin", &data, 1).unwrap();
    for name in ["logits", "representation"] {
        if let Some(want) = arrays.get(name) {
            let difference = worst(outputs.get(name).unwrap().as_slice().unwrap(), &want.values);
            assert!(difference < 1e-4, "{case}: {name} differ by {difference}");
        }
    }
    let mut config = TrainConfig { steps: about.steps, ..TrainConfig::default() };
    if !matches!(about.config.task, BeamTask::Predict { .. }) {
        config.lower_bound = Some(about.lower_bound);
    }
    let got = beam_gradient(&model, &config, &data, about.step).unwrap();
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
        let relative = worst(&got.values, &want.values) / scale.max(1e-4 * largest);
        assert!(relative < 1e-3, "{case}: {parameter}: {relative:e} of {scale:e}");
        most = most.max(relative);
    }
    println!("{case}: gradients differ by {most:e} of their largest entry");
}

/// One step of one sensor is a VAE, several of one a VRNN (remark 1); then all sensors, some of them missing; then the task.
#[test]
fn the_model_agrees_with_its_twins() {
    for case in ["vae", "vrnn", "aligned", "predict"] {
        agrees(case);
    }
}

fn vector(sensor: BeamModality, shape: usize) -> BeamSensorConfig {
    let network = BeamNetwork::Vector(VectorSize { hidden: vec![8] });
    BeamSensorConfig { sensor, shape: vec![shape], network, mean: Vec::new(), deviation: Vec::new() }
}

fn small(task: BeamTask) -> BeamConfig {
    BeamConfig {
        steps: 3,
        shared: 4,
        private: 3,
        state: 6,
        features: 8,
        hidden: 8,
        modalities: vec![vector(BeamModality::Powers, 8), vector(BeamModality::Gnss, 2)],
        labels: 8,
        task_hidden: vec![16],
        task,
        ..BeamConfig::default()
    }
}

/// Beams that move evenly: powers are a bell around the beam at each step, positions say it at the first one.
fn moving(samples: usize) -> Dataset {
    let bell = |at: f32| (0..8).map(move |b| (-(b as f32 - at).powi(2)).exp() + 0.01);
    let (mut powers, mut gnss, mut table, mut truths) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for i in 0..samples {
        let (from, speed) = ((i * 7 % 5) as f32, if i % 2 == 0 { 0.5 } else { 0.9 });
        for step in 0..3 {
            powers.extend(bell(from + speed * step as f32).map(f32::ln));
            gnss.extend([from - 2.0, speed]);
            table.extend([1.0, if step == 0 { 1.0 } else { 0.0 }, 0.0, 0.0, 0.0]);
        }
        truths.push(Truth::Beams(bell(from + speed * 3.0).collect()));
    }
    let all = vec![true; samples];
    let view = |name: &str, width: usize, values| column(ViewInfo::new(name, [3, width]), values, all.clone());
    set(vec![view("available", 5, table), view("powers", 8, powers), view("gnss", 2, gnss)], truths)
}

fn trained(model: BeamModel, data: &Dataset, config: &TrainConfig) -> BeamModel {
    let dir = tempfile::tempdir().unwrap();
    let sources = [Source { name: "moving", samples: data, weight: 1.0 }];
    let on = TrainData { sources: &sources, labels: Labels::Names(&data.classes), validation: None, seen_before: &[] };
    train(model, config, &on, dir.path(), &Silent).unwrap().model
}

fn quick(steps: u64) -> TrainConfig {
    let schedule = kinecho::train::Schedule::Constant;
    TrainConfig { steps, batch: 16, learning_rate: 3e-3, schedule, clip_norm: Some(10.0), ..TrainConfig::default() }
}

/// The whole way: each sensor alone, both aligned, the task on what is frozen; then with either sensor alone.
#[test]
fn stages_follow_each_other_and_the_representation_stays_frozen() {
    let (data, config) = (moving(64), small(BeamTask::Unimodal));
    let bound = LowerBoundConfig { labels: 20.0, ..LowerBoundConfig::default() };
    let labelled = TrainConfig { lower_bound: Some(bound), ..quick(250) };
    let alone: Vec<BeamModel> = [BeamModality::Powers, BeamModality::Gnss]
        .map(|sensor| trained(BeamModel::new(&config.alone(sensor), 1).unwrap(), &data, &labelled))
        .into();
    let joined = BeamModel::aligned(&config, &alone, 1).unwrap();
    let names = |model: &BeamModel| -> BTreeMap<String, Vec<f32>> {
        parameters::collect(model).unwrap().into_iter().map(|(p, v)| (p.name, v)).collect()
    };
    // Algorithm 2: experts as they are, the prior's weights the means.
    let (one, other, both) = (names(&alone[0]), names(&alone[1]), names(&joined));
    let (first, second) = ("experts.0.shared.layers.0.weight", "experts.1.shared.layers.0.weight");
    assert_eq!((&both[first], &both[second]), (&one[first], &other[first]));
    let prior = "dynamics.prior.layers.0.weight";
    assert_eq!(both[prior][3], (one[prior][3] + other[prior][3]) / 2.0);
    // Inputs of the state: the shared four of each row are means, then come three of each sensor.
    let input = "dynamics.units.forward.weight_ih";
    let row = |m: &BTreeMap<String, Vec<f32>>, width: usize| m[input][width..2 * width].to_vec();
    let (a, b, c) = (row(&one, 7), row(&other, 7), row(&both, 10));
    assert_eq!(c[1], (a[1] + b[1]) / 2.0);
    assert_eq!((&c[4..7], &c[7..10]), (&a[4..7], &b[4..7]));

    let joined = trained(joined, &data, &labelled);
    let fresh = joined.with_task(BeamTask::Predict { beams: 8 }, 1).unwrap();
    let before = names(&fresh);
    let answering = trained(fresh, &data, &quick(300));
    for (name, values) in names(&answering) {
        let same = before[&name] == values;
        assert_eq!(same, !name.starts_with("task_network."), "{name}");
    }
    let right = |shown: &[BeamModality]| {
        let mut data = data.clone();
        for column in data.views.iter_mut().skip(1) {
            let keeps = shown.iter().any(|s| s.name() == column.info.name);
            column.present.fill(keeps);
        }
        let outputs = infer(&answering, "moving", &data, 1).unwrap();
        let logits = outputs.get("logits").unwrap();
        let beams: Vec<&[f32]> =
            data.truths.iter().filter_map(|t| if let Truth::Beams(p) = t { Some(&p[..]) } else { None }).collect();
        let scores = logits.index_axis(ndarray::Axis(1), 0).mapv(f64::from);
        kinecho::train::evaluate::BeamScores::new(scores.view(), &beams).top_1
    };
    let found: Vec<f64> = sensor_sets(&answering.sensors()).iter().map(|set| right(set)).collect();
    println!("powers, gnss, both: {found:?}");
    // The most frequent beam is right in one of four at most.
    assert!(found.iter().all(|share| *share > 0.5) && found[2] > 0.8, "{found:?}");
}

/// A step far too long: transforms stay within their tolerance, at every entry's bound.
#[test]
fn transforms_stay_nearly_unitary_in_training() {
    let residual = ResidualSize { widths: vec![4], strides: vec![1], blocks: 1, groups: 2 };
    let network = BeamNetwork::Radar(RadarSize { residual, tolerance: 0.2 });
    let sensor = BeamModality::Radar;
    let radar = BeamSensorConfig { sensor, shape: vec![2, 1, 4, 4], network, mean: Vec::new(), deviation: Vec::new() };
    let config = BeamConfig { modalities: vec![radar], labels: 0, ..small(BeamTask::Unimodal) };
    let values: Vec<f32> = (0..8 * 3 * 32).map(|i| ((i * 37 % 101) as f32 * 0.21).sin()).collect();
    let info = ViewInfo::new("radar", [3, 2, 1, 4, 4]);
    let table = column(ViewInfo::new("available", [3, 5]), vec![1.0; 8 * 15], vec![true; 8]);
    let data = set(vec![table, column(info, values, vec![true; 8])], vec![Truth::None; 8]);
    let start = BeamModel::new(&config, 2).unwrap();
    assert!(start.figures()["unitary_radar"] < 1e-5);
    let rates = TrainConfig { learning_rate: 0.03, ..quick(12) };
    let model = trained(start, &data, &rates);
    let deviation = model.figures()["unitary_radar"];
    println!("after training: {deviation}");
    assert!(deviation > 1e-3 && deviation <= 0.2, "{deviation}");
    let bound = NearUnitary::bound(4, 0.2);
    for (parameter, values) in parameters::collect(&model).unwrap() {
        if parameter.name.contains(".front.range.") || parameter.name.contains(".front.doppler.") {
            assert!(values.iter().all(|v| v.abs() <= bound), "{}", parameter.name);
        }
    }
}

/// Draws are from the sample's own stream: the same however a batch is cut, others at another step; hidden sensors change what is learnt from.
#[test]
fn latents_are_drawn_by_sample_and_step() {
    let data = moving(16);
    let config = BeamConfig { hides: 0.0, ..small(BeamTask::Aligned) };
    let loss = |config: &BeamConfig, parts: usize| {
        let dir = tempfile::tempdir().unwrap();
        let sources = [Source { name: "moving", samples: &data, weight: 1.0 }];
        let on =
            TrainData { sources: &sources, labels: Labels::Names(&data.classes), validation: None, seen_before: &[] };
        let settings = TrainConfig { parts, log_every: 1, ..quick(2) };
        let done = train(BeamModel::new(config, 5).unwrap(), &settings, &on, dir.path(), &Silent).unwrap();
        done.report.losses.iter().map(|(_, loss)| *loss).collect::<Vec<f64>>()
    };
    let (whole, halves) = (loss(&config, 1), loss(&config, 2));
    assert!(whole.iter().zip(&halves).all(|(a, b)| (a - b).abs() < 1e-3 * a.abs()), "{whole:?}, {halves:?}");
    let means = loss(&BeamConfig { draws: false, ..config.clone() }, 1);
    assert!((means[0] - whole[0]).abs() > 1e-3 * whole[0].abs(), "{means:?}, {whole:?}");
    let hidden = loss(&BeamConfig { hides: 1.0, ..config.clone() }, 1);
    assert!((hidden[0] - whole[0]).abs() > 1e-3 * whole[0].abs(), "{hidden:?}, {whole:?}");
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let refused = |config: BeamConfig| BeamModel::new(&config, 0).map(drop).unwrap_err().to_string();
    let two = refused(small(BeamTask::Unimodal));
    assert!(two.contains("modalities is 2, expected one: stage I"), "{two}");
    let order = vec![vector(BeamModality::Gnss, 2), vector(BeamModality::Powers, 8)];
    let swapped = refused(BeamConfig { modalities: order, ..small(BeamTask::Aligned) });
    assert!(swapped.contains("each once and in this order"), "{swapped}");
    let unfitted = refused(BeamConfig { steps: 0, ..small(BeamTask::Aligned) });
    assert!(unfitted.contains("the lengths of the data's views"), "{unfitted}");
    let odd = BeamSensorConfig { shape: vec![3, 6, 6], ..BeamSensorConfig::usual(BeamModality::Image) };
    let divided = refused(BeamConfig { modalities: vec![odd], ..small(BeamTask::Unimodal) });
    assert!(divided.contains("modalities.0.strides") && divided.contains("8 times smaller of 6 × 6"), "{divided}");
    let views = [ViewInfo::new("powers", [4, 8]), ViewInfo::new("gnss", [3, 2])];
    let lengths = small(BeamTask::Aligned).fitted(&views, 0).unwrap_err().to_string();
    assert!(lengths.contains("steps is 3, expected 4, the steps of powers"), "{lengths}");
    let other = BeamModel::new(&small(BeamTask::Unimodal).alone(BeamModality::Powers), 0).unwrap();
    let lacks = BeamModel::aligned(&small(BeamTask::Unimodal), &[other], 0).unwrap_err().to_string();
    assert!(lacks.contains("none of gnss") && lacks.contains("a model of stage I for each sensor"), "{lacks}");
    // Powers of another codebook.
    let mut data = moving(4);
    data.truths[2] = Truth::Beams(vec![1.0; 9]);
    let model = BeamModel::new(&small(BeamTask::Predict { beams: 8 }), 0).unwrap();
    let beams = beam_gradient(&model, &TrainConfig::default(), &data, 0).map(drop).unwrap_err().to_string();
    assert!(beams.contains("sample 2 of the batch has powers of 9 beams, the model has 8"), "{beams}");
    let ramp = Ramp { weight: 1.0, from: 0.7, to: 0.2 };
    let bound = LowerBoundConfig { encoder: ramp, ..LowerBoundConfig::default() };
    let falls = TrainConfig { lower_bound: Some(bound), ..TrainConfig::default() }.check().unwrap_err().to_string();
    assert!(falls.contains("lower_bound.encoder") && falls.contains("0 ≤ from ≤ to ≤ 1"), "{falls}");
}

/// ResNet-18 of the paper's size, and what settings say of themselves.
#[test]
fn published_sizes_and_settings() {
    let sensor = BeamSensorConfig { shape: vec![2, 4, 64, 32], ..BeamSensorConfig::usual(BeamModality::Radar) };
    let config = BeamConfig { steps: 5, modalities: vec![sensor], ..BeamConfig::default() };
    let model = BeamModel::new(&config, 0).unwrap();
    let of = |part: &str| -> usize {
        let all = parameters::list(&model);
        all.iter().filter(|p| p.name.starts_with(part)).map(|p| p.count()).sum()
    };
    // torchvision's resnet18 has 11,176,512 without its last layer; a 3 × 3 stem of 8 channels in place of a 7 × 7 one of 3 has 4,608 for 9,408.
    let encoder = of("experts.0.encoder.residual.") - of("experts.0.encoder.residual.head.");
    assert_eq!(encoder, 11_176_512 - 9_408 + 4_608);
    let text = serde_json::to_string(&ModelSpec::Beam(config.clone())).unwrap();
    assert_eq!(serde_json::from_str::<ModelSpec>(&text).unwrap(), ModelSpec::Beam(config));
}
