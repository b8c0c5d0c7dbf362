//! The arithmetic of a transformer block on plain arrays: forwards and backwards, no tensor library.
//!
//! Element-wise work is compiled for each vector width of the processor, without fused or reordered operations, so that every
//! machine gives the same bits; sums over rows have a fixed order, whatever the number of threads. Products are the `gemm`
//! crate's; their last bits depend on the processor.

pub(super) mod attention;
pub(super) mod conv;
pub(super) mod gelu;
pub(super) mod linear;
pub(super) mod norms;
pub(super) mod recurrent;
pub(super) mod relu;
pub(super) mod rotary;
mod softmax;

use crate::kernels::for_each_width;
use rayon::prelude::*;

/// Entries that one task works on.
const CHUNK: usize = 1 << 14;

/// Runs `work` on chunks of the output and of one input, in parallel.
fn by_chunks(out: &mut [f32], input: &[f32], work: impl Fn(&mut [f32], &[f32]) + Sync) {
    out.par_chunks_mut(CHUNK).zip(input.par_chunks(CHUNK)).for_each(|(out, input)| work(out, input));
}

/// Rows of `width` entries that make a chunk of about [`CHUNK`] entries.
fn rows_of_a_chunk(width: usize) -> usize {
    (CHUNK / width.max(1)).max(1)
}

/// e^x to 2 units in the last place (Cody and Waite's reduction, polynomial by Remez as in Cephes `expf`); 0 below −87, and
/// e^88 above 88.
#[inline(always)]
fn exp(x: f32) -> f32 {
    /// Adding and taking away 1.5 · 2²³ rounds to the nearest whole number.
    const ROUND: f32 = 12_582_912.0;
    let kept = x.clamp(-87.0, 88.0);
    let whole = (kept * std::f32::consts::LOG2_E + ROUND) - ROUND;
    // ln 2 in two parts, the first of which has few bits.
    let r = (kept - whole * 0.693_359_4) - whole * -2.121_944_4e-4;
    let mut p = 1.987_569_2e-4;
    for c in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_66, 0.5] {
        p = p * r + c;
    }
    let power = f32::from_bits(((whole as i32 + 127) << 23).cast_unsigned());
    let value = (p * (r * r) + r + 1.0) * power;
    if x < -87.0 { 0.0 } else { value }
}

/// The error function to 6e-7: a rational function of the 13th over the 8th degree with the coefficients of Eigen's `erf` for float;
/// ±1 from where that is right in single precision, so that the tails of a GELU vanish.
#[inline(always)]
fn erf(x: f32) -> f32 {
    let z = x * x;
    let mut p = -2.726_142_3e-10;
    for c in [2.770_681_4e-8, -2.101_024e-6, -5.692_506_4e-5, -7.349_906e-4, -2.954_6e-3, -1.609_603_3e-2] {
        p = p * z + c;
    }
    let mut q = -1.456_607_2e-5;
    for c in [-2.133_740_6e-4, -1.682_827e-3, -7.373_329_3e-3, -1.426_473_9e-2] {
        q = q * z + c;
    }
    let value = (x * p / q).clamp(-1.0, 1.0);
    if x.abs() >= 3.92 { 1.0_f32.copysign(x) } else { value }
}

/// Sum in sixteen lanes.
#[inline(always)]
fn sum(values: &[f32], each: impl Fn(usize, f32) -> f32) -> f32 {
    let mut lanes = [0.0_f32; 16];
    let (blocks, rest) = values.as_chunks::<16>();
    for (b, block) in blocks.iter().enumerate() {
        for (i, lane) in lanes.iter_mut().enumerate() {
            *lane += each(16 * b + i, block[i]);
        }
    }
    let first = 16 * blocks.len();
    let mut total = rest.iter().enumerate().map(|(i, &v)| each(first + i, v)).sum::<f32>();
    for width in [8, 4, 2, 1] {
        for i in 0..width {
            lanes[i] += lanes[i + width];
        }
    }
    total += lanes[0];
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_and_erf_agree_with_double_precision() {
        for i in -8700..=8800 {
            let x = i as f32 * 0.01;
            let exact = f64::from(x).exp();
            let found = f64::from(exp(x));
            assert!((found - exact).abs() <= 2.4e-7 * exact, "exp({x}) = {found}, expected {exact}");
        }
        assert_eq!((exp(f32::NEG_INFINITY), exp(-1e9)), (0.0, 0.0));
        assert!(exp(f32::NAN).is_nan());
        // erf(x) by its series, in double precision good to 1e-9 up to 4.
        for i in -400..=400 {
            let x = f64::from(i) * 0.01;
            let (mut term, mut series) = (x, x);
            for n in 1..120 {
                let n = f64::from(n);
                term *= -x * x / n;
                series += term / (2.0 * n + 1.0);
            }
            let exact = series * std::f64::consts::FRAC_2_SQRT_PI;
            assert!((f64::from(erf(x as f32)) - exact).abs() < 6e-7, "erf({x}) = {}, expected {exact}", erf(x as f32));
        }
        for x in [4.0, 9.0, 1e9, f32::INFINITY] {
            assert_eq!((erf(x), erf(-x)), (1.0, -1.0));
        }
        assert!(erf(f32::NAN).is_nan());
        assert_eq!(gelu::forward(&[-100.0, -1e4, 100.0]), [0.0, 0.0, 100.0]);
    }

    #[test]
    fn sums_leave_nothing_out() {
        for count in [0_u16, 1, 15, 16, 17, 33, 100] {
            let values: Vec<f32> = (1..=count).map(f32::from).collect();
            assert_eq!(sum(&values, |i, v| if i % 2 == 0 { v } else { 0.0 }), f32::from(count.div_ceil(2).pow(2)));
        }
    }
}
