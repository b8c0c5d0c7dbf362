//! A corpus recipe: which activities, how many people, which places, what scene and sensor, what is kept, how it is split.

pub(super) mod places;
pub(super) mod sensor_ranges;
pub(super) mod splits;

use crate::base::integers::seed_problem;
use crate::base::yaml::{Document, Problem, YamlError};
use crate::chain::older::{RECIPE_NAMES, upgrade_recipe};
use crate::chain::{Chain, ExpectedCube, ExpectedSignal, Keep};
use crate::corpus::plan::shard_size::shard_problem;
use crate::motion::MotionFolder;
use crate::scene::{LinkSpec, PersonSpec, SceneSpec, motion_slugs, no_motion, playable_slugs};
use crate::sensor::Sensor;
use crate::sim::SimSettings;
use places::{Place, PlaceSpec};
use schemars::JsonSchema;
use sensor_ranges::SensorRanges;
use serde::{Deserialize, Serialize};
use splits::SplitRule;

/// What a simulated corpus is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Version of the format; 1.
    pub version: u32,
    /// What the corpus is for, in a few words.
    #[serde(default)]
    pub name: String,
    /// Seed of every draw; 0 to 2⁵³ − 1.
    #[serde(default)]
    pub seed: u64,
    /// Slugs of the activities; empty stands for the sixty of the vocabulary.
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
    /// Recordings of each activity by each subject in each place; 1 to 10 000.
    pub repetitions: u32,
    /// The last so many subjects make the split `validation`; the others are `train`. Short for one rule in `splits`.
    #[serde(default)]
    pub validation_subjects: u32,
    /// Which samples make which split: by subject, place, activity or zero-shot group; the first rule that fits decides, and
    /// samples that none takes are `train`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub splits: Vec<SplitRule>,
    /// The scene to draw from; its first person has no motion of its own, others have.
    #[serde(default = "default_scene")]
    pub scene: SceneSpec,
    /// Variants of the scene; every subject does every activity in every place. Without any there is the scene alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<PlaceSpec>,
    /// Values of the radar that every recording draws from a range.
    #[serde(default, skip_serializing_if = "SensorRanges::is_empty")]
    pub sensor: SensorRanges,
    /// Engine, visibility, reflection and noise.
    #[serde(default)]
    pub simulation: SimSettings,
    /// What is made of the signal.
    #[serde(default)]
    pub chain: Chain,
    /// Whether samples say who is there and where: joints, and what each body takes up in range and azimuth.
    #[serde(default, skip_serializing_if = "is_no")]
    pub truth: bool,
    /// Which signals are kept beside the views. Default points, where the chain makes some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<Vec<Keep>>,
    /// Samples in a shard; 1 to 1 000 000 000.
    #[serde(default = "default_samples_per_shard")]
    pub samples_per_shard: u64,
}

fn default_scene() -> SceneSpec {
    SceneSpec {
        sensors: std::collections::BTreeMap::new(),
        radar: Default::default(),
        radar_pose: Default::default(),
        receiver: Default::default(),
        people: vec![PersonSpec::default()],
        objects: Vec::new(),
        room: None,
        duration_s: 3.0,
    }
}

fn yes() -> bool {
    true
}

fn is_yes(value: &bool) -> bool {
    *value
}

fn is_no(value: &bool) -> bool {
    !*value
}

fn default_samples_per_shard() -> u64 {
    64
}

impl Recipe {
    /// Reads and checks a recipe.
    pub fn from_document(document: &Document) -> Result<Self, YamlError> {
        let document = &document.upgraded(upgrade_recipe, &RECIPE_NAMES)?;
        let mut recipe: Self = document.typed()?;
        recipe.scene.beside(document.origin());
        recipe.places.iter_mut().for_each(|place| place.beside(document.origin()));
        let mut problems = recipe.seed_problem().into_iter().collect::<Vec<_>>();
        problems.extend(recipe.check().err().into_iter().flatten());
        if problems.is_empty() { Ok(recipe) } else { Err(document.rejected(problems)) }
    }

    /// What is wrong with the seed for a new corpus; older ones may have larger seeds.
    pub fn seed_problem(&self) -> Option<Problem> {
        seed_problem("seed", self.seed)
    }

    /// Checks every value; the keys of the problems are relative to the recipe. The places, with their scenes checked.
    pub fn check(&self) -> Result<Vec<Place>, Vec<Problem>> {
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
        problems.extend(shard_problem(self.samples_per_shard));
        if !self.scores && self.motions.is_empty() {
            problems.push(Problem::new("scores", "false, and there are no `motions`; the corpus would be empty"));
        }
        for (i, folder) in self.motions.iter().enumerate() {
            problems.extend(folder.problems().into_iter().map(|p| p.under(&format!("motions.{i}"))));
        }
        problems.extend(places::people_problems(&self.scene).into_iter().map(|p| p.under("scene")));
        let playable = playable_slugs();
        for (i, slug) in self.activities.iter().enumerate() {
            if !playable.contains(slug) {
                problems.push(Problem::new(format!("activities.{i}"), no_motion(slug, &playable)));
            }
            if self.activities[..i].contains(slug) {
                problems.push(Problem::new(format!("activities.{i}"), format!("`{slug}` is named twice")));
            }
        }
        problems.extend(self.split_problems());
        problems.extend(self.simulation.problems().into_iter().map(|p| p.under("simulation")));
        let places = places::check(&self.scene, &self.places);
        problems.extend(self.chain_problems(places.as_deref().unwrap_or_default()));
        match places {
            Ok(places) => {
                for place in &places {
                    add_new(
                        &mut problems,
                        self.sensor.problems(place.scene.sensor()).into_iter().map(|p| p.under("sensor")),
                    );
                }
                if problems.is_empty() { Ok(places) } else { Err(problems) }
            }
            Err(more) => {
                problems.extend(more);
                Err(problems)
            }
        }
    }

