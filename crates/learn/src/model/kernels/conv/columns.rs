//! What the taps of some channels read for a tile of places, in panels for products.

use super::gather::Gather;
use super::plane::{Plane, Stretch, Stripe};
use crate::kernels::panels::padded;
use crate::model::kernels::for_each_width;

/// Makes the columns of one tile.
pub(super) struct Columns<'a> {
    gather: &'a Gather,
    /// Without a plane, places are read where they lie in the source.
    plane: Option<Plane<'a>>,
    stretches: &'a [Stretch],
    /// Stripes cut where panels end, `place` being that within `panel`.
    pieces: Vec<Cut>,
    offsets: Vec<usize>,
    /// Places of the tile.
    places: usize,
    /// Columns of a whole panel.
    panel: usize,
}

/// Part of a stripe within one panel.
#[derive(Clone, Copy, Debug)]
struct Cut {
    stripe: Stripe,
    panel: usize,
    /// Stretch that it belongs to.
    stretch: usize,
}

impl<'a> Columns<'a> {
    /// `panel` is a multiple of the vectors' [`GROUP`](crate::kernels::panels::GROUP).
    pub(super) fn new(gather: &'a Gather, stretches: &'a [Stretch], panel: usize) -> Self {
        let plane = (!gather.is_pointwise()).then(|| Plane::new(gather, stretches));
        let places = stretches.iter().map(|s| s.count).sum();
        let mut pieces = Vec::new();
        let mut cut = |stripe: &Stripe, stretch: usize| {
            let mut done = 0;
            while done < stripe.count {
                let (place, from) = (stripe.place + done, stripe.from + done);
                let count = (stripe.count - done).min(panel - place % panel);
                let stripe = Stripe { from, place: place % panel, count };
                pieces.push(Cut { stripe, panel: place / panel, stretch });
                done += count;
            }
        };
        match &plane {
            Some(plane) => plane.stripes.iter().for_each(|stripe| cut(stripe, 0)),
            None => {
                let mut place = 0;
                for (i, s) in stretches.iter().enumerate() {
                    cut(&Stripe { from: s.first, place, count: s.count }, i);
                    place += s.count;
                }
            }
        }
        let offsets = match &plane {
            Some(plane) => gather.taps.iter().map(|tap| plane.offset(tap)).collect(),
            None => vec![0],
        };
        Self { gather, plane, stretches, pieces, offsets, places, panel }
    }

    /// Entries of the plane that [`fill`](Self::fill) wants, all 0 at first.
    pub(super) fn plane_len(&self) -> usize {
        self.plane.as_ref().map_or(0, |plane| plane.len)
    }

    /// # Shapes
    /// `source[batch, channel, row, column]` of `channels` channels, of which those of `range` are read, to
    /// `out[panel][channel · tap][place]`.
    pub(super) fn fill(
        &self,
        out: &mut [f32],
        plane: &mut [f32],
        source: &[f32],
        channels: usize,
        range: std::ops::Range<usize>,
    ) {
        let (taps, all) = (self.offsets.len(), padded(self.places));
        let inner = range.len() * taps;
        let area = self.gather.source[0] * self.gather.source[1];
        for (i, channel) in range.enumerate() {
            let from = self.plane.as_ref().map(|whole| whole.fill(plane, source, channels, channel));
            for (t, &offset) in self.offsets.iter().enumerate() {
                let row = i * taps + t;
                match from {
                    Some(()) => copy(out, plane, &self.pieces, offset, row, [self.panel, all, inner]),
                    None => {
                        for piece in &self.pieces {
                            let sample = self.stretches[piece.stretch].sample;
                            let source = &source[(sample * channels + channel) * area..][..area];
                            let (to, count) = (place_of(piece, row, [self.panel, all, inner]), piece.stripe.count);
                            out[to..to + count].copy_from_slice(&source[piece.stripe.from..][..count]);
                        }
                    }
                }
            }
        }
    }
}

/// Where a piece's row begins in the panels.
#[inline(always)]
fn place_of(piece: &Cut, row: usize, [panel, all, inner]: [usize; 3]) -> usize {
    let before = piece.panel * panel;
    before * inner + row * panel.min(all - before) + piece.stripe.place
}

for_each_width! {
    fn copy(out: &mut [f32], plane: &[f32], pieces: &[Cut], offset: usize, row: usize, sizes: [usize; 3]) {
        for piece in pieces {
            let to = place_of(piece, row, sizes);
            let count = piece.stripe.count;
            let (to, from) = (&mut out[to..to + count], &plane[piece.stripe.from + offset..][..count]);
            let ((wide, to), (wide_from, from)) = (to.as_chunks_mut::<16>(), from.as_chunks::<16>());
            for (a, b) in wide.iter_mut().zip(wide_from) {
                *a = *b;
            }
            let ((half, to), (half_from, from)) = (to.as_chunks_mut::<8>(), from.as_chunks::<8>());
            for (a, b) in half.iter_mut().zip(half_from) {
                *a = *b;
            }
            let ((four, to), (four_from, from)) = (to.as_chunks_mut::<4>(), from.as_chunks::<4>());
            for (a, b) in four.iter_mut().zip(four_from) {
                *a = *b;
            }
            for (a, b) in to.iter_mut().zip(from) {
                *a = *b;
            }
        }
    }
}
