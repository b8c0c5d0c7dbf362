//! The decisions of ARCHITECTURE.md: one line each, with a place in the code that is there.

use crate::source::{folders, root};
use std::fs;

#[test]
fn decisions_name_places_that_are_there() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, rest) = text.split_once("## Decisions").unwrap();
    let (table, _) = rest.split_once("## ").unwrap();
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---")).collect();
    assert!(rows.len() > 40, "the table was not found: {} rows", rows.len());
    let mut wrong = Vec::new();
    for row in &rows[1..] {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let &[_, _, places] = cells.as_slice() else {
            wrong.push(format!("{} cells, expected what, why and where: {row}", cells.len()));
            continue;
        };
        let named: Vec<&str> = places.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            wrong.push(format!("no place: {row}"));
        }
        let there = |place: &str| root().join(place).exists() || folders().iter().any(|src| src.join(place).exists());
        wrong.extend(named.iter().filter(|place| !there(place)).map(|place| format!("`{place}` is not there: {row}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
