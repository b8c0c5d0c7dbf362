//! `kinecho motion`: look at motions and their files, check them, tell them apart.

mod captured;
mod check;
mod distinct;
mod inspect;
mod joints;
mod pages;
mod postures;
pub(super) mod reading;
mod sheet;

use super::{Global, print_line};
use crate::base::random::RandomTree;
use crate::body::{BodyModel, BodyShape, ShapedBody, Skeleton};
use crate::motion::capture::Format;
use crate::motion::score::{Rendition, Score, ScoreBook};
use anyhow::Context;
use clap::{Args, Subcommand};
use rand::RngExt;
use std::path::PathBuf;
use std::process::ExitCode;

/// Rate at which motions are played, Hz.
const RATE_HZ: f64 = 120.0;

/// What can be done with motions.
#[derive(Subcommand)]
pub(super) enum MotionCommand {
    /// Draw postures of each motion as a PNG.
    Sheet(sheet::SheetArgs),
    /// Say what a file of captured motion is taken for: rate, axes, unit, joints, heights, speeds.
    Inspect(inspect::MotionInspectArgs),
    /// Measure the biomechanics of each motion over several draws.
    Check(check::CheckArgs),
    /// Measure whether the motions can be told apart by their joint angles.
    Distinct(distinct::DistinctArgs),
}

/// Which motions.
#[derive(Args)]
struct Chosen {
    /// Slugs of the motions, also of falls and of movements of data sets; by default the sixty.
    motions: Vec<String>,
    /// A file of scores to use in place of the built-in ones.
    #[arg(long, value_name = "FILE")]
    scores: Option<PathBuf>,
    /// Seed of the draws.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// Runs a motion command.
pub(super) fn run(command: &MotionCommand, global: &Global) -> anyhow::Result<ExitCode> {
    match command {
        MotionCommand::Sheet(args) => sheet::run(args, global),
        MotionCommand::Inspect(args) => inspect::run(args, global),
        MotionCommand::Check(args) => check::run(args, global),
        MotionCommand::Distinct(args) => distinct::run(args, global),
    }
}

impl Chosen {
    /// What is chosen beside files of captured motion, and those files.
    fn without_files(&self) -> (Self, Vec<String>) {
        let (files, motions) = self.motions.iter().cloned().partition(|m| Format::of(m.as_ref()).is_some());
        (Self { motions, scores: self.scores.clone(), seed: self.seed }, files)
    }

    /// The chosen motions, or all; `slug/way` is another way to do one.
    fn scores(&self) -> anyhow::Result<Vec<Score>> {
        let own = self.scores.as_deref().map(ScoreBook::read).transpose()?;
        let book = own.as_ref().unwrap_or_else(|| ScoreBook::builtin());
        if self.motions.is_empty() {
            return Ok(book.iter().cloned().collect());
        }
        // All of the built-in motions are the sixty; by name there are more.
        let book = own.as_ref().unwrap_or_else(|| ScoreBook::with_data_sets());
        let named = |name: &String| {
            let slug = name.split('/').next().unwrap_or(name);
            let found = book.ways(slug).into_iter().find(|score| score.name() == *name);
            found.cloned().with_context(|| format!("no motion is called `{name}`"))
        };
        self.motions.iter().map(named).collect()
    }

    /// The chosen motions, or all of them in all ways.
    fn scores_in_all_ways(&self) -> anyhow::Result<Vec<Score>> {
        let own = self.scores.as_deref().map(ScoreBook::read).transpose()?;
        let book = own.as_ref().unwrap_or_else(|| ScoreBook::builtin());
        if self.motions.is_empty() {
            return Ok(book.iter().flat_map(|score| book.ways(&score.slug)).cloned().collect());
        }
        self.scores()
    }
}

fn rendition(score: &Score, seed: u64, draw: u64) -> Rendition {
    Rendition::draw(score, &mut RandomTree::new(seed).stream(draw, &format!("rendition of {}", score.name())))
}

/// Skeleton of person number `draw`, from the whole range of people that scores are written for.
fn person(seed: u64, draw: u64) -> anyhow::Result<Skeleton> {
    Ok(person_body(seed, draw)?.skeleton)
}

/// Body of person number `draw`.
fn person_body(seed: u64, draw: u64) -> anyhow::Result<ShapedBody> {
    let stream = &mut RandomTree::new(seed).stream(draw, "person");
    let mut between = |low: f64, high: f64| low + (high - low) * stream.random::<f64>();
    let shape = BodyShape {
        sex: between(0.0, 1.0),
        stature_m: between(1.50, 1.95),
        body_mass_index: between(18.5, 30.0),
        muscle: between(0.2, 0.8),
    };
    Ok(BodyModel::cc0().shaped(&shape)?)
}
