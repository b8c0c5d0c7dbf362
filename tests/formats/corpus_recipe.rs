//! Recipes: every problem at once, with its line; places, ranges and splits.

use kinecho::base::yaml::Document;
use kinecho::corpus::{Recipe, SampleMaker};
use std::collections::BTreeMap;

fn recipe(text: &str) -> Result<Recipe, String> {
    let document = Document::parse(text, "recipe.yaml".as_ref()).map_err(|e| e.to_string())?;
    Recipe::from_document(&document).map_err(|e| e.to_string())
}

fn maker(text: &str) -> SampleMaker {
    SampleMaker::new(&recipe(text).unwrap()).unwrap()
}

#[test]
fn all_problems_are_found_before_the_first_sample() {
    let error = recipe(
        "version: 1
subjects: 0
repetitions: 1
samples_per_shard: 0
activities: [squat, moonwalk]
scene:
  people: [{}]
  duration_s: 1.0
sensor:
  loops_per_frame: 3
chain:
  heatmaps:
    window: 100000
    hop: 0
    dynamic_range_db: -3
  points:
    detect:
      azimuth_fft: 2
      range_cfar: {mode: cell_averaging, noise_cells: 0, guard_cells: 4, threshold_db: 900, cyclic: false}
    maps:
      rows: 0
      gain: 0
",
    )
    .unwrap_err();
    for part in [
        "recipe.yaml:2: subjects",
        "recipe.yaml:4: samples_per_shard",
        "moonwalk",
        "recipe.yaml:10: sensor.loops_per_frame",
        "recipe.yaml:13: chain.heatmaps.window",
        "recipe.yaml:14: chain.heatmaps.hop: 0; expected",
        "recipe.yaml:15: chain.heatmaps.dynamic_range_db",
        "recipe.yaml:18: chain.points.detect.azimuth_fft",
        "chain.points.detect.range_cfar.noise_cells",
        "chain.points.detect.range_cfar.threshold_db",
        "recipe.yaml:21: chain.points.maps.rows",
        "recipe.yaml:22: chain.points.maps.gain",
        "chain.points.maps.length_s: 3 s; the recording has only 1 s",
    ] {
        assert!(error.contains(part), "{part} is not in\n{error}");
    }
}

const PLACES: &str = "
version: 1
seed: 4
activities: [jumping_jack, squat, bow]
subjects: 3
repetitions: 2
scene:
  people: [{range_m: [2, 3]}]
  duration_s: 1.0
places:
  - name: office
  - name: lab
    scene: {radar_pose: {height_m: 0.7}, people: [{azimuth_deg: [10, 20]}]}
sensor: {noise_figure_db: [10, 20]}
splits:
  - {name: zero_shot, activity_groups: [1]}
  - {name: other_place, places: [lab]}
  - {name: validation, last_subjects: 1}
output: {heatmaps: {}}
";

#[test]
fn places_and_splits_follow_from_the_id() {
    let maker = maker(PLACES);
    assert_eq!(maker.len(), 3 * 3 * 2 * 2);
    let mut splits: BTreeMap<String, u32> = BTreeMap::new();
    for id in 0..maker.len() {
        let planned = maker.planned(id);
        assert_eq!(planned, maker.planned(id), "a pure function");
        *splits.entry(planned.split.clone()).or_default() += 1;
        let expected = match (planned.activity.as_str(), planned.place_name.as_str(), planned.subject) {
            ("jumping_jack" | "bow", ..) => "zero_shot",
            (_, "lab", _) => "other_place",
            (_, _, 2) => "validation",
            _ => "train",
        };
        assert_eq!(planned.split, expected, "{planned:?}");
    }
    let expected = [("other_place", 6), ("train", 4), ("validation", 2), ("zero_shot", 24)];
    assert_eq!(splits, expected.map(|(name, n)| (name.to_owned(), n)).into());
    // Ids count repetitions first, then places, activities and subjects.
    let planned = maker.planned(12 + 4 + 2 + 1);
    assert_eq!((planned.subject, planned.activity.as_str(), planned.place, planned.repetition), (1, "squat", 1, 1));
}

/// What places were called first: the same recipe, and messages that call them so.
#[test]
fn recipes_with_rooms_are_read() {
    let older = PLACES.replace("places:", "rooms:");
    assert_eq!(older.matches("rooms").count(), 2);
    assert_eq!(recipe(&older).unwrap(), recipe(PLACES).unwrap());
    for (from, to, words) in [
        ("rooms: [lab]", "rooms: [attic]", &["recipe.yaml:17: splits.1.rooms", "no place is called `attic`"][..]),
        ("rooms: [lab]", "rooms: [lab], places: [lab]", &["recipe.yaml:17: splits.1.rooms: stands beside `places`"]),
        ("rooms: [lab]", "places: [attic]", &["recipe.yaml:17: splits.1.places"]),
        ("height_m: 0.7", "height_m: 70", &["recipe.yaml:13: rooms.1.scene.radar_pose.height_m"]),
        ("seed: 4", "places: []", &["recipe.yaml:10: rooms: stands beside `places`, its newer name"]),
        ("name: lab\n", "name: lab\n    walls: 4\n", &["rooms.1", "unknown field `walls`"]),
    ] {
        assert!(older.contains(from), "{from}");
        let error = recipe(&older.replace(from, to)).expect_err(to);
        for word in words {
            assert!(error.contains(word), "`{word}` is not in: {error}");
        }
    }
}

