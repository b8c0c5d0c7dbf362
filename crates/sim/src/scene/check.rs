//! From a scene as typed to one with every value checked: all problems at once.

use super::inside::{object_problem, person_problem};
use super::links::LinkSpec;
use super::objects::ObjectSpec;
use super::person::{WALK, find_score};
use super::radar::{RadarPoseSpec, track_problems};
use super::spec::{PersonSpec, SceneSpec};
use crate::base::constants::SPEED_OF_LIGHT;
use crate::base::span::Span;
use crate::base::yaml::Problem;
use crate::propagation::Room;
use crate::sensor::Sensor;
use crate::sensor::receiver::ReceiverSpec;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A scene whose every value is admissible.
#[derive(Clone, Debug)]
pub struct Scene {
    pub(super) radar: Sensor,
    pub(super) pose: RadarPoseSpec,
    pub(super) receiver: ReceiverSpec,
    pub(super) sensors: BTreeMap<String, LinkSpec>,
    pub(super) people: Vec<PersonSpec>,
    pub(super) objects: Vec<ObjectSpec>,
    pub(super) room: Option<Room>,
    pub(super) duration_s: f64,
}

impl Scene {
    /// Checks a scene; the keys of the problems are relative to the scene.
    ///
    /// `motion_given` says that the motions come from elsewhere (a corpus recipe names its activities), so that a person
    /// need not name one.
    pub fn check(spec: &SceneSpec, motion_given: bool) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        if !(0.1..=600.0).contains(&spec.duration_s) {
            problems.push(Problem::new("duration_s", format!("{} s; expected 0.1 to 600 s", spec.duration_s)));
        }
        let radar = match spec.radar.sensor() {
            Ok(radar) => Some(radar),
            Err(found) => {
                problems.extend(found.into_iter().map(|p| p.under("radar")));
                None
            }
        };
        let pose = &spec.radar_pose;
        let limits = [
            (pose.x_m, "x_m", -100.0, 100.0, "m"),
            (pose.y_m, "y_m", -100.0, 100.0, "m"),
            (pose.height_m, "height_m", 0.0, 5.0, "m"),
            (pose.azimuth_deg, "azimuth_deg", -180.0, 180.0, "degrees"),
            (pose.elevation_deg, "elevation_deg", -90.0, 90.0, "degrees"),
        ];
        problems.extend(
            limits.into_iter().filter_map(|(v, k, a, b, u)| v.check(k, a, b, u)).map(|p| p.under("radar_pose")),
        );
        for (i, person) in spec.people.iter().enumerate() {
            problems.extend(check_person(person, motion_given).into_iter().map(|p| p.under(&format!("people.{i}"))));
        }
        problems.extend(track_problems(&pose.track).into_iter().map(|p| p.under("radar_pose.track")));
        let sounding = radar.as_ref().map(|radar| radar.device().sounding(true));
        let sensor = sounding.map(|s| (s.period_s, SPEED_OF_LIGHT / s.centre_hz()));
        let sensor = sensor.filter(|(period, wavelength)| period.is_finite() && wavelength.is_finite());
        for (i, object) in spec.objects.iter().enumerate() {
            problems.extend(object.problems(sensor).into_iter().map(|p| p.under(&format!("objects.{i}"))));
        }
        if let Some(room) = &spec.room {
            let found = room.problems(pose);
            if found.is_empty() {
                let room = room.room();
                let people = spec.people.iter().map(|person| person_problem(&room, pose, person));
                let objects = spec.objects.iter().map(|object| object_problem(&room, object));
                let under = |list: &str, i: usize, p: Option<Problem>| Some(p?.under(&format!("{list}.{i}")));
                problems.extend(people.enumerate().filter_map(|(i, p)| under("people", i, p)));
                problems.extend(objects.enumerate().filter_map(|(i, p)| under("objects", i, p)));
            }
            problems.extend(found.into_iter().map(|p| p.under("room")));
            if !pose.track.is_empty() && room.order > 0 {
                let message = "a radar that moves cannot be simulated with walls that mirror; set room.order to 0";
                problems.push(Problem::new("radar_pose.track", message));
            }
        }
        let room = spec.room.as_ref().filter(|room| room.problems(pose).is_empty()).map(|room| room.room());
        for (name, link) in &spec.sensors {
            let found = link.problems(room.as_ref(), spec.people.len());
            problems.extend(found.into_iter().map(|p| p.under(&format!("sensors.{name}"))));
            problems.extend(name_problem(name).map(|p| p.under("sensors")));
        }
        if !spec.sensors.is_empty() && !pose.track.is_empty() {
            let message = "a radar that moves does not go with `sensors`, which stand";
            problems.push(Problem::new("radar_pose.track", message));
        }
        if let Some(radar) = &radar {
            for (i, person) in spec.people.iter().enumerate() {
                let farthest = person.range_m.map(|range| range.bounds().1);
                let key = format!("people.{i}.range_m");
                // Below zero and the like has been said already.
                problems.extend(farthest.filter(|&f| f > 0.0).and_then(|f| radar.device().range_problem(&key, f)));
            }
            problems.extend(spec.receiver.problems(radar.device()).into_iter().map(|p| p.under("receiver")));
        }
        match radar {
            Some(radar) if problems.is_empty() => Ok(Self {
                radar,
                pose: spec.radar_pose.clone(),
                receiver: spec.receiver.clone(),
                sensors: spec.sensors.clone(),
                people: spec.people.clone(),
                objects: spec.objects.clone(),
                room: spec.room.map(|room| room.room()),
                duration_s: spec.duration_s,
            }),
            _ => Err(problems),
        }
    }

    /// The sensor in force.
    pub fn sensor(&self) -> &Sensor {
        &self.radar
    }

    /// The sensors beside the radar, by their names.
    pub fn links(&self) -> &BTreeMap<String, LinkSpec> {
        &self.sensors
    }

    /// All files that are read when it is drawn or simulated.
    pub fn files(&self) -> Vec<PathBuf> {
        let people = self.people.iter().flat_map(|p| [&p.motion_file, &p.joint_map, &p.body]);
        let mut found: Vec<_> = people.chain(self.objects.iter().map(|o| &o.mesh)).flatten().cloned().collect();
        for mut link in self.sensors.values().cloned() {
            link.with_files(|file| {
                found.push(file.to_owned());
                file.to_owned()
            });
        }
        found
    }

    /// Length of the recording, s.
    pub fn duration_s(&self) -> f64 {
        self.duration_s
    }

    /// Number of people.
    pub fn people(&self) -> usize {
        self.people.len()
    }

    /// Number of frames of the recording.
    pub fn frames(&self) -> usize {
        (self.duration_s / self.radar.device().sounding(true).period_s).round().max(1.0) as usize
    }
}

