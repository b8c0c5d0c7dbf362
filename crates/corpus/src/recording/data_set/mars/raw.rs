//! The frames of a file of MARS: checked, and put on the clock of their numbers.

use crate::base::Vec3;
use crate::recording::arrays::{Archive, same_length};
use crate::recording::{Dropped, RecordingError};
use crate::signal::{Point, PointCloud, PointFrame};
use ndarray::{Array1, Array2, Ix1, Ix2};
use std::path::Path;

/// Range step, m.
pub const RANGE_BIN_M: f64 = 0.029_29;
/// Velocity step, m/s.
pub const VELOCITY_BIN_MPS: f64 = 0.356;
/// Doppler bins: −8..=7.
pub const DOPPLER_BINS: usize = 16;
/// Time between frames, s.
pub const FRAME_PERIOD_S: f64 = 0.1;
/// Bins of the range FFT: further points are corrupt.
const RANGE_BINS: f64 = 256.0;
/// More frames without a detection in a row are a part that is missing: half a minute.
pub(super) const LONGEST_SILENCE: i64 = 300;

/// A file before its points are checked.
pub(super) struct MarsFile {
    pub(super) frame: Vec<i64>,
    counts: Vec<usize>,
    points: Vec<MarsPoint>,
}

#[derive(Clone, Copy)]
struct MarsPoint {
    position: Vec3,
    doppler_bin: i8,
    intensity: f32,
}

impl MarsFile {
    pub(super) fn read(path: &Path, npz: &mut Archive) -> Result<Self, RecordingError> {
        let frame: Array1<i32> = npz.array::<_, Ix1>("frame")?;
        let counts: Array1<u16> = npz.array::<_, Ix1>("n_points")?;
        if counts.len() != frame.len() {
            let what = format!("{} frames, but `frame` has {}", counts.len(), frame.len());
            return Err(RecordingError::array(path, "n_points", what));
        }
        if frame.is_empty() {
            return Err(RecordingError::array(path, "frame", "no frames"));
        }
        if let Some(i) = (1..frame.len()).find(|&i| frame[i] <= frame[i - 1]) {
            let what = format!("time runs backwards: frame number {} after {}", frame[i], frame[i - 1]);
            return Err(RecordingError::array(path, "frame", what));
        }
        let total: usize = counts.iter().map(|&n| usize::from(n)).sum();
        let xyz: Array2<i16> = npz.array::<_, Ix2>("xyz_q9")?;
        same_length(path, "xyz_q9", xyz.nrows(), total)?;
        if xyz.ncols() != 3 {
            return Err(RecordingError::array(path, "xyz_q9", format!("{} columns, expected x, y, z", xyz.ncols())));
        }
        let doppler: Array1<i8> = npz.array::<_, Ix1>("doppler_bin")?;
        same_length(path, "doppler_bin", doppler.len(), total)?;
        let intensity: Array1<f32> = npz.array::<_, Ix1>("intensity")?;
        same_length(path, "intensity", intensity.len(), total)?;
        if let Some(i) = intensity.iter().position(|v| !(v.is_finite() && *v > 0.0)) {
            let what = format!("point {i} has {}, expected a number above 0 on a linear scale", intensity[i]);
            return Err(RecordingError::array(path, "intensity", what));
        }
        let q9 = |v: i16| f64::from(v) / 512.0;
        let points = (0..total)
            .map(|i| MarsPoint {
                position: Vec3::new(q9(xyz[[i, 0]]), q9(xyz[[i, 1]]), q9(xyz[[i, 2]])),
                doppler_bin: doppler[i],
                intensity: intensity[i],
            })
            .collect();
        Ok(Self {
            frame: frame.iter().map(|&f| f.into()).collect(),
            counts: counts.iter().map(|&n| n.into()).collect(),
            points,
        })
    }

