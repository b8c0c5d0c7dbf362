//! Time-range-angle cubes, the radar input of WiSwiss (SenSys 2026): one range-azimuth map a frame.

use crate::base::cube::IfCube;
use crate::dsp::DspError;
use crate::dsp::power_map::range_azimuth;
use crate::dsp::range_doppler::RangeDopplerConfig;
use ndarray::{Array3, Axis};

/// How time-range-angle cubes are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeRangeAngle {
    /// Azimuths from −90 to 90 degrees; at least 2.
    pub angles: usize,
    /// Ranges beyond are left out, m.
    pub max_range_m: Option<f64>,
    /// Subtract the mean over the chirps of each frame.
    pub remove_static: bool,
}

impl Default for TimeRangeAngle {
    fn default() -> Self {
        Self { angles: 64, max_range_m: Some(6.0), remove_static: true }
    }
}

impl TimeRangeAngle {
    /// Power in dB.
    ///
    /// # Shapes
    /// `cube[frame, chirp, tx, rx, sample]` → `[frame, range, azimuth]`.
    pub fn of(&self, cube: &IfCube) -> Result<Array3<f32>, DspError> {
        let config = RangeDopplerConfig {
            max_range_m: self.max_range_m,
            remove_static: self.remove_static,
            ..RangeDopplerConfig::default()
        };
        let frames = cube.data.dim().0;
        let mut maps = Vec::with_capacity(frames);
        for frame in 0..frames {
            maps.push(range_azimuth(&cube.frames(frame..frame + 1), &config, self.angles)?.data);
        }
        let (ranges, angles) = maps.first().map_or((0, self.angles), |m| m.dim());
        let mut out = Array3::zeros((frames, ranges, angles));
        for (mut out, map) in out.axis_iter_mut(Axis(0)).zip(&maps) {
            out.assign(map);
        }
        Ok(out)
    }
}
