//! What a classifier is made of, as data.

use crate::model::ModelError;
use crate::model::interface::ViewInfo;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Configuration of [`Classifier`](super::Classifier).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClassifierConfig {
    /// The views that are looked at, one branch each, in any order; empty: all that the training data have.
    pub views: Vec<ViewBranch>,
    /// Channels after each convolution of a branch; every one of them halves the axes of its view.
    pub channels: Vec<usize>,
    /// Length of a convolution's kernel along each axis; odd.
    pub kernel: usize,
    /// Groups of channels that are normalised together; divides every number of channels.
    pub groups: usize,
    /// Width of the features that the branches share.
    pub width: usize,
    /// Number of classes; 0: those of the training data.
    pub classes: usize,
}

/// A view and its branch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewBranch {
    /// Name of the view.
    pub name: String,
    /// Lengths of its one or two axes; empty: as the training data have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shape: Vec<usize>,
    /// Channels of its convolutions; empty: those of the whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<usize>,
}

impl Default for ClassifierConfig {
    /// A size that trains in a minute on two cores (64 × 96 maps).
    fn default() -> Self {
        Self { views: Vec::new(), channels: vec![16, 32, 64, 64], kernel: 3, groups: 8, width: 64, classes: 0 }
    }
}

impl ClassifierConfig {
    /// Channels of a view's convolutions.
    pub(super) fn channels_of<'a>(&'a self, view: &'a ViewBranch) -> &'a [usize] {
        if view.channels.is_empty() { &self.channels } else { &view.channels }
    }

    /// Views and number of classes as the training data have them, where they are not said.
    pub fn fitted(mut self, views: &[ViewInfo], classes: usize) -> Result<Self, ModelError> {
        if self.views.is_empty() {
            let all = |v: &ViewInfo| ViewBranch { name: v.name.clone(), shape: v.shape.clone(), channels: Vec::new() };
            self.views = views.iter().map(all).collect();
        }
        for (i, branch) in self.views.iter_mut().enumerate() {
            let Some(view) = views.iter().find(|v| v.name == branch.name) else {
                let there = views.iter().map(|v| v.name.as_str()).collect::<Vec<_>>().join(", ");
                return Err(ModelError::Config {
                    field: format!("views.{i}.name"),
                    found: branch.name.clone(),
                    expected: format!("a view of the data: {there}"),
                });
            };
            if !branch.shape.is_empty() && branch.shape != view.shape {
                return Err(ModelError::Config {
                    field: format!("views.{i}.shape"),
                    found: format!("{:?}", branch.shape),
                    expected: format!("nothing, or the size in the data: {}", view.size()),
                });
            }
            branch.shape.clone_from(&view.shape);
        }
        if self.classes == 0 {
            self.classes = classes;
        }
        if self.classes != classes {
            return Err(ModelError::Config {
                field: "classes".into(),
                found: self.classes.to_string(),
                expected: format!("0, or the number of labels of the training data: {classes}"),
            });
        }
        self.check()?;
        Ok(self)
    }

    /// Every setting inside its range, or the first that is not. What [`fitted`](Self::fitted) fills in may be missing.
    pub fn check(&self) -> Result<(), ModelError> {
        let fail = |field: String, found: String, expected: &str| {
            Err(ModelError::Config { field, found, expected: expected.into() })
        };
        if self.kernel.is_multiple_of(2) || self.kernel > 31 {
            return fail("kernel".into(), self.kernel.to_string(), "an odd number up to 31");
        }
        for (field, value, most) in [("groups", self.groups, 256), ("width", self.width, 4096)] {
            if value == 0 || value > most {
                return fail(field.into(), value.to_string(), &format!("1 to {most}"));
            }
        }
        if self.classes > 65536 {
            return fail("classes".into(), self.classes.to_string(), "at most 65536");
        }
        if self.views.len() > 64 {
            return fail("views".into(), format!("{} views", self.views.len()), "at most 64");
        }
        let own = self.views.iter().enumerate().filter(|(_, v)| !v.channels.is_empty());
        let all = own.map(|(i, v)| (format!("views.{i}.channels"), &v.channels));
        for (field, channels) in std::iter::once(("channels".to_owned(), &self.channels)).chain(all) {
            let sound = |&c: &usize| c > 0 && c <= 4096 && c.is_multiple_of(self.groups);
            if channels.is_empty() || channels.len() > 12 || !channels.iter().all(sound) {
                let expected = format!("1 to 12 numbers up to 4096 that `groups` = {} divides", self.groups);
                return fail(field, format!("{channels:?}"), &expected);
            }
        }
        for (i, view) in self.views.iter().enumerate() {
            if self.views[..i].iter().any(|other| other.name == view.name) {
                return fail(format!("views.{i}.name"), view.name.clone(), "each name once");
            }
            let sound = view.shape.len() <= 2 && view.shape.iter().all(|&n| n > 0 && n <= 65536);
            if !sound {
                return fail(format!("views.{i}.shape"), format!("{:?}", view.shape), "one or two axes of 1 to 65536");
            }
        }
        Ok(())
    }

    /// Refuses what [`fitted`](Self::fitted) has not filled in.
    pub(super) fn require_fitted(&self) -> Result<(), ModelError> {
        self.check()?;
        let missing = if self.views.is_empty() || self.views.iter().any(|v| v.shape.is_empty()) {
            ("views", "every view with its shape")
        } else if self.classes == 0 {
            ("classes", "at least 1")
        } else {
            return Ok(());
        };
        let (field, expected) = missing;
        Err(ModelError::Config { field: field.into(), found: "left open".into(), expected: expected.into() })
    }
}
