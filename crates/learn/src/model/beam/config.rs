//! What a beam model is made of, as data.

use super::modality::BeamModality;
use crate::model::ModelError;
use crate::model::interface::ViewInfo;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Configuration of [`BeamModel`](super::BeamModel).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BeamConfig {
    /// Steps of a sequence; 0: as the training data have it.
    pub steps: usize,
    /// Entries of the shared latent, 1 to 4096.
    pub shared: usize,
    /// Entries of the private latent of each sensor, 1 to 4096.
    pub private: usize,
    /// Entries of the state, 1 to 4096.
    pub state: usize,
    /// Features that an encoder makes of a step, 1 to 4096.
    pub features: usize,
    /// Hidden width of the networks of posteriors and priors, 1 to 4096.
    pub hidden: usize,
    /// The sensors, in the order of [`BeamModality::ALL`].
    pub modalities: Vec<BeamSensorConfig>,
    /// Classes of the label term of the lower bound (first term of equation 49); 0: no such term.
    pub labels: usize,
    /// Whether training draws latents from their laws; without, it takes their means.
    pub draws: bool,
    /// Share of the samples of training that show a part of their sensors only, drawn anew at every step, 0 to 1; the part is any of those that
    /// are possible.
    pub hides: f64,
    /// Hidden widths of the task network.
    pub task_hidden: Vec<usize>,
    /// What is learnt.
    #[serde(with = "serde_yaml::with::singleton_map_recursive")]
    #[schemars(with = "BeamTask")]
    pub task: BeamTask,
}

/// A sensor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BeamSensorConfig {
    /// Which one; names its view.
    pub sensor: BeamModality,
    /// Lengths of the axes of a step; empty: as the training data have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shape: Vec<usize>,
    /// Its encoder, and mirrored its decoder.
    #[serde(with = "serde_yaml::with::singleton_map_recursive")]
    #[schemars(with = "BeamNetwork")]
    pub network: BeamNetwork,
    /// What is taken from its numbers first: one number, or one for each of a step; empty: 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mean: Vec<f32>,
    /// What they are divided by then, above 0, in the same way; empty: 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deviation: Vec<f32>,
}

/// The network of a sensor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BeamNetwork {
    /// Linear layers with GELU: of powers and positions.
    Vector(VectorSize),
    /// ResNet-18 with group norm: of `[channel, row, column]`.
    Grid(ResidualSize),
    /// Windows and Fourier transforms that learn, then the same: of `[part, rx, sample, chirp]`.
    Radar(RadarSize),
}

/// Size of a network of linear layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VectorSize {
    /// Hidden widths of the encoder; the decoder has them the other way round.
    pub hidden: Vec<usize>,
}

/// Size of a residual network; the defaults are ResNet-18's with a stride of 1 in the stem and without its pooling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ResidualSize {
    /// Channels of each stage.
    pub widths: Vec<usize>,
    /// Stride of the first block of each stage; their product divides rows and columns.
    pub strides: Vec<usize>,
    /// Blocks of a stage, 1 to 64.
    pub blocks: usize,
    /// Groups of the norms; divides all widths.
    pub groups: usize,
}

/// Size of the network of a radar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RadarSize {
    /// What follows the transforms.
    pub residual: ResidualSize,
    /// Greatest `‖FᴴF − I‖` (Frobenius) of a learnt transform, above 0, at most 10: its entries are kept so near to the Fourier matrix.
    pub tolerance: f64,
}

/// What is learnt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BeamTask {
    /// Stage I (algorithm 1): the lower bound of one sensor, whose posterior is its own.
    #[default]
    Unimodal,
    /// Stage II (algorithm 2): the lower bound of all sensors with the product of experts, and what regularises it.
    Aligned,
    /// The task network on the frozen representation (section IV-B).
    Predict {
        /// Beams of the codebook.
        beams: usize,
    },
}

impl Default for BeamConfig {
    fn default() -> Self {
        Self {
            steps: 0,
            shared: 16,
            private: 16,
            state: 64,
            features: 64,
            hidden: 64,
            modalities: Vec::new(),
            labels: 64,
            draws: true,
            hides: 0.5,
            task_hidden: vec![512, 1024, 256, 64],
            task: BeamTask::Unimodal,
        }
    }
}

impl Default for VectorSize {
    fn default() -> Self {
        Self { hidden: vec![128] }
    }
}

