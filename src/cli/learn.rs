//! `kinecho pretrain`, `finetune` and `evaluate`: jobs on corpora.

use super::input::{Changes, output_folder};
use super::kinds::FileKind;
use super::{Global, print_line, tell};
use crate::base::atomic_file;
use crate::model::device::DeviceName;
use crate::study::job::{self, CheckedTraining, EvaluateJob, Evaluated, RunStart, TrainJob, TrainedJob};
use crate::train::Adapt;
use crate::train::evaluate::Outcome;
use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `kinecho pretrain` and `kinecho finetune`.
#[derive(Args)]
pub(super) struct TrainArgs {
    /// The job (YAML).
    job: PathBuf,
    /// Folder of the run; new or empty, or with --resume the folder of the run that was stopped.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Go on from the last checkpoint of a stopped run in the output folder; ends in the same weights as an undisturbed run.
    #[arg(long, requires = "output")]
    resume: bool,
    /// Where to compute: cpu, cuda, cuda:N or wgpu (the last two only in builds with these features).
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    device: DeviceName,
    /// Check the job and say what would be done.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    changes: Changes,
}

/// Arguments of `kinecho evaluate`.
#[derive(Args)]
pub(super) struct EvaluateArgs {
    /// The job (YAML).
    job: PathBuf,
    /// Folder for `evaluation.json`; new or empty. Without it the answers are only printed.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Where to compute: cpu, cuda, cuda:N or wgpu (the last two only in builds with these features).
    #[arg(long, default_value = "cpu", value_name = "DEVICE")]
    device: DeviceName,
    /// Check the job and say what would be done.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    changes: Changes,
}

/// A new model.
pub(super) fn pretrain(args: &TrainArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let job = read(args, global)?;
    if job.from.is_some() {
        bail!("{}: `from` names a checkpoint: that is `kinecho finetune`", args.job.display());
    }
    train(&job, args, global)
}

/// A checkpoint learns on.
pub(super) fn finetune(args: &TrainArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let job = read(args, global)?;
    if job.from.is_none() {
        bail!("{}: `from` is missing: name the checkpoint to begin with (--set from=DIR)", args.job.display());
    }
    train(&job, args, global)
}

fn read(args: &TrainArgs, global: &Global) -> anyhow::Result<TrainJob> {
    let mut job = TrainJob::from_document(&args.changes.read(&args.job, "train.seed", FileKind::Training)?)?;
    if let Some(threads) = global.threads {
        let mut settings = job.settings();
        settings.threads = threads.into();
        job.train = Some(settings);
    }
    Ok(job)
}

