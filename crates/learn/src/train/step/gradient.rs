//! The gradient of one step, in parallel over parts of the batch.
//!
//! Some losses need the whole batch, a contrastive one for example; the networks do not. So every part runs the model on its rows, and on
//! its share of the sentences, in a one-thread pool; the loss is taken on all outputs at once, as leaves of a small graph of their own; their
//! gradients go back through each part. What of a network looks across samples is part of that small graph. Same numbers as on the whole batch, up to the order of sums (cf. GradCache, Gao et al. 2021). A loss
//! that is a mean over samples is taken within each part.

use super::adam;
use crate::base::random::RandomTree;
use crate::model::interface::{Model, Outputs};
use crate::model::linear::Pass;
use crate::model::parameters;
use crate::train::TrainError;
use crate::train::batch::StepBatch;
use crate::train::task::{LossInput, LossParts, Task};
use crate::train::workers::Workers;
use burn::tensor::{self, Tensor, TensorData};
use ndarray::s;
use std::ops::Range;

/// The gradient of each parameter, in the order of [`parameters::list`]; `None` for those that do not learn.
type Gradient = Vec<Option<Vec<f32>>>;

/// What a step learns of its batch.
pub(crate) struct StepGradient {
    pub(crate) loss: LossParts,
    pub(crate) gradient: Gradient,
    /// New values of parameters that follow from the batch in place of gradients, by name.
    pub(crate) followed: Vec<(String, Vec<f32>)>,
}

/// What one part puts out: outputs, the same as leaves of the loss, or their gradients. A part may have no rows of a kind.
#[derive(Clone, Default)]
struct Ends {
    samples: Outputs,
    sentences: Outputs,
}

/// Loss and gradient of a step; `key` is that of its dropout.
pub(crate) fn gradient<M: Model>(
    workers: &Workers,
    model: &M,
    batch: &StepBatch,
    (task, key): (&dyn Task, RandomTree),
    parts: usize,
) -> Result<StepGradient, TrainError> {
    let jobs: Vec<_> = (0..parts).map(|part| (part, model.clone())).collect();
    if !task.needs_whole_batch() {
        return part_by_part(workers, jobs, batch, (task, key), parts);
    }
    let ready = workers.run(jobs, |_, (part, model)| {
        // A graph of its own, so that no thread waits for another's.
        let device = model.device();
        let model = model.fork(&device);
        let ends = forward(&model, batch, key, (part, parts));
        (model, ends)
    });
    let leaves: Vec<Ends> = ready.iter().map(|(_, ends)| ends.leaves()).collect();
    let (StepGradient { loss, mut gradient, followed }, back) =
        workers.first(|| whole_batch_loss(model, &leaves, batch, task))?;
    let jobs: Vec<_> = ready.into_iter().zip(back).collect();
    let count = gradient.len();
    let gradients = workers.run(jobs, |_, ((model, ends), back)| match ends.surrogate(back) {
        // Nothing behind these outputs may be learning.
        Some(surrogate) if surrogate.is_tracked() => parameters::gradients(&model, &surrogate.backward()),
        _ => Ok(vec![None; count]),
    });
    for part in gradients {
        for (sum, part) in gradient.iter_mut().zip(part?) {
            adam::add(sum, part);
        }
    }
    Ok(StepGradient { loss, gradient, followed })
}

/// The rows of a part.
fn share(count: usize, (part, parts): (usize, usize)) -> Range<usize> {
    part * count / parts..(part + 1) * count / parts
}

/// Each part takes its own loss, weighted by its share of the samples.
fn part_by_part<M: Model>(
    workers: &Workers,
    jobs: Vec<(usize, M)>,
    batch: &StepBatch,
    (task, key): (&dyn Task, RandomTree),
    parts: usize,
) -> Result<StepGradient, TrainError> {
    let done = workers.run(jobs, |_, (part, model)| -> Result<_, TrainError> {
        let device = model.device();
        let model = model.fork(&device);
        let rows = share(batch.len(), (part, parts));
        if rows.is_empty() {
            return Ok(None);
        }
        let ends = forward(&model, batch, key, (part, parts));
        let targets = batch.targets.rows(&rows);
        let weight = rows.len() as f64 / batch.len() as f64;
        let loss = task.loss(&LossInput::new(&ends.samples, &ends.sentences, model.scalars(), &device), &targets)?;
        let parts = LossParts::of(&loss);
        let total = loss.total.mul_scalar(weight);
        let gradient = match total.is_tracked() {
            true => Some(parameters::gradients(&model, &total.backward())?),
            false => None,
        };
        Ok(Some((parts, weight, gradient)))
    });
    let mut sum: Option<LossParts> = None;
    let mut gradient: Gradient = Vec::new();
    for part in done {
        let Some((parts, weight, part)) = part? else { continue };
        let part = part.unwrap_or_default();
        gradient.resize(gradient.len().max(part.len()), None);
        gradient.iter_mut().zip(part).for_each(|(sum, part)| adam::add(sum, part));
        sum = Some(match sum {
            Some(sum) => sum.plus(&parts, weight),
            None => parts.times(weight),
        });
    }
    match sum {
        Some(loss) => Ok(StepGradient { loss, gradient, followed: Vec::new() }),
        None => Err(TrainError::data("batch", "holds no samples")),
    }
}

