//! What of a part of a corpus is there: every shard that a manifest knows is held against its size and hash.

use crate::corpus::error::CorpusError;
use crate::corpus::files::left_out::LeftOut;
use crate::corpus::files::manifest::{self, Manifest, ManifestLine};
use crate::corpus::layout;
use crate::corpus::plan::CorpusPlan;
use crate::corpus::plan::part::Part;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// What was found when a corpus was taken up again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resumed {
    /// Shards that are whole.
    pub finished: Vec<u64>,
    /// Shards that the manifest knows but whose file is not what it says, and why.
    pub damaged: Vec<(u64, String)>,
    /// Shards whose file is there under its final name, but without a line in the manifest: a process ended between the two,
    /// or the line was lost. They are made again.
    pub unlisted: Vec<u64>,
    /// Shards that lack samples of files which have been mended since. They are made again.
    pub mended: Vec<u64>,
}

/// How a shard stands.
pub(in crate::corpus) enum Standing {
    Whole(ManifestLine),
    Damaged(String),
    Unlisted,
    Missing,
}

/// Holds one shard against what the manifests say of it; reads the whole file when `hash` is set.
pub(in crate::corpus) fn standing(
    dir: &Path,
    plan: &CorpusPlan,
    shard: u64,
    claims: Option<&Vec<ManifestLine>>,
    hash: bool,
) -> Result<Standing, CorpusError> {
    let Some(claims) = claims else {
        let there = dir.join(layout::shard(shard)).exists();
        return Ok(if there { Standing::Unlisted } else { Standing::Missing });
    };
    // Lines that contradict each other can only be told apart by the hash.
    let hash = hash || claims.len() > 1;
    let mut last = String::new();
    for line in claims {
        let problem = match line.disagreement(plan) {
            None => line.problem(dir, hash)?,
            disagreement => disagreement,
        };
        match problem {
            None => return Ok(Standing::Whole(line.clone())),
            Some(problem) => last = problem,
        }
    }
    Ok(Standing::Damaged(last))
}

/// Takes stock of the shards of a part, by size and hash.
pub(in crate::corpus) fn take(dir: &Path, plan: &CorpusPlan, part: Part) -> Result<(Manifest, Resumed), CorpusError> {
    let claims = manifest::claims(dir)?;
    let own: Vec<u64> = part.shards(plan.shards()).collect();
    let found: Vec<(u64, Standing)> = own
        .into_par_iter()
        .map(|shard| Ok((shard, standing(dir, plan, shard, claims.get(&shard), true)?)))
        .collect::<Result<_, CorpusError>>()?;
    let mut manifest = Manifest::default();
    let mut resumed = Resumed::default();
    for (shard, standing) in found {
        match standing {
            Standing::Whole(line) => {
                resumed.finished.push(shard);
                manifest.lines.insert(shard, line);
            }
            Standing::Damaged(problem) => resumed.damaged.push((shard, problem)),
            Standing::Unlisted => resumed.unlisted.push(shard),
            Standing::Missing => {}
        }
    }
    Ok((manifest, resumed))
}

/// Strikes out the shards that lack samples of a file which is another one now.
pub(in crate::corpus) fn mended(manifest: &mut Manifest, plan: &CorpusPlan) -> Vec<u64> {
    let mut files: BTreeMap<(String, Option<String>), bool> = BTreeMap::new();
    let mut is_mended =
        |out: &LeftOut| *files.entry((out.file.clone(), out.blake3.clone())).or_insert_with(|| out.is_mended());
    let shards: Vec<u64> = manifest
        .lines
        .values()
        .filter(|line| line.live_left_out(plan).any(&mut is_mended))
        .map(|line| line.shard)
        .collect();
    shards.iter().for_each(|shard| drop(manifest.lines.remove(shard)));
    shards
}

/// Removes what an interrupted writer of this part left: unfinished shards, and of the whole corpus all else unfinished.
pub(in crate::corpus) fn remove_parts(dir: &Path, part: Part) -> Result<(), CorpusError> {
    let mut folders = vec![layout::shards(dir)];
    if part.is_whole() {
        folders.push(dir.to_owned());
    }
    for folder in folders {
        for entry in fs::read_dir(&folder).map_err(CorpusError::read(&folder))? {
            let path = entry.map_err(CorpusError::read(&folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let ours = match part.is_whole() {
                true => name.ends_with(".part"),
                false => layout::shard_of_unfinished(&name).is_some_and(|shard| part.owns(shard)),
            };
            if ours {
                match fs::remove_file(&path) {
                    Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(CorpusError::write(&path)(e)),
                    _ => {}
                }
            }
        }
    }
    Ok(())
}
