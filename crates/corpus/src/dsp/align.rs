//! Alignment in time of what two sensors saw of one motion: dynamic time warping from coarse to fine, then a shift below a sample
//! (Chen et al., Electronics 2025, table 1).

use super::DspError;

/// How two series are aligned. Defaults are the paper's, where it gives any.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlignConfig {
    /// Halvings of the rate; the path at the coarsest is free, finer ones stay near it. 0 to 8.
    pub levels: usize,
    /// Samples of the local blocks that are warped onto each other, odd, 1 to 63.
    pub block: usize,
    /// λ: cost of a step that moves in one series alone, 0 or more.
    pub penalty: f64,
    /// Samples to either side of the coarser path in which a finer one may lie, at least 1.
    pub band: usize,
}

impl Default for AlignConfig {
    fn default() -> Self {
        Self { levels: 2, block: 5, penalty: 0.25, band: 4 }
    }
}

/// How two series lie to each other.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeAlignment {
    /// Samples by which the second series is later than the first.
    pub shift: f64,
    /// Pairs of places that belong together, rising in both.
    pub path: Vec<[usize; 2]>,
    /// α of the path at the full rate: weight of the samples against that of their surroundings.
    pub alpha: f64,
}

/// Aligns two series of one rate, for example the power of what moves, of each sensor.
///
/// The cost of a pair is `D(i, j) = α |a_i − b_j|² + (1 − α) DTW(block of a at i, block of b at j)`, of series of mean 0 and variance 1, with
/// `α = 1 − I(a; b)` of their mutual information as jointly Gaussian series, at most 1 nat. The paper adds `λ sgn(j − i)` to each pair of the
/// path "to suppress excessive curvature"; as printed this would draw it to one side, so that here each step that is not diagonal costs λ.
///
/// # Errors
/// Settings out of range, series of fewer than 8 samples, of different lengths, or without change.
pub fn align(a: &[f64], b: &[f64], config: &AlignConfig) -> Result<TimeAlignment, DspError> {
    check(a, b, config)?;
    let (a, b) = (standard(a)?, standard(b)?);
    let mut levels = vec![(a, b)];
    while levels.len() <= config.levels && levels[levels.len() - 1].0.len() >= 16 {
        let (a, b) = &levels[levels.len() - 1];
        levels.push((halved(a), halved(b)));
    }
    let (mut path, mut alpha): (Option<Vec<[usize; 2]>>, f64) = (None, 1.0);
    for (a, b) in levels.iter().rev() {
        alpha = 1.0 - information(a, b);
        path = Some(warped(a, b, alpha, config, path.as_deref()));
    }
    let path = path.unwrap_or_default();
    let (a, b) = &levels[0];
    // Ends of a path lie on the corners whatever the shift.
    let mut gaps: Vec<f64> = path.iter().map(|&[i, j]| j as f64 - i as f64).collect();
    gaps.sort_by(f64::total_cmp);
    let middle = gaps.get(gaps.len() / 2).copied().unwrap_or(0.0);
    Ok(TimeAlignment { shift: refined(a, b, middle), path, alpha })
}

/// A series as it would be `shift` samples earlier, by a natural cubic spline; beyond its ends its first and last value.
pub fn moved_earlier(series: &[f64], shift: f64) -> Vec<f64> {
    let curves = curvatures(series);
    (0..series.len()).map(|i| at(series, &curves, i as f64 + shift)).collect()
}

fn check(a: &[f64], b: &[f64], config: &AlignConfig) -> Result<(), DspError> {
    if config.levels > 8 {
        return Err(DspError::setting("align.levels", config.levels, "0 to 8"));
    }
    if config.block.is_multiple_of(2) || config.block > 63 {
        return Err(DspError::setting("align.block", config.block, "an odd number up to 63"));
    }
    if !(config.penalty >= 0.0 && config.penalty.is_finite()) {
        return Err(DspError::setting("align.penalty", config.penalty, "0 or more"));
    }
    if config.band == 0 {
        return Err(DspError::setting("align.band", config.band, "at least 1"));
    }
    if a.len() < 8 || a.len() != b.len() {
        let found = format!("{} and {}", a.len(), b.len());
        return Err(DspError::setting("align.series", found, "two of one length, 8 samples or more"));
    }
    Ok(())
}

