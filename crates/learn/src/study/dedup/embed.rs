//! The encoder, and the vectors of samples and of their noisy versions.

use super::{DedupConfig, DedupError};
use crate::base::progress::Progress;
use crate::base::random::RandomTree;
use crate::corpus::CorpusReader;
use crate::model::interface::{ViewForm, ViewInfo};
use crate::model::wiswiss::WiSwiss;
use crate::train::{Labels, Samples, ShardSamples, Source, TrainData, TrainError, infer, resume, train};
use ndarray::{Array2, Axis};
use rand_distr::{Distribution, StandardNormal};
use std::path::Path;

/// Of one corpus, in order of its samples.
pub(super) struct Vectors {
    /// `[sample, width]`, of length 1.
    pub(super) clean: Array2<f32>,
    /// Cosine of each sample with its noisy version.
    pub(super) positive: Vec<f64>,
}

pub(super) fn vectors(
    corpora: &[CorpusReader],
    config: &DedupConfig,
    work: &Path,
    progress: &dyn Progress,
) -> Result<Vec<Vectors>, DedupError> {
    let names: Vec<String> = corpora.iter().map(|corpus| corpus.dir().display().to_string()).collect();
    let sets: Vec<ShardSamples<'_>> =
        corpora.iter().map(|corpus| ShardSamples::new(corpus, |_| true)).collect::<Result<_, _>>()?;
    let Some((first, name)) = sets.first().zip(names.first()) else { return Ok(Vec::new()) };
    let view = match &config.view {
        Some(view) => view.clone(),
        None => corpora[0].main_views()?.into_iter().next().unwrap_or_default(),
    };
    let Some(info) = first.views().iter().find(|info| info.name == view) else {
        let there = first.views().iter().map(|v| v.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(TrainError::data(name, format!("has no view {view}: there are {there}")).into());
    };
    let model = WiSwiss::new(&config.model(&view, &info.shape), config.seed)?;
    let mut labels: Vec<String> = sets.iter().flat_map(ShardSamples::labels).collect();
    labels.sort_unstable();
    labels.dedup();
    let sources: Vec<Source<'_>> =
        sets.iter().zip(&names).map(|(samples, name)| Source { name, samples, weight: samples.len() as f64 }).collect();
    let on = TrainData { sources: &sources, labels: Labels::Names(&labels), validation: None, seen_before: &[] };
    let settings = config.train(0);
    let begun = work.join("finished.json").exists();
    let trained = if begun {
        resume(model, &settings, &on, work, progress)?
    } else {
        train(model, &settings, &on, work, progress)?
    };
    let embedded = |name: &str, samples: &dyn Samples| -> Result<Array2<f32>, DedupError> {
        let outputs = infer(&trained.model, name, samples, 0)?;
        let mut vectors = outputs.require("embedding")?.index_axis(Axis(1), 0).to_owned();
        for mut row in vectors.outer_iter_mut() {
            let length = row.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt().max(1e-12);
            row.mapv_inplace(|v| (f64::from(v) / length) as f32);
        }
        Ok(vectors)
    };
    progress.begin("comparing corpora", sets.len() as u64);
    let mut all = Vec::with_capacity(sets.len());
    for (samples, name) in sets.iter().zip(&names) {
        let clean = embedded(name, samples)?;
        let tree = RandomTree::new(config.seed).subtree(all.len() as u64, "noisy versions");
        let noisy = embedded(name, &Noisy { inner: samples, deviation: config.noise, tree })?;
        let cosine = |(a, b): (ndarray::ArrayView1<'_, f32>, ndarray::ArrayView1<'_, f32>)| f64::from(a.dot(&b));
        let positive = clean.outer_iter().zip(noisy.outer_iter()).map(cosine).collect();
        all.push(Vectors { clean, positive });
        progress.advance(1);
    }
    progress.finish();
    Ok(all)
}

/// Samples with white noise, measured by the root of their own mean power.
struct Noisy<'a> {
    inner: &'a dyn Samples,
    deviation: f64,
    tree: RandomTree,
}

impl Samples for Noisy<'_> {
    fn len(&self) -> usize {
        self.inner.len()
    }

    fn views(&self) -> &[ViewInfo] {
        self.inner.views()
    }

    fn id(&self, index: usize) -> u64 {
        self.inner.id(index)
    }

    fn label(&self, index: usize) -> &str {
        self.inner.label(index)
    }

    fn form(&self, place: usize) -> ViewForm {
        self.inner.form(place)
    }

    fn read(&self, index: usize, wanted: &[usize]) -> Result<Vec<Option<Vec<f32>>>, TrainError> {
        let mut read = self.inner.read(index, wanted)?;
        let mut stream = self.tree.stream(index as u64, "sample");
        for values in read.iter_mut().flatten() {
            let power = values.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>() / values.len().max(1) as f64;
            let deviation = (self.deviation * power.sqrt()) as f32;
            for value in values.iter_mut() {
                let white: f32 = StandardNormal.sample(&mut stream);
                *value += deviation * white;
            }
        }
        Ok(read)
    }
}
