//! What is written for Python is read by Python.

use super::corpus_samples::{SAMPLES, sample, write_corpus};
use kinecho::corpus::{ArrayData, Sample};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// The lines that the example prints, or `None` without python3 and numpy.
fn run_example(arguments: &[&str]) -> Option<Vec<Value>> {
    // Looks for NumPy without importing it, which takes longer than all the rest.
    let look = "import importlib.util, sys; sys.exit(importlib.util.find_spec('numpy') is None)";
    let there = Command::new("python3").args(["-c", look]).output().is_ok_and(|o| o.status.success());
    if !there {
        eprintln!("skipped: python3 with numpy is not installed");
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/read_corpus.py");
    let output = Command::new("python3").arg(script).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn agrees(line: &Value, sample: &Sample) {
    assert_eq!(line["id"], sample.id);
    assert_eq!(line["label"], sample.meta.label.as_str());
    assert_eq!(line["split"], sample.meta.split.as_str());
    assert_eq!(line["seed"], sample.meta.seed);
    let sum: f64 = sample.maps.data.iter().map(|v| f64::from(v.abs())).sum();
    let found = line["arrays"]["hm"][0].as_f64().unwrap();
    assert!((found - sum).abs() < 1e-9 * sum, "{found} {sum}");
    assert_eq!(line["arrays"]["hm"][1], serde_json::json!(sample.maps.data.shape()));
    match sample.extra("power").map(|a| &a.data) {
        Some(ArrayData::I16(power)) => {
            let sum: f64 = power.iter().map(|v| f64::from(v.abs())).sum();
            assert_eq!(line["arrays"]["power"][0].as_f64().unwrap(), sum);
        }
        _ => assert!(line["arrays"].get("power").is_none()),
    }
}

#[test]
fn python_reads_every_sample() {
    let temp = tempfile::TempDir::new().unwrap();
    let dir = temp.path().join("corpus");
    write_corpus(&dir, &[0, 1, 2]);
    let dir = dir.to_str().unwrap();
    let Some(lines) = run_example(&[dir]) else { return };
    assert_eq!(lines.len() as u64, SAMPLES);
    lines.iter().zip(0..).for_each(|(line, id)| agrees(line, &sample(id)));
    // In the middle of the second shard: found by its offset alone.
    let lines = run_example(&[dir, "6"]).unwrap();
    assert_eq!(lines.len(), 1);
    agrees(&lines[0], &sample(6));
}
