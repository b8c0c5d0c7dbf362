//! Scattering beside the mirror direction, against the model's own cross section, and its Doppler.

use super::scenes::{bare, single};
use kinecho::base::{Complex32, Rotation, Vec3};
use kinecho::geometry::{MovingMesh, primitives};
use kinecho::propagation::Scattering;
use kinecho::sensor::RadarPose;
use kinecho::sim::{Engine, Job, SimSettings, Simulator};
use std::f64::consts::{PI, TAU};

/// A board that recedes.
struct Receding(kinecho::geometry::Mesh, f64);

impl MovingMesh for Receding {
    fn faces(&self) -> &[[u32; 3]] {
        &self.0.faces
    }
    fn vertex_count(&self) -> usize {
        self.0.vertices.len()
    }
    fn vertices_at(&self, time_s: f64, out: &mut [Vec3]) {
        out.iter_mut().zip(&self.0.vertices).for_each(|(o, v)| *o = v + Vec3::y() * (self.1 * time_s));
    }
}

const ROUGH: Scattering = Scattering { coefficient: 0.4, exponent: 4 };

fn signal(mesh: &dyn MovingMesh, loops: usize, samples: usize, settings: SimSettings, rough: bool) -> Vec<Complex32> {
    let radar = single(loops, samples);
    let scatters = [ROUGH];
    let job = Job { meshes: &[mesh], n_frames: 1, scatters: if rough { &scatters } else { &[] }, ..Job::default() };
    let simulator = Simulator::new(radar, RadarPose::default(), settings).unwrap();
    simulator.run_job(&job).unwrap().cube().unwrap().data.iter().copied().collect()
}

fn power(z: &[Complex32]) -> f64 {
    z.iter().map(|z| f64::from(z.norm_sqr())).sum::<f64>() / z.len() as f64
}

/// A board that is looked at obliquely mirrors elsewhere: what comes back is `4π S² A cos θ ((1 + cos 2θ) / 2)^α / F`. F by quadrature.
#[test]
fn an_oblique_board_has_the_cross_section_of_the_model() {
    let (side, far) = (0.8, 6.0);
    for degrees in [30.0_f64, 45.0, 55.0] {
        let angle = degrees.to_radians();
        let lobe = |cos_psi: f64| (0.5 * (1.0 + cos_psi)).powi(4);
        // Over the half-space, the mirror direction at `angle` from the normal.
        let n = 300;
        let mut over = 0.0;
        for i in 0..n {
            for j in 0..2 * n {
                let (z, turn) = ((f64::from(i) + 0.5) / f64::from(n), PI * (f64::from(j) + 0.5) / f64::from(n));
                let psi = (1.0 - z * z).sqrt() * turn.cos() * angle.sin() + z * angle.cos();
                over += lobe(psi) * TAU / f64::from(2 * n * n);
            }
        }
        let want = 4.0 * PI * 0.16 * side * side * angle.cos() * lobe((2.0 * angle).cos()) / over;
        for engine in Engine::ALL {
            let settings = SimSettings { engine, sigma_rad: 0.3, ..bare() };
            let mut sum = 0.0;
            let tries = 48;
            for i in 0..tries {
                // Boards that lie in other ways: other phases of the same places.
                let turn = Rotation::from_axis_angle(&Vec3::y_axis(), 0.13 * f64::from(i));
                let tilt = Rotation::from_axis_angle(&Vec3::z_axis(), angle + 0.001 * (f64::from(i) - 23.5));
                let board = primitives::plate(side, side, 40).transformed(&(tilt * turn), Vec3::y() * far);
                let wavelength = single(1, 64).cube_info().wavelength_m(64);
                // A cross section of the bare sum: 4π |a d²|² / λ².
                sum +=
                    power(&signal(&board, 1, 64, settings, true)) * 4.0 * PI * far.powi(4) / (wavelength * wavelength);
            }
            let error = 10.0 * (sum / f64::from(tries) / want).log10();
            println!("{engine:?}, {degrees} degrees: {error:+.2} dB of the model's {:.1} dBsm", 10.0 * want.log10());
            assert!(error.abs() < 1.2, "{engine:?}, {degrees} degrees: {error:+.2} dB");
        }
    }
}

/// What moves as a whole turns the phase of all that it scatters alike: 4π v t / λ.
#[test]
fn scattered_echoes_keep_their_doppler() {
    let tilt = Rotation::from_axis_angle(&Vec3::z_axis(), 0.8);
    let board = primitives::plate(0.2, 0.2, 8).transformed(&tilt, Vec3::y() * 20.0);
    let speed = 0.7;
    let (loops, samples) = (32, 8);
    let settings = SimSettings { sigma_rad: 0.3, drop_beyond_range: false, ..bare() };
    let echo = signal(&Receding(board, speed), loops, samples, settings, true);
    let radar = single(loops, samples);
    let wavelength = radar.cube_info().wavelength_m(samples);
    let first = &echo[..samples];
    for (l, chirp) in echo.chunks(samples).enumerate() {
        let turn = TAU * 2.0 * speed * radar.loop_period_s() * l as f64 / wavelength;
        let sum: Complex32 = chirp.iter().zip(first).map(|(a, b)| a * b.conj()).sum();
        let coherence = f64::from(sum.norm()) / (power(first) * power(chirp)).sqrt() / samples as f64;
        let off = (f64::from(sum.arg()) - turn).rem_euclid(TAU);
        assert!(coherence > 0.999 && off.min(TAU - off) < 0.02, "chirp {l}: {coherence}, {off}");
    }
}

/// A smooth board loses by scattering what it mirrors less: 1 − S² of its power is left ahead.
#[test]
fn what_is_scattered_is_missing_ahead() {
    let board = primitives::plate(0.3, 0.3, 12).translated(Vec3::y() * 9.0);
    let settings = SimSettings { sigma_rad: 0.3, ..bare() };
    let (smooth, rough) =
        (power(&signal(&board, 1, 16, settings, false)), power(&signal(&board, 1, 16, settings, true)));
    // The scattered part is 40 dB weaker than the mirror here.
    assert!((rough / smooth - 0.84).abs() < 0.05, "{}", rough / smooth);
}
