//! Which patches are hidden.

use super::grid::Grid;
use crate::base::random::Stream;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How hidden patches are chosen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MaskRule {
    /// Any, with the same probability.
    #[default]
    Random,
    /// Like PhyMask (Kara et al. 2024) in the variant with weights: patches of much energy and those that go together with the next
    /// one in time are likely to stay, by ½ of the share of the energy and ½ of that of the coherence.
    PhyMask,
    /// These tokens of every sample, whatever the ratio: for comparing implementations.
    These(Vec<usize>),
}

impl MaskRule {
    /// Whether each patch is hidden; at least one is and one is not, where there are two.
    ///
    /// # Shapes
    /// `patches[token, cell]` of one sample; `time` is the axis of the grid that is time.
    pub fn draw(&self, ratio: f64, patches: &[f32], grid: &Grid, time: usize, stream: &mut Stream) -> Vec<bool> {
        let count = grid.count();
        let hidden = ((ratio * count as f64).round() as usize).clamp(1, count.saturating_sub(1).max(1)).min(count - 1);
        let weights = match self {
            Self::Random => vec![1.0; count],
            Self::PhyMask => weights(patches, grid, time),
            Self::These(tokens) => return (0..count).map(|token| tokens.contains(&token)).collect(),
        };
        // Without replacement, with probabilities in the ratio of the weights (Efraimidis and Spirakis 2006).
        let keyed = weights.iter().enumerate().map(|(token, weight)| {
            let draw: f64 = stream.random::<f64>().max(f64::MIN_POSITIVE);
            (draw.ln() / weight.max(1e-12), token)
        });
        let mut keyed: Vec<(f64, usize)> = keyed.collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut mask = vec![false; count];
        keyed[..hidden].iter().for_each(|&(_, token)| mask[token] = true);
        mask
    }
}

/// ½ share of the energy + ½ share of the coherence.
fn weights(patches: &[f32], grid: &Grid, time: usize) -> Vec<f64> {
    let (count, cells) = (grid.count(), grid.cells());
    let patch = |token: usize| &patches[token * cells..(token + 1) * cells];
    let energy: Vec<f64> =
        (0..count).map(|t| patch(t).iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>()).collect();
    let stride: usize = grid.tokens[time + 1..].iter().product();
    let length = grid.tokens[time];
    let coherence: Vec<f64> = (0..count)
        .map(|token| match token / stride % length {
            _ if length == 1 => 0.0,
            place if place + 1 < length => correlation(patch(token), patch(token + stride)),
            _ => correlation(patch(token), patch(token - stride)),
        })
        .collect();
    let share = |values: &[f64]| {
        let total: f64 = values.iter().sum();
        values.iter().map(|v| if total > 0.0 { v / total } else { 1.0 / count as f64 }).collect::<Vec<_>>()
    };
    share(&energy).iter().zip(share(&coherence)).map(|(e, c)| 0.5 * e + 0.5 * c).collect()
}

/// |Pearson's r|; 0 where nothing changes.
fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let mean = |x: &[f32]| x.iter().map(|&v| f64::from(v)).sum::<f64>() / x.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (&x, &y) in a.iter().zip(b) {
        let (x, y) = (f64::from(x) - ma, f64::from(y) - mb);
        (ab, aa, bb) = (ab + x * y, aa + x * x, bb + y * y);
    }
    if aa * bb > 0.0 { (ab / (aa * bb).sqrt()).abs() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::random::RandomTree;

    #[test]
    fn as_many_are_hidden_as_the_ratio_says_and_each_as_often() {
        let grid = Grid::new(&[32, 48], &[8, 8]);
        let patches = vec![1.0; 32 * 48];
        let mut hits = vec![0_u32; 24];
        for i in 0..4000 {
            let mask = MaskRule::Random.draw(0.75, &patches, &grid, 1, &mut RandomTree::new(3).stream(i, "mask"));
            assert_eq!(mask.iter().filter(|m| **m).count(), 18);
            hits.iter_mut().zip(&mask).for_each(|(n, m)| *n += u32::from(*m));
        }
        // Binomial: 3000 ± 27; five deviations.
        assert!(hits.iter().all(|&n| (2863..=3137).contains(&n)), "{hits:?}");
    }

    #[test]
    fn phymask_keeps_what_is_strong() {
        let grid = Grid::new(&[16, 64], &[16, 16]);
        // White numbers everywhere, ten times as strong in the third patch.
        let value = |i: usize| ((i * 7919 + 17) % 1009) as f32 / 504.5 - 1.0;
        let mut view: Vec<f32> = (0..16 * 64).map(value).collect();
        for row in view.chunks_exact_mut(64) {
            row[32..48].iter_mut().for_each(|v| *v *= 10.0);
        }
        let patches = grid.patches(&view);
        let mut kept = [0; 4];
        for i in 0..1000 {
            let mask = MaskRule::PhyMask.draw(0.5, &patches, &grid, 1, &mut RandomTree::new(1).stream(i, "mask"));
            assert_eq!(mask.iter().filter(|m| **m).count(), 2);
            kept.iter_mut().zip(&mask).for_each(|(n, m)| *n += i32::from(!*m));
        }
        assert!(kept[2] > 850 && kept.iter().enumerate().all(|(i, &n)| i == 2 || n < 600), "{kept:?}");
    }

    #[test]
    fn one_patch_alone_stays() {
        let grid = Grid::new(&[5, 5], &[8, 8]);
        let mask = MaskRule::Random.draw(0.9, &[1.0; 64], &grid, 1, &mut RandomTree::new(3).stream(0, "mask"));
        assert_eq!(mask, [false]);
    }
}
