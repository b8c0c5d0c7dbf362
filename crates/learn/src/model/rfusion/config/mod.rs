//! What an RFusion model is made of, as data.

mod check;

use crate::model::ModelError;
use crate::model::interface::ViewInfo;
use crate::model::rfusion::modality::{Modality, all_sets, set_name};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Groups of channels that the WiFi branch normalises together.
pub(super) const GROUPS: usize = 8;

/// Configuration of [`RFusion`](super::RFusion). At least one of the three branches is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RFusionConfig {
    /// The branch of channel state information.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wifi: Option<WifiBranch>,
    /// The branch of RFID phases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rfid: Option<RfidBranch>,
    /// The branch of radar maps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub radar: Option<RadarBranch>,
    /// Widths and depths by name.
    pub size: RFusionSize,
    /// Width of the features of every branch in place of the size's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<usize>,
    /// Attention heads in place of the size's; divides the width.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heads: Option<usize>,
    /// Width before the classes in place of the size's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<usize>,
    /// Tokens of a branch: segments of time, or of range, that its features are averaged over. None: 4.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<usize>,
    /// What is made of the features.
    #[serde(with = "serde_yaml::with::singleton_map_recursive")]
    #[schemars(with = "RFusionTask")]
    pub task: RFusionTask,
}

/// The time-frequency convolutional network of CSI amplitudes `[link · subcarrier, time]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WifiBranch {
    /// Name of the view.
    pub view: String,
    /// Its lengths; empty: as the training data have them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shape: Vec<usize>,
    /// Links whose subcarriers are its rows, one link behind the other: the channels of the first convolution.
    pub links: usize,
    /// Channels of each stage in place of the size's; every stage halves both axes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<usize>,
}

/// The temporal convolutional network of tag phases `[tag, time]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RfidBranch {
    /// Name of the view.
    pub view: String,
    /// Its lengths; empty: as the training data have them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shape: Vec<usize>,
    /// Channels of each block in place of the size's; each block looks twice as far back as the one before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<usize>,
}

/// ConvNeXt over radar maps, put together along range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RadarBranch {
    /// Names of the views, each `[frame, row, column]` or `[row, column]`, with equal frames and columns: put together along rows.
    pub views: Vec<String>,
    /// Their lengths; empty: as the training data have them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shapes: Vec<Vec<usize>>,
    /// Those from which the mean over the frames is taken; none is taken from views of one frame. Range-Doppler maps lose what stands
    /// where they are made, by their zero-Doppler line.
    pub background: Vec<String>,
    /// Channels of each stage in place of the size's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<usize>,
    /// Blocks of each stage in place of the size's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depths: Vec<usize>,
}

/// Sizes by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RFusionSize {
    /// For two cores: features 64 wide.
    #[default]
    Small,
    /// Table V of the paper: 9.87, 8.37 and 11.38 million parameters alone, 18.27 together, of 270 × 1000, 23 × 148 and
    /// 17 × 256 × 128 and 55 classes. The paper gives no widths; these meet the four numbers within 0.5 %.
    Published,
}

/// What is made of the features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RFusionTask {
    /// Features of one sample are drawn together, without labels.
    Contrast(ContrastParts),
    /// One of some classes, by any of some sets of kinds.
    Classify(FusionClasses),
}

/// What stands behind the features in pre-training, and is left out afterwards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContrastParts {
    /// Attention over the entries of features (equation 8).
    pub guider: bool,
    /// Pseudo-classes of the arbiter; 0: none.
    pub arbiter: usize,
    /// A network of two layers between features and loss, as SimCLR has it.
    pub projector: bool,
}

/// Settings of fine-tuning.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FusionClasses {
    /// How many; 0: those of the training data.
    pub classes: usize,
    /// What joins the branches.
    pub head: Fusion,
    /// Sets of kinds that samples may have; in training each sample shows one of those that it has. Empty: all sets of the branches. The set
    /// of all that occur is among them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<Vec<Modality>>,
}

