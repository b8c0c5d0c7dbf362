//! `y += x W` where `x` has few rows, as one window alone has: large weights then come from memory for a single use, and a general
//! product waits for them. Here 16 columns of the weights at a time stand ready in the cache, and the next 16 are fetched while
//! they are used. At 56 rows this reaches 85 to 101 GFLOP/s on a Zen 4 core on which `gemm` reaches 50 to 77, at 112 rows it is still
//! ahead, at 896 behind. Sums are taken in `gemm`'s order, so that one way gives the bits of the other.

/// Columns that are worked on together: one vector register.
const STRIP: usize = 16;
/// Rows for which this is faster; a single one is `gemm`'s product by a vector.
const FEW: std::ops::RangeInclusive<usize> = 2..=160;
/// Entries of a matrix (512 KB) above which it does not wait in the cache for its next use. Below, `gemm` is faster.
const LARGE: usize = 1 << 17;

/// Whether a product of `rows` by weights `[inputs, outputs]` is faster this way: on a processor with AVX-512, in a pool of one thread.
pub(super) fn serves(rows: usize, inputs: usize, outputs: usize) -> bool {
    let sizes = FEW.contains(&rows) && outputs.is_multiple_of(STRIP) && inputs.saturating_mul(outputs) >= LARGE;
    sizes && rayon::current_num_threads() == 1 && has_instructions()
}

#[cfg(not(target_arch = "x86_64"))]
fn has_instructions() -> bool {
    false
}

#[cfg(target_arch = "x86_64")]
fn has_instructions() -> bool {
    std::arch::is_x86_feature_detected!("avx512f")
}

