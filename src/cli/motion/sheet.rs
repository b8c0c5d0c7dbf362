//! `kinecho motion sheet`: pictures of motions.

use super::{Chosen, Global, RATE_HZ, pages, print_line, rendition};
use crate::base::{Vec3, atomic_file};
use crate::body::{BodyModel, BodyShape, ShapedBody};
use crate::motion::Clip;
use crate::viz::{ContactSheet, png_bytes};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `kinecho motion sheet`.
#[derive(Args)]
pub(in crate::cli) struct SheetArgs {
    #[command(flatten)]
    chosen: Chosen,
    /// The picture.
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
    let body = BodyModel::cc0().shaped(&BodyShape::default())?;
    let scores = args.chosen.scores()?;
    if let Some(folder) = &args.pages {
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
    for score in &scores {
        let clip = score.play(&body.skeleton, &rendition(score, args.chosen.seed, 0), args.duration, RATE_HZ)?;
        let frames = postures(&body, &clip, args.duration, args.postures.into());
        sheet = sheet.row(&score.slug, &frames, body.faces());
    }
    atomic_file::write(&args.output, &png_bytes(&sheet.image())?)?;
    report(global, "picture", &args.output, scores.len())?;
    Ok(ExitCode::SUCCESS)
}

fn report(global: &Global, what: &str, path: &std::path::Path, motions: usize) -> anyhow::Result<()> {
    if global.json {
        print_line(&json!({what: path, "motions": motions}).to_string())
    } else {
        print_line(&format!("{motions} motions: {}", path.display()))
    }
}

/// Vertices at `count` times, evenly from 0 to before `duration_s`.
pub(super) fn postures(body: &ShapedBody, clip: &Clip, duration_s: f64, count: u32) -> Vec<Vec<Vec3>> {
    (0..count)
        .map(|i| {
            let mut vertices = vec![Vec3::zeros(); body.vertex_count()];
            body.skin(&clip.pose_at(duration_s * f64::from(i) / f64::from(count)), &mut vertices);
            vertices
        })
        .collect()
}
