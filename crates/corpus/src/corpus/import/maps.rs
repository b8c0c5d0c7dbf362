//! Maps that others made as a corpus: mmCLIP's triples.

use super::cut::store;
use super::error::ImportError;
use crate::base::axis::Axis;
use crate::chain::{View, Views};
use crate::corpus::read::CorpusReader;
use crate::corpus::sample::targets::Targets;
use crate::corpus::sample::{Sample, SampleMeta};
use crate::dsp::heatmap::{MmclipLoader, loaded};
use crate::dsp::maps::{LOG_MAGNITUDE, MIN_MAX_LOG_MAGNITUDE};
use crate::recording::mmclip::Triple;
use crate::text::Vocabulary;
use ndarray::{Array2, s};
use serde::Serialize;
use serde_json::json;
use std::path::Path;

/// How triples become samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TripleConfig {
    /// Each is one, as it is.
    Whole {
        /// What a triple lasts, s.
        duration_s: f64,
    },
    /// Crops as mmCLIP's loader takes them, one after another.
    Crops {
        /// Which part is taken; without a crop all columns.
        loader: MmclipLoader,
        /// Columns from one crop to the next, at least 1.
        gap: usize,
        /// Rows and columns of the maps of a sample.
        size: [usize; 2],
        /// Time from column to column, s.
        column_s: f64,
    },
}

/// Writes triples as a corpus; the number of a class becomes its slug in the vocabulary.
pub fn import_triples(triples: Vec<Triple>, config: &TripleConfig, dir: &Path) -> Result<CorpusReader, ImportError> {
    let vocabulary = Vocabulary::builtin();
    config.one_shape(&triples)?;
    let mut samples = Vec::new();
    for triple in &triples {
        let activity = vocabulary.by_id(triple.class).ok_or_else(|| {
            let excluded = vocabulary.excluded().iter().find(|e| e.id == triple.class);
            let why = excluded.map_or_else(
                || "is no class of the published label map".to_owned(),
                |e| format!("(`{}`) is left out of the vocabulary", e.label),
            );
            ImportError::Setting(format!("{}: class {} {why}", triple.name, triple.class))
        })?;
        for (start_s, duration_s, views) in config.samples(triple)? {
            let meta = SampleMeta {
                split: triple.split.clone(),
                subject: triple.subject.clone(),
                source: "mmclip".into(),
                recording: triple.name.clone(),
                start_s,
                duration_s,
                ..SampleMeta::default()
            };
            samples.push(Sample { id: 0, meta, targets: Targets::of_label(&activity.slug), views, extras: Vec::new() });
        }
    }
    store(samples, &json!({"import": "mmclip", "triples": config}), 256, dir)
}

impl TripleConfig {
    /// Refuses whole triples whose maps have not the shapes of the first one's: views of a corpus have one shape.
    fn one_shape(&self, triples: &[Triple]) -> Result<(), ImportError> {
        let (Self::Whole { .. }, Some(first)) = (self, triples.first()) else { return Ok(()) };
        for triple in triples {
            let pairs = triple.maps.iter().zip(&first.maps);
            if let Some(((name, map), (_, other))) = pairs.into_iter().find(|((_, a), (_, b))| a.dim() != b.dim()) {
                return Err(ImportError::Setting(format!(
                    "{}: {name} has shape {:?}, that of {} {:?}: samples of a corpus have one shape; --loader takes crops of any",
                    triple.name,
                    map.dim(),
                    first.name,
                    other.dim()
                )));
            }
        }
        Ok(())
    }

    /// Start, length, s, and views of the samples of a triple.
    fn samples(&self, triple: &Triple) -> Result<Vec<(f64, f64, Views)>, ImportError> {
        let columns = triple.maps.first().map_or(0, |(_, map)| map.ncols());
        match *self {
            Self::Whole { duration_s } => {
                let time = Axis::new("time", "s", columns, 0.0, duration_s / columns.max(1) as f64);
                let maps = triple.maps.iter().map(|(name, map)| (*name, map.clone()));
                Ok(vec![(0.0, duration_s, views(maps, LOG_MAGNITUDE, &time))])
            }
            Self::Crops { loader, gap, size: [rows, width], column_s } => {
                let refused = |problem: crate::base::yaml::Problem| {
                    ImportError::Setting(format!("{}: {} = {}", triple.name, problem.key, problem.message))
                };
                let doppler = triple.maps.first().map_or(0, |(_, map)| map.nrows());
                let problems = loader.problems().into_iter().chain(loader.misfits(doppler, columns));
                problems.map(refused).next().map_or(Ok(()), Err)?;
                let crop = loader.crop.unwrap_or(columns);
                let step = crop as f64 * column_s / width as f64;
                // Middles of cells, counted from the middle of the first column.
                let time = Axis::new("time", "s", width, 0.5 * (step - column_s), step);
                let crops = (0..=columns - crop).step_by(gap.max(1)).map(|first| {
                    let part = |(i, (name, map)): (usize, &(&'static str, Array2<f32>))| {
                        let kept = if i == 0 { loader.doppler_rows(doppler) } else { 0..map.nrows() };
                        (*name, loaded(&map.slice(s![kept, first..first + crop]), rows, width))
                    };
                    let maps = triple.maps.iter().enumerate().map(part);
                    (first as f64 * column_s, crop as f64 * column_s, views(maps, MIN_MAX_LOG_MAGNITUDE, &time))
                });
                Ok(crops.collect())
            }
        }
    }
}

/// Maps as views whose rows are only counted.
fn views(maps: impl Iterator<Item = (&'static str, Array2<f32>)>, quantity: &str, time: &Axis) -> Views {
    let mut views = Views::new();
    for (name, map) in maps {
        let axes = vec![Axis::index("row", map.nrows()), time.clone()];
        views.insert(name, View { quantity: quantity.into(), unit: "1".into(), axes, data: map.into_dyn() });
    }
    views
}
