//! Runs an experiment: for each seed pre-train, adapt once for each different adaptation, and answer every question.

use super::pool::Pool;
use super::prompts::{PromptError, prompts_for};
use super::results::{EvaluationResult, Pretraining, Results};
use super::spec::{Adaptation, Evaluation, Experiment, Filter};
use crate::base::atomic_file;
use crate::base::progress::Progress;
use crate::model::ModelError;
use crate::model::mmclip::{Embeddings, MmClip};
use crate::text::SentenceEncoder;
use crate::train::evaluate::{KShot, Labelled, Outcome, k_shot, zero_shot};
use crate::train::{Dataset, Prompts, Samples, Source, TrainConfig, TrainData, TrainError, Trained, train};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

/// Samples embedded at a time.
const EMBED_BATCH: usize = 64;

/// An experiment failed.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// Training or evaluating.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The prompts.
    #[error(transparent)]
    Prompts(#[from] PromptError),
    /// The corpora do not hold what a part of the experiment needs.
    #[error("{part}: {problem}")]
    Samples {
        /// Which part.
        part: String,
        /// What is missing.
        problem: String,
    },
    /// A file of the run.
    #[error(transparent)]
    Write(#[from] atomic_file::WriteError),
}

struct Runner<'a> {
    experiment: &'a Experiment,
    source: &'a Pool,
    target: &'a Pool,
    prompts: Prompts,
    progress: &'a dyn Progress,
    dir: &'a Path,
}

/// A model after an adaptation, and how many samples it saw.
struct Adapted {
    model: MmClip,
    samples: usize,
}

/// Runs all seeds and writes checkpoints, `metrics.jsonl` and `results.json` below `dir`.
pub fn run(
    experiment: &Experiment,
    source: &Pool,
    target: &Pool,
    encoder: (&dyn SentenceEncoder, &str),
    dir: &Path,
    progress: &dyn Progress,
) -> Result<Results, ExperimentError> {
    let seen = experiment.seen();
    let mut classes = seen.clone();
    for class in experiment.evaluations.iter().flat_map(|e| &e.classes) {
        if !classes.contains(class) {
            classes.push(class.clone());
        }
    }
    let prompts = prompts_for(encoder.0, encoder.1, &classes, &seen)?;
    let runner = Runner { experiment, source, target, prompts, progress, dir };
    runner.check_samples()?;
    let mut pretraining = Vec::new();
    // outcomes[evaluation, shots] → one list of draws a seed.
    let mut outcomes: BTreeMap<(usize, usize), Vec<Vec<Outcome>>> = BTreeMap::new();
    let mut adapted_on: BTreeMap<usize, usize> = BTreeMap::new();
    let parameters = MmClip::new(&experiment.model, 0)?.parameter_counts();
    for &seed in &experiment.seeds {
        let (model, line) = runner.pretrain(seed)?;
        pretraining.push(line);
        let mut adapted: BTreeMap<&Adaptation, Adapted> = BTreeMap::new();
        for (i, evaluation) in experiment.evaluations.iter().enumerate() {
            let (model, samples) = match &evaluation.adapt {
                None => (&model, 0),
                Some(adaptation) => {
                    if !adapted.contains_key(adaptation) {
                        let number = adapted.len() + 1;
                        adapted.insert(adaptation, runner.adapt(&model, adaptation, seed, number)?);
                    }
                    let adapted = &adapted[adaptation];
                    (&adapted.model, adapted.samples)
                }
            };
            adapted_on.insert(i, samples);
            for (shots, draws) in runner.evaluate(model, evaluation, seed)? {
                outcomes.entry((i, shots)).or_default().push(draws);
            }
        }
    }
    let evaluations = outcomes
        .iter()
        .map(|(&(i, shots), outcomes)| {
            let evaluation = &experiment.evaluations[i];
            let held_out = runner.held_out(evaluation);
            let names = (evaluation.name.as_str(), evaluation.title.as_str());
            EvaluationResult::sum_up(names, shots, adapted_on[&i], held_out, outcomes)
        })
        .collect();
    let results = Results {
        experiment: experiment.name.clone(),
        kinecho_version: env!("CARGO_PKG_VERSION").into(),
        seeds: experiment.seeds.clone(),
        source_samples: runner.source_indices("train").len(),
        target_samples: target.items.len(),
        parameters,
        pretraining,
        evaluations,
    };
    let text = serde_json::to_vec_pretty(&results).map_err(|e| missing("results", e.to_string()))?;
    atomic_file::write(&dir.join("results.json"), &text)?;
    Ok(results)
}

fn missing(part: impl Into<String>, problem: impl Into<String>) -> ExperimentError {
    ExperimentError::Samples { part: part.into(), problem: problem.into() }
}

