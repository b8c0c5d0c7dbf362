//! `kinecho run`: a whole experiment, from motion to report.

use super::input::{Changes, output_folder};
use super::report::{Material, heading, write_report};
use super::{Global, print_line};
use crate::base::atomic_file;
use crate::base::progress::Progress;
use crate::base::yaml::Document;
use crate::corpus::{CorpusReader, ImportConfig, Recipe, build, import_points};
use crate::recording::{Recording, mars, radhar};
use crate::train::experiment::{self, Experiment, Pool, Pools, PretrainedModels, Results, Variant};
use crate::train::job::BUILTIN_ENCODER;
use anyhow::{Context, anyhow};
use clap::Args;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// Arguments of `kinecho run`.
#[derive(Args)]
pub(super) struct RunArgs {
    /// The experiment.
    experiment: PathBuf,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    changes: Changes,
}

/// Where a run writes, and whether it does.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Options {
    /// Folder of the run; new or empty. By default a new one under `runs/`.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Folder of the simulated corpora: those that are there already are used, those that are missing are built. By default
    /// within the run's folder.
    #[arg(long, value_name = "DIR")]
    corpora: Option<PathBuf>,
    /// Check everything and say what would be done.
    #[arg(long)]
    dry_run: bool,
}

/// Runs an experiment from a file.
pub(super) fn run(args: &RunArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let document = args.changes.read(&args.experiment, "seeds")?;
    run_document(&document, &args.options, global)
}

/// Runs an experiment.
pub(super) fn run_document(document: &Document, options: &Options, global: &Global) -> anyhow::Result<ExitCode> {
    let since = Instant::now();
    let experiment = Experiment::from_document(document)?;
    let runs = Experiment::runs(document)?;
    // Recordings are read before anything is written: a wrong folder is found at once.
    let recorded = Recorded::read(&experiment)?;
    check_questions(&runs, recorded.clone())?;
    if options.dry_run {
        return dry_run(&experiment, &runs, &recorded, global);
    }
    let progress = global.progress();
    let output = output_folder(options.output.as_deref(), &experiment.name)?;
    let resolved = serde_yaml::to_string(&experiment).context("cannot write the experiment as YAML")?;
    atomic_file::write(&output.join("experiment.yaml"), resolved.as_bytes())?;
    let simulated = options.corpora.clone().unwrap_or_else(|| output.join("corpora"));
    let mut corpora =
        Corpora { simulated, imported: output.join("corpora"), recorded, progress: &progress, made: vec![] };
    let encoder = experiment::builtin_encoder()?;
    let mut all: Option<(Results, Sides)> = None;
    let mut known = PretrainedModels::default();
    for (variant, experiment) in &runs {
        let name = variant.as_ref().map(|v| v.name.as_str());
        let sides = corpora.sides(experiment, name)?;
        let (source, target) = (pool(&sides.source, experiment)?, pool(&sides.target, experiment)?);
        let further = sides.further.as_ref().map(|corpus| pool(corpus, experiment)).transpose()?;
        let pools = Pools { source: &source, target: &target, further: further.as_ref() };
        let dir = name.map_or_else(|| output.clone(), |name| output.join(name));
        let encoder = (&encoder as _, BUILTIN_ENCODER);
        let results = experiment::run(experiment, pools, encoder, &dir, &progress, &mut known)?;
        let results = results.of_variant(name);
        let (so_far, _) = all.get_or_insert_with(|| (results.without_answers(), sides));
        so_far.append(results);
        // A long sweep that is stopped leaves what it has.
        so_far.write(&output)?;
    }
    let (results, sides) = all.ok_or_else(|| anyhow!("the experiment has no run"))?;
    let material = Material {
        experiment: &experiment,
        resolved: &resolved,
        results: &results,
        source: &sides.source,
        target: &sides.target,
        seconds: since.elapsed().as_secs_f64(),
    };
    let report = output.join("report.html");
    write_report(&material, &report)?;
    summarise(&material, &report, global)?;
    Ok(ExitCode::SUCCESS)
}

/// The samples of a corpus with the maps that the model looks at, which may be some of them.
fn pool(corpus: &CorpusReader, experiment: &Experiment) -> anyhow::Result<Pool> {
    Ok(Pool::read(corpus)?.keep(&experiment.model.maps))
}

/// The recordings of an experiment, as read.
#[derive(Clone)]
struct Recorded {
    data: Option<Vec<Recording>>,
    further: Option<Vec<Recording>>,
}