/// What joins the branches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fusion {
    /// Layers of multi-head attention with residuals over the tokens of all kinds (equation 20).
    #[default]
    Attention,
    /// Gated recurrent units over the tokens, kinds weighted by attention to their quality (Cosmo, Ouyang et al. 2022).
    Gru,
    /// Each kind asks the others (cross-attention).
    Cross,
}

/// Widths and depths of all parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RFusionSizes {
    /// Width of features.
    pub width: usize,
    /// Attention heads.
    pub heads: usize,
    /// Width before the classes.
    pub hidden: usize,
    /// Tokens of a branch.
    pub tokens: usize,
    /// Channels of the WiFi stages.
    pub wifi: Vec<usize>,
    /// Time-frequency blocks of a WiFi stage.
    pub wifi_blocks: usize,
    /// Channels of the RFID blocks.
    pub rfid: Vec<usize>,
    /// Channels of the radar stages.
    pub radar: Vec<usize>,
    /// Blocks of the radar stages.
    pub radar_depths: Vec<usize>,
}

impl Default for WifiBranch {
    fn default() -> Self {
        Self { view: "amplitude".into(), shape: Vec::new(), links: 1, channels: Vec::new() }
    }
}

impl Default for RfidBranch {
    fn default() -> Self {
        Self { view: "rfid_phase".into(), shape: Vec::new(), channels: Vec::new() }
    }
}

impl Default for RadarBranch {
    fn default() -> Self {
        Self {
            views: vec!["time_range_doppler".into(), "time_range_angle".into()],
            shapes: Vec::new(),
            background: vec!["time_range_angle".into()],
            channels: Vec::new(),
            depths: Vec::new(),
        }
    }
}

impl Default for RFusionTask {
    fn default() -> Self {
        Self::Contrast(ContrastParts::default())
    }
}

impl Default for ContrastParts {
    fn default() -> Self {
        Self { guider: true, arbiter: 0, projector: false }
    }
}

impl RFusionConfig {
    /// Sensors, shapes and sizes of Table V of the paper, for 55 classes.
    pub fn published() -> Self {
        let maps = || vec![17, 128, 128];
        Self {
            wifi: Some(WifiBranch { shape: vec![270, 1000], links: 9, ..WifiBranch::default() }),
            rfid: Some(RfidBranch { shape: vec![23, 148], ..RfidBranch::default() }),
            radar: Some(RadarBranch { shapes: vec![maps(), maps()], ..RadarBranch::default() }),
            size: RFusionSize::Published,
            task: RFusionTask::Classify(FusionClasses { classes: 55, ..FusionClasses::default() }),
            ..Self::default()
        }
    }

    /// The kinds that have a branch.
    pub fn branches(&self) -> Vec<Modality> {
        let there = [self.wifi.is_some(), self.rfid.is_some(), self.radar.is_some()];
        Modality::ALL.into_iter().filter(|m| there[m.place()]).collect()
    }

    /// The sets of kinds that it answers by; of pre-training all branches together.
    pub fn sets(&self) -> Vec<Vec<Modality>> {
        match &self.task {
            RFusionTask::Classify(of) if of.sets.is_empty() => all_sets(&self.branches()),
            RFusionTask::Classify(of) => of.sets.clone(),
            RFusionTask::Contrast(_) => vec![self.branches()],
        }
    }

    /// The kinds that occur in [`sets`](Self::sets).
    pub fn used(&self) -> Vec<Modality> {
        let sets = self.sets();
        Modality::ALL.into_iter().filter(|m| sets.iter().any(|set| set.contains(m))).collect()
    }

    /// The same for another task.
    pub fn with_task(&self, task: RFusionTask) -> Self {
        Self { task, ..self.clone() }
    }

    /// Names of the views of a kind.
    pub fn views_of(&self, modality: Modality) -> Vec<&str> {
        match modality {
            Modality::Wifi => self.wifi.iter().map(|b| b.view.as_str()).collect(),
            Modality::Rfid => self.rfid.iter().map(|b| b.view.as_str()).collect(),
            Modality::Radar => self.radar.iter().flat_map(|b| b.views.iter().map(String::as_str)).collect(),
        }
    }

