//! What a folder must not hold, to be written in: other files, a corpus of another plan.

use crate::corpus::error::CorpusError;
use crate::corpus::plan::CorpusPlan;
use crate::corpus::plan::made_of::other_ingredients;
use serde_yaml::Value;
use std::path::Path;
use std::{fs, io};

/// A folder without a plan must be new or empty, or hold nothing but what other parts of a corpus begin with.
pub(super) fn refuse_foreign(dir: &Path) -> Result<(), CorpusError> {
    let entries = match fs::read_dir(dir) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(CorpusError::read(dir))?,
    };
    for entry in entries {
        let name = entry.map_err(CorpusError::read(dir))?.file_name();
        let name = name.to_string_lossy();
        let beginnings = [".lock", "shards", "parts", "corpus.yaml"];
        let ours = beginnings.contains(&&*name) || name.starts_with("corpus.yaml.") && name.ends_with(".part");
        if !ours {
            return Err(CorpusError::folder(dir, "holds other files: an empty or new folder is expected"));
        }
    }
    Ok(())
}

/// A corpus that is there must be of the same plan.
pub(super) fn refuse_other(dir: &Path, plan: &CorpusPlan) -> Result<(), CorpusError> {
    let there = CorpusPlan::read(dir)?;
    if there.is_old() {
        let problem =
            "is a corpus of an older layout: it can be read, but nothing is added to it; choose another folder";
        return Err(CorpusError::folder(dir, problem));
    }
    let Some(what) = difference(&there, plan) else { return Ok(()) };
    let problem = format!("is a corpus of another plan ({what}): choose another folder, or keep the recipe");
    Err(CorpusError::folder(dir, problem))
}

fn difference(there: &CorpusPlan, asked: &CorpusPlan) -> Option<String> {
    // Motion files may come and go; what is made of others now is found out shard by shard.
    let captured = |plan: &CorpusPlan| plan.motion_files.iter().map(|block| block.samples).sum::<u64>();
    let made = |plan: &CorpusPlan| plan.samples.saturating_sub(captured(plan));
    let numbers = [
        ("samples", made(there), made(asked)),
        ("samples_per_shard", there.samples_per_shard, asked.samples_per_shard),
    ];
    if let Some((name, a, b)) = numbers.into_iter().find(|(_, a, b)| a != b) {
        return Some(format!("{name} {a} there, {b} asked for"));
    }
    // The recipe as typed may differ in comments and overrides: what it comes to is what counts.
    let mut found = Vec::new();
    differences(&there.resolved, &asked.resolved, "", &mut found);
    let more = found.len().saturating_sub(MOST_NAMED);
    found.truncate(MOST_NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    if !found.is_empty() {
        return Some(format!("its resolved recipe differs: {}{more}", found.join("; ")));
    }
    other_ingredients(&there.made_of, &asked.made_of)
}

/// Differences that are named, at most.
const MOST_NAMED: usize = 8;

/// Where two resolved recipes differ: keys and both values in short.
fn differences(a: &Value, b: &Value, path: &str, found: &mut Vec<String>) {
    let short = |value: &Value| {
        let text = serde_json::to_string(value).unwrap_or_else(|_| "…".into());
        if text.chars().count() > 60 { text.chars().take(57).chain("…".chars()).collect() } else { text }
    };
    let under = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (a, b) {
        _ if a == b => {}
        (Value::Mapping(left), Value::Mapping(right)) => {
            let keys = left.keys().chain(right.keys().filter(|key| !left.contains_key(key)));
            let missing = Value::String("not there".into());
            for key in keys {
                let (l, r) = (left.get(key).unwrap_or(&missing), right.get(key).unwrap_or(&missing));
                differences(l, r, &under(key.as_str().unwrap_or("?")), found);
            }
        }
        (Value::Sequence(left), Value::Sequence(right)) if left.len() == right.len() => {
            for (i, (l, r)) in left.iter().zip(right).enumerate() {
                differences(l, r, &under(&i.to_string()), found);
            }
        }
        _ => found.push(format!("{path} is {} there, {} here", short(a), short(b))),
    }
}
