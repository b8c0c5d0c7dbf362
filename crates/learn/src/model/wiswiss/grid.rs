//! Patches of a view of any shape: ragged edges are padded with zeros, and it is known which cells are real.

use burn::tensor::Tensor;

/// How a view is cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Lengths of the view's axes.
    pub shape: Vec<usize>,
    /// Lengths of a patch.
    pub patch: Vec<usize>,
    /// Patches along each axis.
    pub tokens: Vec<usize>,
}

impl Grid {
    /// Of a view; as many axes as a patch has.
    pub fn new(shape: &[usize], patch: &[usize]) -> Self {
        let tokens = shape.iter().zip(patch).map(|(n, p)| n.div_ceil(*p)).collect();
        Self { shape: shape.to_vec(), patch: patch.to_vec(), tokens }
    }

    /// Number of patches.
    pub fn count(&self) -> usize {
        self.tokens.iter().product()
    }

    /// Cells of a patch.
    pub fn cells(&self) -> usize {
        self.patch.iter().product()
    }

    /// Calls `act` with the place in the view and that in the patches of every run of cells that follow each other in both, and its
    /// length.
    fn for_each_run(&self, mut act: impl FnMut(usize, usize, usize)) {
        let rank = self.shape.len();
        let cells = self.cells();
        let (last, last_patch) = (self.shape[rank - 1], self.patch[rank - 1]);
        let rows: usize = self.shape[..rank - 1].iter().product();
        for row in 0..rows {
            // Places along the axes but the last, their patches and places within these.
            let (mut rest, mut token, mut inside) = (row, 0, 0);
            let (mut token_stride, mut inside_stride) = (self.tokens[rank - 1], last_patch);
            for axis in (0..rank - 1).rev() {
                let place = rest % self.shape[axis];
                rest /= self.shape[axis];
                token += place / self.patch[axis] * token_stride;
                inside += place % self.patch[axis] * inside_stride;
                token_stride *= self.tokens[axis];
                inside_stride *= self.patch[axis];
            }
            for column in 0..self.tokens[rank - 1] {
                let first = column * last_patch;
                let length = last_patch.min(last - first);
                act(row * last + first, (token + column) * cells + inside, length);
            }
        }
    }

    /// The patches of views; cells beyond an edge are 0.
    ///
    /// # Shapes
    /// `views[sample, cell of the view]` to `[sample, token, cell of the patch]`, both row-major.
    pub fn patches(&self, views: &[f32]) -> Vec<f32> {
        let (size, padded) = (self.shape.iter().product::<usize>(), self.count() * self.cells());
        let samples = views.len() / size.max(1);
        let mut out = vec![0.0; samples * padded];
        for (view, out) in views.chunks_exact(size).zip(out.chunks_exact_mut(padded)) {
            self.for_each_run(|from, to, length| out[to..to + length].copy_from_slice(&view[from..from + length]));
        }
        out
    }

    /// 1 where a cell of a patch is one of the view, 0 beyond its edges; of one sample.
    pub fn real(&self) -> Vec<f32> {
        let mut out = vec![0.0; self.count() * self.cells()];
        self.for_each_run(|_, to, length| out[to..to + length].fill(1.0));
        out
    }

    /// Views out of their patches; what lies beyond an edge is left out.
    ///
    /// # Shapes
    /// `[sample, token, cell of the patch]` to `[sample, cell of the view]`.
    pub fn together(&self, patches: Tensor<3>) -> Tensor<2> {
        let [batch, ..] = patches.dims();
        let size: usize = self.shape.iter().product();
        match (&self.tokens[..], &self.patch[..], &self.shape[..]) {
            (&[t0, t1], &[p0, p1], &[n0, n1]) => {
                let x = patches.reshape([batch, t0, t1, p0, p1]).permute([0, 1, 3, 2, 4]);
                let x: Tensor<3> = x.reshape([batch, t0 * p0, t1 * p1]);
                x.slice([0..batch, 0..n0, 0..n1]).reshape([batch, size])
            }
            (&[t0, t1, t2], &[p0, p1, p2], &[n0, n1, n2]) => {
                let x = patches.reshape([batch, t0, t1, t2, p0, p1, p2]).permute([0, 1, 4, 2, 5, 3, 6]);
                let x: Tensor<4> = x.reshape([batch, t0 * p0, t1 * p1, t2 * p2]);
                x.slice([0..batch, 0..n0, 0..n1, 0..n2]).reshape([batch, size])
            }
            _ => patches.reshape([batch as i32, -1]),
        }
    }
}

