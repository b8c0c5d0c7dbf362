//! What a WiSwiss model is made of, as data.

use super::mask::MaskRule;
use super::transform::Transform;
use crate::model::ModelError;
use crate::model::interface::ViewInfo;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Configuration of [`WiSwiss`](super::WiSwiss).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WiSwissConfig {
    /// Name of the view that is looked at; every source must have it, each in a shape of its own.
    pub view: String,
    /// Lengths of a view's axes, of which the number counts and no more; empty: as the training data have it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shape: Vec<usize>,
    /// Lengths of a patch along the axes of the view: 16 × 16 of `[frequency, time]`, 2 × 16 × 16 of `[time, range, angle]`.
    pub patch: Vec<usize>,
    /// Width, heads and depth by name.
    pub size: BackboneSize,
    /// Width of a token in place of the size's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<usize>,
    /// Attention heads in place of the size's; divides the width into even parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heads: Option<usize>,
    /// Blocks in place of the size's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth: Option<usize>,
    /// Hidden width of the feed-forward parts over the width.
    pub mlp_ratio: usize,
    /// How tokens know their places.
    #[serde(with = "serde_yaml::with::singleton_map_recursive")]
    #[schemars(with = "Position")]
    pub position: Position,
    /// Every view is resized to these lengths first, by linear interpolation; empty: as it is. With fixed positions this is what
    /// WiSwiss' ablations of a small and of a large shape do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resize: Vec<usize>,
    /// What is made of the tokens.
    #[serde(with = "serde_yaml::with::singleton_map_recursive")]
    #[schemars(with = "WiSwissTask")]
    pub task: WiSwissTask,
}

/// Sizes of WiSwiss by name. Table 4 of the paper gives widths of 192, 384 and 768 with 12 layers for 0.7, 2.7 and 10.8 million
/// parameters, which they do not have; half the widths with 6 layers do. `width: 192, depth: 12` is the table's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BackboneSize {
    /// 96 wide, 3 heads, 6 layers.
    #[default]
    Tiny,
    /// 192 wide, 6 heads, 6 layers.
    Small,
    /// 384 wide, 12 heads, 6 layers.
    Base,
}

/// How tokens know their places.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Position {
    /// Queries and keys are turned by their place along each dimension; no length is fixed.
    Rotary {
        /// The slowest pair of a dimension turns about this many times slower than the fastest.
        base: f64,
    },
    /// A learnt vector for each token of a grid, interpolated linearly for views with another grid.
    Fixed {
        /// Tokens along each dimension.
        grid: Vec<usize>,
    },
}

/// What is made of the tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WiSwissTask {
    /// The view is put together again from a part of its patches.
    Masked(Masked),
    /// One of some classes.
    Classify {
        /// How many; 0: those of the training data.
        #[serde(default)]
        classes: usize,
    },
    /// Where the joints of a person are.
    Pose(PoseHead),
    /// Boxes of people in range and angle.
    Detect(DetectHead),
    /// One vector a sample, the same for what differs by noise: what duplicates are found by.
    Embed(EmbedHead),
}

/// Settings of masked reconstruction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Masked {
    /// Share of the patches that are hidden, above 0, below 1.
    pub ratio: f64,
    /// Which ones.
    pub rule: MaskRule,
    /// Whether only what was hidden counts in the loss; the paper's counts everything.
    pub hidden_only: bool,
    /// φ: what of the whole must come back besides the numbers themselves.
    pub transform: Option<Transform>,
}

/// Settings of a pose head.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PoseHead {
    /// Number of joints; 0: those of the training data.
    pub joints: usize,
    /// x, y, z of each joint of the mean pose, m, which the head's output is added to; empty: zeros.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mean_m: Vec<f32>,
}

/// Settings of a detection head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DetectHead {
    /// Each patch in range and angle is this many cells along either, of which each may hold a person.
    pub cells: usize,
    /// BackboneSize of a box before anything is learnt, as a share of the view along range and angle.
    pub prior: [f32; 2],
}

