//! The file and line that errors of YAML files name, however the file is laid out.

use kinecho::base::yaml::Document;
use kinecho::corpus::Recipe;
use std::fs;
use std::path::Path;

fn refused(document: &Document) -> String {
    Recipe::from_document(document).map(|_| ()).unwrap_err().to_string()
}

fn parsed(text: &str) -> Result<Document, String> {
    Document::parse(text, "r.yaml".as_ref()).map_err(|e| e.to_string())
}

/// Line of the marked part of a text, from 1.
fn marked(text: &str) -> usize {
    text.lines().position(|line| line.contains("(!)")).unwrap() + 1
}

/// A recipe in which one value is out of its range or not there, marked `(!)` in a comment on the line of its key, and the key.
const LAYOUTS: [(&str, &str, &str); 19] = [
    ("block", "version: 1\nsubjects: 0 # (!)\nrepetitions: 1\noutput: {points: {}}\n", "subjects"),
    (
        "a sibling further up has the same key",
        "version: 1\nsubjects: 1\nrepetitions: 1\noutput:\n  points:\n    maps: {rows: 8}\n  heatmaps:\n    rows: 0 # (!)\n",
        "output.heatmaps.rows",
    ),
    (
        "flow style over several lines",
        "{version: 1, subjects: 1,\n repetitions: 1, output: {points: {maps: {columns: 9,\n   rows: 0, # (!)\n   gain: 1}}}}\n",
        "output.points.maps.rows",
    ),
    (
        "JSON",
        "{\"version\": 1,\n \"subjects\": 1,\n \"repetitions\": 1,\n \"output\": {\n  \"points\": {\n   \"maps\": {\"rows\": 8,\n    \"gain\": 0 # (!)\n}}}}\n",
        "output.points.maps.gain",
    ),
    ("quoted keys", "version: 1\n'subjects': 1\n\"repetitions\": 0 # (!)\noutput: {points: {}}\n", "repetitions"),
    (
        "comments and texts name the key",
        "# subjects: 0\nversion: 1\nname: 'subjects: 0'\nsubjects: 0 # (!) subjects: 1\nrepetitions: 1 # subjects\noutput: {points: {}}\n",
        "subjects",
    ),
    (
        "a text of several lines looks like the key",
        "version: 1\nname: |\n  subjects: 1\n  repetitions: 1\nsubjects: 0 # (!)\nrepetitions: 1\noutput: {points: {}}\n",
        "subjects",
    ),
    (
        "a list that is not indented",
        "version: 1\nsubjects: 1\nrepetitions: 1\nactivities:\n- squat\n- moonwalk # (!)\noutput: {points: {}}\n",
        "activities.1",
    ),
    (
        "a list in a list's entry, entries of their own lines",
        "version: 1\nsubjects: 1\nrepetitions: 1\nscene:\n  people:\n  -\n    range_m:\n      - 2\n      - 1\n    facing_deg: 900 # (!)\noutput: {points: {}}\n",
        "scene.people.0.facing_deg",
    ),
    (
        "a list in brackets over several lines",
        "version: 1\nsubjects: 1\nrepetitions: 1\nactivities: [squat,\n  kick,\n  moonwalk, # (!)\n  bow]\noutput: {points: {}}\n",
        "activities.2",
    ),
    (
        "an alias",
        "version: 1\nsubjects: 1\nrepetitions: 1\noutput:\n  heatmaps: {rows: 8}\n  points:\n    detect:\n      range_cfar: &cfar {mode: cell_averaging, noise_cells: 8, guard_cells: 4,\n        threshold_db: 900, # (!)\n        cyclic: false}\n      doppler_cfar: *cfar\n",
        "output.points.detect.doppler_cfar.threshold_db",
    ),
    (
        "a merged map",
        "version: 1\nsubjects: 1\nrepetitions: 1\nscene: {people: [{}], duration_s: 3}\nrooms:\n- name: a\n  scene: &base\n    radar_pose: {height_m: 70} # (!)\n- name: b\n  scene:\n    <<: *base\n    duration_s: 4\noutput: {points: {}}\n",
        "rooms.1.scene.radar_pose.height_m",
    ),
    (
        "a document start",
        "%YAML 1.1\n---\nversion: 1\nsubjects: 1\nrepetitions: 0 # (!)\noutput: {points: {}}\n...\n",
        "repetitions",
    ),
    ("a byte-order mark", "\u{feff}version: 1\nsubjects: 0 # (!)\nrepetitions: 1\noutput: {points: {}}\n", "subjects"),
    (
        "carriage returns",
        "version: 1\r\nsubjects: 1\r\nrepetitions: 0 # (!)\r\noutput: {points: {}}\r\n",
        "repetitions",
    ),
    (
        "explicit keys",
        "? version\n: 1\n? subjects # (!)\n: 0\n? repetitions\n: 1\n? output\n: points: {}\n",
        "subjects",
    ),
    ("a missing value of a map", "version: 1\nsubjects: 1\nrepetitions: 1\noutput: # (!)\n  cubes: true\n", "output"),
    (
        "a missing value of a list's entry",
        "version: 1\nsubjects: 1\nrepetitions: 1\nsplits:\n- {name: a, last_subjects: 1}\n- name: b # (!)\noutput: {points: {}}\n",
        "splits.1.name",
    ),
    (
        "a value from a list of numbers",
        "version: 1\nsubjects: 1\nrepetitions: 1\nscene:\n  people:\n  - range_m: [1, 2]\n    azimuth_deg: # (!)\n    - 30\n    - 10\noutput: {points: {}}\n",
        "scene.people.0.azimuth_deg",
    ),
];

