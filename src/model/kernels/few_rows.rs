//! `y += x W` where `x` has few rows, as one window alone has: weights then come from memory for a single use, and a general
//! product waits for them. Here 16 columns of the weights at a time stand ready in the cache, and the next 16 are fetched while
//! they are used. At 56 rows this reaches 92 to 101 GFLOP/s on a Zen 4 core that reaches 62 to 75 by `gemm`; from about 200 rows
//! on `gemm` is as fast.

/// Columns that are worked on together: one vector register, one line of the cache.
const STRIP: usize = 16;
/// Numbers of rows that are worked on together.
const HEIGHTS: [usize; 4] = [14, 16, 12, 6];
/// Rows for which this is faster; a single one is `gemm`'s product by a vector.
const FEW: std::ops::RangeInclusive<usize> = 2..=160;

/// Whether this way serves a product of `rows` by weights of `outputs` columns on this processor, on the current thread alone.
pub(super) fn serves(rows: usize, outputs: usize) -> bool {
    let sizes = FEW.contains(&rows) && outputs > 0 && outputs.is_multiple_of(STRIP);
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
/// When the sizes do not fit, or [`serves`] says no.
pub(super) fn add_product(y: &mut [f32], x: &[f32], weight: &[f32], rows: usize, outputs: usize) {
    assert!(serves(rows, outputs), "{rows} rows, {outputs} outputs");
    let inputs = weight.len() / outputs;
    assert_eq!(
        (y.len(), x.len(), weight.len()),
        (rows * outputs, rows * inputs, inputs * outputs),
        "sizes of a product"
    );
    if inputs == 0 {
        return;
    }
    #[cfg(target_arch = "x86_64")]
    {
        let height = HEIGHTS.into_iter().min_by_key(|height| rows.next_multiple_of(*height)).unwrap_or(HEIGHTS[0]);
        // SAFETY: `serves` asked the processor for the instructions.
        unsafe {
            match height {
                6 => avx512::add_product::<6>(y, x, weight, outputs),
                12 => avx512::add_product::<12>(y, x, weight, outputs),
                14 => avx512::add_product::<14>(y, x, weight, outputs),
                _ => avx512::add_product::<16>(y, x, weight, outputs),
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use super::STRIP;
    use std::arch::x86_64::{
        __m512, _MM_HINT_T0, _mm_prefetch, _mm512_add_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps,
        _mm512_setzero_ps, _mm512_storeu_ps,
    };

    #[target_feature(enable = "avx512f")]
    pub(super) fn add_product<const HEIGHT: usize>(y: &mut [f32], x: &[f32], weight: &[f32], outputs: usize) {
        let inputs = weight.len() / outputs;
        let blocks = by_blocks::<HEIGHT>(x, inputs);
        let mut strip = vec![[0.0; STRIP]; inputs];
        // The next strip is fetched in equal parts by the blocks after the first, which copies this one, or by the only block.
        let count = blocks.len() / inputs;
        let part = inputs.div_ceil((count - 1).max(1));
        for column in (0..outputs).step_by(STRIP) {
            for (b, (x, y)) in blocks.chunks_exact(inputs).zip(y.chunks_mut(HEIGHT * outputs)).enumerate() {
                if b == 0 {
                    for (to, from) in strip.iter_mut().zip(weight.chunks_exact(outputs)) {
                        to.copy_from_slice(&from[column..column + STRIP]);
                    }
                }
                let first = (b.saturating_sub(1) * part).min(inputs);
                let fetched = if b == 0 && count > 1 { 0 } else { part.min(inputs - first) };
                let ahead = weight.as_ptr().wrapping_add(first * outputs + column + 2 * STRIP - 1);
                let sums = product(x, &strip, fetched, ahead, outputs);
                for (sum, row) in sums.into_iter().zip(y.chunks_exact_mut(outputs)) {
                    if let Some(to) = row[column..].first_chunk_mut() {
                        store(to, _mm512_add_ps(load(to), sum));
                    }
                }
            }
        }
    }

    /// `x[row, input]` as blocks of `HEIGHT` rows, each with the inputs in turn; rows that are missing are zero.
    fn by_blocks<const HEIGHT: usize>(x: &[f32], inputs: usize) -> Vec<[f32; HEIGHT]> {
        let rows = x.len() / inputs.max(1);
        let mut blocks = vec![[0.0; HEIGHT]; rows.div_ceil(HEIGHT) * inputs];
        for (row, values) in x.chunks_exact(inputs.max(1)).enumerate() {
            let block = &mut blocks[row / HEIGHT * inputs..];
            for (to, value) in block.iter_mut().zip(values) {
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
    fn load(from: &[f32; STRIP]) -> __m512 {
        // SAFETY: 16 entries are read, in no alignment.
        unsafe { _mm512_loadu_ps(from.as_ptr()) }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn store(to: &mut [f32; STRIP], values: __m512) {
        // SAFETY: 16 entries are written, in no alignment.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), values) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_sums_for_every_number_of_rows() {
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        alone.install(|| {
            if !has_instructions() {
                return eprintln!("skipped: this processor has no AVX-512");
            }
            let (inputs, outputs) = (37, 48);
            let weight: Vec<f32> = (0..inputs * outputs).map(|i| (i as f32 * 0.3).cos()).collect();
            for rows in (2..60).chain([112, 160]) {
                let x: Vec<f32> = (0..rows * inputs).map(|i| (i as f32 * 0.7).sin()).collect();
                let mut y: Vec<f32> = (0..rows * outputs).map(|i| i as f32).collect();
                add_product(&mut y, &x, &weight, rows, outputs);
                for (i, found) in y.iter().enumerate() {
                    let (row, column) = (i / outputs, i % outputs);
                    let exact: f64 = (0..inputs)
                        .map(|k| f64::from(x[row * inputs + k]) * f64::from(weight[k * outputs + column]))
                        .sum();
                    assert!((f64::from(*found) - i as f64 - exact).abs() < 1e-3, "{rows} rows, entry {i}");
                }
            }
            assert!(!serves(1, outputs) && !serves(161, outputs) && !serves(56, 40));
        });
    }
}