impl Runner<'_> {
    /// Every part has what it needs, before the first minute of training is spent.
    fn check_samples(&self) -> Result<(), ExperimentError> {
        if self.source_indices("train").is_empty() {
            return Err(missing("pretrain", "the source corpus has no training samples of the seen classes"));
        }
        let kinds = [(self.source, "source"), (self.target, "target")];
        for (pool, name) in kinds {
            let model = &self.experiment.model;
            if pool.map_names() != model.maps || pool.map_shape() != (model.rows, model.columns) {
                let problem = format!(
                    "the model looks at maps {:?} of {} × {}, the corpus has {:?} of {:?}: make model.maps, model.rows and \
                     model.columns those of the output",
                    model.maps,
                    model.rows,
                    model.columns,
                    pool.map_names(),
                    pool.map_shape()
                );
                return Err(missing(format!("{name} corpus"), problem));
            }
        }
        for evaluation in &self.experiment.evaluations {
            let part = || format!("evaluation {}", evaluation.name);
            for class in &evaluation.classes {
                if self.target.select(&evaluation.test, std::slice::from_ref(class)).is_empty() {
                    return Err(missing(part(), format!("no test sample of the class {class}")));
                }
            }
            if let Some(adaptation) = &evaluation.adapt
                && self.target.select(&adaptation.on, &self.adapt_classes(adaptation)).is_empty()
            {
                return Err(missing(part(), "no sample of the target to adapt to"));
            }
        }
        Ok(())
    }

    fn source_indices(&self, split: &str) -> Vec<usize> {
        let filter = Filter { split: vec![split.into()], ..Filter::default() };
        self.source.select(&filter, &self.experiment.seen())
    }

    /// Classes that an adaptation may see: all that have prompts but the held-out and the unseen ones.
    fn adapt_classes(&self, adaptation: &Adaptation) -> Vec<String> {
        let kept = |class: &&String| !adaptation.hold_out.contains(class) && !self.experiment.unseen.contains(class);
        self.prompts.classes.iter().filter(kept).cloned().collect()
    }

    fn held_out(&self, evaluation: &Evaluation) -> Vec<String> {
        let held = |class: &&String| match &evaluation.adapt {
            None => self.experiment.unseen.contains(class),
            Some(adaptation) => adaptation.hold_out.contains(class) || self.experiment.unseen.contains(class),
        };
        evaluation.classes.iter().filter(held).cloned().collect()
    }

    fn pretrain(&self, seed: u64) -> Result<(MmClip, Pretraining), ExperimentError> {
        let classes = &self.prompts.classes;
        let train_set = self.source.dataset(&self.source_indices("train"), classes)?;
        let validation = self.source.dataset(&self.source_indices("validation"), classes)?;
        let model = MmClip::new(&self.experiment.model, seed)?;
        let config = TrainConfig { seed, ..self.experiment.pretrain.clone() };
        let since = Instant::now();
        let dir = self.dir.join(format!("seed{seed}/pretrain"));
        let held_back = (!validation.is_empty()).then_some(&validation as &dyn Samples);
        let Trained { model, report } = self.train(model, &config, ("simulation", &train_set), held_back, &dir)?;
        let line = Pretraining {
            seed,
            steps: report.steps,
            losses: report.losses,
            validation_accuracy: report.validations.last().map(|&(_, accuracy)| accuracy),
            step_ms: report.step_ms,
            samples_per_s: report.samples_per_s,
            seconds: since.elapsed().as_secs_f64(),
        };
        Ok((model, line))
    }

    fn adapt(&self, model: &MmClip, to: &Adaptation, seed: u64, number: usize) -> Result<Adapted, ExperimentError> {
        let indices = self.target.select(&to.on, &self.adapt_classes(to));
        let data = self.target.dataset(&indices, &self.prompts.classes)?;
        let config = TrainConfig { seed, ..self.experiment.adapt.clone() };
        let dir = self.dir.join(format!("seed{seed}/adapt{number}"));
        let trained = self.train(model.clone(), &config, ("target", &data), None, &dir)?;
        Ok(Adapted { model: trained.model, samples: indices.len() })
    }

    fn train(
        &self,
        model: MmClip,
        config: &TrainConfig,
        (name, samples): (&str, &Dataset),
        validation: Option<&dyn Samples>,
        dir: &Path,
    ) -> Result<Trained, TrainError> {
        let sources = [Source { name, samples, weight: 1.0 }];
        let data = TrainData { sources: &sources, prompts: &self.prompts, validation };
        train(model, config, &data, dir, self.progress)
    }

    /// Answers one evaluation: for each number of shots the outcomes of its draws.
    fn evaluate(
        &self,
        model: &MmClip,
        of: &Evaluation,
        seed: u64,
    ) -> Result<Vec<(usize, Vec<Outcome>)>, ExperimentError> {
        let indices = self.target.select(&of.test, &of.classes);
        let data = self.target.dataset(&indices, &of.classes)?;
        let signal = model.embed_signals(data.maps.view(), EMBED_BATCH)?;
        let text = model.embed_texts(self.prompts.select(&of.classes)?.vectors.view())?;
        of.shots
            .iter()
            .map(|&shots| Ok((shots, self.answer(of, shots, seed, &indices, &data, &signal, &text)?)))
            .collect()
    }

    #[allow(clippy::too_many_arguments)] // what an answer depends on, and nothing else
    fn answer(
        &self,
        of: &Evaluation,
        shots: usize,
        seed: u64,
        indices: &[usize],
        data: &Dataset,
        signal: &Embeddings,
        text: &Embeddings,
    ) -> Result<Vec<Outcome>, ExperimentError> {
        if shots == 0 {
            return Ok(vec![Outcome::new(&of.classes, &data.labels, &zero_shot(signal, text, &of.text_scoring))?]);
        }
        let items = &self.target.items;
        let overlaps = |a: usize, b: usize| items[indices[a]].overlaps(&items[indices[b]]);
        let config = KShot { shots, repeats: of.support_draws, seed, text_share: 0.0, scoring: of.example_scoring };
        let pool = Labelled { embeddings: signal, labels: &data.labels };
        // A query that shares a stretch of its recording with an example would have been seen.
        Ok(k_shot(pool, None, None, &of.classes, &config, &overlaps)?.outcomes)
    }
}
