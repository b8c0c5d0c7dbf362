//! The shape of the crates: no circles of modules, no crowded folders, no name for two types.

use crate::modules::Crate;
use crate::source::{folders, shown, sources};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Files of Rust that a folder holds at most.
const MOST_FILES: usize = 15;

fn read(src: &Path) -> Crate {
    let mut files = Vec::new();
    sources(src, &mut files);
    let file = |path: PathBuf| {
        let place = path.strip_prefix(src).unwrap().to_str().unwrap().replace('\\', "/");
        (shown(&path), place, fs::read_to_string(&path).unwrap())
    };
    Crate::of(&files.into_iter().map(file).collect::<Vec<_>>())
}

#[test]
fn modules_of_a_folder_form_no_circle() {
    let mut broken = Vec::new();
    for src in folders() {
        for circle in read(&src).circles() {
            let names: Vec<&str> = circle.steps.iter().map(|(name, _)| name.as_str()).collect();
            let folder = circle.folder.iter().fold(src.clone(), |path, name| path.join(name));
            let reasons = circle.steps.iter().map(|(_, reason)| format!("\n    {}: {}", reason.file, reason.path));
            broken.push(format!(
                "{}: {} → {}{}",
                shown(&folder),
                names.join(" → "),
                names[0],
                reasons.collect::<String>()
            ));
        }
    }
    assert!(
        broken.is_empty(),
        "modules use each other in a circle; move what both need below both:\n{}",
        broken.join("\n")
    );
}

#[test]
fn no_folder_is_crowded() {
    let mut counts: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for src in folders() {
        let mut files = Vec::new();
        sources(&src, &mut files);
        files.iter().filter_map(|file| file.parent()).for_each(|folder| *counts.entry(folder.into()).or_default() += 1);
    }
    assert!(counts.len() > 20, "hardly any folder was found: {counts:?}");
    let crowded = counts.iter().filter(|(_, count)| **count > MOST_FILES);
    let broken: Vec<String> = crowded.map(|(folder, count)| format!("{}: {count} files", shown(folder))).collect();
    assert!(
        broken.is_empty(),
        "at most {MOST_FILES} files a folder; divide it by what they answer:\n{}",
        broken.join("\n")
    );
}

#[test]
fn no_name_is_of_two_types() {
    let mut broken = Vec::new();
    for src in folders() {
        let read = read(&src);
        let twice = read.types().into_iter().filter(|(_, files)| files.len() > 1);
        broken.extend(twice.map(|(name, files)| format!("`{name}` in {}", files.join(", "))));
    }
    assert!(broken.is_empty(), "types of one crate have a name each:\n{}", broken.join("\n"));
}
