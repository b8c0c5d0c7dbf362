//! The way back of strided windows, of few channels and of small maps: one product with the weights as they are, whose rows are then added to
//! where their taps read. It is the adjoint of [`columns`](super::columns), and turns no weights.

use super::columns::Columns;
use super::dense::Scratch;
use super::gather::{Gather, Tap};
use super::plane::{Plane, Stretch};
use super::tiles::DEPTH;
use super::window::ConvSizes;
use crate::kernels::panels::{GROUP, PANEL, Rows, add_product, padded};
use crate::model::kernels::for_each_width;
use rayon::prelude::*;

/// Places of a tile, about: with all taps of some channels they stay in the second cache.
const PLACES: usize = 5 * PANEL;
/// Rows of a product, about: channels times taps.
const ROWS: usize = 288;

/// Whether this way is taken.
pub(super) fn is_for(sizes: &ConvSizes) -> bool {
    let [channels, outputs] = sizes.of_a_group();
    let places = sizes.batch * sizes.out[0] * sizes.out[1];
    sizes.window.stride != [1, 1] || channels < GROUP || places <= 2 * outputs
}

/// Some channels of a group in some samples.
struct ScatterPart<'out> {
    group: usize,
    /// Within the group.
    channels: std::ops::Range<usize>,
    /// First sample.
    sample: usize,
    /// `[channel, place]` of each sample.
    to: Vec<&'out mut [f32]>,
}

/// # Shapes
/// As [`input_gradient`](super::input_gradient).
pub(super) fn input_gradient(gradient: &[f32], weight: &[f32], bias: Option<&[f32]>, sizes: &ConvSizes) -> Vec<f32> {
    let [channels, _] = sizes.of_a_group();
    let (area, places) = (sizes.image[0] * sizes.image[1], sizes.out[0] * sizes.out[1]);
    let mut out = vec![0.0; sizes.batch * sizes.inputs * area];
    if out.is_empty() {
        return out;
    }
    let block = (ROWS / sizes.taps()).clamp(1, channels);
    let together = (PLACES / places.max(1)).clamp(1, sizes.batch);
    let mut parts: Vec<ScatterPart<'_>> = Vec::new();
    let of_samples = sizes.window.groups * channels.div_ceil(block);
    for (sample, mut out) in out.chunks_exact_mut(sizes.inputs * area).enumerate() {
        let firsts = (0..sizes.window.groups).flat_map(|group| (0..channels).step_by(block).map(move |c| (group, c)));
        for (i, (group, first)) in firsts.enumerate() {
            let channels = first..channels.min(first + block);
            let (to, rest) = out.split_at_mut(channels.len() * area);
            out = rest;
            if sample % together == 0 {
                parts.push(ScatterPart { group, channels, sample, to: vec![to] });
            } else {
                parts[sample / together * of_samples + i].to.push(to);
            }
        }
    }
    let way = Way { forwards: Gather::forwards(sizes), places: in_place(sizes), sizes, gradient, weight, bias };
    parts.into_par_iter().for_each_init(Scratch::default, |scratch, part| way.fill(part, scratch));
    out
}

/// Every place of the output at itself.
fn in_place(sizes: &ConvSizes) -> Gather {
    let tap = Tap { index: 0, row: 0, column: 0 };
    Gather { source: sizes.out, lattice: sizes.out, step: [1; 2], taps: vec![tap], first: [0; 2], spread: [1; 2] }
}

struct Way<'a> {
    forwards: Gather,
    places: Gather,
    sizes: &'a ConvSizes,
    gradient: &'a [f32],
    weight: &'a [f32],
    bias: Option<&'a [f32]>,
}

impl Way<'_> {
    fn fill(&self, mut part: ScatterPart<'_>, scratch: &mut Scratch) {
        let sizes = self.sizes;
        let [channels, outputs] = sizes.of_a_group();
        let (area, taps) = (sizes.image[0] * sizes.image[1], sizes.taps());
        let first = part.group * channels + part.channels.start;
        if let Some(bias) = self.bias {
            for to in &mut part.to {
                to.chunks_exact_mut(area).zip(&bias[first..]).for_each(|(to, &v)| to.fill(v));
            }
        }
        let stride = channels * taps;
        let rows = part.channels.len() * taps;
        let Scratch { columns: made, plane, sums } = scratch;
        for tile in tiles(sizes.out, part.sample..part.sample + part.to.len()) {
            let places: usize = tile.iter().map(|s| s.count).sum();
            let width = padded(places);
            let right = Columns::new(&self.places, &tile, PANEL);
            sums.clear();
            sums.resize(rows * width, 0.0);
            made.resize(made.len().max(DEPTH.min(outputs) * width), 0.0);
            for begin in (0..outputs).step_by(DEPTH) {
                let count = DEPTH.min(outputs - begin);
                let output = part.group * outputs + begin;
                right.fill(made, &mut [], self.gradient, sizes.outputs, output..output + count);
                let values = &self.weight[output * stride + part.channels.start * taps..];
                add_product(sums, width, Rows { values, rows, stride: 1, step: stride }, made, count, places);
            }
            let read = Plane::new(&self.forwards, &tile);
            let offsets: Vec<usize> = self.forwards.taps.iter().map(|tap| read.offset(tap)).collect();
            for (channel, sums) in sums.chunks_exact(taps * width).enumerate() {
                plane.clear();
                plane.resize(read.len, 0.0);
                add_rows(plane, sums, width, &offsets, &read);
                read.drain(plane, &mut part.to, part.sample, channel);
            }
        }
    }
}

/// Whole samples, or parts of one.
fn tiles(lattice: [usize; 2], samples: std::ops::Range<usize>) -> Vec<Vec<Stretch>> {
    let places = lattice[0] * lattice[1];
    if samples.len() > 1 || places <= PLACES {
        return vec![samples.map(|sample| Stretch { sample, first: 0, count: places }).collect()];
    }
    // Whole rows where a few fit.
    let size = if lattice[1] <= PLACES { PLACES / lattice[1] * lattice[1] } else { PLACES };
    let within = |first: usize| {
        let row = first / lattice[1];
        if lattice[1] <= PLACES { size } else { size.min((row + 1) * lattice[1] - first) }
    };
    let mut out = Vec::new();
    for sample in samples {
        let mut first = 0;
        while first < places {
            let count = within(first).min(places - first);
            out.push(vec![Stretch { sample, first, count }]);
            first += count;
        }
    }
    out
}

for_each_width! {
    /// `sums[tap][place]` to where the taps read.
    fn add_rows(plane: &mut [f32], sums: &[f32], width: usize, offsets: &[usize], read: &Plane<'_>) {
        for (sums, &offset) in sums.chunks_exact(width).zip(offsets) {
            for stripe in &read.stripes {
                let to = &mut plane[stripe.from + offset..][..stripe.count];
                let from = &sums[stripe.place..][..stripe.count];
                for i in 0..stripe.count {
                    to[i] += from[i];
                }
            }
        }
    }
}
