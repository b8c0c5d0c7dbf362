//! Corpora of version 1, in which the maps of a sample were one stack: `tests/golden/corpus_v1` was written by the last program that
//! made them, of the recipe in its `corpus.yaml` (`kinecho corpus build r.yaml -o corpus_v1`). And such of version 2 whose places were rooms.

use kinecho::base::progress::Silent;
use kinecho::base::yaml::Document;
use kinecho::corpus::{CorpusPlan, CorpusReader, CorpusWriter, Recipe, SampleMaker, build};
use ndarray::{Array3, Axis};
use ndarray_npy::ReadNpyExt;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

fn old() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/corpus_v1")
}

/// The files of its shard, as any reader of tar gives them.
fn files() -> BTreeMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(std::fs::File::open(old().join("shards/000000.tar")).unwrap());
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (entry.path().unwrap().display().to_string(), bytes)
    });
    entries.collect()
}

#[test]
fn maps_of_version_1_are_views() {
    let (corpus, files) = (CorpusReader::open(&old()).unwrap(), files());
    let verified = corpus.verify().unwrap();
    assert!(verified.samples == 2 && verified.against_recipe);
    for id in 0..2 {
        let sample = corpus.read(id).unwrap();
        assert_eq!(sample.views.names(), ["time_doppler", "time_range", "time_angle"]);
        let stack = Array3::<f32>::read_npy(&files[&format!("{id:09}.hm.npy")][..]).unwrap();
        for (i, (_, view)) in sample.views.iter().enumerate() {
            assert_eq!(view.as_map().unwrap(), stack.index_axis(Axis(0), i));
        }
        assert!(sample.extra("points").is_some() && sample.extra("point_maps").is_some());
        assert_eq!(sample.views.get("time_range").unwrap().axes[0].name, "range");
    }
    assert_eq!(corpus.main_views().unwrap(), ["time_doppler", "time_range", "time_angle"]);
    let input = corpus.view_input().unwrap().unwrap();
    assert_eq!((input.chain.entries(), input.views.len()), (vec!["heatmaps"], 3));
}

#[test]
fn the_recipe_of_version_1_makes_the_same_numbers() {
    let corpus = CorpusReader::open(&old()).unwrap();
    let mut document = Document::parse(&corpus.plan().recipe, "recipe.yaml".as_ref()).unwrap();
    // What is seen was found by hidden point removal then. Facets had no projection cosine and were flat, antennas radiated alike
    // in all directions, receivers had no filters, and people were conductors.
    for older in [
        "simulation.obliquity=false",
        "simulation.curvature=false",
        "simulation.weakest_lobe=0",
        "simulation.bundle_tolerance=0",
        "simulation.visibility=hidden_point",
        "scene.receiver.pattern={}",
        "scene.receiver.high_pass={}",
    ] {
        document.set(older).unwrap();
    }
    document.set("scene.people.0.material=conductor").unwrap();
    document.set("scene.people.0.scattering.coefficient=0").unwrap();
    let maker = SampleMaker::new(&Recipe::from_document(&document).unwrap()).unwrap();
    for id in 0..2 {
        let (there, now) = (corpus.read(id).unwrap(), maker.make(id).unwrap());
        let maps = now.views.only(&corpus.main_views().unwrap());
        // Another processor may round another way.
        let off = maps.iter().zip(there.views.iter()).flat_map(|((_, a), (_, b))| a.data.iter().zip(&b.data));
        assert!(off.into_iter().all(|(a, b)| (a - b).abs() < 1e-3), "sample {id}");
        let stack =
            |names: &[&str]| now.views.stacked(&names.iter().map(|n| n.to_string()).collect::<Vec<_>>()).unwrap();
        let points = stack(&["points_time_doppler", "points_time_range", "points_time_azimuth"]);
        assert_eq!(points.shape(), there.extra("point_maps").unwrap().data.shape());
        assert_eq!((&now.targets.label, &now.meta.split), (&there.targets.label, &there.meta.split));
    }
}

