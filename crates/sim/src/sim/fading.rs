//! Facets that fade: between the starts of two frames the signal goes over from what is seen at one to what is seen at the other.
//!
//! With the masks v₀ and v₁ at the two starts the amplitude of a facet at time t is `v₀ + u (v₁ − v₀)` times what it reflects, with
//! u from 0 to 1 over the frame period. Since u is the same for all facets, the signal is that of v₀ plus u times that of the
//! difference, both from the same engine; it is continuous, and it does not depend on how a recording is cut into jobs.

use crate::base::Complex64;
use crate::sensor::sounding::Sounding;

/// Frames whose visibility is found together.
pub(super) const BLOCK: usize = 32;

/// How far the next frame's visibility has come in, at shot `shot` of a frame: 0 at its start, 1 at the start of the next one.
pub(super) fn share(sounding: &Sounding, shot: usize) -> f64 {
    (sounding.shots.start_s(shot) / sounding.period_s).clamp(0.0, 1.0)
}

/// Adds `factor · u · change` to `out`, both `[loop or shot, tx, rx, tone]`.
pub(super) fn add(sounding: &Sounding, change: &[Complex64], factor: Complex64, out: &mut [Complex64]) {
    let shot_len = (out.len() / sounding.shots.count().max(1)).max(1);
    for (shot, (out, change)) in out.chunks_mut(shot_len).zip(change.chunks(shot_len)).enumerate() {
        let factor = factor * share(sounding, shot);
        out.iter_mut().zip(change).for_each(|(o, c)| *o += c * factor);
    }
}
