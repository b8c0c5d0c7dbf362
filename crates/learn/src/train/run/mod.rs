//! The training entry.

mod finished;
mod loader;
mod lock;
mod memory;
mod metrics;
mod report;
mod sound;
mod state;
mod validation;

pub use metrics::{StepLine, ValidationLine};
pub use report::{TrainReport, Trained};

use super::batch::Inputs;
use super::checkpoint::{self, Checkpoint};
use super::config::Adapt;
use super::data::{ByForm, Labels, Samples, Source, UNLABELLED};
use super::step::Learner;
use super::task::{Labelling, task_for};
use super::{TrainConfig, TrainError};
use crate::base::atomic_file;
use crate::base::progress::Progress;
use crate::model::parameters::{self, Parameter};
use crate::model::system::InSystem;
use crate::model::weights::Weights;
use crate::model::{lora, peft};
use loader::BatchLoader;
use lock::Lock;
use memory::Memory;
use metrics::MetricsLog;
use serde::{Deserialize, Serialize};
use state::{Best, Identity, State};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::mpsc;
use std::time::Instant;
use validation::{Validation, numbers_of};

/// What a run learns from.
#[derive(Clone, Copy)]
pub struct TrainData<'a> {
    /// Sets that are mixed; one for plain training.
    pub sources: &'a [Source<'a>],
    /// Every label, with its sentences where the model compares with them.
    pub labels: Labels<'a>,
    /// Held-out samples: recognised by text among their own labels, by a classifier among all that it learns.
    pub validation: Option<&'a dyn Samples>,
    /// Labels of samples that the model that it begins with has learnt from.
    pub seen_before: &'a [String],
}

impl TrainData<'_> {
    /// Labels of samples that the trained model has learnt from, now or before.
    fn seen(&self) -> BTreeSet<String> {
        let mut seen: BTreeSet<String> = self.seen_before.iter().cloned().collect();
        for source in self.sources {
            for i in 0..source.samples.len() {
                let label = source.samples.label(i);
                if label != UNLABELLED && !seen.contains(label) {
                    seen.insert(label.to_owned());
                }
            }
        }
        seen
    }
}

/// Trains `model`: pre-training, full fine-tuning, low-rank fine-tuning or a mixture, as `config` and the sources say.
///
/// Writes `config.json` (settings), `metrics.jsonl`, `checkpoint/` and, for low-rank adapters, `adapter/` (PEFT's layout)
/// into `out_dir`. The same model, settings and data give the same weights, whatever the number of threads.
pub fn train<M: InSystem>(
    model: M,
    config: &TrainConfig,
    data: &TrainData<'_>,
    out_dir: &Path,
    progress: &dyn Progress,
) -> Result<Trained<M>, TrainError> {
    start(model, config, data, out_dir, progress, false)
}

/// [`train`], going on from the last checkpoint (`checkpoint_every`) of a run that was stopped in `out_dir`; from the start
/// when there is none. A run that is finished is not repeated: its checkpoint is read. `model` is the one the run began with.
/// Ends in the same weights as an undisturbed run.
pub fn resume<M: InSystem>(
    model: M,
    config: &TrainConfig,
    data: &TrainData<'_>,
    out_dir: &Path,
    progress: &dyn Progress,
) -> Result<Trained<M>, TrainError> {
    start(model, config, data, out_dir, progress, true)
}

fn start<M: InSystem>(
    model: M,
    config: &TrainConfig,
    data: &TrainData<'_>,
    out_dir: &Path,
    progress: &dyn Progress,
    resume: bool,
) -> Result<Trained<M>, TrainError> {
    config.check()?;
    let cropped = |name: &str, samples| config.augment.crops(name, samples);
    let crops = data.sources.iter().map(|s| cropped(s.name, s.samples)).collect::<Result<Vec<_>, _>>()?;
    let held_out = data.validation.map(|samples| cropped("validation", samples)).transpose()?.flatten();
    let sources = data.sources.iter().zip(&crops);
    let sources: Vec<Source<'_>> = sources
        .map(|(source, crops)| Source { samples: crops.as_ref().map_or(source.samples, |crops| crops), ..*source })
        .collect();
    let validation = held_out.as_ref().map(|crops| crops as &dyn Samples).or(data.validation);
    begin(model, config, &TrainData { sources: &sources, validation, ..*data }, out_dir, progress, resume)
}