#[test]
fn nothing_is_added_to_a_corpus_of_version_1() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::copy(old().join("corpus.yaml"), dir.path().join("corpus.yaml")).unwrap();
    let there = CorpusReader::open(&old()).unwrap().plan().clone();
    let plan = CorpusPlan::new(2, 2, there.recipe.clone(), there.resolved.clone()).unwrap();
    let error = CorpusWriter::open(dir.path(), plan).err().unwrap().to_string();
    assert!(error.contains("older layout") && error.contains("another folder"), "{error}");
}

/// The variants of the scene were `rooms:`, in the plans of corpora too: they are read, verified and gone on with.
#[test]
fn a_corpus_whose_plan_has_rooms_goes_on() {
    const RECIPE: &str = "
version: 1
activities: [squat]
subjects: 1
repetitions: 1
samples_per_shard: 1
scene:
  radar: {preset: awr1843, with: {loops_per_frame: 8, samples_per_chirp: 32, sample_rate_hz: 1.0e+6}}
  people: [{range_m: [1.2, 1.8]}]
  duration_s: 0.2
places: [{name: office}, {name: lab, scene: {radar_pose: {height_m: 0.7}}}]
splits: [{name: test, places: [lab]}]
chain: {heatmaps: {window: 8, rows: 8, columns: 8}}
";
    let dir = tempfile::tempdir().unwrap();
    let recipe = |text: &str| {
        Recipe::from_document(&Document::parse(text, "recipe.yaml".as_ref()).unwrap()).map_err(|e| e.to_string())
    };
    build(&recipe(RECIPE).unwrap(), dir.path(), &Silent).unwrap();
    let (plan, last) = (dir.path().join("corpus.yaml"), dir.path().join("shards/000001.tar"));
    let older = std::fs::read_to_string(&plan).unwrap().replace("places:", "rooms:");
    // The variants and the rule, as typed and resolved.
    assert_eq!(older.matches("rooms:").count(), 4);
    std::fs::write(&plan, older).unwrap();
    let corpus = CorpusReader::open(dir.path()).unwrap();
    assert!(corpus.verify().unwrap().against_recipe);
    let sessions: Vec<_> = corpus.rows().iter().map(|row| (row.session.as_str(), row.split.as_str())).collect();
    assert_eq!(sessions, [("office", "train"), ("lab", "test")]);
    let bytes = std::fs::read(&last).unwrap();
    std::fs::remove_file(&last).unwrap();
    for text in [RECIPE.to_owned(), RECIPE.replace("places:", "rooms:")] {
        assert!(build(&recipe(&text).unwrap(), dir.path(), &Silent).unwrap().verify().unwrap().against_recipe);
        assert_eq!(std::fs::read(&last).unwrap(), bytes);
    }
    // Facets had no projection cosine once: such a corpus is not finished with it unsaid, and can be finished without.
    let plain = std::fs::read_to_string(&plan).unwrap();
    std::fs::write(&plan, plain.replace("    obliquity: true\n", "")).unwrap();
    let refused = build(&recipe(RECIPE).unwrap(), dir.path(), &Silent).err().unwrap().to_string();
    assert!(refused.contains("simulation.obliquity is false there, true here"), "{refused}");
    build(&recipe(&format!("{RECIPE}simulation: {{obliquity: false}}\n")).unwrap(), dir.path(), &Silent).unwrap();
    // Nor is one from before facets were bent, antennas had patterns, and people were skin that scatters.
    let mut older: serde_yaml::Value = serde_yaml::from_str(&plain).unwrap();
    let resolved = &mut older["resolved"];
    for key in ["obliquity", "curvature", "curvature_tolerance_rad", "weakest_lobe"] {
        assert!(resolved["simulation"].as_mapping_mut().unwrap().remove(key).is_some(), "{key}");
    }
    for key in ["material", "scattering"] {
        assert!(resolved["scene"]["people"][0].as_mapping_mut().unwrap().remove(key).is_some(), "{key}");
    }
    std::fs::write(&plan, serde_yaml::to_string(&older).unwrap()).unwrap();
    let refused = build(&recipe(RECIPE).unwrap(), dir.path(), &Silent).err().unwrap().to_string();
    for said in ["simulation.curvature is false there, true here", "material is \"perfect_conductor\" there", "pattern"]
    {
        assert!(refused.contains(said), "`{said}` is not in {refused}");
    }
    let as_before = RECIPE.replace(
        "people: [{range_m: [1.2, 1.8]}]",
        "receiver: {pattern: {}, high_pass: {}}\n  people: [{range_m: [1.2, 1.8], material: conductor, scattering: {coefficient: 0}}]",
    );
    let settings = "simulation: {obliquity: false, curvature: false, weakest_lobe: 0}\n";
    build(&recipe(&format!("{as_before}{settings}")).unwrap(), dir.path(), &Silent).unwrap();
    std::fs::write(&plan, plain).unwrap();
    let other = RECIPE.replace("height_m: 0.7", "height_m: 0.8");
    let refused = build(&recipe(&other).unwrap(), dir.path(), &Silent).err().unwrap().to_string();
    assert!(refused.contains("places.1.scene.radar_pose.height_m is 0.7 there, 0.8 here"), "{refused}");
}

