//! The truth as named arrays.

use super::clock::TruthClock;
use super::seen::{STEP_S, Watcher, around, derivative};
use crate::base::constants::SPEED_OF_LIGHT;
use crate::base::{Rotation, Vec3};
use crate::body::Joint;
use crate::scene::draw::SceneDraw;
use crate::scene::error::SceneError;
use ndarray::{ArrayD, IxDyn};
use rayon::prelude::*;
use serde_json::{Value, json};

/// Bytes of all arrays, at most.
const MAX_BYTES: usize = 4 << 30;
/// Derivatives of clips are taken over less than their keys' distance, and within them, s.
const CLIP_STEP_S: f64 = 1e-5;

/// An array of the truth.
#[derive(Clone, Debug, PartialEq)]
pub struct TruthArray {
    /// Its name in the archive.
    pub name: String,
    /// Names of its axes.
    pub axes: Vec<&'static str>,
    /// Unit of its numbers; `1` for plain ones.
    pub unit: &'static str,
    /// The numbers.
    pub values: ArrayD<f64>,
}

/// Where people's joints and things are at some times, and what a perfect radar would measure of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// The arrays, the times first.
    pub arrays: Vec<TruthArray>,
    /// Lists of names.
    pub words: Vec<(String, Vec<String>)>,
    /// What there is to know of the people and the things.
    pub about: Value,
}

/// What is written of a place at a time: x, y, z, range, radial velocity, azimuth, elevation.
const COLUMNS: usize = 7;

/// Quantities of places, their units and columns.
const QUANTITIES: [(&str, &str, std::ops::Range<usize>); 5] = [
    ("position_m", "m", 0..3),
    ("range_m", "m", 3..4),
    ("radial_velocity_mps", "m/s", 4..5),
    ("azimuth_rad", "rad", 5..6),
    ("elevation_rad", "rad", 6..7),
];

impl Truth {
    /// The array of a name.
    pub fn array(&self, name: &str) -> Option<&ArrayD<f64>> {
        self.arrays.iter().find(|array| array.name == name).map(|array| &array.values)
    }

