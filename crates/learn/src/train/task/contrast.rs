//! Samples and the sentences of their labels in one space.

use super::{Among, Labelling, Loss, LossInput, Task};
use crate::base::random::RandomTree;
use crate::model::interface::{Model, SentenceInput};
use crate::model::mmclip::Embeddings;
use crate::train::batch::{LabelTable, Targets};
use crate::train::data::{Labels, Prompts, Source};
use crate::train::evaluate::{Scoring, zero_shot};
use crate::train::infer::Inferred;
use crate::train::losses::{self, LossKind};
use crate::train::{TrainConfig, TrainError};
use burn::tensor::{Tensor, TensorData};
use ndarray::{Array2, Array3, Axis, s};
use rand::RngExt;
use std::collections::BTreeMap;

/// The weights of the parts of a contrastive loss.
#[derive(Clone, Copy)]
pub(crate) struct Balance {
    pub(crate) kind: LossKind,
    pub(crate) attributes: f64,
    pub(crate) class: f64,
}

/// λ_A · mean over the attributes + λ_B · class.
pub(crate) struct Contrast<'a> {
    weights: Balance,
    seed: u64,
    prompts: &'a Prompts,
    groups: Groups,
    /// All labels of training, for losses that choose among them.
    learnt: Vec<usize>,
}

/// Which classes share a sentence.
struct Groups {
    /// `[used attribute][class]`.
    attributes: Vec<Vec<usize>>,
    /// `[class]`: all used sentences equal.
    class: Vec<usize>,
    /// Places among the five of the vectors that are used.
    used: Vec<usize>,
}

impl Groups {
    fn new(prompts: &Prompts, used: Vec<usize>) -> Self {
        let bits = |class: usize, attribute: usize| -> Vec<u32> {
            prompts.vectors.slice(s![class, attribute, ..]).iter().map(|v| v.to_bits()).collect()
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

impl<'a> Contrast<'a> {
    pub(super) fn new<M: Model>(
        model: &M,
        config: &TrainConfig,
        labels: Labels<'a>,
        sources: &[Source<'_>],
    ) -> Result<Self, TrainError> {
        let (Labels::Sentences(prompts), Some(SentenceInput { parts, width })) = (labels, model.sentences()) else {
            let problem = "a model that compares samples with sentences needs the sentences of the labels";
            return Err(TrainError::data("labels", problem));
        };
        let found = prompts.vectors.dim();
        if (found.1, found.2) != (crate::model::mmclip::ATTRIBUTES.len(), width) {
            return Err(crate::model::ModelError::Shape {
                array: "sentence vectors".into(),
                found: prompts.vectors.shape().to_vec(),
                expected: format!("[label, 5 attributes, width {width}]"),
            }
            .into());
        }
        let mut learnt = Vec::new();
        for source in sources {
            for i in 0..source.samples.len() {
                learnt.push(prompts.require(source.samples.label(i), source.name)?);
            }
        }
        learnt.sort_unstable();
        learnt.dedup();
        let weights = Balance { kind: config.loss, attributes: config.attribute_weight, class: config.class_weight };
        Ok(Self { weights, seed: config.seed, prompts, groups: Groups::new(prompts, parts), learnt })
    }

    /// The sentence vectors of some classes: for each class and attribute the stock wording or one of its paraphrases, drawn by
    /// step.
    fn vectors(&self, classes: &[usize], step: u64) -> Array3<f32> {
        let key = RandomTree::new(self.seed).subtree(step, "wording");
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
                    0 => row.assign(&self.prompts.vectors.slice(s![class, attribute, ..])),
                    n => row.assign(&self.prompts.paraphrases[class][attribute].row(n - 1)),
                }
            }
        }
        table
    }
}

impl Task for Contrast<'_> {
    fn loss(&self, input: &LossInput<'_>, targets: &Targets) -> Result<Loss, TrainError> {
        contrastive(self.weights, input, targets)
    }

    fn needs_whole_batch(&self) -> bool {
        true
    }
}

