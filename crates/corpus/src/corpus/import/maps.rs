//! Maps that others made as a corpus: mmCLIP's triples, WiSwiss' time-range-angle cubes.

use super::cut::store;
use super::error::ImportError;
use crate::corpus::read::CorpusReader;
use crate::corpus::sample::targets::Targets;
use crate::corpus::sample::{Sample, SampleMeta};
use crate::recording::mmclip::Triple;
use crate::text::Vocabulary;
use serde_json::json;
use std::path::Path;

/// Writes triples as a corpus, a sample each; the number of a class becomes its slug in the vocabulary.
pub fn import_triples(triples: Vec<Triple>, duration_s: f64, dir: &Path) -> Result<CorpusReader, ImportError> {
    let vocabulary = Vocabulary::builtin();
    let samples = triples
        .into_iter()
        .map(|triple| {
            let activity = vocabulary.by_id(triple.class).ok_or_else(|| {
                let excluded = vocabulary.excluded().iter().find(|e| e.id == triple.class);
                let why = excluded.map_or_else(
                    || "is no class of the published label map".to_owned(),
                    |e| format!("(`{}`) is left out of the vocabulary", e.label),
                );
                ImportError::Setting(format!("{}: class {} {why}", triple.name, triple.class))
            })?;
            let meta = SampleMeta {
                split: triple.split,
                subject: triple.subject,
                source: "mmclip".into(),
                recording: triple.name,
                duration_s,
                ..SampleMeta::default()
            };
            let targets = Targets::of_label(&activity.slug);
            Ok(Sample { id: 0, meta, targets, views: triple.maps.into(), extras: Vec::new() })
        })
        .collect::<Result<Vec<_>, ImportError>>()?;
    store(samples, &json!({"import": "mmclip", "duration_s": duration_s}), 256, dir)
}

/// How WiSwiss' cubes become maps.
#[cfg(feature = "hdf5")]
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct WiSwissConfig {
    /// Rows of each map.
    pub rows: usize,
    /// Columns of each map.
    pub columns: usize,
    /// What a sample lasts, s.
    pub duration_s: f64,
    /// Where the range axis ends, m; without it ranges are only counted.
    pub max_range_m: Option<f64>,
    /// Power this far below a map's peak becomes −1, dB.
    pub dynamic_range_db: f64,
}

/// Writes the samples of WiSwiss' files as a corpus: time-range maps (power summed over angles) and time-angle maps (summed over ranges).
#[cfg(feature = "hdf5")]
pub fn import_wiswiss(source: &Path, config: &WiSwissConfig, dir: &Path) -> Result<CorpusReader, ImportError> {
    use super::cut::slug_of;
    use crate::recording::wiswiss::{WiSwissFile, folder};
    let (files, names) = folder(source)?;
    let mut samples = Vec::new();
    for path in files {
        let file = WiSwissFile::open(&path)?;
        for (i, label) in file.labels().iter().enumerate() {
            let name = names.get(label).ok_or_else(|| {
                ImportError::Setting(format!(
                    "{}: sample {i} has label {label}, labels.csv has none such",
                    path.display()
                ))
            })?;
            let meta = SampleMeta {
                split: file.split.clone(),
                source: "wiswiss".into(),
                recording: format!("{} {i}", file.split),
                duration_s: config.duration_s,
                ..SampleMeta::default()
            };
            let views = wiswiss_maps(&file.sample(i)?, config).into();
            let targets = Targets::of_label(&slug_of(name)?);
            samples.push(Sample { id: 0, meta, targets, views, extras: Vec::new() });
        }
    }
    store(samples, &json!({"import": "wiswiss", "settings": config}), 256, dir)
}

#[cfg(feature = "hdf5")]
fn wiswiss_maps(cube: &ndarray::Array3<f32>, config: &WiSwissConfig) -> crate::dsp::maps::Maps {
    use crate::base::axis::Axis;
    use crate::dsp::resize::{resize, resized_axis};
    use crate::dsp::scale::log_scaled;
    let (time, ranges, angles) = cube.dim();
    let power = cube.mapv(|db| 10f32.powf(db / 10.0));
    let layers = [2, 1].map(|summed| {
        let map = power.sum_axis(ndarray::Axis(summed)).reversed_axes();
        log_scaled(&resize(&map, config.rows, config.columns), config.dynamic_range_db)
    });
    let range = match config.max_range_m {
        Some(end) => Axis::new("range", "m", ranges, 0.0, end / ranges as f64),
        None => Axis::index("range_bin", ranges),
    };
    let angle = Axis::index("angle_bin", angles);
    let time = Axis::new("time", "s", time, 0.0, config.duration_s / time as f64);
    crate::dsp::maps::Maps {
        quantity: crate::dsp::maps::LOG_MAGNITUDE.into(),
        names: vec!["time_range".into(), "time_angle".into()],
        data: ndarray::Array3::from_shape_fn((2, config.rows, config.columns), |(m, r, c)| layers[m][[r, c]]),
        time: resized_axis(&time, config.columns),
        rows: vec![resized_axis(&range, config.rows), resized_axis(&angle, config.rows)],
    }
}
