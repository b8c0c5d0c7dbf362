//! Runs a study: for each arm and seed pre-train once, then fine-tune and ask for every task and number of labels.

use super::backbone::BackboneSpec;
use super::curves::{alike, parts_of};
use super::fault;
use super::folds::{LabelBudget, asked, folds};
use super::judge::{Judgement, judged};
use super::pairs::LabelledSet;
use super::results::{Deduplicated, Pretrained, PretrainingResults, TaskAnswer};
use super::sets::{Made, Sets, opened};
use super::spec::{Arm, PretrainingStudy, TaskSpec};
use super::tune::tuned;
use crate::base::progress::Progress;
use crate::base::yaml::{Document, Problem};
use crate::corpus::{CorpusReader, SampleMaker};
use crate::model::interface::ViewInfo;
use crate::model::rfusion::{Modality, set_name};
use crate::model::system::System;
use crate::study::dedup::{CorpusDuplicates, DedupConfig, DuplicateList, dedup, report};
use crate::study::experiment::{ExperimentError, Places, RunFolder};
use crate::study::phase::Phase;
use crate::train::{Labels, Samples, Source, TrainConfig, TrainData, Trained};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A study that is sound.
pub struct PretrainingRun {
    study: PretrainingStudy,
    runs: Vec<(Arm, PretrainingStudy)>,
}

/// A study that is done.
pub struct FinishedPretraining {
    /// All answers.
    pub results: PretrainingResults,
    /// The report.
    pub report: PathBuf,
}

impl PretrainingRun {
    /// Reads a study and makes the changes of its arms; writes nothing.
    ///
    /// # Errors
    /// What is wrong with settings and scenes, and folders of recordings that are not there.
    pub fn new(document: &Document) -> Result<Self, ExperimentError> {
        let (study, runs) = (PretrainingStudy::from_document(document)?, PretrainingStudy::runs(document)?);
        let tasks = study.tasks.iter().enumerate().map(|(i, task)| (format!("tasks.{i}.on"), &task.on));
        let sources = study.pretraining.iter().enumerate().map(|(i, source)| (format!("pretraining.{i}"), source));
        for (key, source) in sources.chain(tasks) {
            for (i, one) in source.with_partners().enumerate() {
                let key = if i == 0 { key.clone() } else { format!("{key}.with.{}", i - 1) };
                if let Some(recipe) = &one.simulated {
                    let under = |problems: Vec<Problem>| {
                        let key = format!("{key}.simulated");
                        document.rejected(problems.into_iter().map(|p| p.under(&key)).collect())
                    };
                    SampleMaker::new(recipe).map_err(under)?;
                }
                let folder = one.place(study.data.as_deref().unwrap_or(Path::new("")));
                if (one.data_set.is_some() || one.pairs.is_some()) && !folder.is_dir() {
                    return Err(fault(key, format!("there is no folder {}", folder.display())));
                }
            }
        }
        Ok(Self { study, runs })
    }

    /// The study.
    pub fn study(&self) -> &PretrainingStudy {
        &self.study
    }

    /// Fine-tunings that a run makes, folds of `leave_one_out` not counted.
    pub fn fine_tunings(&self) -> usize {
        let of = |study: &PretrainingStudy| {
            let models = |task: &TaskSpec| {
                let apart = if task.apart { task.asked_sets(&study.model).len().max(1) } else { 1 };
                asked(task).len() * apart
            };
            study.tasks.iter().map(models).sum::<usize>() * study.seeds.len()
        };
        self.runs.iter().map(|(_, study)| of(study)).sum()
    }

    /// Runs the study, or goes on with it where it was stopped.
    pub fn run(&self, places: &Places, progress: &dyn Progress) -> Result<FinishedPretraining, ExperimentError> {
        let resolved = serde_yaml::to_string(&self.study).map_err(|e| fault("study", e))?;
        let folder = RunFolder::open(places.output.as_deref(), &self.study.name, &resolved)?;
        let output = folder.path().to_owned();
        if folder.goes_on {
            progress.line(&format!("{}: going on with the run that was stopped", output.display()));
        }
        let corpora = output.join("corpora");
        let simulated = places.corpora.clone().unwrap_or_else(|| corpora.clone());
        let data = self.study.data.clone().unwrap_or_default();
        let mut sets = Sets { data, corpora, simulated, progress, made: Vec::new(), unpaired: Vec::new() };
        let mut runner = ArmRunner {
            output: &output,
            progress,
            results: PretrainingResults::new(&self.study),
            duplicates: Vec::new(),
            pretrained: BTreeMap::new(),
        };
        for (arm, study) in &self.runs {
            runner.arm(arm, study, &mut sets)?;
            runner.results.left_alone(&sets.unpaired, &output)?;
            runner.results.write(&output)?;
        }
        let report = folder.report();
        runner.results.report(&resolved, &report)?;
        Ok(FinishedPretraining { results: runner.results, report })
    }
}