/// What a recipe only names may have changed since: a motion's score, a radar's preset, a file.
#[test]
fn a_corpus_of_other_motions_is_not_gone_on_with() {
    const RECIPE: &str = "
version: 1
activities: [squat]
subjects: 1
repetitions: 1
scene:
  radar: {preset: awr1843, with: {loops_per_frame: 8, samples_per_chirp: 32, sample_rate_hz: 1.0e+6}}
  people: [{range_m: [1.2, 1.8]}]
  duration_s: 0.2
places: [{name: office, scene: {objects: [{mesh: desk.obj, x_m: 1, y_m: 2}]}}]
chain: {heatmaps: {window: 8, rows: 8, columns: 8}}
";
    let dir = tempfile::tempdir().unwrap();
    let (desk, out) = (dir.path().join("desk.obj"), dir.path().join("corpus"));
    std::fs::write(&desk, "v 0 0 0\nv 1 0 0\nv 0 0 1\nf 1 2 3\n").unwrap();
    // Files of places, too, lie beside the recipe.
    let recipe = || Recipe::from_document(&Document::parse(RECIPE, &dir.path().join("r.yaml")).unwrap()).unwrap();
    build(&recipe(), &out, &Silent).unwrap();
    build(&recipe(), &out, &Silent).unwrap();
    let refused = || build(&recipe(), &out, &Silent).err().unwrap().to_string();
    let plan = out.join("corpus.yaml");
    let plain = std::fs::read_to_string(&plan).unwrap();
    let made_of: BTreeMap<String, String> = {
        let plan: serde_yaml::Value = serde_yaml::from_str(&plain).unwrap();
        serde_yaml::from_value(plan["made_of"].clone()).unwrap()
    };
    let names: Vec<_> = made_of.keys().cloned().collect();
    let file = format!("file {}", std::path::absolute(&desk).unwrap().display());
    assert_eq!(names, [file.as_str(), "motion squat", "radar", "sentences of squat", "signals"]);
    for name in ["motion squat", "radar", "sentences of squat", "signals"] {
        std::fs::write(&plan, plain.replace(&made_of[name], "another")).unwrap();
        let said = refused();
        assert!(
            said.contains("another plan") && said.contains(&format!("others now than it was made of: `{name}`)")),
            "{said}"
        );
        // It is read all the same, and what it holds is not taken for something that can be made again.
        let corpus = CorpusReader::open(&out).unwrap();
        assert!(corpus.verify().unwrap().against_recipe);
    }
    std::fs::write(&plan, &plain).unwrap();
    std::fs::write(&desk, "v 0 0 0\nv 2 0 0\nv 0 0 1\nf 1 2 3\n").unwrap();
    assert!(refused().contains(&format!("`{file}`")));
    let mut older: serde_yaml::Value = serde_yaml::from_str(&plain).unwrap();
    older.as_mapping_mut().unwrap().remove("made_of").unwrap();
    std::fs::write(&plan, serde_yaml::to_string(&older).unwrap()).unwrap();
    assert!(refused().contains("does not say which motions"));
}
