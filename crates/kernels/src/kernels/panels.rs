//! Products with a matrix that its maker has laid out in panels, without packing and without threads: the inner loop of
//! convolutions and recurrent steps.
//!
//! Every entry of the output is one chain of fused multiplications and additions over the inner index, so its bits depend neither
//! on what is computed beside it nor on the width of the vectors, as far as these fuse.

use super::{Lanes, Task, Width};

/// Columns of a whole panel.
pub const PANEL: usize = 48;
/// Panels are whole groups of so many columns.
pub const GROUP: usize = 16;

/// Columns with those that fill the last group.
pub const fn padded(columns: usize) -> usize {
    columns.next_multiple_of(GROUP)
}

/// A matrix of which rows, or columns, are contiguous pieces of an array.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// The array; the first row begins at its start.
    pub values: &'a [f32],
    /// Number of rows.
    pub rows: usize,
    /// Entries from one row to the next.
    pub stride: usize,
    /// Entries from one column to the next.
    pub step: usize,
}

/// `out[row][column] += Σ left[row][i] · right[i][column]` over `inner` entries.
///
/// # Shapes
/// `right` holds panels of [`PANEL`] columns, the last one of what is left, filled up to whole groups: `[panel][inner][column]`.
/// `out` has rows of [`padded`]`(columns)` entries, `stride` apart, of which those beyond the last column get what the
/// filling gives.
///
/// # Panics
/// When a matrix does not fit its array.
pub fn add_product(out: &mut [f32], stride: usize, left: Rows<'_>, right: &[f32], inner: usize, columns: usize) {
    if left.rows == 0 || columns == 0 || inner == 0 {
        return;
    }
    let columns = padded(columns);
    assert!(columns <= stride, "{columns} columns in rows {stride} apart");
    let last = |rows: usize, stride: usize, row: usize| {
        (rows - 1).checked_mul(stride).and_then(|first| first.checked_add(row)).unwrap_or(usize::MAX)
    };
    let (rows, given) = (left.rows, left.values.len());
    let row = last(inner, left.step, 1);
    assert!(
        last(rows, stride, columns) <= out.len(),
        "{rows} x {columns}, {stride} apart, in an array of {}",
        out.len()
    );
    assert!(last(rows, left.stride, row) <= given, "{rows} x {inner}, {} apart, in an array of {given}", left.stride);
    assert!(inner.checked_mul(columns).is_some_and(|n| n <= right.len()), "{inner} x {columns} in {}", right.len());
    Width::best().run(Product { out, stride, left, right, inner, columns });
}

/// A product whose sizes were checked.
struct Product<'a> {
    out: &'a mut [f32],
    stride: usize,
    left: Rows<'a>,
    right: &'a [f32],
    inner: usize,
    columns: usize,
}

impl Task for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes>(self) {
        let Self { out, stride, left, right, inner, columns } = self;
        // Accumulators fill three quarters of the registers: 24 of 32, or 12 of 16.
        let high = if V::COUNT == 16 { 8 } else { 4 };
        let mut column = 0;
        while column < columns {
            let width = PANEL.min(columns - column);
            let panel = &right[column * inner..][..width * inner];
            let mut row = 0;
            while row < left.rows {
                let rows = match left.rows - row {
                    n if n >= high => high,
                    n if n >= 4 => 4,
                    n if n >= 2 => 2,
                    _ => 1,
                };
                let mut lane = 0;
                while lane < width {
                    let vectors = ((width - lane) / V::COUNT).min(3);
                    let place = Tile {
                        left: &left.values[row * left.stride..],
                        left_stride: left.stride,
                        left_step: left.step,
                        right: &panel[lane..],
                        right_stride: width,
                        inner,
                        stride,
                    };
                    let out = &mut out[row * stride + column + lane..];
                    match vectors {
                        3 => place.rows::<V, 3>(out, rows),
                        2 => place.rows::<V, 2>(out, rows),
                        _ => place.rows::<V, 1>(out, rows),
                    }
                    lane += vectors * V::COUNT;
                }
                row += rows;
            }
            column += width;
        }
    }
}

/// A few rows and a few vectors of columns, whose sums stay in registers.
struct Tile<'a> {
    left: &'a [f32],
    left_stride: usize,
    left_step: usize,
    right: &'a [f32],
    right_stride: usize,
    inner: usize,
    stride: usize,
}

