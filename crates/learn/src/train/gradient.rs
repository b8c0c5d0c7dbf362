//! The gradient of one step, in parallel over parts of the batch.
//!
//! A contrastive loss needs the whole batch, the networks do not. So every part runs the signal branch on its rows and the
//! text branch on its labels in a one-thread pool; the loss is taken on all embeddings at once, as leaves of a small graph of their own; their gradients go
//! back through each part. Same numbers as on the whole batch, up to the order of sums (cf. GradCache, Gao et al. 2021).

use super::TrainError;
use super::adam;
use super::losses::{self, LossKind};
use super::metrics::LossParts;
use super::workers::Workers;
use crate::base::random::RandomTree;
use crate::model::linear::Pass;
use crate::model::mmclip::MmClip;
use crate::model::parameters;
use crate::model::weights::Array;
use burn::module::Module;
use burn::tensor::{self, Device, Tensor, TensorData};
use ndarray::{Array3, Array4, ArrayView3, s};
use std::collections::BTreeMap;

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

/// The gradient of each parameter, in the order of [`parameters::list`]; `None` for those that do not learn.
type Gradient = Vec<Option<Vec<f32>>>;

/// What one part puts out: embeddings, the same as leaves of the loss, or their gradients. A part may have no rows of a kind.
#[derive(Clone, Default)]
struct Ends {
    /// `[sample, attribute, width]`.
    attributes: Option<Tensor<3>>,
    /// `[sample, width]`.
    class: Option<Tensor<2>>,
    /// `[label, width]`.
    text: Option<Tensor<2>>,
}

/// Loss and gradient of a step.
pub(crate) fn gradient(
    workers: &Workers,
    model: &MmClip,
    batch: &Batch,
    objective: &Objective,
    parts: usize,
) -> Result<(LossParts, Gradient), TrainError> {
    let jobs: Vec<_> = (0..parts).map(|part| (part, model.clone())).collect();
    let ready = workers.run(jobs, |_, (part, model)| {
        // A graph of its own, so that no thread waits for another's.
        let device = model.log_scale.val().device();
        let model = model.fork(&device);
        let ends = forward(&model, batch, objective, (part, parts));
        (model, ends)
    });
    let leaves: Vec<Ends> = ready.iter().map(|(_, ends)| ends.leaves()).collect();
    let (loss, mut gradient, back) = workers.first(|| whole_batch_loss(model, &leaves, batch, objective))?;
    let jobs: Vec<_> = ready.into_iter().zip(back).collect();
    let count = gradient.len();
    let gradients = workers.run(jobs, |_, ((model, ends), back)| match ends.surrogate(back) {
        // Nothing behind these embeddings may be learning.
        Some(surrogate) if surrogate.is_tracked() => parameters::gradients(&model, &surrogate.backward()),
        _ => Ok(vec![None; count]),
    });
    for part in gradients {
        for (sum, part) in gradient.iter_mut().zip(part?) {
            adam::add(sum, part);
        }
    }
    Ok((loss, gradient))
}

fn forward(model: &MmClip, batch: &Batch, objective: &Objective, (part, parts): (usize, usize)) -> Ends {
    let device = model.log_scale.val().device();
    let share = |count: usize| part * count / parts..(part + 1) * count / parts;
    let mut ends = Ends::default();
    let rows = share(batch.labels.len());
    if !rows.is_empty() {
        let per_sample: usize = batch.shape[1..].iter().product();
        let values = batch.maps[rows.start * per_sample..rows.end * per_sample].to_vec();
        let shape = [rows.len(), batch.shape[1], batch.shape[2], batch.shape[3]];
        let maps = Tensor::from_data(TensorData::new(values, shape), &device);
        let pass = Pass::training(objective.key, batch.serials[rows].to_vec());
        let (attributes, class) = model.signal.forward(maps, &pass);
        (ends.attributes, ends.class) = (attributes, Some(class));
    }
    let labels = share(batch.table.dim().0);
    if !labels.is_empty() {
        let pass = Pass::training(objective.key.subtree(0, "text"), labels.clone().map(|l| l as u64).collect());
        let vectors = batch.table.slice(s![labels, .., ..]);
        ends.text = Some(model.text.forward(table_tensor(vectors, &device), &pass));
    }
    ends
}

fn table_tensor(table: ArrayView3<'_, f32>, device: &Device) -> Tensor<3> {
    let (labels, used, width) = table.dim();
    Tensor::from_data(TensorData::new(table.iter().copied().collect(), [labels, used, width]), device)
}

impl Ends {
    fn leaves(&self) -> Self {
        Self {
            attributes: self.attributes.clone().map(|t| t.detach().require_grad()),
            class: self.class.clone().map(|t| t.detach().require_grad()),
            text: self.text.clone().map(|t| t.detach().require_grad()),
        }
    }

    /// The gradients of these leaves; none where the loss does not depend on them.
    fn gradients(&self, grads: &tensor::Gradients) -> Self {
        Self {
            attributes: self.attributes.as_ref().and_then(|t| t.grad(grads)).map(Tensor::from_inner),
            class: self.class.as_ref().and_then(|t| t.grad(grads)).map(Tensor::from_inner),
            text: self.text.as_ref().and_then(|t| t.grad(grads)).map(Tensor::from_inner),
        }
    }

