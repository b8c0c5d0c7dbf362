//! Convolutions and their way back as one thing: sums over taps of a source, for places on a lattice.

use super::window::ConvSizes;

/// An entry of the kernel, and where it reads for the lattice's first place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tap {
    /// Number of the entry, row by row.
    pub(super) index: usize,
    /// Row of the source, which may lie outside.
    pub(super) row: isize,
    /// Column of the source.
    pub(super) column: isize,
}

/// For every place (r, q) of a lattice, the taps read the source at `(r · step + row, q · step + column)`, 0 outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gather {
    /// Rows and columns of the source.
    pub(super) source: [usize; 2],
    /// Rows and columns of the lattice.
    pub(super) lattice: [usize; 2],
    /// Steps within the source from a place to the next.
    pub(super) step: [usize; 2],
    /// What is read.
    pub(super) taps: Vec<Tap>,
    /// Where the lattice's first place lies in the output.
    pub(super) first: [usize; 2],
    /// Steps within the output from a place to the next.
    pub(super) spread: [usize; 2],
}

impl Gather {
    /// From the input to the output.
    pub(super) fn forwards(sizes: &ConvSizes) -> Self {
        let window = &sizes.window;
        let at = |axis: usize, i: usize| (i * window.dilation[axis]) as isize - window.padding[axis][0] as isize;
        let tap = |index: usize| {
            let columns = window.kernel[1];
            Tap { index, row: at(0, index / columns), column: at(1, index % columns) }
        };
        Self {
            source: sizes.image,
            lattice: sizes.out,
            step: window.stride,
            taps: (0..sizes.taps()).map(tap).collect(),
            first: [0; 2],
            spread: [1; 2],
        }
    }

    /// From the gradient of the output to that of the input. Inputs whose places leave the same rest by the strides meet the same
    /// taps: a lattice each.
    pub(super) fn backwards(sizes: &ConvSizes) -> Vec<Self> {
        let [rows, columns] = sizes.window.stride;
        let firsts = (0..rows).flat_map(|row| (0..columns).map(move |column| [row, column]));
        firsts
            .filter(|first| (0..2).all(|i| first[i] < sizes.image[i]))
            .map(|first| Self::way_back(sizes, first))
            .collect()
    }

    fn way_back(sizes: &ConvSizes, first: [usize; 2]) -> Self {
        let window = &sizes.window;
        // Input y met tap k of output (y + padding − k · dilation) / stride, where that is whole.
        let at = |axis: usize, i: usize| {
            let place = (first[axis] + window.padding[axis][0]) as isize - (i * window.dilation[axis]) as isize;
            let stride = window.stride[axis] as isize;
            (place.rem_euclid(stride) == 0).then(|| place.div_euclid(stride))
        };
        let tap = |index: usize| {
            let columns = window.kernel[1];
            at(0, index / columns).zip(at(1, index % columns)).map(|(row, column)| Tap { index, row, column })
        };
        let lattice = |axis: usize| (sizes.image[axis] - first[axis]).div_ceil(window.stride[axis]);
        Self {
            source: sizes.out,
            lattice: [lattice(0), lattice(1)],
            step: [1; 2],
            taps: (0..sizes.taps()).filter_map(tap).collect(),
            first,
            spread: window.stride,
        }
    }

    /// Number of places.
    pub(super) fn places(&self) -> usize {
        self.lattice[0] * self.lattice[1]
    }

    /// Whether every place reads the source at itself and nowhere else.
    pub(super) fn is_pointwise(&self) -> bool {
        matches!(self.taps[..], [Tap { row: 0, column: 0, .. }]) && self.step == [1; 2] && self.lattice == self.source
    }

    /// Least and largest offset of the taps along an axis.
    pub(super) fn span(&self, axis: usize) -> [isize; 2] {
        let offsets = || self.taps.iter().map(|tap| if axis == 0 { tap.row } else { tap.column });
        [offsets().min().unwrap_or(0), offsets().max().unwrap_or(0)]
    }
}
