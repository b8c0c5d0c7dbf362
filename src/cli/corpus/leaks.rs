//! `kinecho corpus leaks`: what gives labels away besides motion.

use crate::cli::{Global, print_line};
use crate::corpus::{CorpusReader, GroupBy, leaks};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `kinecho corpus leaks`.
#[derive(Args)]
pub(in crate::cli) struct LeakArgs {
    /// The corpus.
    dir: PathBuf,
    /// What must not stand on both sides of a split; by default the subject or, where none is known, the session.
    #[arg(long, value_name = "GROUP")]
    by: Option<By>,
}

#[derive(Clone, Copy, ValueEnum)]
enum By {
    Subject,
    Session,
    Recording,
}

/// Prints the report.
pub(super) fn run(args: &LeakArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let by = args.by.map(|by| match by {
        By::Subject => GroupBy::Subject,
        By::Session => GroupBy::Session,
        By::Recording => GroupBy::Recording,
    });
    let report = leaks(&CorpusReader::open(&args.dir)?, by)?;
    if global.json {
        print_line(&serde_json::to_string_pretty(&report)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let group = serde_json::to_value(report.by)?;
    let group = group.as_str().unwrap_or_default();
    print_line(&format!(
        "{} labels, the most frequent one {:.1} %; {} groups by {group}",
        report.labels,
        100.0 * report.majority,
        report.groups
    ))?;
    print_line(&format!("{:<20} {:>8} {:>16} {:>14}", "right by the", "windows", "any recording", "other groups"))?;
    for look in &report.looks {
        let other = look.other_groups.map_or_else(|| "-".into(), |share| format!("{:.1} %", 100.0 * share));
        print_line(&format!(
            "{:<20} {:>8} {:>14.1} % {other:>14}",
            look.look,
            look.windows,
            100.0 * look.any_recording
        ))?;
    }
    if !report.copies.is_empty() {
        print_line(&format!("{} recordings are copies of others:", report.copies.len()))?;
        for copies in report.copies.iter().take(10) {
            print_line(&format!("  {}", copies.recordings.join(" = ")))?;
        }
    }
    if report.advice.is_empty() {
        print_line("nothing gives the labels away without motion by more than the groups explain")?;
    }
    report.advice.iter().try_for_each(|line| print_line(&format!("- {line}")))?;
    Ok(ExitCode::SUCCESS)
}
