//! Measurements, not tests.
#![allow(clippy::print_stdout)]

use kinecho::base::progress::Silent;
use kinecho::model::interface::ViewInfo;
use kinecho::model::lora::LoraConfig;
use kinecho::model::mmclip::{MmClip, MmClipConfig};
use kinecho::model::wiswiss::{BackboneSize, Masked, WiSwiss, WiSwissConfig, WiSwissTask};
use kinecho::train::{
    Adapt, Dataset, Labels, Prompts, Sampling, Source, TrainConfig, TrainData, ViewColumn, embed, train,
};
use ndarray::{Array2, Array3, Array4};

/// Processor time of this process so far, ms (Linux, ticks of 10 ms); 0 elsewhere. On a shared machine it says more than the
/// clock on the wall.
fn processor_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = text.rsplit(')').next().unwrap_or_default();
    let field = |i: usize| after_name.split_whitespace().nth(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    10.0 * (field(11) + field(12))
}

/// `cargo test --release --test learn step_time -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn step_time() {
    for (name, model, batch, steps) in
        [("small, batch 32", MmClipConfig::small(), 32, 12), ("published, batch 16", MmClipConfig::published(), 16, 5)]
    {
        let shape = (64, 3, model.rows, model.columns);
        let maps = Array4::from_shape_fn(shape, |(i, m, r, c)| ((i * 7 + m * 5 + r * 3 + c) as f32 * 0.37).sin());
        let classes: Vec<String> = (0..32).map(|i| format!("c{i}")).collect();
        let labels = (0..64).map(|i| i % 32).collect();
        let data = Dataset::new(model.maps.clone(), maps, labels, classes.clone()).unwrap();
        let vectors = Array3::from_shape_fn((32, 5, 384), |(i, a, w)| ((i * 11 + a * 3 + w * w) as f32).cos() * 0.05);
        let prompts = Prompts::new(classes, vectors, Array2::zeros((5, 384)), "none").unwrap();
        let sources = [Source { name: "bench", samples: &data, weight: 1.0 }];
        let input =
            TrainData { sources: &sources, labels: Labels::Sentences(&prompts), validation: None, seen_before: &[] };
        let start = MmClip::new(&model, 0).unwrap();
        println!("{name}: {:?}", start.parameter_counts());
        for (adapt, parts) in [(Adapt::Full, 1), (Adapt::Full, 2), (Adapt::Lora(LoraConfig::default()), 2)] {
            let dir = tempfile::tempdir().unwrap();
            let lora = matches!(adapt, Adapt::Lora(_));
            let config = TrainConfig { steps, batch, adapt, parts, ..TrainConfig::default() };
            let before = processor_ms();
            let report = train(start.clone(), &config, &input, dir.path(), &Silent).unwrap().report;
            let processor = (processor_ms() - before) / steps as f64;
            println!(
                "  lora {lora}, {parts} parts: {:.1} ms/step, processor {processor:.0} ms/step with set-up, waiting {:.3}",
                report.step_ms, report.data_share
            );
        }
        for threads in [1, 2] {
            let (begin, before) = (std::time::Instant::now(), processor_ms());
            embed(&start, "bench", &data, threads).unwrap();
            let wall = begin.elapsed().as_secs_f64() * 1e3 / 64.0;
            let processor = (processor_ms() - before) / 64.0;
            println!("  inference, {threads} threads: {wall:.2} ms/window, processor {processor:.2}");
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let one = Array4::from_shape_fn((1, 3, model.rows, model.columns), |(_, m, r, c)| ((m + r * c) as f32).sin());
        let mut times: Vec<f64> = (0..15)
            .map(|_| {
                let begin = std::time::Instant::now();
                pool.install(|| start.embed_signals(one.view(), 1)).unwrap();
                begin.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("  one window on one thread: {:.2} ms (median of 15)", times[7]);
    }
}

/// A step of pre-training WiSwiss: views of 96 x 512, batch 32, half of the patches hidden.
/// `cargo test --release --test learn step_of_wiswiss -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn step_of_wiswiss() {
    let steps = std::env::var("STEPS").ok().and_then(|s| s.parse().ok()).unwrap_or(9);
    for size in [BackboneSize::Tiny, BackboneSize::Small] {
        let shape = vec![96, 512];
        let task = WiSwissTask::Masked(Masked { ratio: 0.5, ..Masked::default() });
        let config = WiSwissConfig { size, shape: shape.clone(), task, ..WiSwissConfig::default() };
        let values = Array2::from_shape_fn((32, 96 * 512), |(i, c)| ((i * 7 + c * 3) as f32 * 0.37).sin() + 1.0);
        let column = ViewColumn { info: ViewInfo::new("amplitude", shape), values, present: vec![true; 32] };
        let data = Dataset::of_views(vec![column], vec![0; 32], vec!["x".into()]).unwrap();
        let sources = [Source { name: "bench", samples: &data, weight: 1.0 }];
        let none = ["x".to_owned()];
        let input = TrainData { sources: &sources, labels: Labels::Names(&none), validation: None, seen_before: &[] };
        let dir = tempfile::tempdir().unwrap();
        let settings = TrainConfig { steps, batch: 32, sampling: Sampling::Shuffled, ..TrainConfig::default() };
        let report = train(WiSwiss::new(&config, 0).unwrap(), &settings, &input, dir.path(), &Silent).unwrap().report;
        println!(
            "kinecho {size:?}: {:.1} ms a step (median of {steps}), {} parameters",
            report.step_ms, report.parameters
        );
    }
}
