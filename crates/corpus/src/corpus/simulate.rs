//! Simulated samples: a pure function of the recipe and the sample's id.

use super::array::NamedArray;
use super::captured::Captured;
use super::convert::{cube_array, points_array};
use super::error::CorpusError;
use super::recipe::Recipe;
use super::rooms::Room;
use super::sample::{Sample, SampleMeta};
use super::splits::{Asked, SplitRule, split_of};
use super::targets::Targets;
use crate::base::random::RandomTree;
use crate::base::yaml::Problem;
use crate::chain::{Applied, Keep, Views};
use crate::dsp::DspError;
use crate::scene::{Scene, SceneDraw, SceneError, Subject};
use crate::signal::{IfCube, Signal};
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
    /// A sample that would show noise under a label.
    #[error("nothing reflects in any of its {frames} frames, so that its label says what is not in it: {why}")]
    Nothing {
        /// Frames of the sample.
        frames: u64,
        /// Where what could reflect was lost.
        why: String,
    },
}

impl SampleProblem {
    /// What is wrong with a recording that shows nothing.
    fn nothing(report: &SimReport, draw: &SceneDraw) -> Option<Self> {
        if report.frames == 0 || report.empty_frames < report.frames {
            return None;
        }
        let causes = [
            (report.beyond_range, "beyond the unambiguous range of the radar"),
            (report.behind, "behind the antennas"),
            (report.outside_room, "behind a wall of the room"),
            (report.too_near, "within a centimetre of an antenna"),
        ];
        let lost: Vec<&str> = causes.iter().filter(|(count, _)| *count > 0).map(|(_, where_)| *where_).collect();
        let lost = if lost.is_empty() { "hidden or turned away".to_owned() } else { lost.join(" or ") };
        let ranges: Vec<String> = draw.people.iter().map(|p| format!("{:.2} m", p.range_m)).collect();
        let why = format!(
            "everything is {lost}; people stand at {}; change `range_m`, the radar or its pose",
            ranges.join(", ")
        );
        Some(Self::Nothing { frames: report.frames, why })
    }
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
    /// Number of the room.
    pub room: usize,
    /// Name of the room; empty when the recipe names none.
    pub room_name: String,
    /// Number of the recording of this activity by this subject in this room.
    pub repetition: u64,
    /// `train`, or the name of the rule of the recipe that takes the sample.
    pub split: String,
}

impl Place {
    /// The subject as samples name it.
    pub fn subject_name(&self) -> String {
        format!("simulated {:05}", self.subject)
    }
}

/// So much of a motion file is opened at once, s.
const STRETCH_S: f64 = 300.0;

/// Makes the samples of a recipe, in any order and on any machine.
pub struct SampleMaker {
    recipe: Recipe,
    rooms: Vec<Room>,
    rules: Vec<SplitRule>,
    activities: Vec<String>,
    subjects: Vec<Subject>,
    pub(super) captured: Captured,
    tree: RandomTree,
}

/// Views of a simulated recording and what they were made of.
pub struct Made {
    /// The views, and the points where the chain makes some.
    pub applied: Applied,
    /// The signal itself.
    pub cube: IfCube,
    /// What the simulator counted.
    pub report: SimReport,
    /// What was drawn.
    pub draw: SceneDraw,
}

impl SampleMaker {
    /// Checks the recipe and draws its subjects.
    pub fn new(recipe: &Recipe) -> Result<Self, Vec<Problem>> {
        let rooms = recipe.check()?;
        let tree = RandomTree::new(recipe.seed);
        let subjects = (0..u64::from(recipe.subjects))
            .map(|i| rooms[0].scene.draw_subject(&tree, i, 0))
            .collect::<Result<_, _>>()
            .map_err(|e| vec![Problem::new("scene.people.0", e.to_string())])?;
        // Rooms may differ in length; a window fills the longest recording.
        let window_s = rooms.iter().map(|room| room.scene.duration_s()).fold(0.0, f64::max);
        let captured = Captured::index(recipe, window_s)?;
        let (activities, rules) = (recipe.activity_slugs(), recipe.split_rules());
        Ok(Self { recipe: recipe.clone(), rooms, rules, activities, subjects, captured, tree })
    }