/// Mean 0 and variance 1.
fn standard(series: &[f64]) -> Result<Vec<f64>, DspError> {
    let n = series.len() as f64;
    let mean = series.iter().sum::<f64>() / n;
    let deviation = (series.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    // Written so that NaN fails as well.
    if !(deviation > 1e-12 * mean.abs().max(1e-300) && deviation.is_finite()) {
        return Err(DspError::setting(
            "align.series",
            "one that does not change",
            "finite numbers that change over time",
        ));
    }
    Ok(series.iter().map(|v| (v - mean) / deviation).collect())
}

/// Half of the rate, by means of two.
fn halved(series: &[f64]) -> Vec<f64> {
    series.chunks_exact(2).map(|pair| 0.5 * (pair[0] + pair[1])).collect()
}

/// Mutual information of jointly Gaussian series, nats, at most 1.
fn information(a: &[f64], b: &[f64]) -> f64 {
    let moments = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let rho = moments(a, b) / (moments(a, a) * moments(b, b)).sqrt().max(1e-300);
    (-0.5 * (1.0 - rho * rho).max(1e-12).ln()).min(1.0)
}

/// The least cost of warping two short blocks onto each other, a pair's mean.
fn block_cost(a: &[f64], b: &[f64]) -> f64 {
    let mut row = vec![f64::INFINITY; b.len() + 1];
    row[0] = 0.0;
    for x in a {
        let mut corner = row[0];
        row[0] = f64::INFINITY;
        for (j, y) in b.iter().enumerate() {
            let best = corner.min(row[j]).min(row[j + 1]);
            corner = row[j + 1];
            row[j + 1] = best + (x - y).powi(2);
        }
    }
    row[b.len()] / a.len() as f64
}

fn block(series: &[f64], i: usize, size: usize) -> Vec<f64> {
    let last = series.len() - 1;
    (0..size).map(|k| series[(i + k).saturating_sub(size / 2).min(last)]).collect()
}

/// The path of the least cost, near a path at half of the rate where there is one.
fn warped(a: &[f64], b: &[f64], alpha: f64, config: &AlignConfig, coarse: Option<&[[usize; 2]]>) -> Vec<[usize; 2]> {
    let (n, m) = (a.len(), b.len());
    let mut allowed = vec![(0, m - 1); n];
    if let Some(coarse) = coarse {
        allowed.fill((m, 0));
        for &[i, j] in coarse {
            let near = (2 * i).saturating_sub(config.band)..=(2 * i + 1 + config.band).min(n - 1);
            let (first, last) = ((2 * j).saturating_sub(config.band), (2 * j + 1 + config.band).min(m - 1));
            allowed[near].iter_mut().for_each(|(low, high)| (*low, *high) = ((*low).min(first), (*high).max(last)));
        }
        // Both ends are always part of a path.
        allowed[0].0 = 0;
        allowed[n - 1].1 = m - 1;
    }
    let blocks = |series: &[f64]| (0..series.len()).map(|i| block(series, i, config.block)).collect::<Vec<_>>();
    let (blocks_a, blocks_b) = (blocks(a), blocks(b));
    let mut cost = vec![f64::INFINITY; n * m];
    let mut from = vec![0_u8; n * m];
    for i in 0..n {
        let (low, high) = allowed[i];
        for j in low..=high.min(m - 1) {
            let own = alpha * (a[i] - b[j]).powi(2) + (1.0 - alpha) * block_cost(&blocks_a[i], &blocks_b[j]);
            let before = |di: usize, dj: usize, extra: f64| {
                if i >= di && j >= dj { cost[(i - di) * m + j - dj] + extra } else { f64::INFINITY }
            };
            let steps = [before(1, 1, 0.0), before(1, 0, config.penalty), before(0, 1, config.penalty)];
            let least = (1..3).fold(0, |best, k| if steps[k] < steps[best] { k } else { best });
            cost[i * m + j] = own + if i + j == 0 { 0.0 } else { steps[least] };
            from[i * m + j] = least as u8;
        }
    }
    let (mut i, mut j) = (n - 1, m - 1);
    let mut path = vec![[i, j]];
    while i + j > 0 {
        match from[i * m + j] {
            0 if i > 0 && j > 0 => (i, j) = (i - 1, j - 1),
            1 if i > 0 => i -= 1,
            _ if j > 0 => j -= 1,
            _ => i -= 1,
        }
        path.push([i, j]);
    }
    path.reverse();
    path
}

/// The shift within a sample and a half of `near` at which the second series is most alike, by its spline.
fn refined(a: &[f64], b: &[f64], near: f64) -> f64 {
    let curves = curvatures(b);
    let (n, last) = (a.len(), (b.len() - 1) as f64);
    let off = |shift: f64| {
        let inside = (0..n).filter(|&i| (0.0..=last).contains(&(i as f64 + shift)));
        let (sum, count) = inside
            .fold((0.0, 0), |(sum, count), i| (sum + (a[i] - at(b, &curves, i as f64 + shift)).powi(2), count + 1));
        if count == 0 { f64::INFINITY } else { sum / f64::from(count) }
    };
    let steps = (-30..=30).map(|k| near + f64::from(k) * 0.05);
    let best = steps.fold((f64::INFINITY, near), |best, shift| {
        let found = off(shift);
        if found < best.0 { (found, shift) } else { best }
    });
    let (mut low, mut high) = (best.1 - 0.05, best.1 + 0.05);
    for _ in 0..30 {
        let (one, other) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if off(one) < off(other) { high = other } else { low = one }
    }
    0.5 * (low + high)
}

/// Second derivatives of the natural cubic spline through samples one apart (Thomas' algorithm).
fn curvatures(y: &[f64]) -> Vec<f64> {
    let n = y.len();
    let mut out = vec![0.0; n];
    if n < 3 {
        return out;
    }
    let (mut upper, mut right) = (vec![0.0; n], vec![0.0; n]);
    for i in 1..n - 1 {
        let pivot = 4.0 - upper[i - 1];
        upper[i] = 1.0 / pivot;
        right[i] = (6.0 * (y[i + 1] - 2.0 * y[i] + y[i - 1]) - right[i - 1]) / pivot;
    }
    for i in (1..n - 1).rev() {
        out[i] = right[i] - upper[i] * out[i + 1];
    }
    out
}

fn at(y: &[f64], curves: &[f64], x: f64) -> f64 {
    let x = x.clamp(0.0, (y.len() - 1) as f64);
    let i = (x.floor() as usize).min(y.len().saturating_sub(2));
    let Some(&next) = y.get(i + 1) else { return y[i] };
    let (t, s) = (x - i as f64, 1.0 - (x - i as f64));
    s * y[i] + t * next + ((s * s * s - s) * curves[i] + (t * t * t - t) * curves[i + 1]) / 6.0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Bursts of motion, as two sensors see them: other strengths, and noise of their own.
    fn motion(count: usize, late: f64, noise: f64, seed: f64) -> Vec<f64> {
        let burst = |t: f64, middle: f64, width: f64| (-((t - middle) / width).powi(2)).exp();
        let of = |i: usize| {
            let t = i as f64 - late;
            let random = ((i as f64 * 12.9898 + seed * 78.233).sin() * 43_758.545_3).fract();
            burst(t, 60.0, 9.0) + 0.7 * burst(t, 95.0, 14.0) + 0.5 * burst(t, 130.0, 6.0) + noise * random
        };
        (0..count).map(of).collect()
    }

    #[test]
    fn a_planted_shift_is_found_below_a_sample() {
        for planted in [0.0, 3.0, -7.4, 11.63] {
            let (a, b) = (motion(200, 0.0, 0.0, 1.0), motion(200, planted, 0.0, 2.0));
            let other_strength: Vec<f64> = b.iter().map(|v| 4.0 + 3.0 * v).collect();
            let found = align(&a, &other_strength, &AlignConfig::default()).unwrap();
            assert!((found.shift - planted).abs() < 0.02, "{planted}: {}", found.shift);
            let back = moved_earlier(&b, found.shift);
            let most = a.iter().zip(&back).skip(20).take(160).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
            assert!(most < 5e-3, "{planted}: {most}");
        }
        let (a, b) = (motion(200, 0.0, 0.05, 1.0), motion(200, 6.3, 0.05, 2.0));
        let found = align(&a, &b, &AlignConfig::default()).unwrap();
        assert!((found.shift - 6.3).abs() < 0.3, "with noise: {}", found.shift);
    }

    #[test]
    fn paths_rise_from_corner_to_corner_and_finer_levels_stay_near_coarser_ones() {
        let (a, b) = (motion(128, 0.0, 0.02, 1.0), motion(128, 4.0, 0.02, 2.0));
        let found = align(&a, &b, &AlignConfig::default()).unwrap();
        assert_eq!((found.path[0], found.path[found.path.len() - 1]), ([0, 0], [127, 127]));
        assert!(found.path.windows(2).all(|p| p[1][0] - p[0][0] <= 1 && p[1][1] - p[0][1] <= 1 && p[0] != p[1]));
        assert!((0.0..=1.0).contains(&found.alpha));
        let free = align(&a, &b, &AlignConfig { levels: 0, ..AlignConfig::default() }).unwrap();
        assert!((found.shift - free.shift).abs() < 0.05, "{} and {}", found.shift, free.shift);
    }

    #[test]
    fn splines_go_through_their_samples_and_follow_cubics_inside() {
        let y: Vec<f64> = (0..40).map(|i| (0.3 * f64::from(i)).sin()).collect();
        assert_eq!(moved_earlier(&y, 0.0), y);
        for (i, v) in moved_earlier(&y, 0.5).iter().enumerate().skip(5).take(28) {
            assert!((v - (0.3 * (i as f64 + 0.5)).sin()).abs() < 1e-4, "{i}");
        }
    }

    #[test]
    fn series_that_say_nothing_are_refused() {
        let (some, config) = (motion(50, 0.0, 0.0, 1.0), AlignConfig::default());
        let refused = |a: &[f64], b: &[f64], config: &AlignConfig| align(a, b, config).unwrap_err().to_string();
        assert!(refused(&some, &[1.0; 50], &config).contains("does not change"));
        assert!(refused(&some, &some[..40], &config).contains("50 and 40"));
        assert!(refused(&some, &some, &AlignConfig { block: 4, ..config }).contains("align.block"));
    }
}
