//! The edition of the signals: it must be raised where the same scene gives others, or corpora of both are mixed without a word.

use kinecho::base::yaml::Document;
use kinecho::corpus::{Recipe, SampleMaker};
use kinecho::sim::SIGNAL_EDITION;
use std::fmt::Write;

const RECIPE: &str = "
version: 1
activities: [walk_forward_backward, fall_forward, jump]
subjects: 1
repetitions: 1
scene:
  radar: {preset: awr1843, with: {loops_per_frame: 16, samples_per_chirp: 64, sample_rate_hz: 1.2e+6}}
  radar_pose: {height_m: 1.1}
  people: [{range_m: 2.2, azimuth_deg: 10}]
  objects: [{box_m: [1.2, 0.6, 0.72], x_m: 1.9, y_m: 3.6, material: wood}]
  room: {x_m: [-2.8, 2.8], y_m: [-0.8, 5.5], order: 1, floor: concrete, left: plasterboard}
  duration_s: 0.5
  sensors:
    wifi:
      kind: wifi
      preset: wifi_intel_5300
      transmitter: {x_m: -1.5, y_m: -0.4, height_m: 1.2}
      receiver: {x_m: 1.6, y_m: -0.4, height_m: 1.2}
    rfid:
      kind: rfid
      reader: {x_m: 0.0, y_m: -0.5, height_m: 1.6}
      tags: [{grid: {first_m: [-1.5, 5.45, 0.6], row_end_m: [1.5, 5.45, 0.6], last_m: [1.5, 5.45, 1.8], columns: 3, rows: 2}}]
chain:
  heatmaps: {chain: mmclip, window: 16, hop: 8, rows: 16, columns: 16, max_range_m: 5.0, angle_fft: 16}
  csi: {rate_hz: 200, views: [{view: amplitude, rows: 16, columns: 16}]}
  rfid: {tags: 6, columns: 16}
";

/// Mean and deviation of every view, in four digits.
fn moments() -> String {
    let document = Document::parse(RECIPE, "recipe.yaml".as_ref()).unwrap();
    let maker = SampleMaker::new(&Recipe::from_document(&document).unwrap()).unwrap();
    let mut out = format!("signal edition {SIGNAL_EDITION}\n");
    for id in 0..maker.len() {
        let made = maker.simulate(id).unwrap();
        for (name, view) in made.applied.views.iter() {
            let (count, sum) = (view.data.len() as f64, view.data.iter().map(|v| f64::from(*v)).sum::<f64>());
            let mean = sum / count;
            let variance = view.data.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / count;
            writeln!(out, "{} {name} {mean:.3e} {:.3e}", maker.planned(id).activity, variance.sqrt()).unwrap();
        }
    }
    out
}

fn parsed(text: &str) -> Vec<(Vec<&str>, Vec<f64>)> {
    text.lines()
        .map(|line| {
            let words: Vec<_> = line.split(' ').collect();
            let numbers = words.iter().filter_map(|word| word.parse().ok()).collect();
            (words.into_iter().filter(|word| word.parse::<f64>().is_err()).collect(), numbers)
        })
        .collect()
}

#[test]
fn other_signals_are_another_edition() {
    let (there, now) = (include_str!("../golden/signals.txt"), moments());
    // Other processors round another way; that is little beside what a view holds.
    let close = |a: &[f64], b: &[f64]| {
        let scale = if a.len() == 2 { a[0].abs() + a[1] } else { 0.0 };
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 5e-3 * scale)
    };
    let (was, is) = (parsed(there), parsed(&now));
    let alike = was.len() == is.len() && was.iter().zip(&is).all(|(a, b)| a.0 == b.0 && close(&a.1, &b.1));
    assert!(
        alike,
        "the same scenes give other signals than before: raise `SIGNAL_EDITION` (crates/sim/src/sim/mod.rs), and put this into \
         tests/golden/signals.txt:\n{now}"
    );
}
