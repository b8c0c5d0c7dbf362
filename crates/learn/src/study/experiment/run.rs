//! Runs an experiment: for each seed pre-train, adapt once for each different adaptation, and answer every question.

use super::asked::Asked;
use super::error::ExperimentError;
use super::fold::{Fold, LeftOut, folds};
use super::prompts::Wordings;
use super::results::{EvaluationResult, Pretraining, Results};
use super::runner::{Pools, Runner};
use super::spec::Experiment;
use super::spec::{Adaptation, Evaluation, Start, TestedOn};
use super::supervised::Supervised;
use super::tally::{BaselineAnswer, FoldAnswer};
use crate::base::progress::Progress;
use crate::model::mmclip::MmClip;
use crate::text::SentenceEncoder;
use crate::train::{Samples, Source, TrainConfig, Trained};
use std::collections::BTreeMap;
use std::path::Path;

/// A model after an adaptation, and how many samples it saw.
#[derive(Clone)]
struct Adapted {
    model: MmClip,
    samples: usize,
}

/// The models of one seed.
struct Models {
    pretrained: MmClip,
    adapted: Vec<((Adaptation, LeftOut), Adapted)>,
    supervised: Vec<((Option<Adaptation>, LeftOut), Supervised)>,
}

/// Models that grew up on simulation, by all that they depend on: variants that differ in what follows share them.
#[derive(Default)]
pub struct PretrainedModels(BTreeMap<String, (MmClip, Pretraining)>);

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
    let wordings = Wordings::new(encoder, &asked.classes, &seen)?;
    let runner = Runner { experiment, source: pools.source, asked, wordings, progress, dir };
    runner.check_samples()?;
    let mut pretraining = Vec::new();
    // answers[evaluation, recordings, shots] → for each seed one list of folds.
    let mut answers: BTreeMap<(usize, TestedOn, usize), Vec<Vec<FoldAnswer>>> = BTreeMap::new();
    let parameters = MmClip::new(&experiment.model, 0)?.parameter_counts();
    for (place, &seed) in experiment.seeds.iter().enumerate() {
        let key = experiment.pretraining_key(seed)?;
        if !known.0.contains_key(&key) {
            known.0.insert(key.clone(), runner.pretrain(seed)?);
        }
        let (pretrained, line) = known.0[&key].clone();
        pretraining.push(line);
        let mut models = Models { pretrained, adapted: Vec::new(), supervised: Vec::new() };
        for (i, evaluation) in experiment.evaluations.iter().enumerate() {
            for fold in folds(evaluation, pools.target, pools.further) {
                let Adapted { model, samples } = runner.model_for(&mut models, evaluation, &fold, seed)?;
                let baseline = runner.baseline_for(&mut models, evaluation, &fold, seed)?;
                for (shots, mut answer) in runner.answer(&model, evaluation, &fold, samples, seed)? {
                    answer.baseline = baseline.clone().filter(|_| shots == 0);
                    let seeds = answers.entry((i, fold.tested_on, shots)).or_default();
                    seeds.resize_with(place + 1, Vec::new);
                    seeds[place].push(answer);
                }
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
        seeds: experiment.seeds.clone(),
        source_samples: runner.source_indices("train", &runner.wordings.prompts.classes).len(),
        target_samples: pools.target.items.len(),
        test_data_samples: pools.further.map_or(0, |pool| pool.items.len()),
        parameters,
        pretraining,
        evaluations,
    })
}

impl Runner<'_> {
    fn held_out(&self, evaluation: &Evaluation) -> Vec<String> {
        let held = |class: &&String| match &evaluation.adapt {
            None => self.experiment.unseen.contains(class),
            Some(adaptation) => adaptation.hold_out.contains(class) || self.experiment.unseen.contains(class),
        };
        evaluation.classes.iter().filter(held).cloned().collect()
    }

    fn pretrain(&self, seed: u64) -> Result<(MmClip, Pretraining), ExperimentError> {
        let classes = &self.wordings.prompts.classes;
        let source = self.source;
        let train_set = source.dataset(&self.source_indices("train", classes), classes)?;
        let validation = source.dataset(&self.source_indices("validation", classes), classes)?;
        let model = MmClip::new(&self.experiment.model, seed)?;
        let config = TrainConfig { seed, ..self.experiment.pretrain.clone() };
        let dir = self.dir.join(format!("seed{seed}/pretrain"));
        let held_back = (!validation.is_empty()).then_some(&validation as &dyn Samples);
        let sources = [Source { name: "simulation", samples: &train_set, weight: 1.0 }];
        let Trained { model, report } = self.train(model, &config, &sources, held_back, &dir)?;
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

    /// The model that a fold is asked of; models of the seed are made when they are first wanted.
    fn model_for(
        &self,
        models: &mut Models,
        evaluation: &Evaluation,
        fold: &Fold,
        seed: u64,
    ) -> Result<Adapted, ExperimentError> {
        let Some(adaptation) = &evaluation.adapt else {
            return Ok(Adapted { model: models.pretrained.clone(), samples: 0 });
        };
        let key = (adaptation.clone(), fold.left_out.clone());
        if let Some((_, adapted)) = models.adapted.iter().find(|(other, _)| *other == key) {
            return Ok(adapted.clone());
        }
        let dir = self.dir.join(format!("seed{seed}/adapt{}", models.adapted.len() + 1));
        let adapted = self.adapt(&models.pretrained, adaptation, &fold.left_out, seed, &dir)?;
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
        let sees = evaluation.adapt.as_ref().map(|a| Adaptation {
            on: a.on.clone(),
            hold_out: a.hold_out.clone(),
            ..Adaptation::default()
        });
        let key = (sees, fold.left_out.clone());
        let known = models.supervised.iter().find(|(other, _)| *other == key).map(|(_, model)| model.clone());
        let model = match known {
            Some(model) => model,
            None => {
                let folder = format!("baseline{}", models.supervised.len() + 1);
                let model = self.supervised(baseline, (key.0.as_ref(), &key.1), seed, &folder)?;
                models.supervised.push((key, model.clone()));
                model
            }
        };
        self.baseline_answer(&model, evaluation, fold)
    }

    fn adapt(
        &self,
        pretrained: &MmClip,
        to: &Adaptation,
        left_out: &LeftOut,
        seed: u64,
        dir: &Path,
    ) -> Result<Adapted, ExperimentError> {
        let classes = &self.wordings.prompts.classes;
        let indices = self.asked.adapt_indices(to, left_out);
        let target = self.asked.target.dataset(&indices, classes)?;
        let source = self.source.dataset(&self.source_indices("train", classes), classes)?;
        let mut sources = vec![Source { name: "target", samples: &target, weight: 1.0 - to.source_share }];
        if to.source_share > 0.0 {
            sources.push(Source { name: "simulation", samples: &source, weight: to.source_share });
        }
        let model = match to.start {
            Start::Pretrained => pretrained.clone(),
            Start::Scratch => MmClip::new(&self.experiment.model, seed)?,
        };
        let config = TrainConfig { seed, ..self.experiment.adaptation(to.with.as_deref()).clone() };
        let trained = self.train(model, &config, &sources, None, dir)?;
        Ok(Adapted { model: trained.model, samples: indices.len() })
    }
}
