//! WiFi and RFID beside a radar: from scenes and recipes to signals and views.

use kinecho::base::Complex64;
use kinecho::base::constants::SPEED_OF_LIGHT;
use kinecho::base::random::RandomTree;
use kinecho::base::yaml::Document;
use kinecho::channel::ChannelSettings;
use kinecho::corpus::{Recipe, SampleMaker};
use kinecho::scene::{Scene, SceneSpec};
use kinecho::signal::{Csi, RfidReads, Signal};
use std::f64::consts::{PI, TAU};

const RECIPE: &str = "
version: 1
activities: [walk_forward_backward]
subjects: 1
repetitions: 1
scene:
  people: [{range_m: 2.4, azimuth_deg: 0, facing_deg: 0}]
  duration_s: 1.0
  room: {x_m: [-2.5, 2.5], y_m: [-0.8, 5.5], order: 1, floor: concrete, front: plasterboard}
  sensors:
    wifi:
      kind: wifi
      with: {packets: {timing: regular, rate_hz: 300}}
      transmitter: {x_m: -1.5, y_m: -0.4, height_m: 1.2}
      receiver: {x_m: 1.6, y_m: 4.9, height_m: 1.0}
    tags:
      kind: rfid
      reader: {x_m: 0.0, y_m: -0.5, height_m: 1.6}
      tags:
        - {grid: {first_m: [-1.0, 5.4, 0.8], row_end_m: [1.0, 5.4, 0.8], last_m: [1.0, 5.4, 1.6], columns: 3, rows: 2}}
        - {person: 0, joints: [spine3], side: front}
chain:
  csi: {steps: [{step: conjugate}, {step: remove_static}], views: [{view: amplitude, rows: 30, columns: 32}]}
  rfid: {tags: 8, columns: 24}
keep: [csi, rfid]
";

fn recipe(yaml: &str) -> Result<Recipe, String> {
    let document = Document::parse(yaml, "recipe.yaml".as_ref()).unwrap();
    Recipe::from_document(&document).map_err(|e| e.to_string())
}

#[test]
fn a_recipe_without_a_radar_in_its_chain_makes_views_of_links() {
    let maker = SampleMaker::new(&recipe(RECIPE).unwrap()).unwrap();
    let sample = maker.make(0).unwrap();
    assert_eq!(sample.views.names(), ["amplitude", "rfid_phase", "rfid_rssi", "rfid_reads"]);
    assert_eq!(sample.extra("csi").unwrap().data.shape(), [300, 30, 3, 1]);
    assert!(sample.extra("rfid").unwrap().data.shape()[0] > 100);
    assert!(sample.extra("cube").is_none() && !sample.meta.details.contains_key("simulation"));
    let ways = sample.meta.details["links"]["wifi"]["paths"].as_array().unwrap().len();
    assert_eq!(ways, 3, "straight on, over the floor, over the front wall");
    // The same sample again, on other threads.
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let again = one.install(|| maker.make(0).unwrap());
    assert_eq!(again.views, sample.views);
    assert_eq!(again.extra("csi"), sample.extra("csi"));
}