fn forward<M: Model>(model: &M, batch: &StepBatch, key: RandomTree, part: (usize, usize)) -> Ends {
    let device = model.device();
    let mut ends = Ends::default();
    let rows = share(batch.len(), part);
    if !rows.is_empty() {
        let pass = Pass::training(key, batch.serials[rows.clone()].to_vec());
        ends.samples = model.forward(&batch.rows(&rows, &device), &pass);
    }
    if let Some(table) = &batch.targets.table {
        let labels = share(table.vectors.dim().0, part);
        if !labels.is_empty() {
            let pass = Pass::training(key.subtree(0, "text"), labels.clone().map(|l| l as u64).collect());
            let vectors = table.vectors.slice(s![labels, .., ..]);
            let (labels, used, width) = vectors.dim();
            let data = TensorData::new(vectors.iter().copied().collect(), [labels, used, width]);
            ends.sentences = model.sentence_outputs(Tensor::from_data(data, &device), &pass);
        }
    }
    ends
}

fn each(outputs: &Outputs, act: impl Fn(&Tensor<3>) -> Option<Tensor<3>>) -> Outputs {
    Outputs(outputs.0.iter().filter_map(|(name, tensor)| Some((*name, act(tensor)?))).collect())
}

impl Ends {
    fn leaves(&self) -> Self {
        let leaf = |tensor: &Tensor<3>| Some(tensor.clone().detach().require_grad());
        Self { samples: each(&self.samples, leaf), sentences: each(&self.sentences, leaf) }
    }

    /// The gradients of these leaves; none where the loss does not depend on them.
    fn gradients(&self, grads: &tensor::Gradients) -> Self {
        let gradient = |tensor: &Tensor<3>| tensor.grad(grads).map(Tensor::from_inner);
        Self { samples: each(&self.samples, gradient), sentences: each(&self.sentences, gradient) }
    }

    /// A number whose gradient is that of the loss.
    fn surrogate(self, back: Self) -> Option<Tensor<1>> {
        let product = |outputs: Outputs, back: &Outputs| -> Vec<Tensor<1>> {
            let terms =
                outputs.0.into_iter().filter_map(|(name, forward)| Some((forward * back.get(name)?.clone()).sum()));
            terms.collect()
        };
        let terms = [product(self.samples, &back.samples), product(self.sentences, &back.sentences)];
        terms.into_iter().flatten().reduce(|a, b| a + b)
    }
}

/// The parts' outputs one below the other.
fn joined<'a>(parts: impl Iterator<Item = &'a Outputs> + Clone) -> Outputs {
    let Some(first) = parts.clone().find(|outputs| !outputs.0.is_empty()) else { return Outputs::default() };
    let all = |name: &'static str| {
        let rows: Vec<Tensor<3>> = parts.clone().filter_map(|outputs| outputs.get(name).cloned()).collect();
        (name, Tensor::cat(rows, 0))
    };
    Outputs(first.0.iter().map(|(name, _)| all(name)).collect())
}

/// The loss on all outputs, the gradients of the model's scalars, and what goes back into each part.
fn whole_batch_loss<M: Model>(
    model: &M,
    leaves: &[Ends],
    batch: &StepBatch,
    task: &dyn Task,
) -> Result<(StepGradient, Vec<Ends>), TrainError> {
    let (samples, sentences) = (joined(leaves.iter().map(|e| &e.samples)), joined(leaves.iter().map(|e| &e.sentences)));
    let device = model.device();
    let samples = model.joined(samples);
    let followed = model.followed(&samples);
    let input = LossInput::new(&samples, &sentences, model.scalars(), &device);
    let loss = task.loss(&input, &batch.targets)?;
    let parts = LossParts::of(&loss);
    let grads = loss.total.backward();
    let back = leaves.iter().map(|leaf| leaf.gradients(&grads)).collect();
    Ok((StepGradient { loss: parts, gradient: parameters::gradients(model, &grads)?, followed }, back))
}
