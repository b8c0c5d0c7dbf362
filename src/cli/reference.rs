//! `kinecho reference`: the engines against golden signals.

use super::{Global, print_line, tell};
use crate::sim::Engine;
use crate::sim::reference::{CaseResult, compare, read_case};
use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Largest relative rms error that the exact engine may have.
const EXACT_LIMIT: f64 = 1e-6;

/// The same for the fast engine, which sums in f32.
const FAST_LIMIT: f64 = 1e-5;

fn limit(engine: Engine) -> f64 {
    match engine {
        Engine::Exact => EXACT_LIMIT,
        Engine::Fast => FAST_LIMIT,
    }
}

/// Arguments of `kinecho reference`.
#[derive(Args)]
pub(super) struct ReferenceArgs {
    /// Folder with golden `.npz` cases.
    dir: PathBuf,
}

/// Compares every case of the folder and prints a line a case and engine.
pub(super) fn run(args: &ReferenceArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&args.dir)
        .with_context(|| format!("cannot read the folder {}", args.dir.display()))?
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "npz"))
        .collect();
    paths.sort();
    if paths.is_empty() {
        bail!("{} holds no .npz: expected golden cases", args.dir.display());
    }
    let (mut results, mut unreadable) = (Vec::new(), Vec::new());
    if !global.json {
        print_line(&format!("{:<36} {:<7} {:>18} {:>12}", "case", "engine", "relative rms error", "mask differs"))?;
    }
    for path in &paths {
        match read_case(path)
            .and_then(|case| Engine::ALL.into_iter().map(|e| compare(&case, e)).collect::<Result<Vec<_>, _>>())
        {
            Ok(rows) => {
                if !global.json {
                    rows.iter().try_for_each(|row| print_line(&line(row)))?;
                }
                results.extend(rows);
            }
            Err(error) => {
                tell(&format!("error: {error}"));
                unreadable.push(json!({"file": path.display().to_string(), "error": error.to_string()}));
            }
        }
    }
    let failed = results.iter().filter(|r| !passes(r)).count();
    if global.json {
        print_line(&serde_json::to_string_pretty(&json!({
            "cases": results, "unreadable": unreadable, "exact_limit": EXACT_LIMIT, "fast_limit": FAST_LIMIT, "failed": failed + unreadable.len(),
        }))?)?;
    } else if failed > 0 {
        tell(&format!("error: {failed} of {} comparisons are above their limit", results.len()));
    }
    Ok(if failed == 0 && unreadable.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn passes(result: &CaseResult) -> bool {
    // NaN compares as false, and so fails.
    result.relative_rms_error <= limit(result.engine)
}

fn line(result: &CaseResult) -> String {
    let mask = result.mask_difference_share.map_or("-".into(), |share| format!("{:.3} %", 100.0 * share));
    let verdict = if passes(result) { "" } else { "  above the limit" };
    format!(
        "{:<36} {:<7} {:>18.2e} {:>12}{verdict}",
        result.name,
        result.engine.name(),
        result.relative_rms_error,
        mask
    )
}
