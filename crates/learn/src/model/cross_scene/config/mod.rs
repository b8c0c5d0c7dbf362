//! What a cross-scene model is made of, as data.

mod check;

use crate::model::ModelError;
use crate::model::interface::ViewInfo;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Configuration of [`CrossScene`](super::CrossScene). At least one of the two branches is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CrossSceneConfig {
    /// The branch of a radar's spectrogram.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub radar: Option<SpectrogramBranch>,
    /// The branch of channel state information.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wifi: Option<CsiBranch>,
    /// Widths and depths by name.
    pub size: CrossSceneSize,
    /// Width of the features of both branches in place of the size's; divisible by 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<usize>,
    /// Entries of the scene vector in place of the size's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scene: Option<usize>,
    /// Probability that a block's addition is left out for a sample in training, 0 to below 1 (DropPath; the paper: 0.2).
    pub drop_path: f64,
    /// What tells scenes apart in training, behind a reversed gradient.
    pub domains: DomainHeads,
    /// Classes; 0: those of the training data.
    pub classes: usize,
}

/// ResNet with deformable convolutions over a spectrogram `[velocity, time]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SpectrogramBranch {
    /// Name of the view.
    pub view: String,
    /// Its lengths; empty: as the training data have them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shape: Vec<usize>,
    /// Inner channels of each stage in place of the size's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<usize>,
    /// Blocks of each stage in place of the size's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depths: Vec<usize>,
    /// Which stages have deformable convolutions, in place of the size's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deformable: Vec<bool>,
}

/// Graph convolutions over subcarriers and recurrence over time, of a view `[link · subcarrier, time]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CsiBranch {
    /// Name of the view.
    pub view: String,
    /// Its lengths; empty: as the training data have them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shape: Vec<usize>,
    /// Links whose subcarriers are its rows, one link behind the other.
    pub links: usize,
    /// What becomes of the links: 8 × T of the paper's section 4 has none, 3 × 34 × T of its section 5 has them as channels.
    pub antennas: Antennas,
    /// Subcarriers that are looked at, of a study those that tell the classes of its training data best; 0: all.
    pub keep: usize,
    /// Which ones, from 0; a study fills them in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subcarriers: Vec<usize>,
    /// Share of the pairs of subcarriers that are joined, those with the most conditional mutual information (τ is the quantile), 0 to 1.
    pub edge_share: f64,
    /// Pairs of places among the subcarriers looked at that are joined, each once, the smaller first; a study fills them in. None: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edges: Option<Vec<[usize; 2]>>,
    /// Samples of time that make a step.
    pub patch: usize,
    /// Whether series keep their mean over time, as levels of a spectrum must; else it is taken away.
    pub keep_mean: bool,
    /// σ of the Gaussian kernel between subcarriers, above 0 (the paper: 0.5).
    pub sigma: f64,
}

/// What becomes of links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Antennas {
    /// Channels of a subcarrier: `links × subcarriers × time`.
    #[default]
    Channels,
    /// Their mean: `subcarriers × time`.
    Mean,
}

/// What tells scenes apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DomainHeads {
    /// Nothing.
    None,
    /// One network for all samples.
    #[default]
    Global,
    /// That, and one for each class (DAAN, Yu et al. 2019).
    Local,
}

/// Sizes by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CrossSceneSize {
    /// For two cores: features 64 wide.
    #[default]
    Small,
    /// ResNet-50 (He et al. 2016) and features 512 wide, scene vectors of 128.
    Published,
}

/// Widths and depths of all parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossSceneSizes {
    /// Width of features.
    pub width: usize,
    /// Entries of the scene vector.
    pub scene: usize,
    /// Width within the networks that tell scenes apart.
    pub hidden: usize,
    /// Channels of the radar branch's first convolution.
    pub stem: usize,
    /// Inner channels of its stages.
    pub channels: Vec<usize>,
    /// Times by which a stage puts out more than its inner channels.
    pub expansion: usize,
    /// Blocks of its stages.
    pub depths: Vec<usize>,
    /// Which of them have deformable convolutions.
    pub deformable: Vec<bool>,
    /// Groups of channels that are normalised together.
    pub groups: usize,
    /// Entries of a subcarrier in the WiFi branch; divisible by 2.
    pub node: usize,
    /// Graph convolutions.
    pub graph_layers: usize,
}

impl Default for CrossSceneConfig {
    fn default() -> Self {
        Self {
            radar: None,
            wifi: None,
            size: CrossSceneSize::Small,
            width: None,
            scene: None,
            drop_path: 0.2,
            domains: DomainHeads::Global,
            classes: 0,
        }
    }
}

impl Default for SpectrogramBranch {
    fn default() -> Self {
        Self {
            view: "micro_doppler".into(),
            shape: Vec::new(),
            channels: Vec::new(),
            depths: Vec::new(),
            deformable: Vec::new(),
        }
    }
}

