//! What a perfect radar would measure of places.

use crate::base::Vec3;
use crate::scene::draw::SceneDraw;
use crate::sensor::sounding::{Sounding, mean};
use crate::sensor::{RadarPose, RadarTrack};

/// Half the span of differences over time, in parts of which derivatives are taken, s.
pub(super) const STEP_S: f64 = 1e-6;

/// The sensor that looks, still or on its way.
pub(super) struct Watcher {
    pose: RadarPose,
    track: Option<RadarTrack>,
    /// Middle of the transmit and of the receive antennas in the sensor frame.
    ends: [Vec3; 2],
}

impl Watcher {
    pub(super) fn new(draw: &SceneDraw, sounding: &Sounding) -> Self {
        let ends = [mean(&sounding.ends.tx), mean(&sounding.ends.rx)];
        Self { pose: draw.radar_pose, track: RadarTrack::through(&draw.radar_track), ends }
    }

    fn pose_at(&self, time_s: f64) -> RadarPose {
        self.track.as_ref().map_or(self.pose, |track| track.pose_at(time_s))
    }

    /// Half the way from the middle of the transmitters over `place` to that of the receivers, m.
    pub(super) fn range(&self, time_s: f64, place: Vec3) -> f64 {
        let pose = self.pose_at(time_s);
        0.5 * self.ends.iter().map(|end| (place - pose.to_world(*end)).norm()).sum::<f64>()
    }

    /// Azimuth, positive to the right, and elevation, positive upwards, in the sensor frame, rad.
    pub(super) fn direction(&self, time_s: f64, place: Vec3) -> [f64; 2] {
        let seen = self.seen(time_s, place);
        [seen.x.atan2(seen.y), seen.z.atan2(seen.x.hypot(seen.y))]
    }

    /// A place in the sensor frame, m.
    pub(super) fn seen(&self, time_s: f64, place: Vec3) -> Vec3 {
        let pose = self.pose_at(time_s);
        pose.rotation().inverse() * (place - pose.position)
    }

    /// Azimuth as a row of antennas along x measures it, the angle of a cone around that row: asin(x / distance), rad.
    pub(super) fn cone_azimuth(&self, time_s: f64, place: Vec3) -> f64 {
        let seen = self.seen(time_s, place);
        (seen.x / seen.norm().max(f64::MIN_POSITIVE)).clamp(-1.0, 1.0).asin()
    }

    /// Direction from `place` to the antennas: the middle between those to the transmitters and to the receivers.
    pub(super) fn back(&self, time_s: f64, place: Vec3) -> Vec3 {
        let pose = self.pose_at(time_s);
        self.ends.iter().map(|end| (pose.to_world(*end) - place).normalize()).sum::<Vec3>().normalize()
    }
}

/// Derivative from values at −2, −1, 1 and 2 steps (Abramowitz and Stegun 25.3.6).
pub(super) fn derivative(values: [f64; 4], step: f64) -> f64 {
    (values[0] - 8.0 * values[1] + 8.0 * values[2] - values[3]) / (12.0 * step)
}

/// The times of those values around `time_s`.
pub(super) fn around(time_s: f64, step: f64) -> [f64; 4] {
    [-2.0, -1.0, 1.0, 2.0].map(|i| time_s + i * step)
}
