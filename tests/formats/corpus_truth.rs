//! Samples that say where people are: against the place where the simulated signal is strongest.

use kinecho::base::yaml::Document;
use kinecho::corpus::{Recipe, SampleMaker};
use kinecho::scene::SEEN_JOINTS;

fn recipe(people: &str) -> Result<Recipe, String> {
    let text = format!(
        "version: 1
seed: 7
activities: [squat]
subjects: 1
repetitions: 2
truth: true
scene:
  radar: {{preset: awr1843, with: {{loops_per_frame: 32, samples_per_chirp: 128, sample_rate_hz: 2.2e+6}}}}
  radar_pose: {{height_m: 1.0}}
  people: {people}
  duration_s: 0.3
simulation: {{integral_tolerance: 0.2}}
chain: {{range_angle: {{times: 2, ranges: 64, angles: 61, max_range_m: 5}}}}
"
    );
    let document = Document::parse(&text, "recipe.yaml".as_ref()).map_err(|e| e.to_string())?;
    Recipe::from_document(&document).map_err(|e| e.to_string())
}

#[test]
fn what_is_strong_on_either_side_is_within_the_box_of_who_is_there() {
    let people =
        "[{range_m: 2, azimuth_deg: -30, start_s: 0.6}, {motion: squat, range_m: 2.4, azimuth_deg: 25, start_s: 0.6}]";
    let maker = SampleMaker::new(&recipe(people).unwrap()).unwrap();
    for id in 0..2 {
        let sample = maker.make(id).unwrap();
        assert_eq!(sample, maker.make(id).unwrap(), "a pure function");
        let people = &sample.targets.people;
        let motions: Vec<&str> = people.iter().map(|p| p.motion.as_str()).collect();
        assert_eq!(motions, ["squat", "squat"]);
        assert!(people.iter().all(|p| p.joints_m.len() == SEEN_JOINTS));
        let view = sample.views.get("time_range_angle").unwrap();
        let map = view.data.sum_axis(ndarray::Axis(0)).into_dimensionality::<ndarray::Ix2>().unwrap();
        for (person, left) in people.iter().zip([true, false]) {
            let on_side = map.indexed_iter().filter(|((_, a), _)| (view.axes[2].value(*a) < 0.0) == left);
            let ((r, a), _) = on_side.max_by(|x, y| x.1.total_cmp(y.1)).unwrap();
            let (range, azimuth) = (view.axes[1].value(r), view.axes[2].value(a));
            // Two cells of range and half a beam of eight antennas to either side.
            let (cell, beam) = (2.0 * view.axes[1].step, 0.13);
            let [near, far] = person.range_m.map(f64::from);
            let [first, last] = person.azimuth_rad.map(f64::from);
            assert!(near - cell < range && range < far + cell, "{range} m, {near} to {far} m");
            assert!(first - beam < azimuth && azimuth < last + beam, "{azimuth} rad, {first} to {last} rad");
        }
    }
}

#[test]
fn who_does_what_is_said_of_everybody_but_the_first() {
    for (people, said) in [
        ("[]", "scene.people: nobody; a recipe has at least one person"),
        ("[{motion: squat}]", "scene.people.0.motion: is filled in"),
        ("[{}, {range_m: 3}]", "scene.people.1.motion: expected what this person does"),
    ] {
        let error = recipe(people).unwrap_err();
        assert!(error.contains(said), "{said} is not in\n{error}");
    }
}
