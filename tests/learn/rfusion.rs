//! RFusion against a PyTorch twin (`tests/golden/rfusion/make_rfusion.py`), its sizes against the paper's, and its training.

use kinecho::base::progress::Silent;
use kinecho::model::interface::{Model, ViewInfo};
use kinecho::model::rfusion::{
    ContrastParts, Fusion, FusionClasses, Modality, RFusion, RFusionConfig, RFusionTask, RadarBranch, RfidBranch,
    WifiBranch, all_sets,
};
use kinecho::model::weights::{Array, Weights};
use kinecho::train::{
    Checkpoint, ContrastObjective, Dataset, GuidedContrastConfig, Labels, LossPart, Samples, Sampling, Source,
    TrainConfig, TrainData, TrainError, ViewColumn, alignment, infer, resume, rfusion_gradient, train,
};
use ndarray::Array2;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

#[derive(Deserialize)]
struct About {
    torch: String,
    config: RFusionConfig,
    samples: usize,
    step: Option<u64>,
    steps: Option<u64>,
    losses: Option<GuidedContrastConfig>,
    labels: Option<Vec<usize>>,
    smoothing: Option<f64>,
    present: Option<BTreeMap<Modality, Vec<u8>>>,
    losses_found: BTreeMap<String, f64>,
    parameters: usize,
}

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/rfusion").join(name)
}

