//! Patches evaluated at every ramp: the way for whatever no polynomial follows.

use super::amplitude::{Group, filter};
use super::moments::{Entry, Tabulated};
use super::taps::{CELLS_PER_POINT, REACH};
use super::wave::Wave;
use crate::base::Vec3;
use crate::base::constants::SPEED_OF_LIGHT;
use crate::kernels::{BLOCK, Lanes};
use crate::sim::engine::fast::problem::Swept;
use crate::sim::engine::surface::Surface;
use crate::sim::error::SimError;
use std::ops::Range;

/// A patch in one moment and one pair.
#[derive(Clone, Copy, Default)]
pub(super) struct Echo {
    /// Delay, s.
    pub(super) delay: f64,
    pub(super) re: f32,
    pub(super) im: f32,
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
                table.re[i] = e.re;
                table.im[i] = e.im;
            }
        }
        entries.push(Entry { cell: cell.rem_euclid(wave.cells as f64) as u32, table });
    }
}

/// Whose echoes are wanted, and when.
pub(super) struct Asked<'a> {
    pub(super) patches: &'a [u32],
    /// Points of these patches.
    pub(super) some: &'a [u32],
    pub(super) loops: Range<usize>,
    /// Transmitter.
    pub(super) tx: usize,
}

/// The points between which some patches lie, each once.
pub(super) fn points_of(surface: &Surface, patches: &[u32]) -> Vec<u32> {
    let facet = |patch: &u32| surface.facets[surface.patches[*patch as usize].facet as usize];
    let mut points: Vec<u32> = patches.iter().flat_map(|patch| facet(patch).corners).collect();
    points.sort_unstable();
    points.dedup();
    points
}

/// Echoes of patches in some loops of a transmitter, `[rx][patch][chirp]`.
#[inline(always)]
pub(super) fn echoes<V: Lanes>(
    problem: &Swept,
    wave: &Wave,
    asked: &Asked,
    points: &mut Vec<Vec3>,
) -> Result<Vec<Echo>, SimError> {
    let Asked { patches, some, loops, tx } = asked;
    let schedule = problem.schedule;
    let mut out = vec![Echo::default(); problem.rx.len() * patches.len() * loops.len()];
    points.resize(problem.motion.point_count(), Vec3::zeros());
    let mut group = Group::EMPTY;
    for (lane, number) in loops.clone().enumerate() {
        let ramp = if schedule.time_multiplexed { number * schedule.n_tx + tx } else { number };
        problem.motion.some_positions_at(problem.start_s + schedule.start_s(ramp), some, points)?;
        for (first, chunk) in patches.chunks(BLOCK).enumerate().map(|(i, c)| (i * BLOCK, c)) {
            group.choose(wave, problem.surface, chunk);
            group.place(wave, problem.surface, chunk, points);
            let there = group.way::<V>(problem.tx[*tx], 1.0, true);
            for (l, rx) in problem.rx.iter().enumerate() {
                let back = group.way::<V>(*rx, -1.0, false);
                let (mut re, mut im) = ([0.0; BLOCK], [0.0; BLOCK]);
                group.amplitude::<V>(&there, &back, true, &mut re, &mut im);
                filter(wave, &there, &back, &mut re, &mut im);
                for i in 0..chunk.len() {
                    let delay = (there.length[i] + back.length[i]) / SPEED_OF_LIGHT;
                    out[(l * patches.len() + first + i) * loops.len() + lane] = Echo { delay, re: re[i], im: im[i] };
                }
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
