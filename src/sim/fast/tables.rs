//! Patches evaluated in f64 at every ramp: the way for whatever no polynomial follows.

use super::lanes::BLOCK;
use super::moments::Tabulated;
use super::taps::{CELLS_PER_POINT, REACH};
use super::wave::Wave;
use crate::base::Vec3;
use crate::propagation::form_factor::form_factor;
use crate::propagation::specular::{lobe, mirrored};
use crate::sim::engine::FrameProblem;
use crate::sim::error::SimError;
use crate::sim::surface::{FacetState, Patch};
use std::ops::Range;

/// A patch in one moment and one pair.
#[derive(Clone, Copy, Default)]
pub(super) struct Echo {
    /// Delay, s.
    pub(super) delay: f64,
    pub(super) re: f64,
    pub(super) im: f64,
}

/// The echo of a patch: the same formulas as the exact engine, see [`crate::sim::engine`].
pub(super) fn echo(wave: &Wave, facet: &FacetState, patch: &Patch, tx: Vec3, rx: Vec3) -> Echo {
    let part = &patch.part;
    let [a, b, c] = facet.corners;
    let place = a * part.centre[0] + b * part.centre[1] + c * part.centre[2];
    let (there, back) = (place - tx, rx - place);
    let (d_tx, d_rx) = (there.norm(), back.norm());
    let (there, back) = (there / d_tx, back / d_rx);
    let mut size = facet.gain * part.weight / (d_tx * d_rx);
    if wave.lobe_exponent > 0.0 {
        size *= lobe(mirrored(there, facet.normal).dot(&back), wave.lobe_exponent * facet.lobed);
    }
    let delay = (d_tx + d_rx) / crate::base::constants::SPEED_OF_LIGHT;
    if part.scale == 0.0 {
        return Echo { delay, re: size, im: 0.0 };
    }
    let centre = (a + b + c) / 3.0;
    let gradient = (there - back) * (wave.wave_number * part.scale);
    let (re, im) = form_factor(facet.corners.map(|corner| gradient.dot(&(corner - centre))));
    Echo { delay, re: size * re, im: size * im }
}

/// A tabulated patch and its cell.
pub(super) struct Entry {
    pub(super) cell: u32,
    pub(super) table: Tabulated,
}

/// Cuts the loops of a patch into runs that stay within the reach of one cell each, and adds an entry for every run.
pub(super) fn enter(wave: &Wave, echoes: &[Echo], entries: &mut Vec<Entry>) {
    debug_assert!(echoes.len() <= BLOCK);
    let mut todo = 0_u32.wrapping_sub(1) >> (32 - echoes.len());
    while todo != 0 {
        // The middle one of what is left leads.
        let left: u32 = todo.count_ones();
        let mut leader = 0;
        let mut seen = 0;
        for i in 0..echoes.len() {
            if todo >> i & 1 == 1 {
                seen += 1;
                if seen == left / 2 + 1 {
                    leader = i;
                }
            }
        }
        let cell = (wave.place(echoes[leader].delay) * CELLS_PER_POINT as f64).floor();
        let centre = (cell + 0.5) / CELLS_PER_POINT as f64;
        let z = [0.0; BLOCK];
        let mut table = Tabulated { phase: z, x: z, re: z, im: z };
        for (i, e) in echoes.iter().enumerate() {
            let x = (wave.place(e.delay) - centre) / REACH;
            if todo >> i & 1 == 1 && x.abs() <= 1.0 {
                todo &= !(1 << i);
                let turns = wave.turns(e.delay);
                table.phase[i] = (turns - turns.round()) as f32;
                table.x[i] = x as f32;
                table.re[i] = e.re as f32;
                table.im[i] = e.im as f32;
            }
        }
        entries.push(Entry { cell: cell.rem_euclid(wave.cells as f64) as u32, table });
    }
}

/// Echoes of patches in some loops of transmitter `k`, `[rx][patch][loop]`.
pub(super) fn echoes(
    problem: &FrameProblem,
    wave: &Wave,
    loops: Range<usize>,
    k: usize,
    patches: &[u32],
    points: &mut Vec<Vec3>,
) -> Result<Vec<Echo>, SimError> {
    let schedule = problem.schedule;
    let mut out = vec![Echo::default(); problem.rx.len() * patches.len() * loops.len()];
    points.resize(problem.motion.point_count(), Vec3::zeros());
    for (lane, number) in loops.clone().enumerate() {
        let ramp = if schedule.time_multiplexed { number * schedule.n_tx + k } else { number };
        problem.motion.positions_at(problem.start_s + schedule.ramp_start_s(ramp), points)?;
        for (m, patch) in patches.iter().enumerate() {
            let patch = &problem.surface.patches[*patch as usize];
            let facet = problem.surface.facets[patch.facet as usize].at(points);
            for (l, rx) in problem.rx.iter().enumerate() {
                out[(l * patches.len() + m) * loops.len() + lane] = echo(wave, &facet, patch, problem.tx[k], *rx);
            }
        }
    }
    Ok(out)
}

/// Fills `entries` with the echoes of one pair, sorted by cell.
pub(super) fn enter_all(wave: &Wave, echoes: &[Echo], loops: usize, entries: &mut Vec<Entry>) {
    entries.clear();
    echoes.chunks(loops).for_each(|e| enter(wave, e, entries));
    entries.sort_by_key(|e| e.cell);
}
