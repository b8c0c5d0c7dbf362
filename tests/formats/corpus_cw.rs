//! Corpora of a CW radar: the chain that makes a view of I/Q, from a recipe and of a recording.

use kinecho::base::yaml::Document;
use kinecho::base::{Complex32, Vec3, progress::Silent};
use kinecho::chain::{Chain, Keep, MicroDopplerChain};
use kinecho::corpus::{ImportConfig, Recipe, SampleMaker, import_recordings};
use kinecho::recording::{Dropped, Recording};
use kinecho::signal::{Iq, IqInfo, Signal};
use ndarray::Array2;
use std::f64::consts::TAU;

const RECIPE: &str = "
version: 1
activities: [walk_forward_backward]
subjects: 1
repetitions: 1
scene:
  radar: {preset: k_lc5, with: {sample_rate_hz: 1000}}
  people: [{range_m: 3, azimuth_deg: 0, facing_deg: 0}]
  duration_s: 1.0
chain: {micro_doppler: {spectrogram: {max_velocity_mps: 4}, rows: 32, columns: 24}}
keep: [iq]
";

fn recipe(yaml: &str) -> Result<Recipe, String> {
    let document = Document::parse(yaml, "recipe.yaml".as_ref()).unwrap();
    Recipe::from_document(&document).map_err(|e| e.to_string())
}

#[test]
fn a_recipe_with_a_cw_radar_makes_spectrograms() {
    let sample = SampleMaker::new(&recipe(RECIPE).unwrap()).unwrap().make(0).unwrap();
    assert_eq!(sample.views.names(), ["micro_doppler"]);
    let view = sample.views.get("micro_doppler").unwrap();
    let axes: Vec<(&str, &str)> = view.axes.iter().map(|a| (a.name.as_str(), a.unit.as_str())).collect();
    assert_eq!((view.data.shape(), axes), (&[32, 24][..], vec![("velocity", "m/s"), ("time", "s")]));
    assert!(view.data.iter().any(|v| *v == 1.0) && view.data.iter().all(|v| (-1.0..=1.0).contains(v)));
    assert_eq!(sample.extra("iq").unwrap().data.shape(), [1, 1000]);
    assert!(sample.targets.captions.unwrap().general.contains("walks"));
}

#[test]
fn what_a_sensor_does_not_give_is_refused_with_its_place() {
    for (from, to, words) in [
        ("chain: {micro_doppler", "chain: {heatmaps: {}, micro_doppler", "chain.heatmaps: makes nothing of I/Q"),
        ("keep: [iq]", "keep: [cube]", "recipe.yaml:11: keep: `cube`, which K-LC5 does not give"),
        ("rows: 32", "rows: 0", "chain.micro_doppler.rows: 0; expected 1 to 4096"),
        ("max_velocity_mps: 4", "window_s: 2", "chain.micro_doppler.spectrogram.window_s: 2 s"),
        ("keep: [iq]", "sensor: {noise_figure_db: [5, 9]}", "recipe.yaml:11: sensor: are values of FMCW radars"),
        (
            "radar: {preset: k_lc5, with: {sample_rate_hz: 1000}}",
            "radar: {preset: awr1843}",
            "recipe.yaml:11: keep: `iq`, which AWR1843 does not give",
        ),
    ] {
        assert!(RECIPE.contains(from), "{from}");
        let error = recipe(&RECIPE.replace(from, to)).unwrap_err();
        assert!(error.contains(words), "{to}: `{words}` is not in {error}");
    }
}

/// A target that recedes at 1.5 m/s shows at this velocity, in every window, whoever makes the view.
#[test]
fn recordings_pass_through_the_same_chain() {
    let (rate, carrier_hz, speed) = (1000.0, 24.15e9, 1.5);
    let info = IqInfo {
        carrier_hz,
        sample_rate_hz: rate,
        start_s: 0.0,
        quadrature: true,
        tx_m: Vec3::zeros(),
        rx_m: vec![Vec3::zeros()],
    };
    // Doppler = 2 v f / c, in the definition.
    let doppler = 2.0 * speed * carrier_hz / 299_792_458.0;
    let sample = |_, n: usize| {
        let phase = TAU * doppler * n as f64 / rate;
        Complex32::new(phase.cos() as f32, phase.sin() as f32)
    };
    let data = Array2::from_shape_fn((1, 4000), |(rx, n)| sample(rx, n));
    let recording = Recording {
        name: "a".into(),
        activity: "squat".into(),
        session: None,
        subject: None,
        room: None,
        official_split: None,
        signal: Signal::Iq(Iq { data, info, unit: "1".into() }),
        dropped: Dropped::default(),
    };
    let chain = Chain::of_iq(MicroDopplerChain { rows: 248, columns: 20, ..MicroDopplerChain::default() });
    let config = ImportConfig { chain: chain.clone(), keep: Some(vec![Keep::Iq]), ..ImportConfig::default() };
    let dir = tempfile::tempdir().unwrap();
    let corpus = import_recordings(&[recording], "cw", &config, &dir.path().join("c"), &Silent).unwrap();
    assert_eq!(corpus.rows().iter().map(|r| (r.start_s, r.duration_s)).collect::<Vec<_>>(), [(0.0, 3.0), (1.0, 3.0)]);
    let (first, second) = (corpus.read(0).unwrap(), corpus.read(1).unwrap());
    for sample in [&first, &second] {
        let view = sample.views.get("micro_doppler").unwrap();
        let map = view.as_map().unwrap();
        let strongest = (0..map.nrows()).max_by(|&a, &b| map[[a, 10]].total_cmp(&map[[b, 10]])).unwrap();
        let velocity = view.axes[0].value(strongest);
        assert!((velocity - speed).abs() <= view.axes[0].step, "{velocity}");
    }
    let input = corpus.view_input().unwrap().unwrap();
    assert_eq!((&input.chain, input.disagreement(&second.views)), (&chain, None));
    let wrong = ImportConfig { chain: Chain::usual(), ..config };
    let error = wrong.resolved(kinecho::corpus::Holding::Iq).unwrap_err().to_string();
    assert!(error.contains("chain.heatmaps: makes nothing of I/Q; expected chain.micro_doppler"), "{error}");
}
