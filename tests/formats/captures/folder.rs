//! Folders of motions: windows, labels, what is left out; and a corpus that mixes them in.

use super::{amass, labels::BABEL, skeletons};
use kinecho::base::progress::Silent;
use kinecho::corpus::{BuildOptions, Damage, Part, Recipe, SampleMaker, build, build_part, share_a_stretch};
use kinecho::motion::MotionFolder;
use kinecho::motion::folder::Wording;
use std::path::Path;

/// AMASS' layout with 5 s of motion, a file of shape alone, and a licence.
fn library(root: &Path) {
    let write = |name: &str, bytes: &[u8]| {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    write("KIT/3/kick_high_left02_poses.npz", &amass::file("mocap_framerate", 601, 156));
    write("KIT/3/shape.npz", &super::npz(&[("betas", "<f8", &[1], super::f64s(&[0.0]))]));
    write("KIT/3/LICENSE.txt", b"no motion");
    write("wave/1.bvh", skeletons::bvh(skeletons::plain(), &vec![skeletons::postures()[0].clone(); 241]).as_bytes());
    write("babel.json", BABEL.as_bytes());
}

#[test]
fn windows_follow_labels() {
    let dir = tempfile::tempdir().unwrap();
    library(dir.path());
    let named = MotionFolder::new(dir.path(), None).listing(2.0).unwrap().pieces;
    let found: Vec<_> = named.iter().map(|p| (p.label.as_str(), (p.start_s * 100.0).round() / 100.0)).collect();
    // 5 s give two windows of 2 s in their middle, 2 s one.
    assert_eq!(found, [("kick high left", 0.5), ("kick high left", 2.5), ("wave", 0.0)]);
    let mut folder = MotionFolder::new(dir.path(), Some(dir.path().join("babel.json")));
    let labelled = folder.listing(2.0).unwrap().pieces;
    let found: Vec<_> = labelled.iter().map(|p| (p.label.as_str(), p.start_s)).collect();
    // 1.5 s of standing are shown in the middle of a window as far as the file allows; the wave has no label.
    assert_eq!(found, [("standing still", 0.0), ("kicks high with left", 2.25)]);
    folder.wording = Wording::ActCat;
    assert_eq!(folder.listing(2.0).unwrap().pieces[1].label, "kick");
    folder.shortest_s = 2.0;
    assert_eq!(folder.listing(2.0).unwrap().pieces.len(), 1);
    let error = MotionFolder::new(dir.path().join("wave"), Some(dir.path().join("babel.json"))).listing(2.0);
    assert!(error.unwrap_err().to_string().contains("none of its 1 motions"));
}

/// Cut archives, broken texts and foreign files: what should be a motion and is none is named, what is none is passed over.
#[test]
fn files_that_cannot_be_read_are_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    library(dir.path());
    let write = |name: &str, bytes: &[u8]| std::fs::write(dir.path().join(name), bytes).unwrap();
    let whole = amass::file("mocap_framerate", 601, 156);
    write("KIT/3/cut.npz", &whole[..whole.len() / 2]);
    write("KIT/3/rateless.npz", &amass::file("rate", 601, 156));
    write("wave/2.bvh", b"HIERARCHY\nROOT Hips\n");
    write("wave/3.txt.gz", &[0x1f, 0x8b, 8, 0, 1]);
    write("wave/notes.txt", b"no motion");
    let listing = MotionFolder::new(dir.path(), None).listing(2.0).unwrap();
    let files: Vec<_> = listing.set_aside.iter().map(|a| a.file.rsplit('/').next().unwrap()).collect();
    assert_eq!(files, ["cut.npz", "rateless.npz", "2.bvh", "3.txt.gz"], "{:?}", listing.set_aside);
    assert_eq!(listing.pieces.len(), 3);
    assert!(listing.set_aside[1].reason.contains("mocap_framerate"), "{:?}", listing.set_aside[1]);
    let bad = tempfile::tempdir().unwrap();
    std::fs::copy(dir.path().join("KIT/3/cut.npz"), bad.path().join("cut.npz")).unwrap();
    let message = MotionFolder::new(bad.path(), None).listing(2.0).unwrap_err().to_string();
    assert!(message.contains("nothing in it can be used") && message.contains("cut.npz"), "{message}");
}

