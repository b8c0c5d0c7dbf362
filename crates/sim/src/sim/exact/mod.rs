//! The exact engine: every path, phase and amplitude in f64 for every chirp and antenna pair; a rotation recurrence over the
//! samples. Ramps are independent and run in parallel; within a ramp the order of sums is fixed.
//!
//! The code of a ramp is compiled for several vector widths and chosen at run time. Since nothing is fused or reordered, all of
//! them give the same bits.
//!
//! ```text
//! patches.rs  paths and amplitudes of 64 patches at one moment
//! samples.rs  the samples of a chirp: phasors that rotate, or patches that move from sample to sample
//! kernel.rs   the innermost loop, in three vector widths
//! ```

mod kernel;
mod patches;
mod samples;

use super::engine::FrameProblem;
use super::error::SimError;
use super::surface::FacetState;
use crate::base::{Complex64, Vec3};
pub(super) use kernel::CHUNK;
use kernel::{Accumulator, Kernel, Phasors, Portable};
#[cfg(target_arch = "x86_64")]
use kernel::{Avx2, Avx512};
pub(super) use patches::{Constants, Lane, PatchBlock, Transmit, receive};
use rayon::prelude::*;
use samples::{moving_samples, rotate};

/// Fills `out[chirp, tx, rx, sample]` with the signal of the frame.
pub(super) fn synthesise(problem: &FrameProblem, out: &mut [Complex64]) -> Result<(), SimError> {
    let ramp_len = out.len() / problem.sounding.shots.count().max(1);
    if ramp_len == 0 || problem.surface.patches.is_empty() {
        return Ok(());
    }
    let width = Width::best();
    out.par_chunks_mut(ramp_len)
        .enumerate()
        .try_for_each_init(|| Scratch::new(problem), |scratch, (ramp, out)| width.ramp(problem, ramp, scratch, out))
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

/// Vector width of the ramp's code.
#[derive(Clone, Copy)]
enum Width {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Width {
    fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx512f") {
                return Width::Avx512;
            }
            if std::arch::is_x86_feature_detected!("avx2") {
                return Width::Avx2;
            }
        }
        Width::Portable
    }

    fn ramp(
        self,
        problem: &FrameProblem,
        ramp: usize,
        scratch: &mut Scratch,
        out: &mut [Complex64],
    ) -> Result<(), SimError> {
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx2")]
            fn avx2(p: &FrameProblem, ramp: usize, s: &mut Scratch, out: &mut [Complex64]) -> Result<(), SimError> {
                ramp_body::<Avx2>(p, ramp, s, out)
            }
            #[target_feature(enable = "avx512f")]
            fn avx512(p: &FrameProblem, ramp: usize, s: &mut Scratch, out: &mut [Complex64]) -> Result<(), SimError> {
                ramp_body::<Avx512>(p, ramp, s, out)
            }
            // SAFETY: `best` chose the variant after asking the processor for the feature that it is compiled for.
            match self {
                Width::Avx512 => return unsafe { avx512(problem, ramp, scratch, out) },
                Width::Avx2 => return unsafe { avx2(problem, ramp, scratch, out) },
                Width::Portable => {}
            }
        }
        ramp_body::<Portable>(problem, ramp, scratch, out)
    }
}

/// One ramp: all pairs of the transmitters that chirp in it.
#[inline(always)]
fn ramp_body<K: Kernel>(
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
                    rotate::<K>(&path, &amplitude, block.len, &consts, n_samples, phasors, &mut scratch.sums[pair]);
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
    use crate::propagation::split::Part;
    use crate::sensor::sounding::{Ends, Eyes, Loops, Shots, Sounding, Sweep, Tones};
    use crate::sim::engine::PointMotion;
    use crate::sim::surface::{Facet, Patch, Surface};

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
            intra_chirp: false,
            width: Default::default(),
        };
        let with = |width: Width| {
            let mut out = vec![Complex64::new(0.0, 0.0); 74];
            width.ramp(&problem, 0, &mut Scratch::new(&problem), &mut out).map(|()| out)
        };
        let portable = with(Width::Portable).unwrap_or_default();
        assert!(portable.len() == 74 && portable.iter().all(|z| z.norm() > 0.0));
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx2") {
                assert_eq!(with(Width::Avx2).unwrap_or_default(), portable);
            }
            if std::arch::is_x86_feature_detected!("avx512f") {
                assert_eq!(with(Width::Avx512).unwrap_or_default(), portable);
            }
        }
    }
}
