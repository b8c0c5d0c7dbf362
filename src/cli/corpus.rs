//! `kinecho corpus`: build, status, merge, verify, inspect, export, leaks, dedup.

mod compare_points;
#[cfg(feature = "learn")]
mod dedup;
mod export;
mod inspect;
mod leaks;

use super::input::Changes;
use super::kinds::FileKind;
use super::motion::reading::ReadingArgs;
use super::{Global, failure, print_line, tell};
use crate::corpus::{
    AsideRow, BuildOptions, CorpusError, CorpusReader, Damage, Estimate, Part, PartChoice, Progression, Recipe,
    SampleMaker, Status, begun_parts, build_part, check_motions, estimate, merge,
};
use crate::motion::MotionFolder;
use crate::sensor::Sensor;
use anyhow::{anyhow, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What was asked for is done in part; the rest can be made.
const PARTIAL: u8 = 3;

/// What can be done with corpora.
#[derive(Subcommand)]
pub(super) enum CorpusCommand {
    /// Simulate the corpus of a recipe, or one part of it; an unfinished one is taken up. Exits with 3 when files of motion or labels had
    /// to be set aside (set_aside.csv).
    Build(BuildArgs),
    /// Say which shards and parts are done, being made, and missing; exits with 3 when the corpus is unfinished.
    Status(StatusArgs),
    /// Put the parts of a corpus together; exits with 3 when some are missing, or files of motion were set aside.
    Merge {
        /// The corpus.
        dir: PathBuf,
    },
    /// Check every byte of a corpus: hashes, ids, labels, shapes, numbers.
    Verify {
        /// The corpus.
        dir: PathBuf,
    },
    /// Count what a corpus holds and draw samples.
    Inspect(inspect::CorpusInspectArgs),
    /// Write a corpus in the layout of another program.
    Export(export::ExportArgs),
    /// Say what gives labels away besides motion, and which recordings are there twice.
    Leaks(leaks::LeakArgs),
    /// List samples that say the same as others, with pictures; the corpora stay as they are.
    #[cfg(feature = "learn")]
    Dedup(dedup::DedupArgs),
    /// Compare simulated and recorded point clouds of the same activities by distribution.
    ComparePoints(compare_points::ComparePointsArgs),
}

/// Arguments of `kinecho corpus build`.
#[derive(Args)]
pub(super) struct BuildArgs {
    /// The recipe.
    recipe: PathBuf,
    /// Folder of the corpus; new, empty, or with an unfinished corpus of the same recipe.
    #[arg(short, long, value_name = "DIR", required_unless_present = "dry_run")]
    output: Option<PathBuf>,
    /// Make part I (from 0) of N parts only: I/N, or auto, or auto/N for what Slurm, Kubernetes or PBS say.
    #[arg(long, value_name = "I/N")]
    shard: Option<PartChoice>,
    /// Make damaged shards again, and those of motion files that have been mended, removed or added; without it a corpus with such
    /// shards is refused.
    #[arg(long)]
    resume: bool,
    /// Open every motion file, make samples for a second, and print what the whole would cost; exits with 3 when files cannot be used.
    #[arg(long)]
    dry_run: bool,
    /// Mix a folder of captured motions (AMASS .npz, .bvh, .glb, DeepMimic) into the recipe. May be given again and again.
    #[arg(long, value_name = "DIR")]
    motion: Vec<PathBuf>,
    /// Labels of the motions of all `--motion` folders: BABEL or KIT JSON, or HumanML3D's folder; without it names of folders.
    #[arg(long, value_name = "PATH", requires = "motion")]
    labels: Option<PathBuf>,
    /// Joint maps for skeletons in the `--motion` folders that the program does not know.
    #[arg(long, value_name = "FILE", requires = "motion")]
    joint_map: Option<PathBuf>,
    /// What is stated of all files in the `--motion` folders.
    #[command(flatten)]
    reading: ReadingArgs,
    /// A body model (SMPL, SMPL-H, SMPL-X or the like as .npz) for everybody, in place of the CC0 body.
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    #[command(flatten)]
    changes: Changes,
}

/// Arguments of `kinecho corpus status`.
#[derive(Args)]
pub(super) struct StatusArgs {
    /// The corpus.
    dir: PathBuf,
    /// Number of parts of `build --shard I/N`; by default the one that the corpus was begun with.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    of: Option<u64>,
    /// Print nothing but the missing parts (without parts: the missing shards) as an array expression, for example 3,5-7.
    #[arg(long)]
    missing: bool,
}

/// Runs a corpus command.
pub(super) fn run(command: &CorpusCommand, global: &Global) -> anyhow::Result<ExitCode> {
    match command {
        CorpusCommand::Build(args) => build_corpus(args, global),
        CorpusCommand::Status(args) => status(args, global),
        CorpusCommand::Merge { dir } => merge_parts(dir, global),
        CorpusCommand::Verify { dir } => verify(dir, global),
        CorpusCommand::Inspect(args) => inspect::run(args, global),
        CorpusCommand::Export(args) => export::run(args, global),
        CorpusCommand::Leaks(args) => leaks::run(args, global),
        #[cfg(feature = "learn")]
        CorpusCommand::Dedup(args) => dedup::run(args, global),
        CorpusCommand::ComparePoints(args) => compare_points::run(args, global),
    }
}

fn build_corpus(args: &BuildArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let document = args.changes.read(&args.recipe, "seed", FileKind::Recipe)?;
    let mut recipe = Recipe::from_document(&document)?;
    let reading = Some(args.reading.reading()?).filter(|reading| !reading.is_as_is());
    if reading.is_some() && args.motion.is_empty() {
        bail!("--up, --unit, --rate and --animation are of --motion folders; a recipe states them as `reading`");
    }
    recipe.motions.extend(args.motion.iter().map(|dir| {
        let (joint_map, reading) = (args.joint_map.clone(), reading.clone());
        MotionFolder { joint_map, reading, ..MotionFolder::new(dir, args.labels.clone()) }
    }));
    if let Some(body) = &args.body {
        recipe.scene.people.iter_mut().for_each(|p| p.body = Some(body.clone()));
    }
    // A recipe that options have added to is kept as it is now, not as it was typed.
    let typed = (args.motion.is_empty() && args.body.is_none()).then_some(&document);
    let part = match args.shard {
        None => Part::WHOLE,
        Some(choice) => {
            let begun = args.output.as_deref().map(begun_parts).transpose()?.flatten();
            choice.resolve(|name| std::env::var(name).ok(), begun)?
        }
    };
    if args.dry_run {
        let maker = SampleMaker::new(&recipe).map_err(|problems| document.rejected(problems))?;
        let set_aside = check_motions(&maker, &global.progress());
        let estimate = estimate(&maker, recipe.samples_per_shard, part)?;
        print_estimate(&maker, &estimate, (part, &set_aside), global)?;
        return Ok(tell_set_aside(&set_aside, "would be"));
    }
    let Some(output) = &args.output else { bail!("-o DIR is missing") };
    let damage = if args.resume { Damage::Mend } else { Damage::Refuse };
    let built = build_part(&recipe, typed, output, BuildOptions { part, damage }, &global.progress())?;
    if global.json {
        print_line(&json!({"corpus": output, "part": part.to_string(), "built": built}).to_string())?;
        return Ok(tell_set_aside(&built.set_aside, "is"));
    }
    let (made, found) = (built.shards_made, built.shards_found);
    let what = if part.is_whole() { String::new() } else { format!("part {part}: ") };
    print_line(&format!(
        "{what}{made} shards made, {found} were there, {:.1} MB in all: {}",
        built.bytes as f64 / 1e6,
        output.display()
    ))?;
    if !part.is_whole() {
        print_line(&format!("when all parts are done: kinecho corpus merge {}", output.display()))?;
    }
    Ok(tell_set_aside(&built.set_aside, "is"))
}

/// Names what a corpus lacks by files that cannot be used; then only a part of what was asked for is done.
fn tell_set_aside(rows: &[AsideRow], verb: &str) -> ExitCode {
    if rows.is_empty() {
        return ExitCode::SUCCESS;
    }
    for AsideRow { file, reason, samples } in rows {
        // Most reasons name the file themselves.
        let place = if reason.contains(file.as_str()) { String::new() } else { format!("{file}: ") };
        let lost = if *samples == 0 { String::new() } else { format!(" ({samples} samples)") };
        tell(&format!("warning: {verb} set aside: {place}{reason}{lost}"));
    }
    tell("the corpus goes without them; mend or remove the files, then build with --resume");
    ExitCode::from(PARTIAL)
}

fn print_estimate(
    maker: &SampleMaker,
    estimate: &Estimate,
    (part, set_aside): (Part, &[AsideRow]),
    global: &Global,
) -> anyhow::Result<()> {
    let limits = match maker.scene().sensor() {
        Sensor::Fmcw(radar) => json!({
            "range_resolution_m": radar.range_resolution_m(),
            "max_range_m": radar.max_range_m(),
            "velocity_resolution_mps": radar.velocity_resolution_mps(),
            "max_velocity_mps": radar.max_velocity_mps(),
        }),
        Sensor::Cw(radar) => json!({"max_velocity_mps": radar.max_velocity_mps()}),
    };
    if global.json {
        print_line(&json!({"part": part.to_string(), "estimate": estimate, "captured": maker.captured().len(), "set_aside": set_aside, "limits": limits}).to_string())?;
        return Ok(());
    }
    let e = estimate;
    let whole = if part.is_whole() { String::new() } else { format!("part {part}: ") };
    print_line(&format!(
        "{whole}{} samples in {} shards, {:.2} h of recordings",
        e.samples, e.shards, e.recorded_hours
    ))?;
    for (split, n) in &e.splits {
        print_line(&format!("  {split:<16} {n:>9} samples"))?;
    }
    for (folder, pieces) in maker.captured().folders() {
        let labels: BTreeSet<&str> = pieces.iter().map(|p| p.label.as_str()).collect();
        let (dir, windows, labels) = (folder.dir.display(), pieces.len(), labels.len());
        print_line(&format!("{dir}: {windows} windows with {labels} labels, each {} times", folder.repetitions))?;
    }
    print_line(&format!("about {:.1} MB on disk", e.bytes as f64 / 1e6))?;
    for (file, bytes) in &e.bytes_by_file {
        print_line(&format!("  {file:<16} {:>9.1} MB", *bytes as f64 / 1e6))?;
    }
    print_line(&format!(
        "about {:.2} h here: {} samples took {:.2} s, {} at a time, with about {:.0} MB for samples in the making",
        e.hours,
        e.measured_samples,
        e.measured_seconds,
        e.workers,
        e.working_bytes as f64 / 1e6
    ))?;
    print_line(&limits.to_string())
}

fn status(args: &StatusArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let status = Status::read(&args.dir, args.of)?;
    let code = if status.finished { ExitCode::SUCCESS } else { ExitCode::from(PARTIAL) };
    if args.missing {
        print_line(&status.parts.as_ref().unwrap_or(&status.shards).missing)?;
        // The list is the answer; an empty one says that nothing is missing.
        return Ok(ExitCode::SUCCESS);
    }
    if global.json {
        print_line(&serde_json::to_string(&status)?)?;
        return Ok(code);
    }
    let state = if status.finished { "finished" } else { "unfinished" };
    print_line(&format!(
        "{}: {state}, {} of {} samples, {:.1} MB",
        args.dir.display(),
        status.samples_done,
        status.samples,
        status.bytes_done as f64 / 1e6
    ))?;
    if status.samples_set_aside > 0 {
        print_line(&format!("  {} samples set aside: their motion files cannot be used", status.samples_set_aside))?;
    }
    print_progression("shards", &status.shards)?;
    if let Some(parts) = &status.parts {
        print_progression("parts", parts)?;
    }
    if !status.finished && status.shards.n_missing + status.shards.n_running == 0 {
        print_line(&format!("all shards are there: kinecho corpus merge {}", args.dir.display()))?;
    }
    Ok(code)
}

fn print_progression(name: &str, p: &Progression) -> anyhow::Result<()> {
    for (state, n, list) in
        [("done", p.n_done, &p.done), ("running", p.n_running, &p.running), ("missing", p.n_missing, &p.missing)]
    {
        print_line(format!("  {name:<7} {state:<8} {n:>6} of {:<6} {list}", p.of).trim_end())?;
    }
    Ok(())
}

fn merge_parts(dir: &Path, global: &Global) -> anyhow::Result<ExitCode> {
    let manifest = match merge(dir) {
        Ok(manifest) => manifest,
        Err(error @ CorpusError::Unfinished { .. }) => {
            if global.json {
                failure(&error.to_string(), PARTIAL);
            }
            tell(&format!("error: {error}"));
            return Ok(ExitCode::from(PARTIAL));
        }
        Err(error) => return Err(error.into()),
    };
    let (shards, samples, bytes) = (manifest.lines.len(), manifest.samples(), manifest.bytes());
    if global.json {
        print_line(&json!({"corpus": dir, "shards": shards, "samples": samples, "bytes": bytes}).to_string())?;
    } else {
        print_line(&format!("{}: {samples} samples in {shards} shards, {bytes} bytes", dir.display()))?;
    }
    Ok(tell_set_aside(&CorpusReader::open(dir)?.set_aside(), "is"))
}

fn verify(dir: &Path, global: &Global) -> anyhow::Result<ExitCode> {
    let (verified, problems) = CorpusReader::open(dir)?.examine();
    let (shards, samples, bytes) = (verified.shards, verified.samples, verified.bytes);
    if global.json {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let recipe = verified.against_recipe;
        print_line(&json!({"shards": shards, "samples": samples, "bytes": bytes, "against_recipe": recipe, "problems": problems}).to_string())?;
    }
    if !problems.is_empty() {
        let lines: Vec<String> = problems.iter().map(|p| format!("\n  {p}")).collect();
        return Err(anyhow!("{} of {shards} shards are not what they should be:{}", problems.len(), lines.concat()));
    }
    if !global.json {
        let recipe = if verified.against_recipe { ", labels as the recipe has them" } else { "" };
        print_line(&format!(
            "{}: {samples} samples in {shards} shards, {bytes} bytes, all whole{recipe}",
            dir.display()
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
