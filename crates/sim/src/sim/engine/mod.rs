//! The seam between the simulation of a frame and the code that sums up phasors.
//!
//! An engine is given a [`FrameProblem`] and fills the samples of one frame. For the patch m of the surface, transmitter k and
//! receiver l, and the shot that starts at t₀, it adds to tone n of a comb, or sample n of a sweep,
//!
//! `a exp(j2π f_n τ)`, or `a exp(j2π(f₀ τ + S τ t_n − ½ S τ²))`, τ = (|L_k − P| + |P − L_l|) / c,
//!
//! where P is the patch's centre at t₀ (at t₀ + t_n with `intra_chirp`) and the amplitude, frozen at t₀, is
//! `a = share · area · C / (|L_k − P| |P − L_l|) · G`. C is the specular lobe for the facet's normal
//! ([`crate::propagation::specular`]); G is 1 for parts of scale zero and otherwise
//! [`crate::propagation::form_factor`] of the phases `k_mid · scale · g·(cornerᵢ − facet centre)`, where g is the gradient of
//! the path length at P and k_mid the wave number in the middle of the tones. With `oblique`, triangles have the projection cosine
//! ½ |n·(d_L − d_L')| as a further factor, d_L and d_L' the directions of travel to P and from P.
//!
//! What an engine may rely on: positions are finite; patches stand in the order of their facets; no patch is nearer to an
//! antenna than a centimetre at the frame's start; `motion` may be asked for any time between the first shot and the
//! last sample of the frame, from any thread. What it must give: the same bits whatever the number of threads.
//! `PointMotion` is smooth over a frame unless it samples keyframes; an engine that fits polynomials should ask it at its own
//! nodes.
//!
//! ```text
//! frame_problem.rs  what an engine is given
//! surface.rs        what reflects in it
//! exact/            f64 phases per chirp and antenna pair
//! standing.rs       tones that stand: polynomials of paths and amplitudes over a frame, phasors at every shot
//! fast/             moments in cells of beat frequency, f32 after the phases; within 1e-5, or a tolerance that is asked for
//! ```

mod exact;
pub mod fast;
mod frame_problem;
mod standing;
pub mod surface;

pub use frame_problem::{FrameProblem, PointMotion};

use crate::base::Complex64;
use crate::sim::error::SimError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What computes the signal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// Every phase in f64 for every chirp and antenna pair: the truth.
    Exact,
    /// Within `bundle_tolerance` of the exact one (within 1e-5 where that is zero), a hundred times as fast ([`fast`]).
    #[default]
    Fast,
}

impl Engine {
    /// All engines.
    pub const ALL: [Engine; 2] = [Engine::Exact, Engine::Fast];

    /// Name in settings and reports.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Exact => "exact",
            Engine::Fast => "fast",
        }
    }

    /// Adds the signal of `problem` to `out`.
    ///
    /// # Shapes
    /// `out[loop or shot, tx, rx, tone]`, C order ([`crate::sensor::sounding::Sounding::shape`]).
    pub fn synthesise(self, problem: &FrameProblem, out: &mut [Complex64]) -> Result<(), SimError> {
        match self {
            Engine::Exact => exact::synthesise(problem, out),
            Engine::Fast => fast::synthesise(problem, out),
        }
    }
}
