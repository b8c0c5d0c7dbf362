//! A corpus recipe: which activities, how many people, what scene, what is kept.

use crate::base::yaml::{Document, Problem, YamlError};
use crate::dsp::detect::DetectConfig;
use crate::dsp::heatmap::HeatmapConfig;
use crate::dsp::point_maps::PointMapConfig;
use crate::motion::MotionFolder;
use crate::scene::{PersonSpec, Scene, SceneSpec, motion_slugs};
use crate::sim::SimSettings;
use serde::{Deserialize, Serialize};

/// What a simulated corpus is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Version of the format; 1.
    pub version: u32,
    /// What the corpus is for, in a few words.
    #[serde(default)]
    pub name: String,
    /// Seed of every draw.
    #[serde(default)]
    pub seed: u64,
    /// Slugs of the activities; empty stands for every one that can be played.
    #[serde(default)]
    pub activities: Vec<String>,
    /// Whether the activities are played from scores; without them the corpus has captured motions alone.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub scores: bool,
    /// Folders of captured motions (AMASS and other files) with their labels, recorded beside the activities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub motions: Vec<MotionFolder>,
    /// Number of subjects; 1 to 100 000.
    pub subjects: u32,
    /// Recordings of each activity by each subject; 1 to 10 000.
    pub repetitions: u32,
    /// The last so many subjects make the split `validation`; the others are `train`.
    #[serde(default)]
    pub validation_subjects: u32,
    /// The scene to draw from; its one person has no motion of its own.
    #[serde(default = "default_scene")]
    pub scene: SceneSpec,
    /// Engine, visibility, reflection and noise.
    #[serde(default)]
    pub simulation: SimSettings,
    /// What is made of the signal.
    pub output: OutputSpec,
    /// Samples in a shard; at least 1.
    #[serde(default = "default_samples_per_shard")]
    pub samples_per_shard: u64,
}

/// What is made of the simulated signal; exactly one of the two chains.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputSpec {
    /// Dense heatmaps of the IF cube (mmCLIP).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heatmaps: Option<HeatmapConfig>,
    /// Detections as a sensor's own chip makes them, and maps of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<PointChain>,
}

/// The chain of a sensor that gives out detections.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PointChain {
    /// How points are detected in the cube.
    pub detect: DetectConfig,
    /// How maps are made of the points; recordings pass through the same.
    pub maps: PointMapConfig,
}

fn default_scene() -> SceneSpec {
    SceneSpec {
        radar: Default::default(),
        radar_pose: Default::default(),
        people: vec![PersonSpec::default()],
        duration_s: 3.0,
    }
}

fn yes() -> bool {
    true
}

fn is_yes(value: &bool) -> bool {
    *value
}

fn default_samples_per_shard() -> u64 {
    64
}

impl Recipe {
    /// Reads and checks a recipe.
    pub fn from_document(document: &Document) -> Result<Self, YamlError> {
        let recipe: Self = document.typed()?;
        match recipe.check() {
            Ok(_) => Ok(recipe),
            Err(problems) => Err(document.rejected(problems)),
        }
    }

    /// Checks every value; the keys of the problems are relative to the recipe.
    pub fn check(&self) -> Result<Scene, Vec<Problem>> {
        let mut problems = Vec::new();
        if self.version != 1 {
            problems.push(Problem::new("version", format!("{}; this program reads version 1", self.version)));
        }
        for (key, value, most) in [("subjects", self.subjects, 100_000), ("repetitions", self.repetitions, 10_000)] {
            if !(1..=most).contains(&value) {
                problems.push(Problem::new(key, format!("{value}; expected 1 to {most}")));
            }
        }
        if self.validation_subjects > self.subjects {
            let message = format!("{} of only {} subjects", self.validation_subjects, self.subjects);
            problems.push(Problem::new("validation_subjects", message));
        }
        if self.samples_per_shard == 0 {
            problems.push(Problem::new("samples_per_shard", "0; expected at least 1"));
        }
        if self.output.heatmaps.is_some() == self.output.points.is_some() {
            problems.push(Problem::new("output", "expected exactly one of `heatmaps` and `points`"));
        }
        if let Some(Err(e)) = self.output.heatmaps.as_ref().map(HeatmapConfig::check) {
            problems.push(Problem::new("output.heatmaps", e.to_string()));
        }
        if let Some(chain) = &self.output.points {
            problems.extend(chain.maps.check().err().map(|e| Problem::new("output.points.maps", e.to_string())));
        }
        if !self.scores && self.motions.is_empty() {
            problems.push(Problem::new("scores", "false, and there are no `motions`; the corpus would be empty"));
        }
        for (i, folder) in self.motions.iter().enumerate() {
            problems.extend(folder.problems().into_iter().map(|p| p.under(&format!("motions.{i}"))));
        }
        match self.scene.people.as_slice() {
            [one] if one.motion.is_some() || one.motion_file.is_some() => {
                problems.push(Problem::new(
                    "scene.people.0.motion",
                    "is filled in by the recipe's activities; leave it out",
                ));
            }
            [_] => {}
            other => {
                problems.push(Problem::new("scene.people", format!("{} people; a recipe has exactly one", other.len())))
            }
        }
        let playable = motion_slugs();
        for (i, slug) in self.activities.iter().enumerate() {
            if !playable.contains(slug) {
                let message = format!("no motion is called `{slug}`; there are {}", playable.join(", "));
                problems.push(Problem::new(format!("activities.{i}"), message));
            }
            if self.activities[..i].contains(slug) {
                problems.push(Problem::new(format!("activities.{i}"), format!("`{slug}` is named twice")));
            }
        }
        problems.extend(self.simulation.problems().into_iter().map(|p| p.under("simulation")));
        match Scene::check(&self.scene, true) {
            Ok(scene) if problems.is_empty() => Ok(scene),
            Ok(_) => Err(problems),
            Err(more) => {
                problems.extend(more.into_iter().map(|p| p.under("scene")));
                Err(problems)
            }
        }
    }

    /// Slugs of the activities in force.
    pub fn activity_slugs(&self) -> Vec<String> {
        if self.activities.is_empty() { motion_slugs() } else { self.activities.clone() }
    }

    /// Number of samples that are played from scores; captured motions come on top ([`super::SampleMaker::len`]).
    pub fn samples(&self) -> u64 {
        if !self.scores {
            return 0;
        }
        self.activity_slugs().len() as u64 * u64::from(self.subjects) * u64::from(self.repetitions)
    }
}
