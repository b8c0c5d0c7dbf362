//! The frames that the fast engine does itself.

use super::Width;
use crate::base::{Complex64, Vec3};
use crate::sensor::receiver::high_pass::HighPass;
use crate::sensor::sounding::{Loops, Shots, Sounding, Sweep, Tones};
use crate::sim::engine::exact;
use crate::sim::engine::frame_problem::{FrameProblem, PointMotion};
use crate::sim::engine::surface::Surface;
use crate::sim::error::SimError;

/// A frame of sweeps at a steady rate, or some loops of one.
pub(super) struct Swept<'a> {
    pub(super) sounding: &'a Sounding,
    pub(super) waveform: &'a Sweep,
    pub(super) schedule: &'a Loops,
    pub(super) start_s: f64,
    pub(super) tx: &'a [Vec3],
    pub(super) rx: &'a [Vec3],
    pub(super) surface: &'a Surface,
    pub(super) motion: &'a dyn PointMotion,
    pub(super) lobe_exponent: f64,
    pub(super) oblique: bool,
    pub(super) bundle_tolerance: f64,
    pub(super) high_pass: HighPass,
    pub(super) width: Width,
}

impl<'a> Swept<'a> {
    /// The frame of a problem, where it is one.
    pub(super) fn of(problem: &FrameProblem<'a>) -> Option<Self> {
        let FrameProblem { sounding, start_s, surface, motion, lobe_exponent, oblique, .. } = *problem;
        let FrameProblem { high_pass, bundle_tolerance, width, .. } = *problem;
        let (Tones::Sweep(waveform), Shots::Loops(schedule)) = (&sounding.tones, &sounding.shots) else { return None };
        let (tx, rx) = (sounding.ends.tx.as_slice(), sounding.ends.rx.as_slice());
        Some(Self {
            sounding,
            waveform,
            schedule,
            start_s,
            tx,
            rx,
            surface,
            motion,
            lobe_exponent,
            oblique,
            bundle_tolerance,
            high_pass,
            width,
        })
    }

    /// The same by the exact engine.
    pub(super) fn exactly(&self, out: &mut [Complex64]) -> Result<(), SimError> {
        let Self { start_s, surface, motion, lobe_exponent, oblique, high_pass, bundle_tolerance, width, .. } = *self;
        let sounding = &Sounding { shots: Shots::Loops(*self.schedule), ..self.sounding.clone() };
        exact::synthesise(
            &FrameProblem {
                sounding,
                start_s,
                surface,
                motion,
                lobe_exponent,
                oblique,
                intra_chirp: false,
                high_pass,
                bundle_tolerance,
                width,
            },
            out,
        )
    }
}
