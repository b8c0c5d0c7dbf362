//! Simulated samples: a pure function of the recipe and the sample's id.

use super::captured::Captured;
use super::ingredients::ingredients;
use super::planned::PlannedSample;
use super::sample_error::{SampleError, SampleProblem};
use crate::base::random::RandomTree;
use crate::base::yaml::Problem;
use crate::chain::{Applied, Keep, Views};
use crate::corpus::error::CorpusError;
use crate::corpus::recipe::Recipe;
use crate::corpus::recipe::places::Place;
use crate::corpus::recipe::splits::{Asked, SplitRule, split_of};
use crate::corpus::sample::array::NamedArray;
use crate::corpus::sample::radio::{csi_array, rfid_array};
use crate::corpus::sample::signals::{cube_array, iq_array, points_array};
use crate::corpus::sample::targets::Targets;
use crate::corpus::sample::{Sample, SampleMeta};
use crate::scene::{LinkDraw, LinkSpec, Scene, SceneDraw, Subject};
use crate::sensor::Sensor;
use crate::signal::Signal;
use crate::sim::{LinkRecording, SimReport, Simulator};
use serde_json::json;
use std::collections::BTreeMap;

/// So much of a motion file is opened at once, s.
const STRETCH_S: f64 = 300.0;

/// Makes the samples of a recipe, in any order and on any machine.
pub struct SampleMaker {
    recipe: Recipe,
    places: Vec<Place>,
    rules: Vec<SplitRule>,
    activities: Vec<String>,
    subjects: Vec<Subject>,
    pub(in crate::corpus) captured: Captured,
    tree: RandomTree,
}

/// A simulated recording: its views and what they were made of.
pub struct SimulatedSample {
    /// The views, and the points where the chain makes some.
    pub applied: Applied,
    /// The radar's signal, where anything was made of it or it is kept.
    pub signal: Option<Signal>,
    /// What the simulator counted of it.
    pub report: Option<SimReport>,
    /// What the other sensors of the scene measured, by their names.
    pub links: Vec<(String, LinkRecording)>,
    /// What was drawn.
    pub draw: SceneDraw,
}

impl SampleMaker {
    /// Checks the recipe and draws its subjects.
    pub fn new(recipe: &Recipe) -> Result<Self, Vec<Problem>> {
        let places = recipe.check()?;
        let tree = RandomTree::new(recipe.seed);
        let subjects = (0..u64::from(recipe.subjects))
            .map(|i| places[0].scene.draw_subject(&tree, i, 0))
            .collect::<Result<_, _>>()
            .map_err(|e| vec![Problem::new("scene.people.0", e.to_string())])?;
        // Places may differ in length; a window fills the longest recording.
        let window_s = places.iter().map(|place| place.scene.duration_s()).fold(0.0, f64::max);
        let captured = Captured::index(recipe, window_s)?;
        let (activities, rules) = (recipe.activity_slugs(), recipe.split_rules());
        Ok(Self { recipe: recipe.clone(), places, rules, activities, subjects, captured, tree })
    }

    /// The captured motions of the recipe.
    pub fn captured(&self) -> &Captured {
        &self.captured
    }

    /// Digests of what the recipe only names.
    pub fn made_of(&self) -> BTreeMap<String, String> {
        ingredients(&self.recipe, &self.places, &self.activities)
    }

