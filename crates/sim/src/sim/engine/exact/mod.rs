//! The exact engine: every path, phase and amplitude in f64 for every chirp and antenna pair; a rotation recurrence over the
//! samples. Ramps are independent and run in parallel; within a ramp the order of sums is fixed.
//!
//! The code of a ramp is compiled for every vector width. Since nothing is fused or reordered, all of them give the same bits.
//!
//! ```text
//! patches.rs  paths and amplitudes of 64 patches at one moment
//! samples.rs  the samples of a chirp: phasors that rotate, or patches that move from sample to sample
//! kernel.rs   the innermost loop
//! ```

mod kernel;
mod patches;
mod samples;

use super::frame_problem::FrameProblem;
use super::surface::FacetState;
use crate::base::{Complex64, Vec3};
use crate::kernels::{Lanes, Task};
use crate::sim::error::SimError;
pub(super) use kernel::CHUNK;
use kernel::{Accumulator, Phasors};
pub(super) use patches::{Constants, Lane, PatchBlock, Transmit, receive};
use rayon::prelude::*;
use samples::{moving_samples, rotate};

/// Fills `out[chirp, tx, rx, sample]` with the signal of the frame.
pub(super) fn synthesise(problem: &FrameProblem, out: &mut [Complex64]) -> Result<(), SimError> {
    let ramp_len = out.len() / problem.sounding.shots.count().max(1);
    if ramp_len == 0 || problem.surface.patches.is_empty() {
        return Ok(());
    }
    out.par_chunks_mut(ramp_len).enumerate().try_for_each_init(
        || Scratch::new(problem),
        |scratch, (ramp, out)| problem.width.run(Ramp { problem, ramp, scratch, out }),
    )
}

/// Memory that a thread keeps from ramp to ramp.
struct Scratch {
    points: Vec<Vec3>,
    facets: Vec<FacetState>,
    phasors: Phasors,
    sums: Vec<Accumulator>,
    /// Amplitudes of all pairs, `[pair][patch]`, for motion inside the chirp.
    amplitudes: Vec<Vec<(f64, f64)>>,
}

impl Scratch {
    fn new(problem: &FrameProblem) -> Self {
        let pairs = problem.sounding.ends.tx.len() * problem.sounding.ends.rx.len();
        Self {
            points: vec![Vec3::zeros(); problem.motion.point_count()],
            facets: Vec::with_capacity(problem.surface.facets.len()),
            phasors: Phasors::new(),
            sums: (0..pairs).map(|_| Accumulator::new(problem.sounding.tones.count())).collect(),
            amplitudes: vec![Vec::new(); if problem.intra_chirp { pairs } else { 0 }],
        }
    }
}

/// One ramp: all pairs of the transmitters that chirp in it.
struct Ramp<'a> {
    problem: &'a FrameProblem<'a>,
    ramp: usize,
    scratch: &'a mut Scratch,
    out: &'a mut [Complex64],
}

impl Task for Ramp<'_> {
    type Output = Result<(), SimError>;

    #[inline(always)]
    fn run<V: Lanes>(self) -> Self::Output {
        ramp_body::<V>(self.problem, self.ramp, self.scratch, self.out)
    }
}

