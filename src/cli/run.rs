//! `kinecho run`: a whole experiment, from motion to report.

use super::input::{Changes, output_folder};
use super::report::{Material, write_report};
use super::{Global, print_line};
use crate::base::atomic_file;
use crate::base::progress::Progress;
use crate::base::yaml::Document;
use crate::corpus::{CorpusReader, build, import_points};
use crate::recording::radhar;
use crate::train::experiment::{self, Experiment, Pool, Results};
use crate::train::job::BUILTIN_ENCODER;
use anyhow::{Context, anyhow};
use clap::Args;
use serde_json::json;
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
    let document = args.changes.read(&args.experiment, "seeds.0")?;
    run_document(&document, &args.options, global)
}

/// Runs an experiment.
pub(super) fn run_document(document: &Document, options: &Options, global: &Global) -> anyhow::Result<ExitCode> {
    let since = Instant::now();
    let experiment = Experiment::from_document(document)?;
    if options.dry_run {
        return dry_run(&experiment, global);
    }
    let progress = global.progress();
    // Recordings are read before anything is written: a wrong folder is found at once.
    let recordings = match (&experiment.target.radhar, &experiment.data) {
        (Some(_), Some(dir)) => Some(radhar::read_folder(dir)?),
        _ => None,
    };
    let output = output_folder(options.output.as_deref(), &experiment.name)?;
    let resolved = serde_yaml::to_string(&experiment).context("cannot write the experiment as YAML")?;
    atomic_file::write(&output.join("experiment.yaml"), resolved.as_bytes())?;
    let corpora = options.corpora.clone().unwrap_or_else(|| output.join("corpora"));
    let source = build(&experiment.source, &corpora.join("source"), &progress)?;
    let target = match (&recordings, &experiment.target.radhar, &experiment.target.simulated) {
        (Some(recordings), Some(config), _) => {
            import_points(recordings, "radhar", config, &output.join("corpora/target"), &progress)?
        }
        (_, _, Some(recipe)) => build(recipe, &corpora.join("target"), &progress)?,
        _ => return Err(anyhow!("the experiment has no target")),
    };
    let results = train_and_ask(&experiment, &source, &target, &output, &progress)?;
    let material = Material {
        experiment: &experiment,
        resolved: &resolved,
        results: &results,
        source: &source,
        target: &target,
        seconds: since.elapsed().as_secs_f64(),
    };
    let report = output.join("report.html");
    write_report(&material, &report)?;
    summarise(&results, &report, global)?;
    Ok(ExitCode::SUCCESS)
}

fn train_and_ask(
    experiment: &Experiment,
    source: &CorpusReader,
    target: &CorpusReader,
    output: &Path,
    progress: &dyn Progress,
) -> anyhow::Result<Results> {
    let encoder = experiment::builtin_encoder()?;
    let (source, target) = (Pool::read(source)?, Pool::read(target)?);
    Ok(experiment::run(experiment, &source, &target, (&encoder, BUILTIN_ENCODER), output, progress)?)
}

fn summarise(results: &Results, report: &Path, global: &Global) -> anyhow::Result<()> {
    if global.json {
        return print_line(&serde_json::to_string_pretty(&json!({"report": report, "results": results}))?);
    }
    for e in &results.evaluations {
        let shots = if e.shots == 0 { "by text".into() } else { format!("{}-shot", e.shots) };
        let mean = 100.0 * e.accuracy;
        // One seed has no spread.
        let spread = match results.seeds.len() {
            1 => "one seed".into(),
            _ => format!("± {:4.1}", 100.0 * e.accuracy_sd),
        };
        let held_out = e.held_out_note().map_or_else(String::new, |note| format!("; {note}"));
        let chance = 100.0 * e.chance;
        let line = format!("{:<58} {shots:>8}  {mean:5.1} % {spread}  (chance {chance:.0} %{held_out})", e.title);
        print_line(&line)?;
    }
    print_line(&format!("report: {}", report.display()))
}

fn dry_run(experiment: &Experiment, global: &Global) -> anyhow::Result<ExitCode> {
    let steps = experiment.pretrain.steps * experiment.seeds.len() as u64;
    let plan = json!({
        "experiment": experiment.name,
        "seeds": experiment.seeds,
        "source_samples": experiment.source.samples(),
        "target_samples": experiment.target.simulated.as_ref().map(|r| r.samples()),
        "data": experiment.data,
        "pretraining_steps": steps,
        "evaluations": experiment.evaluations.iter().map(|e| &e.name).collect::<Vec<_>>(),
    });
    if global.json {
        print_line(&serde_json::to_string_pretty(&plan)?)?;
    } else if let Some(map) = plan.as_object() {
        map.iter().try_for_each(|(key, value)| print_line(&format!("{key:<18} {value}")))?;
    }
    Ok(ExitCode::SUCCESS)
}
