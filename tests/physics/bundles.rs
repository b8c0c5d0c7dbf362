//! Bundles of echoes against the exact engine, which sums up every patch.

use crate::people::posed;
use kinecho::base::random::RandomTree;
use kinecho::base::{Complex64, Vec3};
use kinecho::body::{BodyModel, BodyShape};
use kinecho::geometry::MovingMesh;
use kinecho::motion::score::{Rendition, ScoreBook};
use kinecho::motion::{Performer, Placement};
use kinecho::propagation::room::{Sides, shell};
use kinecho::propagation::{Material, Polarisation, Room};
use kinecho::sensor::{FmcwRadar, RadarPose};
use kinecho::sim::fast::Width;
use kinecho::sim::{Engine, Job, SimSettings, Simulator};
use ndarray::Array5;

/// Somebody in the middle of a motion.
fn person(slug: &str, seed: u64, position: Vec3, facing_rad: f64) -> Performer {
    let body = BodyModel::cc0().shaped(&BodyShape::default()).unwrap();
    let score = ScoreBook::builtin().get(slug).unwrap();
    let rendition = Rendition::draw(score, &mut RandomTree::new(seed).stream(0, "rendition"));
    let clip = score.play(&body.skeleton, &rendition, 3.0, 60.0).unwrap();
    Performer::new(body, clip, Placement { position, facing_rad }).unwrap()
}

fn cube(radar: &FmcwRadar, settings: SimSettings, job: &Job) -> Array5<Complex64> {
    let pose = RadarPose { position: Vec3::z() * 1.1, ..RadarPose::default() };
    Simulator::new(radar.clone(), pose, settings).unwrap().run_exactly(job).unwrap().data
}

fn level(z: impl Iterator<Item = Complex64>) -> f64 {
    z.map(|z| z.norm_sqr()).sum::<f64>().sqrt()
}

fn error(got: &Array5<Complex64>, want: &Array5<Complex64>) -> f64 {
    level(got.iter().zip(want).map(|(g, w)| g - w)) / level(want.iter().copied())
}

fn radar(preset: &str) -> FmcwRadar {
    FmcwRadar { loops_per_frame: 32, ..FmcwRadar::preset(preset).unwrap() }
}

#[test]
fn people_are_met_within_the_tolerance_at_every_width() {
    let walking = person("walk_forward_backward", 3, Vec3::new(-0.2, 2.6, 0.0), 0.3);
    let boxing = person("punch", 4, Vec3::new(0.7, 2.0, 0.0), -0.4);
    let job = Job { meshes: &[&walking, &boxing], first_frame: 9, n_frames: 1, ..Job::default() };
    for preset in ["awr1843", "iwr6843aop"] {
        let exact = cube(&radar(preset), SimSettings { engine: Engine::Exact, ..SimSettings::default() }, &job);
        for bundle_tolerance in [0.01, 0.003, 0.0003, 0.0] {
            for width in Width::ALL.into_iter().filter(|w| w.is_supported()) {
                let settings = SimSettings { bundle_tolerance, width, ..SimSettings::default() };
                let error = error(&cube(&radar(preset), settings, &job), &exact);
                println!("{preset}, tolerance {bundle_tolerance}, {width:?}: error {error:.2e}");
                assert!(error < bundle_tolerance + 1e-5, "{preset}, {bundle_tolerance}, {width:?}: {error:e}");
            }
        }
    }
}

#[test]
fn antennas_far_apart_and_ways_over_walls_are_met() {
    let kicking = person("side_kick", 5, Vec3::new(0.1, 1.6, 0.0), 0.2);
    let job = Job { meshes: &[&kicking], first_frame: 12, n_frames: 1, ..Job::default() };
    let mut wide = radar("awr1843");
    // Half a metre between the outer ones.
    wide.tx_m.iter_mut().enumerate().for_each(|(k, at)| at[0] += 0.25 * k as f64);
    let concrete = [Some(Material::Concrete), None];
    let walls =
        shell(Vec3::new(-1.2, -0.5, 0.0), Vec3::new(2.0, 4.0, 2.5), &Sides { z: concrete, x: concrete, y: [None; 2] });
    let room = Room { walls, order: 1, polarisation: Polarisation::Vertical };
    for (name, radar, room) in [("wide", &wide, None), ("room", &radar("awr1843"), Some(&room))] {
        let job = Job { room, ..job };
        let with = |settings| cube(radar, settings, &job);
        let exact = with(SimSettings { engine: Engine::Exact, ..SimSettings::default() });
        let error = error(&with(SimSettings::default()), &exact);
        println!("{name}: error {error:.2e}");
        assert!(error < SimSettings::default().bundle_tolerance, "{name}: {error:e}");
    }
}

/// A body that turns round twice a second: its limbs leave each other within a frame.
struct Spinning(kinecho::geometry::Mesh);

impl MovingMesh for Spinning {
    fn faces(&self) -> &[[u32; 3]] {
        &self.0.faces
    }
    fn vertex_count(&self) -> usize {
        self.0.vertices.len()
    }
    fn vertices_at(&self, time_s: f64, out: &mut [Vec3]) {
        let turn = kinecho::base::Rotation::from_scaled_axis(Vec3::z() * (2.0 * std::f64::consts::TAU * time_s));
        out.iter_mut().zip(&self.0.vertices).for_each(|(o, v)| *o = turn * v + Vec3::y() * 2.0);
    }
}

#[test]
fn members_that_leave_each_other_are_followed() {
    let spinning = Spinning(posed("jumping_jack", 0.9, Vec3::zeros(), 0.0));
    let job = Job { meshes: &[&spinning], n_frames: 1, ..Job::default() };
    let exact = cube(&radar("awr1843"), SimSettings { engine: Engine::Exact, ..SimSettings::default() }, &job);
    let error = error(&cube(&radar("awr1843"), SimSettings::default(), &job), &exact);
    println!("spinning: error {error:.2e}");
    assert!(error < SimSettings::default().bundle_tolerance, "{error:e}");
}