impl Labelling for Contrast<'_> {
    fn number(&self, label: &str, source: &str) -> Result<usize, TrainError> {
        self.prompts.require(label, source)
    }

    fn targets(&self, labels: &[usize], step: u64) -> Targets {
        let mut classes: Vec<usize> =
            if self.weights.kind.wants_all_classes() { self.learnt.clone() } else { labels.to_vec() };
        classes.sort_unstable();
        classes.dedup();
        let place = |label: &usize| classes.binary_search(label).unwrap_or(0);
        let groups = |groups: &Vec<usize>| classes.iter().map(|&c| groups[c]).collect();
        Targets {
            labels: labels.iter().map(place).collect(),
            table: Some(LabelTable {
                vectors: self.vectors(&classes, step),
                attribute_groups: self.groups.attributes.iter().map(groups).collect(),
                class_groups: groups(&self.groups.class),
            }),
            ..Targets::default()
        }
    }

    fn choices(&self, labels: &[usize], name: &str) -> Result<Among, TrainError> {
        let mut present = labels.to_vec();
        present.sort_unstable();
        present.dedup();
        if present.len() < 2 {
            let problem = "all samples have the same label; expected at least two labels to choose from";
            return Err(TrainError::data(name, problem));
        }
        let vectors = self.prompts.vectors.select(Axis(0), &present).select(Axis(1), &self.groups.used);
        Ok(Among {
            classes: present.iter().map(|&i| self.prompts.classes[i].clone()).collect(),
            truth: labels.iter().map(|l| present.binary_search(l).unwrap_or(0)).collect(),
            sentences: Some(vectors),
        })
    }

    /// By the class embeddings, as published.
    fn answers(&self, samples: &Inferred, sentences: &Inferred, _: &Among) -> Result<Vec<usize>, TrainError> {
        let embeddings = |of: &Inferred| -> Result<Embeddings, TrainError> {
            let class: Array2<f32> = of.require("class")?.index_axis(Axis(1), 0).to_owned();
            Ok(Embeddings { attributes: Array3::zeros((class.nrows(), 0, class.ncols())), class })
        };
        Ok(zero_shot(&embeddings(samples)?, &embeddings(sentences)?, &Scoring::default()))
    }

    fn probe(&self) -> Option<Array3<f32>> {
        Some(self.prompts.vectors.slice(s![..1, .., ..]).select(Axis(1), &self.groups.used))
    }

    fn fingerprint(&self) -> (&'static str, String) {
        let mut hasher = blake3::Hasher::new();
        let paraphrases = self.prompts.paraphrases.iter().flatten().flatten();
        for value in self.prompts.vectors.iter().chain(paraphrases) {
            hasher.update(&value.to_le_bytes());
        }
        ("sentences", format!("{:.16}", hasher.finalize().to_hex()))
    }
}

/// The loss of a batch with the sentences that it brings.
pub(crate) fn contrastive(weights: Balance, input: &LossInput<'_>, targets: &Targets) -> Result<Loss, TrainError> {
    let Some(table) = &targets.table else { return Err(TrainError::data("batch", "holds no sentences")) };
    let scale = input.scalar("log_scale")?.exp();
    let (class, text) = (input.sample("class")?.squeeze_dim(1), input.sentence("class")?.squeeze_dim(1));
    let class_loss = losses::loss(weights.kind, class, text, &targets.labels, &table.class_groups, scale.clone());
    let mut total = class_loss.clone().mul_scalar(weights.class);
    let mut attributes = Vec::new();
    if let Some(all) = input.samples.get("attributes") {
        let (labels, used, width) = table.vectors.dim();
        let data = TensorData::new(table.vectors.iter().copied().collect(), [labels, used, width]);
        let vectors = Tensor::<3>::from_data(data, input.device);
        let [_, count, _] = all.dims();
        for k in 0..count {
            let loss = losses::loss(
                weights.kind,
                all.clone().narrow(1, k, 1).squeeze_dim(1),
                vectors.clone().narrow(1, k, 1).squeeze_dim(1),
                &targets.labels,
                &table.attribute_groups[k],
                scale.clone(),
            );
            total = total + loss.clone().mul_scalar(weights.attributes / count as f64);
            attributes.push(f64::from(loss.into_scalar::<f32>()));
        }
    }
    let class = f64::from(class_loss.into_scalar::<f32>());
    Ok(Loss { total, parts: vec![("class", class)], lists: vec![("attributes", attributes)] })
}