impl Recorded {
    fn read(experiment: &Experiment) -> anyhow::Result<Self> {
        let read = |kind: Option<(&str, &ImportConfig)>, dir: &Option<PathBuf>| match (kind, dir) {
            (Some(("mars", _)), Some(dir)) => Ok::<_, anyhow::Error>(Some(mars::read_folder(dir)?)),
            (Some(_), Some(dir)) => Ok(Some(radhar::read_folder(dir)?)),
            _ => Ok(None),
        };
        let data = read(experiment.target.recorded(), &experiment.data)?;
        Ok(Self { data, further: read(experiment.further(), &experiment.test_data)? })
    }
}

/// The corpora that one run looks at.
#[derive(Clone)]
struct Sides {
    source: CorpusReader,
    target: CorpusReader,
    further: Option<CorpusReader>,
}

/// Makes corpora, each once however many runs want it.
struct Corpora<'a> {
    simulated: PathBuf,
    imported: PathBuf,
    recorded: Recorded,
    progress: &'a dyn Progress,
    /// What was made of which settings.
    made: Vec<(String, CorpusReader)>,
}

impl Corpora<'_> {
    fn sides(&mut self, experiment: &Experiment, variant: Option<&str>) -> anyhow::Result<Sides> {
        // Recordings first: what is wrong with them shows before anything is simulated.
        let (target, further) = self.recordings(experiment, variant)?;
        let target = match (target, &experiment.target.simulated) {
            (Some(target), _) => target,
            (None, Some(recipe)) => self.built(recipe, "target", variant)?,
            (None, None) => return Err(anyhow!("the experiment has no target")),
        };
        let source = self.built(&experiment.source, "source", variant)?;
        Ok(Sides { source, target, further })
    }

    /// The recordings to adapt to and further ones as corpora.
    fn recordings(
        &mut self,
        experiment: &Experiment,
        variant: Option<&str>,
    ) -> anyhow::Result<(Option<CorpusReader>, Option<CorpusReader>)> {
        let mut import = |recorded, side| match recorded {
            Some(recorded) => self.imported(recorded, side, variant),
            None => Ok(None),
        };
        let further = import(experiment.further(), "test")?;
        Ok((import(experiment.target.recorded(), "target")?, further))
    }

    fn built(&mut self, recipe: &Recipe, side: &str, variant: Option<&str>) -> anyhow::Result<CorpusReader> {
        let key = format!("{side} {}", serde_json::to_string(recipe)?);
        let dir = self.folder(&self.simulated, side, variant);
        let progress = self.progress;
        self.once(key, || Ok(build(recipe, &dir, progress)?))
    }

    /// The recordings of a side as a corpus; none where there are none.
    fn imported(
        &mut self,
        (data_set, config): (&str, &ImportConfig),
        side: &str,
        variant: Option<&str>,
    ) -> anyhow::Result<Option<CorpusReader>> {
        let recordings = if side == "test" { self.recorded.further.clone() } else { self.recorded.data.clone() };
        let Some(recordings) = recordings else { return Ok(None) };
        let key = format!("{side} {}", serde_json::to_string(config)?);
        let dir = self.folder(&self.imported, side, variant);
        let progress = self.progress;
        self.once(key, || Ok(import_points(&recordings, data_set, config, &dir, progress)?)).map(Some)
    }

    /// The first run gives its corpora plain names; others carry the name of the run that wants them.
    fn folder(&self, root: &Path, side: &str, variant: Option<&str>) -> PathBuf {
        let first = !self.made.iter().any(|(key, _)| key.starts_with(&format!("{side} ")));
        match variant.filter(|_| !first) {
            Some(variant) => root.join(format!("{side}-{variant}")),
            None => root.join(side),
        }
    }

    fn once(
        &mut self,
        key: String,
        make: impl FnOnce() -> anyhow::Result<CorpusReader>,
    ) -> anyhow::Result<CorpusReader> {
        if let Some((_, corpus)) = self.made.iter().find(|(other, _)| *other == key) {
            return Ok(corpus.clone());
        }
        let corpus = make()?;
        self.made.push((key, corpus.clone()));
        Ok(corpus)
    }
}

