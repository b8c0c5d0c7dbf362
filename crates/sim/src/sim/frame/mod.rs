//! The signal of one frame: what is seen, by which paths, and their sum.
//!
//! ```text
//! mod.rs      what the frames of a recording have in common
//! finders.rs  memory of the searches for what is seen
//! sight.rs    what each eye sees, straight and over walls → look.rs: Look
//! walls.rs    ways over the walls of a room, what they weigh, the walls' own echoes
//! paths.rs    limits, division into patches → Prepared
//! pile.rs     surfaces that grow, flat and bent
//! sum.rs      the signal, summed over the ways
//! ```

mod finders;
mod look;
mod paths;
mod pile;
mod sight;
mod sum;
mod walls;

pub(super) use finders::Finders;
pub(super) use look::Look;
pub(super) use sum::{Band, sum};

use super::settings::SimSettings;
use super::stage::Stage;
use super::stopwatch::Stopwatch;
use crate::base::Vec3;
use crate::base::constants::SPEED_OF_LIGHT;
use crate::propagation::curved::BendRule;
use crate::propagation::split::SplitRule;
use crate::propagation::{Bounces, Polarisation, Room};
use crate::sensor::sounding::{Ends, Sounding};
use std::f64::consts::TAU;

/// What the preparation of every frame has in common.
pub(in crate::sim) struct FrameMaker<'a> {
    pub(in crate::sim) stage: &'a Stage<'a>,
    pub(in crate::sim) watch: &'a Stopwatch,
    pub(in crate::sim) settings: &'a SimSettings,
    /// In the frame of the stage.
    pub(in crate::sim) sounding: &'a Sounding,
    /// Where what can be seen is found from: the way there, and the way back where that is another place.
    pub(in crate::sim) eyes: Vec<Eye>,
    pub(in crate::sim) boresight: Vec3,
    /// The sensor's z axis.
    pub(in crate::sim) upright: Vec3,
    pub(in crate::sim) max_range_m: f64,
    pub(in crate::sim) split: SplitRule,
    pub(in crate::sim) bend: BendRule,
    pub(in crate::sim) finders: Finders,
    pub(in crate::sim) room: Option<&'a Room>,
    /// Ways over the room's walls.
    pub(in crate::sim) ways: Vec<Bounces>,
}

/// A place that looks.
#[derive(Clone, Copy)]
pub(in crate::sim) struct Eye {
    pub(in crate::sim) place: Vec3,
    /// Where its antennas look; nothing is behind those that look everywhere.
    pub(in crate::sim) ahead: Option<Vec3>,
}

impl Eye {
    /// Whether something in the direction `way` is behind the antennas.
    fn is_behind(&self, way: Vec3) -> bool {
        self.ahead.is_some_and(|ahead| way.dot(&ahead) <= 0.0)
    }
}

impl FrameMaker<'_> {
    /// The antennas.
    fn ends(&self) -> &Ends {
        &self.sounding.ends
    }

    /// The eye of the way there (0) or back (1).
    fn eye(&self, leg: usize) -> &Eye {
        &self.eyes[leg.min(self.eyes.len() - 1)]
    }

    /// Frequency in the middle of the tones, Hz.
    fn frequency_hz(&self) -> f64 {
        self.split.wave_number * SPEED_OF_LIGHT / TAU
    }

    /// Direction of the antennas' field in the frame of the stage.
    fn polarisation(&self) -> Vec3 {
        match self.room.map(|r| r.polarisation).unwrap_or_default() {
            Polarisation::Vertical => self.upright,
            Polarisation::Horizontal => self.boresight.cross(&self.upright),
        }
    }
}
