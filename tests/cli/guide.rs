//! What helps to begin: lists, schemas, new files, files by name, one sentence in place of a scene.

use super::{kinecho, needs};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

fn run(args: &[&str], dir: &Path) -> (i32, String, String) {
    let output = kinecho().args(args).current_dir(dir).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn json(args: &[&str], dir: &Path) -> Value {
    let (code, out, err) = run(args, dir);
    assert_eq!(code, 0, "{args:?}: {err}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn lists_name_what_commands_take() {
    let dir = tempfile::tempdir().unwrap();
    let all = json(&["list", "--json"], dir.path());
    let has = |kind: &str, name: &str| {
        let row = all[kind].as_array().unwrap().iter().find(|row| row["name"] == name);
        row.unwrap_or_else(|| panic!("{kind} has no {name}: {}", all[kind]))["about"].as_str().unwrap().to_owned()
    };
    assert_eq!(has("motions", "squat"), "squat (also half)");
    assert!(has("activities", "drink_water").contains("cup"), "{}", has("activities", "drink_water"));
    assert!(has("radars", "k_lc5").contains("LC5"));
    assert!(has("wifi", "wifi_esp32").is_empty() && has("rfid", "rfid_impinj").is_empty());
    assert!(has("materials", "skin").contains("skin") && has("data-sets", "radhar").contains("RadHAR"));
    assert!(has("scenes", "room").contains("Two people") && has("recipes", "sixty").contains("sixty"));
    assert!(!has("experiments", "demo").is_empty() && !has("training", "pretrain").is_empty());
    assert!(!has("models", "mmclip").is_empty());
    let (code, out, _) = run(&["list", "recipes"], dir.path());
    assert!(code == 0 && out.lines().count() == 3 && out.contains("tiny"), "{out}");
}

#[test]
fn shipped_files_are_all_that_lie_in_the_checkout_and_work_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes");
    let named = json(&["list", "scenes", "recipes", "experiments", "training", "--json"], dir.path());
    for (kind, folder) in
        [("scenes", "examples"), ("recipes", "recipes"), ("experiments", "experiments"), ("training", "training")]
    {
        let mut there: Vec<String> = fs::read_dir(root.join(folder))
            .unwrap()
            .map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        there.sort();
        let listed: Vec<&str> =
            named[kind].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
        assert_eq!(listed, there, "{kind}");
    }
    for args in [
        &["corpus", "build", "tiny", "--dry-run", "--json"][..],
        &["simulate", "room", "--dry-run", "--json"],
        &["simulate", "scenes/examples/doppler.yaml", "--dry-run", "--json"],
        // Based on another file that comes with the program.
        &["run", "sixty_places", "--dry-run", "--json"],
    ] {
        json(args, dir.path());
    }
    let (code, _, err) = run(&["corpus", "build", "sixti", "--dry-run"], dir.path());
    assert!(code == 1 && err.contains("there is no file `sixti`") && err.contains("sixty"), "{err}");
    // A file of the same name on the disk goes first.
    fs::write(dir.path().join("room"), "version: 1\nseed: 3\nscene: {people: [], duration_s: 0.5}\n").unwrap();
    assert_eq!(json(&["simulate", "room", "--dry-run", "--json"], dir.path())["frames"], 5);
}

#[test]
fn new_files_pass_their_commands() {
    let dir = tempfile::tempdir().unwrap();
    for (kind, command) in [("scene", &["simulate"][..]), ("recipe", &["corpus", "build"]), ("study", &["run"])] {
        let file = format!("my_{kind}.yaml");
        let made = json(&["new", kind, &format!("my_{kind}"), "--json"], dir.path());
        assert_eq!(made["file"], file.as_str());
        let text = fs::read_to_string(dir.path().join(&file)).unwrap();
        let first = text.lines().next().unwrap();
        assert_eq!(first, format!("# yaml-language-server: $schema={kind}.schema.json"));
        assert!(dir.path().join(format!("{kind}.schema.json")).is_file());
        let mut args = command.to_vec();
        args.extend([file.as_str(), "--dry-run", "--json"]);
        json(&args, dir.path());
    }
    json(&["new", "training", "mine", "--json"], dir.path());
    // The corpus of it is not there, and nothing else is wrong with it.
    let (code, _, err) = run(&["pretrain", "mine.yaml", "--dry-run"], dir.path());
    assert!(code == 1 && err.contains("corpora/mine"), "{err}");
    let (code, _, err) = run(&["new", "scene", "my_scene"], dir.path());
    assert!(code == 1 && err.contains("is there already"), "{err}");
    let (code, _, err) = run(&["new", "import", "x"], dir.path());
    assert!(code == 1 && err.contains("there are scene, recipe, study, training"), "{err}");
}

/// Files by another implementation of JSON Schema. Tags of YAML stand for their content, as editors have it.
const BY_PYTHON: &str = r#"
import json, re, sys, yaml, jsonschema, pathlib
# As YAML 1.2 and editors have it: `on` is a word, `1.0e4` a number.
T = "tag:yaml.org,2002:"
old = yaml.SafeLoader.yaml_implicit_resolvers
yaml.SafeLoader.yaml_implicit_resolvers = {k: [(t, r) for t, r in v if t not in (T + "bool", T + "float")] for k, v in old.items()}
yaml.SafeLoader.add_implicit_resolver(T + "bool", re.compile("^(true|false)$"), list("tf"))
yaml.SafeLoader.add_implicit_resolver(T + "float", re.compile(r"^[-+]?([.][0-9]+|[0-9]+([.][0-9]*)?)([eE][-+]?[0-9]+)?$"), list("-+.0123456789"))
yaml.SafeLoader.add_multi_constructor("!", lambda l, s, n: l.construct_mapping(n, True) if isinstance(n, yaml.MappingNode)
    else l.construct_sequence(n, True) if isinstance(n, yaml.SequenceNode) else (l.construct_scalar(n) or s))
wrong = 0
schema = json.load(sys.stdin)
check = jsonschema.Draft7Validator(schema)
jsonschema.Draft7Validator.check_schema(schema)
for name in sys.argv[1:]:
    text = pathlib.Path(name).read_text()
    for error in check.iter_errors(yaml.safe_load(text)):
        print(name, list(error.absolute_path), error.message[:300]); wrong += 1
sys.exit(1 if wrong else 0)
"#;

fn files(folder: &str, keep: impl Fn(&str) -> bool) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes").join(folder);
    let all = fs::read_dir(root).unwrap().map(|file| file.unwrap().path());
    all.filter(|p| keep(&fs::read_to_string(p).unwrap())).map(|p| p.display().to_string()).collect()
}

