//! A radar on the move: poses at some times, a smooth way in between.

use super::pose::RadarPose;
use crate::base::Vec3;
use crate::base::spline::Spline;

/// Poses of a radar over time, on natural cubic splines; before the first and after the last key it stands still.
///
/// ```
/// use kinecho_base::base::Vec3;
/// use kinecho_sim::sensor::{RadarPose, RadarTrack};
/// let keys = [(0.0, RadarPose::at(Vec3::zeros())), (2.0, RadarPose::at(Vec3::y()))];
/// let track = RadarTrack::through(&keys).unwrap();
/// assert!((track.pose_at(0.5).position.y - 0.25).abs() < 1e-12);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RadarTrack {
    position: Spline,
    /// Azimuth and elevation, rad, in the first two places.
    angles: Spline,
}

impl RadarTrack {
    /// The track through `(time in s, pose)`; `None` without a key, when a number is not finite, or when the times do not rise.
    ///
    /// Angles are interpolated as numbers: from 170° on to −170° the radar turns the long way round, to 190° the short one.
    pub fn through(keys: &[(f64, RadarPose)]) -> Option<Self> {
        let times: Vec<f64> = keys.iter().map(|k| k.0).collect();
        let angles = keys.iter().map(|(_, p)| Vec3::new(p.azimuth_rad, p.elevation_rad, 0.0)).collect();
        Some(Self {
            position: Spline::through(times.clone(), keys.iter().map(|k| k.1.position).collect())?,
            angles: Spline::through(times, angles)?,
        })
    }

    /// The pose at `time_s`.
    pub fn pose_at(&self, time_s: f64) -> RadarPose {
        let angles = self.angles.at(time_s);
        RadarPose { position: self.position.at(time_s), azimuth_rad: angles.x, elevation_rad: angles.y }
    }
}
