//! Denoising by wavelets: sym4 (I. Daubechies, "Ten lectures on wavelets", 1992), soft threshold (D. L. Donoho and I. M. Johnstone,
//! "Ideal spatial adaptation by wavelet shrinkage", Biometrika 81, 1994). Ends are mirrored, as PyWavelets' `symmetric` mode does.

/// Low-pass filter of the decomposition (PyWavelets' `Wavelet("sym4").dec_lo`).
const LOW: [f64; 8] = [
    -0.075_765_714_789_273_33,
    -0.029_635_527_645_998_51,
    0.497_618_667_632_015_45,
    0.803_738_751_805_916_1,
    0.297_857_795_605_277_36,
    -0.099_219_543_576_847_22,
    -0.012_603_967_262_037_833,
    0.032_223_100_604_042_7,
];
const TAPS: usize = LOW.len();
/// From the median absolute value of normal numbers to their standard deviation.
const MEDIAN_OF_NORMAL: f64 = 0.6745;

/// High-pass filter of the decomposition: the low-pass one back to front with every other sign turned.
fn high(i: usize) -> f64 {
    if i.is_multiple_of(2) { -LOW[TAPS - 1 - i] } else { LOW[TAPS - 1 - i] }
}

/// A sample beyond the ends: mirrored between samples, however far.
fn mirrored(x: &[f64], at: isize) -> f64 {
    let n = x.len() as isize;
    let place = at.rem_euclid(2 * n);
    x[(if place < n { place } else { 2 * n - 1 - place }) as usize]
}

/// Approximation and detail of one level, each of `(n + 7) / 2`.
fn down(x: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let filtered = |tap: &dyn Fn(usize) -> f64| {
        let out = |i: usize| (0..TAPS).map(|j| tap(j) * mirrored(x, (2 * i + 1) as isize - j as isize)).sum();
        (0..(x.len() + TAPS - 1) / 2).map(out).collect()
    };
    (filtered(&|j| LOW[j]), filtered(&high))
}

/// The inverse of [`down`], of `n` samples.
fn up(approximation: &[f64], detail: &[f64], n: usize) -> Vec<f64> {
    // The reconstruction filters are those of the decomposition back to front; the first 6 samples belong to what was mirrored.
    (0..n)
        .map(|i| {
            let at = i + TAPS - 2;
            let taps = (0..TAPS).filter(|j| at >= *j && (at - j).is_multiple_of(2)).map(|j| (j, (at - j) / 2));
            taps.filter(|(_, c)| *c < approximation.len())
                .map(|(j, c)| LOW[TAPS - 1 - j] * approximation[c] + high(TAPS - 1 - j) * detail[c])
                .sum()
        })
        .collect()
}

/// Levels that `n` samples bear: `log2(n / 7)`.
pub(super) fn most_levels(n: usize) -> usize {
    let ratio = n / (TAPS - 1);
    if ratio < 2 { 0 } else { ratio.ilog2() as usize }
}

/// Shrinks the details of up to `levels` levels by `factor · σ √(2 ln n)`, with σ from the finest ones; as many levels as the length bears.
pub(super) fn denoise(x: &mut [f64], levels: usize, factor: f64) {
    let levels = levels.min(most_levels(x.len()));
    let mut approximation = x.to_vec();
    let mut details: Vec<(Vec<f64>, usize)> = Vec::with_capacity(levels);
    for _ in 0..levels {
        let (a, d) = down(&approximation);
        details.push((d, approximation.len()));
        approximation = a;
    }
    let Some((finest, n)) = details.first() else { return };
    let mut sizes: Vec<f64> = finest.iter().map(|d| d.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let middle = sizes.len() / 2;
    let median = if sizes.len() % 2 == 1 { sizes[middle] } else { 0.5 * (sizes[middle - 1] + sizes[middle]) };
    let threshold = factor * median / MEDIAN_OF_NORMAL * (2.0 * (*n as f64).ln()).sqrt();
    for (mut detail, length) in details.into_iter().rev() {
        detail.iter_mut().for_each(|d| *d = d.signum() * (d.abs() - threshold).max(0.0));
        approximation = up(&approximation, &detail, length);
    }
    x.copy_from_slice(&approximation);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(n: usize) -> Vec<f64> {
        (0..n).map(|i| (0.37 * i as f64).sin() + 0.3 * ((i * i) as f64 * 0.11).cos()).collect()
    }

    #[test]
    fn one_level_is_that_of_pywavelets() {
        // pywt.dwt([sin(0.37 i) + 0.3 cos(0.11 i²) for i in range(11)], "sym4")
        let (a, d) = down(&wave(11));
        assert_eq!((a.len(), d.len()), (9, 9));
        let expected: [(f64, f64); 3] = [
            (0.807397473489043, -0.05520883541988422),
            (0.9796040851998378, 0.1337954841122037),
            (0.9281592704763131, -0.2873017390303109),
        ];
        for (i, (low, high)) in [0, 4, 8].into_iter().zip(expected) {
            assert!((a[i] - low).abs() < 1e-9 && (d[i] - high).abs() < 1e-9, "{i}: {} {}", a[i], d[i]);
        }
    }

    #[test]
    fn what_goes_down_comes_up() {
        for n in [8, 9, 31, 64] {
            let x = wave(n);
            let (a, d) = down(&x);
            assert!(up(&a, &d, n).iter().zip(&x).all(|(u, x)| (u - x).abs() < 1e-10), "{n}");
        }
    }

    #[test]
    fn denoising_is_that_of_pywavelets() {
        // wavedec(x, "sym4", level=5), pywt.threshold(d, median(|d1|) / 0.6745 · sqrt(2 ln 256), "soft") on all details, waverec
        let expected = [
            (0, 0.6371941767035003),
            (1, 0.7157251860150975),
            (100, -0.5849676913642168),
            (200, -0.6238465131825024),
            (255, -0.5597303929508881),
        ];
        let mut x = wave(256);
        denoise(&mut x, 5, 1.0);
        for (i, expected) in expected {
            assert!((x[i] - expected).abs() < 1e-8, "{i}: {}", x[i]);
        }
    }
}
