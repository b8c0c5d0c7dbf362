//! One corpus by one process or by many: the same bytes.

use super::corpus_program::{RECIPE, done, fails, folder, json, program, run};
use super::corpus_samples::tree;
use kinecho::base::yaml::Document;
use kinecho::corpus::{CorpusPlan, CorpusWriter, Damage, Part, Recipe, SampleMaker};
use std::fs;
use std::path::Path;

#[test]
fn threads_and_parts_do_not_change_a_byte() {
    let dir = folder();
    let dir = dir.path();
    done(dir, &["corpus", "build", "recipe.yaml", "-o", "one", "--threads", "1"]);
    done(dir, &["corpus", "build", "recipe.yaml", "-o", "eight", "--threads", "8"]);
    let whole = tree(&dir.join("one"));
    assert!(whole.len() == 10 && whole.contains_key("shards/000005.tar"), "{:?}", whole.keys());
    assert!(whole == tree(&dir.join("eight")), "8 threads made other bytes than 1");
    for part in ["0/5", "3/5", "1/5", "4/5", "2/5"] {
        fails(dir, if part == "0/5" { 1 } else { 3 }, &["corpus", "merge", "five"], &["five"]);
        done(dir, &["corpus", "build", "recipe.yaml", "-o", "five", "--shard", part]);
    }
    let status = json(dir, 3, &["corpus", "status", "five"]);
    assert_eq!((&status["shards"]["done"], &status["parts"]["done"]), (&"0-5".into(), &"0-4".into()), "{status}");
    done(dir, &["corpus", "merge", "five"]);
    assert!(whole == tree(&dir.join("five")), "five parts made other bytes than one process");
    assert_eq!(json(dir, 0, &["corpus", "status", "five"])["finished"], true);
    let verified = json(dir, 0, &["corpus", "verify", "five"]);
    assert_eq!((&verified["samples"], &verified["against_recipe"]), (&12.into(), &true.into()));
}

#[test]
fn missing_parts_are_an_array_that_can_be_sent_again() {
    let dir = folder();
    let dir = dir.path();
    for part in ["0/4", "3/4"] {
        done(dir, &["corpus", "build", "recipe.yaml", "-o", "c", "--shard", part]);
    }
    let status = json(dir, 3, &["corpus", "status", "c"]);
    assert_eq!(status["parts"]["missing"], "1-2", "{status}");
    assert_eq!(status["shards"]["missing"], "1-2,5", "{status}");
    assert_eq!(status["samples_done"], 6);
    assert_eq!(done(dir, &["corpus", "status", "c", "--missing"]), "1-2\n");
    assert_eq!(json(dir, 3, &["corpus", "status", "c", "--of", "2"])["parts"]["missing"], "0-1");
    fails(dir, 3, &["corpus", "merge", "c"], &["3 of 6 shards are missing: 1-2,5", "parts 1-2 of 4"]);
    // Sent again as a Slurm array of these two alone: the folder knows that there are four parts.
    for task in ["1", "2"] {
        let mut command = program(dir, &["corpus", "build", "recipe.yaml", "-o", "c", "--shard", "auto"]);
        command.env("SLURM_ARRAY_TASK_ID", task).env("SLURM_ARRAY_TASK_MIN", "1");
        command.env("SLURM_ARRAY_TASK_MAX", "2").env("SLURM_ARRAY_TASK_COUNT", "2");
        assert!(command.status().unwrap().success());
    }
    assert_eq!(done(dir, &["corpus", "status", "c", "--missing"]), "\n");
    done(dir, &["corpus", "merge", "c"]);
    done(dir, &["corpus", "build", "recipe.yaml", "-o", "whole"]);
    assert!(tree(&dir.join("c")) == tree(&dir.join("whole")));
}

#[test]
fn parts_are_refused_in_plain_words() {
    let dir = folder();
    let dir = dir.path();
    for (part, words) in [("4/4", "no part"), ("x", "I/N"), ("auto/0", "auto/N"), ("1/2/3", "I/N")] {
        fails(dir, 2, &["corpus", "build", "recipe.yaml", "-o", "c", "--shard", part], &[words]);
    }
    fails(dir, 1, &["corpus", "build", "recipe.yaml", "-o", "c", "--shard", "auto"], &["SLURM_ARRAY_TASK_ID", "I/N"]);
    fails(dir, 2, &["corpus", "build", "recipe.yaml"], &["--output"]);
    fails(dir, 1, &["corpus", "status", "nowhere"], &["nowhere", "not a corpus"]);
    assert!(!dir.join("c").exists());
}

