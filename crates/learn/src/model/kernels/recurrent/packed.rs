//! Recurrent weights in panels, once for all steps.

use crate::kernels::panels::{PANEL, padded};

/// `weight[row, column]` as panels, or with rows for columns.
pub(super) fn pack(weight: &[f32], rows: usize, columns: usize, transposed: bool) -> Vec<f32> {
    let (inner, wide) = if transposed { (columns, rows) } else { (rows, columns) };
    let mut out = vec![0.0; inner * padded(wide)];
    for first in (0..wide).step_by(PANEL) {
        let width = PANEL.min(padded(wide) - first);
        let panel = &mut out[first * inner..][..width * inner];
        for (i, to) in panel.chunks_exact_mut(width).enumerate() {
            let kept = to.iter_mut().enumerate().take(wide - first);
            if transposed {
                kept.for_each(|(c, to)| *to = weight[(first + c) * columns + i]);
            } else {
                kept.for_each(|(c, to)| *to = weight[i * columns + first + c]);
            }
        }
    }
    out
}
