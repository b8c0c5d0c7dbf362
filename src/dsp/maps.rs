//! A stack of 2-D maps over time: the input of the models.

use crate::base::axis::Axis;
use ndarray::Array3;

/// Maps of one window, for example time-Doppler, time-range and time-angle.
///
/// # Shapes
/// `data[map, row, column]`, values in [−1, 1]; columns are time; rows are `rows[map]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Maps {
    /// Names in order, for example `time_doppler`, `time_range`, `time_angle`.
    pub names: Vec<String>,
    /// The values.
    pub data: Array3<f32>,
    /// The time axis shared by all maps.
    pub time: Axis,
    /// The row axis of each map (after resizing).
    pub rows: Vec<Axis>,
}