fn plan() -> CorpusPlan {
    let document = Document::parse(RECIPE, "recipe.yaml".as_ref()).unwrap();
    let recipe = Recipe::from_document(&document).unwrap();
    let resolved = serde_yaml::to_value(&recipe).unwrap();
    let made_of = SampleMaker::new(&recipe).unwrap().made_of();
    CorpusPlan::new(recipe.samples(), recipe.samples_per_shard, RECIPE, resolved).unwrap().made_of(made_of)
}

fn held(dir: &Path, part: &str) -> CorpusWriter {
    CorpusWriter::take_up(dir, plan(), part.parse::<Part>().unwrap(), Damage::Refuse).unwrap().0
}

#[test]
fn who_writes_is_seen_and_kept_apart() {
    let dir = folder();
    let dir = dir.path();
    let corpus = dir.join("c");
    let build = |part: &str| run(dir, &["corpus", "build", "recipe.yaml", "-o", "c", "--shard", part]);
    let writer = held(&corpus, "1/3");
    let shard = writer.begin_shard(4).unwrap();
    let status = json(dir, 3, &["corpus", "status", "c"]);
    assert_eq!((&status["parts"]["running"], &status["shards"]["running"]), (&"1".into(), &"4".into()), "{status}");
    assert_eq!(status["parts"]["missing"], "0,2", "a part that is being made need not be sent again");
    let (code, _, stderr) = build("1/3");
    assert!(code == 1 && stderr.contains("another process is writing part 1/3"), "{stderr}");
    let (code, _, stderr) = build("0/2");
    assert!(code == 1 && stderr.contains("another division"), "{stderr}");
    let (code, _, stderr) = run(dir, &["corpus", "build", "recipe.yaml", "-o", "c"]);
    assert!(code == 1 && stderr.contains("another process is writing part 1/3"), "{stderr}");
    fails(dir, 1, &["corpus", "merge", "c"], &["another process is writing part 1/3"]);
    assert_eq!(build("2/3").0, 0, "another part is welcome");
    drop(shard);
    drop(writer);
    assert_eq!(build("1/3").0, 0);
    assert_eq!(build("0/3").0, 0);
    // The whole at once: refused while it is written, whoever asks.
    let whole = held(&dir.join("w"), "0/1");
    let (code, _, stderr) = run(dir, &["corpus", "build", "recipe.yaml", "-o", "w", "--shard", "0/2"]);
    assert!(code == 1 && stderr.contains("another process is writing this corpus"), "{stderr}");
    drop(whole);
    // A part of another recipe is no part of this corpus.
    fs::write(dir.join("other.yaml"), RECIPE.replace("seed: 11", "seed: 12")).unwrap();
    fails(dir, 1, &["corpus", "build", "other.yaml", "-o", "c", "--shard", "0/3"], &["another plan"]);
    fs::create_dir(dir.join("foreign")).unwrap();
    fs::write(dir.join("foreign/thesis.tex"), "years").unwrap();
    fails(dir, 1, &["corpus", "build", "recipe.yaml", "-o", "foreign", "--shard", "0/3"], &["other files"]);
    assert_eq!(tree(&dir.join("foreign")).len(), 1);
}

#[test]
fn many_processes_begin_at_once() {
    let dir = folder();
    let dir = dir.path();
    let mut children: Vec<_> = (0..6)
        .map(|i| {
            let part = format!("{i}/6");
            let mut command =
                program(dir, &["corpus", "build", "recipe.yaml", "-o", "c", "--threads", "1", "--shard", &part]);
            command.spawn().unwrap()
        })
        .collect();
    assert!(children.iter_mut().all(|child| child.wait().unwrap().success()));
    done(dir, &["corpus", "merge", "c"]);
    done(dir, &["corpus", "build", "recipe.yaml", "-o", "whole"]);
    assert!(tree(&dir.join("c")) == tree(&dir.join("whole")));
}
