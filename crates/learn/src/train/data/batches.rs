//! Which samples a step sees: a pure function of (seed, step), so that a resumed run sees what an undisturbed one would.

use super::Source;
use crate::base::random::{RandomTree, Stream};
use crate::train::TrainError;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Order in which samples are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sampling {
    /// Every sample once an epoch, shuffled.
    Shuffled,
    /// Rounds over the classes in random order, so that a batch holds as many different labels as it can and rare classes
    /// count as much as frequent ones.
    #[default]
    Balanced,
}

/// One sample of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Index of the source.
    pub source: usize,
    /// Index of the sample in it.
    pub index: usize,
    /// How many samples of the source were drawn before: keys augmentation and dropout together with the source.
    pub serial: u64,
}

/// The order of all samples of all sources.
pub struct Mixture {
    tree: RandomTree,
    sampling: Sampling,
    sources: Vec<Order>,
    batch: usize,
}

struct Order {
    len: usize,
    /// Sample indices by class.
    classes: Vec<Vec<usize>>,
    share: f64,
    /// The order of the epoch asked for last.
    cached: Option<(u64, Vec<usize>)>,
}

impl Mixture {
    /// `labels[source][sample]` are class numbers.
    pub fn new(
        sources: &[Source<'_>],
        labels: &[Vec<usize>],
        sampling: Sampling,
        batch: usize,
        seed: u64,
    ) -> Result<Self, TrainError> {
        let total: f64 = sources.iter().map(|s| s.weight).sum();
        let mut orders = Vec::with_capacity(sources.len());
        for (source, labels) in sources.iter().zip(labels) {
            if labels.is_empty() {
                return Err(TrainError::data(source.name, "no samples to train on"));
            }
            if !(source.weight > 0.0 && source.weight.is_finite()) {
                let (field, found) = (format!("weight of source {}", source.name), source.weight.to_string());
                return Err(TrainError::Config { field, found, expected: "above 0".into() });
            }
            let count = labels.iter().max().map_or(0, |m| m + 1);
            let mut classes = vec![Vec::new(); count];
            labels.iter().enumerate().for_each(|(i, &label)| classes[label].push(i));
            classes.retain(|c| !c.is_empty());
            orders.push(Order { len: labels.len(), classes, share: source.weight / total, cached: None });
        }
        if orders.is_empty() {
            return Err(TrainError::data("training", "no source of samples"));
        }
        Ok(Self { tree: RandomTree::new(seed).subtree(0, "batches"), sampling, sources: orders, batch })
    }

    /// Steps until every source has been seen once.
    pub fn epoch_steps(&self) -> u64 {
        let steps = |o: &Order| (o.len as f64 / (o.share * self.batch as f64)).ceil().max(1.0) as u64;
        self.sources.iter().map(steps).max().unwrap_or(1)
    }

    /// The samples of a step, counted from 0. A batch may hold a sample twice when a source is smaller than its share.
    pub fn batch(&mut self, step: u64) -> Vec<Draw> {
        let slots = self.batch as u64;
        let mut draws = Vec::with_capacity(self.batch);
        let mut done = 0.0;
        for source in 0..self.sources.len() {
            // Slot k of all steps together belongs to the source in whose share of the circle it falls; cumulated rounding
            // gives every source its share over time, and exactly when the shares divide the batch.
            let share = self.sources[source].share;
            let upto = |n: u64, share: f64| (n as f64 * share).round() as u64;
            let (low, high) = (done, done + share);
            let last = source + 1 == self.sources.len();
            let count = |n: u64| if last { n - upto(n, low) } else { upto(n, high) - upto(n, low) };
            for serial in count(step * slots)..count((step + 1) * slots) {
                draws.push(Draw { source, index: self.index(source, serial), serial });
            }
            done = high;
        }
        draws
    }

    fn index(&mut self, source: usize, serial: u64) -> usize {
        let key = self.tree.subtree(source as u64, "source");
        let order = &mut self.sources[source];
        let (epoch, place) = (serial / order.len as u64, (serial % order.len as u64) as usize);
        if order.cached.as_ref().is_none_or(|(e, _)| *e != epoch) {
            let mut stream = key.stream(epoch, "order");
            let sequence = match self.sampling {
                Sampling::Shuffled => shuffled((0..order.len).collect(), &mut stream),
                Sampling::Balanced => balanced(&order.classes, order.len, &mut stream),
            };
            order.cached = Some((epoch, sequence));
        }
        order.cached.as_ref().map_or(0, |(_, sequence)| sequence[place])
    }
}

/// Fisher and Yates; written out so that the order does not depend on a library's version.
pub(crate) fn shuffled(mut items: Vec<usize>, stream: &mut Stream) -> Vec<usize> {
    for i in (1..items.len()).rev() {
        items.swap(i, stream.random_range(0..=i));
    }
    items
}

fn balanced(classes: &[Vec<usize>], len: usize, stream: &mut Stream) -> Vec<usize> {
    let queues: Vec<Vec<usize>> = classes.iter().map(|c| shuffled(c.clone(), stream)).collect();
    let mut sequence = Vec::with_capacity(len + classes.len());
    for round in 0.. {
        if sequence.len() >= len {
            break;
        }
        let order = shuffled((0..queues.len()).collect(), stream);
        sequence.extend(order.into_iter().map(|class| queues[class][round % queues[class].len()]));
    }
    sequence.truncate(len);
    sequence
}
