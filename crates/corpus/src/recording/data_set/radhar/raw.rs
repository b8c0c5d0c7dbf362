//! Frames of RadHAR as they were recorded, and the steps of its sensor.

/// Range step of the sensor's 256-point FFT, m (measured: median |xyz| over range bin).
pub const RANGE_BIN_M: f64 = 0.040_906;
/// Range step that the recorded `range` was made with, m: c / 2B of the 240 samples.
pub const RECORDED_RANGE_BIN_M: f64 = 0.043_576_970_7;
/// Velocity step, m/s.
pub const VELOCITY_BIN_MPS: f64 = 0.614_668_6;
/// Doppler bins: −8..=7.
pub const DOPPLER_BINS: usize = 16;
/// Time between frames, s.
pub const FRAME_PERIOD_S: f64 = 1.0 / 30.08;

/// A point as the sensor reports it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RadharPoint {
    pub(super) range_bin: i32,
    pub(super) velocity_bin: i32,
    /// Away from the sensor, sideways to the right, up; m.
    pub(super) away_right_up: [f64; 3],
    pub(super) intensity_db: f64,
}

/// A recording before points are checked and frames are timed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RadharFrames {
    pub(super) time_ns: Vec<i64>,
    pub(super) points: Vec<Vec<RadharPoint>>,
}