    fn push(&mut self, name: String, axes: &[&'static str], unit: &'static str, shape: &[usize], values: Vec<f64>) {
        // Shapes are those that the values were made for.
        if let Ok(values) = ArrayD::from_shape_vec(IxDyn(shape), values) {
            self.arrays.push(TruthArray { name, axes: axes.to_vec(), unit, values });
        }
    }

    /// Adds the quantities of places, `rows[time][place · column]`; `inner` names the axis of several places.
    fn places(&mut self, prefix: &str, inner: Option<&'static str>, rows: &[Vec<f64>]) {
        let count = rows.first().map_or(0, |row| row.len() / COLUMNS);
        for (quantity, unit, columns) in QUANTITIES {
            let part = |row: &Vec<f64>| -> Vec<f64> {
                row.chunks(COLUMNS).flat_map(|place| place[columns.clone()].iter().copied()).collect()
            };
            let values = rows.iter().flat_map(part).collect();
            let (mut axes, mut shape) = (vec!["time"], vec![rows.len()]);
            if let Some(inner) = inner {
                axes.push(inner);
                shape.push(count);
            }
            if columns.len() > 1 {
                axes.push("xyz");
                shape.push(columns.len());
            }
            self.push(format!("{prefix}_{quantity}"), &axes, unit, &shape, values);
        }
    }
}

/// The quantities of places that `at` gives for a time; what `starts` with the recording is at rest before it, and its velocity at time 0 is that of
/// its start.
fn quantities(watcher: &Watcher, time_s: f64, (step, starts): (f64, bool), at: impl Fn(f64) -> Vec<Vec3>) -> Vec<f64> {
    let now = at(time_s);
    let around_s = around(if starts { time_s.max(2.0 * step) } else { time_s }, step);
    let moved = around_s.map(&at);
    let mut row = Vec::with_capacity(now.len() * COLUMNS);
    for (i, place) in now.iter().enumerate() {
        let ranges = std::array::from_fn(|k| watcher.range(around_s[k], moved[k][i]));
        let [azimuth, elevation] = watcher.direction(time_s, *place);
        row.extend(place.iter());
        row.extend([watcher.range(time_s, *place), derivative(ranges, step), azimuth, elevation]);
    }
    row
}

fn quaternion(turn: &Rotation) -> [f64; 4] {
    [turn.w, turn.i, turn.j, turn.k]
}

/// Names of the joints of a skeleton: SMPL's, whose first 22 all models of its family have.
pub fn joint_names(count: usize) -> Vec<String> {
    let named = if count == Joint::ALL.len() { count } else { 22 };
    let name = |joint: &Joint| serde_json::to_value(joint).ok().and_then(|v| v.as_str().map(str::to_owned));
    (0..count).map(|i| Joint::ALL[..named].get(i).and_then(name).unwrap_or_else(|| format!("joint_{i}"))).collect()
}

impl SceneDraw {
    /// The truth of `frames` frames.
    pub fn truth(&self, clock: TruthClock, frames: usize) -> Result<Truth, SceneError> {
        let sounding = self.radar.device().sounding(true);
        let watcher = Watcher::new(self, &sounding);
        let wavelength = SPEED_OF_LIGHT / sounding.centre_hz();
        let times = clock.times(&sounding, frames);
        let mut truth = Truth { arrays: Vec::new(), words: Vec::new(), about: Value::Null };
        let performers: Vec<_> =
            self.people.iter().map(|p| p.acting(&self.radar_pose, self.duration_s)).collect::<Result<_, _>>()?;
        let joints: usize = performers.iter().map(|p| p.mesh.body().skeleton.rest.len()).sum();
        let bytes =
            times.len().saturating_mul(8 * (joints * COLUMNS + 4 * performers.len() + 13 * self.objects.len() + 1));
        if bytes > MAX_BYTES {
            return Err(SceneError::TruthTooLarge { times: times.len(), bytes, limit: MAX_BYTES });
        }
        truth.push("times_s".into(), &["time"], "s", &[times.len()], times.clone());
        let mut people = Vec::new();
        for (i, (person, drawn)) in performers.iter().zip(&self.people).enumerate() {
            let skeleton = &person.mesh.body().skeleton;
            let pose = |t: f64| person.mesh.pose_at(t + person.start_s);
            let places = |t: f64| skeleton.frames(&pose(t)).iter().map(|joint| joint.position).collect::<Vec<Vec3>>();
            let rows: Vec<Vec<f64>> =
                times.par_iter().map(|&t| quantities(&watcher, t, (CLIP_STEP_S, true), places)).collect();
            let roots: Vec<f64> = times
                .par_iter()
                .flat_map_iter(|&t| quaternion(&pose(t).rotations.first().copied().unwrap_or_default()))
                .collect();
            let names = joint_names(skeleton.rest.len());
            let root: Vec<f64> = rows.iter().flat_map(|row| row[..3].to_vec()).collect();
            truth.places(&format!("person_{i}_joint"), Some("joint"), &rows);
            truth.push(format!("person_{i}_root_position_m"), &["time", "xyz"], "m", &[times.len(), 3], root);
            truth.push(format!("person_{i}_root_rotation"), &["time", "wxyz"], "1", &[times.len(), 4], roots);
            if let Some(met) = drawn.waypoint_times(person)? {
                let values = met.iter().flatten().copied().collect();
                let axes = ["waypoint", "arrives_leaves"];
                truth.push(format!("person_{i}_waypoint_times_s"), &axes, "s", &[met.len(), 2], values);
            }
            truth.words.push((format!("person_{i}_joint_names"), names));
            people.push(json!({"motion": drawn.motion}));
        }
        let mut objects = Vec::new();
        for (i, object) in self.objects.iter().enumerate() {
            let movement = object.movement()?;
            let middle = object.middle();
            let place = |t: f64| {
                let (position, turn) = movement.at(t);
                vec![position + turn * middle]
            };
            let rows: Vec<Vec<f64>> =
                times.par_iter().map(|&t| quantities(&watcher, t, (STEP_S, movement.is_on_path()), place)).collect();
            let turns: Vec<f64> = times.par_iter().flat_map_iter(|&t| quaternion(&movement.at(t).1)).collect();
            truth.places(&format!("object_{i}"), None, &rows);
            truth.push(format!("object_{i}_rotation"), &["time", "wxyz"], "1", &[times.len(), 4], turns);
            if let Some(echo) = object.object.echo(object.rcs_dbsm) {
                let rcs = |&t: &f64| {
                    let (position, turn) = movement.at(t);
                    echo.rcs_m2(turn.inverse() * watcher.back(t, position), wavelength)
                };
                let values = times.par_iter().map(rcs).collect();
                truth.push(format!("object_{i}_rcs_m2"), &["time"], "m^2", &[times.len()], values);
            }
            objects.push(json!({"kind": object.object.kind()}));
        }
        truth.about = json!({
            "clock": clock,
            "frames": frames,
            "times_per_frame": clock.in_frame(&sounding),
            "first_sample_s": sounding.tones.time_s(0),
            "wavelength_m": wavelength,
            "people": people,
            "objects": objects,
        });
        Ok(truth)
    }
}
