//! Keys of older files, read in one place: `output:` and `rooms:` of recipes, and what imports said without a `chain:`.

use crate::base::yaml::Problem;
use serde_yaml::{Mapping, Value};

/// Newer names and the older ones that stand for them, for messages.
pub const RECIPE_NAMES: [(&str, &str); 4] =
    [("chain", "output"), ("keep", "output.cubes"), ("places", "rooms"), ("splits.*.places", "splits.*.rooms")];
/// The same in the settings of an import.
pub const IMPORT_NAMES: [(&str, &str); 4] =
    [("chain.points.maps", "maps"), ("chain.heatmaps", "heatmaps"), ("chain.points", "points"), ("keep", "cubes")];

/// The same in a scene's file.
pub const SCENE_NAMES: [(&str, &str); 2] = [("chain.points.detect", "outputs.points"), ("chain.heatmaps", "heatmaps")];

/// Gives a scene's file with `heatmaps:` or `outputs.points:` the newer key `chain:`; whether it had the older.
pub fn upgrade_scene(file: &mut Value) -> Result<bool, Problem> {
    let Some(fields) = file.as_mapping_mut() else { return Ok(false) };
    let mut old = Mapping::new();
    if let Some(heatmaps) = fields.remove("heatmaps") {
        old.insert("heatmaps".into(), heatmaps);
    }
    let detect = fields.get_mut("outputs").and_then(Value::as_mapping_mut).and_then(|outputs| outputs.remove("points"));
    let mut points = Mapping::new();
    if let Some(detect) = detect.filter(|detect| !detect.is_null()) {
        points.insert("detect".into(), detect);
        old.insert("points".into(), Value::Mapping(points));
    }
    let had = !old.is_empty();
    move_chain(fields, &mut old)?;
    Ok(had)
}

/// Gives a recipe with `output:` the newer keys `chain:` and `keep:`, and one with `rooms:`, in its splits too, `places:`; whether it
/// had older ones.
pub fn upgrade_recipe(recipe: &mut Value) -> Result<bool, Problem> {
    let Some(fields) = recipe.as_mapping_mut() else { return Ok(false) };
    let mut had = rename(fields, "rooms", "places")?;
    let splits = fields.get_mut("splits").and_then(Value::as_sequence_mut);
    for (i, split) in splits.into_iter().flatten().enumerate() {
        let Some(split) = split.as_mapping_mut() else { continue };
        had |= rename(split, "rooms", "places").map_err(|p| p.under(&format!("splits.{i}")))?;
    }
    Ok(upgrade_output(fields)? || had)
}

/// Gives a key its newer name; whether it had the older.
fn rename(fields: &mut Mapping, older: &str, newer: &str) -> Result<bool, Problem> {
    let Some(value) = fields.remove(older) else { return Ok(false) };
    match fields.insert(newer.into(), value) {
        Some(_) => {
            Err(Problem::new(older, format!("stands beside `{newer}`, its newer name; expected that one alone")))
        }
        None => Ok(true),
    }
}

/// Gives a recipe with `output:` the newer keys `chain:` and `keep:`; whether it had the older.
fn upgrade_output(fields: &mut Mapping) -> Result<bool, Problem> {
    if !fields.get("output").is_some_and(Value::is_mapping) {
        return Ok(false);
    }
    let beside = ["chain", "keep"].into_iter().find(|newer| fields.contains_key(*newer));
    let Some(Value::Mapping(mut output)) = fields.remove("output") else { return Ok(false) };
    move_chain(fields, &mut output).map_err(|p| p.under("output"))?;
    if let Some(newer) = beside {
        return Err(Problem::new(
            "output",
            format!("stands beside `{newer}`, its newer name; expected that one alone"),
        ));
    }
    match output.keys().next() {
        Some(key) => {
            let key = key.as_str().unwrap_or_default();
            let message = "unknown field, expected one of `heatmaps`, `points`, `cubes` (now `chain:` and `keep:`)";
            Err(Problem::new(format!("output.{key}"), message))
        }
        None => Ok(true),
    }
}

/// Gives the settings of an import the newer keys; whether they had older ones.
pub fn upgrade_import(config: &mut Value) -> Result<bool, Problem> {
    let Some(fields) = config.as_mapping_mut() else { return Ok(false) };
    let mut old = Mapping::new();
    let maps_alone = fields.contains_key("maps");
    for key in ["heatmaps", "points", "cubes"] {
        if let Some(value) = fields.remove(key) {
            old.insert(key.into(), value);
        }
    }
    if let Some(maps) = fields.remove("maps") {
        if old.contains_key("points") {
            return Err(Problem::new("maps", "stands beside `points`; expected one of them, or `chain:`"));
        }
        old.insert("points".into(), Value::Mapping([("maps".into(), maps)].into_iter().collect()));
    }
    let had = !old.is_empty();
    move_chain(fields, &mut old).map_err(|p| match p.key.strip_prefix("points.") {
        // As it was typed.
        Some(rest) if maps_alone => Problem::new(rest, p.message),
        _ => p,
    })?;
    Ok(had)
}

/// Moves `heatmaps`, `points` and `cubes` to where they stand now.
fn move_chain(to: &mut Mapping, from: &mut Mapping) -> Result<(), Problem> {
    let mut chain = Mapping::new();
    for key in ["heatmaps", "points"] {
        if let Some(value) = from.remove(key).filter(|value| !value.is_null()) {
            chain.insert(key.into(), value);
        }
    }
    let cubes = match from.remove("cubes") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(cubes)) => cubes,
        Some(_) => return Err(Problem::new("cubes", "expected true or false (now `keep: [cube]`)")),
    };
    // Beside heatmaps, maps of points were an array of their own.
    if let (true, Some(Value::Mapping(points))) = (chain.contains_key("heatmaps"), chain.get_mut("points")) {
        points.entry("prefix".into()).or_insert("points_".into());
    }
    if cubes {
        let mut keep = vec![Value::from("cube")];
        keep.extend(chain.contains_key("points").then(|| Value::from("points")));
        if to.insert("keep".into(), Value::Sequence(keep)).is_some() {
            return Err(Problem::new("cubes", "stands beside `keep`, its newer name; expected one of them"));
        }
    }
    for (key, value) in chain {
        let key = key.as_str().unwrap_or_default();
        let there = to.entry("chain".into()).or_insert_with(|| Value::Mapping(Mapping::new()));
        let Some(there) = there.as_mapping_mut() else { return Ok(()) };
        match there.get_mut(key) {
            Some(newer) if !newer.is_null() => merge(newer, value).map_err(|p| contradiction(&p.under(key).key))?,
            _ => {
                there.insert(key.into(), value);
            }
        }
    }
    Ok(())
}

/// Adds older values to newer ones; both must not say the same thing.
fn merge(newer: &mut Value, older: Value) -> Result<(), Problem> {
    match (newer, older) {
        (Value::Mapping(newer), Value::Mapping(older)) => {
            for (key, value) in older {
                match newer.get_mut(&key) {
                    Some(there) => merge(there, value).map_err(|p| p.under(key.as_str().unwrap_or_default()))?,
                    None => {
                        newer.insert(key, value);
                    }
                }
            }
            Ok(())
        }
        _ => Err(Problem::new("", "")),
    }
}

fn contradiction(key: &str) -> Problem {
    Problem::new(key, format!("stands beside `chain.{key}`, its newer name; expected that one alone"))
}
