//! From samples with loops side by side to memory in which loops stand one after the other.

pub use super::turn::{Point, Turn};

use super::lanes::sealed::Sealed;
use super::{BLOCK, Lanes, Task, Width};
use num_complex::Complex64;

/// Adds the samples of the first `loops` loops to `out`, where loop i begins at `i · stride`; all widths give the same bits.
///
/// # Panics
/// When `out` ends before the last sample of the last loop.
pub fn add_samples(width: Width, samples: &[Point], loops: usize, stride: usize, out: &mut [Complex64]) {
    let loops = loops.min(BLOCK);
    let done = width.run(Turn { samples, loops, stride, out: &mut *out });
    add_plainly(&samples[done..], loops, stride, out.get_mut(done..).unwrap_or_default());
}

/// Samples that are written of one loop before the next one: the loops' lines of memory and the points stay in the first cache.
const STRIP: usize = 32;

/// A function of its own, without wide instructions: with them the compiler gathers the lanes, which takes four times as long.
#[inline(never)]
fn add_plainly(samples: &[Point], loops: usize, stride: usize, out: &mut [Complex64]) {
    for (strip, samples) in samples.chunks(STRIP).enumerate() {
        for lane in 0..loops {
            let first = lane * stride + strip * STRIP;
            for (z, point) in out[first..first + samples.len()].iter_mut().zip(samples) {
                z.re += f64::from(point[0][lane]);
                z.im += f64::from(point[1][lane]);
            }
        }
    }
}

impl Task for Turn<'_> {
    type Output = usize;

    #[inline(always)]
    fn run<V: Lanes>(self) -> usize {
        <V as Sealed>::add_groups(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_puts_samples_where_they_belong() {
        // Miri takes its time.
        let sizes = [(1, 1), (8, 16), (21, 5), (64, 13), (256, 16)];
        for (n, loops) in sizes.into_iter().take(if cfg!(miri) { 3 } else { 5 }) {
            let samples: Vec<Point> = (0..n)
                .map(|s| std::array::from_fn(|part| std::array::from_fn(|l| (1000 * s + 10 * l + part) as f32)))
                .collect();
            let stride = n + 3;
            let before: Vec<Complex64> = (0..loops * stride).map(|i| Complex64::new(0.25 * i as f64, -1.0)).collect();
            let mut out = before.clone();
            add_plainly(&samples, loops, stride, &mut out);
            for width in Width::ALL {
                let mut other = before.clone();
                add_samples(width, &samples, loops, stride, &mut other);
                assert_eq!(other, out, "{width:?}");
            }
            for (i, (now, before)) in out.iter().zip(&before).enumerate() {
                let (l, s) = (i / stride, i % stride);
                let want = if s < n { (1000 * s + 10 * l) as f64 } else { 0.0 };
                assert_eq!(now - before, Complex64::new(want, if s < n { want + 1.0 } else { 0.0 }));
            }
        }
    }
}