/// What is wrong with a sensor's name: it becomes part of the names of files and views.
fn name_problem(name: &str) -> Option<Problem> {
    let fits = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !fits || name.len() > 60 {
        return Some(Problem::new(name, "expected a name of at most 60 small letters, digits and `_`"));
    }
    // Files of the radar, of the scene and of reports.
    let taken = [
        "adc",
        "cube",
        "heatmaps",
        "iq",
        "iq_sound",
        "micro_doppler",
        "points",
        "range_angle",
        "range_doppler",
        "scene",
        "truth",
        "views",
    ];
    let clash = taken.contains(&name) || name.ends_with("_report");
    clash.then(|| Problem::new(name, "is the name of a file of another kind; expected another name"))
}

fn check_person(person: &PersonSpec, motion_given: bool) -> Vec<Problem> {
    let mut problems = super::captured::check(person);
    match &person.motion {
        None if !motion_given && person.motion_file.is_none() && person.waypoints.is_none() => {
            problems.push(Problem::new("motion", "is missing; expected the slug of a motion, for example squat"))
        }
        None => {}
        Some(_) if person.motion_file.is_some() => {
            problems.push(Problem::new("motion", "there is a `motion_file` as well; leave one of them out"))
        }
        Some(slug) => problems.extend(find_score(slug).err().map(|message| Problem::new("motion", message))),
    }
    if person.motion_file.is_some() && (person.tempo.is_some() || person.size.is_some()) {
        problems.push(Problem::new("tempo", "and `size` go with scores; a captured motion is as it is"));
    }
    let score = person.motion.as_deref().and_then(|slug| find_score(slug).ok());
    for (key, given) in [("pause_s", person.pause_s.is_some()), ("onset_s", person.onset_s.is_some())] {
        if given && (person.motion_file.is_some() || score.is_some_and(|score| !score.is_single())) {
            problems.push(Problem::new(key, "goes with motions that are done once at a time; this one has no rests"));
        }
    }
    problems.extend(person.scattering.problems().into_iter().map(|p| p.under("scattering")));
    problems.extend(waypoint_problems(person));
    let limits: [(Option<Span>, &str, f64, f64, &str); 12] = [
        (person.start_s, "start_s", 0.0, 60.0, "s"),
        (person.pause_s, "pause_s", 0.0, 60.0, "s"),
        (person.onset_s, "onset_s", 0.0, 60.0, "s"),
        (person.tempo, "tempo", 0.25, 4.0, ""),
        (person.size, "size", 0.1, 2.0, ""),
        (person.range_m, "range_m", 0.3, 50.0, "m"),
        (person.azimuth_deg, "azimuth_deg", -90.0, 90.0, "degrees"),
        (person.facing_deg, "facing_deg", -180.0, 180.0, "degrees"),
        (person.stature_m, "stature_m", 1.40, 2.10, "m"),
        (person.body_mass_index, "body_mass_index", 15.0, 40.0, "kg/m²"),
        (person.sex, "sex", 0.0, 1.0, "(0 female, 1 male)"),
        (person.muscle, "muscle", 0.0, 1.0, ""),
    ];
    problems.extend(limits.into_iter().filter_map(|(v, k, a, b, u)| v.and_then(|v| v.check(k, a, b, u))));
    problems
}

/// What is wrong with the waypoints of somebody, and what does not go with them.
fn waypoint_problems(person: &PersonSpec) -> Vec<Problem> {
    let Some(waypoints) = &person.waypoints else { return Vec::new() };
    let others = [
        ("range_m", person.range_m.is_some()),
        ("azimuth_deg", person.azimuth_deg.is_some()),
        ("facing_deg", person.facing_deg.is_some()),
        ("start_s", person.start_s.is_some()),
        ("motion_file", person.motion_file.is_some()),
    ];
    let message = "does not go with `waypoints`, which say where the person is and when";
    let mut problems: Vec<Problem> =
        others.into_iter().filter(|(_, given)| *given).map(|(key, _)| Problem::new(key, message)).collect();
    // An unknown motion has been said already.
    if let Ok(score) = find_score(person.motion.as_deref().unwrap_or(WALK)) {
        problems.extend(score.waypoint_problems(waypoints).into_iter().map(|p| p.under("waypoints")));
    }
    problems
}