fn summarise(material: &Material<'_>, report: &Path, global: &Global) -> anyhow::Result<()> {
    let results = material.results;
    if global.json {
        return print_line(&serde_json::to_string_pretty(&json!({"report": report, "results": results}))?);
    }
    for e in &results.evaluations {
        let shots = if e.shots == 0 { "by text".into() } else { format!("{}-shot", e.shots) };
        let mean = 100.0 * e.accuracy;
        // One seed has no spread.
        let spread = match e.accuracy_by_seed.len() {
            1 => "one seed".into(),
            _ => format!("± {:4.1}", 100.0 * e.accuracy_sd),
        };
        let recordings = e.recording_accuracy.map(|share| format!("; by recording {:.1} %", 100.0 * share));
        let held_out = e.held_out_note().map(|note| format!("; {note}"));
        let notes = [recordings, held_out].into_iter().flatten().collect::<String>();
        let title = heading(material.experiment, e);
        let chance = 100.0 * e.chance;
        print_line(&format!("{title:<62} {shots:>8}  {mean:5.1} % {spread}  (chance {chance:.0} %{notes})"))?;
    }
    print_line(&format!("report: {}", report.display()))
}

fn dry_run(
    experiment: &Experiment,
    runs: &[(Option<Variant>, Experiment)],
    recorded: &Recorded,
    global: &Global,
) -> anyhow::Result<ExitCode> {
    let mut models = BTreeMap::new();
    let mut targets = BTreeMap::new();
    for (_, run) in runs {
        for &seed in &run.seeds {
            models.insert(run.pretraining_key(seed)?, run.pretrain.steps);
        }
        if let Some(recipe) = &run.target.simulated {
            targets.insert(serde_json::to_string(recipe)?, recipe.samples());
        }
    }
    let plan = json!({
        "experiment": experiment.name,
        "variants": experiment.variants.iter().map(|v| &v.name).collect::<Vec<_>>(),
        "seeds": experiment.seeds,
        "source_samples": experiment.source.samples(),
        "simulated_targets": targets.len(),
        "target_samples": targets.values().sum::<u64>(),
        "data": experiment.data,
        "recordings": recorded.data.as_ref().map(Vec::len),
        "test_data": experiment.test_data,
        "test_recordings": recorded.further.as_ref().map(Vec::len),
        "pretrained_models": models.len(),
        "pretraining_steps": models.values().sum::<u64>(),
        "evaluations": experiment.evaluations.iter().map(|e| &e.name).collect::<Vec<_>>(),
    });
    if global.json {
        print_line(&serde_json::to_string_pretty(&plan)?)?;
    } else if let Some(map) = plan.as_object() {
        map.iter().try_for_each(|(key, value)| print_line(&format!("{key:<18} {value}")))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Puts what a recipe will simulate into `planned`, each once: captured motions are looked through for it. Gives its key.
fn plan(planned: &mut BTreeMap<String, Pool>, recipe: &Recipe, maps: &[String]) -> anyhow::Result<String> {
    let key = serde_json::to_string(&(recipe, maps))?;
    if !planned.contains_key(&key) {
        let pool = Pool::planned(recipe).map_err(|problems| {
            let problems: Vec<String> = problems.iter().map(|p| format!("{}: {}", p.key, p.message)).collect();
            anyhow!("{}", problems.join("\n"))
        })?;
        planned.insert(key.clone(), pool.keep(maps));
    }
    Ok(key)
}

/// Holds the recordings, and what would be simulated, against the questions of every run. Nothing of it is kept: a run imports
/// recordings once more, which takes seconds, so that it has written nothing when a question cannot be asked.
fn check_questions(runs: &[(Option<Variant>, Experiment)], recorded: Recorded) -> anyhow::Result<()> {
    let scratch = std::env::temp_dir().join(format!("kinecho-check-{}", std::process::id()));
    let mut corpora = Corpora {
        simulated: scratch.clone(),
        imported: scratch.clone(),
        recorded,
        progress: &crate::base::progress::Silent,
        made: vec![],
    };
    let mut planned = BTreeMap::new();
    let checked = runs.iter().try_for_each(|(variant, experiment)| {
        let (target, further) = corpora.recordings(experiment, variant.as_ref().map(|v| v.name.as_str()))?;
        let maps = &experiment.model.maps;
        let recorded = target.map(|target| pool(&target, experiment)).transpose()?;
        let mut key = |recipe: &Recipe| plan(&mut planned, recipe, maps);
        let source = key(&experiment.source)?;
        let simulated = experiment.target.simulated.as_ref().map(key).transpose()?;
        let further = further.as_ref().map(|corpus| pool(corpus, experiment)).transpose()?;
        let simulated = simulated.and_then(|key| planned.get(&key));
        match (recorded.as_ref().or(simulated), planned.get(&source)) {
            (Some(target), Some(source)) => {
                Ok(experiment::check_questions(experiment, source, target, further.as_ref())?)
            }
            _ => Ok(()),
        }
    });
    // It may never have been made.
    let _ = std::fs::remove_dir_all(&scratch);
    checked
}