#[test]
fn stretches_that_do_not_fit_their_file_are_named_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    library(dir.path());
    let labels = dir.path().join("babel.json");
    let listing = |babel: String| {
        std::fs::write(&labels, babel).unwrap();
        MotionFolder::new(dir.path(), Some(labels.clone())).listing(2.0)
    };
    assert!(listing(BABEL.into()).unwrap().set_aside.is_empty());
    // A stretch that ends behind the 5 s of its file.
    let found = listing(BABEL.replace("4.5", "7.5")).unwrap();
    assert_eq!((found.pieces.len(), found.set_aside.len()), (1, 1));
    let reason = &found.set_aside[0].reason;
    assert!(
        reason.contains("1 of its 2") && reason.contains("`kicks high with left` from 2.00 s to 7.50 s"),
        "{reason}"
    );
    // Labels of a motion of another length: another file, or another rate.
    let error = listing(BABEL.replace("\"dur\": 5.0", "\"dur\": 10.0")).unwrap_err().to_string();
    assert!(
        error.contains("2 of its 2") && error.contains("a motion of 10.00 s") && error.contains("120 Hz"),
        "{error}"
    );
    // Clips of exactly the shortest length count: a frame lasts until the next one.
    let clips = tempfile::tempdir().unwrap();
    let frames = vec![skeletons::postures()[0].clone(); 240];
    std::fs::write(clips.path().join("wave.bvh"), skeletons::bvh(skeletons::plain(), &frames)).unwrap();
    let mut folder = MotionFolder::new(clips.path(), None);
    folder.shortest_s = 2.0;
    assert_eq!(folder.listing(2.0).unwrap().pieces.len(), 1);
    folder.shortest_s = 2.01;
    assert!(folder.listing(2.0).is_err());
}

#[test]
fn a_sample_in_which_nothing_reflects_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    library(&dir.path().join("motions"));
    let yaml = format!(
        "version: 1\nscores: false\nmotions: [{{dir: {}/motions/wave}}]\nsubjects: 1\nrepetitions: 1\nscene: {{radar: {{preset: awr1843, with: {{loops_per_frame: 8, samples_per_chirp: 16, sample_rate_hz: 0.5e+6}}}}, people: [{{}}], duration_s: 0.3}}\noutput: {{heatmaps: {{window: 8, hop: 4}}}}\n",
        dir.path().display()
    );
    let error = SampleMaker::new(&serde_yaml_of(&yaml)).unwrap().make(0).unwrap_err().to_string();
    for word in ["nothing reflects", "beyond the unambiguous range", "people stand at", "range_m"] {
        assert!(error.contains(word), "`{word}` is missing in: {error}");
    }
}