/// With samples as training takes them.
fn begin<M: InSystem>(
    model: M,
    config: &TrainConfig,
    data: &TrainData<'_>,
    out_dir: &Path,
    progress: &dyn Progress,
    resume: bool,
) -> Result<Trained<M>, TrainError> {
    let met = data.sources.iter().map(|s| Inputs::met(&model, s.name, s.samples));
    let (inputs, columns): (Vec<Inputs>, Vec<_>) = met.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
    let task = task_for(&model, config, data.labels, data.sources)?;
    let task = task.as_ref();
    let labels: Vec<Vec<usize>> =
        data.sources.iter().map(|s| numbers_of(s.samples, s.name, task)).collect::<Result<_, _>>()?;
    // Validation is checked before the first step, not after the last.
    let validation = data.validation.map(|v| Validation::new(v, task, &model)).transpose()?;
    if config.early_stopping.is_some() && validation.is_none() {
        let (field, expected) = ("early_stopping".into(), "a validation set with it".into());
        return Err(TrainError::Config { field, found: "set".into(), expected });
    }
    let views = model.inputs();
    if let Some(name) = config.augment.range_maps.iter().find(|name| !views.iter().any(|v| v.name == **name)) {
        let (field, found) = ("augment.range_maps".into(), format!("`{name}`"));
        let all = views.iter().map(|v| v.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(TrainError::Config { field, found, expected: format!("names of the model's maps: {all}") });
    }
    if let Some(name) = config.augment.views.keys().find(|name| !views.iter().any(|v| v.name == **name)) {
        let all = views.iter().map(|v| v.name.as_str()).collect::<Vec<_>>().join(", ");
        let (field, found) = ("augment.views".into(), format!("`{name}`"));
        return Err(TrainError::Config { field, found, expected: format!("names of the model's views: {all}") });
    }
    let forms = forms_of(&inputs, model.takes_any_shape());
    let mixture = ByForm::new(data.sources, &labels, &forms, (config.sampling, config.batch, config.seed))?;
    let loader =
        BatchLoader { config, inputs: &inputs, sources: data.sources, columns: &columns, labels: &labels, task };

    let identity = Identity::new(config, Weights::of(&model)?.hash(), data, task);
    let mut learner = Learner::new(model, config)?;
    let sizes: Vec<usize> = learner.values.iter().map(Vec::len).collect();
    let _lock = Lock::take(out_dir)?;
    if resume && finished::is_there(out_dir) {
        let trained = finished::load(out_dir, &identity)?;
        // It was stopped after its last word, with its state still there.
        let _ = std::fs::remove_dir_all(state::folder(out_dir));
        return Ok(trained);
    }
    finished::remove(out_dir)?;
    let stopped = if resume { State::load(&state::folder(out_dir), &identity, &sizes)? } else { None };
    let checkpoint_dir = checkpoint::folder(out_dir);
    if resume && stopped.is_none() && checkpoint_dir.exists() {
        let problem = "is the checkpoint of a run that left no state (`resume/`) to go on from: begin anew in another folder, or \
                       fine-tune this checkpoint";
        return Err(TrainError::data(&checkpoint_dir.display().to_string(), problem));
    }
    let settings = serde_json::to_string_pretty(config)
        .map_err(|e| TrainError::Read { path: out_dir.join("config.json"), problem: e.to_string() })?;
    atomic_file::write(&out_dir.join("config.json"), format!("{settings}\n").as_bytes())?;
    let (log, losses, validations, done, since, best) = match stopped {
        Some(stopped) => {
            let (log, losses, validations) = MetricsLog::resume(out_dir, stopped.step)?;
            learner.restore(stopped.values, stopped.adam);
            (log, losses, validations, stopped.step, stopped.since, stopped.best)
        }
        None => (MetricsLog::create(out_dir)?, Vec::new(), Vec::new(), 0, Since::default(), None),
    };
    let mut run = Run {
        learner,
        task,
        identity,
        data,
        out_dir,
        log,
        validation,
        epoch_steps: mixture.epoch_steps(),
        done,
        last_good: (done > 0).then_some(done),
        since,
        losses,
        validations,
        best,
    };
    if run.done > 0 {
        progress.line(&format!("{}: going on from step {}", out_dir.display(), run.done));
    }
    progress.begin("training", config.steps);
    progress.advance(run.done);
    let timing = run.steps(&loader, mixture, progress);
    progress.finish();
    run.finish(timing?)
}

/// A number for each source, the same where sources may stand in one batch.
fn forms_of(inputs: &[Inputs], any_shape: bool) -> Vec<usize> {
    if !any_shape {
        return vec![0; inputs.len()];
    }
    inputs.iter().map(|one| inputs.iter().position(|other| other.forms == one.forms).unwrap_or(0)).collect()
}

/// A run in progress.
struct Run<'a, M> {
    learner: Learner<M>,
    task: &'a dyn Labelling,
    identity: Identity<'a>,
    data: &'a TrainData<'a>,
    out_dir: &'a Path,
    log: MetricsLog,
    validation: Option<Validation<'a>>,
    epoch_steps: u64,
    /// Steps done before this process.
    done: u64,
    last_good: Option<u64>,
    since: Since,
    losses: Vec<(u64, f64)>,
    validations: Vec<(u64, f64)>,
    /// Kept only when the run may stop early.
    best: Option<Best>,
}

