//! Peak memory does not grow with the corpus.

use super::corpus_program::{RECIPE, folder, program};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// Peak resident memory of a build with two workers, KiB, as the system counts it.
fn peak_kib(dir: &Path, output: &str) -> u64 {
    let arguments = ["corpus", "build", "recipe.yaml", "-q", "--threads", "2", "-o", output];
    let mut child = program(dir, &arguments).stdout(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(kib.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(child.wait().unwrap().success());
    peak
}

#[test]
fn a_corpus_ten_times_as_long_takes_no_more_memory() {
    let dir = folder();
    let dir = dir.path();
    // A shard of all samples, and arrays of some size: whatever is kept until the end would show.
    let recipe = RECIPE
        .replace("samples_per_shard: 2", "samples_per_shard: 1000")
        .replace("rows: 16, columns: 8", "rows: 128, columns: 128")
        .replace("output:\n", "output:\n  cubes: true\n");
    fs::write(dir.join("recipe.yaml"), &recipe).unwrap();
    let short = peak_kib(dir, "short");
    fs::write(dir.join("recipe.yaml"), recipe.replace("repetitions: 1", "repetitions: 10")).unwrap();
    let long = peak_kib(dir, "long");
    // 108 more samples of 0.3 MB each would be 32 MB more.
    eprintln!("peak memory: {short} KiB with 12 samples, {long} KiB with 120");
    assert!(long < short + 10 * 1024, "{short} KiB with 12 samples, {long} KiB with 120");
    assert!(long < 1 << 20, "{long} KiB with two workers");
}
