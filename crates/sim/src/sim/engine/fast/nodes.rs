//! Chebyshev nodes over a stretch of time, and the linear maps from values at them to cubics of a block.

use std::f64::consts::PI;
use std::sync::LazyLock;

/// Most nodes of a segment.
pub(super) const MAX_NODES: usize = 7;
/// Coefficients of a cubic.
pub(super) const CUBIC: usize = 4;

/// Nodes of the first kind in [-1, 1].
pub(super) fn node(j: usize, n: usize) -> f64 {
    (PI * (2 * j + 1) as f64 / (2 * n) as f64).cos()
}

/// Nodes for a segment of `blocks` blocks: enough for the degree that whole frames need, few where the segment is short.
pub(super) fn count(blocks: usize) -> usize {
    match blocks {
        1 => 5,
        2 | 3 => 6,
        _ => MAX_NODES,
    }
}

/// Chebyshev coefficient `order` from values at `n` nodes, both at most [`MAX_NODES`]: weight of each value.
pub(super) fn analysis(order: usize, n: usize) -> [f64; MAX_NODES] {
    /// `[n][order][node]`: a frame asks for some thousands of them.
    static WEIGHTS: LazyLock<[[[f64; MAX_NODES]; MAX_NODES]; MAX_NODES + 1]> = LazyLock::new(|| {
        let weight = |order: usize, n: usize, j: usize| {
            let share = if order == 0 { 1.0 } else { 2.0 };
            share / n as f64 * (PI * order as f64 * (j as f64 + 0.5) / n as f64).cos()
        };
        std::array::from_fn(|n| {
            let row = |order| std::array::from_fn(|j| if j < n { weight(order, n, j) } else { 0.0 });
            std::array::from_fn(row)
        })
    });
    WEIGHTS[n][order]
}

/// Weight of each node in the value at `z` of the polynomial through `n` nodes.
pub(super) fn value_at(z: f64, n: usize) -> [f64; MAX_NODES] {
    // Σ Tₖ(z) · (weight of the node in coefficient k).
    let mut out = [0.0; MAX_NODES];
    let (mut before, mut now) = (1.0, z);
    for k in 0..n {
        for (o, w) in out.iter_mut().zip(analysis(k, n)) {
            *o += before * w;
        }
        (before, now) = (now, 2.0 * z * now - before);
    }
    out
}

/// Coefficients of the cubic in u, |u| ≤ 1, that meets the polynomial through `n` nodes of the segment at the four Chebyshev
/// nodes of the block `middle + half · u`, all in units where the segment is [-1, 1]: `out[power][node]`.
pub(super) fn to_cubic(n: usize, middle: f64, half: f64) -> [[f64; MAX_NODES]; CUBIC] {
    let mut out = [[0.0; MAX_NODES]; CUBIC];
    for i in 0..CUBIC {
        let value = value_at(middle + half * node(i, CUBIC), n);
        // Chebyshev coefficients of the cubic, then powers: 1; u; 2u² − 1; 4u³ − 3u.
        for (j, v) in value.iter().enumerate() {
            let c: [f64; CUBIC] = std::array::from_fn(|k| analysis(k, CUBIC)[i] * v);
            out[0][j] += c[0] - c[2];
            out[1][j] += c[1] - 3.0 * c[3];
            out[2][j] += 2.0 * c[2];
            out[3][j] += 4.0 * c[3];
        }
    }
    out
}

/// By how much the Chebyshev coefficients 4.. of a segment of `n` nodes can pull a function from the cubics of blocks that are
/// `ratio` of the segment: `weights[order]`.
///
/// A cubic through four Chebyshev nodes misses f by at most `max|f⁗| half⁴ / (4! 2³)`, and `max|Tₙ⁗| = n²(n²−1)(n²−4)(n²−9)/105`
/// (Markov). What lies beyond the last coefficient is taken as `unseen` times the last two together.
pub(super) fn tail_weights(n: usize, ratio: f64, unseen: f64) -> [f64; MAX_NODES] {
    let mut out = [0.0; MAX_NODES];
    for (order, o) in out.iter_mut().enumerate().take(n).skip(CUBIC) {
        let s = (order * order) as f64;
        let bend = s * (s - 1.0) * (s - 4.0) * (s - 9.0) / 105.0;
        *o = (bend * ratio.powi(4) / 192.0).min(2.0) + if order + 2 >= n { unseen } else { 0.0 };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cubics_follow_a_swing_within_the_tail() {
        // A hand: 0.3 m at 3 Hz over 27.6 ms in eight blocks.
        let f = |z: f64| 0.3 * (std::f64::consts::TAU * 3.0 * 0.0138 * z + 0.7).sin();
        let (n, half) = (MAX_NODES, 0.125);
        let values: Vec<f64> = (0..n).map(|j| f(node(j, n))).collect();
        let tail: f64 = (0..n)
            .map(|k| {
                let c: f64 = analysis(k, n).iter().zip(&values).map(|(w, v)| w * v).sum();
                c.abs() * tail_weights(n, half, 1.0)[k]
            })
            .sum();
        let mut worst = 0.0_f64;
        for block in 0..8 {
            let middle = half * (2.0 * block as f64 - 7.0);
            let map = to_cubic(n, middle, half);
            let c: Vec<f64> = map.iter().map(|row| row.iter().zip(&values).map(|(w, v)| w * v).sum()).collect();
            for i in 0..=20 {
                let u = i as f64 / 10.0 - 1.0;
                let got = ((c[3] * u + c[2]) * u + c[1]) * u + c[0];
                worst = worst.max((got - f(middle + half * u)).abs());
            }
        }
        println!("error {worst:.1e} m, tail {tail:.1e} m");
        assert!(worst > 0.0 && worst < tail && tail < 2e-7);
    }
}