    /// A number whose gradient is that of the loss.
    fn surrogate(self, back: Self) -> Option<Tensor<1>> {
        let product = |pair: (Tensor<2>, Tensor<2>)| (pair.0 * pair.1).sum();
        let terms = [
            self.attributes.zip(back.attributes).map(|(forward, back)| (forward * back).sum()),
            self.class.zip(back.class).map(product),
            self.text.zip(back.text).map(product),
        ];
        terms.into_iter().flatten().reduce(|a, b| a + b)
    }
}

/// The loss on all embeddings, the gradient of the temperature, and what goes back into each part.
fn whole_batch_loss(
    model: &MmClip,
    leaves: &[Ends],
    batch: &Batch,
    objective: &Objective,
) -> Result<(LossParts, Gradient, Vec<Ends>), TrainError> {
    let scale = model.log_scale.val().exp();
    let join = |pick: fn(&Ends) -> Option<Tensor<2>>| Tensor::cat(leaves.iter().filter_map(pick).collect(), 0);
    let (class, text) = (join(|e| e.class.clone()), join(|e| e.text.clone()));
    let class_loss = losses::loss(objective.kind, class, text, &batch.labels, &batch.class_groups, scale.clone());
    let mut total = class_loss.clone().mul_scalar(objective.class_weight);
    let mut attribute_values = Vec::new();
    let attributes: Vec<Tensor<3>> = leaves.iter().filter_map(|e| e.attributes.clone()).collect();
    if !attributes.is_empty() {
        let table = table_tensor(batch.table.view(), &scale.device());
        let all = Tensor::cat(attributes, 0);
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
    let loss = LossParts {
        total: f64::from(total.into_scalar::<f32>()),
        class: f64::from(class_loss.into_scalar::<f32>()),
        attributes: attribute_values,
    };
    let back = leaves.iter().map(|leaf| leaf.gradients(&grads)).collect();
    Ok((loss, parameters::gradients(model, &grads)?, back))
}

/// A batch as plain arrays, for looking at gradients from outside.
///
/// # Shapes
/// `maps[sample, map, row, column]` with the maps of the model; `labels[sample]` are rows of `table[class, attribute, width]`
/// with the attributes of the model; `groups[class]`: equal numbers where two classes match.
#[derive(Clone, Debug)]
pub struct ExampleBatch {
    /// Input of the signal branch.
    pub maps: Array4<f32>,
    /// Class of each sample.
    pub labels: Vec<usize>,
    /// Sentence vectors of each class.
    pub table: Array3<f32>,
    /// Which classes match each other, in every attribute and as a whole.
    pub groups: Vec<usize>,
}

/// The loss of a batch and its gradients by parameter name, in the layout of weight files.
#[derive(Clone, Debug)]
pub struct Gradients {
    /// The loss with its parts.
    pub loss: LossParts,
    /// Gradients of the parameters that have one.
    pub by_name: BTreeMap<String, Array>,
}

/// Loss and gradients that a training step would see (λ_A = λ_B = 1, no dropout), on the batch as one part.
pub fn batch_gradient(model: &MmClip, kind: LossKind, of: &ExampleBatch) -> Result<Gradients, TrainError> {
    let (samples, maps, rows, columns) = of.maps.dim();
    let config = model.config();
    if (maps, rows, columns) != (config.maps.len(), config.rows, config.columns) {
        let expected = format!("{} x {} x {}", config.maps.len(), config.rows, config.columns);
        let sides = (("the batch", format!("{maps} x {rows} x {columns}")), ("the model", expected));
        return Err(TrainError::mismatch("maps x rows x columns", sides.0, sides.1));
    }
    let used = config.attributes.len().max(1);
    let classes = of.groups.len();
    let fits = of.labels.len() == samples && of.labels.iter().all(|&l| l < classes);
    if !fits || of.table.dim() != (classes, used, config.text_width) {
        let problem = format!(
            "{} labels below {classes} for {samples} samples and a table of {:?} were given, expected one label a sample and \
             [{classes} classes, {used} attributes, width {}]",
            of.labels.len(),
            of.table.shape(),
            config.text_width
        );
        return Err(TrainError::data("batch", problem));
    }
    let model = parameters::set_trainable(model.clone().train(), |_| true);
    let batch = Batch {
        shape: [samples, maps, rows, columns],
        maps: of.maps.iter().copied().collect(),
        labels: of.labels.clone(),
        serials: (0..samples as u64).collect(),
        table: of.table.clone(),
        attribute_groups: vec![of.groups.clone(); used],
        class_groups: of.groups.clone(),
    };
    let objective = Objective { kind, attribute_weight: 1.0, class_weight: 1.0, key: RandomTree::new(0) };
    let (loss, gradients) = gradient(&Workers::new(1, 1)?, &model, &batch, &objective, 1)?;
    let by_name = parameters::list(&model)
        .into_iter()
        .zip(gradients)
        .filter_map(|(p, g)| g.map(|g| (p.name.clone(), Array { shape: p.file_shape(), values: p.to_file(&g) })))
        .collect();
    Ok(Gradients { loss, by_name })
}