    /// Shapes of the views of a kind, in the same order.
    pub(super) fn shapes_of(&self, modality: Modality) -> Vec<Vec<usize>> {
        match modality {
            Modality::Wifi => self.wifi.iter().map(|b| b.shape.clone()).collect(),
            Modality::Rfid => self.rfid.iter().map(|b| b.shape.clone()).collect(),
            Modality::Radar => self.radar.iter().flat_map(|b| b.shapes.clone()).collect(),
        }
    }

    /// Widths and depths of all parts.
    pub fn sizes(&self) -> RFusionSizes {
        let mut sizes = match self.size {
            RFusionSize::Small => RFusionSizes {
                width: 64,
                heads: 4,
                hidden: 64,
                tokens: 4,
                wifi: vec![16, 32, 64],
                wifi_blocks: 1,
                rfid: vec![48; 4],
                radar: vec![16, 32, 64],
                radar_depths: vec![1, 1, 1],
            },
            RFusionSize::Published => RFusionSizes {
                width: 768,
                heads: 8,
                hidden: 1152,
                tokens: 4,
                wifi: vec![64, 128, 256, 368],
                wifi_blocks: 2,
                rfid: vec![296; 5],
                radar: vec![48, 96, 192, 384],
                radar_depths: vec![2, 2, 8, 2],
            },
        };
        let given = [
            (&mut sizes.width, self.width),
            (&mut sizes.heads, self.heads),
            (&mut sizes.hidden, self.hidden),
            (&mut sizes.tokens, self.tokens),
        ];
        given.into_iter().for_each(|(size, given)| *size = given.unwrap_or(*size));
        let mut take = |size: fn(&mut RFusionSizes) -> &mut Vec<usize>, given: Option<&Vec<usize>>| {
            if let Some(given) = given.filter(|given| !given.is_empty()) {
                size(&mut sizes).clone_from(given);
            }
        };
        take(|s| &mut s.wifi, self.wifi.as_ref().map(|b| &b.channels));
        take(|s| &mut s.rfid, self.rfid.as_ref().map(|b| &b.channels));
        take(|s| &mut s.radar, self.radar.as_ref().map(|b| &b.channels));
        take(|s| &mut s.radar_depths, self.radar.as_ref().map(|b| &b.depths));
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
        let used = self.used();
        let wanted = |modality: Modality, is_open: bool| used.contains(&modality) && is_open;
        if let Some(branch) = self.wifi.as_mut().filter(|b| wanted(Modality::Wifi, b.shape.is_empty())) {
            branch.shape = find(&branch.view, "wifi.view")?;
        }
        if let Some(branch) = self.rfid.as_mut().filter(|b| wanted(Modality::Rfid, b.shape.is_empty())) {
            branch.shape = find(&branch.view, "rfid.view")?;
        }
        if let Some(branch) = self.radar.as_mut().filter(|b| wanted(Modality::Radar, b.shapes.is_empty())) {
            branch.shapes = branch.views.iter().map(|view| find(view, "radar.views")).collect::<Result<_, _>>()?;
        }
        if let RFusionTask::Classify(FusionClasses { classes, .. }) = &mut self.task {
            if *classes == 0 {
                *classes = count;
            }
            if *classes != count {
                return Err(ModelError::Config {
                    field: "task.classify.classes".into(),
                    found: classes.to_string(),
                    expected: format!("0, or the number of labels of the training data: {count}"),
                });
            }
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
        let open = |field: &str, expected: &str| {
            let (field, found, expected) = (field.into(), "left open".into(), expected.into());
            Err(ModelError::Config { field, found, expected })
        };
        for modality in self.used() {
            let shapes = self.shapes_of(modality);
            if shapes.is_empty() || shapes.iter().any(Vec::is_empty) {
                return open(&format!("{}.shape", modality.name()), "the lengths of the axes of its views");
            }
        }
        match &self.task {
            RFusionTask::Classify(FusionClasses { classes: 0, .. }) => open("task.classify.classes", "at least 1"),
            _ => Ok(()),
        }
    }

    /// The sets for messages.
    pub(super) fn set_names(&self) -> String {
        self.sets().iter().map(|set| set_name(set)).collect::<Vec<_>>().join(", ")
    }
}
