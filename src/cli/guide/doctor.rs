//! `kinecho doctor`: what this machine and this program have, and whether a small simulation gives what it should.

use crate::base::progress::Silent;
use crate::base::yaml::Document;
use crate::cli::simulate::SceneRun;
use crate::cli::{Global, print_line};
use crate::dsp::power_map::range_time;
use crate::dsp::range_doppler::RangeDopplerConfig;
use crate::signal::Signal;
use anyhow::bail;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

/// A point of one square metre, 3 m away.
const RANGE_M: f64 = 3.0;
const SCENE: &str = "version: 1
seed: 1
scene:
  duration_s: 0.2
  radar: {preset: awr1843, with: {loops_per_frame: 8, samples_per_chirp: 128, sample_rate_hz: 2.2e+6}}
  objects: [{rcs_dbsm: 0, x_m: 0, y_m: 3, z_m: 1.2}]
";

/// Features of the build.
const FEATURES: [(&str, bool); 6] = [
    ("learn", cfg!(feature = "learn")),
    ("llm", cfg!(feature = "llm")),
    ("hdf5", cfg!(feature = "hdf5")),
    ("zarr", cfg!(feature = "zarr")),
    ("cuda", cfg!(feature = "cuda")),
    ("wgpu", cfg!(feature = "wgpu")),
];

/// Something that was looked at.
struct Finding {
    name: &'static str,
    value: Value,
    /// What is wrong and what helps; none where all is well.
    problem: Option<String>,
}

fn fine(name: &'static str, value: Value) -> Finding {
    Finding { name, value, problem: None }
}

/// The vector instructions that the kernels would take.
fn instructions() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if std::is_x86_feature_detected!("avx512f") {
            return "AVX-512";
        }
        if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
            return "AVX2";
        }
    }
    "portable"
}

/// `MemTotal` and `MemAvailable` of Linux, MiB.
fn memory() -> Option<(u64, u64)> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let field = |name: &str| -> Option<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? / 1024)
    };
    Some((field("MemTotal")?, field("MemAvailable")?))
}

/// Where the strongest echo of the scene is, m, and how long a frame took, ms.
fn simulated() -> anyhow::Result<(f64, f64, f64)> {
    let run = SceneRun::signals_of(&Document::parse(SCENE, Path::new("the doctor's scene"))?)?;
    let set = run.draw().set()?;
    let since = Instant::now();
    let Signal::Cube(cube) = run.radar(&set, &Silent)?.signal else { bail!("an FMCW radar gave no IF cube") };
    let frame_ms = 1e3 * since.elapsed().as_secs_f64() / run.frames() as f64;
    let map = range_time(&cube, &RangeDopplerConfig::default())?;
    let strongest = map.data.column(0).iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(bin, _)| bin);
    Ok((map.range.value(strongest), map.range.step, frame_ms))
}

/// Looks at everything; exits with 1 where something is wrong.
pub(in crate::cli) fn run(global: &Global) -> anyhow::Result<ExitCode> {
    let built: Vec<&str> = FEATURES.iter().filter(|(_, there)| *there).map(|(name, _)| *name).collect();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut found = vec![
        fine("version", json!(env!("CARGO_PKG_VERSION"))),
        fine("features", json!(built.join(", "))),
        fine("cores", json!(cores)),
        fine("instructions", json!(instructions())),
    ];
    if let Some((total, free)) = memory() {
        let scarce = free < 1024;
        let problem = scarce
            .then(|| "less than 1 GiB is free: build corpora with --threads 1, train with smaller batches".into());
        found.push(Finding { name: "memory", value: json!(format!("{total} MiB, {free} MiB of them free")), problem });
    }
    let folder = std::env::current_dir();
    let probe = folder.as_ref().map(|dir| dir.join(format!(".kinecho-doctor-{}", std::process::id())));
    let writes =
        probe.as_ref().is_ok_and(|file| std::fs::write(file, b"").and_then(|()| std::fs::remove_file(file)).is_ok());
    let problem = (!writes).then(|| "nothing can be written here: name another folder with -o".into());
    let here = folder.map_or_else(|e| e.to_string(), |dir| dir.display().to_string());
    found.push(Finding { name: "folder", value: json!(here), problem });
    found.push(match simulated() {
        Ok((range_m, bin_m, frame_ms)) => {
            let wrong = (range_m - RANGE_M).abs() > bin_m;
            let problem =
                wrong.then(|| format!("expected {RANGE_M} m: please report this with the output of this command"));
            let value = format!(
                "a point at {RANGE_M} m is seen at {range_m:.2} m (bins of {bin_m:.2} m), {frame_ms:.1} ms a frame"
            );
            Finding { name: "simulation", value: json!(value), problem }
        }
        Err(error) => Finding { name: "simulation", value: Value::Null, problem: Some(crate::cli::told(&error)) },
    });
    let well = found.iter().all(|finding| finding.problem.is_none());
    if global.json {
        let rows: Vec<Value> =
            found.iter().map(|f| json!({"name": f.name, "value": f.value, "problem": f.problem})).collect();
        print_line(&json!({"well": well, "found": rows}).to_string())?;
    } else {
        for Finding { name, value, problem } in &found {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            print_line(&format!("{name:<13} {value}"))?;
            if let Some(problem) = problem {
                print_line(&format!("{:<13} problem: {problem}", ""))?;
            }
        }
        print_line(if well { "all is well" } else { "something is wrong: see above" })?;
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