impl Default for ResidualSize {
    fn default() -> Self {
        Self { widths: vec![64, 128, 256, 512], strides: vec![1, 2, 2, 2], blocks: 2, groups: 8 }
    }
}

impl Default for RadarSize {
    fn default() -> Self {
        Self { residual: ResidualSize::default(), tolerance: 0.3 }
    }
}

fn fail<T>(field: impl Into<String>, found: impl ToString, expected: impl Into<String>) -> Result<T, ModelError> {
    Err(ModelError::Config { field: field.into(), found: found.to_string(), expected: expected.into() })
}

impl ResidualSize {
    fn check(&self, [_, rows, columns]: [usize; 3]) -> Result<(), ModelError> {
        if self.widths.is_empty() || self.widths.len() != self.strides.len() {
            return fail(
                "widths",
                format!("{:?} with strides {:?}", self.widths, self.strides),
                "as many strides, at least one",
            );
        }
        if self.strides.iter().any(|s| !(1..=8).contains(s)) || !(1..=64).contains(&self.blocks) {
            return fail(
                "strides",
                format!("{:?} of {} blocks", self.strides, self.blocks),
                "strides 1 to 8, blocks 1 to 64",
            );
        }
        if self.groups == 0 || self.widths.iter().any(|w| *w == 0 || *w > 4096 || !w.is_multiple_of(self.groups)) {
            return fail("groups", format!("{} of {:?}", self.groups, self.widths), "a divisor of widths of 1 to 4096");
        }
        let down: usize = self.strides.iter().product();
        if !rows.is_multiple_of(down) || !columns.is_multiple_of(down) || rows == 0 || columns == 0 {
            return fail(
                "strides",
                format!("{down} times smaller of {rows} × {columns}"),
                "strides whose product divides both",
            );
        }
        Ok(())
    }
}

impl BeamSensorConfig {
    /// A sensor with a network of default size for its kind.
    pub fn usual(sensor: BeamModality) -> Self {
        let network = match sensor {
            BeamModality::Powers | BeamModality::Gnss => BeamNetwork::Vector(VectorSize::default()),
            BeamModality::Radar => BeamNetwork::Radar(RadarSize::default()),
            BeamModality::Lidar | BeamModality::Image => BeamNetwork::Grid(ResidualSize::default()),
        };
        Self { sensor, shape: Vec::new(), network, mean: Vec::new(), deviation: Vec::new() }
    }

    /// Numbers of a step.
    pub fn values(&self) -> usize {
        self.shape.iter().product()
    }

    /// Channels, rows and columns of what the residual network looks at.
    pub(super) fn grid(&self) -> Result<[usize; 3], ModelError> {
        match (&self.network, &self.shape[..]) {
            (BeamNetwork::Grid(_), &[channels, rows, columns]) => Ok([channels, rows, columns]),
            (BeamNetwork::Radar(_), &[2, rx, samples, chirps]) => Ok([2 * rx, samples, chirps]),
            (_, shape) => fail(
                "shape",
                format!("{shape:?}"),
                "[channel, row, column] of a grid, [2, rx, sample, chirp] of a radar",
            ),
        }
    }

    /// Antennas, samples and chirps of a radar.
    pub(super) fn frame(&self) -> Result<[usize; 3], ModelError> {
        match &self.shape[..] {
            &[2, rx, samples, chirps] => Ok([rx, samples, chirps]),
            shape => fail("shape", format!("{shape:?}"), "[2, rx, sample, chirp] of a radar"),
        }
    }

    fn check(&self) -> Result<(), ModelError> {
        match &self.network {
            BeamNetwork::Vector(size) => {
                if size.hidden.iter().any(|w| !(1..=4096).contains(w)) {
                    return fail("hidden", format!("{:?}", size.hidden), "widths of 1 to 4096");
                }
            }
            BeamNetwork::Grid(size) if !self.shape.is_empty() => size.check(self.grid()?)?,
            BeamNetwork::Radar(size) => {
                if !(size.tolerance > 0.0 && size.tolerance <= 10.0) {
                    return fail("tolerance", size.tolerance, "above 0, at most 10");
                }
                if !self.shape.is_empty() {
                    size.residual.check(self.grid()?)?;
                }
            }
            BeamNetwork::Grid(_) => {}
        }
        for (field, moments) in [("mean", &self.mean), ("deviation", &self.deviation)] {
            let fits = moments.len() <= 1 || self.shape.is_empty() || moments.len() == self.values();
            if !fits || moments.iter().any(|v| !v.is_finite()) {
                return fail(field, format!("{} numbers", moments.len()), "one, or one for each number of a step");
            }
        }
        match self.deviation.iter().find(|v| **v <= 0.0) {
            Some(v) => fail("deviation", v, "above 0"),
            None => Ok(()),
        }
    }
}