/// Adds `x[row, input] · weight[input, output]` to `y[row, output]`.
///
/// # Panics
/// When the sizes do not fit, `outputs` is no multiple of 16, or the processor lacks the instructions.
pub(super) fn add_product(y: &mut [f32], x: &[f32], weight: &[f32], inputs: usize, outputs: usize) {
    assert!(has_instructions() && inputs > 0 && outputs > 0 && outputs.is_multiple_of(STRIP), "{inputs} x {outputs}");
    let rows = x.len() / inputs;
    assert_eq!(
        (y.len(), x.len(), weight.len()),
        (rows * outputs, rows * inputs, inputs * outputs),
        "sizes of a product"
    );
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the processor was asked for the instructions.
    unsafe {
        avx512::add_product_by_best_height(y, x, weight, inputs, outputs);
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use super::STRIP;
    use std::arch::x86_64::{
        __m512, _MM_HINT_T0, _mm_prefetch, _mm512_add_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps,
        _mm512_setzero_ps, _mm512_storeu_ps,
    };

    /// Inputs that are summed up at a time, at most: a strip of them fits the first cache.
    const DEEP: usize = 512;

    /// Works on as many rows together as leaves the fewest empty.
    #[target_feature(enable = "avx512f")]
    pub(super) fn add_product_by_best_height(y: &mut [f32], x: &[f32], weight: &[f32], inputs: usize, outputs: usize) {
        type Way = unsafe fn(&mut [f32], &[f32], &[f32], usize, usize);
        // The first of equals: those that were fastest.
        let ways: [(usize, Way); 4] =
            [(14, add_product::<14>), (16, add_product::<16>), (12, add_product::<12>), (6, add_product::<6>)];
        let rows = x.len() / inputs;
        if let Some((_, way)) = ways.into_iter().min_by_key(|(height, _)| rows.next_multiple_of(*height)) {
            // SAFETY: the same instructions as here.
            unsafe { way(y, x, weight, inputs, outputs) };
        }
    }

    #[target_feature(enable = "avx512f")]
    fn add_product<const HEIGHT: usize>(y: &mut [f32], x: &[f32], weight: &[f32], inputs: usize, outputs: usize) {
        let deep = inputs.div_ceil(inputs.div_ceil(DEEP));
        for first in (0..inputs).step_by(deep) {
            let depth = deep.min(inputs - first);
            let blocks = by_blocks::<HEIGHT>(x, inputs, first, depth);
            add_part(y, &blocks, &weight[first * outputs..(first + depth) * outputs], depth, outputs);
        }
    }

    /// Adds the product of `x`, blocks of `depth` inputs each, and `weight[input, output]` to `y[row, output]`.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn add_part<const HEIGHT: usize>(y: &mut [f32], x: &[[f32; HEIGHT]], weight: &[f32], depth: usize, outputs: usize) {
        let mut strip = vec![[0.0; STRIP]; depth];
        // The next strip is fetched in equal parts by the blocks after the first, which copies this one, or by the only block.
        let count = x.len() / depth;
        let part = depth.div_ceil((count - 1).max(1));
        for column in (0..outputs).step_by(STRIP) {
            for (to, from) in strip.iter_mut().zip(weight.chunks_exact(outputs)) {
                to.copy_from_slice(&from[column..column + STRIP]);
            }
            for (b, (x, y)) in x.chunks_exact(depth).zip(y.chunks_mut(HEIGHT * outputs)).enumerate() {
                let first = (b.saturating_sub(1) * part).min(depth);
                let fetched = if b == 0 && count > 1 { 0 } else { part.min(depth - first) };
                // The last entry of the next strip in a row: where a strip lies on two lines of the cache, this strip has brought
                // the first of them.
                let ahead = weight.as_ptr().wrapping_add(first * outputs + column + 2 * STRIP - 1);
                let sums = product(x, &strip, fetched, ahead, outputs);
                for (sum, row) in sums.into_iter().zip(y.chunks_exact_mut(outputs)) {
                    let to = &mut row[column..column + STRIP];
                    store(to, _mm512_add_ps(load(to), sum));
                }
            }
        }
    }

    /// `depth` inputs from `first` on of `x[row, input]` as blocks of `HEIGHT` rows, each with the inputs in turn; rows that are
    /// missing are zero.
    fn by_blocks<const HEIGHT: usize>(x: &[f32], inputs: usize, first: usize, depth: usize) -> Vec<[f32; HEIGHT]> {
        let rows = x.len() / inputs;
        let mut blocks = vec![[0.0; HEIGHT]; rows.div_ceil(HEIGHT) * depth];
        for (row, values) in x.chunks_exact(inputs).enumerate() {
            let block = &mut blocks[row / HEIGHT * depth..];
            for (to, value) in block.iter_mut().zip(&values[first..first + depth]) {
                to[row % HEIGHT] = *value;
            }
        }
        blocks
    }

    /// The product of a block and a strip. On the way `fetched` lines that begin at `ahead`, one every `stride` entries, are asked for.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn product<const HEIGHT: usize>(
        x: &[[f32; HEIGHT]],
        strip: &[[f32; STRIP]],
        fetched: usize,
        mut ahead: *const f32,
        stride: usize,
    ) -> [__m512; HEIGHT] {
        let mut sums = [_mm512_setzero_ps(); HEIGHT];
        let (x_first, x_rest) = x.split_at(fetched);
        let (first, rest) = strip.split_at(fetched);
        for (x, weights) in x_first.iter().zip(first) {
            // A request to the cache reads nothing: any address may be asked for, so the last strips may ask beyond the end.
            _mm_prefetch::<_MM_HINT_T0>(ahead.cast());
            ahead = ahead.wrapping_add(stride);
            multiply_add(&mut sums, x, weights);
        }
        for (x, weights) in x_rest.iter().zip(rest) {
            multiply_add(&mut sums, x, weights);
        }
        sums
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn multiply_add<const HEIGHT: usize>(sums: &mut [__m512; HEIGHT], x: &[f32; HEIGHT], weights: &[f32; STRIP]) {
        let weights = load(weights);
        for (sum, x) in sums.iter_mut().zip(x) {
            *sum = _mm512_fmadd_ps(weights, _mm512_set1_ps(*x), *sum);
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load(from: &[f32]) -> __m512 {
        // SAFETY: 16 entries are read, in no alignment.
        unsafe { _mm512_loadu_ps(from[..STRIP].as_ptr()) }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn store(to: &mut [f32], values: __m512) {
        // SAFETY: 16 entries are written, in no alignment.
        unsafe { _mm512_storeu_ps(to[..STRIP].as_mut_ptr(), values) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::matrix::{Onto, View, multiply};
    use super::*;

    fn operands(rows: usize, inputs: usize, outputs: usize) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let x = (0..rows * inputs).map(|i| (i as f32 * 0.7).sin()).collect();
        let weight = (0..inputs * outputs).map(|i| (i as f32 * 0.3).cos()).collect();
        let y = (0..rows * outputs).map(|i| (i % 97) as f32 * 0.1).collect();
        (x, weight, y)
    }

    #[test]
    fn agrees_with_sums_for_every_number_of_rows() {
        if !has_instructions() {
            return eprintln!("skipped: this processor has no AVX-512");
        }
        for (inputs, outputs) in [(1, 16), (37, 48), (1100, 16)] {
            for rows in (1..60).chain([112, 160]) {
                let (x, weight, before) = operands(rows, inputs, outputs);
                let mut y = before.clone();
                add_product(&mut y, &x, &weight, inputs, outputs);
                for (i, (found, before)) in y.iter().zip(&before).enumerate() {
                    let (row, column) = (i / outputs, i % outputs);
                    let terms =
                        (0..inputs).map(|k| f64::from(x[row * inputs + k]) * f64::from(weight[k * outputs + column]));
                    let exact = f64::from(*before) + terms.sum::<f64>();
                    assert!((f64::from(*found) - exact).abs() < 1e-3, "{rows} x {inputs} x {outputs}, entry {i}");
                }
            }
        }
    }

    #[test]
    fn more_rows_leave_the_bits_of_a_row_alone() {
        if !has_instructions() {
            return eprintln!("skipped: this processor has no AVX-512");
        }
        let (inputs, outputs) = (1536, 32);
        let (x, weight, before) = operands(61, inputs, outputs);
        let mut all = before.clone();
        add_product(&mut all, &x, &weight, inputs, outputs);
        let mut few = before[..5 * outputs].to_vec();
        add_product(&mut few, &x[..5 * inputs], &weight, inputs, outputs);
        assert_eq!(few, all[..5 * outputs]);
        // The sums of `gemm` may be cut elsewhere on another processor.
        let mut general = before;
        let (left, right) = (View::new(&x, 61, inputs, inputs), View::new(&weight, inputs, outputs, outputs));
        multiply(&mut general, outputs, left, right, Onto::Add);
        assert!(general.iter().zip(&all).all(|(a, b)| (a - b).abs() < 1e-4));
    }

    #[test]
    fn only_large_weights_and_few_rows_come_this_way() {
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        alone.install(|| {
            assert_eq!(serves(56, 384, 1536), has_instructions());
            for (rows, inputs, outputs) in [(1, 384, 1536), (161, 384, 1536), (56, 384, 1530), (56, 144, 288)] {
                assert!(!serves(rows, inputs, outputs), "{rows} x {inputs} x {outputs}");
            }
        });
        let two = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        assert!(!two.install(|| serves(56, 384, 1536)));
    }
}
