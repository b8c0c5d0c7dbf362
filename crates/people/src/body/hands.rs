//! Postures of hands by principal components (MANO; Romero, Tzionas and Black 2017).

use super::error::BodyError;
use super::frame::rotation_from_smpl;
use crate::base::Rotation;
use ndarray::Array2;

/// Finger joints of one hand.
pub const HAND_JOINTS: usize = 15;

/// One of the two hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum HandSide {
    Left,
    Right,
}

/// Principal components of the two hands' postures.
#[derive(Clone, Debug, PartialEq)]
pub struct HandBasis {
    /// `[component, 45]`: rotation vectors of 15 joints in SMPL's frame, radians; left, right.
    components: [Array2<f64>; 2],
    /// `[45]`, radians; left, right.
    means: [Vec<f64>; 2],
}

impl HandBasis {
    /// From left and right (components, mean); anything but two sides is no basis.
    pub(super) fn new(sides: Vec<(Array2<f64>, Vec<f64>)>) -> Option<Self> {
        let [left, right]: [(Array2<f64>, Vec<f64>); 2] = sides.try_into().ok()?;
        Some(Self { components: [left.0, right.0], means: [left.1, right.1] })
    }

    /// The finger joints' rotations in the body frame: `mean + Σ c_i component_i`, or without the mean (a flat hand at zero)
    /// when `flat` is asked for.
    ///
    /// # Shapes
    /// `coefficients[component]`, at most as many as the file has; returns `[15]` in the model's order of joints.
    pub fn rotations(&self, side: HandSide, coefficients: &[f64], flat: bool) -> Result<Vec<Rotation>, BodyError> {
        let (components, mean) = (&self.components[side as usize], &self.means[side as usize]);
        if coefficients.len() > components.nrows() || coefficients.iter().any(|c| !c.is_finite()) {
            let what = format!(
                "a hand takes at most {} finite coefficients, {} are given",
                components.nrows(),
                coefficients.len()
            );
            return Err(BodyError::Coefficients { what });
        }
        let mut vector = if flat { vec![0.0; mean.len()] } else { mean.clone() };
        for (row, c) in components.rows().into_iter().zip(coefficients) {
            vector.iter_mut().zip(row).for_each(|(v, r)| *v += c * r);
        }
        let joints = vector.as_chunks::<3>().0.iter();
        Ok(joints.map(|v| rotation_from_smpl(*v)).collect())
    }
}
