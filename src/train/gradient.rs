//! The gradient of one step, in parallel over parts of the batch.
//!
//! A contrastive loss needs the whole batch, the networks do not. So every part runs the signal branch on its rows in a
//! one-thread pool; the loss is taken on all embeddings at once, as leaves of a small graph of their own; their gradients go
//! back through each part. Same numbers as on the whole batch, up to the order of sums (cf. GradCache, Gao et al. 2021).

use super::TrainError;
use super::losses::{self, LossKind};
use super::metrics::LossParts;
use crate::base::random::RandomTree;
use crate::model::linear::Pass;
use crate::model::mmclip::MmClip;
use crate::model::parameters;
use burn::module::Module;
use burn::tensor::{Tensor, TensorData};
use ndarray::Array3;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Threads that work on parts. Each is a pool of one, so that the tensor library does not split work any further: that
/// costs more than it gains here and could change the order of sums.
pub(crate) struct Workers {
    pools: Vec<ThreadPool>,
}

/// What a step needs.
pub(crate) struct Batch {
    /// `[sample, map, row, column]`.
    pub(crate) maps: Vec<f32>,
    pub(crate) shape: [usize; 4],
    /// For each sample a row of the table.
    pub(crate) labels: Vec<usize>,
    /// Keys of dropout.
    pub(crate) serials: Vec<u64>,
    /// `[class, used attribute, width]`: the sentence vectors of the candidates.
    pub(crate) table: Array3<f32>,
    /// `[attribute][class]`: equal numbers where the sentence is the same.
    pub(crate) attribute_groups: Vec<Vec<usize>>,
    /// `[class]`.
    pub(crate) class_groups: Vec<usize>,
}

/// Which loss, and the key of dropout.
pub(crate) struct Objective {
    pub(crate) kind: LossKind,
    pub(crate) attribute_weight: f64,
    pub(crate) class_weight: f64,
    pub(crate) key: RandomTree,
}

/// A part between forward and backward.
struct Part {
    model: MmClip,
    attributes: Option<Tensor<3>>,
    class: Tensor<2>,
}

impl Workers {
    pub(crate) fn new(threads: usize, parts: usize) -> Result<Self, TrainError> {
        let available = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if threads == 0 { available } else { threads }.min(parts);
        let pool = |i: usize| {
            ThreadPoolBuilder::new()
                .num_threads(1)
                .thread_name(move |_| format!("train-{i}"))
                .build()
                .map_err(|error| TrainError::Threads(error.to_string()))
        };
        Ok(Self { pools: (0..threads.max(1)).map(pool).collect::<Result<_, _>>()? })
    }

    /// Runs the jobs, job `i` on pool `i % pools`, and gives the results in order.
    pub(crate) fn run<T: Send, R: Send>(&self, jobs: Vec<T>, work: impl Fn(usize, T) -> R + Sync) -> Vec<R> {
        let mut queues: Vec<Vec<(usize, T)>> = self.pools.iter().map(|_| Vec::new()).collect();
        for (i, job) in jobs.into_iter().enumerate() {
            queues[i % self.pools.len()].push((i, job));
        }
        let work = &work;
        let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
            let handles: Vec<_> = queues
                .into_iter()
                .zip(&self.pools)
                .map(|(queue, pool)| {
                    scope.spawn(move || {
                        pool.install(|| queue.into_iter().map(|(i, job)| (i, work(i, job))).collect::<Vec<_>>())
                    })
                })
                .collect();
            handles
                .into_iter()
                .flat_map(|handle| match handle.join() {
                    Ok(results) => results,
                    Err(panic) => std::panic::resume_unwind(panic),
                })
                .collect()
        });
        results.sort_by_key(|(i, _)| *i);
        results.into_iter().map(|(_, result)| result).collect()
    }

    /// Loss and gradient of every parameter (`None` for those that do not learn), in the order of
    /// [`parameters::list`].
    pub(crate) fn gradient(
        &self,
        model: &MmClip,
        batch: &Batch,
        objective: &Objective,
        parts: usize,
    ) -> Result<(LossParts, Vec<Option<Vec<f32>>>), TrainError> {
        let samples = batch.labels.len();
        let device = model.log_scale.val().device();
        let per_sample: usize = batch.shape[1..].iter().product();
        let bounds: Vec<(usize, usize)> = (0..parts)
            .map(|p| (p * samples / parts, (p + 1) * samples / parts))
            .filter(|(from, to)| from < to)
            .collect();
        let jobs: Vec<_> = bounds.iter().map(|&bound| (bound, model.clone())).collect();
        let ready: Vec<Part> = self.run(jobs, |_, ((from, to), model)| {
            let model = model.fork(&device);
            let values = batch.maps[from * per_sample..to * per_sample].to_vec();
            let shape = [to - from, batch.shape[1], batch.shape[2], batch.shape[3]];
            let maps = Tensor::from_data(TensorData::new(values, shape), &device);
            let pass = Pass::training(objective.key, batch.serials[from..to].to_vec());
            let (attributes, class) = model.signal.forward(maps, &pass);
            Part { model, attributes, class }
        });
        let (loss, mut gradient, back) = self.pools[0].install(|| whole_batch_loss(model, &ready, batch, objective))?;
        let jobs: Vec<_> = ready.into_iter().zip(back).collect();
        let gradients = self.run(jobs, |_, (part, (attributes, class))| {
            let mut surrogate = (part.class * class).sum();
            if let (Some(forward), Some(back)) = (part.attributes, attributes) {
                surrogate = surrogate + (forward * back).sum();
            }
            // Nothing of the signal branch may be learning (adapters of the text branch only).
            if !surrogate.is_tracked() {
                return Ok(vec![None; gradient.len()]);
            }
            parameters::gradients(&part.model, &surrogate.backward())
        });
        for part in gradients {
            for (sum, part) in gradient.iter_mut().zip(part?) {
                match (sum.as_mut(), part) {
                    (Some(sum), Some(part)) => sum.iter_mut().zip(part).for_each(|(s, p)| *s += p),
                    (None, Some(part)) => *sum = Some(part),
                    (_, None) => {}
                }
            }
        }
        Ok((loss, gradient))
    }
}