#[test]
fn wrong_places_and_splits_are_named() {
    for (from, to, words) in [
        ("places: [lab]", "places: [attic]", &["splits.1.places", "attic", "office, lab"][..]),
        ("activity_groups: [1]", "activity_groups: [9]", &["recipe.yaml:16:", "no group 9"]),
        ("last_subjects: 1", "last_subjects: 4", &["splits.2.last_subjects", "1 to 3"]),
        ("last_subjects: 1", "activities: [kick]", &["`kick` is none"]),
        (", last_subjects: 1", "", &["has no condition"]),
        ("name: validation", "name: Über", &["splits.2.name"]),
        ("places: [lab]", "places: [lab, office]", &["splits.2: split `validation` would be empty"]),
        ("name: lab", "name: office", &["places.1.name", "named twice"]),
        ("height_m: 0.7", "height_m: 70", &["recipe.yaml:13: places.1.scene.radar_pose.height_m"]),
        ("height_m: 0.7", "heigth_m: 70", &["places.1.scene", "heigth_m"]),
        ("azimuth_deg: [10, 20]", "stature_m: 1.9", &["belongs to the subject"]),
        (
            "noise_figure_db: [10, 20]",
            "noise_figure_db: [10, 90]",
            &["recipe.yaml:14: sensor.noise_figure_db", "at most"],
        ),
        ("seed: 4", "validation_subjects: 1", &["validation_subjects", "one of the two"]),
        ("output: {heatmaps: {}}", "output: {cubes: true}", &["output: expected `heatmaps`", "input of the models"]),
        ("output: {heatmaps: {}}", "output: {csi: {}}", &["recipe.yaml:19: output.csi: unknown field", "`chain:`"]),
        ("output: {heatmaps: {}}", "output: {heatmaps: {rows: 0}}", &["recipe.yaml:19: output.heatmaps.rows: 0"]),
        ("output: {heatmaps: {}}", "chain: {heatmaps: {}}\nkeep: [points]", &["recipe.yaml:20: keep: `points`"]),
        (
            "output: {heatmaps: {}}",
            "chain: {heatmaps: {}, points: {}}",
            &["chain.points.prefix", "`time_doppler`", "made twice"],
        ),
        (
            "output: {heatmaps: {}}",
            "chain: {heatmaps: {rows: 9}}\noutput: {heatmaps: {rows: 8}}",
            &["output.heatmaps.rows: stands beside `chain.heatmaps.rows`"],
        ),
        ("output: {heatmaps: {}}", "chain: {heatmaps: {}}\noutput: {points: {}}", &["output: stands beside `chain`"]),
    ] {
        assert!(PLACES.contains(from), "{from}");
        let error = recipe(&PLACES.replace(from, to)).expect_err(to);
        for word in words {
            assert!(error.contains(word), "`{word}` is not in: {error}");
        }
    }
}

/// What places and sensor ranges draw arrives in the samples, and depends on nothing but seed and id.
#[test]
fn draws_arrive_in_the_samples() {
    let cheap = PLACES
        .replace("range_m: [2, 3]", "range_m: [1, 2]")
        .replace("duration_s: 1.0", "duration_s: 0.2\n  radar: {preset: awr1843, with: {loops_per_frame: 8, samples_per_chirp: 32, sample_rate_hz: 1.0e+6}}")
        .replace("heatmaps: {}", "heatmaps: {window: 8, rows: 8, columns: 8}, points: {maps: {length_s: 0.2, rows: 8, columns: 8}}, cubes: true");
    let maker = maker(&cheap);
    let sample = maker.make(2).unwrap();
    assert_eq!((sample.meta.session.as_str(), sample.meta.split.as_str()), ("lab", "zero_shot"));
    let names: Vec<&str> = sample.extras.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["points", "cube"]);
    let quantity = |name: &str| sample.views.get(name).unwrap().quantity.as_str();
    let found = (quantity("time_doppler"), quantity("points_time_doppler"));
    assert_eq!(found, ("scaled_log_magnitude", "scaled_log_count"));
    assert_eq!(sample.extra("cube").unwrap().info.unit, "sqrt(W)");
    let draw = &sample.meta.details["scene"];
    assert_eq!(draw["radar_pose"]["position"][2], 0.7);
    let azimuth = draw["people"][0]["azimuth_deg"].as_f64().unwrap();
    assert!((10.0..20.0).contains(&azimuth), "{azimuth}");
    let noise = draw["radar"]["noise_figure_db"].as_f64().unwrap();
    let other = maker.make(3).unwrap().meta.details["scene"]["radar"]["noise_figure_db"].as_f64().unwrap();
    assert!((10.0..20.0).contains(&noise) && noise != other, "{noise} {other}");
    assert_eq!(maker.make(2).unwrap(), sample);
}
