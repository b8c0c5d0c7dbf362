//! `kinecho corpus inspect`: counts, shapes and pictures.

use crate::base::axis::Axis;
use crate::base::random::RandomTree;
use crate::cli::simulate::pictures;
use crate::cli::{Global, print_line};
use crate::corpus::{CorpusReader, SampleRow};
use anyhow::Context;
use clap::Args;
use rand::RngExt;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `kinecho corpus inspect`.
#[derive(Args)]
pub(in crate::cli) struct CorpusInspectArgs {
    /// The corpus.
    dir: PathBuf,
    /// Write pictures of the maps of random samples to this folder: ID_LABEL.png, and their numbers as ID_LABEL.npz.
    #[arg(long, value_name = "DIR")]
    pictures: Option<PathBuf>,
    /// Number of pictures.
    #[arg(long, value_name = "N", default_value_t = 8)]
    count: usize,
    /// Seed of the choice of samples.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// Prints what a corpus holds.
pub(super) fn run(args: &CorpusInspectArgs, global: &Global) -> anyhow::Result<ExitCode> {
    let corpus = CorpusReader::open(&args.dir)?;
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in corpus.rows() {
        *counts.entry((&row.split, &row.label)).or_default() += 1;
    }
    let first = corpus.read(corpus.rows().first().map_or(0, |row| row.id))?;
    let axes = |axes: &[Axis]| axes.iter().map(|a| a.name.as_str()).collect::<Vec<_>>().join(", ");
    let mut arrays: Vec<(String, &str, Vec<usize>, String)> = first
        .views
        .iter()
        .map(|(name, view)| (name.to_owned(), "float32", view.data.shape().to_vec(), axes(&view.axes)))
        .collect();
    for (name, array) in &first.extras {
        arrays.push((name.clone(), array.data.dtype(), array.data.shape().to_vec(), axes(&array.info.axes)));
    }
    let drawn = match &args.pictures {
        Some(folder) => draw(&corpus, folder, args.count, args.seed)?,
        None => Vec::new(),
    };
    let distinct = |key: fn(&SampleRow) -> &str| corpus.count_by(key).len();
    let (subjects, sessions) = (distinct(|r| &r.subject), distinct(|r| &r.session));
    if global.json {
        let counts: Vec<_> =
            counts.iter().map(|((split, label), n)| json!({"split": split, "label": label, "samples": n})).collect();
        let arrays: Vec<_> = arrays
            .iter()
            .map(|(name, dtype, shape, axes)| json!({"name": name, "dtype": dtype, "shape": shape, "axes": axes}))
            .collect();
        print_line(&json!({"corpus": args.dir, "samples": corpus.rows().len(), "subjects": subjects, "sessions": sessions, "counts": counts, "arrays": arrays, "pictures": drawn}).to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    for ((split, label), n) in &counts {
        print_line(&format!("{split:<12} {label:<28} {n:>6}"))?;
    }
    for (name, dtype, shape, axes) in &arrays {
        print_line(&format!("array {name:<16} {dtype:<10} {shape:?} in the first sample: {axes}"))?;
    }
    let (n, dir) = (corpus.rows().len(), args.dir.display());
    print_line(&format!("{n} samples, {subjects} subjects, {sessions} places or sessions in {dir}"))?;
    for path in drawn {
        print_line(&format!("{}", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Draws random samples, each at most once.
fn draw(corpus: &CorpusReader, folder: &Path, count: usize, seed: u64) -> anyhow::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut stream = RandomTree::new(seed).stream(0, "inspect");
    let mut ids: Vec<u64> = corpus.rows().iter().map(|row| row.id).collect();
    let count = count.min(ids.len());
    // The first `count` of a shuffle (Fisher and Yates).
    for i in 0..count {
        let j = stream.random_range(i..ids.len());
        ids.swap(i, j);
    }
    ids[..count]
        .iter()
        .map(|&id| {
            let sample = corpus.read_views(id)?;
            // Recorded labels may hold anything; a file name should not.
            let label: String = sample
                .targets
                .label
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
                .take(60)
                .collect();
            let name = format!("{id:09}_{label}");
            let title = format!("{}, sample {id}", sample.targets.label);
            let files = pictures::write_sheet(folder, &name, &title, &sample.views)?;
            Ok(folder.join(&files[0]))
        })
        .collect()
}
