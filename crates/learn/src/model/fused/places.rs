//! Rotary positions on a grid of tokens: each dimension turns pairs of its own (Su et al. 2024; Heo et al. 2024, axial).

use burn::tensor::{Device, Tensor, TensorData};

/// Tables of a grid: by how much queries and keys of each token are turned.
#[derive(Clone, Debug)]
pub struct Rotary {
    cos: Tensor<2>,
    sin: Tensor<2>,
}

/// How many pairs of a head each dimension has: as evenly as goes, the first ones more.
fn pairs_of(dimensions: usize, head: usize) -> Vec<usize> {
    let (all, count) = (head / 2, dimensions.max(1));
    (0..dimensions).map(|d| all / count + usize::from(d < all % count)).collect()
}

impl Rotary {
    /// Pair `k` of the `n` pairs of a dimension turns by place · `base`^(−k / n): the angle of WiSwiss, section 5, where a pair has
    /// a rate in one dimension and 0 in the others.
    ///
    /// `grid` holds the numbers of tokens along each dimension, row-major; `head` is the even width of a head.
    pub fn of_grid(grid: &[usize], head: usize, base: f64, device: &Device) -> Self {
        let pairs = pairs_of(grid.len(), head);
        let (tokens, half) = (grid.iter().product::<usize>(), head / 2);
        let (mut cos, mut sin) = (Vec::with_capacity(tokens * half), Vec::with_capacity(tokens * half));
        for token in 0..tokens {
            let mut rest = token;
            let mut places = vec![0; grid.len()];
            for (place, &length) in places.iter_mut().zip(grid).rev() {
                (*place, rest) = (rest % length, rest / length);
            }
            for (&place, &pairs) in places.iter().zip(&pairs) {
                for k in 0..pairs {
                    let angle = place as f64 * base.powf(-(k as f64) / pairs as f64);
                    cos.push(angle.cos() as f32);
                    sin.push(angle.sin() as f32);
                }
            }
        }
        let table = |values| Tensor::from_data(TensorData::new(values, [tokens, half]), device);
        Self { cos: table(cos), sin: table(sin) }
    }

    /// Cosines and sines, `[token, pair]`.
    pub fn tables(&self) -> (Tensor<2>, Tensor<2>) {
        (self.cos.clone(), self.sin.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::pairs_of;

    #[test]
    fn every_pair_has_a_dimension() {
        assert_eq!(pairs_of(2, 32), [8, 8]);
        assert_eq!(pairs_of(3, 32), [6, 5, 5]);
        assert_eq!(pairs_of(3, 64), [11, 11, 10]);
    }
}
