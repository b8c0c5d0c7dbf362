//! Small scenes with answers known by hand.

use kinecho::base::Vec3;
use kinecho::geometry::{Mesh, MovingMesh};
use kinecho::sensor::{FmcwRadar, RadarPose};
use kinecho::sim::{
    Calibration, Engine, Job, PointTarget, Sampling, SimSettings, SimulatedExactly, Simulator, Visibility,
};

/// A mesh that swings along a direction: `offset(t) = swing · sin(2π rate t)`.
pub(crate) struct Swinging {
    pub(crate) mesh: Mesh,
    pub(crate) swing: Vec3,
    pub(crate) rate_hz: f64,
}

impl MovingMesh for Swinging {
    fn faces(&self) -> &[[u32; 3]] {
        &self.mesh.faces
    }
    fn vertex_count(&self) -> usize {
        self.mesh.vertices.len()
    }
    fn vertices_at(&self, time_s: f64, out: &mut [Vec3]) {
        let offset = self.swing * (std::f64::consts::TAU * self.rate_hz * time_s).sin();
        out.iter_mut().zip(&self.mesh.vertices).for_each(|(o, v)| *o = v + offset);
    }
}

/// A mesh that stands still.
pub(crate) fn still(mesh: Mesh) -> Swinging {
    Swinging { mesh, swing: Vec3::zeros(), rate_hz: 0.0 }
}

pub(crate) fn moved(mut mesh: Mesh, by: Vec3) -> Mesh {
    mesh.vertices.iter_mut().for_each(|v| *v += by);
    mesh
}

/// One antenna at the origin, otherwise the awr1843 preset.
pub(crate) fn single(loops: usize, samples: usize) -> FmcwRadar {
    let mut radar = FmcwRadar::preset("awr1843").unwrap();
    radar.tx_m = vec![[0.0; 3]];
    radar.rx_m = vec![[0.0; 3]];
    radar.pattern = None;
    radar.high_pass = None;
    radar.loops_per_frame = loops;
    radar.samples_per_chirp = samples;
    radar
}

/// Bare amplitudes, everything visible, no lobe, no residual video phase, exact motion.
pub(crate) fn bare() -> SimSettings {
    SimSettings {
        engine: Engine::Exact,
        sigma_rad: 0.0,
        visibility: Visibility::All,
        sampling: Sampling::EveryChirp,
        residual_video_phase: false,
        calibration: Calibration::Unit,
        ..SimSettings::default()
    }
}

pub(crate) fn point(position: [f64; 3], velocity: [f64; 3]) -> PointTarget {
    PointTarget { position: position.into(), velocity: velocity.into(), acceleration: Vec3::zeros(), gain: 1.0 }
}

pub(crate) fn run_points(radar: &FmcwRadar, points: &[PointTarget], n_frames: usize) -> SimulatedExactly {
    let simulator = Simulator::new(radar.clone(), RadarPose::default(), bare()).unwrap();
    simulator.run_exactly(&Job { points, n_frames, ..Job::default() }).unwrap()
}

pub(crate) fn run_mesh(radar: &FmcwRadar, mesh: &dyn MovingMesh, settings: SimSettings) -> SimulatedExactly {
    let simulator = Simulator::new(radar.clone(), RadarPose::default(), settings).unwrap();
    simulator.run_exactly(&Job { meshes: &[mesh], n_frames: 1, ..Job::default() }).unwrap()
}

/// Root mean square of a cube.
pub(crate) fn rms(s: &SimulatedExactly) -> f64 {
    (s.data.iter().map(|z| z.norm_sqr()).sum::<f64>() / s.data.len() as f64).sqrt()
}

pub(crate) fn db(ratio: f64) -> f64 {
    20.0 * ratio.log10()
}
