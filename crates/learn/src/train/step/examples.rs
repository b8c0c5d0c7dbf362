//! What a training step sees of a given batch, as plain arrays: for looking at gradients from outside.

use super::gradient::gradient;
use crate::base::random::RandomTree;
use crate::model::beam::BeamModel;
use crate::model::classifier::Classifier;
use crate::model::cross_scene::CrossScene;
use crate::model::interface::{Model, ViewForm};
use crate::model::mmclip::MmClip;
use crate::model::parameters;
use crate::model::rfusion::RFusion;
use crate::model::weights::Array;
use crate::model::wiswiss::WiSwiss;
use crate::train::batch::{Inputs, LabelTable, StepBatch, Targets, ViewRows, read_rows};
use crate::train::data::{Dataset, Labels, Samples, Source, UNLABELLED};
use crate::train::losses::LossKind;
use crate::train::task::{Balance, Classify, Labelling, Loss, LossInput, LossParts, Task, contrastive, task_for};
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
    let found = gradient(&Workers::new(1, 1)?, &model, batch, (task, RandomTree::new(0)), 1)?;
    let by_name = parameters::list(&model)
        .into_iter()
        .zip(found.gradient)
        .filter_map(|(p, g)| g.map(|g| (p.name.clone(), Array { shape: p.file_shape(), values: p.to_file(&g) })))
        .collect();
    Ok(Gradients { loss: found.loss, by_name })
}

/// Loss and gradients that a training step of a classifier would see on all samples of a set, as one part.
pub fn classifier_gradient(model: &Classifier, data: &Dataset, smoothing: f64) -> Result<Gradients, TrainError> {
    let config = TrainConfig { label_smoothing: Some(smoothing), ..TrainConfig::default() };
    let task = Classify::new(&config, Labels::Names(&data.classes));
    gradients_by_name(model, &whole(model, data, task.targets(&data.labels, 0))?, &task)
}

/// All samples of a set as one batch.
fn whole<M: Model>(model: &M, data: &dyn Samples, targets: Targets) -> Result<StepBatch, TrainError> {
    let (inputs, columns) = Inputs::met(model, "example", data)?;
    let all: Vec<usize> = (0..data.len()).collect();
    let views: Vec<ViewRows> = read_rows(data, "example", &all, &inputs, &columns)?;
    Ok(StepBatch { views, serials: all.iter().map(|&i| i as u64).collect(), targets })
}

/// Loss and gradients that training step `step` of a cross-scene model would see on all samples of some sets, as one part; sets without
/// labels come last.
pub fn cross_scene_gradient(
    model: &CrossScene,
    config: &TrainConfig,
    data: &Dataset,
    labelled: usize,
    step: u64,
) -> Result<Gradients, TrainError> {
    let sources = [Source { name: "example", samples: data, weight: 1.0 }];
    let task = task_for(model, config, Labels::Names(&data.classes), &sources)?;
    let mut labels = data.labels.clone();
    let unlabelled = task.number(UNLABELLED, "example")?;
    labels.iter_mut().skip(labelled).for_each(|label| *label = unlabelled);
    let targets = task.targets(&labels, step);
    gradients_by_name(model, &whole(model, data, targets)?, &Lent(task.as_ref()))
}

/// Loss and gradients that a training step of WiSwiss would see on all samples of a set, as one part.
pub fn wiswiss_gradient(model: &WiSwiss, config: &TrainConfig, data: &Dataset) -> Result<Gradients, TrainError> {
    of_step(model, config, data, 0)
}

/// Loss and gradients that a step (counted from 0) of RFusion would see on all samples of a set, as one part.
pub fn rfusion_gradient(
    model: &RFusion,
    config: &TrainConfig,
    data: &Dataset,
    step: u64,
) -> Result<Gradients, TrainError> {
    of_step(model, config, data, step)
}

/// Loss and gradients that a step (counted from 0) of a beam model would see on all samples of a set, as one part.
pub fn beam_gradient(
    model: &BeamModel,
    config: &TrainConfig,
    data: &Dataset,
    step: u64,
) -> Result<Gradients, TrainError> {
    of_step(model, config, data, step)
}

fn of_step<M: Model>(model: &M, config: &TrainConfig, data: &Dataset, step: u64) -> Result<Gradients, TrainError> {
    let sources = [Source { name: "example", samples: data, weight: 1.0 }];
    let task = task_for(model, config, Labels::Names(&data.classes), &sources)?;
    let mut targets = task.targets(&data.labels, step);
    targets.sources = vec![0; data.len()];
    targets.truths = (0..data.len()).map(|i| data.truth(i)).collect();
    let task = Lent(task.as_ref());
    gradients_by_name(model, &whole(model, data, targets)?, &task)
}

/// A labelling task as a loss alone.
struct Lent<'a>(&'a dyn Labelling);

impl Task for Lent<'_> {
    fn loss(&self, input: &LossInput<'_>, targets: &Targets) -> Result<Loss, TrainError> {
        self.0.loss(input, targets)
    }

    fn needs_whole_batch(&self) -> bool {
        self.0.needs_whole_batch()
    }
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
        form: ViewForm { shape: vec![rows, columns], rate_hz: None, links: 1 },
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
            ..Targets::default()
        },
    };
    gradients_by_name(model, &batch, &Example(Balance { kind, attributes: 1.0, class: 1.0 }))
}
