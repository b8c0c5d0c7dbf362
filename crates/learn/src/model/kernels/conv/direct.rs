//! Groups of a channel or two, where products would have too little to share: each tap is read where it lies.
//!
//! Rows too short for vectors are read of sixteen samples side by side: a sample is one more, innermost axis of the plane.

use super::dense::Gathered;
use super::gather::Gather;
use super::plane::{Plane, Stretch};
use super::window::ConvSizes;
use crate::kernels::taps::{Field, SLACK, add_tap_products, add_taps};
use rayon::prelude::*;
use std::ops::Range;

/// Pairs of input and output channels of a group for which this way is taken at most.
const MOST_PAIRS: usize = 4;

/// Whether this way is taken.
pub(super) fn is_for(sizes: &ConvSizes) -> bool {
    let [inputs, outputs] = sizes.of_a_group();
    inputs.min(outputs) == 1 && inputs * outputs <= MOST_PAIRS && sizes.window.groups > 1
}

/// Samples side by side.
const LANES: usize = 16;
/// Columns of a lattice up to which samples lie side by side.
const SHORT: usize = 32;
/// Entries of a plane with samples side by side at most: it stays in the second cache.
const MOST_ENTRIES: usize = 96 * 1024;

/// One sample's lattice as a tile of its own, or that of [`LANES`] samples.
struct Whole<'a> {
    plane: Plane<'a>,
    offsets: Vec<usize>,
    lanes: usize,
}

impl<'a> Whole<'a> {
    fn new(gather: &'a Gather, batch: usize) -> Self {
        let plane = Plane::new(gather, &[Stretch { sample: 0, first: 0, count: gather.places() }]);
        let beside = 2 * batch >= LANES && gather.lattice[1] <= SHORT && plane.len * LANES <= MOST_ENTRIES;
        let lanes = if beside { LANES } else { 1 };
        Self { offsets: gather.taps.iter().map(|tap| plane.offset(tap) * lanes).collect(), plane, lanes }
    }

    fn memory(&self) -> Vec<f32> {
        vec![0.0; self.plane.len * self.lanes + SLACK]
    }

    fn field<'b>(&self, plane: &'b [f32]) -> Field<'b> {
        let first = self.plane.stripes.first().map_or(0, |s| s.from);
        let step = self.plane.stripes.get(1).map_or(0, |s| s.from - first);
        let columns = self.plane.stripes.first().map_or(1, |s| s.count);
        Field { plane, from: first * self.lanes, step: step * self.lanes, columns: columns * self.lanes }
    }

    /// Copies a channel of these samples of `source[batch, channel, row, column]`; lanes without a sample are 0.
    fn fill(&self, plane: &mut [f32], source: &[f32], channels: usize, channel: usize, samples: &Range<usize>) {
        let area = self.plane.area();
        if samples.len() < self.lanes {
            plane.fill(0.0);
        }
        for (lane, sample) in samples.clone().enumerate() {
            let source = &source[sample * channels * area..][..channels * area];
            match self.lanes {
                1 => self.plane.fill(plane, source, channels, channel),
                lanes => self.plane.fill_lane(plane, source, channels, channel, (lane, lanes)),
            }
        }
    }
}

/// One group in the samples of a plane.
struct GroupPart<'out> {
    group: usize,
    samples: Range<usize>,
    /// By sample and output channel.
    to: Vec<&'out mut [f32]>,
}

/// As [`dense::run`](super::dense::run).
pub(super) fn run(work: Gathered<'_>, out: &mut [f32]) {
    let [channels, outputs] = work.channels;
    let (taps, places) = (work.gather.taps.len(), work.gather.places());
    if out.is_empty() {
        return;
    }
    let whole = (taps > 0).then(|| Whole::new(work.gather, work.batch));
    let lanes = whole.as_ref().map_or(1, |whole| whole.lanes);
    let mut parts: Vec<GroupPart<'_>> = Vec::new();
    for (i, to) in out.chunks_exact_mut(places).enumerate() {
        let (sample, channel) = (i / (work.groups * outputs), i % (work.groups * outputs));
        let (group, begin) = (channel / outputs, sample / lanes * lanes);
        let at = sample / lanes * work.groups + group;
        if at == parts.len() {
            let samples = begin..(begin + lanes).min(work.batch);
            parts.push(GroupPart { group, samples, to: Vec::with_capacity(outputs * lanes) });
        }
        parts[at].to.push(to);
    }
    let memory = || (whole.as_ref().map(Whole::memory).unwrap_or_default(), Vec::new());
    parts.into_par_iter().for_each_init(memory, |(plane, sums), mut part| {
        for (i, to) in part.to.iter_mut().enumerate() {
            to.fill(work.bias.map_or(0.0, |bias| bias[part.group * outputs + i % outputs]));
        }
        let Some(whole) = &whole else { return };
        for channel in 0..channels {
            let read = part.group * channels + channel;
            whole.fill(plane, work.source, work.groups * channels, read, &part.samples);
            for output in 0..outputs {
                let row = (part.group * outputs + output) * channels + channel;
                let weights = &work.weights[row * taps..][..taps];
                if lanes == 1 {
                    add_taps(part.to[output], whole.field(plane), &whole.offsets, weights);
                    continue;
                }
                sums.clear();
                sums.resize(places * lanes, 0.0);
                add_taps(sums, whole.field(plane), &whole.offsets, weights);
                for (lane, to) in part.to.iter_mut().skip(output).step_by(outputs).enumerate() {
                    to.iter_mut().zip(sums.iter().skip(lane).step_by(lanes)).for_each(|(to, v)| *to += v);
                }
            }
        }
    });
}

/// As [`weight::gradient`](super::weight::gradient).
pub(super) fn weight_gradient(x: &[f32], gradient: &[f32], sizes: &ConvSizes) -> Vec<f32> {
    let gather = Gather::forwards(sizes);
    let [channels, outputs] = sizes.of_a_group();
    let (taps, places) = (sizes.taps(), gather.places());
    let mut out = vec![0.0; sizes.weight_shape().iter().product()];
    if gradient.is_empty() {
        return out;
    }
    let whole = Whole::new(&gather, sizes.batch);
    let lanes = whole.lanes;
    let of_a_group = outputs * channels * taps;
    out.par_chunks_exact_mut(of_a_group).enumerate().for_each_init(
        || (whole.memory(), vec![0.0; if lanes == 1 { 0 } else { places * lanes }]),
        |(plane, beside), (group, out)| {
            for begin in (0..sizes.batch).step_by(lanes) {
                let samples = begin..(begin + lanes).min(sizes.batch);
                for channel in 0..channels {
                    whole.fill(plane, x, sizes.inputs, group * channels + channel, &samples);
                    for output in 0..outputs {
                        let sums = &mut out[(output * channels + channel) * taps..][..taps];
                        let back = |sample: usize| {
                            let row = sample * sizes.outputs + group * outputs + output;
                            &gradient[row * places..][..places]
                        };
                        if lanes == 1 {
                            add_tap_products(sums, back(begin), whole.field(plane), &whole.offsets);
                            continue;
                        }
                        if samples.len() < lanes {
                            beside.fill(0.0);
                        }
                        for (lane, sample) in samples.clone().enumerate() {
                            let to = beside.iter_mut().skip(lane).step_by(lanes);
                            to.zip(back(sample)).for_each(|(to, &v)| *to = v);
                        }
                        add_tap_products(sums, beside, whole.field(plane), &whole.offsets);
                    }
                }
            }
        },
    );
    out
}
