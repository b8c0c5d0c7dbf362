//! Sums over a few places around each place of a plane: the inner loop of convolutions of single channels.

use super::{Lanes, Task, Width};

/// Rows of a plane that are read side by side with an array of outputs.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// The plane. Behind the last entry that is read it has [`SLACK`] more, finite ones.
    pub plane: &'a [f32],
    /// Where the first output reads, before a tap's offset.
    pub from: usize,
    /// Entries from one row to the next.
    pub step: usize,
    /// Outputs of a row.
    pub columns: usize,
}

/// Entries behind a plane: whole vectors are read.
pub const SLACK: usize = 16;

impl<'a> Field<'a> {
    fn check(&self, entries: usize, offsets: &[usize]) -> usize {
        assert!(
            self.columns > 0 && entries.is_multiple_of(self.columns),
            "{entries} outputs in rows of {}",
            self.columns
        );
        let rows = entries / self.columns;
        let most = offsets.iter().max().copied().unwrap_or(0);
        let end = self.from + rows.saturating_sub(1) * self.step + most + self.columns + SLACK;
        assert!(end <= self.plane.len(), "a plane of {} entries is read to {end}", self.plane.len());
        rows
    }

    /// What the taps of a row begin with.
    #[inline(always)]
    fn row(&self, row: usize, offset: usize) -> &'a [f32] {
        &self.plane[self.from + row * self.step + offset..]
    }
}

/// `out[row][column] += Σ weights[tap] · plane[from + row · step + column + offsets[tap]]`.
///
/// # Panics
/// When the plane is too short or the numbers of taps differ.
pub fn add_taps(out: &mut [f32], field: Field<'_>, offsets: &[usize], weights: &[f32]) {
    assert_eq!(offsets.len(), weights.len(), "offsets and weights of taps");
    let rows = field.check(out.len(), offsets);
    Width::best().run(AddTaps { out, rows, field, offsets, weights });
}

/// `sums[tap] += Σ back[row][column] · plane[from + row · step + column + offsets[tap]]`, in an order that no width changes.
///
/// # Panics
/// When the plane is too short or the numbers of taps differ.
pub fn add_tap_products(sums: &mut [f32], back: &[f32], field: Field<'_>, offsets: &[usize]) {
    assert_eq!(offsets.len(), sums.len(), "offsets and sums of taps");
    let rows = field.check(back.len(), offsets);
    Width::best().run(TapProducts { sums, back, rows, field, offsets });
}

struct AddTaps<'a> {
    out: &'a mut [f32],
    rows: usize,
    field: Field<'a>,
    offsets: &'a [usize],
    weights: &'a [f32],
}

impl Task for AddTaps<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes>(self) {
        let Self { out, rows, field, offsets, weights } = self;
        let columns = field.columns;
        for row in 0..rows {
            let out = &mut out[row * columns..][..columns];
            let mut column = 0;
            while column + 4 * V::COUNT <= columns {
                add_vectors::<V, 4>(&mut out[column..], field, row, column, offsets, weights);
                column += 4 * V::COUNT;
            }
            while column + V::COUNT <= columns {
                add_vectors::<V, 1>(&mut out[column..], field, row, column, offsets, weights);
                column += V::COUNT;
            }
            if column < columns {
                let mut last = [0.0; SLACK];
                let rest = &mut out[column..];
                last[..rest.len()].copy_from_slice(rest);
                add_vectors::<V, 1>(&mut last, field, row, column, offsets, weights);
                rest.copy_from_slice(&last[..rest.len()]);
            }
        }
    }
}

#[inline(always)]
fn add_vectors<V: Lanes, const N: usize>(
    out: &mut [f32],
    field: Field<'_>,
    row: usize,
    column: usize,
    offsets: &[usize],
    weights: &[f32],
) {
    let mut sums = [V::splat(0.0); N];
    for (n, sum) in sums.iter_mut().enumerate() {
        *sum = V::load(&out[n * V::COUNT..]);
    }
    for (&offset, &weight) in offsets.iter().zip(weights) {
        let values = &field.row(row, offset + column)[..N * V::COUNT];
        let weight = V::splat(weight);
        for (n, sum) in sums.iter_mut().enumerate() {
            *sum = V::load(&values[n * V::COUNT..]).fma(weight, *sum);
        }
    }
    for (n, sum) in sums.iter().enumerate() {
        sum.store(&mut out[n * V::COUNT..]);
    }
}

struct TapProducts<'a> {
    sums: &'a mut [f32],
    back: &'a [f32],
    rows: usize,
    field: Field<'a>,
    offsets: &'a [usize],
}

