//! `kinecho corpus dedup`: samples that say the same as others.

use crate::cli::{Global, print_line};
use crate::corpus::CorpusReader;
use crate::study::dedup::{DedupConfig, DuplicateList, dedup, report};
use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `kinecho corpus dedup`.
#[derive(Args)]
pub(in crate::cli) struct DedupArgs {
    /// The corpora. They are read only; views of one name may have another shape in each.
    #[arg(required = true)]
    corpora: Vec<PathBuf>,
    /// The list to write (CSV: corpus, id, kept, cosine); a report with pictures is written beside it, under the same name with .html.
    #[arg(short, long, value_name = "LIST")]
    output: PathBuf,
    /// Name of the view that is compared; by default the main one.
    #[arg(long, value_name = "VIEW")]
    view: Option<String>,
    /// Lengths of a patch, for example 16,16.
    #[arg(long, value_name = "N,N", value_delimiter = ',')]
    patch: Option<Vec<usize>>,
    /// Standard deviation of the noise that must not change a sample; views are brought to a mean power of 1.
    #[arg(long, value_name = "SIGMA", default_value_t = 0.5)]
    noise: f64,
    /// Percentile of the distances of samples to their noisy versions within which two samples are the same; more removes more.
    #[arg(long, value_name = "P", default_value_t = 10.0)]
    percentile: f64,
    /// Steps of training the encoder.
    #[arg(long, value_name = "N", default_value_t = 300)]
    steps: u64,
    /// Seed of the encoder.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// Looks for duplicates and writes list and report.
pub(super) fn run(args: &DedupArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let config = DedupConfig {
        view: args.view.clone(),
        patch: args.patch.clone(),
        noise: args.noise,
        percentile: args.percentile,
        steps: args.steps,
        seed: args.seed,
        ..DedupConfig::default()
    };
    if let Some(problem) = config.problems().into_iter().next() {
        bail!("--{}: {}", problem.key.replace("task.embed.", ""), problem.message);
    }
    let page = args.output.with_extension("html");
    if page == args.output {
        bail!("{}: the list is CSV, the report beside it is .html: name the list otherwise", args.output.display());
    }
    let mut corpora = Vec::new();
    for dir in &args.corpora {
        let corpus = CorpusReader::open(dir)?;
        corpus.check_shards()?;
        if corpora.iter().any(|other: &CorpusReader| other.dir() == corpus.dir()) {
            bail!("{} is named twice", dir.display());
        }
        corpora.push(corpus);
    }
    // The encoder is of use for this search alone.
    let work = args.output.with_extension("encoder");
    if work.exists() {
        std::fs::remove_dir_all(&work).with_context(|| format!("cannot remove {}", work.display()))?;
    }
    let found = dedup(&corpora, &config, &work, &global.progress());
    let removed = std::fs::remove_dir_all(&work);
    let found = found?;
    removed.with_context(|| format!("cannot remove {}", work.display()))?;
    DuplicateList::write(&args.output, found.iter().flat_map(|one| &one.removed))?;
    report(&corpora, &found, &config, &page)?;
    if global.json {
        print_line(&serde_json::to_string_pretty(&json!({"list": args.output, "report": page, "corpora": found}))?)?;
        return Ok(ExitCode::SUCCESS);
    }
    for one in &found {
        print_line(&format!(
            "{}: {} of {} samples ({:.1} %) say the same as an earlier one (cosine above {:.4})",
            one.corpus,
            one.removed.len(),
            one.samples,
            100.0 * one.ratio(),
            one.threshold
        ))?;
    }
    print_line(&format!("list: {}; report: {}", args.output.display(), page.display()))?;
    Ok(ExitCode::SUCCESS)
}
