//! `kinecho motion distinct`: can the motions be told apart by their joint angles?

use super::{Chosen, Global, person, print_line};
use crate::motion::Distinctness;
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

/// Pairs that are confused for this share of the people or more are listed.
const LISTED: f64 = 0.05;

/// Arguments of `kinecho motion distinct`.
#[derive(Args)]
pub(in crate::cli) struct DistinctArgs {
    #[command(flatten)]
    chosen: Chosen,
    /// People; each does every motion once.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u16).range(2..=1000))]
    subjects: u16,
    /// Groups of people; each is classified by what the others did.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(2..=1000))]
    folds: u16,
    /// Length of what is seen of each, s.
    #[arg(long, default_value_t = 6.0)]
    duration: f64,
}

pub(super) fn run(args: &DistinctArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let scores = args.chosen.scores()?;
    let seed = args.chosen.seed;
    let people = (0..args.subjects).map(|p| person(seed, p.into())).collect::<anyhow::Result<Vec<_>>>()?;
    let found = Distinctness::measure(&scores, &people, args.folds.into(), args.duration, seed)?;
    let confusions = found.confusions();
    if global.json {
        let report = json!({
            "accuracy": found.accuracy(),
            "subjects": args.subjects,
            "folds": args.folds,
            "duration_s": args.duration,
            "confusions": confusions,
            "motions": found.motions,
            "confusion": found.confusion,
        });
        print_line(&report.to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    print_line(&format!(
        "{:.1} % of {} clips of {} s are recognised ({} motions, {} people, {} groups left out in turn)",
        100.0 * found.accuracy(),
        scores.len() * people.len(),
        args.duration,
        scores.len(),
        people.len(),
        args.folds
    ))?;
    for pair in confusions.iter().filter(|pair| pair.share >= LISTED) {
        print_line(&format!("{:<24} taken for {:<24} {:>5.1} %", pair.motion, pair.taken_for, 100.0 * pair.share))?;
    }
    Ok(ExitCode::SUCCESS)
}
