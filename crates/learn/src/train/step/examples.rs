//! What a training step sees of a given batch, as plain arrays: for looking at gradients from outside.

use super::gradient::gradient;
use crate::base::random::RandomTree;
use crate::model::classifier::Classifier;
use crate::model::interface::Model;
use crate::model::mmclip::MmClip;
use crate::model::parameters;
use crate::model::weights::Array;
use crate::train::batch::{Inputs, LabelTable, StepBatch, Targets, ViewRows, read_rows};
use crate::train::data::{Dataset, Labels, Samples};
use crate::train::losses::LossKind;
use crate::train::task::{Balance, Classify, Labelling, Loss, LossInput, LossParts, Task, contrastive};
use crate::train::workers::Workers;
use crate::train::{TrainConfig, TrainError};
use ndarray::{Array3, Array4, Axis};
use std::collections::BTreeMap;

/// The loss of a batch and its gradients by parameter name, in the layout of weight files.
#[derive(Clone, Debug)]
pub struct Gradients {
    /// The loss with its parts.
    pub loss: LossParts,
    /// Gradients of the parameters that have one.
    pub by_name: BTreeMap<String, Array>,
}

/// Loss and gradients that a training step would see, everything learning and without dropout, on the batch as one part.
fn gradients_by_name<M: Model>(model: &M, batch: &StepBatch, task: &dyn Task) -> Result<Gradients, TrainError> {
    let model = parameters::set_trainable(model.clone().train(), |_| true);
    let (loss, gradients) = gradient(&Workers::new(1, 1)?, &model, batch, (task, RandomTree::new(0)), 1)?;
    let by_name = parameters::list(&model)
        .into_iter()
        .zip(gradients)
        .filter_map(|(p, g)| g.map(|g| (p.name.clone(), Array { shape: p.file_shape(), values: p.to_file(&g) })))
        .collect();
    Ok(Gradients { loss, by_name })
}

/// Loss and gradients that a training step of a classifier would see on all samples of a set, as one part.
pub fn classifier_gradient(model: &Classifier, data: &Dataset, smoothing: f64) -> Result<Gradients, TrainError> {
    let config = TrainConfig { label_smoothing: Some(smoothing), ..TrainConfig::default() };
    let task = Classify::new(&config, Labels::Names(&data.classes));
    let inputs = Inputs::of(model);
    let columns = inputs.columns("example", data)?;
    let all: Vec<usize> = (0..data.len()).collect();
    let views: Vec<ViewRows> = read_rows(data, "example", &all, &inputs, &columns)?;
    let serials = all.iter().map(|&i| i as u64).collect();
    gradients_by_name(model, &StepBatch { views, serials, targets: task.targets(&data.labels, 0) }, &task)
}

/// A batch of mmCLIP as plain arrays, for looking at gradients from outside.
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

/// A loss on a batch that brings its own sentences.
struct Example(Balance);

impl Task for Example {
    fn loss(&self, input: &LossInput<'_>, targets: &Targets) -> Result<Loss, TrainError> {
        contrastive(self.0, input, targets)
    }

    fn needs_whole_batch(&self) -> bool {
        true
    }
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
    let view = |i: usize| ViewRows {
        values: of.maps.index_axis(Axis(1), i).iter().copied().collect(),
        present: vec![true; samples],
    };
    let batch = StepBatch {
        views: (0..maps).map(view).collect(),
        serials: (0..samples as u64).collect(),
        targets: Targets {
            labels: of.labels.clone(),
            table: Some(LabelTable {
                vectors: of.table.clone(),
                attribute_groups: vec![of.groups.clone(); used],
                class_groups: of.groups.clone(),
            }),
        },
    };
    gradients_by_name(model, &batch, &Example(Balance { kind, attributes: 1.0, class: 1.0 }))
}