#[test]
fn shipped_files_fit_their_schemas_as_another_program_reads_them() {
    let Some(python) = needs::python(&["jsonschema", "yaml"]) else { return };
    let dir = tempfile::tempdir().unwrap();
    let kinds = [
        ("scene", files("examples", |_| true)),
        ("recipe", files("recipes", |_| true)),
        (
            "study",
            files("experiments", |text| {
                !["pretraining", "transfers", "stages"].iter().any(|key| text.contains(&format!("\n{key}:")))
            }),
        ),
        ("pretraining", files("experiments", |text| text.contains("\npretraining:"))),
        ("transfer", files("experiments", |text| text.contains("\ntransfers:"))),
        ("beams", files("experiments", |text| text.contains("\nstages:"))),
        ("training", files("training", |text| text.contains("\nsources:"))),
        ("questions", files("training", |text| text.contains("\ntest:"))),
    ];
    for (kind, files) in kinds {
        assert!(!files.is_empty(), "{kind}");
        let (code, schema, err) = run(&["schema", kind], dir.path());
        assert_eq!(code, 0, "{err}");
        let mut child = Command::new(&python)
            .args(["-c", BY_PYTHON])
            .args(&files)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), schema.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{kind}:\n{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn schemas_have_words_for_their_keys_and_refuse_unknown_ones() {
    let dir = tempfile::tempdir().unwrap();
    let scene = json(&["schema", "scene"], dir.path());
    let person = &scene["definitions"]["PersonSpec"];
    assert!(person["properties"]["range_m"]["description"].as_str().unwrap().contains("0.3 to 50"), "{person:#}");
    assert_eq!(person["additionalProperties"], false);
    assert_eq!(scene["else"]["additionalProperties"], false);
    assert_eq!(scene["then"]["properties"]["based_on"]["type"], "string");
}

#[test]
fn one_sentence_is_a_scene() {
    let dir = tempfile::tempdir().unwrap();
    let say = ["simulate", "--say", "a person walks back and forth", "--room", "4x5", "-o", "out", "--set"];
    let quick = [
        "scene.radar={preset: awr1843, with: {loops_per_frame: 8, samples_per_chirp: 64}}",
        "--set",
        "scene.duration_s=0.3",
    ];
    let args: Vec<&str> = say.iter().chain(&quick).chain(&["--write", "cube"]).copied().collect();
    let (code, _, err) = run(&args, dir.path());
    assert!(code == 0 && err.contains("played as `walk_forward_backward`"), "{err}");
    let drawn: Value = serde_json::from_slice(&fs::read(dir.path().join("out/scene.json")).unwrap()).unwrap();
    assert_eq!(drawn["draw"]["people"][0]["motion"], "walk_forward_backward");
    assert!(drawn["draw"]["room"].is_object());
    // What was made of it can be edited and run.
    json(&["simulate", "out/scene.yaml", "--dry-run", "--json"], dir.path());
    for (sentence, motion) in [
        ("someone waves", "wave_hand"),
        ("a man is doing squats", "squat"),
        ("jumping jacks", "jumping_jack"),
        ("she sits down and stands up", "sit_down_stand_up"),
    ] {
        let (code, _, err) = run(&["simulate", "--say", sentence, "--dry-run"], dir.path());
        assert!(code == 0 && err.contains(&format!("played as `{motion}`")), "{sentence}: {err}");
    }
    let (_, _, err) = run(&["simulate", "--say", "a zebra walks", "--dry-run"], dir.path());
    assert!(err.contains("nothing was made of `zebra`"), "{err}");
    for (args, said) in [
        (&["simulate", "--say", "qwer asdf"][..], "no motion says any of these words"),
        (&["simulate", "--say", "squat", "--room", "4"], "for example 4x5"),
        (&["simulate"], "required"),
    ] {
        let (code, _, err) = run(args, dir.path());
        assert!(code > 0 && err.contains(said), "{args:?}: {err}");
    }
}

#[test]
fn the_doctor_finds_a_point_where_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let all = json(&["doctor", "--json"], dir.path());
    assert_eq!(all["well"], true, "{all:#}");
    let row = all["found"].as_array().unwrap().iter().find(|row| row["name"] == "simulation").unwrap();
    assert!(row["value"].as_str().unwrap().contains("3.0"), "{row}");
}

#[test]
fn schemas_of_the_checkout_are_those_of_the_program() {
    let dir = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for kind in ["scene", "recipe", "study", "pretraining", "transfer", "beams", "training", "questions", "import"] {
        let file = root.join(format!("schemas/{kind}.schema.json"));
        let (_, now, _) = run(&["schema", kind], dir.path());
        let there = fs::read_to_string(&file).unwrap_or_default();
        let told = format!("kinecho schema {kind} > schemas/{kind}.schema.json");
        assert!(there == now, "{} is not what the types say now: {told}", file.display());
    }
    for (folder, kinds) in [
        ("examples", &["scene"][..]),
        ("recipes", &["recipe"]),
        ("experiments", &["study", "pretraining", "transfer", "beams"]),
        ("training", &["training", "questions"]),
    ] {
        for file in files(folder, |_| true) {
            let text = fs::read_to_string(&file).unwrap();
            let line = |kind: &&str| {
                text.starts_with(&format!("# yaml-language-server: $schema=../../schemas/{kind}.schema.json\n"))
            };
            assert!(kinds.iter().any(line), "{file} does not name its schema");
        }
    }
}

/// Commands that have no others below them, with their words.
fn leaves(command: &clap::Command, path: &[String], out: &mut Vec<(Vec<String>, clap::Command)>) {
    let below: Vec<&clap::Command> = command.get_subcommands().filter(|sub| sub.get_name() != "help").collect();
    if below.is_empty() {
        out.push((path.to_vec(), command.clone()));
    }
    for sub in below {
        leaves(sub, &[path, &[sub.get_name().to_owned()]].concat(), out);
    }
}

#[test]
fn every_help_has_examples_that_the_command_line_takes() {
    let command = kinecho::cli::command();
    let mut all = Vec::new();
    leaves(&command, &[], &mut all);
    assert!(all.len() > 40, "{}", all.len());
    for (path, leaf) in all {
        let help = leaf.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples: Vec<&str> = help.lines().filter_map(|line| line.strip_prefix("  ")).collect();
        assert!(help.starts_with("Examples:") && !examples.is_empty(), "{path:?} has no examples");
        for example in examples {
            let line = example.split(" > ").next().unwrap();
            // Words, with those in quotes together.
            let words: Vec<String> = line
                .split('"')
                .enumerate()
                .flat_map(|(i, part)| match i % 2 {
                    0 => part.split_whitespace().map(str::to_owned).collect::<Vec<_>>(),
                    _ => vec![part.to_owned()],
                })
                .collect();
            assert_eq!(words[1..=path.len()], path[..], "{example}");
            if let Err(error) = command.clone().try_get_matches_from(&words) {
                panic!("{example}: {error}");
            }
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let (code, out, _) = run(&["corpus", "build", "--help"], dir.path());
    assert!(code == 0 && out.contains("Examples:\n  kinecho corpus build sixty"), "{out}");
}

#[test]
fn failures_are_json_where_json_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    for (args, code, said) in [
        (&["simulate", "nowhere.yaml", "--json"][..], 1, "nowhere.yaml"),
        (&["simulate", "--json", "--colour"], 2, "--colour"),
        (&["corpus", "verify", "nowhere", "--json"], 1, "nowhere"),
    ] {
        let (found, out, err) = run(args, dir.path());
        let told: Value = serde_json::from_str(&out).unwrap_or_else(|e| panic!("{args:?}: {e}: {out}"));
        assert!(found == code && told["exit_code"] == code, "{args:?}: {found}, {told}");
        assert!(told["error"].as_str().unwrap().contains(said) && err.contains(said), "{told} {err}");
    }
    let (_, out, _) = run(&["simulate", "nowhere.yaml"], dir.path());
    assert!(out.is_empty(), "{out}");
}

#[test]
fn a_sheet_of_postures_has_its_joints_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    json(&["motion", "sheet", "squat", "punch", "-o", "sheet.png", "--postures", "5", "--json"], dir.path());
    let mut npz = ndarray_npy::NpzReader::new(fs::File::open(dir.path().join("sheet.npz")).unwrap()).unwrap();
    let joints: ndarray::Array3<f32> = npz.by_name("squat").unwrap();
    let times: ndarray::Array1<f64> = npz.by_name("squat.time").unwrap();
    assert_eq!((joints.dim().0, joints.dim().2, times.to_vec()), (5, 3, vec![0.0, 0.8, 1.6, 2.4, 3.2]));
    // The pelvis of a squat goes down and up by tens of centimetres.
    let heights: Vec<f32> = (0..5).map(|i| joints[[i, 0, 2]]).collect();
    let ends = heights.iter().fold((9.0_f32, 0.0_f32), |(l, h), v| (l.min(*v), h.max(*v)));
    assert!(ends.1 - ends.0 > 0.1 && ends.1 < 1.2, "{heights:?}");
    assert!(npz.by_name::<ndarray::OwnedRepr<f32>, ndarray::Ix3>("punch").is_ok());
}

/// Stopped by Ctrl-C, work says how it goes on, and what it wrote is whole.
#[cfg(unix)]
#[test]
fn a_last_word_says_how_to_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["corpus", "build", "tiny", "-o", "corpus", "--set", "subjects=200"];
    let mut child = Command::new(env!("CARGO_BIN_EXE_kinecho"))
        .args(args)
        .current_dir(dir.path())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(said.contains("stopped: the same command goes on"), "{said}");
}
