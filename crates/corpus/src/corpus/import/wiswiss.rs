//! WiSwiss' files as a corpus: their cubes as maps, or the views as they are.

use super::cut::{slug_of, store};
use super::error::ImportError;
use crate::base::axis::Axis;
use crate::chain::{View, Views};
use crate::corpus::read::CorpusReader;
use crate::corpus::sample::boxes::person_in;
use crate::corpus::sample::targets::Targets;
use crate::corpus::sample::{Sample, SampleMeta};
use crate::dsp::maps::{LOG_MAGNITUDE, Maps};
use crate::dsp::resize::{resize, resized_axis};
use crate::dsp::scale::log_scaled;
use crate::recording::wiswiss::{WiSwissFile, folder};
use ndarray::{Array3, ArrayD, Axis as Dim, Ix3};
use serde::Serialize;
use serde_json::json;
use std::path::Path;

/// How WiSwiss' files become samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WiSwissConfig {
    /// What a sample lasts, s.
    pub duration_s: f64,
    /// What views are made.
    pub content: WiSwissContent,
}

/// What is made of `data`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WiSwissContent {
    /// The view `amplitude[frequency, time]` or `time_range_angle[time, range, angle]` as it stands, with the boxes of `raw`.
    Views,
    /// Time-range maps (power summed over angles) and time-angle maps (summed over ranges) of cubes in dB.
    Maps(CubeMaps),
}

/// How cubes in dB become maps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CubeMaps {
    /// Rows of each map.
    pub rows: usize,
    /// Columns of each map.
    pub columns: usize,
    /// Where the range axis ends, m; without it ranges are only counted.
    pub max_range_m: Option<f64>,
    /// Power this far below a map's peak becomes −1, dB.
    pub dynamic_range_db: f64,
}

/// Writes the samples of WiSwiss' files as a corpus.
pub fn import_wiswiss(source: &Path, config: &WiSwissConfig, dir: &Path) -> Result<CorpusReader, ImportError> {
    let (files, names) = folder(source)?;
    let mut samples = Vec::new();
    for path in files {
        let file = WiSwissFile::open(&path)?;
        let wrong =
            |i: usize, problem: String| ImportError::Setting(format!("{}: sample {i} {problem}", path.display()));
        for (i, label) in file.labels().iter().enumerate() {
            let name = names.get(label);
            let name = name.ok_or_else(|| wrong(i, format!("has label {label}, labels.csv has none such")))?;
            let meta = SampleMeta {
                split: file.split.clone(),
                source: "wiswiss".into(),
                recording: format!("{} {i}", file.split),
                duration_s: config.duration_s,
                ..SampleMeta::default()
            };
            let mut targets = Targets::of_label(&slug_of(name)?);
            let data = file.sample(i)?;
            let views = match config.content {
                WiSwissContent::Views => {
                    let (name, view) = view(data, &file, config.duration_s);
                    if let Some(boxes) = file.boxes(i) {
                        let (ranges, angles) = lengths(&view);
                        let share = |b: &[f32; 4]| [b[0] / ranges, b[1] / angles, b[2] / ranges, b[3] / angles];
                        let people = boxes.iter().map(|b| person_in(share(b), &view.axes)).collect::<Result<_, _>>();
                        targets.people = people.map_err(|e| wrong(i, format!("has boxes in `raw`: {e}")))?;
                    }
                    let mut views = Views::new();
                    views.insert(name, view);
                    views
                }
                WiSwissContent::Maps(of) => {
                    let cube = data.into_dimensionality::<Ix3>().map_err(|_| {
                        wrong(i, "is [frequency, time]; maps are made of [time, range, angle]: take --views".into())
                    })?;
                    maps(&cube, &of, config.duration_s).into()
                }
            };
            samples.push(Sample { id: 0, meta, targets, views, extras: Vec::new() });
        }
    }
    store(samples, &json!({"import": "wiswiss", "settings": config}), 256, dir)
}

/// Cells along range and azimuth.
fn lengths(view: &View) -> (f32, f32) {
    let length = |name: &str| view.axes.iter().find(|a| a.name == name).map_or(1, |a| a.len) as f32;
    (length("range"), length("azimuth"))
}

/// A view with the axes that its file says, or with axes that are only counted and the time of a sample.
fn view(data: ArrayD<f32>, file: &WiSwissFile, duration_s: f64) -> (&'static str, View) {
    let name = if data.ndim() == 2 { "amplitude" } else { "time_range_angle" };
    if let Some(info) = &file.array {
        let (quantity, unit, axes) = (info.quantity.clone(), info.unit.clone(), info.axes.clone());
        return (name, View { quantity, unit, axes, data });
    }
    let shape = data.shape().to_vec();
    let time = |n: usize| Axis::new("time", "s", n, 0.5 * duration_s / n as f64, duration_s / n as f64);
    let axes = match shape[..] {
        [frequencies, times] => vec![Axis::index("frequency", frequencies), time(times)],
        _ => vec![time(shape[0]), Axis::index("range", shape[1]), Axis::index("azimuth", shape[2])],
    };
    (name, View { quantity: "amplitude".into(), unit: "1".into(), axes, data })
}

fn maps(cube: &Array3<f32>, of: &CubeMaps, duration_s: f64) -> Maps {
    let (rows, columns) = (of.rows, of.columns);
    let (time, ranges, angles) = cube.dim();
    let power = cube.mapv(|db| 10f32.powf(db / 10.0));
    let layers = [2, 1].map(|summed| {
        let map = power.sum_axis(Dim(summed)).reversed_axes();
        log_scaled(&resize(&map, rows, columns), of.dynamic_range_db)
    });
    let range = match of.max_range_m {
        Some(end) => Axis::new("range", "m", ranges, 0.0, end / ranges as f64),
        None => Axis::index("range_bin", ranges),
    };
    let angle = Axis::index("angle_bin", angles);
    let time = Axis::new("time", "s", time, 0.0, duration_s / time as f64);
    Maps {
        quantity: LOG_MAGNITUDE.into(),
        names: vec!["time_range".into(), "time_angle".into()],
        data: Array3::from_shape_fn((2, rows, columns), |(m, r, c)| layers[m][[r, c]]),
        time: resized_axis(&time, columns),
        rows: vec![resized_axis(&range, rows), resized_axis(&angle, rows)],
    }
}
