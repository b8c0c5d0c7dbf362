//! From motion to phase: what moves how fast, and where it appears.

use crate::scenes::{bare, point, run_points, single};
use kinecho::base::constants::SPEED_OF_LIGHT;
use kinecho::base::cube::IfCube;
use kinecho::base::{Complex32, Rotation, Vec3};
use kinecho::body::{BodyModel, BodyShape, Joint, Pose};
use kinecho::dsp::angle::{VirtualArray, compensate_tdm};
use kinecho::dsp::range_doppler::{RangeDopplerConfig, RangeDopplerFft};
use kinecho::geometry::MovingMesh;
use kinecho::motion::{Clip, Performer, Placement, Smoothness};
use kinecho::sensor::{FmcwRadar, RadarPose};
use kinecho::sim::{Job, PointTarget, Simulator};
use std::f64::consts::TAU;

/// One vertex of a performer as a point that the radar sees: a triangle a tenth of a millimetre wide about it.
struct Tip {
    performer: Performer,
    vertex: usize,
}

impl Tip {
    fn at(&self, time_s: f64) -> Vec3 {
        let mut all = vec![Vec3::zeros(); self.performer.vertex_count()];
        self.performer.vertices_at(time_s, &mut all);
        all[self.vertex]
    }
}

impl MovingMesh for Tip {
    fn faces(&self) -> &[[u32; 3]] {
        &[[0, 1, 2]]
    }
    fn vertex_count(&self) -> usize {
        3
    }
    fn vertices_at(&self, time_s: f64, out: &mut [Vec3]) {
        let corners = [Vec3::new(-1e-4, 0.0, -1e-4), Vec3::new(1e-4, 0.0, -1e-4), Vec3::new(0.0, 0.0, 2e-4)];
        let centre = self.at(time_s);
        out.iter_mut().zip(corners).for_each(|(o, c)| *o = centre + c);
    }
}

/// A straight arm that swings about the shoulder by ±0.6 rad at `rate_hz`, from poses at `keys_hz`.
fn pendulum(rate_hz: f64, keys_hz: f64, smoothness: Smoothness) -> Tip {
    let body = BodyModel::cc0().shaped(&BodyShape::default()).unwrap();
    let poses = (0..=(4.0 * keys_hz) as usize)
        .map(|i| {
            let angle = 0.6 * (TAU * rate_hz * i as f64 / keys_hz).sin();
            let mut pose = Pose::rest(body.skeleton.rest.len());
            pose.rotations[Joint::RightShoulder as usize] = Rotation::from_scaled_axis(Vec3::z() * angle);
            pose
        })
        .collect();
    let hand = body.skeleton.rest[Joint::RightWrist as usize];
    let vertex = (0..body.vertex_count())
        .min_by(|a, b| {
            let d = |v: &usize| (body.rest_vertices()[*v] - hand - Vec3::z() * -0.05).norm();
            d(a).total_cmp(&d(b))
        })
        .unwrap();
    let clip = Clip::with_smoothness(keys_hz, poses, smoothness).unwrap();
    let place = Placement { position: Vec3::y() * 2.0, facing_rad: 0.0 };
    Tip { performer: Performer::new(body, clip, place).unwrap(), vertex }
}

#[test]
fn a_pendulum_hand_from_ten_keys_a_second_has_the_analytic_micro_doppler() {
    // A chirp every half millisecond (up to 1.9 m/s without folding), and only the first sample, whose frequency is the start frequency.
    let mut radar = single(1, 1);
    radar.adc_start_s = 0.0;
    radar.frame_period_s = 0.0005;
    let eye = Vec3::new(-0.3, 0.0, 1.0);
    let wavelength = SPEED_OF_LIGHT / radar.start_frequency_hz;
    let n_frames = 1000;
    let first_frame = 3000;
    let doppler = |tip: &Tip| -> Vec<f64> {
        let simulator = Simulator::new(radar.clone(), RadarPose::at(eye), bare()).unwrap();
        let meshes: [&dyn MovingMesh; 1] = [tip];
        let job = Job { meshes: &meshes, n_frames, first_frame, ..Job::default() };
        let data = simulator.run_exactly(&job).unwrap().data.into_raw_vec_and_offset().0;
        data.windows(2).map(|w| (w[1] * w[0].conj()).arg() / TAU / radar.frame_period_s).collect()
    };
    let rate_hz = 1.0;
    // The truth: the same arm with 400 keys a second, whose velocity a central difference of analytic positions confirms.
    let dense = pendulum(rate_hz, 400.0, Smoothness::Acceleration);
    let truth = doppler(&dense);
    let peak = truth.iter().fold(0.0_f64, |m, d| m.max(d.abs()));
    for i in (0..n_frames - 1).step_by(50) {
        let t = (first_frame + i) as f64 * radar.frame_period_s;
        let speed =
            ((dense.at(t + radar.frame_period_s) - eye).norm() - (dense.at(t) - eye).norm()) / radar.frame_period_s;
        assert!((truth[i] - 2.0 * speed / wavelength).abs() < 2e-3 * peak, "{} Hz at {t} s for {speed} m/s", truth[i]);
    }
    let error = |smoothness| {
        let got = doppler(&pendulum(rate_hz, 10.0, smoothness));
        got.iter().zip(&truth).map(|(g, w)| (g - w).abs()).fold(0.0, f64::max) / peak
    };
    let (neighbours, spline) = (error(Smoothness::Velocity), error(Smoothness::Acceleration));
    println!(
        "a hand at up to {:.2} m/s from 10 keys a second: micro-Doppler within {:.2} % of its peak with a continuous \
         acceleration, {:.2} % with a continuous velocity",
        peak * wavelength / 2.0,
        100.0 * spline,
        100.0 * neighbours
    );
    assert!(spline < 0.01, "{spline}");
}

