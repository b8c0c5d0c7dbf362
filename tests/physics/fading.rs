//! Facets that fade: no lines at the frame rate, and the same signal however a recording is cut.

use crate::people::Standing;
use crate::scenes::single;
use kinecho::base::{Complex32, Vec3};
use kinecho::geometry::MovingMesh;
use kinecho::sensor::{FmcwRadar, RadarPose};
use kinecho::sim::{Engine, Job, SimSettings, Simulator, Visibility};
use rustfft::FftPlanner;

const FRAMES: usize = 64;
const LOOPS: usize = 32;

/// Frames of 32 chirps that follow each other without a gap, 33 a second.
fn radar() -> FmcwRadar {
    let mut radar = single(LOOPS, 8);
    radar.idle_time_s += 0.03 / LOOPS as f64 - radar.chirp_period_s();
    radar.frame_period_s = radar.active_time_s();
    radar
}

fn simulate(person: &Standing, settings: SimSettings, first_frame: usize, n_frames: usize) -> Vec<Complex32> {
    let pose = RadarPose::at(Vec3::new(0.0, 0.0, 1.2));
    let simulator = Simulator::new(radar(), pose, settings).unwrap();
    let meshes: [&dyn MovingMesh; 1] = [person];
    let job = Job { meshes: &meshes, n_frames, first_frame, ..Job::default() };
    simulator.run_job(&job).unwrap().cube().unwrap().data.iter().copied().collect()
}

/// Strongest line at a multiple of the frame rate, and the mean level half-way between the lines, both over the width of a line
/// and against the body's own, dB.
fn lines(samples: &[Complex32]) -> (f64, f64) {
    let n = FRAMES * LOOPS;
    let mut slow: Vec<Complex32> = samples.iter().step_by(8).copied().collect();
    let mean: Complex32 = slow.iter().sum::<Complex32>() / n as f32;
    for (i, s) in slow.iter_mut().enumerate() {
        let x = std::f64::consts::TAU * i as f64 / n as f64;
        *s = (*s - mean) * (0.42 - 0.5 * x.cos() + 0.08 * (2.0 * x).cos()) as f32;
    }
    FftPlanner::new().plan_fft_forward(n).process(&mut slow);
    let power = |bins: std::ops::Range<usize>| slow[bins].iter().map(|z| f64::from(z.norm_sqr())).sum::<f64>();
    // A frame rate is 64 bins, and the window's main lobe reaches three to either side.
    let body = power(0..32) + power(n - 32..n);
    let line = (1..LOOPS).map(|k| power(64 * k - 3..64 * k + 4)).fold(0.0, f64::max);
    let rest = (0..LOOPS).map(|k| power(64 * k + 32 - 3..64 * k + 32 + 4)).sum::<f64>() / LOOPS as f64;
    (10.0 * (line / body).log10(), 10.0 * (rest / body).log10())
}

#[test]
fn somebody_who_stands_has_no_lines_at_the_frame_rate() {
    // Hands before the chest, a bent trunk, a side view: facets that face the radar come and go as the body sways and breathes.
    // Upright and face on, only facets at the rim do, which reflect next to nothing: there is nothing to gain.
    let people = [
        ("looks at a phone", "play_phone", 1.5, 0.0, 15.0),
        ("the same from the side", "play_phone", 1.5, 1.3, 10.0),
        ("bows, from the side", "bow", 1.0, 1.3, 0.0),
        ("stands, from the side", "stand_still", 1.0, 1.3, 8.0),
        ("stands", "stand_still", 1.0, 0.0, 0.0),
    ];
    for (name, slug, time_s, facing_rad, least_gain) in people {
        let person = Standing::at(2.5, slug, time_s, facing_rad);
        let settings = SimSettings::default();
        let levels = |settings| lines(&simulate(&person, settings, 0, FRAMES));
        let hard = levels(settings);
        let fading = levels(SimSettings { fade_visibility: true, ..settings });
        let all = levels(SimSettings { visibility: Visibility::All, ..settings });
        println!(
            "{name}: strongest line at a multiple of the frame rate {:.1} dB with a hard mask, {:.1} dB fading, {:.1} dB with \
             everything in sight; between the lines {:.1}, {:.1}, {:.1} dB",
            hard.0, fading.0, all.0, hard.1, fading.1, all.1
        );
        assert!(fading.0 < (hard.0 - least_gain + 1.0).max(-75.0), "{name}: {} against {} dB", fading.0, hard.0);
        // A line would stand out from what lies between, unless it is far down: facets are cut anew at the start of each frame.
        assert!(fading.0 < fading.1.max(-75.0), "{name}: {} dB, between the lines {} dB", fading.0, fading.1);
    }
}

#[test]
fn both_engines_and_rays_fade_alike() {
    let person = Standing::at(2.5, "play_phone", 1.5, 0.0);
    let settings = SimSettings { fade_visibility: true, ..SimSettings::default() };
    let signal = |settings| simulate(&person, settings, 20, 2);
    let level = |z: &[Complex32]| z.iter().map(|z| z.norm_sqr()).sum::<f32>().sqrt();
    let difference =
        |a: &[Complex32], b: &[Complex32]| -> Vec<Complex32> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
    let fast = signal(SimSettings { bundle_tolerance: 0.0, ..settings });
    let exact = signal(SimSettings { engine: Engine::Exact, ..settings });
    assert!(level(&difference(&fast, &exact)) < 1e-5 * level(&exact));
    let hidden = signal(SimSettings { visibility: Visibility::HiddenPoint, bundle_tolerance: 0.0, ..settings });
    let apart = level(&difference(&hidden, &fast)) / level(&fast);
    println!("hidden point removal against rays, fading: {:.1} dB", 20.0 * apart.log10());
    assert!(apart < 0.3, "{apart}");
}

#[test]
fn fading_does_not_depend_on_how_a_recording_is_cut() {
    let settings = SimSettings { fade_visibility: true, ..SimSettings::default() };
    let person = Standing::at(2.5, "play_phone", 1.5, 0.0);
    let simulate = |settings, first, count| simulate(&person, settings, first, count);
    let whole = simulate(settings, 0, 34);
    let frame = LOOPS * 8;
    for (first, count) in [(0, 1), (5, 2), (31, 3)] {
        let part = simulate(settings, first, count);
        assert!(part == whole[first * frame..(first + count) * frame], "frames {first}..{}", first + count);
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert!(pool.install(|| simulate(settings, 0, 3)) == whole[..3 * frame]);
}