/// Settings of an embedding head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EmbedHead {
    /// Width of the vector.
    pub width: usize,
    /// Standard deviation of the noise that must not change it; views have a mean power of 1.
    pub noise: f64,
}

impl Default for WiSwissConfig {
    fn default() -> Self {
        Self {
            view: "amplitude".into(),
            shape: Vec::new(),
            patch: vec![16, 16],
            size: BackboneSize::default(),
            width: None,
            heads: None,
            depth: None,
            mlp_ratio: 4,
            position: Position::Rotary { base: 10_000.0 },
            resize: Vec::new(),
            task: WiSwissTask::Masked(Masked::default()),
        }
    }
}

impl Default for Masked {
    fn default() -> Self {
        Self { ratio: 0.5, rule: MaskRule::Random, hidden_only: false, transform: None }
    }
}

impl Default for DetectHead {
    fn default() -> Self {
        Self { cells: 4, prior: [0.12, 0.2] }
    }
}

impl Default for EmbedHead {
    /// The paper's: 128 wide, σ = 0.5.
    fn default() -> Self {
        Self { width: 128, noise: 0.5 }
    }
}

impl WiSwissConfig {
    /// Of a size, on `[time, range, angle]` views.
    pub fn of_cubes(size: BackboneSize) -> Self {
        Self { view: "time_range_angle".into(), patch: vec![2, 16, 16], size, ..Self::default() }
    }

    /// Width, heads, depth.
    pub fn sizes(&self) -> (usize, usize, usize) {
        let (width, heads, depth) = match self.size {
            BackboneSize::Tiny => (96, 3, 6),
            BackboneSize::Small => (192, 6, 6),
            BackboneSize::Base => (384, 12, 6),
        };
        (self.width.unwrap_or(width), self.heads.unwrap_or(heads), self.depth.unwrap_or(depth))
    }

    /// Cells of a patch.
    pub fn patch_cells(&self) -> usize {
        self.patch.iter().product()
    }

    /// Entries that the head makes of a token, or of all of them.
    pub(super) fn outputs(&self) -> usize {
        match &self.task {
            WiSwissTask::Masked(_) => self.patch_cells(),
            WiSwissTask::Classify { classes } => *classes,
            WiSwissTask::Pose(pose) => 3 * pose.joints,
            WiSwissTask::Detect(detect) => 5 * detect.cells * detect.cells,
            WiSwissTask::Embed(embed) => embed.width,
        }
    }

    /// The same for another task.
    pub fn with_task(&self, task: WiSwissTask) -> Self {
        Self { task, ..self.clone() }
    }

