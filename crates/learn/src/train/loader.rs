//! Batches made ahead of their use, on a thread of their own.

use super::batches::{Draw, Mixture};
use super::embed::read_chosen;
use super::gradient::Batch;
use super::{Prompts, Source, TrainConfig, TrainError};
use crate::base::random::RandomTree;
use crate::model::mmclip::MmClipConfig;
use ndarray::Array3;
use rand::RngExt;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Makes the batch of any step.
pub(crate) struct Loader<'a> {
    pub(crate) config: &'a TrainConfig,
    pub(crate) model: &'a MmClipConfig,
    pub(crate) sources: &'a [Source<'a>],
    /// For each source, where the model's maps are.
    pub(crate) columns: &'a [Vec<usize>],
    /// For each source and sample its place in the prompts.
    pub(crate) labels: &'a [Vec<usize>],
    pub(crate) prompts: &'a Prompts,
    pub(crate) groups: &'a Groups,
}

/// Which classes share a sentence.
pub(crate) struct Groups {
    /// `[used attribute][class]`.
    attributes: Vec<Vec<usize>>,
    /// `[class]`: all used sentences equal.
    class: Vec<usize>,
    /// Places among the five of the vectors that are used.
    used: Vec<usize>,
}

impl Groups {
    pub(crate) fn new(prompts: &Prompts, model: &MmClipConfig) -> Self {
        let mut used = model.attribute_indices();
        if used.is_empty() {
            used.push(0);
        }
        let bits = |class: usize, attribute: usize| -> Vec<u32> {
            prompts.vectors.slice(ndarray::s![class, attribute, ..]).iter().map(|v| v.to_bits()).collect()
        };
        let number = |keys: Vec<Vec<u32>>| -> Vec<usize> {
            let mut seen = BTreeMap::new();
            keys.into_iter()
                .map(|key| {
                    let next = seen.len();
                    *seen.entry(key).or_insert(next)
                })
                .collect()
        };
        let classes = 0..prompts.classes.len();
        let attributes: Vec<Vec<usize>> =
            used.iter().map(|&k| number(classes.clone().map(|c| bits(c, k)).collect())).collect();
        let class = number(classes.map(|c| used.iter().flat_map(|&k| bits(c, k)).collect()).collect());
        Self { attributes, class, used }
    }
}

impl Loader<'_> {
    /// The batch of a step (counted from 0) and its samples.
    pub(crate) fn batch(&self, mixture: &mut Mixture, step: u64) -> Result<(Batch, Vec<Draw>), TrainError> {
        let draws = mixture.batch(step);
        let tree = RandomTree::new(self.config.seed);
        let (maps, rows, columns) = (self.model.maps.len(), self.model.rows, self.model.columns);
        let parts: Vec<Vec<f32>> = draws
            .par_iter()
            .map(|draw| {
                let source = &self.sources[draw.source];
                let mut values = Vec::with_capacity(maps * rows * columns);
                read_chosen(source.samples, source.name, draw.index, &self.columns[draw.source], &mut values)?;
                let mut stream = tree.subtree(draw.source as u64, "augment").stream(draw.serial, "sample");
                self.config.augment.apply(&mut values, &self.model.maps, rows, columns, &mut stream);
                Ok(values)
            })
            .collect::<Result<_, TrainError>>()?;
        let labels: Vec<usize> = draws.iter().map(|d| self.labels[d.source][d.index]).collect();
        let mut classes: Vec<usize> = if self.config.loss.wants_all_classes() {
            self.labels.iter().flatten().copied().collect()
        } else {
            labels.clone()
        };
        classes.sort_unstable();
        classes.dedup();
        let place = |label: &usize| classes.binary_search(label).unwrap_or(0);
        let batch = Batch {
            shape: [draws.len(), maps, rows, columns],
            maps: parts.concat(),
            labels: labels.iter().map(place).collect(),
            serials: (0..draws.len() as u64).map(|row| step * self.config.batch as u64 + row).collect(),
            table: self.table(&classes, step),
            attribute_groups: self
                .groups
                .attributes
                .iter()
                .map(|groups| classes.iter().map(|&c| groups[c]).collect())
                .collect(),
            class_groups: classes.iter().map(|&c| self.groups.class[c]).collect(),
        };
        Ok((batch, draws))
    }

    /// The sentence vectors of some classes: for each class and attribute the stock wording or one of its paraphrases, drawn by
    /// step.
    fn table(&self, classes: &[usize], step: u64) -> Array3<f32> {
        let key = RandomTree::new(self.config.seed).subtree(step, "wording");
        let used = &self.groups.used;
        let mut table = Array3::zeros((classes.len(), used.len(), self.prompts.vectors.dim().2));
        for (mut rows, &class) in table.outer_iter_mut().zip(classes) {
            let mut stream = key.stream(class as u64, "class");
            // All five are drawn, so that leaving an attribute out changes nothing in the others.
            let choices = self.prompts.paraphrases[class].each_ref().map(|wordings| match wordings.nrows() {
                0 => 0,
                n => stream.random_range(0..=n),
            });
            for (mut row, &attribute) in rows.outer_iter_mut().zip(used) {
                match choices[attribute] {
                    0 => row.assign(&self.prompts.vectors.slice(ndarray::s![class, attribute, ..])),
                    n => row.assign(&self.prompts.paraphrases[class][attribute].row(n - 1)),
                }
            }
        }
        table
    }
}