impl Task for TapProducts<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes>(self) {
        // Sixteen sums a tap, whatever the width.
        match V::COUNT {
            16 => self.by::<V, 8, 1>(),
            8 => self.by::<V, 4, 2>(),
            _ => self.by::<V, 2, 4>(),
        }
    }
}

impl TapProducts<'_> {
    #[inline(always)]
    fn by<V: Lanes, const T: usize, const P: usize>(self) {
        let Self { sums, back, rows, field, offsets } = self;
        for (sums, offsets) in sums.chunks_mut(T).zip(offsets.chunks(T)) {
            // What is left of the taps reads the first one again.
            let mut at = [offsets[0]; T];
            at[..offsets.len()].copy_from_slice(offsets);
            let mut lanes = [[V::splat(0.0); P]; T];
            for row in 0..rows {
                let back = &back[row * field.columns..][..field.columns];
                let mut column = 0;
                while column < field.columns {
                    let mut last = [0.0; 16];
                    let whole = match back[column..].first_chunk::<16>() {
                        Some(whole) => whole,
                        None => {
                            for (to, v) in last.iter_mut().zip(&back[column..]) {
                                *to = *v;
                            }
                            &last
                        }
                    };
                    let mut factor = [V::splat(0.0); P];
                    for (p, factor) in factor.iter_mut().enumerate() {
                        *factor = V::load(&whole[p * V::COUNT..]);
                    }
                    for (lanes, offset) in lanes.iter_mut().zip(at) {
                        let values = &field.row(row, offset + column)[..16];
                        for (p, (lane, factor)) in lanes.iter_mut().zip(factor).enumerate() {
                            *lane = factor.fma(V::load(&values[p * V::COUNT..]), *lane);
                        }
                    }
                    column += 16;
                }
            }
            for (sum, lanes) in sums.iter_mut().zip(&lanes) {
                let mut all = [0.0; 16];
                for (p, lane) in lanes.iter().enumerate() {
                    lane.store(&mut all[p * V::COUNT..]);
                }
                for half in [8, 4, 2, 1] {
                    for i in 0..half {
                        all[i] += all[i + half];
                    }
                }
                *sum += all[0];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(i: usize) -> f32 {
        ((i * 7919 % 1009) as f32 / 504.5 - 1.0) * 0.7
    }

    #[test]
    fn taps_agree_with_sums_in_double_precision_both_ways() {
        let sizes: &[(usize, usize, usize)] = &[(2, 5, 3), (1, 33, 1), (3, 64, 9), (2, 81, 49), (4, 16, 5)];
        for &(rows, columns, taps) in &sizes[..if cfg!(miri) { 2 } else { sizes.len() }] {
            let (from, step) = (3, columns + 4);
            let offsets: Vec<usize> = (0..taps).map(|t| t * 5 % 23).collect();
            let weights: Vec<f32> = (0..taps).map(|t| value(t + 3)).collect();
            let plane: Vec<f32> = (0..from + rows * step + 23 + SLACK).map(value).collect();
            let field = Field { plane: &plane, from, step, columns };
            let back: Vec<f32> = (0..rows * columns).map(|i| value(i + 11)).collect();
            let read = |row: usize, column: usize, t: usize| f64::from(plane[from + row * step + column + offsets[t]]);
            let places = || (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
            let mut bits = Vec::new();
            for width in Width::ALL.into_iter().filter(|w| w.is_supported()) {
                let mut out = back.clone();
                width.run(AddTaps { out: &mut out, rows, field, offsets: &offsets, weights: &weights });
                for (i, (row, column)) in places().enumerate() {
                    let more: f64 = (0..taps).map(|t| f64::from(weights[t]) * read(row, column, t)).sum();
                    assert!((f64::from(out[i]) - f64::from(back[i]) - more).abs() < 2e-5);
                }
                let mut sums = weights.clone();
                width.run(TapProducts { sums: &mut sums, back: &back, rows, field, offsets: &offsets });
                for t in 0..taps {
                    let more: f64 = places().enumerate().map(|(i, (r, c))| f64::from(back[i]) * read(r, c, t)).sum();
                    assert!((f64::from(sums[t]) - f64::from(weights[t]) - more).abs() < 2e-5);
                }
                if width != Width::Portable {
                    bits.push((out, sums));
                }
            }
            assert!(bits.windows(2).all(|pair| pair[0] == pair[1]), "the bits of both widths");
        }
    }

    #[test]
    #[should_panic(expected = "a plane of 30 entries is read to 34")]
    fn a_plane_without_slack_is_refused() {
        let field = Field { plane: &[0.0; 30], from: 0, step: 8, columns: 8 };
        add_taps(&mut [0.0; 16], field, &[2], &[1.0]);
    }
}