    /// Number of ids; behind each is a sample, but behind those of motion files that are gone.
    pub fn len(&self) -> u64 {
        self.recipe.samples() + self.captured.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The scene that samples are drawn from; the first place's, where there are several.
    pub fn scene(&self) -> &Scene {
        &self.places[0].scene
    }

    /// The recipe.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Where sample `id` stands: subjects outermost, then activities, places, repetitions; behind them captured motions.
    pub fn planned(&self, id: u64) -> PlannedSample {
        if let Some(taken) = self.captured.taken(id) {
            // All windows of a file are of one subject: a file never stands on both sides of the split.
            let subject = taken.file % u64::from(self.recipe.subjects);
            let place = (taken.repetition % self.places.len() as u64) as usize;
            return self.planned_at(id, subject, taken.label, place, taken.repetition);
        }
        let repetitions = u64::from(self.recipe.repetitions);
        let (places, activities) = (self.places.len() as u64, self.activities.len() as u64);
        let recordings = places * repetitions;
        let subject = id / (recordings * activities);
        let activity = self.activities[(id / recordings % activities) as usize].clone();
        self.planned_at(id, subject, activity, (id / repetitions % places) as usize, id % repetitions)
    }

    fn planned_at(&self, id: u64, subject: u64, activity: String, place: usize, repetition: u64) -> PlannedSample {
        let place_name = self.places[place].name.clone();
        let asked = Asked { subject, place: &place_name, activity: &activity };
        let split = split_of(&self.rules, asked, self.recipe.subjects).to_owned();
        PlannedSample { id, activity, subject, place, place_name, repetition, split }
    }

    /// The recording that sample `id` is a stretch of, and where in it the stretch begins, s: the file of a captured motion, which
    /// several samples show; a played motion is a recording of its own.
    pub fn recording(&self, id: u64) -> (String, f64) {
        match self.captured.taken(id) {
            Some(taken) => (taken.piece.file.display().to_string(), taken.piece.start_s),
            None => (format!("{id:09}"), 0.0),
        }
    }

    /// Bytes of the largest signal of a sample.
    pub fn signal_bytes(&self) -> u64 {
        let radar = |place: &Place| match place.scene.sensor() {
            _ if !self.wants_radar() => 0,
            Sensor::Fmcw(radar) => radar.cube_bytes(place.scene.frames()),
            Sensor::Cw(radar) => 8 * (place.scene.duration_s() * radar.sample_rate_hz) as u64 * radar.rx_m.len() as u64,
        };
        let link = |place: &Place, link: &LinkSpec| match link {
            LinkSpec::Wifi(wifi) => wifi.device().map_or(0, |d| {
                let packets = d.packets.rate_hz.unwrap_or(1000.0) * place.scene.duration_s();
                8 * packets.ceil() as u64 * (d.frequencies_hz().len() * d.n_rx() * d.n_tx()) as u64
            }),
            // A few hundred reads a second.
            LinkSpec::Rfid(_) => 64 * 1000 * place.scene.duration_s().ceil() as u64,
        };
        let bytes =
            |place: &Place| radar(place).max(place.scene.links().values().map(|l| link(place, l)).max().unwrap_or(0));
        self.places.iter().map(bytes).max().unwrap_or(0)
    }

    /// What making one sample takes at most, bytes, about: the cube, its range profiles, and as much again in between.
    pub(in crate::corpus) fn working_bytes(&self) -> u64 {
        self.signal_bytes().saturating_mul(3)
    }

    /// What of one sample is kept, bytes, about.
    pub(in crate::corpus) fn kept_bytes(&self) -> u64 {
        let views =
            self.recipe.chain.planned().iter().map(|(_, shape)| shape.iter().product::<usize>() * 4).sum::<usize>();
        let asked = |kept: Keep| kept.is_asked(self.recipe.keep.as_deref(), &self.recipe.chain);
        let kept = asked(Keep::Cube) || asked(Keep::Iq);
        let cube = if kept { self.signal_bytes() } else { 0 };
        views as u64 + cube + (16 << 10)
    }

    /// Simulates sample `id` and makes its maps.
    pub fn simulate(&self, id: u64) -> Result<SimulatedSample, SampleError> {
        let planned = self.planned(id);
        self.simulate_at(&planned).map_err(|e| SampleError { id, activity: planned.activity, source: Box::new(e) })
    }

    /// Reads what the samples of a motion file show, of which `id` is the first, and puts it on the body of the subject.
    pub(in crate::corpus) fn open_motion(&self, id: u64) -> Result<(), SampleError> {
        let planned = self.planned(id);
        let Some(taken) = self.captured.taken(id) else { return Ok(()) };
        let subject = &self.subjects[planned.subject as usize];
        let scene = &self.places[planned.place].scene;
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
            opened.map_err(|e| SampleError { id, activity: planned.activity.clone(), source: Box::new(e.into()) })?;
            // The next one begins with a window, which is there; what lies between two stretches was read.
            let behind = self.captured.starts_of(id).filter(|start| *start + scene.duration_s() > start_s + length_s);
            start_s = behind.fold(f64::INFINITY, f64::min);
        }
        Ok(())
    }

    fn simulate_at(&self, planned: &PlannedSample) -> Result<SimulatedSample, SampleProblem> {
        let subject = &self.subjects[planned.subject as usize];
        let subject = std::slice::from_ref(subject);
        let scene = &self.places[planned.place].scene;
        let mut draw = match self.captured.scene(planned.id, scene) {
            Some(captured) => captured.draw(&self.tree, planned.id, &[], subject)?,
            None => scene.draw(&self.tree, planned.id, &[&planned.activity], subject)?,
        };
        if let Sensor::Fmcw(radar) = &mut draw.radar {
            self.recipe.sensor.draw(radar, &self.tree, planned.id);
        }
        let set = draw.set()?;
        let chain = &self.recipe.chain;
        let mut applied = Applied { views: Views::new(), points: None };
        let (mut signal, mut report) = (None, None);
        if self.wants_radar() {
            let simulator = Simulator::new(draw.radar.clone(), draw.radar_pose, self.recipe.simulation)?
                .with_receiver(draw.receiver.clone())?;
            let noise = self.tree.subtree(planned.id, "receiver");
            let simulated = simulator.run_set(&set, scene.frames(), Some(&noise))?;
            if let Some(nothing) = SampleProblem::nothing(&simulated.report, &draw) {
                return Err(nothing);
            }
            if chain.looks_at_radar() {
                applied = chain.apply(&simulated.signal, None)?;
            }
            (signal, report) = (Some(simulated.signal), Some(simulated.report));
        }
        let mut links = Vec::new();
        // Views in the order of the chain, whatever the names of the sensors.
        let mut wanted: Vec<_> =
            draw.sensors.iter().filter(|(name, _)| self.wants_link(&scene.links()[*name])).collect();
        wanted.sort_by_key(|(_, link)| matches!(link, LinkDraw::Rfid(_)));
        for (name, link) in wanted {
            let tree = self.tree.subtree(planned.id, &format!("recording of {name}"));
            let recording = link.record(&draw, &set, &self.recipe.simulation.channel, &tree)?;
            if chain.looks_at(&recording.signal) {
                applied.views.extend_with("", chain.apply(&recording.signal, Some(draw.duration_s))?.views);
            }
            links.push((name.clone(), recording));
        }
        Ok(SimulatedSample { applied, signal, report, links, draw })
    }