impl Default for CsiBranch {
    fn default() -> Self {
        Self {
            view: "amplitude".into(),
            shape: Vec::new(),
            links: 1,
            antennas: Antennas::Channels,
            keep: 0,
            subcarriers: Vec::new(),
            edge_share: 0.5,
            edges: None,
            patch: 1,
            keep_mean: false,
            sigma: 0.5,
        }
    }
}

impl CsiBranch {
    /// Subcarriers of a link in the view.
    pub(super) fn rows_of_link(&self) -> usize {
        self.shape.first().map_or(0, |rows| rows / self.links.max(1))
    }

    /// The subcarriers that are looked at.
    pub fn looked_at(&self) -> Vec<usize> {
        if self.subcarriers.is_empty() { (0..self.rows_of_link()).collect() } else { self.subcarriers.clone() }
    }

    /// Channels of a subcarrier.
    pub(super) fn channels(&self) -> usize {
        match self.antennas {
            Antennas::Channels => self.links,
            Antennas::Mean => 1,
        }
    }
}

impl CrossSceneConfig {
    /// Sensors and sizes of section 5 of the paper: spectrograms of 256 × 256, CSI of 3 × 34 × 10, five classes.
    pub fn published() -> Self {
        Self {
            radar: Some(SpectrogramBranch { shape: vec![256, 256], ..SpectrogramBranch::default() }),
            wifi: Some(CsiBranch { shape: vec![102, 10], links: 3, ..CsiBranch::default() }),
            size: CrossSceneSize::Published,
            classes: 5,
            ..Self::default()
        }
    }

    /// Names of the views that it takes.
    pub fn views(&self) -> Vec<&str> {
        let radar = self.radar.iter().map(|branch| branch.view.as_str());
        radar.chain(self.wifi.iter().map(|branch| branch.view.as_str())).collect()
    }

    /// Widths and depths of all parts.
    pub fn sizes(&self) -> CrossSceneSizes {
        let mut sizes = match self.size {
            CrossSceneSize::Small => CrossSceneSizes {
                width: 64,
                scene: 32,
                hidden: 64,
                stem: 16,
                channels: vec![8, 16, 32],
                expansion: 2,
                depths: vec![1, 1, 1],
                deformable: vec![false, false, true],
                groups: 8,
                node: 16,
                graph_layers: 3,
            },
            CrossSceneSize::Published => CrossSceneSizes {
                width: 512,
                scene: 128,
                hidden: 256,
                stem: 64,
                channels: vec![64, 128, 256, 512],
                expansion: 4,
                depths: vec![3, 4, 6, 3],
                // The three last stages, as Zhu et al. 2019 have them.
                deformable: vec![false, true, true, true],
                groups: 32,
                node: 64,
                graph_layers: 3,
            },
        };
        sizes.width = self.width.unwrap_or(sizes.width);
        sizes.scene = self.scene.unwrap_or(sizes.scene);
        if let Some(branch) = &self.radar {
            if !branch.channels.is_empty() {
                sizes.channels.clone_from(&branch.channels);
            }
            if !branch.depths.is_empty() {
                sizes.depths.clone_from(&branch.depths);
            }
            if !branch.deformable.is_empty() {
                sizes.deformable.clone_from(&branch.deformable);
            }
        }
        sizes
    }

    /// Shapes and number of classes as the training data have them, where they are not said.
    pub fn fitted(mut self, views: &[ViewInfo], count: usize) -> Result<Self, ModelError> {
        let find = |name: &str, field: &str| {
            views.iter().find(|v| v.name == name).map(|v| v.shape.clone()).ok_or_else(|| {
                let there = views.iter().map(|v| v.name.as_str()).collect::<Vec<_>>().join(", ");
                let expected = format!("a view of the data: {there}");
                ModelError::Config { field: field.into(), found: name.into(), expected }
            })
        };
        if let Some(branch) = self.radar.as_mut().filter(|b| b.shape.is_empty()) {
            branch.shape = find(&branch.view, "radar.view")?;
        }
        if let Some(branch) = self.wifi.as_mut().filter(|b| b.shape.is_empty()) {
            branch.shape = find(&branch.view, "wifi.view")?;
        }
        if self.classes == 0 {
            self.classes = count;
        }
        if self.classes != count {
            return Err(ModelError::Config {
                field: "classes".into(),
                found: self.classes.to_string(),
                expected: format!("0, or the number of labels of the training data: {count}"),
            });
        }
        self.check()?;
        Ok(self)
    }

    /// Every setting inside its range, or the first that is not. What [`fitted`](Self::fitted) fills in may be missing.
    pub fn check(&self) -> Result<(), ModelError> {
        check::check(self)
    }

    /// Refuses what [`fitted`](Self::fitted) has not filled in.
    pub(super) fn require_fitted(&self) -> Result<(), ModelError> {
        self.check()?;
        check::require_fitted(self)
    }
}