struct ArmRunner<'a> {
    output: &'a Path,
    progress: &'a dyn Progress,
    results: PretrainingResults,
    /// What was found, by all that it depends on.
    duplicates: Vec<(String, Vec<CorpusDuplicates>)>,
    /// Models by all that they depend on.
    pretrained: BTreeMap<String, System>,
}

impl ArmRunner<'_> {
    fn arm(&mut self, arm: &Arm, study: &PretrainingStudy, sets: &mut Sets<'_>) -> Result<(), ExperimentError> {
        let mut tasks: Vec<LabelledSet> = Vec::new();
        for task in &study.tasks {
            let views = study.model.views(&task.asked_kinds(&study.model));
            tasks.push(sets.labelled(task, &views)?);
        }
        // A model that learns from scratch has the same shape, also of views that no task shows.
        let shown = |view: &String| tasks.iter().any(|task| task.set.views().iter().any(|info| info.name == *view));
        let lacks = !study.model.views(&Modality::ALL).iter().all(shown);
        let mut corpora = Vec::new();
        if arm.pretrained || lacks {
            for source in &study.pretraining {
                corpora.push(sets.source(source)?);
            }
        }
        let list = match &study.dedup {
            Some(config) if arm.pretrained => self.deduplicated(&corpora, config)?,
            _ => DuplicateList::default(),
        };
        let mut views: Vec<ViewInfo> = tasks.iter().flat_map(|task| task.set.views().to_vec()).collect();
        for (made, source) in corpora.iter().zip(&study.pretraining) {
            if let Made::Corpora(corpora) = made {
                let samples = opened(source, corpora, |_, _| true)?;
                sets.note(&samples.unpaired);
                views.extend(samples.views().iter().cloned());
            }
        }
        let model = study.model.clone().fitted(&views)?;
        for &seed in &study.seeds {
            let base = match arm.pretrained {
                true => self.pretrained(arm, study, (&model, seed), &corpora, &list)?,
                false => model.init(seed)?,
            };
            for (task, labelled) in study.tasks.iter().zip(&tasks) {
                let all = task.asked_sets(&model);
                // One model for all sets, or one for each; a model that knows no kinds is asked once.
                let groups: Vec<Vec<Vec<Modality>>> = match task.apart {
                    true => all.into_iter().map(|set| vec![set]).collect(),
                    false => vec![all],
                };
                for labelling in asked(task) {
                    for kinds in &groups {
                        self.question(arm, &base, (task, labelled, kinds), labelling, seed)?;
                    }
                }
            }
            self.results.write(self.output)?;
        }
        Ok(())
    }

    /// What pre-training leaves out, with the report of what was found.
    fn deduplicated(&mut self, made: &[Made], config: &DedupConfig) -> Result<DuplicateList, ExperimentError> {
        let corpora = made
            .iter()
            .filter_map(|one| if let Made::Corpora(corpora) = one { corpora.first().cloned() } else { None });
        let corpora: Vec<CorpusReader> = corpora.collect();
        let corpora = &corpora[..];
        if corpora.is_empty() {
            return Ok(DuplicateList::default());
        }
        let names: Vec<&Path> = corpora.iter().map(CorpusReader::dir).collect();
        let key = serde_json::to_string(&(config, names)).map_err(|e| fault("dedup", e))?;
        let place = match self.duplicates.iter().position(|(other, _)| *other == key) {
            Some(place) => place,
            None => {
                let number = self.duplicates.len();
                let failed = |e| fault("dedup", e);
                let work = self.output.join(format!("dedup{number}"));
                let found = dedup(corpora, config, &work, self.progress).map_err(failed)?;
                let list = self.output.join(format!("duplicates{number}.csv"));
                DuplicateList::write(&list, found.iter().flat_map(|one| &one.removed)).map_err(failed)?;
                report(corpora, &found, config, &list.with_extension("html")).map_err(failed)?;
                self.results.deduplicated.extend(found.iter().map(Deduplicated::of));
                self.duplicates.push((key, found));
                number
            }
        };
        Ok(DuplicateList::of(self.duplicates[place].1.iter().flat_map(|one| &one.removed)))
    }

    fn pretrained(
        &mut self,
        arm: &Arm,
        study: &PretrainingStudy,
        (model, seed): (&BackboneSpec, u64),
        made: &[Made],
        list: &DuplicateList,
    ) -> Result<System, ExperimentError> {
        let parts = (&study.pretraining, model, &study.pretrain, &study.dedup, seed);
        let key = serde_json::to_string(&parts).map_err(|e| fault("pretrain", e))?;
        if let Some(known) = self.pretrained.get(&key) {
            return Ok(known.clone());
        }
        let mut samples: Vec<Box<dyn Samples + '_>> = Vec::new();
        for (made, source) in made.iter().zip(&study.pretraining) {
            samples.push(match made {
                Made::Corpora(corpora) => {
                    Box::new(opened(source, corpora, |corpus, row| !list.leaves_out(corpus.dir(), row.id))?)
                }
                Made::Memory(labelled) => Box::new(labelled.set.clone()),
            });
        }
        let sources: Vec<Source<'_>> = samples
            .iter()
            .zip(&study.pretraining)
            .map(|(samples, source)| Source {
                name: &source.name,
                samples: samples.as_ref(),
                weight: source.weight.unwrap_or(samples.len() as f64),
            })
            .collect();
        let none: [String; 0] = [];
        let on = TrainData { sources: &sources, labels: Labels::Names(&none), validation: None, seen_before: &[] };
        let train = TrainConfig { seed, ..study.pretrain.clone() };
        let dir = self.output.join(format!("seed{seed}/{}-pretraining", arm.name));
        let fresh = model.init(seed)?;
        let before = alike(&fresh, &sources)?;
        let Trained { model, report } = Phase { from: fresh, on, train }.run(&dir, self.progress)?;
        let alignment = before.zip(alike(&model, &sources)?);
        self.results.pretraining.push(Pretrained {
            arm: arm.name.clone(),
            seed,
            samples: samples.iter().map(|one| one.len()).collect(),
            steps: report.steps,
            losses: report.losses,
            parts: parts_of(&dir)?,
            alignment: alignment.map(|(before, after)| [before, after]),
            step_ms: report.step_ms,
            seconds: report.seconds,
        });
        self.pretrained.insert(key, model.clone());
        Ok(model)
    }

    /// All folds of one question, by each of some sets of kinds.
    fn question(
        &mut self,
        arm: &Arm,
        base: &System,
        (task, labelled, kinds): (&TaskSpec, &LabelledSet, &[Vec<Modality>]),
        labelling: LabelBudget,
        seed: u64,
    ) -> Result<(), ExperimentError> {
        for (place, (fold, chosen)) in folds(task, labelled, labelling, seed)?.into_iter().enumerate() {
            let since = Instant::now();
            let mut name = labelling.name().replace([' ', '%'], "");
            if let ([alone], true) = (kinds, task.apart) {
                name += &format!("-{}", set_name(alone).replace(" + ", "_"));
            }
            let dir = self.output.join(format!("seed{seed}/{}-{}-{name}-{place}", arm.name, task.name));
            let (model, kept_step) = tuned(arm, base, (task, labelled, kinds), (&chosen, seed), (&dir, self.progress))?;
            let mut add = |set: Option<&[Modality]>| -> Result<(), ExperimentError> {
                let Judgement { score, aligned_m, trivial } = judged(&model, (task, labelled), &chosen, set)?;
                self.results.answers.push(TaskAnswer {
                    arm: arm.name.clone(),
                    task: task.name.clone(),
                    labels: labelling.name(),
                    kinds: set.map(set_name),
                    seed,
                    left_out: fold.clone(),
                    learnt: chosen.learn.len(),
                    tested: chosen.test.len(),
                    kept_step,
                    score,
                    aligned_m,
                    trivial,
                    seconds: since.elapsed().as_secs_f64(),
                });
                Ok(())
            };
            match kinds {
                [] => add(None)?,
                kinds => kinds.iter().try_for_each(|set| add(Some(set.as_slice())))?,
            }
        }
        Ok(())
    }
}
