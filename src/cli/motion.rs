//! `kinecho motion`: look at motions and check them.

use super::{Global, print_line};
use crate::base::atomic_file;
use crate::base::random::RandomTree;
use crate::body::{BodyModel, BodyShape, library};
use crate::motion::capture::{Excerpt, Format, JointMapBook, Staged};
use crate::motion::score::{Rendition, Score, ScoreBook};
use crate::motion::{Capture, Clip, MotionCheck};
use crate::viz::{ContactSheet, png_bytes};
use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Rate at which motions are played, Hz.
const RATE_HZ: f64 = 120.0;

/// What can be done with motions.
#[derive(Subcommand)]
pub(super) enum MotionCommand {
    /// Draw postures of each motion as a PNG.
    Sheet(SheetArgs),
    /// Measure the biomechanics of each motion over several draws.
    Check(CheckArgs),
}

/// Which motions.
#[derive(Args)]
struct Chosen {
    /// Slugs of the motions; by default all.
    motions: Vec<String>,
    /// A file of scores to use in place of the built-in ones.
    #[arg(long, value_name = "FILE")]
    scores: Option<PathBuf>,
    /// Seed of the draws.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// Arguments of `kinecho motion sheet`.
#[derive(Args)]
pub(super) struct SheetArgs {
    /// Slugs may also be files of captured motion: AMASS or SMPL-X .npz, .bvh, .glb, .gltf, DeepMimic's .txt.
    #[command(flatten)]
    chosen: Chosen,
    /// A body model (SMPL, SMPL-H, SMPL-X or the like as .npz) in place of the CC0 body.
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// Joint maps for skeletons that the program does not know.
    #[arg(long, value_name = "FILE")]
    joint_map: Option<PathBuf>,
    /// The picture.
    #[arg(short, long, default_value = "motions.png", value_name = "FILE")]
    output: PathBuf,
    /// Postures of each motion, evenly over `--duration`.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    postures: u16,
    /// Length that is shown, s.
    #[arg(long, default_value_t = 4.0)]
    duration: f64,
}

/// Arguments of `kinecho motion check`.
#[derive(Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    chosen: Chosen,
    /// Draws of each motion.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    draws: u16,
}

/// Runs a motion command.
pub(super) fn run(command: &MotionCommand, global: &Global) -> anyhow::Result<ExitCode> {
    match command {
        MotionCommand::Sheet(args) => sheet(args, global),
        MotionCommand::Check(args) => check(args, global),
    }
}

impl Chosen {
    fn scores(&self) -> anyhow::Result<Vec<Score>> {
        let own = self.scores.as_deref().map(ScoreBook::read).transpose()?;
        let book = own.as_ref().unwrap_or_else(|| ScoreBook::builtin());
        if self.motions.is_empty() {
            return Ok(book.iter().cloned().collect());
        }
        self.motions
            .iter()
            .map(|slug| book.get(slug).cloned().with_context(|| format!("no motion is called `{slug}`")))
            .collect()
    }
}

fn rendition(score: &Score, seed: u64, draw: u64) -> Rendition {
    Rendition::draw(score, &mut RandomTree::new(seed).stream(draw, &format!("rendition of {}", score.slug)))
}

