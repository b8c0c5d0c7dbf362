//! One bad file does not cost a corpus: it is set aside, and removed or mended later without making the rest again.

use super::kinecho;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tempfile::TempDir;

const RECIPE: &str = "version: 1
seed: 3
scores: false
subjects: 2
repetitions: 1
samples_per_shard: 2
motions: [{dir: moves}]
scene:
  radar: {preset: awr1843, with: {loops_per_frame: 8, samples_per_chirp: 32, sample_rate_hz: 1.0e+6, frame_period_s: 0.05}}
  people: [{range_m: 2}]
  duration_s: 0.5
simulation: {integral_tolerance: 0.2}
output:
  heatmaps: {window: 8, hop: 4, rows: 16, columns: 8, angle_fft: 16}
";

/// Somebody who stands in a T for a second, an arm `turn` degrees up; number `nan_at` of the second frame is none.
fn bvh(turn: f64, nan_at: Option<usize>) -> String {
    let limbs: [&[(&str, &str)]; 5] = [
        &[("LeftUpLeg", "9 -5 0"), ("LeftLeg", "0 -42 0"), ("LeftFoot", "0 -40 0")],
        &[("RightUpLeg", "-9 -5 0"), ("RightLeg", "0 -42 0"), ("RightFoot", "0 -40 0")],
        &[("Spine", "0 12 0"), ("Neck", "0 38 0"), ("Head", "0 10 0")],
        &[("LeftArm", "18 42 0"), ("LeftForeArm", "28 0 0"), ("LeftHand", "25 0 0")],
        &[("RightArm", "-18 42 0"), ("RightForeArm", "-28 0 0"), ("RightHand", "-25 0 0")],
    ];
    let mut text = String::from(
        "HIERARCHY\nROOT Hips\n{\nOFFSET 0 95 0\nCHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation\n",
    );
    for limb in limbs {
        for (name, offset) in limb {
            text += &format!("JOINT {name}\n{{\nOFFSET {offset}\nCHANNELS 3 Zrotation Xrotation Yrotation\n");
        }
        text += "End Site\n{\nOFFSET 0 0 8\n}\n";
        text += &"}\n".repeat(limb.len());
    }
    text += "}\nMOTION\nFrames: 32\nFrame Time: 0.0333333\n";
    for frame in 0..32 {
        let mut numbers = vec![0.0; 6 + 45];
        (numbers[1], numbers[6 + 27]) = (95.0, turn * f64::from(frame) / 31.0);
        let words = numbers.iter().enumerate().map(|(i, v)| match nan_at {
            Some(at) if (frame, i) == (1, at) => "nan".to_owned(),
            _ => format!("{v:.3}"),
        });
        text += &(words.collect::<Vec<_>>().join(" ") + "\n");
    }
    text
}

struct Lab(TempDir);

