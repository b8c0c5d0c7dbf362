//! What tests need that a machine may lack: each says so in one line and passes, or fails where it should be there.
//!
//! `KINECHO_REQUIRE` names what should be there, with commas between: `data`, `reference`, `cases` (folders), `mount` (the right
//! to mount a file system), `chromium` (a browser) or packages of Python. `.ci/run` sets it.
#![allow(dead_code)]

use std::path::PathBuf;
use std::process::Command;

/// What `KINECHO_REQUIRE` may name.
const NAMES: [&str; 17] = [
    "data",
    "reference",
    "cases",
    "mount",
    "numpy",
    "webdataset",
    "pyarrow",
    "datasets",
    "h5py",
    "zarr",
    "torch",
    "peft",
    "safetensors",
    "transformers",
    "jsonschema",
    "yaml",
    "chromium",
];

/// Whether `KINECHO_REQUIRE` names it.
fn required(name: &str) -> bool {
    assert!(NAMES.contains(&name), "{name} is not among what KINECHO_REQUIRE may name: {NAMES:?}");
    let all = std::env::var("KINECHO_REQUIRE").unwrap_or_default();
    let all: Vec<&str> = all.split(',').map(str::trim).filter(|n| !n.is_empty()).collect();
    let unknown: Vec<&&str> = all.iter().filter(|n| !NAMES.contains(n)).collect();
    assert!(unknown.is_empty(), "KINECHO_REQUIRE names {unknown:?}; it may name {NAMES:?}");
    all.contains(&name)
}

/// Says that a test is skipped because `what` is not there.
///
/// # Panics
/// When `KINECHO_REQUIRE` names it.
pub(crate) fn missing(name: &str, what: &str) {
    assert!(!required(name), "{what} is not there, and KINECHO_REQUIRE asks for {name}");
    println!("skipped: needs {name}, but {what} is not there");
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn folder(name: &str, places: Vec<PathBuf>) -> Option<PathBuf> {
    let found = places.iter().find(|p| p.is_dir()).cloned();
    if found.is_none() {
        let places: Vec<String> = places.iter().map(|p| p.display().to_string()).collect();
        missing(name, &places.join(" or "));
    }
    found
}

/// The folder of a data set: in `$KINECHO_DATA`, or `../shared/data` without that variable.
pub(crate) fn data(set: &str) -> Option<PathBuf> {
    let all = std::env::var_os("KINECHO_DATA").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    folder("data", vec![all.join(set)])
}

/// The golden signals beside the project.
pub(crate) fn reference() -> Option<PathBuf> {
    folder("reference", vec![root().join("../shared/reference")])
}

/// A folder of the cases beside the project.
pub(crate) fn cases(kind: &str) -> Option<PathBuf> {
    folder("cases", vec![root().join("../shared/cases").join(kind)])
}

/// Chromium or what is made of it.
pub(crate) fn browser() -> Option<&'static str> {
    let starts = |name: &&&str| Command::new(name).arg("--version").output().is_ok_and(|o| o.status.success());
    let found = ["chromium", "chromium-browser", "google-chrome"].iter().find(starts).copied();
    if found.is_none() {
        missing("chromium", "a browser called chromium, chromium-browser or google-chrome");
    }
    found
}

/// `$KINECHO_PYTHON` or `python3`.
pub(crate) fn interpreter() -> PathBuf {
    std::env::var_os("KINECHO_PYTHON").map_or("python3".into(), PathBuf::from)
}

/// The interpreter, if it has these packages. Looks for them without importing them, which takes longer than
/// all the rest.
pub(crate) fn python(packages: &[&str]) -> Option<PathBuf> {
    let python = interpreter();
    let look = "import importlib.util as u, sys; print(' '.join(p for p in sys.argv[1:] if u.find_spec(p) is None))";
    let answer = Command::new(&python).args(["-c", look]).args(packages).output().ok().filter(|o| o.status.success());
    let lacking: Vec<String> = match answer {
        Some(output) => String::from_utf8_lossy(&output.stdout).split_whitespace().map(String::from).collect(),
        None => packages.iter().map(ToString::to_string).collect(),
    };
    for package in &lacking {
        missing(package, &format!("package {package} of {}", python.display()));
    }
    lacking.is_empty().then_some(python)
}
