//! Runs an experiment: for each seed pre-train, adapt once for each different adaptation, and answer every question.

use super::asked::Asked;
use super::controls::{ControlAnswer, Looked};
use super::counting::{About, AnswerLine};
use super::error::{ExperimentError, missing};
use super::fold::{Fold, LeftOut, folds};
use super::pool::Pool;
use super::prompts::Wordings;
use super::results::{EvaluationResult, Pretraining, Results};
use super::runner::{Pools, Runner};
use super::spec::Experiment;
use super::spec::{Adaptation, By, Evaluation, Start, TestedOn};
use super::supervised::Supervised;
use super::tally::{BaselineAnswer, FoldAnswer};
use crate::base::progress::Progress;
use crate::model::interface::Model;
use crate::model::system::{ModelSpec, System};
use crate::text::SentenceEncoder;
use crate::train::{Samples, Source, TrainConfig, Trained};
use std::collections::BTreeMap;
use std::path::Path;

/// A model after an adaptation, and how many samples it saw.
#[derive(Clone)]
struct Adapted {
    model: System,
    samples: usize,
}

/// The models of one seed.
struct Models {
    /// None where nothing is simulated.
    pretrained: Option<System>,
    adapted: Vec<((Adaptation, LeftOut), Adapted)>,
    /// By the samples that they have learnt; none: those of the simulation.
    supervised: Vec<(Option<Vec<usize>>, Supervised)>,
}

/// Models that grew up on simulation, by all that they depend on: variants that differ in what follows share them.
#[derive(Default)]
pub struct PretrainedModels(BTreeMap<String, (System, Pretraining)>);

/// Runs all seeds and writes checkpoints and `metrics.jsonl` below `dir`, going on where a run in it was stopped; [`Results::write`]
/// writes the answers. Models that are among `known` are not trained again, and new ones are put there.
pub fn run(
    experiment: &Experiment,
    pools: Pools<'_>,
    encoder: (&dyn SentenceEncoder, &str),
    dir: &Path,
    progress: &dyn Progress,
    known: &mut PretrainedModels,
) -> Result<Results, ExperimentError> {
    let seen = experiment.seen();
    let asked = Asked::new(experiment, pools.target, pools.further);
    let wordings = match &experiment.model {
        ModelSpec::MmClip(_) => Some(Wordings::new(encoder, &asked.classes, &seen)?),
        ModelSpec::Classifier(_)
        | ModelSpec::WiSwiss(_)
        | ModelSpec::RFusion(_)
        | ModelSpec::Beam(_)
        | ModelSpec::CrossScene(_) => None,
    };
    let looked = Looked::new(experiment, &pools)?;
    let runner = Runner { experiment, source: pools.source, asked, wordings, progress, dir };
    runner.check_samples()?;
    let mut pretraining = Vec::new();
    // answers[evaluation, recordings, shots] → for each seed one list of folds.
    let mut answers: BTreeMap<(usize, TestedOn, usize), Vec<Vec<FoldAnswer>>> = BTreeMap::new();
    // What controls answer without examples depends on no seed.
    let mut without_examples: BTreeMap<(usize, usize), Vec<ControlAnswer>> = BTreeMap::new();
    let parameters = runner.untrained(0)?.counts();
    for (place, &seed) in experiment.seeds.iter().enumerate() {
        let mut pretrained = None;
        if let (Some(key), Some(source)) = (experiment.pretraining_key(seed)?, pools.source) {
            if !known.0.contains_key(&key) {
                known.0.insert(key.clone(), runner.pretrain(source, seed)?);
            }
            let (model, line) = known.0[&key].clone();
            pretraining.push(line);
            pretrained = Some(model);
        }
        let mut models = Models { pretrained, adapted: Vec::new(), supervised: Vec::new() };
        for (i, evaluation) in experiment.evaluations.iter().enumerate() {
            for (k, fold) in folds(evaluation, pools.target, pools.further).into_iter().enumerate() {
                let Adapted { model, samples } = runner.model_for(&mut models, evaluation, &fold, seed)?;
                let baseline = runner.baseline_for(&mut models, evaluation, &fold, seed)?;
                for (shots, mut answer) in runner.answer(&model, evaluation, &fold, samples, seed)? {
                    answer.baseline = baseline.clone().filter(|_| shots == 0);
                    answer.controls = match (&looked, without_examples.get(&(i, k))) {
                        (None, _) => Vec::new(),
                        (_, Some(known)) if shots == 0 => known.clone(),
                        (Some(looked), _) => runner.control_answers(looked, evaluation, &fold, (shots, seed))?,
                    };
                    if shots == 0 {
                        without_examples.insert((i, k), answer.controls.clone());
                    }
                    let seeds = answers.entry((i, fold.tested_on, shots)).or_default();
                    seeds.resize_with(place + 1, Vec::new);
                    seeds[place].push(answer);
                }
            }
        }
    }
    let mut lines = Vec::new();
    for (&(i, tested_on, shots), seeds) in &answers {
        for (answers, &seed) in seeds.iter().zip(&experiment.seeds) {
            for answer in answers {
                let of = AnswerLine {
                    variant: String::new(),
                    question: experiment.evaluations[i].name.clone(),
                    tested_on,
                    shots,
                    seed,
                    left_out: answer.left_out.clone().unwrap_or_default(),
                    about: About::Window,
                    recording: String::new(),
                    start_s: None,
                    label: String::new(),
                    answer: String::new(),
                    times: 0,
                };
                lines.extend(answer.given.lines(&of));
            }
        }
    }
    let evaluations = answers
        .iter()
        .map(|(&(i, tested_on, shots), seeds)| {
            let evaluation = &experiment.evaluations[i];
            EvaluationResult::sum_up(evaluation, tested_on, shots, runner.held_out(evaluation), seeds)
        })
        .collect();
    Ok(Results {
        experiment: experiment.name.clone(),
        kinecho_version: env!("CARGO_PKG_VERSION").into(),
        system: experiment.model.system().into(),
        seeds: experiment.seeds.clone(),
        source_samples: runner.source_indices("train", runner.classes()).len(),
        target_samples: pools.target.items.len(),
        test_data_samples: pools.further.map_or(0, |pool| pool.items.len()),
        parameters,
        pretraining,
        evaluations,
        answers: lines,
    })
}

