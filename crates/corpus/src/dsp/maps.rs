//! A stack of 2-D maps over time: the input of the models.

use crate::base::axis::Axis;
use ndarray::Array3;

/// Decibels below the map's peak.
pub const LOG_MAGNITUDE: &str = "scaled_log_magnitude";
/// Decibels, stretched from the least of the map at −1 to the greatest at 1.
pub const MIN_MAX_LOG_MAGNITUDE: &str = "min_max_log_magnitude";
/// Logarithm of one plus a multiple of the number of points in a cell.
pub const LOG_COUNT: &str = "scaled_log_count";
/// The same of the sum of the points' amplitudes.
pub const LOG_AMPLITUDE: &str = "scaled_log_amplitude";

/// Maps of one window, for example time-Doppler, time-range and time-angle.
///
/// # Shapes
/// `data[map, row, column]`, values in [−1, 1]; columns are time; rows are `rows[map]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Maps {
    /// What the values are: [`LOG_MAGNITUDE`], [`MIN_MAX_LOG_MAGNITUDE`], [`LOG_COUNT`] or [`LOG_AMPLITUDE`], scaled to [−1, 1].
    pub quantity: String,
    /// Names in order, for example `time_doppler`, `time_range`, `time_angle`.
    pub names: Vec<String>,
    /// The values.
    pub data: Array3<f32>,
    /// The time axis shared by all maps.
    pub time: Axis,
    /// The row axis of each map (after resizing).
    pub rows: Vec<Axis>,
}