/// Strongest cell of a frame over all channels: Doppler bin, range bin, and the channels' signals there.
fn strongest(cube: &IfCube, frame: usize) -> (RangeDopplerFft, usize, usize, Vec<Complex32>) {
    let config = RangeDopplerConfig { range_fft: Some(512), doppler_fft: Some(512), ..RangeDopplerConfig::default() };
    let fft = RangeDopplerFft::new(cube, &config).unwrap();
    let spectrum = fft.frame(cube, frame).unwrap();
    let (dopplers, n_tx, n_rx, ranges) = spectrum.dim();
    let power =
        |d: usize, r: usize| -> f32 { (0..n_tx * n_rx).map(|v| spectrum[[d, v / n_rx, v % n_rx, r]].norm_sqr()).sum() };
    let (mut best, mut at) = (0.0, (0, 0));
    for d in 0..dopplers {
        for r in 0..ranges {
            if power(d, r) > best {
                (best, at) = (power(d, r), (d, r));
            }
        }
    }
    let signals = (0..n_tx * n_rx).map(|v| spectrum[[at.0, v / n_rx, v % n_rx, at.1]]).collect();
    (fft, at.0, at.1, signals)
}

fn cube(radar: &FmcwRadar, target: PointTarget, n_frames: usize) -> IfCube {
    let got = run_points(radar, &[target], n_frames);
    IfCube {
        data: got.data.mapv(|z| Complex32::new(z.re as f32, z.im as f32)),
        info: radar.cube_info(),
        unit: "1".into(),
    }
}

#[test]
fn a_target_at_four_metres_a_second_drifts_by_its_way_and_five_fold() {
    let mut radar = single(64, 128);
    // The loop period of three transmitters that take turns.
    radar.idle_time_s += 2.0 * radar.chirp_period_s();
    let limit = radar.max_velocity_mps();
    assert!((4.0..5.0).contains(&limit), "{limit}");
    let cube4 = cube(&radar, point([0.0, 2.0, 0.0], [0.0, 4.0, 0.0]), 3);
    let places: Vec<f64> = (0..3)
        .map(|frame| {
            let (fft, _, range, _) = strongest(&cube4, frame);
            fft.range_axis.value(range)
        })
        .collect();
    let drift = (places[2] - places[0]) / radar.range_resolution_m();
    let want = 4.0 * 2.0 * radar.frame_period_s / radar.range_resolution_m();
    println!("4 m/s over two frames: {drift:.2} range bins, {want:.2} expected");
    assert!((drift - want).abs() < 0.5, "{places:?}");
    for (speed, want) in [(4.0, 4.0), (5.0, 5.0 - 2.0 * limit), (-5.0, 2.0 * limit - 5.0)] {
        let (fft, doppler, ..) = strongest(&cube(&radar, point([0.0, 3.0, 0.0], [0.0, speed, 0.0]), 1), 0);
        let got = fft.doppler_axis.value(doppler);
        println!("{speed} m/s appears at {got:.3} m/s, {want:.3} expected");
        assert!((got - want).abs() < radar.velocity_resolution_mps(), "{speed}: {got} instead of {want}");
    }
}

#[test]
fn the_angle_of_a_moving_target_is_biased_by_the_turns_and_the_processing_removes_it() {
    let radar = FmcwRadar { loops_per_frame: 64, samples_per_chirp: 128, ..FmcwRadar::preset("awr1843").unwrap() };
    let direction = 20.0_f64.to_radians();
    let towards = Vec3::new(direction.sin(), direction.cos(), 0.0);
    for speed in [0.0, 1.5, -2.5] {
        let target = point((towards * 3.0).into(), (towards * speed).into());
        let cube = cube(&radar, target, 1);
        let (fft, doppler, _, mut signals) = strongest(&cube, 0);
        let array = VirtualArray::new(&cube.info, 128).unwrap();
        let angle = |signals: &[Complex32]| {
            let power = array.azimuth_power(signals, 512);
            let best = (0..512).max_by(|a, b| power[*a].total_cmp(&power[*b])).unwrap();
            array.sine(best, 512).asin().to_degrees()
        };
        let biased = angle(&signals);
        let doppler_hz = 2.0 * fft.doppler_axis.value(doppler) / cube.info.wavelength_m(128);
        compensate_tdm(&mut signals, &cube.info, doppler_hz);
        let mended = angle(&signals);
        println!("{speed} m/s at 20 degrees: {biased:.1} degrees before, {mended:.1} after the turns are undone");
        assert!((mended - 20.0).abs() < 1.0, "{speed} m/s: {mended}");
        assert!(speed == 0.0 || (biased - 20.0).abs() > 1.5, "{speed} m/s: no bias at {biased}");
    }
}
