//! `kinecho classify`: what is done in a recording, among any labels.

use super::{Global, print_line, tell};
use crate::base::yaml::Document;
use crate::corpus::{Holding, ImportConfig};
use crate::recording::any;
use crate::study::experiment::builtin_encoder;
use crate::study::job::{Answer, BUILTIN_ENCODER, Choice, Recogniser};
use crate::train::evaluate::Scoring;
use anyhow::Context;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// Arguments of `kinecho classify`.
#[derive(Args)]
pub(super) struct ClassifyArgs {
    /// The recording: RadHAR (.npz, .txt, .txt.gz), MARS (.npz), points of kinecho's (.csv, .npz, beside their .json), a stream of TI's
    /// demos (.dat beside its .cfg), an IF cube (.npy beside its .json), a raw capture (.bin beside its .json), CSI (.dat of the Intel 5300,
    /// .pcap of Nexmon, .csv of an ESP32) or reads of RFID tags (.csv, .txt).
    recording: PathBuf,
    /// What may be done in it: two labels or more, of the vocabulary or any others, whose sentences are then written by rule.
    #[arg(long, required = true, num_args = 1.., value_name = "LABEL")]
    labels: Vec<String>,
    /// The checkpoint's folder.
    #[arg(long, value_name = "DIR")]
    checkpoint: PathBuf,
    /// Seconds from one window to the next.
    #[arg(long, value_name = "S", default_value_t = 1.0)]
    hop_s: f64,
    /// Share of the class embedding in the score, the rest is that of the attributes. The class embedding has only met the labels of
    /// training.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    class_share: f64,
    /// For checkpoints that do not say how their views were made: a YAML file with `chain`, as for `kinecho import`.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err(format!("`{text}`; expected 0 to 1")),
    }
}

/// What took how long for one window, ms; medians.
#[derive(serde::Serialize)]
struct Latency {
    maps_ms: f64,
    model_ms: f64,
    window_ms: f64,
}

/// Classifies a recording.
pub(super) fn run(args: &ClassifyArgs, global: &Global) -> anyhow::Result<ExitCode> {
    // What the settings are meant for; whether the recording holds it is known when it is read.
    let config = match &args.config {
        Some(path) => {
            let document = Document::read(path)?.resolved()?;
            let meant = match () {
                () if document.value_of("chain.csi").is_some() => Holding::Csi,
                () if document.value_of("chain.rfid").is_some() => Holding::Rfid,
                () => Holding::Cubes,
            };
            Some(ImportConfig::from_document(&document, meant)?)
        }
        None => None,
    };
    let (signal, dropped) = any::read(&args.recording)?;
    for said in &dropped.said {
        tracing::info!("{}: {said}", args.recording.display());
    }
    let holding = Holding::of_signal(&signal);
    let config = config.map(|config| config.resolved(holding)).transpose()?;
    let chain = config.map(|config| (config.chain.clone(), config.window().0));
    let encoder = builtin_encoder()?;
    let scoring = Scoring { class: args.class_share, attributes: 1.0 - args.class_share };
    let recogniser = Recogniser::new(&args.checkpoint, &args.labels, (&encoder, BUILTIN_ENCODER), scoring, chain)?;
    let name = args.recording.display().to_string();
    // One core: so that the latency is that of a small machine. A recording is short; more would hardly be felt.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().context("cannot start a thread")?;
    let (answers, latency) = pool.install(|| -> anyhow::Result<_> {
        let since = Instant::now();
        let windows = recogniser.windows(&name, &signal, args.hop_s)?;
        let maps_ms = 1e3 * since.elapsed().as_secs_f64() / windows.len().max(1) as f64;
        // The first pass warms caches up; it is not what a window takes in the long run.
        if let Some((_, maps)) = windows.first() {
            recogniser.probabilities(maps)?;
        }
        let (answers, mut times) = recogniser.classify(&windows)?;
        times.sort_by(f64::total_cmp);
        let model_ms = times[times.len() / 2];
        Ok((answers, Latency { maps_ms, model_ms, window_ms: maps_ms + model_ms }))
    })?;
    let mean = mean(&answers);
    tracing::info!(
        "{:.1} ms a window on one core: {:.1} ms maps (mean), {:.1} ms model (median of {})",
        latency.window_ms,
        latency.maps_ms,
        latency.model_ms,
        answers.len()
    );
    if global.json {
        let all = json!({
            "recording": args.recording,
            "checkpoint": args.checkpoint,
            "labels": recogniser.choices(),
            "window_s": recogniser.window_s(),
            "corrupt_points_dropped": dropped.total(),
            "dropped": dropped,
            "windows": answers,
            "mean": mean,
            "latency": latency,
        });
        print_line(&serde_json::to_string_pretty(&all)?)?;
    } else {
        table(recogniser.choices(), &answers, &mean)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Mean probability of each label over the windows.
fn mean(answers: &[Answer]) -> Vec<f64> {
    let n = answers.len().max(1) as f64;
    let labels = answers.first().map_or(0, |a| a.probabilities.len());
    (0..labels).map(|i| answers.iter().map(|a| a.probabilities[i]).sum::<f64>() / n).collect()
}

fn table(choices: &[Choice], answers: &[Answer], mean: &[f64]) -> anyhow::Result<()> {
    for choice in choices.iter().filter(|c| !c.in_vocabulary) {
        print_line(&format!("`{}` is in no vocabulary: its sentences are written by rule", choice.label))?;
    }
    for warning in choices.iter().filter_map(|choice| choice.warning.as_ref()) {
        tell(&format!("warning: {warning}"));
    }
    let line = |time: String, probabilities: &[f64]| {
        let mut order: Vec<usize> = (0..probabilities.len()).collect();
        order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
        let shown = order.iter().take(5).map(|&i| format!("{} {:.1} %", choices[i].label, 100.0 * probabilities[i]));
        print_line(&format!("{time:>15}  {}", shown.collect::<Vec<_>>().join(", ")))
    };
    for answer in answers {
        line(format!("{:.1} - {:.1} s", answer.start_s, answer.end_s), &answer.probabilities)?;
    }
    line("mean".into(), mean)
}