impl Tile<'_> {
    #[inline(always)]
    fn rows<V: Lanes, const N: usize>(&self, out: &mut [f32], rows: usize) {
        match rows {
            8 => self.add::<V, 8, N>(out),
            4 => self.add::<V, 4, N>(out),
            2 => self.add::<V, 2, N>(out),
            _ => self.add::<V, 1, N>(out),
        }
    }

    #[inline(always)]
    fn add<V: Lanes, const R: usize, const N: usize>(&self, out: &mut [f32]) {
        let lanes = V::COUNT;
        assert!((self.inner - 1) * self.right_stride + N * lanes <= self.right.len());
        assert!((R - 1) * self.left_stride + (self.inner - 1) * self.left_step < self.left.len());
        let mut sums = [[V::splat(0.0); N]; R];
        for (r, sums) in sums.iter_mut().enumerate() {
            for (n, sum) in sums.iter_mut().enumerate() {
                *sum = V::load(&out[r * self.stride + n * lanes..]);
            }
        }
        let (left, right) = (self.left.as_ptr(), self.right.as_ptr());
        for i in 0..self.inner {
            let mut row = [V::splat(0.0); N];
            for (n, vector) in row.iter_mut().enumerate() {
                // SAFETY: the last vector of the last row ends within `right`, as was asserted, and i < inner.
                let values = unsafe { std::slice::from_raw_parts(right.add(i * self.right_stride + n * lanes), lanes) };
                *vector = V::load(values);
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                // SAFETY: the last entry of the last row lies within `left`, as was asserted; r < R and i < inner.
                let factor = V::splat(unsafe { *left.add(r * self.left_stride + i * self.left_step) });
                for (sum, &vector) in sums.iter_mut().zip(&row) {
                    *sum = factor.fma(vector, *sum);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            for (n, sum) in sums.iter().enumerate() {
                sum.store(&mut out[r * self.stride + n * lanes..]);
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
    fn every_size_of_a_tile_agrees_with_sums_in_double_precision() {
        // Miri takes its time.
        let sizes: &[[usize; 3]] = &[[15, 5, 100], [1, 1, 1], [3, 9, 17], [8, 2, 48], [11, 31, 64], [23, 7, 130]];
        for &[rows, inner, columns] in &sizes[..if cfg!(miri) { 2 } else { sizes.len() }] {
            let wide = padded(columns);
            let (stride, left_stride) = (wide + 3, inner + 2);
            let left: Vec<f32> = (0..rows * left_stride).map(value).collect();
            let full: Vec<f32> = (0..inner * wide).map(|i| value(i + 77)).collect();
            let mut right = Vec::new();
            for first in (0..wide).step_by(PANEL) {
                for i in 0..inner {
                    right.extend_from_slice(&full[i * wide + first..i * wide + wide.min(first + PANEL)]);
                }
            }
            let before: Vec<f32> = (0..rows * stride).map(|i| value(i + 5)).collect();
            let view = Rows { values: &left, rows, stride: left_stride, step: 1 };
            let mut one = Vec::new();
            for width in Width::ALL.into_iter().filter(|w| w.is_supported()) {
                let mut out = before.clone();
                let product =
                    Product { out: &mut out, stride, left: view, right: &right, inner, columns: padded(columns) };
                width.run(product);
                for r in 0..rows {
                    for c in 0..stride {
                        let sum = |i: usize| f64::from(left[r * left_stride + i]) * f64::from(full[i * wide + c]);
                        let more = if c < wide { (0..inner).map(sum).sum() } else { 0.0 };
                        let want = f64::from(before[r * stride + c]) + more;
                        assert!(
                            (f64::from(out[r * stride + c]) - want).abs() < 1e-5,
                            "{rows} {inner} {columns} {r} {c}"
                        );
                    }
                }
                if width == Width::Avx2 {
                    one.clone_from(&out);
                }
                assert!(width != Width::Avx512 || one == out, "the bits of both widths");
            }
        }
    }

    #[test]
    #[should_panic(expected = "3 x 5, 5 apart, in an array of 14")]
    fn rows_beyond_their_array_are_refused() {
        let left = Rows { values: &[0.0; 14], rows: 3, stride: 5, step: 1 };
        add_product(&mut [0.0; 48], 16, left, &[0.0; 80], 5, 16);
    }

    #[test]
    #[should_panic(expected = "16 columns in rows 9 apart")]
    fn an_output_without_room_for_whole_groups_is_refused() {
        add_product(&mut [0.0; 48], 9, Rows { values: &[0.0; 5], rows: 1, stride: 5, step: 1 }, &[0.0; 80], 5, 9);
    }
}
