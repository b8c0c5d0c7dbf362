//! Holds the code to ARCHITECTURE.md: which room may use which, and which room may name which crate.

use crate::source::{folders, root, sources};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// Reads the table of ARCHITECTURE.md: room → rooms it may use; `*` stands for every room above it.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut table: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut in_table = false;
    for line in text.lines() {
        if line.starts_with("| room |") {
            in_table = true;
            continue;
        }
        if !in_table || line.starts_with("| ---") {
            continue;
        }
        let Some(row) = line.strip_prefix("| `") else {
            if !line.starts_with('|') {
                in_table = false;
            }
            continue;
        };
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let room = cells[0].trim_end_matches("/`").to_string();
        let mut uses: BTreeSet<String> = cells[2].split_whitespace().map(String::from).collect();
        if uses.remove("everything") {
            uses.extend(table.keys().cloned());
        }
        table.insert(room, uses);
    }
    table
}

/// Code lines of each source file by room; comments and doc comments do not count.
fn code() -> Vec<(String, PathBuf, String)> {
    let mut files = Vec::new();
    for src in folders() {
        let mut found = Vec::new();
        sources(&src, &mut found);
        files.extend(found.into_iter().map(|path| (src.clone(), path)));
    }
    files
        .into_iter()
        .filter_map(|(src, path)| {
            let inner = path.strip_prefix(&src).unwrap();
            let room = inner.components().next()?.as_os_str().to_str()?.trim_end_matches(".rs").to_string();
            let text = fs::read_to_string(&path).unwrap();
            let code: Vec<&str> = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
            Some((room, path, code.join("\n")))
        })
        .filter(|(room, ..)| room != "lib" && room != "main")
        .collect()
}

/// Rooms named after `crate::` in a piece of code, braces included.
fn rooms_used(code: &str) -> BTreeSet<String> {
    let word = |s: &str| s.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut used = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        // `$crate::` and `some_crate::` are other things.
        if at > 0 && code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0usize;
            let mut start = true;
            for (i, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if start && !c.is_whitespace() => {
                        used.insert(word(&group[i..]));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            used.insert(word(rest));
        }
    }
    used
}

#[test]
fn rooms_use_only_what_the_table_allows() {
    let table = allowed();
    assert!(table.len() >= 16, "the table of ARCHITECTURE.md was not found: {:?}", table.keys());
    let mut broken = Vec::new();
    // A macro that is exported stands at the root of its crate.
    let sources = code();
    let macros: BTreeSet<&str> = sources
        .iter()
        .flat_map(|(.., code)| code.split("macro_rules! ").skip(1))
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default())
        .collect();
    for (room, path, code) in &sources {
        let Some(may) = table.get(room) else {
            broken.push(format!("{}: the room `{room}` is not in the table", path.display()));
            continue;
        };
        for used in rooms_used(code) {
            if used != *room && !may.contains(&used) && !macros.contains(used.as_str()) {
                broken.push(format!("{}: `{room}` may not use `{used}`", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn framework_crates_stay_in_their_rooms() {
    let only: [(&str, &[&str]); 15] = [
        ("burn", &["model", "study", "train"]),
        ("tokenizers", &["text", "model"]),
        ("pulp", &["kernels"]),
        ("gemm", &["kernels"]),
        ("clap", &["cli"]),
        ("clap_complete", &["cli"]),
        ("indicatif", &["cli"]),
        ("anyhow", &["cli", "python"]),
        ("pyo3", &["python"]),
        ("numpy", &["python"]),
        ("tracing_subscriber", &["cli"]),
        ("tiny_http", &["cli"]),
        ("ctrlc", &["cli"]),
        ("ab_glyph", &["viz"]),
        ("parry3d", &["geometry", "visibility"]),
    ];
    let mut broken = Vec::new();
    for (room, path, code) in code() {
        for (name, rooms) in only {
            let named = [format!("use {name}::"), format!(" {name}::"), format!("({name}::"), format!("<{name}::")];
            if !rooms.contains(&room.as_str()) && named.iter().any(|n| code.contains(n.as_str())) {
                broken.push(format!("{}: `{room}` may not name the crate {name}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The lint `unsafe_code` is denied, which an attribute could undo.
#[test]
fn unsafe_code_is_in_one_crate() {
    let mut files = Vec::new();
    for folder in ["src", "crates", "tests", "benches", "examples"] {
        sources(&root().join(folder), &mut files);
    }
    let home = root().join("crates/kernels");
    let (inside, outside): (Vec<_>, Vec<_>) = files.into_iter().partition(|path| path.starts_with(&home));
    // Put together here, that this file does not name them.
    let words = [["unsafe", " "].concat(), ["unsafe", "_code)]"].concat()];
    let found = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap().replace("#![forbid(unsafe_code)]", "");
        text.lines().any(|l| !l.trim_start().starts_with("//") && words.iter().any(|w| l.contains(w.as_str())))
    };
    assert!(inside.iter().any(found), "no such code was found where it is");
    let broken: Vec<PathBuf> = outside.into_iter().filter(found).collect();
    assert!(broken.is_empty(), "such code outside of crates/kernels: {broken:?}");
}

#[test]
fn the_reader_of_uses_sees_what_it_should() {
    let used = rooms_used(
        "use crate::{base::Vec3, geometry::{Mesh, MovingMesh}, sim};\nlet x = crate::dsp::y(); $crate::no!(); my_crate::no()",
    );
    let expected: BTreeSet<String> = ["base", "geometry", "sim", "dsp"].into_iter().map(String::from).collect();
    assert_eq!(used, expected);
}