    /// The captured motions of the recipe.
    pub fn captured(&self) -> &Captured {
        &self.captured
    }

    /// Number of ids; behind each is a sample, but behind those of motion files that are gone.
    pub fn len(&self) -> u64 {
        self.recipe.samples() + self.captured.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The scene that samples are drawn from; the first room's, where there are several.
    pub fn scene(&self) -> &Scene {
        &self.rooms[0].scene
    }

    /// The recipe.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Where sample `id` stands: subjects outermost, then activities, rooms, repetitions; behind them captured motions.
    pub fn place(&self, id: u64) -> Place {
        if let Some(taken) = self.captured.taken(id) {
            // All windows of a file are of one subject: a file never stands on both sides of the split.
            let subject = taken.file % u64::from(self.recipe.subjects);
            let room = (taken.repetition % self.rooms.len() as u64) as usize;
            return self.place_of(id, subject, taken.label, room, taken.repetition);
        }
        let repetitions = u64::from(self.recipe.repetitions);
        let (rooms, activities) = (self.rooms.len() as u64, self.activities.len() as u64);
        let recordings = rooms * repetitions;
        let subject = id / (recordings * activities);
        let activity = self.activities[(id / recordings % activities) as usize].clone();
        self.place_of(id, subject, activity, (id / repetitions % rooms) as usize, id % repetitions)
    }

    fn place_of(&self, id: u64, subject: u64, activity: String, room: usize, repetition: u64) -> Place {
        let room_name = self.rooms[room].name.clone();
        let asked = Asked { subject, room: &room_name, activity: &activity };
        let split = split_of(&self.rules, asked, self.recipe.subjects).to_owned();
        Place { id, activity, subject, room, room_name, repetition, split }
    }

    /// The recording that sample `id` is a stretch of, and where in it the stretch begins, s: the file of a captured motion, which
    /// several samples show; a played motion is a recording of its own.
    pub fn recording(&self, id: u64) -> (String, f64) {
        match self.captured.taken(id) {
            Some(taken) => (taken.piece.file.display().to_string(), taken.piece.start_s),
            None => (format!("{id:09}"), 0.0),
        }
    }

    /// Bytes of the largest IF cube of a sample.
    pub fn cube_bytes(&self) -> u64 {
        self.rooms.iter().map(|room| room.scene.radar().cube_bytes(room.scene.frames())).max().unwrap_or(0)
    }

    /// What making one sample takes at most, bytes, about: the cube, its range profiles, and as much again in between.
    pub(super) fn working_bytes(&self) -> u64 {
        self.cube_bytes().saturating_mul(3)
    }

    /// What of one sample is kept, bytes, about.
    pub(super) fn kept_bytes(&self) -> u64 {
        let views =
            self.recipe.chain.planned().iter().map(|(_, shape)| shape.iter().product::<usize>() * 4).sum::<usize>();
        let kept = Keep::Cube.is_asked(self.recipe.keep.as_deref(), &self.recipe.chain);
        let cube = if kept { self.cube_bytes() } else { 0 };
        views as u64 + cube + (16 << 10)
    }

    /// Simulates sample `id` and makes its maps.
    pub fn simulate(&self, id: u64) -> Result<Made, SampleError> {
        let place = self.place(id);
        self.simulate_at(&place).map_err(|e| SampleError { id, activity: place.activity, source: Box::new(e) })
    }

    /// Reads what the samples of a motion file show, of which `id` is the first, and puts it on the body of the subject.
    pub(super) fn open_motion(&self, id: u64) -> Result<(), SampleError> {
        let place = self.place(id);
        let Some(taken) = self.captured.taken(id) else { return Ok(()) };
        let subject = &self.subjects[place.subject as usize];
        let scene = &self.rooms[place.room].scene;
        let file = taken.path();
        let windows = self.captured.starts_of(id);
        let (first, last) = windows.fold((f64::INFINITY, 0.0), |(a, b), start| (start.min(a), start.max(b)));
        let end = last + scene.duration_s();
        let stretch_s = STRETCH_S.max(2.0 * scene.duration_s());
        // Stretch by stretch: hours of motion are more than is read at once.
        let mut start_s = first;
        while start_s < end {
            let length_s = stretch_s.min(end - start_s);
            let opened =
                scene.open_capture(subject, (file.as_path(), taken.joint_map()), taken.reading(), (start_s, length_s));
            opened.map_err(|e| SampleError { id, activity: place.activity.clone(), source: Box::new(e.into()) })?;
            // The next one begins with a window, which is there; what lies between two stretches was read.
            let behind = self.captured.starts_of(id).filter(|start| *start + scene.duration_s() > start_s + length_s);
            start_s = behind.fold(f64::INFINITY, f64::min);
        }
        Ok(())
    }

    fn simulate_at(&self, place: &Place) -> Result<Made, SampleProblem> {
        let subject = &self.subjects[place.subject as usize];
        let subject = std::slice::from_ref(subject);
        let scene = &self.rooms[place.room].scene;
        let mut draw = match self.captured.scene(place.id, scene) {
            Some(captured) => captured.draw(&self.tree, place.id, &[], subject)?,
            None => scene.draw(&self.tree, place.id, &[&place.activity], subject)?,
        };
        self.recipe.sensor.draw(&mut draw.radar, &self.tree, place.id);
        let set = draw.set()?;
        let simulator = Simulator::new(draw.radar.clone(), draw.radar_pose, self.recipe.simulation)?
            .with_receiver(draw.receiver.clone())?;
        let noise = self.tree.subtree(place.id, "receiver");
        let simulated = simulator.run_set(&set, scene.frames(), Some(&noise))?;
        if let Some(nothing) = SampleProblem::nothing(&simulated.report, &draw) {
            return Err(nothing);
        }
        let signal = Signal::Cube(simulated.cube);
        let applied = self.recipe.chain.apply(&signal, None)?;
        let Signal::Cube(cube) = signal else { unreachable!("it was made above") };
        Ok(Made { applied, cube, report: simulated.report, draw })
    }

    /// Makes sample `id` as it is kept.
    pub fn make(&self, id: u64) -> Result<Sample, SampleError> {
        let place = self.place(id);
        let made = self.simulate(id)?;
        let mut details = serde_json::Map::new();
        details.insert("scene".into(), json!(made.draw));
        details.insert("simulation".into(), json!(made.report));
        details.insert("repetition".into(), json!(place.repetition));
        let (recording, start_s) = self.recording(id);
        let mut source = "simulated".to_owned();
        if let Some(taken) = self.captured.taken(id) {
            source = "captured".into();
            details.insert("texts".into(), json!(taken.piece.texts));
            details.insert("categories".into(), json!(taken.piece.categories));
            details.insert("label_as_written".into(), json!(taken.piece.label));
        }
        let duration_s = made.draw.duration_s;
        let meta = SampleMeta {
            split: place.split.clone(),
            subject: place.subject_name(),
            source,
            recording,
            session: place.room_name.clone(),
            seed: self.recipe.seed,
            start_s,
            duration_s,
            details,
        };
        let (extras, views) = self.arrays(made).map_err(|source| SampleError {
            id,
            activity: place.activity.clone(),
            source: Box::new(source.into()),
        })?;
        let targets = Targets::of_label(&place.activity);
        Ok(Sample { id, meta, targets, views, extras })
    }

    /// The signals that the recipe keeps, and the views.
    fn arrays(&self, made: Made) -> Result<(Vec<(String, NamedArray)>, Views), CorpusError> {
        let (keep, chain) = (self.recipe.keep.as_deref(), &self.recipe.chain);
        let mut extras = Vec::new();
        if let Some(points) = made.applied.kept_points(keep, chain) {
            extras.push(("points".to_owned(), points_array(points)?));
        }
        if Keep::Cube.is_asked(keep, chain) {
            extras.push(("cube".to_owned(), cube_array(made.cube)?));
        }
        Ok((extras, made.applied.views))
    }
}
