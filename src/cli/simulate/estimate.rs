//! What a simulation will be like before it is done.

use crate::base::random::RandomTree;
use crate::geometry::MovingMesh;
use crate::propagation::PointReflector;
use crate::scene::Set;
use crate::sensor::{CwRadar, FmcwRadar, Sensor};
use crate::sim::{Job, SimError, Simulator};
use serde::Serialize;
use std::time::Instant;

/// What a sensor can tell apart, and the size of the recording.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Limits {
    Fmcw(FmcwLimits),
    Cw(CwLimits),
}

impl Limits {
    pub(super) fn of(sensor: &Sensor, frames: usize) -> Self {
        match sensor {
            Sensor::Fmcw(radar) => Self::Fmcw(FmcwLimits::of(radar, frames)),
            Sensor::Cw(radar) => Self::Cw(CwLimits::of(radar, frames)),
        }
    }

    /// For people, with the estimated time.
    pub(super) fn text(&self, seconds: f64) -> String {
        match self {
            Self::Fmcw(limits) => limits.text(seconds),
            Self::Cw(limits) => limits.text(seconds),
        }
    }

    /// How much is recorded, for people.
    pub(super) fn count(&self) -> String {
        match self {
            Self::Fmcw(limits) => format!("{} frames", limits.frames),
            Self::Cw(limits) => format!("{} samples", limits.samples),
        }
    }
}

/// Those of a CW radar.
#[derive(Debug, Serialize)]
pub(super) struct CwLimits {
    radar: String,
    samples: usize,
    receivers: usize,
    sample_rate_hz: f64,
    wavelength_m: f64,
    max_velocity_mps: f64,
}

impl CwLimits {
    fn of(radar: &CwRadar, frames: usize) -> Self {
        Self {
            radar: radar.name.clone(),
            samples: frames * radar.samples_per_look(),
            receivers: radar.rx_m.len(),
            sample_rate_hz: radar.sample_rate_hz,
            wavelength_m: radar.wavelength_m(),
            max_velocity_mps: radar.max_velocity_mps(),
        }
    }

    fn text(&self, seconds: f64) -> String {
        format!(
            "radar       {}, continuous wave of {:.2} mm\nvelocity    unambiguous to ±{:.2} m/s\n\
             recording   {} samples at {} Hz, {} receivers\ntime        about {seconds:.1} s",
            self.radar,
            1e3 * self.wavelength_m,
            self.max_velocity_mps,
            self.samples,
            self.sample_rate_hz,
            self.receivers,
        )
    }
}

/// Those of an FMCW radar.
#[derive(Debug, Serialize)]
pub(super) struct FmcwLimits {
    radar: String,
    /// The preset that says what the radar's file does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    board: Option<String>,
    frames: usize,
    cube_bytes: u64,
    range_resolution_m: f64,
    max_range_m: f64,
    velocity_resolution_mps: f64,
    max_velocity_mps: f64,
}

impl FmcwLimits {
    fn of(radar: &FmcwRadar, frames: usize) -> Self {
        Self {
            radar: radar.name.clone(),
            board: radar.board.clone(),
            frames,
            cube_bytes: radar.cube_bytes(frames),
            range_resolution_m: radar.range_resolution_m(),
            max_range_m: radar.max_range_m(),
            velocity_resolution_mps: radar.velocity_resolution_mps(),
            max_velocity_mps: radar.max_velocity_mps(),
        }
    }

    fn text(&self, seconds: f64) -> String {
        format!(
            "radar       {}{}\nrange       {:.1} mm resolution, unambiguous to {:.2} m\n\
             velocity    {:.3} m/s resolution, unambiguous to ±{:.2} m/s\n\
             recording   {} frames, a cube of {:.1} MB\ntime        about {seconds:.1} s",
            self.radar,
            self.board.as_ref().map_or(String::new(), |board| format!(", antennas and receiver of {board}")),
            1e3 * self.range_resolution_m,
            self.max_range_m,
            self.velocity_resolution_mps,
            self.max_velocity_mps,
            self.frames,
            1e-6 * self.cube_bytes as f64,
        )
    }
}

/// Shortest stretch that is measured, s.
const MEASURED_S: f64 = 0.3;

/// Seconds that a frame takes on all threads: as many frames are simulated as fill a third of a second, spread over the recording.
pub(super) fn seconds_per_frame(
    simulator: &Simulator,
    set: &Set,
    frames: usize,
    noise: &RandomTree,
) -> Result<f64, SimError> {
    let meshes: Vec<&dyn MovingMesh> = set.meshes.iter().map(|mesh| &**mesh).collect();
    let reflectors: Vec<&dyn PointReflector> = set.reflectors.iter().map(|reflector| &**reflector).collect();
    let mut at_once = rayon::current_num_threads().min(frames).max(1);
    loop {
        // From the middle: at the ends of a motion people often stand still.
        let first_frame = (frames - at_once) / 2;
        let job = Job {
            n_frames: at_once,
            first_frame,
            noise: Some(noise),
            reflectors: &reflectors,
            ..Job::of(set, &meshes)
        };
        let since = Instant::now();
        simulator.run_job(&job)?;
        let seconds = since.elapsed().as_secs_f64();
        if seconds >= MEASURED_S || at_once == frames {
            return Ok(seconds / at_once as f64);
        }
        at_once = (2 * at_once).min(frames);
    }
}
