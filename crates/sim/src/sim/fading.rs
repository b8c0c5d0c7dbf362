//! Facets that fade: between the starts of two frames the signal goes over from what is seen at one to what is seen at the other.
//!
//! With the masks v₀ and v₁ at the two starts the amplitude of a facet at time t is `v₀ + u (v₁ − v₀)` times what it reflects, with
//! u from 0 to 1 over the frame period. Since u is the same for all facets, the signal is that of v₀ plus u times that of the
//! difference, both from the same engine; it is continuous, and it does not depend on how a recording is cut into jobs.

use super::schedule::Schedule;
use crate::base::Complex64;

/// Frames whose visibility is found together.
pub(super) const BLOCK: usize = 32;

/// How far the next frame's visibility has come in, at ramp `ramp` of a frame: 0 at its start, 1 at the start of the next one.
pub(super) fn share(schedule: &Schedule, ramp: usize) -> f64 {
    (schedule.ramp_start_s(ramp) / schedule.frame_period_s).clamp(0.0, 1.0)
}

/// Adds `factor · u · change` to `out`, both `[chirp, tx, rx, sample]`.
pub(super) fn add(schedule: &Schedule, change: &[Complex64], factor: Complex64, out: &mut [Complex64]) {
    let ramp_len = (out.len() / schedule.ramps().max(1)).max(1);
    for (ramp, (out, change)) in out.chunks_mut(ramp_len).zip(change.chunks(ramp_len)).enumerate() {
        let factor = factor * share(schedule, ramp);
        out.iter_mut().zip(change).for_each(|(o, c)| *o += c * factor);
    }
}
