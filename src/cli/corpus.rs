//! `kinecho corpus`: build, verify, inspect.

use super::input::Changes;
use super::{Global, print_line};
use crate::base::atomic_file;
use crate::base::yaml::Problem;
use crate::corpus::{CorpusReader, Recipe, SampleMaker, build};
use crate::motion::MotionFolder;
use crate::viz::{MapPicture, maps_png};
use anyhow::{Context, anyhow};
use clap::{Args, Subcommand};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// What can be done with corpora.
#[derive(Subcommand)]
pub(super) enum CorpusCommand {
    /// Simulate the corpus of a recipe; an unfinished one is resumed.
    Build(BuildArgs),
    /// Check every byte of a corpus against its manifest.
    Verify {
        /// The corpus.
        dir: PathBuf,
    },
    /// Count what a corpus holds and draw one sample of every label.
    Inspect {
        /// The corpus.
        dir: PathBuf,
        /// Write a picture of one sample of every label to this folder.
        #[arg(long, value_name = "DIR")]
        pictures: Option<PathBuf>,
    },
}

/// Arguments of `kinecho corpus build`.
#[derive(Args)]
pub(super) struct BuildArgs {
    /// The recipe.
    recipe: PathBuf,
    /// Folder of the corpus.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Make one sample and print what the whole corpus would cost.
    #[arg(long)]
    dry_run: bool,
    /// Mix a folder of captured motions (AMASS .npz, .bvh, .glb, DeepMimic) into the recipe. May be given again and again.
    #[arg(long, value_name = "DIR")]
    motion: Vec<PathBuf>,
    /// Labels of the motions of all `--motion` folders: BABEL or KIT JSON, or HumanML3D's folder; without it names of folders.
    #[arg(long, value_name = "PATH", requires = "motion")]
    labels: Option<PathBuf>,
    /// A body model (SMPL, SMPL-H, SMPL-X or the like as .npz) for everybody, in place of the CC0 body.
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    #[command(flatten)]
    changes: Changes,
}

/// Runs a corpus command.
pub(super) fn run(command: &CorpusCommand, global: &Global) -> anyhow::Result<ExitCode> {
    match command {
        CorpusCommand::Build(args) => build_corpus(args, global),
        CorpusCommand::Verify { dir } => {
            let verified = CorpusReader::open(dir)?.verify()?;
            let (shards, samples, bytes) = (verified.shards, verified.samples, verified.bytes);
            if global.json {
                print_line(&json!({"shards": shards, "samples": samples, "bytes": bytes}).to_string())?;
            } else {
                print_line(&format!(
                    "{}: {samples} samples in {shards} shards, {bytes} bytes, all whole",
                    dir.display()
                ))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        CorpusCommand::Inspect { dir, pictures } => inspect(dir, pictures.as_deref(), global),
    }
}

fn build_corpus(args: &BuildArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let document = args.changes.read(&args.recipe, "seed")?;
    let mut recipe = Recipe::from_document(&document)?;
    recipe.motions.extend(args.motion.iter().map(|dir| MotionFolder::new(dir, args.labels.clone())));
    if let Some(body) = &args.body {
        recipe.scene.people.iter_mut().for_each(|p| p.body = Some(body.clone()));
    }
    if args.dry_run {
        return dry_run(&recipe, global);
    }
    let corpus = build(&recipe, &args.output, &global.progress())?;
    let samples = corpus.rows().len();
    if global.json {
        print_line(&json!({"corpus": args.output, "samples": samples}).to_string())?;
    } else {
        print_line(&format!("{samples} samples: {}", args.output.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn dry_run(recipe: &Recipe, global: &Global) -> anyhow::Result<ExitCode> {
    let problems = |p: Vec<Problem>| {
        let lines: Vec<String> = p.iter().map(|p| format!("{}: {}", p.key, p.message)).collect();
        anyhow!("the recipe: {}", lines.join("\n"))
    };
    let maker = SampleMaker::new(recipe).map_err(problems)?;
    let since = Instant::now();
    let sample = maker.make(0)?;
    let seconds = since.elapsed().as_secs_f64();
    // The engine already uses all threads for one sample, so samples in parallel take about as long in sum.
    let (samples, hours) = (maker.len(), maker.len() as f64 * seconds / 3600.0);
    let bytes = samples * sample.maps.data.len() as u64 * 4;
    let radar = maker.scene().radar();
    let limits = json!({
        "range_resolution_m": radar.range_resolution_m(),
        "max_range_m": radar.max_range_m(),
        "velocity_resolution_mps": radar.velocity_resolution_mps(),
        "max_velocity_mps": radar.max_velocity_mps(),
    });
    if global.json {
        let captured = maker.captured().len();
        print_line(&json!({"samples": samples, "captured": captured, "map_bytes": bytes, "seconds_a_sample": seconds, "hours": hours, "limits": limits}).to_string())?;
    } else {
        print_line(&format!(
            "{samples} samples of {} s, about {:.1} MB of maps",
            recipe.scene.duration_s,
            bytes as f64 / 1e6
        ))?;
        for (folder, pieces) in maker.captured().folders() {
            let mut labels: Vec<&str> = pieces.iter().map(|p| p.label.as_str()).collect();
            labels.sort_unstable();
            labels.dedup();
            let (dir, windows) = (folder.dir.display(), pieces.len());
            print_line(&format!(
                "{dir}: {windows} windows with {} labels, each {} times",
                labels.len(),
                folder.repetitions
            ))?;
        }
        print_line(&format!("{seconds:.2} s for the first sample here, so about {hours:.2} h for all"))?;
        print_line(&limits.to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn inspect(dir: &std::path::Path, pictures: Option<&std::path::Path>, global: &Global) -> anyhow::Result<ExitCode> {
    let corpus = CorpusReader::open(dir)?;
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut first_of: BTreeMap<String, u64> = BTreeMap::new();
    for row in corpus.rows() {
        *counts.entry((row.split.clone(), row.label.clone())).or_default() += 1;
        first_of.entry(row.label.clone()).or_insert(row.id);
    }
    if let Some(folder) = pictures {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        for (label, id) in &first_of {
            let sample = corpus.read_maps(*id)?;
            let path = folder.join(format!("{label}.png"));
            let picture = MapPicture { scale: 2, ..MapPicture::default() };
            atomic_file::write(&path, &maps_png(&sample.maps, &picture)?)?;
        }
    }
    if global.json {
        let counts: Vec<_> =
            counts.iter().map(|((split, label), n)| json!({"split": split, "label": label, "samples": n})).collect();
        print_line(&json!({"corpus": dir, "samples": corpus.rows().len(), "counts": counts}).to_string())?;
    } else {
        for ((split, label), n) in &counts {
            print_line(&format!("{split:<12} {label:<28} {n:>6}"))?;
        }
        print_line(&format!("{} samples in {}", corpus.rows().len(), dir.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}