#[test]
fn values_out_of_range_are_found_in_every_layout() {
    for (layout, text, key) in LAYOUTS {
        let error = refused(&parsed(text).unwrap());
        let expected = format!("r.yaml:{}: {key}: ", marked(text));
        assert!(error.lines().any(|line| line.starts_with(&expected)), "{layout}: {expected} is not in\n{error}");
    }
}

#[test]
fn unknown_keys_and_wrong_types_are_found_in_every_layout() {
    let wrong = [
        "version: 1\nsubjects: 1\nrepetitions: 1\nrepetition: 2 # (!)\noutput: {points: {}}\n",
        "version: 1\nsubjects: 1\nrepetitions: 1\noutput: {points: {maps: {rows: 8,\n  row: 8}}} # (!)\n",
        "version: 1\nsubjects: 1\nrepetitions: 1\nsimulation:\n  hidden_point:\n    radius_factor: 1000\n  radius: 1 # (!)\noutput: {points: {}}\n",
        "version: 1\nsubjects: 1\nrepetitions: 1\nscene:\n  people:\n  - stature_m: 1.7\n    start_s: x # (!)\noutput: {points: {}}\n",
        "version: 1\nsubjects: 1\nrepetitions: 1\nscene:\n  people:\n  - stature_m: 1.7\n  - range_m: 1\n    hight_m: 2 # (!)\noutput: {points: {}}\n",
        "version: 1\nsubjects: many # (!)\nrepetitions: 1\noutput: {points: {}}\n",
        "version: 1\nname: |\n  subjects: 1\nsubjects: 1\nrepetitions: [1] # (!)\noutput: {points: {}}\n",
        "version: 1\nsubjects: 1\nrepetitions: 1\nscene:\n  radar:\n    with:\n      loops_per_frame: 8\n      samples_per_chirp: a # (!)\noutput: {points: {}}\n",
        "version: 1\nsubjects: 1\nrepetitions: 1\nscene:\n  radar: {with: {sample_rate: 1}} # (!)\noutput: {points: {}}\n",
        "version: 1\nsubjects: 1\nrepetitions: 1\nrooms:\n- name: a\n  scene: {duration_s: 3}\n- name: b\n  scene:\n    people: [{}]\n    duration: 3 # (!)\noutput: {points: {}}\n",
        "version: 1\nsubjects: 1\nrepetitions: 1\noutput:\n  points:\n    detect:\n      range_cfar: &c {mode: cell_averaging, noise_cells: 8, guard_cells: 4,\n        threshold_db: high, # (!)\n        cyclic: false}\n      doppler_cfar: *c\n",
        "version: 1\nsubjects: 1\nsubjects: 2 # (!)\nrepetitions: 1\noutput: {points: {}}\n",
        "version: 1\nsubjects: [1\nrepetitions: 1 # (!)\n}:\n",
    ];
    for text in wrong {
        let error = parsed(text).map_or_else(|e| e, |document| refused(&document));
        let line = marked(text);
        // Texts that are no YAML have no keys.
        let at_key = error.lines().any(|l| l.starts_with(&format!("r.yaml:{line}: ")));
        let told = at_key || error.contains(&format!("at line {line} column "));
        assert!(told, "line {line} is not in\n{error}\nof\n{text}");
    }
    let two = parsed("version: 1\n---\nversion: 1\n").unwrap_err();
    assert!(two.contains("r.yaml:2: ") && two.contains("a second document"), "{two}");
}

const BASE: &str = "version: 1
name: base
subjects: 2
repetitions: 1
activities: [squat, bow]
scene:
  people:
  - range_m: [2, 3]
  duration_s: 3
output:
  points:
    maps: {rows: 8}
";

fn based(dir: &Path, changed: &str) -> Document {
    fs::write(dir.join("base.yaml"), BASE).unwrap();
    fs::write(dir.join("changed.yaml"), changed).unwrap();
    Document::read(&dir.join("changed.yaml")).unwrap().resolved().unwrap()
}