#[inline(always)]
fn ramp_body<V: Lanes>(
    problem: &FrameProblem,
    ramp: usize,
    scratch: &mut Scratch,
    out: &mut [Complex64],
) -> Result<(), SimError> {
    let start = problem.start_s + problem.sounding.shots.start_s(ramp);
    let transmitters = problem.sounding.shots.transmitters(ramp);
    let ends = &problem.sounding.ends;
    let n_rx = ends.rx.len();
    let n_pairs = transmitters.len() * n_rx;
    let n_samples = problem.sounding.tones.count();
    problem.motion.positions_at(start, &mut scratch.points)?;
    scratch.facets.clear();
    scratch.facets.extend(problem.surface.facets.iter().map(|f| f.at(&scratch.points)));
    scratch.sums[..n_pairs].iter_mut().for_each(Accumulator::clear);
    scratch.amplitudes.iter_mut().for_each(Vec::clear);
    let consts = Constants::of(problem);
    let mut block = PatchBlock::new();
    for patches in problem.surface.patches.chunks(CHUNK) {
        block.gather(&scratch.facets, patches);
        for (t, k) in transmitters.clone().enumerate() {
            let there = Transmit::new(&block, ends.tx[k]);
            for (r, rx) in ends.rx.iter().enumerate() {
                let pair = t * n_rx + r;
                let (path, amplitude) = receive(&block, &there, *rx, &consts);
                if problem.intra_chirp {
                    scratch.amplitudes[pair].extend((0..block.len).map(|i| (amplitude.0[i], amplitude.1[i])));
                } else {
                    let phasors = &mut scratch.phasors;
                    rotate::<V>(&path, &amplitude, block.len, &consts, n_samples, phasors, &mut scratch.sums[pair]);
                }
            }
        }
    }
    if problem.intra_chirp {
        moving_samples(problem, start, transmitters, &consts, scratch)?;
    }
    for (sum, out) in scratch.sums.iter().zip(out.chunks_exact_mut(n_samples)) {
        for (n, o) in out.iter_mut().enumerate() {
            let (re, im) = sum.at(n);
            *o += Complex64::new(re, im);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Width;
    use crate::propagation::split::Part;
    use crate::sensor::sounding::{Ends, Eyes, Loops, Shots, Sounding, Sweep, Tones};
    use crate::sim::engine::frame_problem::PointMotion;
    use crate::sim::engine::surface::{Facet, Patch, Surface};

    /// A crumpled strip that drifts.
    struct Strip;

    impl PointMotion for Strip {
        fn point_count(&self) -> usize {
            70
        }
        fn positions_at(&self, time_s: f64, out: &mut [Vec3]) -> Result<(), SimError> {
            for (i, o) in out.iter_mut().enumerate() {
                let x = i as f64;
                *o = Vec3::new(0.01 * x, 2.0 + 0.02 * (3.0 * x).sin() + time_s, 0.03 * (2.0 * x).cos());
            }
            Ok(())
        }
    }

    #[test]
    fn every_vector_width_gives_the_same_bits() {
        let sweep = Sweep {
            start_frequency_hz: 77e9,
            slope_hz_per_s: 60e12,
            sample_rate_hz: 4.4e6,
            adc_start_s: 6e-6,
            n_samples: 37,
            residual_video_phase: true,
        };
        let loops = Loops { shot_period_s: 72e-6, loops: 1, n_tx: 2, time_multiplexed: false };
        let mut surface = Surface::default();
        for i in 0..67 {
            surface.facets.push(Facet { corners: [i, i + 1, i + 2], point_gain: None });
            surface.patches.push(Patch { facet: i, part: Part::WHOLE });
        }
        surface.facets.push(Facet { corners: [69; 3], point_gain: Some(0.1) });
        surface.patches.push(Patch { facet: 67, part: Part::POINT });
        let (tx, rx) = (vec![Vec3::zeros(), Vec3::new(0.1, 0.0, 0.0)], vec![Vec3::new(0.0, 0.0, 0.05)]);
        let (tones, shots, ends) = (Tones::Sweep(sweep), Shots::Loops(loops), Ends { tx, rx, eyes: Eyes::One });
        let sounding = Sounding { tones, shots, ends, period_s: 0.1, continuous: false };
        let problem = FrameProblem {
            sounding: &sounding,
            start_s: 0.0,
            surface: &surface,
            motion: &Strip,
            lobe_exponent: 0.5 / 0.09,
            oblique: true,
            intra_chirp: false,
            bundle_tolerance: 0.0,
            high_pass: Default::default(),
            width: Default::default(),
        };
        let with = |width: Width| {
            let mut out = vec![Complex64::new(0.0, 0.0); 74];
            let mut scratch = Scratch::new(&problem);
            width.run(Ramp { problem: &problem, ramp: 0, scratch: &mut scratch, out: &mut out }).map(|()| out)
        };
        let portable = with(Width::Portable).unwrap_or_default();
        assert!(portable.len() == 74 && portable.iter().all(|z| z.norm() > 0.0));
        for width in Width::ALL.into_iter().filter(|w| w.is_supported()) {
            assert_eq!(with(width).unwrap_or_default(), portable, "{width:?}");
        }
    }
}
