//! Matrix products by the `gemm` crate, with every index checked before. Their last bits depend on the processor.

use gemm::Parallelism;

/// Work above which a product is worth several threads, multiplications.
const WORTH_THREADS: usize = 192 * 192 * 192;

/// A matrix within an array.
#[derive(Clone, Copy)]
pub struct View<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> View<'a> {
    /// Rows that begin `stride` entries apart, the first at the start of `values`.
    pub fn new(values: &'a [f32], rows: usize, columns: usize, stride: usize) -> Self {
        check(values.len(), rows, columns, stride);
        Self { values, rows, columns, row_stride: stride, column_stride: 1 }
    }

    /// The matrix with rows for columns.
    pub fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }
}

/// What a product does with what the output holds.
#[derive(Clone, Copy, PartialEq)]
pub enum Onto {
    /// Replaces it.
    Overwrite,
    /// Adds to it.
    Add,
}

/// `out = left · right` (or `out += …`), the rows of `out` beginning `stride` entries apart.
///
/// # Panics
/// When a matrix does not fit its array or another matrix.
pub fn multiply(out: &mut [f32], stride: usize, left: View<'_>, right: View<'_>, onto: Onto) {
    let (rows, columns, inner) = (left.rows, right.columns, left.columns);
    assert_eq!(inner, right.rows, "inner sizes of a product");
    check(out.len(), rows, columns, stride);
    if rows == 0 || columns == 0 {
        return;
    }
    let work = rows.saturating_mul(columns).saturating_mul(inner);
    let threads = rayon::current_num_threads();
    let parallelism =
        if work >= WORTH_THREADS && threads > 1 { Parallelism::Rayon(threads) } else { Parallelism::None };
    let strides = |m: &View<'_>| (m.column_stride as isize, m.row_stride as isize);
    let (left_strides, right_strides) = (strides(&left), strides(&right));
    // SAFETY: `check` made sure that all entries of the three matrices lie within their arrays; `out` is borrowed alone.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            inner,
            out.as_mut_ptr(),
            1,
            stride as isize,
            onto == Onto::Add,
            left.values.as_ptr(),
            left_strides.0,
            left_strides.1,
            right.values.as_ptr(),
            right_strides.0,
            right_strides.1,
            1.0,
            1.0,
            false,
            false,
            false,
            parallelism,
        );
    }
}

/// Whether the last entry of a matrix lies within an array of `len`, and rows do not overlap.
fn check(len: usize, rows: usize, columns: usize, stride: usize) {
    assert!(columns <= stride, "{columns} columns in a stride of {stride}");
    let end = if rows == 0 || columns == 0 { 0 } else { (rows - 1) * stride + columns };
    assert!(end <= len, "{rows} x {columns} with a stride of {stride} in an array of {len}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_parts_agree_with_sums() {
        let a: Vec<f32> = (0..60).map(|i| (i as f32 * 0.7).sin()).collect();
        let b: Vec<f32> = (0..60).map(|i| (i as f32 * 0.3).cos()).collect();
        // a[3, 4] within rows of 10 from entry 2; b[5, 4] within rows of 7, transposed.
        let (left, right) = (View::new(&a[2..], 3, 4, 10), View::new(&b, 5, 4, 7));
        let mut out = vec![1.0; 3 * 8];
        multiply(&mut out[1..], 8, left, right.transposed(), Onto::Add);
        for r in 0..3 {
            for c in 0..5 {
                let exact: f32 = (0..4).map(|i| a[2 + 10 * r + i] * b[7 * c + i]).sum();
                assert!((out[1 + 8 * r + c] - 1.0 - exact).abs() < 1e-6);
            }
        }
        assert!([0, 6, 7].iter().all(|&i| out[i] == 1.0));
        multiply(&mut out, 8, left, right.transposed(), Onto::Overwrite);
        assert!((out[0] - (0..4).map(|i| a[2 + i] * b[i]).sum::<f32>()).abs() < 1e-6);
    }

    #[test]
    #[should_panic(expected = "in an array of 11")]
    fn a_matrix_beyond_its_array_is_refused() {
        View::new(&[0.0; 11], 3, 4, 4);
    }
}