impl Runner<'_> {
    pub(super) fn held_out(&self, evaluation: &Evaluation) -> Vec<String> {
        let held = |class: &&String| match &evaluation.adapt {
            None => self.experiment.unseen.contains(class),
            Some(adaptation) => {
                adaptation.chain().all(|one| one.hold_out.contains(class)) || self.experiment.unseen.contains(class)
            }
        };
        evaluation.classes.iter().filter(held).cloned().collect()
    }

    /// The model with random weights.
    fn untrained(&self, seed: u64) -> Result<System, ExperimentError> {
        Ok(self.experiment.fitted_model(&self.asked.target.views())?.init(seed)?)
    }

    fn pretrain(&self, source: &Pool, seed: u64) -> Result<(System, Pretraining), ExperimentError> {
        let classes = self.classes();
        let train_set = source.dataset(&self.source_indices("train", classes), classes)?;
        let validation = source.dataset(&self.source_indices("validation", classes), classes)?;
        let model = self.untrained(seed)?;
        let config = TrainConfig { seed, ..self.experiment.pretrain.clone().unwrap_or_default() };
        let dir = self.dir.join(format!("seed{seed}/pretrain"));
        let held_back = (!validation.is_empty()).then_some(&validation as &dyn Samples);
        let sources = [Source { name: "simulation", samples: &train_set, weight: 1.0 }];
        let Trained { model, report } = self.train(model, &config, &sources, (held_back, &[]), &dir)?;
        let line = Pretraining {
            variant: None,
            seed,
            steps: report.steps,
            losses: report.losses,
            validation_accuracy: report.validations.last().map(|&(_, accuracy)| accuracy),
            step_ms: report.step_ms,
            samples_per_s: report.samples_per_s,
            seconds: report.seconds,
        };
        Ok((model, line))
    }

    /// Labels of the samples that the model has learnt from before an adaptation.
    fn seen_before(&self, adaptation: &Adaptation, left_out: &LeftOut) -> Vec<String> {
        let simulated = || {
            let indices = self.source_indices("train", self.classes());
            self.source
                .into_iter()
                .flat_map(move |source| indices.clone().into_iter().map(|i| source.items[i].label.clone()))
        };
        match &adaptation.start {
            Start::Scratch => Vec::new(),
            Start::Pretrained => simulated().collect(),
            Start::After(before) => {
                let recorded = self.asked.adapt_indices(before, left_out);
                let recorded = recorded.into_iter().map(|i| self.asked.target.items[i].label.clone());
                let mixed = (before.source_share > 0.0).then(simulated).into_iter().flatten();
                recorded.chain(mixed).chain(self.seen_before(before, left_out)).collect()
            }
        }
    }

    /// The model that a fold is asked of; models of the seed are made when they are first wanted.
    fn model_for(
        &self,
        models: &mut Models,
        evaluation: &Evaluation,
        fold: &Fold,
        seed: u64,
    ) -> Result<Adapted, ExperimentError> {
        let Some(adaptation) = &evaluation.adapt else {
            return Ok(Adapted { model: grown_up(models)?, samples: 0 });
        };
        self.adapted(models, adaptation, &fold.left_out, seed)
    }

    fn adapted(
        &self,
        models: &mut Models,
        adaptation: &Adaptation,
        left_out: &LeftOut,
        seed: u64,
    ) -> Result<Adapted, ExperimentError> {
        let key = (adaptation.clone(), left_out.clone());
        if let Some((_, adapted)) = models.adapted.iter().find(|(other, _)| *other == key) {
            return Ok(adapted.clone());
        }
        let from = match &adaptation.start {
            Start::Pretrained => grown_up(models)?,
            Start::Scratch => self.untrained(seed)?,
            Start::After(before) => self.adapted(models, before, left_out, seed)?.model,
        };
        if adaptation.by == By::Regression {
            return Ok(Adapted { model: from, samples: self.asked.learnt_indices(adaptation, left_out).len() });
        }
        let dir = self.dir.join(format!("seed{seed}/adapt{}", models.adapted.len() + 1));
        let adapted = self.adapt(from, adaptation, left_out, seed, &dir)?;
        models.adapted.push((key, adapted.clone()));
        Ok(adapted)
    }

    /// The answers of the baseline to a question by text; the models of the seed are trained when they are first wanted.
    fn baseline_for(
        &self,
        models: &mut Models,
        evaluation: &Evaluation,
        fold: &Fold,
        seed: u64,
    ) -> Result<Option<BaselineAnswer>, ExperimentError> {
        let Some(baseline) = self.experiment.baseline.as_ref().filter(|_| evaluation.shots.contains(&0)) else {
            return Ok(None);
        };
        // It has no pre-training to begin with: what an adaptation begins with makes no other baseline.
        let key = evaluation.adapt.as_ref().map(|adaptation| self.asked.learnt_indices(adaptation, &fold.left_out));
        let known = models.supervised.iter().find(|(other, _)| *other == key).map(|(_, model)| model.clone());
        let model = match known {
            Some(model) => model,
            None => {
                let folder = format!("baseline{}", models.supervised.len() + 1);
                let model = self.supervised(baseline, (evaluation.adapt.as_ref(), &fold.left_out), seed, &folder)?;
                models.supervised.push((key, model.clone()));
                model
            }
        };
        self.baseline_answer(&model, evaluation, fold)
    }

    fn adapt(
        &self,
        from: System,
        to: &Adaptation,
        left_out: &LeftOut,
        seed: u64,
        dir: &Path,
    ) -> Result<Adapted, ExperimentError> {
        let classes = self.classes();
        let target = self.asked.target.dataset(&self.asked.adapt_indices(to, left_out), classes)?;
        let source = self.source.filter(|_| to.source_share > 0.0);
        let source =
            source.map(|source| source.dataset(&self.source_indices("train", classes), classes)).transpose()?;
        let mut sources = vec![Source { name: "target", samples: &target, weight: 1.0 - to.source_share }];
        if let Some(source) = &source {
            sources.push(Source { name: "simulation", samples: source, weight: to.source_share });
        }
        let config = TrainConfig { seed, ..self.experiment.adaptation(to.with.as_deref()).clone() };
        let before = self.seen_before(to, left_out);
        let trained = self.train(from, &config, &sources, (None, &before), dir)?;
        Ok(Adapted { model: trained.model, samples: self.asked.learnt_indices(to, left_out).len() })
    }
}

/// The model that grew up on simulation.
fn grown_up(models: &Models) -> Result<System, ExperimentError> {
    models
        .pretrained
        .clone()
        .ok_or_else(|| missing("pretrain", "there is no `source` that a model could have grown up on"))
}
