//! Studies of beam prediction: what they refuse, and the shipped one, cut short, on the recordings.

use super::needs;
use kinecho::base::progress::Silent;
use kinecho::base::yaml::Document;
use kinecho::study::beams::{BeamResults, BeamRun, BeamStudy};
use kinecho::study::experiment::Places;
use std::path::Path;

/// The shipped study with changes: dotted key → value.
fn shipped(changes: &[(&str, &str)]) -> Document {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenes/experiments/beam_deepsense.yaml");
    let mut document = Document::read(&file).unwrap();
    changes.iter().for_each(|(key, value)| document.set(&format!("{key}={value}")).unwrap());
    document
}

#[test]
fn the_shipped_study_is_sound_and_wrong_ones_are_refused_by_key() {
    let here = env!("CARGO_MANIFEST_DIR");
    assert!(BeamStudy::from_document(&shipped(&[("data", here)])).is_ok());
    let refused = |changes: &[(&str, &str)]| {
        let all: Vec<_> = [("data", here)].into_iter().chain(changes.iter().copied()).collect();
        BeamStudy::from_document(&shipped(&all)).map(drop).unwrap_err().to_string()
    };
    let passage = "[scenario9/001, scenario9/002]";
    let both = refused(&[("split.test_passages", passage), ("split.validation_passages", "[scenario9/002]")]);
    assert!(
        both.contains("split.test_passages") && both.contains("scenario9/002 stands in validation_passages"),
        "{both}"
    );
    let beams = refused(&[("import.chain.beams.beams", "1")]);
    assert!(beams.contains("import.chain.beams.beams") && beams.contains("2 to 4096"), "{beams}");
    let seed = refused(&[("stages.predict.seed", "4")]);
    assert!(seed.contains("stages.predict.seed") && seed.contains("leave it out"), "{seed}");
    let share = refused(&[("aligned_share", "0")]);
    assert!(share.contains("aligned_share") && share.contains("above 0"), "{share}");
    let window = refused(&[("import.length_s", "2.0")]);
    assert!(window.contains("import.length_s") && window.contains("chain.beams.steps"), "{window}");
    let away = BeamRun::new(&shipped(&[("data", "/nowhere/at/all")])).map(drop).unwrap_err().to_string();
    assert!(away.contains("there is no folder /nowhere/at/all"), "{away}");
}

/// Half of the steps on scenario 9: above what comes without a network, by any sensors.
#[test]
fn scenario_9_is_answered_better_than_by_what_comes_without_a_network() {
    let Some(data) = needs::data("deepsense_beam") else { return };
    let seeds = std::env::var("KINECHO_SEEDS").unwrap_or_else(|_| "[0]".into());
    let data = data.display().to_string();
    let mut changes = vec![("data", data.as_str()), ("seeds", &seeds)];
    changes.extend([("stages.alone.steps", "150"), ("stages.aligned.steps", "150"), ("stages.predict.steps", "225")]);
    let dir = tempfile::tempdir().unwrap();
    let places = Places { output: Some(dir.path().join("run")), corpora: None };
    let finished = BeamRun::new(&shipped(&changes)).unwrap().run(&places, &Silent).unwrap();
    let results: BeamResults = finished.results;
    for answer in &results.answers {
        let s = &answer.scores;
        println!(
            "seed {} {:<8} {:<20} {:?} top-1 {:.3} top-3 {:.3} DBA {:.3} {:.3} loss {:.2} dB",
            answer.seed,
            answer.arm,
            answer.by,
            s.samples,
            s.top_1,
            s.top_3,
            s.dba_challenge,
            s.dba_thresholds,
            s.power_loss_db
        );
    }
    println!("{} parameters, {:.2} ms a prediction, {:?}", results.parameters, results.prediction_ms, results.sizes);
    let mean = |arm: &str, by: &str| {
        let all = results.by_seed(arm, by, |s| s.dba_challenge);
        assert!(!all.is_empty(), "{arm} {by}");
        all.iter().sum::<f64>() / all.len() as f64
    };
    let (last, usual) = (mean("simple", "last beam"), mean("simple", "most frequent"));
    for by in ["powers", "gnss", "powers + gnss"] {
        let found = mean("study", by);
        assert!(found > last.max(usual) + 0.1, "{by}: {found}, the last beam {last}, the most frequent {usual}");
    }
    // Five steps of powers say more than two positions.
    assert!(mean("study", "powers") > mean("study", "gnss") && mean("study", "powers + gnss") > mean("study", "gnss"));
    assert!(finished.report.is_file());
}
