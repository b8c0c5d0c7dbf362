//! Places of a recipe: named variants of its scene. A place is all that stands still: walls, furniture, where the sensor is.

use crate::base::yaml::{Problem, typed_value};
use crate::scene::{Scene, SceneSpec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_yaml::Value;
use std::path::Path;

/// A place: a name, and what of the recipe's scene is different there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceSpec {
    /// Name, which becomes the session of its samples: letters, digits, `_` and `-`.
    pub name: String,
    /// Keys of the scene and their values in this place; keys that are absent stay as they are.
    #[serde(default)]
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub scene: Value,
}

/// Keys of a scene whose values are files.
const FILES: [&str; 5] = ["file", "mesh", "body", "joint_map", "motion_file"];

impl PlaceSpec {
    /// Takes the files that it names as relative to the folder of `origin`, as the recipe's scene does.
    pub(super) fn beside(&mut self, origin: &Path) {
        if let Some(folder) = origin.parent() {
            beside(&mut self.scene, folder);
        }
    }
}

fn beside(value: &mut Value, folder: &Path) {
    match value {
        Value::Mapping(map) => {
            for (key, value) in map {
                match value {
                    Value::String(file) if key.as_str().is_some_and(|key| FILES.contains(&key)) => {
                        let joined = folder.join(&*file);
                        *file = std::path::absolute(&joined).unwrap_or(joined).display().to_string();
                    }
                    value => beside(value, folder),
                }
            }
        }
        Value::Sequence(values) => values.iter_mut().for_each(|value| beside(value, folder)),
        _ => {}
    }
}

/// A place whose every value is admissible.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its name; empty for the one place of a recipe that names none.
    pub name: String,
    /// The scene that recordings in it are drawn from.
    pub scene: Scene,
}

/// What of a person belongs to the subject and not to the place.
const OF_SUBJECT: [&str; 6] = ["stature_m", "body_mass_index", "sex", "muscle", "body", "betas"];
/// What of a person the recipe fills in.
const OF_RECIPE: [&str; 2] = ["motion_file", "motion_start_s"];

/// The places of a recipe with their scenes checked; the keys of the problems are relative to the recipe.
pub(super) fn check(base: &SceneSpec, places: &[PlaceSpec]) -> Result<Vec<Place>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut checked = Vec::new();
    match Scene::check(base, true).map(|scene| Place { name: String::new(), scene }) {
        Ok(place) if places.is_empty() => return Ok(vec![place]),
        Ok(_) => {}
        Err(found) => problems.extend(found.into_iter().map(|p| p.under("scene"))),
    }
    // What is wrong with the base is wrong in every place; once is enough.
    let base_is_sound = problems.is_empty();
    for (i, place) in places.iter().enumerate() {
        let key = format!("places.{i}");
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if place.name.is_empty() || place.name.len() > 64 || !place.name.chars().all(plain) {
            let message = format!("`{}`; expected 1 to 64 letters, digits, `_` and `-`", place.name);
            problems.push(Problem::new(format!("{key}.name"), message));
        }
        if places[..i].iter().any(|other| other.name == place.name) {
            problems.push(Problem::new(format!("{key}.name"), format!("`{}` is named twice", place.name)));
        }
        for person in place.scene.get("people").and_then(Value::as_sequence).into_iter().flatten() {
            for name in OF_SUBJECT.into_iter().filter(|name| person.get(name).is_some()) {
                let message = "belongs to the subject, who is the same in all places; set it in `scene.people`";
                problems.push(Problem::new(format!("{key}.scene.people.0.{name}"), message));
            }
            for name in OF_RECIPE.into_iter().filter(|name| person.get(name).is_some()) {
                let message = "is filled in by the recipe's `motions`; leave it out";
                problems.push(Problem::new(format!("{key}.scene.people.0.{name}"), message));
            }
        }
        match there(base, &place.scene) {
            Ok(spec) if people_problems(base).is_empty() && !people_problems(&spec).is_empty() => {
                problems.extend(people_problems(&spec).into_iter().map(|p| p.under(&format!("{key}.scene"))));
            }
            Ok(spec) => match Scene::check(&spec, true).map(|scene| Place { name: place.name.clone(), scene }) {
                Ok(place) => checked.push(place),
                Err(found) if base_is_sound => {
                    problems.extend(found.into_iter().map(|p| p.under(&format!("{key}.scene"))));
                }
                Err(_) => {}
            },
            Err(problem) => problems.push(problem.under(&format!("{key}.scene"))),
        }
    }
    if problems.is_empty() { Ok(checked) } else { Err(problems) }
}

/// What is wrong with who is in a scene: the first person does what the recipe asks for, what others do is said of each.
pub(super) fn people_problems(scene: &SceneSpec) -> Vec<Problem> {
    let Some((first, others)) = scene.people.split_first() else {
        return vec![Problem::new("people", "nobody; a recipe has at least one person")];
    };
    let mut problems = Vec::new();
    if first.motion.is_some() || first.motion_file.is_some() {
        problems.push(Problem::new("people.0.motion", "is filled in by the recipe's activities; leave it out"));
    }
    for (i, other) in others.iter().enumerate() {
        if other.motion.is_none() && other.motion_file.is_none() && other.waypoints.is_none() {
            let message = "expected what this person does: the recipe's activities are the first one's";
            problems.push(Problem::new(format!("people.{}.motion", i + 1), message));
        }
    }
    problems
}

/// The scene of a place.
fn there(base: &SceneSpec, changes: &Value) -> Result<SceneSpec, Problem> {
    if !(changes.is_null() || changes.is_mapping()) {
        return Err(Problem::new("", "expected keys of the scene and their values"));
    }
    let mut scene = serde_yaml::to_value(base).map_err(|e| Problem::new("", e.to_string()))?;
    overlay(&mut scene, changes);
    typed_value(&scene)
}

/// Puts `changes` over `value`: mappings key by key, lists of the same length entry by entry, everything else as a whole.
fn overlay(value: &mut Value, changes: &Value) {
    match (value, changes) {
        (_, Value::Null) => {}
        (Value::Mapping(into), Value::Mapping(from)) => {
            for (key, change) in from {
                overlay(into.entry(key.clone()).or_insert(Value::Null), change);
            }
        }
        (Value::Sequence(into), Value::Sequence(from)) if into.len() == from.len() => {
            into.iter_mut().zip(from).for_each(|(into, from)| overlay(into, from));
        }
        (into, from) => *into = from.clone(),
    }
}
