//! Recurrent layers over whole sequences on plain arrays, forwards and backwards; the inputs' part of the gates is given.
//!
//! Samples are divided into parts by their number only; each runs through all steps by itself.

mod gates;
mod packed;

use crate::kernels::panels::{Rows, add_product, padded};
use crate::kernels::product::{Onto, View, multiply};
pub(crate) use gates::Cell;
use packed::pack;
use rayon::prelude::*;

/// Sizes of a recurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recurrence {
    pub(crate) cell: Cell,
    pub(crate) batch: usize,
    pub(crate) steps: usize,
    /// Entries of the state.
    pub(crate) width: usize,
    /// Whether it runs from the last step to the first.
    pub(crate) reversed: bool,
}

impl Recurrence {
    /// Entries of all gates.
    pub(crate) fn gates(&self) -> usize {
        self.cell.gates() * self.width
    }

    /// Samples that run together: a tile's rows, fewer where there would be one part only.
    fn part(&self) -> usize {
        self.batch.div_ceil(2).clamp(1, 8)
    }

    /// Steps in the order in which they run, each with the one before.
    fn order(&self) -> impl DoubleEndedIterator<Item = (usize, Option<usize>)> + use<> {
        let (steps, reversed) = (self.steps, self.reversed);
        (0..steps).map(move |i| {
            let at = |i: usize| if reversed { steps - 1 - i } else { i };
            (at(i), i.checked_sub(1).map(at))
        })
    }
}

/// The states, and what the way back needs of the gates.
///
/// # Shapes
/// `inputs[sample, step, gate · entry]`, `weight[gate · entry, entry]`, `bias[gate · entry]` to `[sample, step, entry]` and
/// `[sample, step, kept · entry]`.
pub(crate) fn forward(inputs: &[f32], weight: &[f32], bias: &[f32], size: Recurrence) -> (Vec<f32>, Vec<f32>) {
    let Recurrence { cell, steps, width, .. } = size;
    let (gates, kept) = (size.gates(), cell.kept() * width);
    let mut out = vec![0.0; size.batch * steps * width];
    let mut all_kept = vec![0.0; size.batch * steps * kept];
    if out.is_empty() {
        return (out, all_kept);
    }
    let panels = pack(weight, gates, width, true);
    let wide = padded(gates);
    let part = size.part() * steps;
    let parts = out.par_chunks_mut(part * width).zip(all_kept.par_chunks_mut(part * kept));
    parts.zip(inputs.par_chunks(part * gates)).for_each(|((out, all_kept), inputs)| {
        let rows = out.len() / (steps * width);
        let mut state = vec![0.0; rows * width];
        let mut memory = vec![0.0; rows * width];
        let mut sums = vec![0.0; rows * wide];
        for (step, _) in size.order() {
            for sums in sums.chunks_exact_mut(wide) {
                sums[..gates].copy_from_slice(bias);
            }
            add_product(&mut sums, wide, Rows { values: &state, rows, stride: width, step: 1 }, &panels, width, gates);
            for row in 0..rows {
                let place = row * steps + step;
                let state = &mut state[row * width..][..width];
                cell.step(
                    &inputs[place * gates..][..gates],
                    &sums[row * wide..][..gates],
                    state,
                    &mut memory[row * width..][..width],
                    &mut all_kept[place * kept..][..kept],
                );
                out[place * width..][..width].copy_from_slice(state);
            }
        }
    });
    (out, all_kept)
}

/// Gradients of a recurrence.
pub(crate) struct RecurrentGradients {
    /// `[sample, step, gate · entry]`.
    pub(crate) inputs: Vec<f32>,
    /// `[gate · entry, entry]`.
    pub(crate) weight: Vec<f32>,
    /// `[gate · entry]`.
    pub(crate) bias: Vec<f32>,
}

/// # Shapes
/// `weight`, `states` and `kept` as in [`forward`], `gradient[sample, step, entry]` that of the states.
pub(crate) fn backward(
    weight: &[f32],
    states: &[f32],
    kept: &[f32],
    gradient: &[f32],
    size: Recurrence,
) -> RecurrentGradients {
    let Recurrence { cell, steps, width, .. } = size;
    let (gates, of_a_step) = (size.gates(), cell.kept() * width);
    let count = size.batch * steps;
    let mut out = RecurrentGradients {
        inputs: vec![0.0; count * gates],
        weight: vec![0.0; gates * width],
        bias: vec![0.0; gates],
    };
    if states.is_empty() {
        return out;
    }
    // Gradients of the state's part of the gates, and the states before.
    let mut of_gates = vec![0.0; count * gates];
    let mut before = vec![0.0; count * width];
    let panels = pack(weight, gates, width, false);
    let wide = padded(width);
    let part = size.part() * steps;
    let parts = out.inputs.par_chunks_mut(part * gates).zip(of_gates.par_chunks_mut(part * gates));
    let parts = parts.zip(before.par_chunks_mut(part * width)).zip(states.par_chunks(part * width));
    let parts = parts.zip(kept.par_chunks(part * of_a_step)).zip(gradient.par_chunks(part * width));
    parts.for_each(|(((((of_inputs, of_gates), before), states), kept), gradient)| {
        let rows = states.len() / (steps * width);
        let mut carried = vec![0.0; rows * wide];
        let mut memory = vec![0.0; rows * width];
        let mut now = vec![0.0; rows * gates];
        for (step, last) in size.order().rev() {
            for row in 0..rows {
                let place = row * steps + step;
                let carried = &mut carried[row * wide..][..width];
                carried.iter_mut().zip(&gradient[place * width..][..width]).for_each(|(sum, d)| *sum += d);
                let before = &mut before[place * width..][..width];
                if let Some(last) = last {
                    before.copy_from_slice(&states[(row * steps + last) * width..][..width]);
                }
                let last_kept = last.map(|last| &kept[(row * steps + last) * of_a_step..][..of_a_step]);
                let now = &mut now[row * gates..][..gates];
                let of_inputs = &mut of_inputs[place * gates..][..gates];
                let kept = &kept[place * of_a_step..][..of_a_step];
                let memory = &mut memory[row * width..][..width];
                cell.step_back(kept, last_kept, before, carried, memory, of_inputs, now);
                of_gates[place * gates..][..gates].copy_from_slice(now);
            }
            add_product(&mut carried, wide, Rows { values: &now, rows, stride: gates, step: 1 }, &panels, gates, width);
        }
    });
    let back = View::new(&of_gates, count, gates, gates);
    multiply(&mut out.weight, width, back.transposed(), View::new(&before, count, width, width), Onto::Overwrite);
    for row in of_gates.chunks_exact(gates) {
        out.bias.iter_mut().zip(row).for_each(|(sum, d)| *sum += d);
    }
    out
}