impl Lab {
    /// Five good files and a bad one in their middle, two windows each: `moves/wave/0.bvh` …
    fn new() -> Self {
        let lab = Self(tempfile::tempdir().unwrap());
        fs::write(lab.path("recipe.yaml"), RECIPE).unwrap();
        for i in 0..6 {
            lab.put(&format!("wave/{i}.bvh"), &bvh(10.0 * f64::from(i), (i == 3).then_some(0)));
        }
        lab
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, text: &str) {
        let path = self.path("moves").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs `corpus ARGS --json`: exit code, answer, stderr.
    fn corpus(&self, args: &[&str]) -> (i32, Value, String) {
        let output = kinecho().arg("corpus").args(args).arg("--json").current_dir(&self.0).output().unwrap();
        let out = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        (output.status.code().unwrap_or(-1), out, String::from_utf8(output.stderr).unwrap())
    }

    /// Builds into `c`, which must end with `code`; how many shards were found and made.
    #[track_caller]
    fn build(&self, more: &[&str], code: i32) -> (u64, u64) {
        let (found, out, err) = self.corpus(&[&["build", "recipe.yaml", "-o", "c"][..], more].concat());
        assert_eq!(found, code, "{more:?}: {err}");
        (out["built"]["shards_found"].as_u64().unwrap(), out["built"]["shards_made"].as_u64().unwrap())
    }

    #[track_caller]
    fn verified(&self) -> u64 {
        let (code, out, err) = self.corpus(&["verify", "c"]);
        assert_eq!((code, &out["against_recipe"]), (0, &true.into()), "{err}");
        out["samples"].as_u64().unwrap()
    }

    /// When each shard was written.
    fn times(&self) -> Vec<SystemTime> {
        let mut shards: Vec<_> = fs::read_dir(self.path("c/shards")).unwrap().map(|e| e.unwrap().path()).collect();
        shards.sort();
        shards.iter().map(|s| fs::metadata(s).unwrap().modified().unwrap()).collect()
    }

    fn aside(&self) -> Option<String> {
        fs::read_to_string(self.path("c/set_aside.csv")).ok()
    }
}

fn touched(before: &[SystemTime], after: &[SystemTime]) -> Vec<usize> {
    (0..after.len()).filter(|&i| before.get(i) != Some(&after[i])).collect()
}

#[test]
fn a_bad_file_is_named_before_and_set_aside_while_building() {
    let lab = Lab::new();
    let (code, plan, err) = lab.corpus(&["build", "recipe.yaml", "--dry-run"]);
    assert!(code == 3 && err.contains("wave/3.bvh") && err.contains("is not a number"), "{code}: {err}");
    assert_eq!((&plan["estimate"]["samples"], &plan["set_aside"][0]["samples"]), (&12.into(), &2.into()));
    assert!(!lab.path("c").exists());

    // Twelve samples; the two of the bad file cannot be made: files are calibrated as a whole.
    assert_eq!(lab.build(&[], 3), (0, 6));
    assert_eq!(lab.verified(), 10);
    let aside = lab.aside().unwrap();
    assert!(aside.contains("wave/3.bvh") && aside.lines().count() == 2 && aside.ends_with(",2\n"), "{aside}");
    let (code, status, _) = lab.corpus(&["status", "c"]);
    assert_eq!((code, &status["finished"], &status["samples_done"]), (0, &true.into(), &10.into()));
    assert_eq!(status["samples_set_aside"], 2);
    // Nothing has changed: nothing is made again, and it is said again.
    let times = lab.times();
    assert_eq!((lab.build(&[], 3), lab.build(&["--resume"], 3)), ((6, 0), (6, 0)));
    assert_eq!(lab.times(), times);
}

#[test]
fn a_mended_file_costs_its_own_shard() {
    let lab = Lab::new();
    lab.build(&[], 3);
    let times = lab.times();
    // The length stays: only what was missing is made.
    let mended = bvh(30.0, Some(0)).replace("nan", "0.0");
    assert_eq!(mended.len(), bvh(30.0, Some(0)).len());
    lab.put("wave/3.bvh", &mended);
    assert_eq!(lab.build(&[], 3), (6, 0), "without --resume a finished shard stays");
    assert_eq!(lab.build(&["--resume"], 0), (5, 1));
    assert_eq!((touched(&times, &lab.times()), lab.verified(), lab.aside()), (vec![3], 12, None));
    // The same folder at once gives the same bytes.
    let (code, ..) = lab.corpus(&["build", "recipe.yaml", "-o", "fresh"]);
    assert_eq!(code, 0);
    for name in ["samples.csv", "manifest.jsonl", "corpus.yaml"] {
        assert_eq!(
            fs::read(lab.path("c").join(name)).unwrap(),
            fs::read(lab.path("fresh").join(name)).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn a_removed_file_leaves_a_hole() {
    let lab = Lab::new();
    lab.put("wave/3.bvh", &bvh(30.0, None));
    lab.build(&[], 0);
    let times = lab.times();
    fs::remove_file(lab.path("moves/wave/3.bvh")).unwrap();
    // Its windows are in a shard: that is made again only when asked for.
    let (code, _, err) = lab.corpus(&["build", "recipe.yaml", "-o", "c"]);
    assert!(code == 1 && err.contains("shard 3") && err.contains("wave/3.bvh") && err.contains("--resume"), "{err}");
    // A refusal leaves the corpus as it was; the recipe is no longer the one that it was made of.
    let (code, out, _) = lab.corpus(&["verify", "c"]);
    assert_eq!((code, &out["samples"], &out["against_recipe"]), (0, &12.into(), &false.into()));
    assert_eq!(lab.build(&["--resume"], 0), (5, 1));
    assert_eq!((touched(&times, &lab.times()), lab.verified(), lab.aside()), (vec![3], 10, None));
    let rows = fs::read_to_string(lab.path("c/samples.csv")).unwrap();
    let ids: Vec<&str> = rows.lines().skip(1).map(|l| l.split(',').next().unwrap()).collect();
    assert_eq!(ids, ["0", "1", "2", "3", "4", "5", "8", "9", "10", "11"], "nobody else's id has moved");
    // It comes back mended: its ids are still its own.
    lab.put("wave/3.bvh", &bvh(30.0, None));
    assert_eq!(lab.build(&["--resume"], 0), (5, 1));
    assert_eq!((touched(&times, &lab.times()), lab.verified()), (vec![3], 12));
}

/// A file that is bad from its head has no windows and no ids; removing it touches nothing, a new file comes behind all others.
#[test]
fn files_without_a_head_come_and_go_freely() {
    let lab = Lab::new();
    lab.put("wave/3.bvh", &bvh(30.0, None));
    lab.put("wave/2b.bvh", "HIERARCHY\nROOT Hips\n");
    assert_eq!(lab.build(&[], 3), (0, 6));
    assert!(lab.aside().unwrap().contains("2b.bvh"));
    let times = lab.times();
    fs::remove_file(lab.path("moves/wave/2b.bvh")).unwrap();
    assert_eq!(lab.build(&[], 0), (6, 0));
    assert_eq!((lab.aside(), lab.verified()), (None, 12));
    lab.put("wave/2b.bvh", &bvh(25.0, None));
    assert_eq!(lab.build(&[], 0), (6, 1));
    assert_eq!((touched(&times, &lab.times()), lab.verified()), (vec![6], 14));
}

/// Parts agree without talking to each other: what each could not make stands in its own manifest, and merging tells of all.
#[test]
fn parts_set_aside_what_one_process_does() {
    let lab = Lab::new();
    lab.build(&[], 3);
    for part in ["0/3", "1/3", "2/3"] {
        let (code, _, err) = lab.corpus(&["build", "recipe.yaml", "-o", "p", "--shard", part]);
        // The bad window is in shard 3, the first part's.
        assert_eq!(code, if part == "0/3" { 3 } else { 0 }, "{part}: {err}");
    }
    let (code, merged, err) = lab.corpus(&["merge", "p"]);
    assert!(code == 3 && err.contains("wave/3.bvh"), "{code}: {err}");
    assert_eq!(merged["samples"], 10);
    for name in ["samples.csv", "manifest.jsonl", "corpus.yaml", "set_aside.csv"] {
        let read = |dir: &str| fs::read(Path::new(&lab.path(dir)).join(name)).unwrap();
        assert!(read("c") == read("p"), "{name} differs");
    }
}

#[test]
fn a_corpus_of_nothing_is_refused() {
    let lab = Lab::new();
    for i in 0..6 {
        lab.put(&format!("wave/{i}.bvh"), &bvh(0.0, Some(0)).replace("0.000 95.000", "nan 95.000"));
    }
    let (code, _, err) = lab.corpus(&["build", "recipe.yaml", "-o", "c"]);
    assert!(code == 1 && err.contains("not one sample could be made") && err.contains("0.bvh"), "{code}: {err}");
    assert!(!lab.path("c/samples.csv").exists());
}
