//! What pelvis and trunk do within a step: against closed forms, Boulic's model and recorded walks.

use crate::needs::data;
use kinecho::base::{Rotation, Vec3};
use kinecho::body::{BodyModel, BodyShape, Joint, Pose, ShapedBody};
use kinecho::motion::capture::{Excerpt, JointMapBook, Staged};
use kinecho::motion::score::{Rendition, Score, ScoreBook};
use kinecho::motion::{Capture, Clip, MotionCheck, StrideFigures, Strides};
use std::f64::consts::{PI, SQRT_2, TAU};
use std::path::Path;

fn body() -> ShapedBody {
    BodyModel::cc0().shaped(&BodyShape::default()).unwrap()
}

/// A walk on a large circle, of somebody of 1.75 m.
fn walk(speed: f64, step: f64, rest: &str) -> Score {
    let yaml = format!(
        "version: 1\nmotions:\n- {{id: 1, slug: walk, kind: gait, path: {{shape: circle, radius: 10}}, gait: {{style: walk, speed: {speed}, step: {step}, contact: 0.6, lift: 0.07{rest}}}}}"
    );
    ScoreBook::parse(&yaml, Path::new("test.yaml")).unwrap().iter().next().unwrap().clone()
}

/// As played by a person exactly as tall as scores are written for.
fn played(body: &ShapedBody, score: &Score) -> StrideFigures {
    let clip = score.play(&body.skeleton, &Rendition::plain(score), 10.0, 120.0).unwrap();
    let strides = Strides::measure(&body.skeleton, &clip).unwrap();
    assert!(strides.run.is_none(), "{strides:?}");
    strides.walk.unwrap()
}

fn near(name: &str, found: f64, wanted: f64, share: f64) {
    assert!((found / wanted - 1.0).abs() < share, "{name} is {found}, expected {wanted} within {share}");
}

#[test]
fn figures_of_strides_are_those_of_a_body_whose_motion_is_known() {
    let body = body();
    let (speed, rate, surge, rise, sway) = (1.3, 1.8, 0.015, 0.02, 0.025);
    for (sign, name) in [(1.0, "walk"), (-1.0, "run")] {
        let poses = (0..1200).map(|i| {
            let time = f64::from(i) / 120.0;
            // The left foot is passed at phase 0.
            let phase = PI * rate * time;
            let mut pose = Pose::rest(body.skeleton.rest.len());
            pose.translation = Vec3::new(
                sway * phase.cos(),
                -(speed * time - surge * (2.0 * phase).sin()),
                sign * rise * (2.0 * phase).cos(),
            );
            for (hip, side) in [(Joint::LeftHip, 1.0), (Joint::RightHip, -1.0)] {
                pose.rotations[hip as usize] = Rotation::from_scaled_axis(Vec3::x() * (0.3 * side * phase.sin()));
            }
            pose
        });
        let clip = Clip::new(120.0, poses.collect()).unwrap();
        let strides = Strides::measure(&body.skeleton, &clip).unwrap();
        let (found, other) = if sign > 0.0 { (strides.walk, strides.run) } else { (strides.run, strides.walk) };
        let found = found.unwrap_or_else(|| panic!("no {name}: {strides:?}"));
        assert!(other.is_none() && found.strides >= 10, "{strides:?}");
        near("speed", found.speed_mps[0], speed, 0.005);
        near("step", found.step_s[0], 1.0 / rate, 0.005);
        near("ripple", found.pelvis_mps[0], surge * TAU * rate / SQRT_2, 0.02);
        near("trunk", found.trunk_mps[0], surge * TAU * rate / SQRT_2, 0.02);
        near("slower", found.slower_over_foot_mps[0], surge * TAU * rate, 0.02);
        near("rise", found.rise_m[0], rise, 0.02);
        near("sway", found.sway_m[0], sway, 0.02);
    }
}

#[test]
fn walks_of_free_steps_have_the_amplitudes_of_boulic() {
    let body = body();
    // Boulic, Thalmann and Thalmann 1990, appendix A, in metres for their leg: written again, by hand.
    let leg = body.skeleton.rest[Joint::LeftHip as usize].z;
    for speed in [0.8, 1.0, 1.2, 1.5] {
        let relative: f64 = speed / leg;
        let cycle_m = 1.346 * relative.sqrt() * leg;
        let step_hz = 2.0 * speed / cycle_m;
        let figures = played(&body, &walk(speed, 0.5 * cycle_m, ""));
        near("speed", figures.speed_mps[0], speed, 0.02);
        near("ripple", figures.pelvis_mps[0], 0.021 * leg * TAU * step_hz / SQRT_2, 0.15);
        near("rise", figures.rise_m[0], 0.015 * relative * leg, 0.25);
        near("sway", figures.sway_m[0], 0.032 * leg, 0.2);
        // An inverted pendulum: slowest over the foot. The harmonic's amplitude is √2 of the rms.
        near("slower over the foot", figures.slower_over_foot_mps[0], SQRT_2 * figures.pelvis_mps[0], 0.1);
        // The chest moves against the pelvis, so that the trunk is evener than it.
        let share = figures.trunk_mps[0] / figures.pelvis_mps[0];
        assert!((0.6..0.98).contains(&share), "trunk over pelvis {share}");
    }
}

