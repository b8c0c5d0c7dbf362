//! `kinecho motion check`: the biomechanics of every motion over several people and draws.

use super::{Chosen, Global, RATE_HZ, person, print_line, rendition};
use crate::motion::MotionCheck;
use clap::Args;
use rayon::prelude::*;
use serde_json::json;
use std::process::ExitCode;

/// Length of what is measured of each draw, s; the longest repetitions take 7 s.
const LENGTH_S: f64 = 8.0;

/// Arguments of `kinecho motion check`.
#[derive(Args)]
pub(in crate::cli) struct CheckArgs {
    #[command(flatten)]
    chosen: Chosen,
    /// Draws of each motion, each on another person.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    draws: u16,
}

pub(super) fn run(args: &CheckArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let seed = args.chosen.seed;
    let people = (0..args.draws).map(|draw| person(seed, draw.into())).collect::<anyhow::Result<Vec<_>>>()?;
    let (mut rows, mut ways, mut failed) = (Vec::new(), Vec::new(), 0);
    let scores = args.chosen.scores_in_all_ways()?;
    if !global.json {
        print_line(&format!(
            "{:<24} {:>6} {:>6} {:>9} {:>9} {:>6} {:>6} {:>7} {:>6} {:>9} {:>8}",
            "motion", "slide", "floor", "knee", "elbow", "hand", "foot", "accel.", "seam", "residual", "balance"
        ))?;
        print_line(&format!(
            "{:<24} {:>6} {:>6} {:>9} {:>9} {:>6} {:>6} {:>7} {:>6} {:>9} {:>8}",
            "", "cm/s", "mm", "degrees", "degrees", "m/s", "m/s", "m/s2", "mm", "mm", "mm"
        ))?;
    }
    for score in &scores {
        let measured = people
            .par_iter()
            .enumerate()
            .map(|(draw, skeleton)| {
                let played = score.perform(skeleton, &rendition(score, seed, draw as u64), LENGTH_S, RATE_HZ)?;
                Ok(MotionCheck::measure(skeleton, &played)?)
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        let Some(worst) = measured.into_iter().reduce(|a, b| a.worst(&b)) else { continue };
        let violations = worst.violations(&score.limits);
        failed += usize::from(!violations.is_empty());
        if !global.json {
            let range = |[low, high]: [f64; 2]| format!("{:.0}..{:.0}", low.max(0.0), high);
            print_line(
                format!(
                    "{:<24} {:>6.2} {:>6.1} {:>9} {:>9} {:>6.1} {:>6.1} {:>7.0} {:>6.1} {:>9.2} {:>8.0}  {}",
                    score.name(),
                    100.0 * worst.slide_mps,
                    1e3 * worst.below_floor_m,
                    range(worst.knee_deg),
                    range(worst.elbow_deg),
                    worst.hand_mps,
                    worst.foot_mps,
                    worst.acceleration_mps2,
                    1e3 * worst.seam_m,
                    1e3 * worst.residual_m,
                    1e3 * worst.off_balance_m,
                    violations.join("; ")
                )
                .trim_end(),
            )?;
        }
        let passed = violations.is_empty();
        let row =
            json!({"slug": score.slug, "way": score.way, "passed": passed, "violations": violations, "worst": worst});
        if score.way.is_some() { ways.push(row) } else { rows.push(row) }
    }
    if global.json {
        print_line(&serde_json::to_string_pretty(&json!({"motions": rows, "ways": ways, "draws": args.draws}))?)?;
    } else {
        print_line(&format!(
            "{} of {} motions passed in {} draws each",
            scores.len() - failed,
            scores.len(),
            args.draws
        ))?;
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