#[test]
fn a_recipe_mixes_captured_motions_in() {
    let dir = tempfile::tempdir().unwrap();
    library(&dir.path().join("motions"));
    let yaml = format!(
        "version: 1\nscores: false\nmotions: [{{dir: {0}/motions, labels: {0}/motions/babel.json, wording: act_cat, repetitions: 2}}]\nsubjects: 3\nrepetitions: 1\nscene: {{radar: {{preset: awr1843, with: {{loops_per_frame: 8, samples_per_chirp: 32}}}}, people: [{{range_m: 1}}], duration_s: 0.3}}\noutput: {{heatmaps: {{window: 8, hop: 4}}}}\n",
        dir.path().display()
    );
    let recipe: Recipe = serde_yaml_of(&yaml);
    let maker = SampleMaker::new(&recipe).unwrap();
    assert_eq!(maker.len(), 2 * (5 + 8), "windows of 0.3 s in 1.5 and 2.5 s, twice each");
    let sample = maker.make(25).unwrap();
    assert_eq!((sample.targets.label.as_str(), sample.meta.source.as_str()), ("kick", "captured"));
    assert_eq!(sample.meta.recording, "KIT/3/kick_high_left02_poses.npz");
    assert_eq!(sample.meta.details["texts"][0], "kicks high with left");
    let person = &sample.meta.details["scene"]["people"][0];
    assert!(person["capture"]["start_s"].as_f64().unwrap() > 2.0 && person.get("rendition").is_none());
    assert_eq!(sample.meta.start_s, person["capture"]["start_s"], "where in the file the window begins");
    // Windows of a file share a stretch with their own repetitions alone: the others are left to ask about.
    let stretch = |id: u64| {
        let (file, start_s) = maker.recording(id);
        (file, start_s, maker.scene().duration_s())
    };
    let related = |a: u64, b: u64| {
        let (a, b) = (stretch(a), stretch(b));
        share_a_stretch((&a.0, a.1, a.2), (&b.0, b.1, b.2))
    };
    for id in 0..maker.len() {
        let others: Vec<u64> = (0..maker.len()).filter(|other| *other != id && related(id, *other)).collect();
        assert_eq!(others, [id ^ 1], "{:?}", stretch(id));
    }
    assert_eq!(maker.make(25).unwrap(), sample, "a pure function of recipe and id");
    // A folder that has changed: what is made of other windows now is refused, or made again where that is asked for.
    let out = dir.path().join("corpus");
    let mut small = recipe.clone();
    small.motions[0].shortest_s = 2.0;
    let corpus = build(&small, &out, &Silent).unwrap();
    assert!(corpus.verify().unwrap().against_recipe);
    std::fs::write(dir.path().join("motions/babel.json"), BABEL.replace("4.5", "4.9")).unwrap();
    let refuse = BuildOptions { part: Part::WHOLE, damage: Damage::Refuse };
    let message = build_part(&small, None, &out, refuse, &Silent).unwrap_err().to_string();
    assert!(
        message.contains("shows KIT/3/kick_high_left02_poses.npz, which is gone or has other windows"),
        "{message}"
    );
    // What the recipe gives now is not what the corpus was made of: its labels are no longer held against it.
    assert!(!corpus.verify().unwrap().against_recipe);
    let again = build(&small, &out, &Silent).unwrap();
    assert!(again.verify().unwrap().against_recipe);
    assert_eq!(again.rows().len(), corpus.rows().len() + 2, "a window more, twice");
    // Repetitions go through the places.
    let mut two = recipe.clone();
    let place = |name: &str, scene: &str| format!("{{name: {name}, scene: {scene}}}");
    two.places = serde_yaml_list(&[place("small", "{}"), place("long", "{duration_s: 0.5}")]);
    let maker = SampleMaker::new(&two).unwrap();
    assert_eq!(maker.len(), 2 * (3 + 5), "windows are as long as the longest recording");
    let places: Vec<_> = (0..3).map(|id| maker.planned(id).place_name).collect();
    assert_eq!(places, ["small", "long", "small"]);
    assert_eq!((maker.make(1).unwrap().meta.session.as_str(), maker.make(1).unwrap().meta.duration_s), ("long", 0.5));
    two.places = serde_yaml_list(&[place("wrong", "{people: [{motion_file: walk.bvh, body: b.npz}]}")]);
    let problems: Vec<String> = two.check().unwrap_err().into_iter().map(|p| p.key).collect();
    for name in ["motion_file", "body"] {
        assert!(problems.contains(&format!("places.0.scene.people.0.{name}")), "{problems:?}");
    }
}

fn serde_yaml_list<T: serde::de::DeserializeOwned>(entries: &[String]) -> Vec<T> {
    let text = entries.iter().map(|e| format!("- {e}\n")).collect::<String>();
    kinecho::base::yaml::Document::parse(&text, "list.yaml".as_ref()).unwrap().typed().unwrap()
}

fn serde_yaml_of(yaml: &str) -> Recipe {
    kinecho::base::yaml::Document::parse(yaml, "recipe.yaml".as_ref()).and_then(|d| Recipe::from_document(&d)).unwrap()
}
