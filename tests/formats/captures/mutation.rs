//! Hundreds of changed files of every kind that people bring: an error or a value, never a panic or a long wait.
//!
//! Unlike flipped bits on the disk, the changes here know what they change: numbers and names in texts, and arrays inside of archives,
//! whose checksums are made anew so that the reader gets to see them. `KINECHO_MUTATIONS=20000` tries more of each kind.

use super::damage::{FILES, read};
use super::labels::BABEL;
use kinecho::base::random::{RandomTree, Stream};
use kinecho::body::{BodyModel, Pose};
use kinecho::motion::capture::{Excerpt, Format, JointMapBook};
use kinecho::motion::labels::LabelBook;
use rand::{Rng, RngExt};
use std::io::{Cursor, Read, Write};
use std::time::{Duration, Instant};
use zip::write::SimpleFileOptions;

/// What numbers and names are replaced by.
const TOKENS: [&str; 24] = [
    "0",
    "-1",
    "1",
    "2",
    "65535",
    "65536",
    "4294967295",
    "18446744073709551615",
    "99999999999999999999",
    "1e308",
    "-1e308",
    "1e-320",
    "0.0000001",
    "nan",
    "inf",
    "null",
    "true",
    "\"\"",
    "[]",
    "{}",
    "\n",
    "\u{e9}",
    "|O",
    "<f8",
];

/// How many files of each kind are tried.
fn cases() -> u64 {
    std::env::var("KINECHO_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(300)
}

/// One to four changes; `other` is a file of the same kind to take pieces from.
fn mutate(bytes: &mut Vec<u8>, other: &[u8], rng: &mut impl Rng) {
    for _ in 0..rng.random_range(1..5) {
        if bytes.is_empty() {
            return;
        }
        let at = rng.random_range(0..bytes.len());
        let end = (at + rng.random_range(1..64)).min(bytes.len());
        match rng.random_range(0..8) {
            0 => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => bytes[at] = rng.random(),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let twice = bytes[at..end].to_vec();
                bytes.splice(end..end, twice);
            }
            5 if !other.is_empty() => {
                let from = rng.random_range(0..other.len());
                let piece = other[from..(from + end - at).min(other.len())].to_vec();
                bytes.splice(at..end, piece);
            }
            _ => {
                // The next number, sign and exponent included, becomes another one.
                let numeric = |b: &u8| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.');
                let begin = at + bytes[at..].iter().position(numeric).unwrap_or(0);
                let stop = begin + bytes[begin..].iter().position(|b| !numeric(b) && *b != b'e').unwrap_or(0);
                let new = TOKENS[rng.random_range(0..TOKENS.len())].bytes();
                bytes.splice(begin..stop, new);
            }
        }
    }
}

/// An archive with some of its arrays changed, left out or exchanged, and sound checksums.
fn mutate_archive(bytes: &[u8], rng: &mut impl Rng) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut entries: Vec<(String, Vec<u8>)> = (0..from.len())
        .map(|i| {
            let mut entry = from.by_index(i).unwrap();
            let mut data = Vec::new();
            entry.read_to_end(&mut data).unwrap();
            (entry.name().to_owned(), data)
        })
        .collect();
    for _ in 0..rng.random_range(1..3) {
        let (one, two) = (rng.random_range(0..entries.len()), rng.random_range(0..entries.len()));
        let other = entries[two].1.clone();
        match rng.random_range(0..8) {
            0 => entries[one].1 = other,
            1 if entries.len() > 1 => drop(entries.remove(one)),
            // Half of the changes go to headers: type, order and shape.
            k if k < 5 => {
                let (head, data) = entries[one].1.split_at(entries[one].1.len().min(128));
                let (mut head, data) = (head.to_vec(), data.to_vec());
                mutate(&mut head, &other[..other.len().min(128)], rng);
                entries[one].1 = [head, data].concat();
            }
            _ => mutate(&mut entries[one].1, &other, rng),
        }
    }
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, data) in entries {
        to.start_file(name, SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored)).unwrap();
        to.write_all(&data).unwrap();
    }
    to.finish().unwrap().into_inner()
}

/// Makes and tries the files of one kind; a panic names the case by `eprintln`, which the harness shows.
fn try_all(kind: &str, make: impl Fn(&mut Stream) -> Vec<u8>, open: impl Fn(&[u8])) {
    let tree = RandomTree::new(404);
    for case in 0..cases() {
        let bytes = make(&mut tree.stream(case, kind));
        let since = Instant::now();
        let opened = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| open(&bytes)));
        assert!(
            opened.is_ok(),
            "{kind}: case {case} panics: {:?}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(3000)])
        );
        let time = since.elapsed();
        assert!(time < Duration::from_secs(20), "{kind}: case {case} of {} bytes takes {time:?}", bytes.len());
    }
}

#[test]
fn changed_motions() {
    for (format, good) in FILES.iter() {
        let make = |rng: &mut Stream| match format {
            Format::Amass => mutate_archive(good, rng),
            _ => {
                let mut bytes = good.clone();
                mutate(&mut bytes, good, rng);
                bytes
            }
        };
        try_all(&format!("{format:?}"), make, |bytes| read(*format, bytes, Excerpt::new(0.0, 1.0)));
    }
}

#[test]
fn changed_labels() {
    let make = |rng: &mut Stream| {
        let mut bytes = BABEL.as_bytes().to_vec();
        mutate(&mut bytes, BABEL.as_bytes(), rng);
        bytes
    };
    try_all("labels", make, |bytes| drop(LabelBook::parse("changed", bytes)));
}

#[test]
fn changed_joint_maps() {
    let good = include_bytes!("../../../scenes/joint_maps.yaml");
    let make = |rng: &mut Stream| {
        let mut bytes = good.to_vec();
        mutate(&mut bytes, good, rng);
        bytes
    };
    try_all("joint maps", make, |bytes| {
        drop(JointMapBook::parse(&String::from_utf8_lossy(bytes), "changed.yaml".as_ref()));
    });
}

#[test]
fn changed_bodies() {
    for name in ["smpl", "smplh"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/bodies/{name}.npz"));
        let good = std::fs::read(path).unwrap();
        assert!(BodyModel::from_bytes(name, &good).is_ok());
        try_all(
            name,
            |rng| mutate_archive(&good, rng),
            |bytes| {
                if let Ok(model) = BodyModel::from_bytes("changed", bytes)
                    && let Ok(body) = model.with_coefficients(&[])
                {
                    let _ = body.mesh(&Pose::rest(model.joint_count()));
                }
            },
        );
    }
}
