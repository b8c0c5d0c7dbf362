//! The real process killed at random moments.

use super::corpus_program::{RECIPE, done, folder, json, program};
use super::corpus_samples::tree;
use kinecho::base::random::RandomTree;
use rand::RngExt;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Kills that must meet a running process.
const KILLS: u32 = 20;

#[test]
fn killed_at_twenty_moments_it_ends_the_same() {
    let dir = folder();
    let dir = dir.path();
    // Twice as many shards of one sample each: there is more to interrupt.
    fs::write(dir.join("recipe.yaml"), RECIPE.replace("samples_per_shard: 2", "samples_per_shard: 1")).unwrap();
    let since = Instant::now();
    done(dir, &["corpus", "build", "recipe.yaml", "-o", "undisturbed"]);
    let usual = since.elapsed();
    let whole = tree(&dir.join("undisturbed"));
    let mut stream = RandomTree::new(5).stream(0, "moments");
    let (mut killed, mut ended, mut in_the_middle) = (0, 0, 0);
    while killed < KILLS {
        assert!(ended < 100, "the process ends before it can be killed: {killed} kills");
        let name = format!("c{ended}");
        let mut command = program(dir, &["corpus", "build", "recipe.yaml", "-q", "-o", &name]);
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(usual.mul_f64(stream.random_range(0.0..0.8)) + Duration::from_millis(1));
        match child.try_wait().unwrap() {
            None => {
                // SIGKILL: nothing in the process can react to it.
                child.kill().unwrap();
                child.wait().unwrap();
                killed += 1;
                let corpus = dir.join(&name);
                if corpus.join("manifest.jsonl").exists() {
                    let status = json(
                        dir,
                        if corpus.join("samples.csv").exists() { 0 } else { 3 },
                        &["corpus", "status", &name],
                    );
                    assert_eq!(status["shards"]["n_running"], 0, "nobody is running: {status}");
                    in_the_middle += u32::from(status["shards"]["n_missing"] != 0 && status["shards"]["n_done"] != 0);
                }
            }
            Some(status) => {
                assert!(status.success());
                assert!(tree(&dir.join(&name)) == whole, "after {killed} kills the corpus is another");
                ended += 1;
            }
        }
    }
    let name = format!("c{ended}");
    done(dir, &["corpus", "build", "recipe.yaml", "-o", &name]);
    assert!(tree(&dir.join(&name)) == whole, "after {killed} kills the corpus is another");
    assert!(in_the_middle >= 3, "only {in_the_middle} of {killed} kills left some shards done and some missing");
}
