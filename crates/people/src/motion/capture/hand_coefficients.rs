//! Hands that a file states by principal components: the components themselves lie in the body's file.

use super::super::error::MotionError;
use super::Family;
use crate::body::hands::{HAND_JOINTS, HandSide};
use crate::body::{Pose, ShapedBody};
use ndarray::Array2;

/// Coefficients of both hands' principal components over time (MANO; Romero, Tzionas and Black 2017).
#[derive(Clone, Debug, PartialEq)]
pub struct HandCoefficients {
    /// `[frame, component]`; left, right; of the frames that were read. They count from the mean posture of a hand.
    pub sides: [Array2<f64>; 2],
    /// Names of the arrays, for messages.
    pub(super) arrays: String,
}

impl HandCoefficients {
    /// Bends the fingers of `poses` on a body that has fingers; on others hands are one piece.
    pub(super) fn bend(&self, origin: &str, body: &ShapedBody, poses: &mut [Pose]) -> Result<(), MotionError> {
        let Some(fingers) = Family::of_body(origin, body.skeleton.rest.len())?.fingers() else { return Ok(()) };
        let fail = |what: String| MotionError::file(origin, format!("{}: {what}", self.arrays));
        let Some(basis) = body.hand_basis() else {
            return Err(fail(
                "principal components of hands, but the body's file has no `hands_componentsl`, `hands_meanl` and their right-hand \
                 counterparts; give a body that has them, or state the hands by 45 rotation vectors each"
                    .into(),
            ));
        };
        for (side, rows) in [HandSide::Left, HandSide::Right].into_iter().zip(&self.sides) {
            let first = fingers + HAND_JOINTS * side as usize;
            for (pose, row) in poses.iter_mut().zip(rows.rows()) {
                let bent = basis.rotations(side, &row.to_vec(), false).map_err(|e| fail(e.to_string()))?;
                if let Some(joints) = pose.rotations.get_mut(first..first + bent.len()) {
                    joints.copy_from_slice(&bent);
                }
            }
        }
        Ok(())
    }
}
