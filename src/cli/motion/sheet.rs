//! `kinecho motion sheet`: pictures of motions.

use super::captured::CapturedArgs;
use super::joints::{self, JointRow};
use super::postures::postures;
use super::{Chosen, Global, RATE_HZ, pages, print_line, rendition};
use crate::base::atomic_file;
use crate::body::{BodyModel, BodyShape, library};
use crate::motion::Clip;
use crate::motion::capture::Excerpt;
use crate::viz::{ContactSheet, png_bytes};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `kinecho motion sheet`.
#[derive(Args)]
pub(in crate::cli) struct SheetArgs {
    /// Slugs may also be files of captured motion: AMASS or SMPL-X .npz, .bvh, .glb, .gltf, DeepMimic's .txt.
    #[command(flatten)]
    chosen: Chosen,
    /// A body model (SMPL, SMPL-H, SMPL-X or the like as .npz) in place of the CC0 body.
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    #[command(flatten)]
    captured: CapturedArgs,
    /// The picture; joints and times lie beside it as an npz of the same name.
    #[arg(short, long, default_value = "motions.png", value_name = "FILE")]
    output: PathBuf,
    /// Postures of each motion, evenly over `--duration`.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    postures: u16,
    /// Length that is shown, s.
    #[arg(long, default_value_t = 4.0)]
    duration: f64,
    /// Instead of one picture of random draws, a folder with one picture of each motion as it is written, from the front and
    /// the side with the paths of hands or feet, and a page that lists them.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["output", "duration", "seed", "postures"])]
    pages: Option<PathBuf>,
}

pub(super) fn run(args: &SheetArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let body = match &args.body {
        Some(path) => library::model(path)?.shaped(&BodyShape::default())?,
        None => BodyModel::cc0().shaped(&BodyShape::default())?,
    };
    let (chosen, files) = args.chosen.without_files();
    // No slug stands for all motions, but not beside files.
    let scores = if chosen.motions.is_empty() && !files.is_empty() { Vec::new() } else { chosen.scores()? };
    if let Some(folder) = &args.pages {
        if let Some(file) = files.first() {
            anyhow::bail!("{file}: --pages draws scores alone; leave it out to draw files");
        }
        pages::write(folder, &scores, &body)?;
        report(global, "folder", folder, scores.len())?;
        return Ok(ExitCode::SUCCESS);
    }
    anyhow::ensure!(
        args.duration > 0.0 && args.duration <= 120.0,
        "--duration {}: expected above 0, at most 120 s",
        args.duration
    );
    let mut sheet = ContactSheet::new(160);
    let mut rows = Vec::new();
    let drawn = |clip: &Clip, length_s: f64| {
        let times = (0..args.postures).map(|i| length_s * f64::from(i) / f64::from(args.postures));
        times.map(|time| (time, clip.pose_at(time))).collect::<Vec<_>>()
    };
    for score in &scores {
        let clip = score.perform_on(&body, &rendition(score, chosen.seed, 0), args.duration, RATE_HZ)?.clip;
        let frames = postures(&body, &clip, args.duration, args.postures.into());
        rows.push(JointRow::of(&score.name(), &body, drawn(&clip, args.duration)));
        sheet = sheet.row(&score.name(), &frames, body.faces());
    }
    let captured = args.captured.reader()?;
    for file in &files {
        let path = Path::new(file);
        let excerpt = Excerpt::new(0.0, args.duration);
        let clip = captured.clip(path, excerpt, &body, global)?;
        let length_s = clip.duration_s().min(args.duration);
        let frames = postures(&body, &clip, length_s, args.postures.into());
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        rows.push(JointRow::of(&name, &body, drawn(&clip, length_s)));
        sheet = sheet.row(&name, &frames, body.faces());
    }
    atomic_file::write(&args.output, &png_bytes(&sheet.image())?)?;
    joints::write(&args.output, &rows)?;
    report(global, "picture", &args.output, scores.len() + files.len())?;
    Ok(ExitCode::SUCCESS)
}

fn report(global: &Global, what: &str, path: &Path, motions: usize) -> anyhow::Result<()> {
    if global.json {
        print_line(&json!({what: path, "motions": motions}).to_string())
    } else {
        print_line(&format!("{motions} motions: {}", path.display()))
    }
}