    /// Frames and points.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.frame.len(), self.points.len())
    }

    /// The frames of a range with detections; time starts at the first of them.
    pub(super) fn cloud(
        &self,
        path: &Path,
        range: std::ops::Range<usize>,
    ) -> Result<(PointCloud, Dropped), RecordingError> {
        let mut dropped = Dropped::default();
        let mut at: usize = self.counts[..range.start].iter().sum();
        let first = self.frame[range.start];
        let mut frames = Vec::with_capacity(range.len());
        for i in range {
            let mut points = Vec::with_capacity(self.counts[i]);
            for raw in &self.points[at..at + self.counts[i]] {
                let bin = (raw.position.norm() / RANGE_BIN_M).round();
                if bin >= RANGE_BINS {
                    dropped.beyond_range += 1;
                } else if raw.doppler_bin.unsigned_abs() as usize > DOPPLER_BINS / 2 {
                    dropped.beyond_velocity += 1;
                } else {
                    points.push(Point {
                        position: raw.position,
                        range_m: bin * RANGE_BIN_M,
                        velocity_mps: f64::from(raw.doppler_bin) * VELOCITY_BIN_MPS,
                        intensity_db: 10.0 * f64::from(raw.intensity).log10(),
                    });
                }
            }
            at += self.counts[i];
            frames.push(PointFrame { time_s: (self.frame[i] - first) as f64 * FRAME_PERIOD_S, points });
        }
        let cloud = PointCloud {
            frames,
            frame_period_s: FRAME_PERIOD_S,
            range_bin_m: RANGE_BIN_M,
            velocity_bin_mps: VELOCITY_BIN_MPS,
            doppler_bins: DOPPLER_BINS,
        };
        check_units(path, &cloud)?;
        Ok((cloud, dropped))
    }

    /// The same with every frame that is missing put in as one without detections.
    pub(super) fn continuous(
        &self,
        path: &Path,
        range: std::ops::Range<usize>,
    ) -> Result<(PointCloud, Dropped), RecordingError> {
        if let Some(i) = range.clone().skip(1).find(|&i| self.frame[i] - self.frame[i - 1] > LONGEST_SILENCE) {
            let what = format!(
                "{} frames are missing between number {} and {}, at most {LONGEST_SILENCE} can be empty ones; a file of several \
                 movements one after another is no single recording",
                self.frame[i] - self.frame[i - 1] - 1,
                self.frame[i - 1],
                self.frame[i]
            );
            return Err(RecordingError::array(path, "frame", what));
        }
        let numbers = &self.frame[range.clone()];
        let (cloud, dropped) = self.cloud(path, range.clone())?;
        let mut frames = Vec::new();
        for (frame, &number) in cloud.frames.iter().zip(numbers) {
            let slot = (number - numbers[0]) as usize;
            frames.extend(
                (frames.len()..slot).map(|i| PointFrame { time_s: i as f64 * FRAME_PERIOD_S, points: Vec::new() }),
            );
            frames.push(frame.clone());
        }
        Ok((PointCloud { frames, ..cloud }, dropped))
    }
}

/// Refuses a recording whose distances are not multiples of this sensor's range step: it was made with other settings.
///
/// The mean of cos(2π · distance / step) is near 0 for distances that lie anywhere and 1 for multiples; the recordings reach 0.98.
fn check_units(path: &Path, cloud: &PointCloud) -> Result<(), RecordingError> {
    let distances: Vec<f64> =
        cloud.frames.iter().flat_map(|f| &f.points).map(|p| p.position.norm()).filter(|d| *d < 4.0).collect();
    if distances.len() < 100 {
        return Ok(());
    }
    let on_step = |step: f64| {
        distances.iter().map(|d| (std::f64::consts::TAU * d / step).cos()).sum::<f64>() / distances.len() as f64
    };
    if on_step(RANGE_BIN_M) > 0.5 {
        return Ok(());
    }
    let steps = (200..1200).map(|i| f64::from(i) * 1e-4);
    let best = steps.max_by(|a, b| on_step(*a).total_cmp(&on_step(*b))).unwrap_or(RANGE_BIN_M);
    let fit = on_step(best);
    let found =
        if fit > 0.5 { format!("multiples of {best:.4} m") } else { "multiples of no step from 0.02 to 0.12 m".into() };
    let what =
        format!("distances are {found}, MARS has {RANGE_BIN_M} m: a recording of another sensor or in another unit");
    Err(RecordingError::array(path, "xyz_q9", what))
}