    /// Whether anything is made of the radar's signal.
    fn wants_radar(&self) -> bool {
        let asked = |keep: Keep| keep.is_asked(self.recipe.keep.as_deref(), &self.recipe.chain);
        self.recipe.chain.looks_at_radar() || asked(Keep::Cube) || asked(Keep::Iq)
    }

    /// Whether anything is made of what a link gives.
    fn wants_link(&self, link: &LinkSpec) -> bool {
        let asked = |keep: Keep| keep.is_asked(self.recipe.keep.as_deref(), &self.recipe.chain);
        match link {
            LinkSpec::Wifi(_) => self.recipe.chain.csi.is_some() || asked(Keep::Csi),
            LinkSpec::Rfid(_) => self.recipe.chain.rfid.is_some() || asked(Keep::Rfid),
        }
    }

    /// Makes sample `id` as it is kept.
    pub fn make(&self, id: u64) -> Result<Sample, SampleError> {
        let planned = self.planned(id);
        let made = self.simulate(id)?;
        let mut details = serde_json::Map::new();
        details.insert("scene".into(), json!(made.draw));
        if let Some(report) = &made.report {
            details.insert("simulation".into(), json!(report));
        }
        if !made.links.is_empty() {
            // Packet by packet, what devices did would be longer than the views.
            let reports: serde_json::Map<String, serde_json::Value> =
                made.links.iter().map(|(name, link)| (name.clone(), json!(link.report.channel))).collect();
            details.insert("links".into(), json!(reports));
        }
        details.insert("repetition".into(), json!(planned.repetition));
        let (recording, start_s) = self.recording(id);
        let mut source = "simulated".to_owned();
        if let Some(taken) = self.captured.taken(id) {
            source = "captured".into();
            details.insert("texts".into(), json!(taken.piece.texts));
            details.insert("categories".into(), json!(taken.piece.categories));
            details.insert("label_as_written".into(), json!(taken.piece.label));
        }
        let duration_s = made.draw.duration_s;
        let failed =
            |source: SampleProblem| SampleError { id, activity: planned.activity.clone(), source: Box::new(source) };
        let mut targets = Targets::of_label(&planned.activity);
        if self.recipe.truth {
            let frames = self.places[planned.place].scene.frames();
            targets.people = made.draw.people_seen(frames).map_err(|e| failed(e.into()))?;
        }
        let meta = SampleMeta {
            split: planned.split.clone(),
            subject: planned.subject_name(),
            source,
            recording,
            session: planned.place_name.clone(),
            seed: self.recipe.seed,
            start_s,
            duration_s,
            details,
        };
        let (extras, views) = self.arrays(made).map_err(|e| failed(e.into()))?;
        Ok(Sample { id, meta, targets, views, extras })
    }

    /// The signals that the recipe keeps, and the views.
    fn arrays(&self, made: SimulatedSample) -> Result<(Vec<(String, NamedArray)>, Views), CorpusError> {
        let (keep, chain) = (self.recipe.keep.as_deref(), &self.recipe.chain);
        let mut extras = Vec::new();
        if let Some(points) = made.applied.kept_points(keep, chain) {
            extras.push(("points".to_owned(), points_array(points)?));
        }
        for signal in made.signal.into_iter().chain(made.links.into_iter().map(|(_, link)| link.signal)) {
            match signal {
                Signal::Cube(cube) if Keep::Cube.is_asked(keep, chain) => {
                    extras.push(("cube".into(), cube_array(cube)?));
                }
                Signal::Iq(iq) if Keep::Iq.is_asked(keep, chain) => extras.push(("iq".into(), iq_array(iq)?)),
                Signal::Csi(csi) if Keep::Csi.is_asked(keep, chain) => extras.push(("csi".into(), csi_array(csi)?)),
                Signal::Rfid(reads) if Keep::Rfid.is_asked(keep, chain) => {
                    extras.push(("rfid".into(), rfid_array(&reads)?));
                }
                _ => {}
            }
        }
        Ok((extras, made.applied.views))
    }
}
