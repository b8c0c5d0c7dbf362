//! `kinecho run`: a whole experiment, from motion to report.

use super::input::Changes;
use super::kinds::FileKind;
use super::{Global, print_line};
use crate::base::yaml::Document;
use crate::study::beams::{BeamRun, BeamStudy};
use crate::study::experiment::{Experiment, Finished, Places, Study, heading};
use crate::study::pretraining::{Head, PretrainingRun, PretrainingStudy};
use crate::study::transfer::{TransferRun, TransferStudy};
use crate::train::evaluate::spread;
use anyhow::Context;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

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
    /// Folder of the run: new, empty, or that of the same run which was stopped and now goes on. By default such a one under `runs/`.
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
    let document = args.changes.read(&args.experiment, "seeds", FileKind::Experiment)?;
    run_document(&document, &args.options, global)
}

/// Runs an experiment.
pub(super) fn run_document(document: &Document, options: &Options, global: &Global) -> anyhow::Result<ExitCode> {
    if PretrainingStudy::is_meant(document) {
        return run_pretraining(document, options, global);
    }
    if BeamStudy::is_meant(document) {
        return run_beams(document, options, global);
    }
    if TransferStudy::is_meant(document) {
        return run_transfer(document, options, global);
    }
    let study = Study::new(document)?;
    if options.dry_run {
        return dry_run(&study, global);
    }
    let places = Places { output: options.output.clone(), corpora: options.corpora.clone() };
    let finished = study.run(&places, &global.progress())?;
    summarise(study.experiment(), &finished, global)?;
    Ok(ExitCode::SUCCESS)
}