    /// What is wrong with the chain, in places that are sound; settings are held against the signal that each place gives.
    fn chain_problems(&self, places: &[Place]) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.chain.is_empty() {
            let message = "expected `heatmaps`, `points`, `micro_doppler`, `csi`, `rfid` or several, `micro_doppler` of a CW radar: they are the input of the models";
            problems.push(Problem::new("chain", message));
        }
        // Without a sound scene there is no signal to hold them against.
        if places.is_empty() {
            problems.extend(self.chain.problems().into_iter().map(|p| p.under("chain")));
        }
        for place in places {
            let duration_s = place.scene.duration_s();
            let links: Vec<&str> = place.scene.links().values().map(LinkSpec::kind).collect();
            let found = match place.scene.sensor() {
                Sensor::Fmcw(radar) => self.chain.problems_for(
                    &ExpectedSignal::Cube(ExpectedCube {
                        info: &radar.cube_info(),
                        frames: place.scene.frames(),
                        chirps: radar.loops_per_frame,
                        samples: radar.samples_per_chirp,
                        duration_s,
                    }),
                    &links,
                ),
                Sensor::Cw(radar) => {
                    self.chain.problems_for(&ExpectedSignal::Iq { info: &radar.iq_info(0), duration_s }, &links)
                }
            };
            add_new(&mut problems, found.into_iter().map(|p| p.under("chain")));
            let other = match place.scene.sensor() {
                Sensor::Fmcw(_) => Keep::Iq,
                Sensor::Cw(_) => Keep::Cube,
            };
            if self.keep.as_ref().is_some_and(|keep| keep.contains(&other)) {
                let name = place.scene.sensor().device().name();
                add_new(
                    &mut problems,
                    [Problem::new("keep", format!("`{}`, which {name} does not give", other.name()))],
                );
            }
        }
        for (keep, kind) in [(Keep::Csi, "wifi"), (Keep::Rfid, "rfid")] {
            let asked = self.keep.as_ref().is_some_and(|kept| kept.contains(&keep));
            let lacks = |place: &Place| place.scene.links().values().filter(|link| link.kind() == kind).count() != 1;
            if asked && places.iter().any(lacks) {
                let message =
                    format!("`{}`, which wants one sensor of the kind `{kind}` below `scene.sensors`", keep.name());
                problems.push(Problem::new("keep", message));
            }
        }
        problems.extend(Keep::problem(self.keep.as_deref(), &self.chain));
        problems
    }

    fn split_problems(&self) -> Vec<Problem> {
        if !self.splits.is_empty() && self.validation_subjects > 0 {
            let message = "is short for a rule in `splits`; expected one of the two";
            return vec![Problem::new("validation_subjects", message)];
        }
        let places = match self.places.is_empty() {
            true => vec![""],
            false => self.places.iter().map(|place| place.name.as_str()).collect(),
        };
        let activities = &self.activity_slugs();
        splits::problems(&self.splits, &splits::Among { subjects: self.subjects, places, activities })
    }

    /// The rules by which samples are split.
    pub(in crate::corpus) fn split_rules(&self) -> Vec<SplitRule> {
        match (self.splits.is_empty(), self.validation_subjects) {
            (true, n) if n > 0 => {
                vec![SplitRule { name: "validation".into(), last_subjects: Some(n), ..SplitRule::default() }]
            }
            _ => self.splits.clone(),
        }
    }

    /// Number of places.
    pub(in crate::corpus) fn n_places(&self) -> u64 {
        self.places.len().max(1) as u64
    }

    /// Slugs of the activities in force.
    pub fn activity_slugs(&self) -> Vec<String> {
        if self.activities.is_empty() { motion_slugs() } else { self.activities.clone() }
    }

    /// Number of samples that are played from scores; captured motions come on top ([`crate::corpus::SampleMaker::len`]).
    pub fn samples(&self) -> u64 {
        if !self.scores {
            return 0;
        }
        let recordings = u64::from(self.subjects) * self.n_places() * u64::from(self.repetitions);
        self.activity_slugs().len() as u64 * recordings
    }
}

/// What is wrong in the same way in several places is said once.
fn add_new(problems: &mut Vec<Problem>, found: impl IntoIterator<Item = Problem>) {
    for problem in found {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
}