#[test]
fn values_of_based_files_and_arguments_name_who_typed_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let (base, changed) = (path("base.yaml"), path("changed.yaml"));
    // Range checks: the file that is based on the other, in one line, in many, within a value of its own.
    for (text, line, key) in [
        ("based_on: base.yaml\nset: {subjects: 0}\n", 2, "subjects"),
        ("based_on: base.yaml\n# subjects: 1\nset:\n  name: subjects\n  subjects: 0\n", 5, "subjects"),
        ("set:\n  'output.points.maps.rows': 0\nbased_on: base.yaml\n", 2, "output.points.maps.rows"),
        ("based_on: base.yaml\nset:\n  output.points.maps:\n    rows: 4\n    gain: 0\n", 5, "output.points.maps.gain"),
        (
            "based_on: base.yaml\nset:\n  scene.people.0:\n    start_s: 1\n    range_m: [0, 1]\n",
            5,
            "scene.people.0.range_m",
        ),
        ("based_on: base.yaml\nset:\n  activities:\n  - squat\n  - moonwalk\n", 5, "activities.1"),
    ] {
        let error = refused(&based(dir.path(), text));
        let expected = format!("{changed}:{line}: {key}: ");
        assert!(error.starts_with(&expected), "{expected} is not in\n{error}");
    }
    // What the other file says stays its own.
    let mut document = based(dir.path(), "based_on: base.yaml\nset: {name: changed}\n");
    document.set("repetitions=0").unwrap();
    let error = refused(&document);
    assert!(error.starts_with("--set repetitions=0: repetitions: 0; expected"), "{error}");
    fs::write(dir.path().join("base.yaml"), BASE.replace("repetitions: 1", "repetitions: 0")).unwrap();
    let document = Document::read(&dir.path().join("changed.yaml")).unwrap().resolved().unwrap();
    let error = refused(&document);
    assert!(error.starts_with(&format!("{base}:4: repetitions: ")), "{error}");
    // Types and unknown keys.
    for (text, expected) in [
        ("based_on: base.yaml\nset:\n  name: x\n  subjects: many\n", format!("{changed}:4: subjects: ")),
        ("based_on: base.yaml\nset:\n  scene.people.0.hight_m: 2\n", format!("{changed}:3: scene.people.0")),
        (
            "based_on: base.yaml\nset:\n  output.points:\n    maps:\n      row: 2\n",
            format!("{changed}:5: output.points.maps"),
        ),
        // A list of Span's: the value has no form that any variant takes.
        ("based_on: base.yaml\nset:\n  scene.people.0.range_m.1: x\n", format!("{changed}:3: scene.people.0.range_m")),
    ] {
        let error = refused(&based(dir.path(), text));
        assert!(error.starts_with(&expected), "{expected} is not in\n{error}");
    }
    // A change that is fine does not take the blame of the file that it changes.
    fs::write(dir.path().join("base.yaml"), BASE.replace("duration_s: 3", "duration_s: long")).unwrap();
    fs::write(dir.path().join("changed.yaml"), "based_on: base.yaml\nset: {scene.people.0.start_s: 1}\n").unwrap();
    let error = refused(&Document::read(&dir.path().join("changed.yaml")).unwrap().resolved().unwrap());
    assert!(error.starts_with(&format!("{base}:9: scene.duration_s: ")), "{error}");
    // A key that does not fit is refused where it is typed.
    fs::write(dir.path().join("base.yaml"), BASE).unwrap();
    fs::write(dir.path().join("changed.yaml"), "based_on: base.yaml\nset:\n  name: x\n  activities.7: bow\n").unwrap();
    let error = Document::read(&dir.path().join("changed.yaml")).unwrap().resolved().unwrap_err().to_string();
    assert!(error.starts_with(&format!("{changed}:4: activities.7: ")) && error.contains("list of 2"), "{error}");
    // Through several files.
    fs::write(dir.path().join("changed.yaml"), "based_on: base.yaml\nset:\n  name: x\n  repetitions: 0\n").unwrap();
    fs::write(dir.path().join("last.yaml"), "based_on: changed.yaml\nset: {subjects: 0}\n").unwrap();
    let error = refused(&Document::read(&dir.path().join("last.yaml")).unwrap().resolved().unwrap());
    let expected = [format!("{}:2: subjects: ", path("last.yaml")), format!("{changed}:4: repetitions: ")];
    assert!(expected.iter().all(|e| error.contains(e)), "{error}");
}

#[test]
fn numbers_stay_within_what_json_readers_keep() {
    let text = "version: 1\nseed: 9007199254740992 # (!)\nsubjects: 1\nrepetitions: 1\nsamples_per_shard: 99999999999\noutput: {points: {}}\n";
    let error = refused(&parsed(text).unwrap());
    assert!(error.contains("r.yaml:2: seed: 9007199254740992; expected 0 to 9007199254740991"), "{error}");
    assert!(error.contains("r.yaml:5: samples_per_shard: "), "{error}");
    let document = parsed(&text.replace("0992 ", "0991 ").replace("99999999999", "8")).unwrap();
    assert_eq!(Recipe::from_document(&document).unwrap().seed, (1 << 53) - 1);
}
