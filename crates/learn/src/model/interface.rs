//! What training, checkpoints and evaluation know of a model: views in, named outputs out, parameters as a list.

use super::linear::{Linear, Pass};
use burn::module::Module;
use burn::tensor::{Bool, Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One of the arrays that a sample may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewInfo {
    /// Its name.
    pub name: String,
    /// Lengths of its axes; a map is `[row, column]`.
    pub shape: Vec<usize>,
}

impl ViewInfo {
    /// A view by name and shape.
    pub fn new(name: impl Into<String>, shape: impl Into<Vec<usize>>) -> Self {
        Self { name: name.into(), shape: shape.into() }
    }

    /// Number of values.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// The shape for messages.
    pub fn size(&self) -> String {
        match self.shape.as_slice() {
            [rows, columns] => format!("{rows} rows × {columns} columns"),
            shape => shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × "),
        }
    }
}

/// What is known of the view of all samples of a source besides its name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ViewForm {
    /// Lengths of its axes.
    pub shape: Vec<usize>,
    /// Values a second along its time axis, where that is known.
    pub rate_hz: Option<f64>,
    /// Antennas whose subcarriers are its rows, one antenna behind the other.
    pub links: usize,
}

/// One view of the samples of a batch.
#[derive(Clone, Debug)]
pub struct View {
    /// `[sample, value]`, the axes of the view row-major; zeros where the view is absent.
    pub values: Tensor<2>,
    /// Which samples have the view.
    pub present: Vec<bool>,
    /// What all of them are like.
    pub form: ViewForm,
}

impl View {
    /// `values` holds as many rows as `present` has entries.
    pub fn new(values: Vec<f32>, present: Vec<bool>, device: &Device) -> Self {
        let rows = present.len();
        let count = values.len() / rows.max(1);
        let values = Tensor::from_data(TensorData::new(values, [rows, count]), device);
        Self { values, present, form: ViewForm::default() }
    }

    /// Says what all of them are like, for models that take any shape.
    pub fn of_form(mut self, form: ViewForm) -> Self {
        self.form = form;
        self
    }

    /// Whether every sample has it.
    pub fn is_whole(&self) -> bool {
        self.present.iter().all(|p| *p)
    }

    /// `[sample, 1]`: true where the view is absent.
    pub fn absent(&self) -> Tensor<2, Bool> {
        let absent: Vec<bool> = self.present.iter().map(|p| !p).collect();
        let rows = absent.len();
        Tensor::from_data(TensorData::new(absent, [rows, 1]), &self.values.device())
    }
}

/// Samples as a model takes them: the views of [`Model::inputs`], in that order.
#[derive(Clone, Debug)]
pub struct Batch {
    /// All of them have the same number of samples.
    pub views: Vec<View>,
}

/// What a model makes of samples, or of the sentences of labels.
///
/// # Shapes
/// Each `[row, item, width]`; a row is a sample or a label.
#[derive(Clone, Debug, Default)]
pub struct Outputs(pub Vec<(&'static str, Tensor<3>)>);

impl Outputs {
    /// An output by name.
    pub fn get(&self, name: &str) -> Option<&Tensor<3>> {
        self.0.iter().find(|(n, _)| *n == name).map(|(_, tensor)| tensor)
    }
}

/// What a task is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskKind {
    /// Samples and the sentences of their labels in one space.
    Contrast,
    /// One of the classes of training.
    Classify,
    /// Several views of a sample in one space, without labels.
    GuidedContrast,
    /// The views themselves, of which a part was hidden.
    Masked,
    /// Joints of a person.
    Pose,
    /// Boxes of people.
    Detect,
    /// A vector that noise does not change and that differs between labels.
    Invariant,
    /// What sensors measure step by step, by latents: a lower bound of its likelihood.
    Elbo,
    /// The beam with the greatest power.
    Beam,
    /// One of the classes of labelled samples, by features that are alike in samples without labels.
    Adversarial,
}

/// Which sentence vectors a model looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentenceInput {
    /// Places among [`ATTRIBUTES`](super::mmclip::ATTRIBUTES).
    pub parts: Vec<usize>,
    /// Width of a vector.
    pub width: usize,
}

/// A system's network. Its parameters are those of the module, by name, as plain arrays ([`parameters`](super::parameters)).
pub trait Model: Module + Sync {
    /// The views that it takes, in the order of a batch.
    fn inputs(&self) -> Vec<ViewInfo>;

    /// Outputs of samples.
    fn forward(&self, batch: &Batch, pass: &Pass) -> Outputs;

    /// What a training pass makes of the outputs of all samples of a batch together, of models that look across samples, as batch norm does;
    /// their tasks need whole batches.
    fn joined(&self, outputs: Outputs) -> Outputs {
        outputs
    }

    /// New values of parameters that follow from a batch's [`joined`](Self::joined) outputs in place of gradients, by name: running moments.
    fn followed(&self, _outputs: &Outputs) -> Vec<(String, Vec<f32>)> {
        Vec::new()
    }

    /// Outputs of the sentences of labels, `[label, part, width]` with the parts of [`sentences`](Self::sentences).
    fn sentence_outputs(&self, _vectors: Tensor<3>, _pass: &Pass) -> Outputs {
        Outputs::default()
    }

    /// Numbers that the loss takes besides outputs and that learn, for example a temperature.
    fn scalars(&self) -> Vec<(&'static str, Tensor<1>)> {
        Vec::new()
    }

    /// What it is trained for.
    fn task(&self) -> TaskKind;

    /// Which sentences of labels it looks at; none: labels are names to it.
    fn sentences(&self) -> Option<SentenceInput> {
        None
    }

    /// Whether a sample may lack some of the views.
    fn takes_absent_views(&self) -> bool {
        false
    }

    /// Which of its [`inputs`](Self::inputs) samples may have together, for each set which are there; none: any. A sample that has others is
    /// refused, but for training, where it may have more.
    fn view_sets(&self) -> Option<Vec<Vec<bool>>> {
        None
    }

    /// Whether views may have any lengths, the number of axes alone being that of [`inputs`](Self::inputs). All samples of a batch then
    /// have one form.
    fn takes_any_shape(&self) -> bool {
        false
    }

    /// Whether each view of a sample is divided by the root of its mean power first.
    fn normalises_power(&self) -> bool {
        false
    }

    /// Why it cannot look at views of this form, if so; of models that take any shape.
    fn misfit(&self, _form: &ViewForm) -> Option<String> {
        None
    }

    /// Where a parameter is kept after every step.
    fn bounds(&self, _parameter: &str) -> Option<(f32, f32)> {
        None
    }

    /// Numbers of the model for the log, by name.
    fn figures(&self) -> BTreeMap<String, f64> {
        BTreeMap::new()
    }

    /// Numbers of parameters by part, with `total`.
    fn counts(&self) -> BTreeMap<String, usize>;

    /// Every linear layer with its name: what low-rank adapters may join. Spelt out, because the tensor library walks over
    /// parameters, not over layers.
    fn for_each_linear(&mut self, act: &mut dyn FnMut(&str, &mut Linear));

    /// Where the parameters are.
    fn device(&self) -> Device;
}
