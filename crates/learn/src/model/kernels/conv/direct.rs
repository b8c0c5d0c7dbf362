//! Groups of a channel or two, where products would have too little to share: each tap is read where it lies.

use super::dense::Gathered;
use super::gather::Gather;
use super::plane::{Plane, Stretch};
use super::window::ConvSizes;
use crate::kernels::taps::{Field, SLACK, add_tap_products, add_taps};
use rayon::prelude::*;

/// Pairs of input and output channels of a group for which this way is taken at most.
const MOST_PAIRS: usize = 4;

/// Whether this way is taken.
pub(super) fn is_for(sizes: &ConvSizes) -> bool {
    let [inputs, outputs] = sizes.of_a_group();
    inputs.min(outputs) == 1 && inputs * outputs <= MOST_PAIRS && sizes.window.groups > 1
}

/// One sample's lattice as a tile of its own.
struct Whole<'a> {
    plane: Plane<'a>,
    offsets: Vec<usize>,
}

impl<'a> Whole<'a> {
    fn new(gather: &'a Gather) -> Self {
        let plane = Plane::new(gather, &[Stretch { sample: 0, first: 0, count: gather.places() }]);
        Self { offsets: gather.taps.iter().map(|tap| plane.offset(tap)).collect(), plane }
    }

    fn memory(&self) -> Vec<f32> {
        vec![0.0; self.plane.len + SLACK]
    }

    fn field<'b>(&self, plane: &'b [f32]) -> Field<'b> {
        let first = self.plane.stripes.first().map_or(0, |s| s.from);
        let step = self.plane.stripes.get(1).map_or(0, |s| s.from - first);
        let columns = self.plane.stripes.first().map_or(1, |s| s.count);
        Field { plane, from: first, step, columns }
    }
}

/// As [`dense::run`](super::dense::run).
pub(super) fn run(work: Gathered<'_>, out: &mut [f32]) {
    let [channels, outputs] = work.channels;
    let (taps, places) = (work.gather.taps.len(), work.gather.places());
    if out.is_empty() {
        return;
    }
    let whole = (taps > 0).then(|| Whole::new(work.gather));
    let area = work.gather.source[0] * work.gather.source[1];
    let memory = || whole.as_ref().map(Whole::memory).unwrap_or_default();
    out.par_chunks_exact_mut(outputs * places).enumerate().for_each_init(memory, |plane, (i, out)| {
        let (sample, group) = (i / work.groups, i % work.groups);
        for (output, out) in out.chunks_exact_mut(places).enumerate() {
            out.fill(work.bias.map_or(0.0, |bias| bias[group * outputs + output]));
        }
        let Some(whole) = &whole else { return };
        let all = work.groups * channels;
        let source = &work.source[sample * all * area..][..all * area];
        for channel in 0..channels {
            whole.plane.fill(plane, source, all, group * channels + channel);
            for (output, out) in out.chunks_exact_mut(places).enumerate() {
                let row = (group * outputs + output) * channels + channel;
                add_taps(out, whole.field(plane), &whole.offsets, &work.weights[row * taps..][..taps]);
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
    let whole = Whole::new(&gather);
    let area = sizes.image[0] * sizes.image[1];
    let of_a_group = outputs * channels * taps;
    out.par_chunks_exact_mut(of_a_group).enumerate().for_each_init(
        || whole.memory(),
        |plane, (group, out)| {
            for sample in 0..sizes.batch {
                let source = &x[sample * sizes.inputs * area..][..sizes.inputs * area];
                for channel in 0..channels {
                    whole.plane.fill(plane, source, sizes.inputs, group * channels + channel);
                    for output in 0..outputs {
                        let back = (sample * sizes.outputs + group * outputs + output) * places;
                        let sums = &mut out[(output * channels + channel) * taps..][..taps];
                        add_tap_products(sums, &gradient[back..][..places], whole.field(plane), &whole.offsets);
                    }
                }
            }
        },
    );
    out
}
