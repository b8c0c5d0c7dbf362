//! Radar point clouds, detected on a sensor or by `kinecho` itself.

use crate::base::Vec3;

/// One detection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Position in the sensor frame (x right, y away from the sensor, z up), m.
    pub position: Vec3,
    /// Range, m.
    pub range_m: f64,
    /// Radial velocity, m/s; positive = receding.
    pub velocity_mps: f64,
    /// Power above the noise floor or as the sensor reports it, dB.
    pub intensity_db: f64,
}

/// The detections of one frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PointFrame {
    /// Time since the start of the recording, s.
    pub time_s: f64,
    /// The detections.
    pub points: Vec<Point>,
}

/// A recording of detections.
#[derive(Clone, Debug, PartialEq)]
pub struct PointCloud {
    /// Frames in order of time.
    pub frames: Vec<PointFrame>,
    /// Nominal time between frames, s.
    pub frame_period_s: f64,
    /// Range step of the sensor, m.
    pub range_bin_m: f64,
    /// Velocity step of the sensor, m/s.
    pub velocity_bin_mps: f64,
    /// Number of Doppler bins; they stand for `-n/2 .. n/2 - 1` times the step.
    pub doppler_bins: usize,
}
