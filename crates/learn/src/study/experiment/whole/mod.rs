//! An experiment from its document to its report: what `kinecho run` does.

mod corpora;
mod folder;
mod report;

pub use report::heading;

use crate::base::progress::Progress;
use crate::base::yaml::Document;
use crate::corpus::{CorpusReader, Recipe};
use crate::study::experiment::builtin_encoder;
use crate::study::experiment::error::{ExperimentError, missing};
use crate::study::experiment::pool::Pool;
use crate::study::experiment::results::Results;
use crate::study::experiment::run::{PretrainedModels, run};
use crate::study::experiment::runner::Pools;
use crate::study::experiment::spec::{Experiment, Variant};
use crate::study::job::BUILTIN_ENCODER;
use corpora::{Corpora, Recordings, Sides, check_questions, pool};
pub(in crate::study) use folder::RunFolder;
use report::{Material, write_report};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// An experiment that is sound: its recordings are read and hold what its questions need.
pub struct Study {
    experiment: Experiment,
    runs: Vec<(Option<Variant>, Experiment)>,
    recorded: Recordings,
}

/// What a run would do.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// Name of the experiment.
    pub experiment: String,
    /// Its variants.
    pub variants: Vec<String>,
    /// Seeds of training.
    pub seeds: Vec<u64>,
    /// Samples of the simulated corpus.
    pub source_samples: u64,
    /// Targets that would be simulated.
    pub simulated_targets: usize,
    /// Samples of these.
    pub target_samples: u64,
    /// Folder of the recordings.
    pub data: Option<PathBuf>,
    /// How many there are.
    pub recordings: Option<usize>,
    /// Folder of further recordings.
    pub test_data: Option<PathBuf>,
    /// How many there are.
    pub test_recordings: Option<usize>,
    /// Models that would be pre-trained.
    pub pretrained_models: usize,
    /// Steps of all of them.
    pub pretraining_steps: u64,
    /// Names of the questions.
    pub evaluations: Vec<String>,
}

/// Where a study writes.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Folder of the run: new, empty, or that of the same run which was stopped. None: such a one under `runs/`.
    pub output: Option<PathBuf>,
    /// Folder of the simulated corpora: those that are there are used, those that are missing are built. None: within the run's folder.
    pub corpora: Option<PathBuf>,
}

/// A study that is done.
pub struct Finished {
    /// All answers.
    pub results: Results,
    /// The report.
    pub report: PathBuf,
}

impl Study {
    /// Reads the recordings and holds them, and what would be simulated, against the questions; writes nothing.
    pub fn new(document: &Document) -> Result<Self, ExperimentError> {
        let experiment = Experiment::from_document(document)?;
        let runs = Experiment::runs(document)?;
        let recorded = Recordings::read(&experiment)?;
        check_questions(&runs, &recorded)?;
        Ok(Self { experiment, runs, recorded })
    }

    /// The experiment.
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// What a run would do.
    pub fn plan(&self) -> Result<Plan, ExperimentError> {
        let experiment = &self.experiment;
        let (mut models, mut targets) = (BTreeMap::new(), BTreeMap::new());
        for (_, run) in &self.runs {
            for &seed in &run.seeds {
                if let (Some(key), Some(pretrain)) = (run.pretraining_key(seed)?, &run.pretrain) {
                    models.insert(key, pretrain.steps);
                }
            }
            if let Some(recipe) = &run.target.simulated {
                let key = serde_json::to_string(recipe).map_err(|e| missing("target", e.to_string()))?;
                targets.insert(key, recipe.samples());
            }
        }
        Ok(Plan {
            experiment: experiment.name.clone(),
            variants: experiment.variants.iter().map(|v| v.name.clone()).collect(),
            seeds: experiment.seeds.clone(),
            source_samples: experiment.source.as_ref().map_or(0, Recipe::samples),
            simulated_targets: targets.len(),
            target_samples: targets.values().sum(),
            data: experiment.data.clone(),
            recordings: self.recorded.data.as_ref().map(Vec::len),
            test_data: experiment.test_data.clone(),
            test_recordings: self.recorded.further.as_ref().map(Vec::len),
            pretrained_models: models.len(),
            pretraining_steps: models.values().sum(),
            evaluations: experiment.evaluations.iter().map(|e| e.name.clone()).collect(),
        })
    }

    /// Runs the study, or goes on with it where it was stopped: corpora, training and finished phases are taken up, and the answers
    /// are those of a run that nobody disturbed.
    pub fn run(&self, places: &Places, progress: &dyn Progress) -> Result<Finished, ExperimentError> {
        let since = Instant::now();
        let experiment = &self.experiment;
        let resolved = serde_yaml::to_string(experiment).map_err(|e| missing("experiment", e.to_string()))?;
        let folder = RunFolder::open(places.output.as_deref(), &experiment.name, &resolved)?;
        let output = folder.path();
        if folder.goes_on {
            progress.line(&format!("{}: going on with the run that was stopped", output.display()));
        }
        let (results, sides) = self.answers(output, places.corpora.as_deref(), progress)?;
        let material = Material {
            experiment,
            resolved: &resolved,
            results: &results,
            source: sides.source.as_ref(),
            target: &sides.target,
            seconds: since.elapsed().as_secs_f64(),
        };
        let report = folder.report();
        write_report(&material, &report)?;
        Ok(Finished { results, report })
    }

    fn answers(
        &self,
        output: &Path,
        corpora: Option<&Path>,
        progress: &dyn Progress,
    ) -> Result<(Results, Sides), ExperimentError> {
        let imported = output.join("corpora");
        let simulated = corpora.map_or_else(|| imported.clone(), Path::to_owned);
        let mut corpora = Corpora::new(simulated, imported, &self.recorded, progress);
        let encoder = builtin_encoder()?;
        let mut all: Option<(Results, Sides)> = None;
        let mut known = PretrainedModels::default();
        for (variant, experiment) in &self.runs {
            let name = variant.as_ref().map(|v| v.name.as_str());
            let sides = corpora.sides(experiment, name)?;
            let of_model =
                |corpus: &Option<CorpusReader>| corpus.as_ref().map(|corpus| pool(corpus, experiment)).transpose();
            let target = pool(&sides.target, experiment)?;
            let (source, further) = (of_model(&sides.source)?, of_model(&sides.further)?);
            let whole = |corpus: &Option<CorpusReader>| {
                corpus.as_ref().map(|corpus| Pool::read(corpus, &[], false)).transpose()
            };
            let (target_static, further_static) = (whole(&sides.target_static)?, whole(&sides.further_static)?);
            let pools = Pools {
                source: source.as_ref(),
                target: &target,
                further: further.as_ref(),
                target_static: target_static.as_ref(),
                further_static: further_static.as_ref(),
            };
            let dir = name.map_or_else(|| output.to_owned(), |name| output.join(name));
            let results = run(experiment, pools, (&encoder, BUILTIN_ENCODER), &dir, progress, &mut known)?;
            let results = results.of_variant(name);
            let (so_far, _) = all.get_or_insert_with(|| (results.without_answers(), sides));
            so_far.append(results);
            // A long sweep that is stopped leaves what it has.
            so_far.write(output)?;
        }
        all.ok_or_else(|| missing("experiment", "it has no run"))
    }
}