/// A view with other lengths: linear interpolation between the middles of cells, the edges held.
///
/// # Shapes
/// `view[cell]` row-major of `from`, to the same of `to`.
pub(super) fn resized(view: &[f32], from: &[usize], to: &[usize]) -> Vec<f32> {
    let mut values = view.to_vec();
    let mut shape = from.to_vec();
    for axis in 0..from.len() {
        let inner: usize = shape[axis + 1..].iter().product();
        let outer: usize = shape[..axis].iter().product();
        let weights = interpolation(shape[axis], to[axis]);
        let mut next = vec![0.0; outer * to[axis] * inner];
        for o in 0..outer {
            for (k, &(low, high, t)) in weights.iter().enumerate() {
                let at = |i: usize| &values[(o * shape[axis] + i) * inner..][..inner];
                let out = &mut next[(o * to[axis] + k) * inner..][..inner];
                for ((out, a), b) in out.iter_mut().zip(at(low)).zip(at(high)) {
                    *out = a + t * (b - a);
                }
            }
        }
        shape[axis] = to[axis];
        values = next;
    }
    values
}

/// For every new place the two old ones beside it and the share of the second.
pub(super) fn interpolation(from: usize, to: usize) -> Vec<(usize, usize, f32)> {
    let place = |i: usize| {
        let x = ((i as f64 + 0.5) * from as f64 / to as f64 - 0.5).clamp(0.0, from as f64 - 1.0);
        let low = x.floor() as usize;
        (low, (low + 1).min(from - 1), (x - x.floor()) as f32)
    };
    (0..to).map(place).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use burn::tensor::{Device, TensorData};

    fn back(grid: &Grid, patches: &[f32]) -> Vec<f32> {
        let samples = patches.len() / (grid.count() * grid.cells());
        let data = TensorData::new(patches.to_vec(), [samples, grid.count(), grid.cells()]);
        grid.together(Tensor::from_data(data, &Device::flex())).into_data().try_into_vec().unwrap()
    }

    // numpy: x = arange(12).reshape(3, 4); pad to (4, 6); reshape(2, 2, 2, 3).transpose(0, 2, 1, 3).reshape(4, 6)
    #[test]
    fn patches_are_those_of_numpy_and_come_back() {
        let grid = Grid::new(&[3, 4], &[2, 3]);
        let view: Vec<f32> = (0..12_u8).map(f32::from).collect();
        let want = [
            [0.0, 1.0, 2.0, 4.0, 5.0, 6.0],
            [3.0, 0.0, 0.0, 7.0, 0.0, 0.0],
            [8.0, 9.0, 10.0, 0.0, 0.0, 0.0],
            [11.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        ];
        let patches = grid.patches(&view);
        assert_eq!(patches, want.concat());
        assert_eq!(back(&grid, &patches[..]), view);
        assert_eq!(grid.real().iter().sum::<f32>(), 12.0);
    }

    #[test]
    fn cubes_are_cut_along_all_three_axes() {
        let grid = Grid::new(&[3, 5, 4], &[2, 2, 3]);
        assert_eq!((grid.tokens.clone(), grid.count(), grid.cells()), (vec![2, 3, 2], 12, 12));
        let view: Vec<f32> = (0..60_u8).map(f32::from).collect();
        let patches = grid.patches(&[view.clone(), view.iter().map(|v| -v).collect()].concat());
        // Time 2, range 4, angle 3 is value 59: token (1, 2, 1), the first cell of its patch.
        assert_eq!(patches[11 * 12], 59.0);
        assert_eq!(patches[12 * 12 + 11 * 12], -59.0);
        assert_eq!(back(&grid, &patches)[..60], view[..]);
        assert_eq!(back(&grid, &patches)[119], -59.0);
    }

    // torch.nn.functional.interpolate(x, size, mode="bilinear", align_corners=False)
    #[test]
    fn resizing_is_that_of_pytorch() {
        let view = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0];
        assert_eq!(resized(&view, &[2, 3], &[2, 3]), view);
        let want = [1.0, 1.625, 2.75, 4.0, 8.0, 13.0, 22.0, 32.0];
        assert_eq!(resized(&view, &[2, 3], &[2, 4]), want);
    }
}