fn sheet(args: &SheetArgs, global: &Global) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        args.duration > 0.0 && args.duration <= 120.0,
        "--duration {}: expected above 0, at most 120 s",
        args.duration
    );
    let body = match &args.body {
        Some(path) => library::model(path)?.shaped(&BodyShape::default())?,
        None => BodyModel::cc0().shaped(&BodyShape::default())?,
    };
    let mut sheet = ContactSheet::new(160);
    let (files, slugs): (Vec<_>, Vec<_>) =
        args.chosen.motions.iter().cloned().partition(|m| Format::of(m.as_ref()).is_some());
    let chosen = Chosen { motions: slugs, scores: args.chosen.scores.clone(), seed: args.chosen.seed };
    let scores = if chosen.motions.is_empty() && !files.is_empty() { Vec::new() } else { chosen.scores()? };
    let row = |sheet: ContactSheet, label: &str, clip: &Clip, length: f64| {
        let frames: Vec<_> = (0..args.postures)
            .map(|i| {
                let mut vertices = vec![crate::base::Vec3::zeros(); body.vertex_count()];
                body.skin(&clip.pose_at(length * f64::from(i) / f64::from(args.postures)), &mut vertices);
                vertices
            })
            .collect();
        sheet.row(label, &frames, body.faces())
    };
    for score in &scores {
        let clip = score.play(&body.skeleton, &rendition(score, args.chosen.seed, 0), args.duration, RATE_HZ)?;
        sheet = row(sheet, &score.slug, &clip, args.duration);
    }
    let maps = args.joint_map.as_deref().map(JointMapBook::read).transpose()?;
    for file in &files {
        let path = std::path::Path::new(file);
        let capture = Capture::read(path, Excerpt::new(0.0, args.duration))?;
        for note in capture.notes.iter().filter(|_| !global.quiet) {
            eprintln!("{file}: {note}");
        }
        let clip = capture.onto(&body, maps.as_ref().unwrap_or(JointMapBook::builtin()))?;
        let staged = Staged::new(&clip, &body.skeleton)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        sheet = row(sheet, &name, &staged.clip, staged.clip.duration_s().min(args.duration));
    }
    atomic_file::write(&args.output, &png_bytes(&sheet.image())?)?;
    if global.json {
        print_line(&json!({"picture": args.output, "motions": scores.len() + files.len()}).to_string())
    } else {
        print_line(&format!("{} motions: {}", scores.len() + files.len(), args.output.display()))
    }?;
    Ok(ExitCode::SUCCESS)
}

fn check(args: &CheckArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let skeleton = BodyModel::cc0().shaped(&BodyShape::default())?.skeleton;
    let (mut rows, mut failed) = (Vec::new(), 0);
    if !global.json {
        print_line(&format!(
            "{:<24} {:>9} {:>9} {:>9} {:>9} {:>8} {:>8} {:>9} {:>9}",
            "motion", "slide", "floor", "knee", "elbow", "hand", "foot", "accel.", "residual"
        ))?;
        print_line(&format!(
            "{:<24} {:>9} {:>9} {:>9} {:>9} {:>8} {:>8} {:>9} {:>9}",
            "", "cm/s", "mm", "degrees", "degrees", "m/s", "m/s", "m/s2", "mm"
        ))?;
    }
    for score in args.chosen.scores()? {
        let mut worst: Option<MotionCheck> = None;
        for draw in 0..args.draws {
            let played = score.perform(&skeleton, &rendition(&score, args.chosen.seed, draw.into()), 6.0, RATE_HZ)?;
            let measured = MotionCheck::measure(&skeleton, &played)?;
            worst = Some(worst.map_or(measured, |w| w.worst(&measured)));
        }
        let Some(worst) = worst else { continue };
        let violations = worst.violations(&score.limits);
        failed += usize::from(!violations.is_empty());
        if !global.json {
            print_line(&format!(
                "{:<24} {:>9.2} {:>9.1} {:>9.0} {:>9.0} {:>8.1} {:>8.1} {:>9.0} {:>9.2}  {}",
                score.slug,
                100.0 * worst.slide_mps,
                1e3 * worst.below_floor_m,
                worst.knee_deg[1],
                worst.elbow_deg[1],
                worst.hand_mps,
                worst.foot_mps,
                worst.acceleration_mps2,
                1e3 * worst.residual_m,
                violations.join("; ")
            ))?;
        }
        rows.push(
            json!({"slug": score.slug, "passed": violations.is_empty(), "violations": violations, "worst": worst}),
        );
    }
    if global.json {
        print_line(&serde_json::to_string_pretty(&json!({"motions": rows, "draws": args.draws}))?)?;
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
