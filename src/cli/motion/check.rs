//! `kinecho motion check`: the biomechanics of every motion over several people and draws.

use super::captured::CapturedArgs;
use super::{Chosen, Global, RATE_HZ, person_body, print_line, rendition};
use crate::body::{BodyModel, BodyShape};
use crate::motion::capture::Excerpt;
use crate::motion::{MotionCheck, StrideFigures, Strides};
use clap::Args;
use rayon::prelude::*;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

/// Length of what is measured of each draw, s; the longest repetitions take 7 s.
const LENGTH_S: f64 = 8.0;
/// Length of a captured motion that is looked at, s; one that wraps goes on until then.
const CAPTURED_S: f64 = 60.0;

/// Arguments of `kinecho motion check`.
#[derive(Args)]
pub(in crate::cli) struct CheckArgs {
    /// Slugs may also be files of captured motion: AMASS or SMPL-X .npz, .bvh, .glb, .gltf, DeepMimic's .txt. Of the
    /// first minute of them the steady strides are judged.
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    captured: CapturedArgs,
    /// Draws of each motion, each on another person.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    draws: u16,
}

pub(super) fn run(args: &CheckArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let seed = args.chosen.seed;
    let people = (0..args.draws).map(|draw| person_body(seed, draw.into())).collect::<anyhow::Result<Vec<_>>>()?;
    let (mut rows, mut ways, mut steps, mut failed) = (Vec::new(), Vec::new(), Vec::new(), 0);
    let (chosen, files) = args.chosen.without_files();
    // No slug stands for all motions, but not beside files.
    let scores =
        if chosen.motions.is_empty() && !files.is_empty() { Vec::new() } else { chosen.scores_in_all_ways()? };
    let (captured, captured_failed) = check_files(args, &files, global)?;
    if !global.json && !scores.is_empty() {
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
            .map(|(draw, body)| {
                let played = score.perform_on(body, &rendition(score, seed, draw as u64), LENGTH_S, RATE_HZ)?;
                Ok(MotionCheck::measure_on(body, &played)?)
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
        steps.push((score.name(), worst));
        let passed = violations.is_empty();
        let row =
            json!({"slug": score.slug, "way": score.way, "passed": passed, "violations": violations, "worst": worst});
        if score.way.is_some() { ways.push(row) } else { rows.push(row) }
    }
    if global.json {
        let report = json!({"motions": rows, "ways": ways, "captured": captured, "draws": args.draws});
        print_line(&serde_json::to_string_pretty(&report)?)?;
    } else if !scores.is_empty() {
        print_steps(&steps)?;
        print_line(&format!(
            "{} of {} motions passed in {} draws each",
            scores.len() - failed,
            scores.len(),
            args.draws
        ))?;
    }
    Ok(if failed + captured_failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The steady strides of captured motions, as rows of the report, and how many are no strides of people.
fn check_files(args: &CheckArgs, files: &[String], global: &Global) -> anyhow::Result<(Vec<serde_json::Value>, usize)> {
    let reader = args.captured.reader()?;
    let body = BodyModel::cc0().shaped(&BodyShape::default())?;
    let (mut rows, mut steps, mut failed) = (Vec::new(), Vec::new(), 0);
    for file in files {
        let path = Path::new(file);
        let clip = reader.clip(path, Excerpt::new(0.0, CAPTURED_S), &body, global)?;
        let strides = Strides::measure(&body.skeleton, &clip)?;
        let violations = strides.violations();
        failed += usize::from(!violations.is_empty());
        rows.push(json!({"file": file, "passed": violations.is_empty(), "violations": violations, "strides": strides}));
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        steps.push((name, MotionCheck { strides, ..MotionCheck::default() }, violations));
    }
    if !global.json && !steps.is_empty() {
        print_steps(&steps.iter().map(|(name, check, _)| (name.clone(), *check)).collect::<Vec<_>>())?;
        for (name, check, violations) in &steps {
            if check.strides == Strides::default() {
                print_line(&format!("{name}: no steady stride was found"))?;
            }
            for violation in violations {
                print_line(&format!("{name}: {violation}"))?;
            }
        }
    }
    Ok((rows, failed))
}

/// A second table: what pelvis and trunk do within a step, and how falls come down.
fn print_steps(checks: &[(String, MotionCheck)]) -> anyhow::Result<()> {
    let range = |[low, high]: [f64; 2], factor: f64, digits: usize| {
        let (low, high) = (format!("{:.digits$}", low * factor), format!("{:.digits$}", high * factor));
        if low == high { low } else { format!("{low}..{high}") }
    };
    let gaits: Vec<(&String, &str, StrideFigures)> = checks
        .iter()
        .flat_map(|(name, check)| [("walk", check.strides.walk), ("run", check.strides.run)].map(|(g, f)| (name, g, f)))
        .filter_map(|(name, gait, figures)| Some((name, gait, figures?)))
        .collect();
    if !gaits.is_empty() {
        print_line("")?;
        for row in [
            ["steady strides", "", "", "speed", "step", "pelvis", "trunk", "slower", "rise", "sway"],
            ["", "", "", "m/s", "s", "m/s rms", "m/s rms", "m/s", "cm", "cm"],
        ] {
            print_line(&columns(&row.map(String::from)))?;
        }
    }
    for (name, gait, f) in gaits {
        print_line(&columns(&[
            name.clone(),
            gait.into(),
            f.strides.to_string(),
            range(f.speed_mps, 1.0, 2),
            range(f.step_s, 1.0, 2),
            range(f.pelvis_mps, 1.0, 3),
            range(f.trunk_mps, 1.0, 3),
            range(f.slower_over_foot_mps, 1.0, 2),
            range(f.rise_m, 100.0, 1),
            range(f.sway_m, 100.0, 1),
        ]))?;
    }
    for (name, fall) in checks.iter().filter_map(|(name, check)| Some((name, check.fall?))) {
        print_line(&format!(
            "{name}: the pelvis comes down in {} s and lands at {} m/s; skin {:.1} cm below the floor, trunk {:.1} cm above it",
            range(fall.descent_s, 1.0, 2),
            range(fall.impact_mps, 1.0, 2),
            100.0 * fall.below_floor_m.max(0.0),
            100.0 * fall.trunk_above_floor_m.max(0.0),
        ))?;
    }
    Ok(())
}

fn columns(cells: &[String; 10]) -> String {
    let [name, gait, strides, numbers @ ..] = cells;
    let numbers: String = numbers.iter().map(|n| format!(" {n:>12}")).collect();
    format!("{name:<24} {gait:<4} {strides:>4}{numbers}").trim_end().to_owned()
}