#[test]
fn what_does_not_fit_is_refused_with_its_place() {
    for (from, to, words) in [
        (
            "y_m: 4.9, height_m: 1.0",
            "y_m: 5.9, height_m: 1.0",
            "scene.sensors.wifi.receiver: (1.60, 5.90, 1.00) m is 0.40 m behind a wall",
        ),
        ("height_m: 1.6}", "height_m: -1}", "scene.sensors.tags.reader.height_m"),
        ("[-1.0, 5.4, 0.8]", "[-1.0, 5.6, 0.8]", "scene.sensors.tags.tags.0"),
        ("person: 0", "person: 1", "scene.sensors.tags.tags.1.person: 1; the scene has 1 people"),
        ("joints: [spine3]", "joints: [tail]", "tail"),
        ("joints: [spine3]", "joints: [spine3, spine3]", "`person_0_spine3_front` is there twice"),
        ("    wifi:\n", "    scene:\n", "scene.sensors.scene: is the name of a file of another kind"),
        (
            "reader: {x_m: 0.0",
            "antennas: {patch: {width_deg: 190}}\n      reader: {x_m: 0.0",
            "antennas.patch.width_deg: 190",
        ),
        ("    wifi:\n", "    WiFi:\n", "scene.sensors.WiFi: expected a name of at most 60 small letters"),
        ("packets: {timing: regular, rate_hz: 300}", "channel: 37", "scene.sensors.wifi.with.channel"),
        ("kind: wifi\n", "kind: lidar\n", "lidar"),
        ("      kind: wifi\n", "      kind: wifi\n      preset: intel\n", "scene.sensors.wifi.preset"),
        (
            "      kind: wifi\n",
            "      kind: wifi\n      preset: wifi_esp32\n      file: x.yaml\n",
            "scene.sensors.wifi.file: there is a `preset` as well",
        ),
        ("chain:\n", "chain:\n  heatmaps: {rows: 0}\n", "chain.heatmaps.rows"),
        ("keep: [csi, rfid]", "keep: [iq]", "keep: `iq`"),
        ("keep: [csi, rfid]", "simulation: {channel: {order: 3}}", "simulation.channel.order: 3 given, must be 0 to 2"),
    ] {
        assert!(RECIPE.contains(from), "{from}");
        let error = recipe(&RECIPE.replacen(from, to, 1)).unwrap_err();
        assert!(error.contains(words), "{to}: {error}");
    }
    let alone = RECIPE.replace("keep: [csi, rfid]", "").replace("  rfid: {tags: 8, columns: 24}\n", "");
    let (start, end) = (alone.find("    wifi:").unwrap(), alone.find("    tags:").unwrap());
    let error = recipe(&format!("{}{}", &alone[..start], &alone[end..])).unwrap_err();
    assert!(
        error.contains("chain.csi: makes nothing of what the sensors give: there is no sensor of the kind `wifi`"),
        "{error}"
    );
    let wifi = alone[start..end].replace("    wifi:", "    second:");
    let error = recipe(&format!("{}{wifi}{}", &alone[..end], &alone[end..])).unwrap_err();
    assert!(error.contains("chain.csi: makes views of one sensor, and there are 2 WiFi links"), "{error}");
}

#[test]
fn places_change_links_and_what_is_kept_needs_no_chain() {
    let places = "places: [{name: a}, {name: b, scene: {sensors: {wifi: {transmitter: {x_m: 1.0}}, tags: {antennas: {patch: {width_deg: 60}}}}}}]\n";
    let chain = "chain:\n  csi: {views: [{view: amplitude, rows: 30, columns: 32}]}\n";
    let start = RECIPE.find("chain:").unwrap();
    let made = recipe(&format!("{}{places}{chain}keep: [rfid]\n", &RECIPE[..start])).unwrap();
    let sample = SampleMaker::new(&made).unwrap().make(1).unwrap();
    assert_eq!((sample.views.names(), sample.meta.session.as_str()), (vec!["amplitude".to_owned()], "b"));
    assert!(sample.extra("rfid").is_some() && sample.extra("csi").is_none());
}

#[test]
fn a_reader_that_hears_nothing_has_silent_rows() {
    let deaf =
        RECIPE.replace("      reader: {x_m: 0.0", "      with: {transmit_power_dbm: -10}\n      reader: {x_m: 0.0");
    let sample = SampleMaker::new(&recipe(&deaf).unwrap()).unwrap().make(0).unwrap();
    assert_eq!(sample.views.names(), ["amplitude", "rfid_phase", "rfid_rssi", "rfid_reads"]);
    assert!(sample.views.get("rfid_reads").unwrap().data.iter().all(|n| *n == 0.0));
    assert!(sample.views.get("rfid_rssi").unwrap().data.iter().all(|v| *v == -90.0));
}

/// What the sensors of a scene measure.
fn record(scene: &str) -> (Csi, RfidReads) {
    let spec: SceneSpec = serde_yaml::from_str(scene).unwrap();
    let scene = Scene::check(&spec, false).unwrap();
    let draw = scene.draw(&RandomTree::new(3), 0, &[], &[]).unwrap();
    let set = draw.set().unwrap();
    let one = |name: &str| {
        let tree = RandomTree::new(4).subtree(0, name);
        draw.sensors[name].record(&draw, &set, &ChannelSettings::default(), &tree).unwrap().signal
    };
    match (one("wifi"), one("tags")) {
        (Signal::Csi(csi), Signal::Rfid(reads)) => (csi, reads),
        other => panic!("{other:?}"),
    }
}