fn worst(got: &[f32], want: &[f32]) -> f32 {
    assert_eq!(got.len(), want.len());
    got.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn set(columns: Vec<ViewColumn>, labels: Vec<usize>, classes: usize) -> Dataset {
    Dataset::of_views(columns, labels, (0..classes).map(|i| format!("c{i}")).collect()).unwrap()
}

/// Outputs within 1e-4 and gradients within 1e-3 of their largest entry.
fn agrees(case: &str) {
    let about: About =
        serde_json::from_str(&std::fs::read_to_string(golden(&format!("{case}.json"))).unwrap()).unwrap();
    assert!(!about.torch.is_empty());
    let arrays = Weights::read(&golden(&format!("{case}.safetensors"))).unwrap().tensors;
    let part = |prefix: &str| -> BTreeMap<String, Array> {
        arrays.iter().filter_map(|(n, a)| Some((n.strip_prefix(prefix)?.to_owned(), a.clone()))).collect()
    };
    let weights = Weights { tensors: part("weights/"), ..Weights::default() };
    let model = weights.into_module(RFusion::new(&about.config, 0).unwrap()).unwrap();
    assert_eq!(model.counts()["total"], about.parameters);
    let labels = about.labels.clone().unwrap_or_else(|| vec![0; about.samples]);
    let column = |modality: Modality, name: &str| {
        let array = &arrays[&format!("view/{name}")];
        let values =
            Array2::from_shape_vec((about.samples, array.values.len() / about.samples), array.values.clone()).unwrap();
        let present = about
            .present
            .as_ref()
            .map_or_else(|| vec![true; about.samples], |present| present[&modality].iter().map(|p| *p == 1).collect());
        ViewColumn { info: ViewInfo::new(name, array.shape[1..].to_vec()), values, present }
    };
    let columns = vec![
        column(Modality::Radar, "time_range_angle"),
        column(Modality::Wifi, "amplitude"),
        column(Modality::Radar, "time_range_doppler"),
        column(Modality::Rfid, "rfid_phase"),
    ];
    let data = set(columns, labels, 4);
    let outputs = infer(&model, "twin", &data, 1).unwrap();
    let name = if about.labels.is_some() { "logits" } else { "features" };
    let difference = worst(outputs.get(name).unwrap().as_slice().unwrap(), &arrays["output"].values);
    println!("{case}: {name} differ by {difference:e}");
    assert!(difference < 1e-4, "{case}: {name} differ by {difference}");
    let config = TrainConfig {
        guided_contrast: about.losses,
        label_smoothing: about.smoothing,
        steps: about.steps.unwrap_or(1),
        ..TrainConfig::default()
    };
    // In training each sample shows a set of its own drawing, so gradients are compared where there is one way to draw.
    if about.present.is_some() {
        return;
    }
    let got = rfusion_gradient(&model, &config, &data, about.step.unwrap_or(0)).unwrap();
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
    gradients_agree(case, &got.by_name, &part("gradient/"));
}

fn gradients_agree(case: &str, found: &BTreeMap<String, Array>, wanted: &BTreeMap<String, Array>) {
    assert_eq!(found.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "the same parameters learn");
    let largest = wanted.values().flat_map(|a| &a.values).fold(0.0_f32, |m, v| m.max(v.abs()));
    let mut most = 0.0_f32;
    for (parameter, want) in wanted {
        let got = &found[parameter];
        assert_eq!(got.shape, want.shape, "{parameter}");
        let scale = want.values.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        // What has no gradient but rounding counts against what is large elsewhere.
        let relative = worst(&got.values, &want.values) / scale.max(1e-4 * largest);
        assert!(relative < 1e-3, "{case}: {parameter}: {relative:e} of {scale:e}");
        most = most.max(relative);
    }
    println!("{case}: gradients differ by {most:e} of their largest entry");
}

#[test]
fn the_model_agrees_with_its_twin() {
    for case in ["contrast", "attention", "gru", "cross", "attention_all", "gru_all", "cross_all"] {
        agrees(case);
    }
}

#[test]
fn sizes_have_the_parameters_of_the_paper() {
    // Table V, in millions.
    let table = [
        (vec![Modality::Wifi], 9.87, 0.005),
        (vec![Modality::Rfid], 8.37, 0.005),
        (vec![Modality::Radar], 11.38, 0.005),
        (Modality::ALL.to_vec(), 18.27, 0.005),
        // No sum of parts meets the pairs as well: with one head alone and with all, two branches share 5.6 to 6.4 million.
        (vec![Modality::Wifi, Modality::Rfid], 11.85, 0.065),
        (vec![Modality::Rfid, Modality::Radar], 13.56, 0.045),
        (vec![Modality::Wifi, Modality::Radar], 15.62, 0.005),
    ];
    let twin: BTreeMap<String, usize> =
        serde_json::from_str(&std::fs::read_to_string(golden("published.json")).unwrap()).unwrap();
    let published = RFusionConfig::published();
    for (kinds, millions, share) in table {
        let classes = FusionClasses { classes: 55, sets: vec![kinds.clone()], ..FusionClasses::default() };
        let config = published.with_task(RFusionTask::Classify(classes));
        let total = RFusion::new(&config, 0).unwrap().counts()["total"];
        let name = kinds.iter().map(|m| m.name()).collect::<Vec<_>>().join(" + ");
        assert_eq!(total, twin[&name], "{name}: the twin");
        let off = total as f64 / 1e6 / millions - 1.0;
        println!("{name}: {:.3} M, {:+.2} % off the paper's {millions}", total as f64 / 1e6, 100.0 * off);
        assert!(off.abs() < share, "{name}: {total}");
    }
}

const CELLS: [(&str, [usize; 2]); 3] = [("amplitude", [12, 40]), ("rfid_phase", [4, 24]), ("time_doppler", [16, 24])];

/// A model of three kinds for two cores.
fn small(task: RFusionTask) -> RFusionConfig {
    let shape = |i: usize| CELLS[i].1.to_vec();
    RFusionConfig {
        wifi: Some(WifiBranch { shape: shape(0), channels: vec![8, 8], ..WifiBranch::default() }),
        rfid: Some(RfidBranch { shape: shape(1), channels: vec![12, 12], ..RfidBranch::default() }),
        radar: Some(RadarBranch {
            views: vec!["time_doppler".into()],
            shapes: vec![shape(2)],
            channels: vec![8, 12],
            depths: vec![1, 1],
            ..RadarBranch::default()
        }),
        width: Some(16),
        heads: Some(2),
        hidden: Some(16),
        tokens: Some(3),
        task,
        ..RFusionConfig::default()
    }
}

/// Samples whose kinds all show one motion: how fast something swings, by class, and when, by sample.
fn motions(count: usize, seed: usize) -> Dataset {
    let value = |kind: usize, sample: usize, i: usize, columns: usize| {
        let (row, time) = (i / columns, (i % columns) as f32 / columns as f32);
        let rate = 2.0 + 2.0 * (sample % 3) as f32;
        let phase = ((sample * 37 + seed * 101) % 17) as f32 / 17.0;
        let swing = (std::f32::consts::TAU * (rate * time + phase)).sin();
        let noise = (((i * 7919 + sample * 104_729 + kind * 31 + seed) % 1009) as f32 / 1009.0 - 0.5) * 0.2;
        match kind {
            2 => (-(row as f32 - 8.0 - 5.0 * swing).powi(2) / 6.0).exp() + noise,
            _ => swing * (1.0 + 0.3 * (row as f32 + kind as f32).sin()) + noise,
        }
    };
    let column = |(kind, (name, shape)): (usize, &(&str, [usize; 2]))| {
        let values = Array2::from_shape_fn((count, shape[0] * shape[1]), |(s, i)| value(kind, s, i, shape[1]));
        ViewColumn { info: ViewInfo::new(*name, shape.to_vec()), values, present: vec![true; count] }
    };
    set(CELLS.iter().enumerate().map(column).collect(), (0..count).map(|i| i % 3).collect(), 3)
}

fn contrast() -> RFusionTask {
    RFusionTask::Contrast(ContrastParts { guider: true, arbiter: 3, projector: false })
}

fn classes(sets: Vec<Vec<Modality>>) -> RFusionTask {
    RFusionTask::Classify(FusionClasses { classes: 3, head: Fusion::Attention, sets })
}

#[test]
fn the_guiders_loss_reaches_the_guider_alone() {
    let (model, data) = (RFusion::new(&small(contrast()), 3).unwrap(), motions(6, 1));
    let gradients = |settings: GuidedContrastConfig| {
        let config = TrainConfig { guided_contrast: Some(settings), steps: 10, ..TrainConfig::default() };
        rfusion_gradient(&model, &config, &data, 5).unwrap()
    };
    let usual = GuidedContrastConfig::default();
    let with = gradients(usual.clone());
    // exp(0) is a constant: without the guider's loss all else is as it was, to the bit.
    let without = gradients(GuidedContrastConfig { guider_temperature: 0.0, ..usual.clone() });
    let off =
        |name: &str, a: &BTreeMap<String, Array>, b: &BTreeMap<String, Array>| worst(&a[name].values, &b[name].values);
    let mut changed = 0;
    for name in with.by_name.keys() {
        let difference = off(name, &with.by_name, &without.by_name);
        let largest = with.by_name[name].values.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        if name.starts_with("contrast.guider.") {
            changed += usize::from(difference > 1e-3 * largest);
        } else {
            assert!(difference <= 1e-6 * largest, "{name}: {difference:e} of {largest:e}");
        }
    }
    assert!(changed >= 4, "the guider learns by its own loss");
    // The arbiter reaches the encoders.
    let silent = gradients(GuidedContrastConfig { arbiter_temperature: [0.0, 0.0], ..usual });
    let encoders = |a: &BTreeMap<String, Array>, b: &BTreeMap<String, Array>| {
        a.keys().filter(|n| n.starts_with("encoders.") && off(n, a, b) > 0.0).count()
    };
    assert!(encoders(&with.by_name, &silent.by_name) > 10);
}

#[test]
fn kinds_are_drawn_together_and_a_stopped_run_goes_on_bit_by_bit() {
    let (data, held) = (motions(48, 1), motions(12, 9));
    let sources = [Source { name: "motions", samples: &data, weight: 1.0 }];
    let names = data.classes.clone();
    let on = TrainData { sources: &sources, labels: Labels::Names(&names), validation: Some(&held), seen_before: &[] };
    let config = TrainConfig {
        steps: 60,
        batch: 12,
        learning_rate: 2e-3,
        sampling: Sampling::Shuffled,
        log_every: 10,
        checkpoint_every: 25,
        validate_every: 30,
        guided_contrast: Some(GuidedContrastConfig::default()),
        ..TrainConfig::default()
    };
    let model = || RFusion::new(&small(contrast()), 4).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let alike = |model: &RFusion| alignment(infer(model, "held", &held, 1).unwrap().get("features").unwrap());
    let before = alike(&model());
    let whole = train(model(), &config, &on, &dir.path().join("whole"), &Silent).unwrap();
    let after = alike(&whole.model);
    println!("alignment {before:.3} before, {after:.3} after");
    let text = std::fs::read_to_string(dir.path().join("whole/metrics.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let curve = |part: &str| -> Vec<f64> { lines.iter().filter_map(|l| l["parts"][part].as_f64()).collect() };
    for part in ["guided", "base", "guider", "arbiter", "alignment"] {
        assert_eq!(curve(part).len(), 6, "{part}");
    }
    let base = curve("base");
    assert!(base[5] < 0.9 * base[0], "{base:?}");
    let rises = curve("arbiter_temperature");
    assert!(rises.windows(2).all(|pair| pair[0] < pair[1]), "{rises:?}");
    assert!(lines.iter().any(|l| l["kind"] == "validation" && l["figures"]["alignment"].as_f64().is_some()));
    // Stopped behind step 25 by samples that cannot be read from then on: the run leaves its state, and goes on with the true ones.
    let stopped = dir.path().join("stopped");
    let failing = Failing(&data, AtomicU32::new(0));
    let broken = [Source { name: "motions", samples: &failing, weight: 1.0 }];
    let refused = train(model(), &config, &TrainData { sources: &broken, ..on }, &stopped, &Silent).unwrap_err();
    assert!(refused.to_string().contains("motions: sample"), "{refused}");
    assert!(stopped.join("resume").is_dir());
    let resumed = resume(model(), &config, &on, &stopped, &Silent).unwrap();
    assert_eq!(Weights::of(&resumed.model).unwrap(), Weights::of(&whole.model).unwrap());
    // Encoders go on under a head, those of kinds that it does not use are gone.
    let tuned = whole.model.with_task(classes(vec![vec![Modality::Wifi]]), 9).unwrap();
    let (old, new) = (Weights::of(&whole.model).unwrap(), Weights::of(&tuned).unwrap());
    assert!(new.tensors.keys().all(|n| !n.contains("radar") && !n.contains("rfid") && !n.contains("guider")));
    let wifi: Vec<&String> = new.tensors.keys().filter(|n| n.starts_with("encoders.")).collect();
    assert!(wifi.len() > 10 && wifi.iter().all(|n| new.tensors[*n] == old.tensors[*n]));
}

/// Samples of which no number is left after some 33 batches.
struct Failing<'a>(&'a Dataset, AtomicU32);

impl Samples for Failing<'_> {
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

    fn read(&self, index: usize, wanted: &[usize]) -> Result<Vec<Option<Vec<f32>>>, TrainError> {
        let mut read = self.0.read(index, wanted)?;
        if self.1.fetch_add(1, Ordering::SeqCst) > 400 {
            read[0] = Some(vec![f32::NAN; 480]);
        }
        Ok(read)
    }
}

/// The samples without the views of all but some kinds.
fn showing(data: &Dataset, kinds: &[Modality]) -> Dataset {
    let mut data = data.clone();
    for (column, kind) in data.views.iter_mut().zip(Modality::ALL) {
        column.present.fill(kinds.contains(&kind));
    }
    data
}

#[test]
fn one_file_answers_by_every_set_and_refuses_what_it_never_learnt() {
    let (data, held) = (motions(30, 1), motions(15, 9));
    let sources = [Source { name: "motions", samples: &data, weight: 1.0 }];
    let names = data.classes.clone();
    let on = TrainData { sources: &sources, labels: Labels::Names(&names), validation: None, seen_before: &[] };
    let config = TrainConfig { steps: 150, batch: 15, learning_rate: 5e-3, ..TrainConfig::default() };
    let dir = tempfile::tempdir().unwrap();
    let trained =
        train(RFusion::new(&small(classes(Vec::new())), 2).unwrap(), &config, &on, dir.path(), &Silent).unwrap();
    let read = Checkpoint::load(&dir.path().join("checkpoint")).unwrap().model;
    let all = infer(&trained.model, "held", &held, 1).unwrap().get("logits").unwrap().clone();
    for set in all_sets(&Modality::ALL) {
        let outputs = infer(&read, "held", &showing(&held, &set), 1).unwrap();
        let logits = outputs.get("logits").unwrap();
        let right = (0..15).filter(|&i| {
            let row: Vec<f32> = logits.slice(ndarray::s![i, 0, ..]).to_vec();
            row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0 == held.labels[i]
        });
        let right = right.count();
        println!("{set:?}: {right} of 15");
        assert!(right >= 11, "{set:?}: {right} of 15");
        if set.len() == 3 {
            assert_eq!(*logits, all, "the file is the model");
        } else {
            assert_ne!(*logits, all, "what is absent has no part");
        }
    }
    // What stands in the place of an absent view has no part either, even if it is no number.
    let mut nonsense = showing(&held, &[Modality::Rfid]);
    nonsense.views[0].values.fill(f32::NAN);
    let clean = infer(&read, "held", &showing(&held, &[Modality::Rfid]), 1).unwrap();
    let with = infer(&read, "held", &nonsense, 1).unwrap();
    assert_eq!(clean.get("logits").unwrap(), with.get("logits").unwrap());
    // A model of some sets refuses others by name.
    let some = vec![vec![Modality::Wifi], vec![Modality::Wifi, Modality::Radar]];
    let model = RFusion::new(&small(classes(some)), 2).unwrap();
    let refused = infer(&model, "room 3", &showing(&held, &[Modality::Radar]), 1).unwrap_err().to_string();
    assert!(
        refused.contains("room 3: sample 0 has time_doppler, by which the model never learnt to answer")
            && refused.contains("amplitude, amplitude + time_doppler"),
        "{refused}"
    );
    let pretraining = RFusion::new(&small(contrast()), 2).unwrap();
    let refused = infer(&pretraining, "pairs", &showing(&held, &[Modality::Wifi]), 1).unwrap_err().to_string();
    assert!(refused.contains("pairs: sample 0: has no rfid_phase"), "{refused}");
}

#[test]
fn other_methods_learn_by_the_same_task() {
    let data = motions(24, 1);
    let sources = [Source { name: "motions", samples: &data, weight: 1.0 }];
    let names = data.classes.clone();
    let on = TrainData { sources: &sources, labels: Labels::Names(&names), validation: None, seen_before: &[] };
    let dir = tempfile::tempdir().unwrap();
    for (objective, arbiter, projector) in [
        (ContrastObjective::InfoNce, 0, false),
        (ContrastObjective::SimClr, 0, true),
        (ContrastObjective::Cmc, 0, false),
        (ContrastObjective::Cosmo, 0, false),
        (ContrastObjective::Clustering, 3, true),
    ] {
        let task = RFusionTask::Contrast(ContrastParts { guider: false, arbiter, projector });
        let settings = GuidedContrastConfig { objective, temperature: 0.2, ..GuidedContrastConfig::default() };
        let config = TrainConfig {
            steps: 30,
            batch: 8,
            learning_rate: 2e-3,
            log_every: 5,
            guided_contrast: Some(settings),
            ..TrainConfig::default()
        };
        let at = dir.path().join(format!("{objective:?}"));
        let report = train(RFusion::new(&small(task), 1).unwrap(), &config, &on, &at, &Silent).unwrap().report;
        let (first, last) = (report.losses[0].1, report.losses[report.losses.len() - 1].1);
        println!("{objective:?}: {first:.3} to {last:.3}");
        assert!(last < first, "{objective:?}: {:?}", report.losses);
    }
    // The paper's loss wants a guider.
    let task = RFusionTask::Contrast(ContrastParts { guider: false, arbiter: 0, projector: false });
    let config = TrainConfig { steps: 1, batch: 4, ..TrainConfig::default() };
    let refused = train(RFusion::new(&small(task), 1).unwrap(), &config, &on, &dir.path().join("none"), &Silent);
    assert!(refused.unwrap_err().to_string().contains("puts out no guided"));
}

#[test]
fn settings_that_fit_nothing_are_named() {
    let wrong = |change: &dyn Fn(&mut RFusionConfig)| {
        let mut config = small(classes(Vec::new()));
        change(&mut config);
        RFusion::new(&config, 0).unwrap_err().to_string()
    };
    let none = wrong(&|c| (c.wifi, c.rfid, c.radar) = (None, None, None));
    assert!(none.contains("at least one of the three"), "{none}");
    let links = wrong(&|c| c.wifi.as_mut().unwrap().links = 5);
    assert!(links.contains("wifi.links is 5") && links.contains("12 rows of `amplitude`"), "{links}");
    let maps = wrong(&|c| {
        let radar = c.radar.as_mut().unwrap();
        radar.views.push("time_range".into());
        radar.shapes.push(vec![16, 20]);
    });
    assert!(maps.contains("`time_range` of [16, 20]") && maps.contains("24 columns"), "{maps}");
    let alone = wrong(&|c| {
        (c.rfid, c.radar) = (None, None);
        c.task = contrast();
    });
    assert!(alone.contains("two kinds of radio or more"), "{alone}");
    let sets = wrong(&|c| c.task = classes(vec![vec![Modality::Wifi], vec![Modality::Rfid]]));
    assert!(sets.contains("task.classify.sets") && sets.contains("wifi + rfid among them"), "{sets}");
    let open = wrong(&|c| c.rfid.as_mut().unwrap().shape.clear());
    assert!(open.contains("rfid.shape is left open"), "{open}");
    let views = [ViewInfo::new("amplitude", vec![12, 40])];
    let lacking = RFusionConfig { rfid: Some(RfidBranch::default()), ..RFusionConfig::default() }.fitted(&views, 3);
    let lacking = lacking.unwrap_err().to_string();
    assert!(lacking.contains("rfid_phase") && lacking.contains("a view of the data: amplitude"), "{lacking}");
}
