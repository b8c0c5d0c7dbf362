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

fn simulate(settings: SimSettings, first_frame: usize, n_frames: usize) -> Vec<Complex32> {
    let pose = RadarPose::at(Vec3::new(0.0, 0.0, 1.2));
    let simulator = Simulator::new(radar(), pose, settings).unwrap();
    let person = Standing::at(2.5);
    let meshes: [&dyn MovingMesh; 1] = [&person];
    let job = Job { meshes: &meshes, n_frames, first_frame, ..Job::default() };
    simulator.run_job(&job).unwrap().cube.data.into_raw_vec_and_offset().0
}

/// Strongest line at a multiple of the frame rate, and the level of everything else beyond half the frame rate, both against the
/// body's own line, dB.
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
    // A frame rate is 64 bins.
    let body = power(0..32) + power(n - 32..n);
    let line = (1..LOOPS).map(|k| power(64 * k - 8..64 * k + 9)).fold(0.0, f64::max);
    let rest = (0..LOOPS).map(|k| power(64 * k + 32 - 8..64 * k + 32 + 9)).sum::<f64>() / LOOPS as f64;
    (10.0 * (line / body).log10(), 10.0 * (rest / body).log10())
}

#[test]
fn somebody_who_stands_has_no_lines_at_the_frame_rate() {
    for engine in Engine::ALL {
        for visibility in [Visibility::HiddenPoint, Visibility::Raycast] {
            if engine == Engine::Exact && visibility == Visibility::Raycast {
                continue;
            }
            let settings = SimSettings { engine, visibility, ..SimSettings::default() };
            let hard = lines(&simulate(settings, 0, FRAMES));
            let fading = lines(&simulate(SimSettings { fade_visibility: true, ..settings }, 0, FRAMES));
            let all = lines(&simulate(SimSettings { visibility: Visibility::All, ..settings }, 0, FRAMES));
            println!(
                "{} engine, {visibility:?}: strongest line at a multiple of the frame rate {:.1} dB with a hard mask, {:.1} dB \
                 fading, {:.1} dB with everything in sight; between the lines {:.1}, {:.1}, {:.1} dB",
                engine.name(),
                hard.0,
                fading.0,
                all.0,
                hard.1,
                fading.1,
                all.1
            );
            // Measured: −112 dB against the body with either mask, −118 dB with everything in sight. Somebody who only sways and
            // breathes hardly shows lines even with a hard mask, so this cannot say what fading gains; it must not add any.
            assert!(fading.0 < -90.0 && fading.0 < hard.0 + 1.0, "{} against {} dB", fading.0, hard.0);
        }
    }
}

#[test]
fn fading_does_not_depend_on_how_a_recording_is_cut() {
    let settings = SimSettings { fade_visibility: true, ..SimSettings::default() };
    let whole = simulate(settings, 0, 34);
    let frame = LOOPS * 8;
    for (first, count) in [(0, 1), (5, 2), (31, 3)] {
        let part = simulate(settings, first, count);
        assert!(part == whole[first * frame..(first + count) * frame], "frames {first}..{}", first + count);
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert!(pool.install(|| simulate(settings, 0, 3)) == whole[..3 * frame]);
}
