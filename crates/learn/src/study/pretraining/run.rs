//! Runs a study: for each arm and seed pre-train once, then fine-tune and ask for every task and number of labels.

use super::choose::Chosen;
use super::fault;
use super::folds::{LabelBudget, asked, folds};
use super::judge::{Judgement, judged, mean_pose, mean_size};
use super::pairs::LabelledSet;
use super::results::{Deduplicated, Pretrained, PretrainingResults, TaskAnswer};
use super::sets::{Made, Sets};
use super::spec::{Arm, Head, PretrainingStudy, TaskSpec};
use crate::base::progress::Progress;
use crate::base::yaml::{Document, Problem};
use crate::corpus::{CorpusReader, SampleMaker};
use crate::model::wiswiss::{DetectHead, PoseHead, WiSwiss, WiSwissConfig, WiSwissTask};
use crate::study::dedup::{CorpusDuplicates, DedupConfig, DuplicateList, dedup, report};
use crate::study::experiment::{ExperimentError, Places, RunFolder};
use crate::study::phase::Phase;
use crate::train::{Labels, Samples, ShardSamples, Source, TrainConfig, TrainData, Trained};
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
            if let Some(recipe) = &source.simulated {
                let under = |problems: Vec<Problem>| {
                    let key = format!("{key}.simulated");
                    document.rejected(problems.into_iter().map(|p| p.under(&key)).collect())
                };
                SampleMaker::new(recipe).map_err(under)?;
            }
            let folder = study.place(source);
            if (source.data_set.is_some() || source.pairs.is_some()) && !folder.is_dir() {
                return Err(fault(key, format!("there is no folder {}", folder.display())));
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
            study.tasks.iter().map(|task| asked(task).len()).sum::<usize>() * study.seeds.len()
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
        let mut sets = Sets { corpora, simulated, progress, made: Vec::new() };
        let mut runner = ArmRunner {
            output: &output,
            progress,
            results: PretrainingResults::new(&self.study),
            duplicates: Vec::new(),
            pretrained: BTreeMap::new(),
        };
        for (arm, study) in &self.runs {
            runner.arm(arm, study, &mut sets)?;
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
    pretrained: BTreeMap<String, WiSwiss>,
}

impl ArmRunner<'_> {
    fn arm(&mut self, arm: &Arm, study: &PretrainingStudy, sets: &mut Sets<'_>) -> Result<(), ExperimentError> {
        let view = &study.model.view;
        let tasks: Vec<LabelledSet> =
            study.tasks.iter().map(|task| sets.labelled(study, task, view)).collect::<Result<_, _>>()?;
        let mut corpora = Vec::new();
        if arm.pretrained {
            for source in &study.pretraining {
                corpora.push(sets.source(study, source)?);
            }
        }
        let list = match &study.dedup {
            Some(config) if arm.pretrained => self.deduplicated(&corpora, config)?,
            _ => DuplicateList::default(),
        };
        let first = tasks.first().map(|t| t.set.views().to_vec()).unwrap_or_default();
        let model = study.model.clone().fitted(&first, 0)?;
        for &seed in &study.seeds {
            let base = match arm.pretrained {
                true => self.pretrained(arm, study, (&model, seed), &corpora, &list)?,
                false => WiSwiss::new(&model, seed)?,
            };
            for (task, labelled) in study.tasks.iter().zip(&tasks) {
                for labelling in asked(task) {
                    self.question(arm, &base, (task, labelled), labelling, seed)?;
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
            .filter_map(|one| if let Made::Corpus(corpus) = one { Some(corpus.as_ref().clone()) } else { None });
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
        (model, seed): (&WiSwissConfig, u64),
        made: &[Made],
        list: &DuplicateList,
    ) -> Result<WiSwiss, ExperimentError> {
        let parts = (&study.pretraining, model, &study.pretrain, &study.dedup, seed);
        let key = serde_json::to_string(&parts).map_err(|e| fault("pretrain", e))?;
        if let Some(known) = self.pretrained.get(&key) {
            return Ok(known.clone());
        }
        let mut samples: Vec<Box<dyn Samples + '_>> = Vec::new();
        for (made, source) in made.iter().zip(&study.pretraining) {
            samples.push(match made {
                Made::Corpus(corpus) => {
                    let kept = ShardSamples::new(corpus, |row| !list.leaves_out(corpus.dir(), row.id))?;
                    Box::new(kept.with_links(source.antennas))
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
        let Trained { model, report } =
            Phase { from: WiSwiss::new(model, seed)?, on, train }.run(&dir, self.progress)?;
        self.results.pretraining.push(Pretrained {
            arm: arm.name.clone(),
            seed,
            samples: samples.iter().map(|one| one.len()).collect(),
            steps: report.steps,
            losses: report.losses,
            step_ms: report.step_ms,
            seconds: report.seconds,
        });
        self.pretrained.insert(key, model.clone());
        Ok(model)
    }

    /// All folds of one question.
    fn question(
        &mut self,
        arm: &Arm,
        base: &WiSwiss,
        (task, labelled): (&TaskSpec, &LabelledSet),
        labelling: LabelBudget,
        seed: u64,
    ) -> Result<(), ExperimentError> {
        for (place, (fold, chosen)) in folds(task, labelled, labelling, seed)?.into_iter().enumerate() {
            let since = Instant::now();
            let name = labelling.name().replace([' ', '%'], "");
            let dir = self.output.join(format!("seed{seed}/{}-{}-{name}-{place}", arm.name, task.name));
            let (model, kept_step) = self.tuned(arm, base, (task, labelled), (&chosen, seed), &dir)?;
            let Judgement { score, aligned_m, trivial } = judged(&model, task, labelled, &chosen)?;
            self.results.answers.push(TaskAnswer {
                arm: arm.name.clone(),
                task: task.name.clone(),
                labels: labelling.name(),
                seed,
                left_out: fold,
                learnt: chosen.learn.len(),
                tested: chosen.test.len(),
                kept_step,
                score,
                aligned_m,
                trivial,
                seconds: since.elapsed().as_secs_f64(),
            });
        }
        Ok(())
    }

    fn tuned(
        &self,
        arm: &Arm,
        base: &WiSwiss,
        (task, labelled): (&TaskSpec, &LabelledSet),
        (chosen, seed): (&Chosen, u64),
        dir: &Path,
    ) -> Result<(WiSwiss, u64), ExperimentError> {
        let set = &labelled.set;
        let (learn, validation) = (set.select(&chosen.learn), set.select(&chosen.validation));
        let head = match task.head {
            Head::Classify => WiSwissTask::Classify { classes: set.classes.len() },
            Head::Pose => {
                let mean_m = mean_pose(&learn)?;
                WiSwissTask::Pose(PoseHead { joints: mean_m.len() / 3, mean_m })
            }
            Head::Detect => WiSwissTask::Detect(DetectHead { prior: mean_size(&learn)?, ..DetectHead::default() }),
        };
        let mut train = TrainConfig { seed, ..task.train.clone() };
        if let Some(rate) = task.scratch_learning_rate.filter(|_| !arm.pretrained) {
            train.learning_rate = rate;
        }
        if validation.is_empty() {
            // Nothing could say which weights are best: the last ones are kept.
            (train.early_stopping, train.validate_every) = (None, 0);
        }
        let sources = [Source { name: &task.name, samples: &learn, weight: 1.0 }];
        let held = (!validation.is_empty()).then_some(&validation as &dyn Samples);
        let on =
            TrainData { sources: &sources, labels: Labels::Names(&set.classes), validation: held, seen_before: &[] };
        let trained = Phase { from: base.with_task(head, seed)?, on, train }.run(dir, self.progress)?;
        Ok((trained.model, trained.report.kept_step))
    }
}