#[derive(Default)]
struct Timing {
    steps_s: Vec<f64>,
    waiting_s: f64,
    /// The last step done.
    last: u64,
    begin: Option<Instant>,
}

impl<M: InSystem> Run<'_, M> {
    fn steps(
        &mut self,
        loader: &BatchLoader<'_>,
        mut mixture: ByForm,
        progress: &dyn Progress,
    ) -> Result<Timing, TrainError> {
        let (config, done) = (self.identity.config, self.done);
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::sync_channel(2);
            scope.spawn(move || {
                for step in done..config.steps {
                    // A closed channel means that training has ended early.
                    if sender.send(loader.batch(&mut mixture, step)).is_err() {
                        break;
                    }
                }
            });
            let begin = Instant::now();
            let mut saved = begin;
            let mut timing = Timing { last: done, begin: Some(begin), ..Timing::default() };
            for step in done + 1..=config.steps {
                let asked = Instant::now();
                let Ok(batch) = receiver.recv() else {
                    return Err(TrainError::Threads("the loader ended early".into()));
                };
                let waited = asked.elapsed().as_secs_f64();
                let (batch, draws) = batch?;
                let rate = config.learning_rate_at(step - 1, self.epoch_steps);
                let (loss, norm) = self
                    .learner
                    .step(&batch, self.task, step - 1, rate)
                    .map_err(|failure| self.describe(failure, step, &batch, &draws))?;
                let spent = asked.elapsed().as_secs_f64();
                timing.steps_s.push(spent);
                timing.waiting_s += waited;
                timing.last = step;
                self.since.add(loss.total, spent, waited);
                let since = self.since;
                if step % config.log_every == 0 || step == config.steps {
                    let line = StepLine {
                        kind: "train".into(),
                        step,
                        epoch: step as f64 / self.epoch_steps as f64,
                        loss: since.loss / since.steps as f64,
                        parts: loss,
                        learning_rate: rate,
                        gradient_norm: norm,
                        figures: self.learner.model.figures(),
                        samples_per_s: since.steps as f64 * config.batch as f64 / since.seconds,
                        seconds: begin.elapsed().as_secs_f64(),
                        data_share: since.waited / since.seconds,
                        memory_bytes: Memory::of_this_process().map(|m| m.now),
                    };
                    self.log.line(&line)?;
                    self.losses.push((step, line.loss));
                    progress.message(&line.at_a_glance(self.task.measure(), self.validations.last()));
                    self.since = Since::default();
                }
                if config.validate_every > 0 && step % config.validate_every == 0 && step < config.steps {
                    self.validate(step)?;
                    if self.has_stalled(step) {
                        progress.advance(1);
                        break;
                    }
                }
                let by_count = config.checkpoint_every > 0 && step % config.checkpoint_every == 0;
                let by_clock = config.checkpoint_minutes > 0.0
                    && saved.elapsed().as_secs_f64() >= 60.0 * config.checkpoint_minutes;
                if (by_count || by_clock) && step < config.steps {
                    // The state first: a checkpoint always has one, until the run is whole.
                    self.require_sound(step)?;
                    let (dir, learner) = (state::folder(self.out_dir), &self.learner);
                    let extra = (self.since, self.best.as_ref());
                    State::save(&dir, &self.identity, step, &learner.values, &learner.adam, extra)?;
                    self.save(step)?;
                    saved = Instant::now();
                }
                progress.advance(1);
            }
            Ok(timing)
        })
    }

    /// Whether as many validations as `patience` says have passed without gain.
    fn has_stalled(&self, step: u64) -> bool {
        let config = self.identity.config;
        let (Some(stop), Some(best)) = (&config.early_stopping, &self.best) else { return false };
        (step - best.step) / config.validate_every.max(1) >= u64::from(stop.patience)
    }

    fn validate(&mut self, step: u64) -> Result<(), TrainError> {
        let Some(validation) = &self.validation else { return Ok(()) };
        let judged = validation.run(&self.learner.model, self.identity.config.threads)?;
        self.log.line(&ValidationLine::new(step, &judged))?;
        self.validations.push((step, judged.score));
        if let Some(stop) = &self.identity.config.early_stopping
            && self.best.as_ref().is_none_or(|best| judged.score > best.accuracy + stop.gain)
        {
            self.best = Some(Best { step, accuracy: judged.score, values: self.learner.values.clone() });
        }
        Ok(())
    }

    /// Writes the checkpoint, with adapters merged, and the adapters by themselves.
    fn save(&mut self, step: u64) -> Result<M, TrainError> {
        let mut model = self.learner.model.clone();
        if let Adapt::Lora(lora) = &self.identity.config.adapt {
            peft::save(&model, lora, &self.out_dir.join("adapter"))?;
            model = lora::merge(model);
        }
        let model = model.valid();
        let input = self.data.sources.iter().find_map(|source| source.samples.input());
        let checkpoint = Checkpoint::new(model.clone(), self.data.labels, step, Some(self.identity.config))?
            .made_from(input.cloned())
            .having_seen(self.data.seen());
        checkpoint.save(&checkpoint::folder(self.out_dir))?;
        self.last_good = Some(step);
        Ok(model)
    }

    fn finish(mut self, timing: Timing) -> Result<Trained<M>, TrainError> {
        let config = self.identity.config;
        let steps = timing.last;
        if self.validations.last().is_none_or(|&(step, _)| step < steps) {
            self.validate(steps)?;
        }
        let kept_step = match self.best.take() {
            Some(best) => {
                self.learner.put(best.values);
                best.step
            }
            None => steps,
        };
        self.require_sound(kept_step)?;
        let model = self.save(kept_step)?;
        let total: f64 = timing.steps_s.iter().sum();
        let mut sorted = timing.steps_s;
        sorted.sort_by(f64::total_cmp);
        let report = TrainReport {
            steps,
            epoch_steps: self.epoch_steps,
            losses: self.losses,
            validations: self.validations,
            measure: self.task.measure().into(),
            trainable_parameters: self.learner.values.iter().map(Vec::len).sum(),
            parameters: parameters::list(&model).iter().map(Parameter::count).sum(),
            samples_per_s: (steps - self.done) as f64 * config.batch as f64 / total.max(1e-9),
            step_ms: 1e3 * sorted.get(sorted.len() / 2).copied().unwrap_or(0.0),
            data_share: timing.waiting_s / total.max(1e-9),
            seconds: timing.begin.map_or(0.0, |begin| begin.elapsed().as_secs_f64()),
            kept_step,
            peak_memory_bytes: Memory::of_this_process().map(|m| m.peak),
        };
        finished::write(self.out_dir, &self.identity, Weights::of(&model)?.hash(), &report)?;
        // The run is whole; a leftover state would only take space.
        let _ = std::fs::remove_dir_all(state::folder(self.out_dir));
        Ok(Trained { model, report })
    }
}

/// Sums since the last line of the log; a run that goes on goes on with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Since {
    steps: u64,
    loss: f64,
    seconds: f64,
    waited: f64,
}

impl Since {
    fn add(&mut self, loss: f64, seconds: f64, waited: f64) {
        self.steps += 1;
        self.loss += loss;
        self.seconds += seconds;
        self.waited += waited;
    }
}