type Backward = (Option<Tensor<3>>, Tensor<2>);

/// The loss on all embeddings, the gradient of the text branch and the temperature, and what goes back into each part.
fn whole_batch_loss(
    model: &MmClip,
    parts: &[Part],
    batch: &Batch,
    objective: &Objective,
) -> Result<(LossParts, Vec<Option<Vec<f32>>>, Vec<Backward>), TrainError> {
    let device = model.log_scale.val().device();
    let attributes: Vec<Option<Tensor<3>>> =
        parts.iter().map(|p| p.attributes.clone().map(|a| a.detach().require_grad())).collect();
    let class: Vec<Tensor<2>> = parts.iter().map(|p| p.class.clone().detach().require_grad()).collect();

    let (classes, used, width) = batch.table.dim();
    let vectors: Vec<f32> = batch.table.iter().copied().collect();
    let table = Tensor::<3>::from_data(TensorData::new(vectors, [classes, used, width]), &device);
    let scale = model.log_scale.val().exp();

    let text_pass = Pass::training(objective.key.subtree(0, "text"), (0..classes as u64).collect());
    let text = model.text.forward(table.clone(), &text_pass);
    let class_loss = losses::loss(
        objective.kind,
        Tensor::cat(class.clone(), 0),
        text,
        &batch.labels,
        &batch.class_groups,
        scale.clone(),
    );
    let mut total = class_loss.clone().mul_scalar(objective.class_weight);
    let mut attribute_values = Vec::new();
    let leaves: Option<Vec<Tensor<3>>> = attributes.iter().cloned().collect();
    if let Some(leaves) = leaves {
        let all = Tensor::cat(leaves, 0);
        let [_, count, _] = all.dims();
        for k in 0..count {
            let loss = losses::loss(
                objective.kind,
                all.clone().narrow(1, k, 1).squeeze_dim(1),
                table.clone().narrow(1, k, 1).squeeze_dim(1),
                &batch.labels,
                &batch.attribute_groups[k],
                scale.clone(),
            );
            total = total + loss.clone().mul_scalar(objective.attribute_weight / count as f64);
            attribute_values.push(f64::from(loss.into_scalar::<f32>()));
        }
    }
    let grads = total.backward();
    let zeros = |t: &Tensor<2>| t.clone().detach().without_autodiff().zeros_like();
    let back = attributes
        .iter()
        .zip(&class)
        .map(|(a, c)| {
            let a = a.as_ref().and_then(|a| a.grad(&grads)).map(Tensor::from_inner);
            (a, Tensor::from_inner(c.grad(&grads).unwrap_or_else(|| zeros(c))))
        })
        .collect();
    let loss = LossParts {
        total: f64::from(total.into_scalar::<f32>()),
        class: f64::from(class_loss.into_scalar::<f32>()),
        attributes: attribute_values,
    };
    Ok((loss, parameters::gradients(model, &grads)?, back))
}
