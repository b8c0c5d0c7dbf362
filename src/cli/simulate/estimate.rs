//! What a simulation will be like before it is done.

use crate::base::random::RandomTree;
use crate::geometry::MovingMesh;
use crate::scene::Set;
use crate::sensor::FmcwRadar;
use crate::sim::{Job, SimError, Simulator};
use serde::Serialize;
use std::time::Instant;

/// What a radar can tell apart, and the size of the recording.
#[derive(Debug, Serialize)]
pub(super) struct Limits {
    radar: String,
    /// The preset that says what the radar's file does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    board: Option<String>,
    pub(super) frames: usize,
    cube_bytes: u64,
    range_resolution_m: f64,
    max_range_m: f64,
    velocity_resolution_mps: f64,
    max_velocity_mps: f64,
}

impl Limits {
    pub(super) fn of(radar: &FmcwRadar, frames: usize) -> Self {
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

    /// For people, with the estimated time.
    pub(super) fn text(&self, seconds: f64) -> String {
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
    let (reflects, room, track) = (set.reflects.as_slice(), set.room.as_ref(), set.track.as_ref());
    let mut at_once = rayon::current_num_threads().min(frames).max(1);
    loop {
        // From the middle: at the ends of a motion people often stand still.
        let first_frame = (frames - at_once) / 2;
        let job = Job {
            meshes: &meshes,
            n_frames: at_once,
            first_frame,
            noise: Some(noise),
            reflects,
            room,
            track,
            ..Job::default()
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