#[test]
fn recorded_walks_keep_the_bounds_and_scores_of_their_steps_move_as_they_do() {
    let Some(folder) = data("deepmimic_motion") else { return };
    let body = body();
    for name in ["walk", "long_walk1", "long_walk2", "long_walk3"] {
        let file = folder.join(format!("motions/humanoid3d_{name}.txt.gz"));
        let capture = Capture::read(&file, Excerpt::new(0.0, 40.0)).unwrap();
        let clip = capture.onto(&body, JointMapBook::builtin()).unwrap();
        let clip = Staged::new(&clip, &body.skeleton).unwrap().clip;
        let strides = Strides::measure(&body.skeleton, &clip).unwrap();
        assert_eq!(strides.violations(), Vec::<String>::new(), "{name}");
        let recorded = strides.walk.unwrap_or_else(|| panic!("{name}: no strides"));
        assert!(recorded.strides >= 3, "{name}: {recorded:?}");
        let (speed, step) = (recorded.speed_mps[0], recorded.speed_mps[0] * recorded.step_s[0]);
        let score = played(&body, &walk(speed, step, ""));
        println!("{name}: {recorded:?}\n  score: {score:?}");
        near("ripple of the pelvis", score.pelvis_mps[0], recorded.pelvis_mps[0], 0.35);
        near("ripple of the trunk", score.trunk_mps[0], recorded.trunk_mps[0], 0.35);
        near("slower over the foot", score.slower_over_foot_mps[0], recorded.slower_over_foot_mps[0], 0.35);
        near("rise", score.rise_m[0], recorded.rise_m[0], 0.4);
        near("sway", score.sway_m[0], recorded.sway_m[0], 0.6);
    }
}

#[test]
fn the_check_wants_a_ripple_and_a_score_may_say_its_own() {
    let body = body();
    let verdict = |rest: &str| {
        let score = walk(1.15, 0.6, rest);
        let played = score.perform(&body.skeleton, &Rendition::plain(&score), 8.0, 100.0).unwrap();
        MotionCheck::measure(&body.skeleton, &played).unwrap().violations(&score.limits)
    };
    assert_eq!(verdict(""), Vec::<String>::new());
    // The trunk of somebody pulled along on a rail.
    let even = verdict(", surge: 0.0");
    assert!(even.iter().any(|v| v.contains("ripple of the pelvis' speed of the walk")), "{even:?}");
    assert!(verdict(", bounce: 0.1").iter().any(|v| v.contains("rise of the pelvis")));
    let own = played(&body, &walk(1.15, 0.6, ", surge: 0.018, sway: 0.03"));
    near("ripple", own.pelvis_mps[0], 0.018 * TAU * (1.15 / 0.6) / SQRT_2, 0.1);
    near("sway", own.sway_m[0], 0.03, 0.15);
    let wrong = "version: 1\nmotions:\n- {id: 1, slug: a, kind: gait, path: {shape: in_place}, gait: {style: walk, speed: 1, step: 0.5, contact: 0.6, lift: 0.1, surge: 0.5}}";
    let error = ScoreBook::parse(wrong, Path::new("a.yaml")).unwrap_err().to_string();
    assert!(error.contains("`gait.surge` must lie between 0 and 0.1") && error.contains("a.yaml"), "{error}");
}

#[test]
fn every_way_to_go_ripples_and_runners_dip() {
    let body = body();
    let book = ScoreBook::builtin();
    for (slug, runs) in [
        ("walk_clockwise", false),
        ("walk_counter_clockwise", false),
        ("walk_forward_turn_around", false),
        ("walk_side_turn_back", false),
        ("walk_forward_backward", false),
        ("jog_clockwise", true),
        ("jog_counter_clockwise", true),
        ("jog_forward_turn_around", true),
    ] {
        let score = book.get(slug).unwrap();
        let clip = score.play(&body.skeleton, &Rendition::plain(score), 20.0, 120.0).unwrap();
        let strides = Strides::measure(&body.skeleton, &clip).unwrap();
        println!("{slug}: {strides:?}");
        let figures = if runs { strides.run } else { strides.walk };
        assert_eq!(strides.violations(), Vec::<String>::new(), "{slug}");
        // A line of two metres has few steps at an even speed, or none.
        assert!(figures.is_some() || !slug.ends_with("clockwise"), "{slug}");
        assert!(if runs { strides.walk } else { strides.run }.is_none(), "{slug}: {strides:?}");
    }
    // Side steps: the body falls from the trailing foot to the leading one, so that it is never even either.
    let score = book.get("side_walk").unwrap();
    let clip = score.play(&body.skeleton, &Rendition::plain(score), 4.0, 120.0).unwrap();
    let across: Vec<f64> = clip.poses().iter().map(|p| p.translation.x).collect();
    let speeds: Vec<f64> = across.windows(2).map(|w| (w[1] - w[0]) * 120.0).collect();
    // In the middle of the first way.
    let inner = &speeds[120..240];
    let mean = inner.iter().sum::<f64>() / inner.len() as f64;
    let rms = (inner.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / inner.len() as f64).sqrt();
    assert!(rms > 0.05, "side steps ripple by {rms} m/s");
}