#[test]
fn clean_links_hold_friis_and_the_distance_of_tags() {
    let (csi, reads) = record(
        "
people: [{motion: stand_still, range_m: 8, azimuth_deg: 60}]
duration_s: 1.0
sensors:
  wifi:
    kind: wifi
    with: {impairments: {}, packets: {timing: regular, rate_hz: 50}}
    transmitter: {x_m: -1, y_m: 0, height_m: 1.0}
    receiver: {x_m: 2, y_m: 4, height_m: 1.0}
  tags:
    kind: rfid
    with: {phase: {steps: 0, offsets: false}, receiver: {sensitivity_dbm: -85}, rssi_step_db: 0, channels: [1]}
    reader: {x_m: 0, y_m: 0, height_m: 1.0}
    antennas: isotropic
    tags: [{at_m: [0, 2.0, 1.0]}, {at_m: [0, 2.05, 1.0]}]
",
    );
    // 15 dBm and 2 + 2 dBi over 56 subcarriers that are sent, 5 m; dipoles beside each other add nothing to their stated gain.
    let sent = 1e-3 * 10f64.powf(1.9) / 56.0;
    for (k, z) in csi.data.index_axis(ndarray::Axis(0), 7).index_axis(ndarray::Axis(2), 0).column(1).iter().enumerate()
    {
        let wavelength = SPEED_OF_LIGHT / csi.info.frequency_hz(k).unwrap();
        let want =
            Complex64::from_polar(sent.sqrt() * wavelength / (4.0 * PI * 5.0), -TAU * (5.0 / wavelength).fract());
        let got = Complex64::new(f64::from(z.re), f64::from(z.im));
        // Somebody stands aside, 35 dB below.
        assert!((got - want).norm() < 0.03 * want.norm(), "{k}: {got} {want}");
    }
    // 5 cm further: 4π · 0.05 / λ more, and 40 lg of the distance less.
    let mean = |tag: usize, of: &dyn Fn(&kinecho::signal::RfidRead) -> f64| {
        let all: Vec<f64> = reads.reads.iter().filter(|r| r.tag == tag).map(of).collect();
        all.iter().sum::<f64>() / all.len() as f64
    };
    let wavelength = SPEED_OF_LIGHT / reads.reads[0].frequency_hz.unwrap();
    let turned = (mean(1, &|r| r.phase_rad) - mean(0, &|r| r.phase_rad)).rem_euclid(TAU);
    assert!((turned - 4.0 * PI * 0.05 / wavelength).abs() < 0.1, "{turned}");
    let weaker = mean(0, &|r| r.rssi_dbm) - mean(1, &|r| r.rssi_dbm);
    assert!((weaker - 40.0 * (2.05f64 / 2.0).log10()).abs() < 0.3, "{weaker}");
}

#[test]
fn who_walks_away_turns_the_phase_as_the_path_grows() {
    // A link across a room; somebody walks away from both ends, so that the path over them grows.
    let scene = |motion: &str| {
        format!(
            "
people: [{motion}]
duration_s: 1.5
sensors:
  wifi:
    kind: wifi
    with: {{impairments: {{}}, packets: {{timing: regular, rate_hz: 400}}}}
    transmitter: {{x_m: -0.5, y_m: 0, height_m: 1.1}}
    receiver: {{x_m: 0.5, y_m: 0, height_m: 1.1}}
  tags: {{kind: rfid, tags: [{{at_m: [0, 1, 1]}}]}}
"
        )
    };
    let walk = "{waypoints: [{x_m: 0, y_m: 2.0}, {x_m: 0, y_m: 5.0, speed_mps: 1.2}]}";
    let (csi, _) = record(&scene(walk));
    // Power of the Doppler spectrum of the moving part on either side, by a plain Fourier sum over the last second, when the walk is on.
    let series: Vec<Complex64> =
        (0..600).map(|i| csi.data[[i, 15, 1, 0]]).map(|z| Complex64::new(f64::from(z.re), f64::from(z.im))).collect();
    let part = &series[200..600];
    let mean = part.iter().sum::<Complex64>() / 400.0;
    let power = |hz: f64| -> f64 {
        let turned = part.iter().enumerate().map(|(i, z)| {
            let window = 0.5 - 0.5 * (TAU * (i as f64 + 0.5) / 400.0).cos();
            (z - mean) * window * Complex64::from_polar(1.0, -TAU * hz * i as f64 / 400.0)
        });
        turned.sum::<Complex64>().norm_sqr()
    };
    let band = |sign: f64| (3..80).map(|hz| power(sign * f64::from(hz))).sum::<f64>();
    let (falling, rising) = (band(-1.0), band(1.0));
    assert!(falling > 5.0 * rising, "falling {falling:e}, rising {rising:e}");
    // 2 · 1.2 m/s / λ = 41 Hz, at most.
    let peak = (3..80).max_by(|a, b| power(-f64::from(*a)).total_cmp(&power(-f64::from(*b)))).unwrap();
    assert!((28..46).contains(&peak), "{peak} Hz");
}