impl BeamConfig {
    /// Every setting inside its range, or the first that is not.
    pub fn check(&self) -> Result<(), ModelError> {
        let sizes = [
            ("shared", self.shared),
            ("private", self.private),
            ("state", self.state),
            ("features", self.features),
            ("hidden", self.hidden),
        ];
        for (field, value) in sizes.into_iter().chain(self.task_hidden.iter().map(|w| ("task_hidden", *w))) {
            if !(1..=4096).contains(&value) {
                return fail(field, value, "1 to 4096");
            }
        }
        if !(0.0..=1.0).contains(&self.hides) {
            return fail("hides", self.hides, "0 to 1");
        }
        if self.steps > 1024 || self.labels > 4096 {
            return fail("steps", format!("{} with {} labels", self.steps, self.labels), "at most 1024 with 4096");
        }
        let sensors: Vec<BeamModality> = self.modalities.iter().map(|m| m.sensor).collect();
        if sensors.is_empty() || sensors.windows(2).any(|pair| pair[0] >= pair[1]) {
            let all = BeamModality::ALL.map(BeamModality::name).join(", ");
            return fail("modalities", format!("{sensors:?}"), format!("some of {all}, each once and in this order"));
        }
        match self.task {
            BeamTask::Unimodal if sensors.len() != 1 => {
                return fail("modalities", sensors.len(), "one: stage I is of one sensor");
            }
            BeamTask::Predict { beams } if !(2..=4096).contains(&beams) => {
                return fail("task.predict.beams", beams, "2 to 4096");
            }
            _ => {}
        }
        for (i, modality) in self.modalities.iter().enumerate() {
            modality.check().map_err(|e| match e {
                ModelError::Config { field, found, expected } => {
                    ModelError::Config { field: format!("modalities.{i}.{field}"), found, expected }
                }
                other => other,
            })?;
        }
        Ok(())
    }

    /// Fills in the lengths of sequences and of what sensors measure, and with no sensors those whose views are there.
    pub fn fitted(mut self, views: &[ViewInfo], _classes: usize) -> Result<Self, ModelError> {
        if self.modalities.is_empty() {
            let there = |sensor: &BeamModality| views.iter().any(|view| view.name == sensor.name());
            self.modalities = BeamModality::ALL.into_iter().filter(there).map(BeamSensorConfig::usual).collect();
        }
        for (i, modality) in self.modalities.iter_mut().enumerate() {
            let name = modality.sensor.name();
            let Some(view) = views.iter().find(|view| view.name == name) else {
                let there = views.iter().map(|view| view.name.as_str()).collect::<Vec<_>>().join(", ");
                return fail(
                    format!("modalities.{i}.sensor"),
                    name,
                    format!("one of the views that there are ({there})"),
                );
            };
            let Some((&steps, shape)) = view.shape.split_first() else {
                return fail(format!("modalities.{i}.shape"), "a view without axes", "[step, …]");
            };
            if self.steps != 0 && self.steps != steps {
                return fail("steps", self.steps, format!("{steps}, the steps of {name}"));
            }
            if !modality.shape.is_empty() && modality.shape != shape {
                return fail(
                    format!("modalities.{i}.shape"),
                    format!("{:?}", modality.shape),
                    format!("{shape:?}, that of the data"),
                );
            }
            self.steps = steps;
            modality.shape = shape.to_vec();
        }
        self.check()?;
        Ok(self)
    }

    /// Checked, with nothing left to be filled in.
    pub(super) fn require_fitted(&self) -> Result<(), ModelError> {
        self.check()?;
        match self.steps == 0 || self.modalities.iter().any(|m| m.shape.is_empty()) {
            true => fail("steps", "0, or a sensor without a shape", "the lengths of the data's views"),
            false => Ok(()),
        }
    }

    /// The same for another task.
    pub fn with_task(&self, task: BeamTask) -> Self {
        Self { task, ..self.clone() }
    }

    /// The same of one of its sensors alone, for stage I.
    pub fn alone(&self, sensor: BeamModality) -> Self {
        let modalities = self.modalities.iter().filter(|m| m.sensor == sensor).cloned().collect();
        Self { modalities, task: BeamTask::Unimodal, ..self.clone() }
    }
}