    /// Shape and number of classes as the training data have them, where they are not said.
    pub fn fitted(mut self, views: &[ViewInfo], count: usize) -> Result<Self, ModelError> {
        let Some(view) = views.iter().find(|v| v.name == self.view) else {
            let there = views.iter().map(|v| v.name.as_str()).collect::<Vec<_>>().join(", ");
            let expected = format!("a view of the data: {there}");
            return Err(ModelError::Config { field: "view".into(), found: self.view, expected });
        };
        if self.shape.is_empty() {
            self.shape.clone_from(&view.shape);
        }
        if let WiSwissTask::Classify { classes } = &mut self.task {
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
        let fail = |field: &str, found: String, expected: &str| {
            Err(ModelError::Config { field: field.into(), found, expected: expected.into() })
        };
        let rank = self.patch.len();
        if !(2..=3).contains(&rank) || self.patch.iter().any(|n| !(1..=256).contains(n)) {
            return fail("patch", format!("{:?}", self.patch), "two or three lengths of 1 to 256");
        }
        let lists = [("shape", &self.shape), ("resize", &self.resize)];
        for (field, lengths) in lists.into_iter().filter(|(_, lengths)| !lengths.is_empty()) {
            if lengths.len() != rank || lengths.iter().any(|n| !(1..=65_536).contains(n)) {
                let expected = format!("nothing, or {rank} lengths of 1 to 65536, as many as `patch` has");
                return fail(field, format!("{lengths:?}"), &expected);
            }
        }
        let (width, heads, depth) = self.sizes();
        for (field, value, most) in
            [("width", width, 4096), ("heads", heads, 256), ("depth", depth, 64), ("mlp_ratio", self.mlp_ratio, 64)]
        {
            if value == 0 || value > most {
                return fail(field, value.to_string(), &format!("1 to {most}"));
            }
        }
        if !width.is_multiple_of(2 * heads) {
            return fail("heads", heads.to_string(), &format!("a divisor of width = {width} with even parts"));
        }
        match &self.position {
            Position::Rotary { base } if !(*base > 1.0 && base.is_finite()) => {
                return fail("position.rotary.base", base.to_string(), "above 1");
            }
            Position::Rotary { .. } if width / heads < 2 * rank => {
                let expected = format!("at least {} entries a head, a pair for each dimension", 2 * rank);
                return fail("heads", format!("{heads} of {} entries", width / heads), &expected);
            }
            Position::Fixed { grid } if grid.len() != rank || grid.iter().any(|n| !(1..=4096).contains(n)) => {
                return fail("position.fixed.grid", format!("{grid:?}"), &format!("{rank} numbers of 1 to 4096"));
            }
            _ => {}
        }
        self.check_task(rank)
    }

    fn check_task(&self, rank: usize) -> Result<(), ModelError> {
        let fail = |field: &str, found: String, expected: &str| {
            Err(ModelError::Config { field: format!("task.{field}"), found, expected: expected.into() })
        };
        match &self.task {
            WiSwissTask::Masked(masked) => {
                if !(masked.ratio > 0.0 && masked.ratio < 1.0) {
                    return fail("masked.ratio", masked.ratio.to_string(), "above 0, below 1");
                }
                masked.transform.as_ref().map_or(Ok(()), |transform| transform.check(rank))
            }
            WiSwissTask::Classify { classes } if *classes > 65_536 => {
                fail("classify.classes", classes.to_string(), "at most 65536")
            }
            WiSwissTask::Pose(pose) => {
                let sound = pose.mean_m.iter().all(|v| v.is_finite());
                if pose.joints > 1024 || !sound || !(pose.mean_m.is_empty() || pose.mean_m.len() == 3 * pose.joints) {
                    let found = format!("{} joints, {} numbers of a mean", pose.joints, pose.mean_m.len());
                    return fail(
                        "pose",
                        found,
                        "at most 1024 joints and, where there is a mean, three numbers for each",
                    );
                }
                Ok(())
            }
            WiSwissTask::Detect(detect) => {
                if rank != 3 {
                    return fail("detect", format!("on views of {rank} axes"), "views [time, range, angle]");
                }
                if !(1..=64).contains(&detect.cells) {
                    return fail("detect.cells", detect.cells.to_string(), "1 to 64");
                }
                if !detect.prior.iter().all(|p| *p > 0.0 && *p <= 1.0) {
                    return fail("detect.prior", format!("{:?}", detect.prior), "above 0, at most 1");
                }
                Ok(())
            }
            WiSwissTask::Embed(embed) => {
                if !(1..=4096).contains(&embed.width) {
                    return fail("embed.width", embed.width.to_string(), "1 to 4096");
                }
                if !(embed.noise > 0.0 && embed.noise <= 100.0) {
                    return fail("embed.noise", embed.noise.to_string(), "above 0, at most 100");
                }
                Ok(())
            }
            WiSwissTask::Classify { .. } => Ok(()),
        }
    }

    /// Refuses what [`fitted`](Self::fitted) has not filled in.
    pub(super) fn require_fitted(&self) -> Result<(), ModelError> {
        self.check()?;
        let (field, expected) = match &self.task {
            _ if self.shape.is_empty() => ("shape", "the lengths of a view's axes"),
            WiSwissTask::Classify { classes: 0 } => ("task.classify.classes", "at least 1"),
            WiSwissTask::Pose(PoseHead { joints: 0, .. }) => ("task.pose.joints", "at least 1"),
            _ => return Ok(()),
        };
        Err(ModelError::Config { field: field.into(), found: "left open".into(), expected: expected.into() })
    }
}
