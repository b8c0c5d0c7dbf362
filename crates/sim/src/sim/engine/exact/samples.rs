//! From paths and amplitudes to the samples of a chirp.

use super::Scratch;
use super::kernel::{Accumulator, CHUNK, LANES, Phasors, SEGMENT};
use super::patches::{Constants, Lane};
use crate::base::constants::SPEED_OF_LIGHT;
use crate::kernels::Lanes;
use crate::propagation::elementary::cis_turns;
use crate::sensor::sounding::Sounding;
use crate::sim::engine::frame_problem::FrameProblem;
use crate::sim::error::SimError;

/// Lets the phasors of a block rotate over the samples of a chirp.
#[inline(always)]
pub(super) fn rotate<V: Lanes>(
    path: &Lane,
    amplitude: &(Lane, Lane),
    len: usize,
    consts: &Constants,
    n_samples: usize,
    phasors: &mut Phasors,
    sum: &mut Accumulator,
) {
    if n_samples == 1 {
        // The same sum in the same order, without what turns one sample into the next.
        for (i, path) in path.iter().enumerate().take(len) {
            let (c, s) = cis_turns(consts.turns(path / SPEED_OF_LIGHT, consts.adc_start));
            sum.add_at(0, amplitude.0[i] * c - amplitude.1[i] * s, amplitude.0[i] * s + amplitude.1[i] * c);
        }
        return;
    }
    let (mut step_re, mut step_im) = ([0.0; CHUNK], [0.0; CHUNK]);
    for (i, path) in path.iter().enumerate() {
        let beat = consts.slope * (path / SPEED_OF_LIGHT) * consts.sample_period;
        (step_re[i], step_im[i]) = cis_turns(beat);
        (phasors.leap_re[i], phasors.leap_im[i]) = cis_turns(LANES as f64 * beat);
    }
    let mut first = 0;
    while first < n_samples {
        let t = consts.adc_start + first as f64 * consts.sample_period;
        for (i, path) in path.iter().enumerate() {
            let (c, s) = cis_turns(consts.turns(path / SPEED_OF_LIGHT, t));
            phasors.re[0][i] = amplitude.0[i] * c - amplitude.1[i] * s;
            phasors.im[0][i] = amplitude.0[i] * s + amplitude.1[i] * c;
        }
        for k in 1..LANES {
            for i in 0..CHUNK {
                let (r, s) = (phasors.re[k - 1][i], phasors.im[k - 1][i]);
                phasors.re[k][i] = r * step_re[i] - s * step_im[i];
                phasors.im[k][i] = r * step_im[i] + s * step_re[i];
            }
        }
        sum.add::<V>(phasors, len, first);
        first += SEGMENT;
    }
}

/// Samples one by one, with the patches where they are at each.
#[inline(always)]
pub(super) fn moving_samples(
    problem: &FrameProblem,
    start: f64,
    transmitters: std::ops::Range<usize>,
    consts: &Constants,
    scratch: &mut Scratch,
) -> Result<(), SimError> {
    let Sounding { tones, ends, .. } = problem.sounding;
    for n in 0..tones.count() {
        let t = tones.time_s(n);
        problem.motion.positions_at(start + t, &mut scratch.points)?;
        for (m, patch) in problem.surface.patches.iter().enumerate() {
            let [a, b, c] = problem.surface.facets[patch.facet as usize].corners.map(|v| scratch.points[v as usize]);
            let [wa, wb, wc] = patch.part.centre;
            let place = a * wa + b * wb + c * wc;
            for (i, k) in transmitters.clone().enumerate() {
                let d_tx = (place - ends.tx[k]).norm();
                for (r, rx) in ends.rx.iter().enumerate() {
                    let pair = i * ends.rx.len() + r;
                    let tau = (d_tx + (rx - place).norm()) / SPEED_OF_LIGHT;
                    let (c, s) = cis_turns(consts.turns(tau, t));
                    let (re, im) = scratch.amplitudes[pair][m];
                    scratch.sums[pair].add_at(n, re * c - im * s, re * s + im * c);
                }
            }
        }
    }
    Ok(())
}
