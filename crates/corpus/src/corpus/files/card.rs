//! `README.md` of a corpus: the dataset card, whose header Hugging Face reads.

use super::index::SampleRow;
use crate::base::atomic_file;
use crate::chain::ViewInfo;
use crate::corpus::error::CorpusError;
use crate::corpus::layout;
use crate::corpus::plan::CorpusPlan;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// A card with this line is written anew with its corpus; one without is somebody's own.
const MARK: &str = "<!-- Written by kinecho. Without this line the file is left as it is. -->";

/// Names of sizes, as the hub has them, and where the next one begins.
const SIZES: [(&str, usize); 5] = [
    ("n<1K", 1_000),
    ("1K<n<10K", 10_000),
    ("10K<n<100K", 100_000),
    ("100K<n<1M", 1_000_000),
    ("1M<n<10M", 10_000_000),
];

/// Writes the card, unless there is one that somebody has made.
pub(in crate::corpus) fn write(
    dir: &Path,
    plan: &CorpusPlan,
    rows: &[SampleRow],
    views: &[ViewInfo],
) -> Result<(), CorpusError> {
    let path = layout::card(dir);
    if fs::read_to_string(&path).is_ok_and(|text| !text.contains(MARK)) {
        return Ok(());
    }
    Ok(atomic_file::write(&path, text(plan, rows, views).as_bytes())?)
}

fn text(plan: &CorpusPlan, rows: &[SampleRow], views: &[ViewInfo]) -> String {
    let named = ["name", "import"].iter().find_map(|key| plan.resolved.get(key).and_then(|v| v.as_str()));
    let name = named.unwrap_or("corpus");
    let size = SIZES.iter().find(|(_, end)| rows.len() < *end).map_or("n>10M", |(name, _)| name);
    let labels = counted(rows, |row| &row.label);
    let sources: BTreeSet<&str> = rows.iter().map(|row| row.source.as_str()).collect();
    let mut card = String::from("---\n");
    // Texts of JSON are texts of YAML.
    let quoted = serde_json::Value::from(name);
    // Writing to a text does not fail.
    let _ = write!(
        card,
        "pretty_name: {quoted}\ntags: [kinecho, webdataset, human-activity-recognition, wireless-sensing]\n\
         size_categories: [\"{size}\"]\nconfigs:\n- config_name: default\n  data_files:\n  - {{split: samples, path: \"shards/*.tar\"}}\n---\n{MARK}\n\n\
         # {name}\n\n{} samples of {} labels; source: {}. Tar shards in WebDataset's layout: `ID.json` (label, split, origin, captions, axes \
         and units of the arrays), `ID.txt` (a sentence), `ID.VIEW.npy`.\n\n\
         The hub's one split `samples` holds all: which of a corpus' own splits a sample belongs to stands in `json.split` and in \
         `samples.csv`.\n\n",
        rows.len(),
        labels.len(),
        sources.into_iter().collect::<Vec<_>>().join(", "),
    );
    table(&mut card, "split", &counted(rows, |row| &row.split));
    card.push_str("| view | what it is | axes |\n| --- | --- | --- |\n");
    for view in views {
        let axis = |a: &crate::base::axis::Axis| {
            let last = a.value(a.len.saturating_sub(1));
            let unit = if a.unit == "1" { String::new() } else { format!(" {}", a.unit) };
            format!("{} {} ({:.3} … {last:.3}{unit})", a.len, a.name, a.first)
        };
        let axes: Vec<String> = view.axes.iter().map(axis).collect();
        let _ = writeln!(card, "| `{}` | {} | {} |", view.name, view.quantity, axes.join(" × "));
    }
    card.push('\n');
    table(&mut card, "label", &labels);
    card.push_str(
        "```python\nimport kinecho\ncorpus = kinecho.Corpus(\"DIR\")                      # samples with named arrays; as_torch(), to_dataframe()\n\n\
         from datasets import load_dataset\nrows = load_dataset(\"webdataset\", data_files=\"DIR/shards/*.tar\", split=\"train\")\n\n\
         import webdataset\nrows = webdataset.WebDataset(\"DIR/shards/000000.tar\", shardshuffle=False).decode()\n```\n",
    );
    card
}

/// Number of samples by something.
fn counted<'a>(rows: &'a [SampleRow], key: impl Fn(&'a SampleRow) -> &'a str) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    rows.iter().for_each(|row| *counts.entry(key(row)).or_insert(0) += 1);
    counts
}

fn table(card: &mut String, what: &str, counts: &BTreeMap<&str, usize>) {
    let _ = write!(card, "| {what} | samples |\n| --- | --- |\n");
    for (name, count) in counts {
        let _ = writeln!(card, "| {} | {count} |", if name.is_empty() { "(none)" } else { name });
    }
    card.push('\n');
}
