//! Early stopping, checkpoints by the clock, and what the log says of time and memory.

use crate::synthetic;
use kinecho::base::progress::{Progress, Silent};
use kinecho::model::lora::LoraConfig;
use kinecho::model::mmclip::MmClip;
use kinecho::model::weights::Weights;
use kinecho::train::{
    Adapt, Checkpoint, EarlyStopping, Labels, LossKind, Prompts, Schedule, Source, TrainConfig, TrainData, resume,
    train,
};
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

/// Learns well for a while; at such a rate accuracy stops rising long before the last step.
fn settings() -> TrainConfig {
    TrainConfig {
        seed: 1,
        steps: 400,
        batch: 12,
        loss: LossKind::LabelMatchKl,
        learning_rate: 3e-3,
        schedule: Schedule::Constant,
        log_every: 10,
        validate_every: 20,
        early_stopping: Some(EarlyStopping { patience: 3, gain: 0.0 }),
        ..TrainConfig::default()
    }
}

struct World {
    data: kinecho::train::Dataset,
    held_out: kinecho::train::Dataset,
    prompts: Prompts,
}

impl World {
    fn new() -> Self {
        let classes = [0, 1, 2, 4];
        let (data, held_out) = (synthetic::dataset(&classes, 20, 1), synthetic::dataset(&classes, 10, 2));
        Self { data, held_out, prompts: synthetic::prompts(&classes) }
    }

    fn sources(&self) -> [Source<'_>; 1] {
        [Source { name: "synthetic", samples: &self.data, weight: 1.0 }]
    }
}

fn model() -> MmClip {
    MmClip::new(&synthetic::config(), 1).unwrap()
}

#[test]
fn training_ends_when_validation_stalls_and_keeps_the_best_weights() {
    let world = World::new();
    let sources = world.sources();
    let data = TrainData {
        sources: &sources,
        labels: Labels::Sentences(&world.prompts),
        validation: Some(&world.held_out),
        seen_before: &[],
    };
    for adapt in [Adapt::Full, Adapt::Lora(LoraConfig { r: 4, ..LoraConfig::default() })] {
        let dir = tempfile::tempdir().unwrap();
        let config = TrainConfig { adapt, ..settings() };
        let trained = train(model(), &config, &data, dir.path(), &Silent).unwrap();
        let report = &trained.report;
        assert!(report.steps < 400, "{report:?}");
        assert_eq!(report.steps, report.kept_step + 3 * 20);
        let best = report.validations.iter().map(|v| v.1).fold(0.0, f64::max);
        let first = report.validations.iter().find(|v| v.1 == best).unwrap();
        assert_eq!(first.0, report.kept_step);
        // The kept weights are those of a run that ends there.
        let short = TrainConfig { steps: report.kept_step, early_stopping: None, ..config.clone() };
        let again = train(model(), &short, &data, &dir.path().join("short"), &Silent).unwrap();
        assert_eq!(Weights::of(&again.model).unwrap(), Weights::of(&trained.model).unwrap());
        let saved = Checkpoint::load(&dir.path().join("checkpoint")).unwrap();
        assert_eq!(saved.info.step, report.kept_step);
        assert_eq!(Weights::of(&saved.model).unwrap(), Weights::of(&trained.model).unwrap());
    }
}

/// Dies at a step, as a kill would between two lines.
struct KillAt(u64, AtomicU64);

impl Progress for KillAt {
    fn line(&self, _: &str) {}
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, steps: u64) {
        assert!(self.1.fetch_add(steps, Ordering::Relaxed) + steps < self.0, "killed");
    }
    fn message(&self, _: &str) {}
    fn finish(&self) {}
}

/// Killed after the best validation: the weights of it must come out of the state.
#[test]
fn a_stopped_run_remembers_its_best_validation() {
    let world = World::new();
    let sources = world.sources();
    let data = TrainData {
        sources: &sources,
        labels: Labels::Sentences(&world.prompts),
        validation: Some(&world.held_out),
        seen_before: &[],
    };
    let dir = tempfile::tempdir().unwrap();
    let config = TrainConfig { checkpoint_every: 5, ..settings() };
    let whole = train(model(), &config, &data, &dir.path().join("whole"), &Silent).unwrap();
    let killed = dir.path().join("killed");
    let at = whole.report.kept_step + 18;
    let death = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        train(model(), &config, &data, &killed, &KillAt(at, AtomicU64::new(0))).map(|_| ())
    }));
    assert!(death.is_err());
    let resumed = resume(model(), &config, &data, &killed, &Silent).unwrap();
    assert_eq!(Weights::of(&resumed.model).unwrap(), Weights::of(&whole.model).unwrap());
    assert_eq!(resumed.report.validations, whole.report.validations);
    let differently = TrainConfig { validate_every: 40, ..config };
    let death = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        train(model(), &differently, &data, &dir.path().join("k"), &KillAt(12, AtomicU64::new(0))).map(|_| ())
    }));
    assert!(death.is_err());
    let message = resume(model(), &settings(), &data, &dir.path().join("k"), &Silent).unwrap_err().to_string();
    assert!(message.contains("training settings"), "{message}");
}

#[test]
fn early_stopping_without_validation_is_refused() {
    let world = World::new();
    let sources = world.sources();
    let data =
        TrainData { sources: &sources, labels: Labels::Sentences(&world.prompts), validation: None, seen_before: &[] };
    let dir = tempfile::tempdir().unwrap();
    let message = train(model(), &settings(), &data, dir.path(), &Silent).unwrap_err().to_string();
    assert!(message.contains("early_stopping is set, expected a validation set"), "{message}");
    for (patience, gain) in [(0, 0.0), (1, 1.0), (1, f64::NAN)] {
        let config = TrainConfig { early_stopping: Some(EarlyStopping { patience, gain }), ..settings() };
        assert!(config.check().unwrap_err().to_string().contains("early_stopping"));
    }
}

/// The clock is shorter than any step: each leaves a checkpoint, and the weights are as without.
#[test]
fn checkpoints_by_the_clock_leave_a_state_and_change_no_weight() {
    let world = World::new();
    let sources = world.sources();
    let data =
        TrainData { sources: &sources, labels: Labels::Sentences(&world.prompts), validation: None, seen_before: &[] };
    let dir = tempfile::tempdir().unwrap();
    let plain = TrainConfig { steps: 6, validate_every: 0, early_stopping: None, ..settings() };
    let clocked = TrainConfig { checkpoint_minutes: 1e-7, ..plain.clone() };
    let death = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        train(model(), &clocked, &data, dir.path(), &KillAt(5, AtomicU64::new(0))).map(|_| ())
    }));
    assert!(death.is_err());
    let state: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(dir.path().join("resume/state.json")).unwrap()).unwrap();
    assert_eq!(state["step"], 5);
    let resumed = resume(model(), &clocked, &data, dir.path(), &Silent).unwrap();
    let whole = train(model(), &plain, &data, &dir.path().join("plain"), &Silent).unwrap();
    assert_eq!(Weights::of(&resumed.model).unwrap(), Weights::of(&whole.model).unwrap());
    assert!(TrainConfig { checkpoint_minutes: -1.0, ..plain }.check().is_err());
}
