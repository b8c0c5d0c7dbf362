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

impl PointCloud {
    /// The same sensor without frames.
    pub fn without_frames(&self) -> Self {
        Self { frames: Vec::new(), ..*self }
    }

    /// What makes it no recording: a step that is not positive, or time that runs backwards. `None` when nothing does.
    pub fn problem(&self) -> Option<String> {
        for (name, value) in [
            ("frame period", self.frame_period_s),
            ("range step", self.range_bin_m),
            ("velocity step", self.velocity_bin_mps),
        ] {
            if !(value > 0.0 && value.is_finite()) {
                return Some(format!("its {name} is {value}, it must be positive"));
            }
        }
        if !(2..=4096).contains(&self.doppler_bins) {
            return Some(format!("it has {} Doppler bins, expected 2..=4096", self.doppler_bins));
        }
        if let Some(i) = self.frames.iter().position(|f| !f.time_s.is_finite()) {
            return Some(format!("the time of frame {i} is not a number"));
        }
        let back = self.frames.windows(2).position(|w| w[1].time_s < w[0].time_s);
        back.map(|i| format!("time runs backwards after frame {i}"))
    }
}
