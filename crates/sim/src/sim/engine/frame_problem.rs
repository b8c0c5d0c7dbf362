//! What an engine is given: a sounding, what reflects, and where it is at any time of the frame.

use super::surface::Surface;
use crate::base::Vec3;
use crate::kernels::Width;
use crate::sensor::receiver::high_pass::HighPass;
use crate::sensor::sounding::Sounding;
use crate::sim::error::SimError;

/// Points that move during a frame.
pub trait PointMotion: Sync {
    /// Number of points.
    fn point_count(&self) -> usize;
    /// Writes the positions at `time_s` into `out[point]`, m in the world frame.
    fn positions_at(&self, time_s: f64, out: &mut [Vec3]) -> Result<(), SimError>;
    /// The same where only `points` are wanted; the others may stay as they are.
    fn some_positions_at(&self, time_s: f64, points: &[u32], out: &mut [Vec3]) -> Result<(), SimError> {
        let _ = points;
        self.positions_at(time_s, out)
    }
}

/// All that the signal of one frame depends on.
pub struct FrameProblem<'a> {
    /// Which tones, when, and between which antennas, in the world frame.
    pub sounding: &'a Sounding,
    /// Start of the frame, s.
    pub start_s: f64,
    /// What reflects.
    pub surface: &'a Surface,
    /// Where its points are.
    pub motion: &'a dyn PointMotion,
    /// Exponent factor of the specular lobe ([`crate::propagation::specular::lobe_exponent`]); 0 for none.
    pub lobe_exponent: f64,
    /// Whether triangles have the projection cosine.
    pub oblique: bool,
    /// Whether the points move during a sweep.
    pub intra_chirp: bool,
    /// What the fast engine may miss by summing up patches that travel alike before the sweep, relative to the root of the summed
    /// squares of all; 0 to follow each by itself.
    pub bundle_tolerance: f64,
    /// What becomes of amplitudes by the length of their path.
    pub high_pass: HighPass,
    /// Vector instructions of the fast engine; the exact one gives the same bits with all.
    pub width: Width,
}