fn train(job: &TrainJob, args: &TrainArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let device = args.device.open()?;
    if args.dry_run {
        let checked = job::check_training(job, &device)?;
        return plan(job, args.device, &checked, global);
    }
    let (dir, start) = match (&args.output, args.resume) {
        (Some(dir), true) if dir.join("report.json").is_file() => bail!("the run in {} is finished", dir.display()),
        (Some(dir), true) if dir.join("config.json").is_file() => (dir.clone(), RunStart::Resumed),
        (Some(dir), true) => bail!("{} holds no run that could be resumed (no config.json)", dir.display()),
        (Some(dir), false) if dir.join("config.json").is_file() => {
            bail!("{} is not empty: name a new folder with -o, or go on with the run in it by --resume", dir.display())
        }
        (output, _) => (output_folder(output.as_deref(), &job.name)?, RunStart::Fresh),
    };
    let trained = job::run_training(job, &device, &dir, start, &global.progress());
    if trained.is_err() && start == RunStart::Fresh && !dir.join("config.json").exists() {
        // Nothing was learnt: the corrected command shall find the folder as this one found it.
        let _ = std::fs::remove_file(dir.join("job.yaml"));
        let _ = std::fs::remove_dir(&dir);
    }
    let done = trained?;
    if global.json {
        print_line(&serde_json::to_string_pretty(&json!({"output": dir, "report": done}))?)?;
    } else {
        summarise(&done)?;
        print_line(&format!("checkpoint: {}", dir.join("checkpoint").display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn plan(job: &TrainJob, device: DeviceName, checked: &CheckedTraining, global: &Global) -> anyhow::Result<ExitCode> {
    let settings = job.settings();
    let learns = match &settings.adapt {
        Adapt::Full => "everything".to_string(),
        Adapt::Lora(lora) => format!("adapters of rank {} on {}", lora.r, lora.targets.join(", ")),
    };
    let plan = json!({
        "name": job.name,
        "from": job.from,
        "sources": job.sources.iter().map(|s| &s.corpus).collect::<Vec<_>>(),
        "samples": checked.samples,
        "learns": learns,
        "steps": settings.steps,
        "batch": settings.batch,
        "device": device.to_string(),
        "parameters": checked.parameters,
    });
    print_plan(&plan, global)
}

fn print_plan(plan: &Value, global: &Global) -> anyhow::Result<ExitCode> {
    if global.json {
        print_line(&serde_json::to_string_pretty(plan)?)?;
    } else if let Some(map) = plan.as_object() {
        map.iter().try_for_each(|(key, value)| print_line(&format!("{key:<11} {value}")))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn summarise(done: &TrainedJob) -> anyhow::Result<()> {
    let (p, t) = (&done.parameters, &done.train);
    let parts = p.iter().filter(|(name, _)| *name != "total");
    let parts: Vec<String> = parts.map(|(name, count)| format!("{} {count}", name.replace('_', " "))).collect();
    let total = p.get("total").copied().unwrap_or_default();
    print_line(&format!("parameters  {total} in all: {}; {} learnt", parts.join(", "), t.trainable_parameters))?;
    print_line(&format!("samples     {:?} of {} labels", done.samples, done.labels.len()))?;
    let loss = t.losses.last().map_or(f64::NAN, |l| l.1);
    print_line(&format!("steps       {} (step {} kept), last loss {loss:.4}", t.steps, t.kept_step))?;
    if let Some((step, accuracy)) = t.validations.iter().find(|v| v.0 == t.kept_step) {
        print_line(&format!("validation  {:.1} % at step {step}", 100.0 * accuracy))?;
    }
    let memory = t.peak_memory_bytes.map_or(String::new(), |b| format!(", at most {} MiB", b >> 20));
    print_line(&format!(
        "speed       {:.1} samples/s, {:.1} ms a step (median), {:.1} % of the time waiting for data{memory}",
        t.samples_per_s,
        t.step_ms,
        100.0 * t.data_share
    ))
}

/// Questions to a checkpoint.
pub(super) fn evaluate(args: &EvaluateArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let job = EvaluateJob::from_document(&args.changes.read(&args.job, "seed", FileKind::Questions)?)?;
    let device = args.device.open()?;
    if args.dry_run {
        let plan = json!({
            "name": job.name,
            "checkpoint": job.checkpoint,
            "test": job.test.corpus,
            "samples": job::check_evaluation(&job, &device)?,
            "shots": job.shots,
        });
        return print_plan(&plan, global);
    }
    let output = args.output.as_deref().map(|dir| output_folder(Some(dir), &job.name)).transpose()?;
    let answers = job::evaluate(&job, &device, global.threads.map_or(0, usize::from))?;
    answers.warnings.iter().for_each(|warning| tell(&format!("warning: {warning}")));
    let text = serde_json::to_string_pretty(&answers).context("cannot write the answers as JSON")?;
    if let Some(dir) = &output {
        atomic_file::write(&dir.join("evaluation.json"), text.as_bytes())?;
    }
    if global.json {
        print_line(&text)?
    } else {
        answer_lines(&answers)?
    }
    Ok(ExitCode::SUCCESS)
}

/// Rows are what was done, columns what was answered, in the order of the labels.
fn confusion(outcome: &Outcome) -> anyhow::Result<()> {
    let most = outcome.confusion.iter().flatten().max().map_or(1, |n| n.to_string().len()).max(3);
    let line = |cells: Vec<String>, name: &str| {
        let cells: String = cells.iter().map(|cell| format!(" {cell:>most$}")).collect();
        print_line(&format!(" {cells}  {name}"))
    };
    print_line("confusion: rows done, columns answered")?;
    line((1..=outcome.classes.len()).map(|n| n.to_string()).collect(), "")?;
    for (i, (row, class)) in outcome.confusion.iter().zip(&outcome.classes).enumerate() {
        line(row.iter().map(usize::to_string).collect(), &format!("{} {class}", i + 1))?;
    }
    Ok(())
}

fn answer_lines(answers: &Evaluated) -> anyhow::Result<()> {
    let of = |label: &String| if answers.unseen.contains(label) { format!("{label} (unseen)") } else { label.clone() };
    print_line(&format!("{} samples, {} labels", answers.samples, answers.labels.len()))?;
    for shots in &answers.shots {
        let by_class = answers.system == "classifier";
        let how = if by_class {
            "classes".into()
        } else if shots.shots == 0 {
            "by text".into()
        } else {
            format!("{}-shot", shots.shots)
        };
        print_line(&format!(
            "{how:<8} {:5.1} % ± {:4.1} over {} draws (chance {:.1} %)",
            100.0 * shots.accuracy,
            100.0 * shots.deviation,
            shots.draws.len(),
            100.0 / answers.labels.len() as f64
        ))?;
        for (label, recall) in answers.labels.iter().zip(&shots.recall) {
            let recall = recall.map_or("    -".into(), |r| format!("{:5.1}", 100.0 * r));
            print_line(&format!("  {recall} %  {}", of(label)))?;
        }
        if let ([outcome], true) = (shots.draws.as_slice(), by_class) {
            confusion(outcome)?;
        }
    }
    Ok(())
}