/// Runs a study of pre-training.
fn run_pretraining(document: &Document, options: &Options, global: &Global) -> anyhow::Result<ExitCode> {
    let run = PretrainingRun::new(document)?;
    if options.dry_run {
        let study = run.study();
        let plan = json!({
            "study": study.name,
            "arms": study.arms.iter().map(|arm| &arm.name).collect::<Vec<_>>(),
            "seeds": study.seeds,
            "sources": study.pretraining.iter().map(|source| &source.name).collect::<Vec<_>>(),
            "pretraining_steps": study.pretrain.steps,
            "tasks": study.tasks.iter().map(|task| &task.name).collect::<Vec<_>>(),
            "fine_tunings": run.fine_tunings(),
        });
        return print_plan(&plan, global);
    }
    let places = Places { output: options.output.clone(), corpora: options.corpora.clone() };
    let finished = run.run(&places, &global.progress())?;
    let results = &finished.results;
    if global.json {
        print_line(&serde_json::to_string_pretty(&json!({"report": finished.report, "results": results}))?)?;
        return Ok(ExitCode::SUCCESS);
    }
    for task in &run.study().tasks {
        print_line(&task.title)?;
        for labels in results.labels_of(&task.name) {
            for arm in &run.study().arms {
                let by_seed = results.by_seed(&task.name, &labels, &arm.name, |answer| Some(answer.score));
                let (mean, deviation) = spread(&by_seed);
                let score = match task.head {
                    Head::Classify | Head::Detect => format!("{:5.1} % ± {:4.1}", 100.0 * mean, 100.0 * deviation),
                    Head::Pose => format!("{:5.2} cm ± {:4.2}", 100.0 * mean, 100.0 * deviation),
                };
                print_line(&format!("  {labels:<24} {:<16} {score}  ({} seeds)", arm.name, by_seed.len()))?;
            }
        }
    }
    print_line(&format!("report: {}", finished.report.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Runs a study of transfer.
fn run_transfer(document: &Document, options: &Options, global: &Global) -> anyhow::Result<ExitCode> {
    let run = TransferRun::new(document)?;
    let study = run.study();
    if options.dry_run {
        let plan = json!({
            "study": study.name,
            "arms": study.arms.iter().map(|arm| &arm.name).collect::<Vec<_>>(),
            "seeds": study.seeds,
            "transfers": study.transfers.iter().map(|task| &task.name).collect::<Vec<_>>(),
            "trainings": run.trainings(),
            "steps": study.train.steps,
        });
        return print_plan(&plan, global);
    }
    let places = Places { output: options.output.clone(), corpora: options.corpora.clone() };
    let finished = run.run(&places, &global.progress())?;
    let results = &finished.results;
    if global.json {
        print_line(&serde_json::to_string_pretty(&json!({"report": finished.report, "results": results}))?)?;
        return Ok(ExitCode::SUCCESS);
    }
    for task in &study.transfers {
        print_line(&task.title)?;
        let controls = results.controls.iter().filter(|control| control.task == task.name).map(|c| c.arm.as_str());
        let mut names: Vec<&str> = study.arms.iter().map(|arm| arm.name.as_str()).chain(controls).collect();
        names.dedup();
        for name in names {
            let by_seed = results.macro_accuracies(&task.name, name);
            let (mean, deviation) = spread(&by_seed);
            let (mean, deviation, runs) = (100.0 * mean, 100.0 * deviation, by_seed.len());
            print_line(&format!("  {name:<16} macro accuracy {mean:5.1} % ± {deviation:4.1}  ({runs} runs)"))?;
        }
    }
    for one in &results.tests {
        let (points, p) = (100.0 * one.test.mean, one.p_bonferroni);
        print_line(&format!(
            "{} against {:<16} {points:+5.1} points, p = {p:.2e} (Bonferroni)",
            study.main, one.against
        ))?;
    }
    print_line(&format!("report: {}", finished.report.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Runs a study of beam prediction.
fn run_beams(document: &Document, options: &Options, global: &Global) -> anyhow::Result<ExitCode> {
    let run = BeamRun::new(document)?;
    if options.dry_run {
        let study = run.study();
        let plan = json!({
            "study": study.name,
            "arms": study.arms.iter().map(|arm| &arm.name).collect::<Vec<_>>(),
            "seeds": study.seeds,
            "sensors": study.model.modalities.iter().map(|m| m.sensor.name()).collect::<Vec<_>>(),
            "steps": [study.stages.alone.steps, study.stages.aligned.steps, study.stages.predict.steps],
        });
        return print_plan(&plan, global);
    }
    let places = Places { output: options.output.clone(), corpora: options.corpora.clone() };
    let finished = run.run(&places, &global.progress())?;
    let results = &finished.results;
    if global.json {
        print_line(&serde_json::to_string_pretty(&json!({"report": finished.report, "results": results}))?)?;
        return Ok(ExitCode::SUCCESS);
    }
    for (arm, by) in results.rows() {
        let (top_1, top_1_sd) = spread(&results.by_seed(&arm, &by, |s| s.top_1));
        let (dba, dba_sd) = spread(&results.by_seed(&arm, &by, |s| s.dba_challenge));
        let (loss, _) = spread(&results.by_seed(&arm, &by, |s| s.power_loss_db));
        print_line(&format!(
            "{arm:<12} {by:<20} top-1 {:5.1} % ± {:4.1}   DBA of the challenge {dba:.3} ± {dba_sd:.3}   loss {loss:5.2} dB",
            100.0 * top_1,
            100.0 * top_1_sd
        ))?;
    }
    print_line(&format!("one prediction: {:.2} ms on one thread", results.prediction_ms))?;
    print_line(&format!("report: {}", finished.report.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn summarise(experiment: &Experiment, Finished { results, report }: &Finished, global: &Global) -> anyhow::Result<()> {
    if global.json {
        return print_line(&serde_json::to_string_pretty(&json!({"report": report, "results": results}))?);
    }
    let by_what = if results.parameters.contains_key("text") { "by text" } else { "by name" };
    for e in &results.evaluations {
        let shots = if e.shots == 0 { by_what.into() } else { format!("{}-shot", e.shots) };
        let mean = 100.0 * e.accuracy;
        // One seed has no spread.
        let spread = match e.accuracy_by_seed.len() {
            1 => "one seed".into(),
            _ => format!("± {:4.1}", 100.0 * e.accuracy_sd),
        };
        let recordings = e.recording_accuracy.map(|share| format!("; by recording {:.1} %", 100.0 * share));
        let held_out = e.held_out_note().map(|note| format!("; {note}"));
        let baseline = e.baseline_note().map(|note| format!("; {note}"));
        let interval =
            e.accuracy_interval.map(|[low, high]| format!("; 95 % {:.1} to {:.1} %", 100.0 * low, 100.0 * high));
        let notes = [interval, recordings, held_out, baseline].into_iter().flatten().collect::<String>();
        let title = heading(experiment, e);
        let chance = 100.0 * e.chance;
        print_line(&format!("{title:<62} {shots:>8}  {mean:5.1} % {spread}  (chance {chance:.0} %{notes})"))?;
        for note in e.control_notes() {
            print_line(&format!("    without a network: {note}"))?;
        }
    }
    print_line(&format!("report: {}", report.display()))
}

fn dry_run(study: &Study, global: &Global) -> anyhow::Result<ExitCode> {
    let plan = serde_json::to_value(study.plan()?).context("cannot write the plan as JSON")?;
    print_plan(&plan, global)
}

fn print_plan(plan: &serde_json::Value, global: &Global) -> anyhow::Result<ExitCode> {
    if global.json {
        print_line(&serde_json::to_string_pretty(plan)?)?;
    } else if let Some(map) = plan.as_object() {
        map.iter().try_for_each(|(key, value)| print_line(&format!("{key:<18} {value}")))?;
    }
    Ok(ExitCode::SUCCESS)
}
