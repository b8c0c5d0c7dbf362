//! Simulated samples: a pure function of the recipe and the sample's id.

use super::captured::Captured;
use super::error::CorpusError;
use super::recipe::Recipe;
use super::sample::{Sample, SampleMeta};
use crate::base::random::RandomTree;
use crate::base::yaml::Problem;
use crate::dsp::DspError;
use crate::dsp::detect::detect;
use crate::dsp::heatmap::heatmaps;
use crate::dsp::maps::Maps;
use crate::dsp::point_maps::point_maps;
use crate::dsp::points::PointCloud;
use crate::scene::{Scene, SceneDraw, SceneError, Subject};
use crate::sim::{SimError, SimReport, Simulator};
use serde_json::json;

/// Making a sample failed.
#[derive(Debug, thiserror::Error)]
#[error("sample {id} ({activity}): {source}")]
pub struct SampleError {
    /// The sample.
    pub id: u64,
    /// Its activity.
    pub activity: String,
    /// What went wrong.
    #[source]
    pub source: Box<SampleProblem>,
}

/// What can go wrong while a sample is made.
#[derive(Debug, thiserror::Error)]
pub enum SampleProblem {
    /// The scene.
    #[error(transparent)]
    Scene(#[from] SceneError),
    /// The simulator.
    #[error(transparent)]
    Sim(#[from] SimError),
    /// The signal processing.
    #[error(transparent)]
    Dsp(#[from] DspError),
    /// The arrays that are kept.
    #[error(transparent)]
    Store(#[from] CorpusError),
}

/// Where a sample stands in the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Number of the sample.
    pub id: u64,
    /// Slug of the activity.
    pub activity: String,
    /// Number of the subject.
    pub subject: u64,
    /// Number of the recording of this activity by this subject.
    pub repetition: u64,
    /// `train` or `validation`.
    pub split: &'static str,
}

/// Makes the samples of a recipe, in any order and on any machine.
pub struct SampleMaker {
    recipe: Recipe,
    scene: Scene,
    activities: Vec<String>,
    subjects: Vec<Subject>,
    captured: Captured,
    tree: RandomTree,
}

/// Maps of a simulated recording and what they were made of.
pub struct Made {
    /// The input of the models.
    pub maps: Maps,
    /// The detections, where the chain makes them.
    pub points: Option<PointCloud>,
    /// What the simulator counted.
    pub report: SimReport,
    /// What was drawn.
    pub draw: SceneDraw,
}

impl SampleMaker {
    /// Checks the recipe and draws its subjects.
    pub fn new(recipe: &Recipe) -> Result<Self, Vec<Problem>> {
        let scene = recipe.check()?;
        let tree = RandomTree::new(recipe.seed);
        let subjects = (0..u64::from(recipe.subjects))
            .map(|i| scene.draw_subject(&tree, i, 0))
            .collect::<Result<_, _>>()
            .map_err(|e| vec![Problem::new("scene.people.0", e.to_string())])?;
        let captured = Captured::index(recipe, scene.duration_s())?;
        Ok(Self { recipe: recipe.clone(), scene, activities: recipe.activity_slugs(), subjects, captured, tree })
    }

    /// The captured motions of the recipe.
    pub fn captured(&self) -> &Captured {
        &self.captured
    }

    /// Number of samples.
    pub fn len(&self) -> u64 {
        self.recipe.samples() + self.captured.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The scene that samples are drawn from.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// Where sample `id` stands: subjects outermost, then activities, then repetitions; behind them captured motions.
    pub fn place(&self, id: u64) -> Place {
        if let Some(taken) = self.captured.taken(id, self.recipe.samples()) {
            // All windows of a file are of one subject: a file never stands on both sides of the split.
            let subject = taken.file % u64::from(self.recipe.subjects);
            let (activity, repetition) = (taken.label, taken.repetition);
            return Place { id, activity, subject, repetition, split: self.split(subject) };
        }
        let repetitions = u64::from(self.recipe.repetitions);
        let activities = self.activities.len() as u64;
        let subject = id / (repetitions * activities);
        let activity = self.activities[(id / repetitions % activities) as usize].clone();
        Place { id, activity, subject, repetition: id % repetitions, split: self.split(subject) }
    }

    fn split(&self, subject: u64) -> &'static str {
        let first_validation = u64::from(self.recipe.subjects - self.recipe.validation_subjects);
        if subject >= first_validation { "validation" } else { "train" }
    }

    /// Simulates sample `id` and makes its maps.
    pub fn simulate(&self, id: u64) -> Result<Made, SampleError> {
        let place = self.place(id);
        self.simulate_at(&place).map_err(|e| SampleError { id, activity: place.activity, source: Box::new(e) })
    }

    fn simulate_at(&self, place: &Place) -> Result<Made, SampleProblem> {
        let subject = &self.subjects[place.subject as usize];
        let subject = std::slice::from_ref(subject);
        let draw = match self.captured.scene(place.id, self.recipe.samples(), &self.scene) {
            Some(scene) => scene.draw(&self.tree, place.id, &[], subject)?,
            None => self.scene.draw(&self.tree, place.id, &[&place.activity], subject)?,
        };
        let meshes = draw.meshes()?;
        let people: Vec<_> = meshes.iter().map(|mesh| &**mesh).collect();
        let simulator = Simulator::new(draw.radar.clone(), draw.radar_pose, self.recipe.simulation)?;
        let noise = self.tree.subtree(place.id, "receiver");
        let simulated = simulator.run(&people, self.scene.frames(), Some(&noise))?;
        let (maps, points) = match (&self.recipe.output.heatmaps, &self.recipe.output.points) {
            (_, Some(chain)) => {
                let points = detect(&simulated.cube, &chain.detect)?;
                (point_maps(&points, &chain.maps)?, Some(points))
            }
            (config, None) => (heatmaps(&simulated.cube, &config.clone().unwrap_or_default())?, None),
        };
        Ok(Made { maps, points, report: simulated.report, draw })
    }

    /// Makes sample `id` as it is kept.
    pub fn make(&self, id: u64) -> Result<Sample, SampleError> {
        let place = self.place(id);
        let made = self.simulate(id)?;
        let mut details = serde_json::Map::new();
        details.insert("scene".into(), json!(made.draw));
        details.insert("simulation".into(), json!(made.report));
        details.insert("repetition".into(), json!(place.repetition));
        let (mut source, mut recording) = ("simulated".to_owned(), format!("{id:09}"));
        if let Some(taken) = self.captured.taken(id, self.recipe.samples()) {
            (source, recording) = ("captured".into(), taken.piece.file.display().to_string());
            details.insert("texts".into(), json!(taken.piece.texts));
            details.insert("categories".into(), json!(taken.piece.categories));
            details.insert("label_as_written".into(), json!(taken.piece.label));
        }
        let meta = SampleMeta {
            split: place.split.into(),
            label: place.activity.clone(),
            subject: format!("simulated {:05}", place.subject),
            source,
            recording,
            session: String::new(),
            seed: self.recipe.seed,
            start_s: 0.0,
            duration_s: self.scene.duration_s(),
            details,
        };
        let points = made.points.map(|p| super::points_array(&p)).transpose();
        let points = points.map_err(|source| SampleError {
            id,
            activity: place.activity.clone(),
            source: Box::new(source.into()),
        })?;
        let extras = points.map(|p| ("points".to_owned(), p)).into_iter().collect();
        Ok(Sample { id, meta, maps: made.maps, extras })
    }
}
