//! What of RadHAR is trusted: corrupt points, the clock, the unit of the range.

use super::raw::{
    DOPPLER_BINS, FRAME_PERIOD_S, RANGE_BIN_M, RECORDED_RANGE_BIN_M, RadharFrames, RadharPoint, VELOCITY_BIN_MPS,
};
use crate::base::Vec3;
use crate::recording::{Dropped, RecordingError};
use crate::signal::{Point, PointCloud, PointFrame};
use std::path::Path;

/// Points whose recorded range is further are corrupt, m.
const LARGEST_RANGE_M: f64 = 10.0;

/// Whether the place lies far off the range: fixed-point rounding and directions outside the unit circle explain 2 % and 0.1 m.
fn contradicts_range(p: &RadharPoint) -> bool {
    let range = f64::from(p.range_bin) * RANGE_BIN_M;
    let distance = Vec3::from(p.away_right_up).norm();
    (distance - range).abs() > 0.1 + 0.02 * range
}

/// Drops corrupt points, turns the axes into the radar frame and puts the frames on the sensor's clock.
pub(super) fn checked(path: &Path, raw: RadharFrames) -> Result<(PointCloud, Dropped), RecordingError> {
    let mut dropped = Dropped::default();
    let mut frames: Vec<PointFrame> = Vec::with_capacity(raw.points.len());
    let (mut last_slot, mut last_nearest): (Option<i64>, i64) = (None, 0);
    let unchecked: Vec<RadharPoint> = raw.points.iter().flatten().copied().collect();
    for (i, (&time, points)) in raw.time_ns.iter().zip(raw.points).enumerate() {
        if i > 0 && time < raw.time_ns[i - 1] {
            let what =
                format!("frame {i} is earlier than the frame before it ({time} after {} ns)", raw.time_ns[i - 1]);
            return Err(RecordingError::array(path, "frame_time_ns", what));
        }
        let elapsed = time.checked_sub(raw.time_ns[0]).filter(|&ns| ns < 1_000_000_000_000_000).ok_or_else(|| {
            let what = format!("frame {i} is more than eleven days after the first");
            RecordingError::array(path, "frame_time_ns", what)
        })?;
        let nearest = (elapsed as f64 * 1e-9 / FRAME_PERIOD_S).round() as i64;
        let slot = last_slot.map_or(nearest, |last| nearest.max(last + 1));
        (last_slot, last_nearest) = (Some(slot), nearest);
        let mut kept = Vec::with_capacity(points.len());
        for p in points {
            if !(0.0..=LARGEST_RANGE_M).contains(&(f64::from(p.range_bin) * RECORDED_RANGE_BIN_M)) {
                dropped.beyond_range += 1;
            } else if p.velocity_bin.unsigned_abs() as usize > DOPPLER_BINS / 2 {
                dropped.beyond_velocity += 1;
            } else if contradicts_range(&p) {
                dropped.contradictory += 1;
            } else if !p.intensity_db.is_finite() {
                return Err(RecordingError::array(path, "intensity_db", format!("not a number in frame {i}")));
            } else {
                let [away, right, up] = p.away_right_up;
                kept.push(Point {
                    position: Vec3::new(right, away, up),
                    range_m: f64::from(p.range_bin) * RANGE_BIN_M,
                    velocity_mps: f64::from(p.velocity_bin) * VELOCITY_BIN_MPS,
                    intensity_db: p.intensity_db,
                });
            }
        }
        frames.push(PointFrame { time_s: slot as f64 * FRAME_PERIOD_S, points: kept });
    }
    // Stamps come in pairs and late, by a few frames; a clock that hardly moves would make frames twice as fast as the sensor is.
    let ahead = last_slot.unwrap_or(0) - last_nearest;
    if ahead > 5 + frames.len() as i64 / 2 {
        let (count, seconds) = (frames.len(), last_nearest as f64 * FRAME_PERIOD_S);
        let rate = 1.0 / FRAME_PERIOD_S;
        let what = format!(
            "{count} frames within {seconds:.2} s, at most {rate:.1} a second are possible: the clock stands still"
        );
        return Err(RecordingError::array(path, "frame_time_ns", what));
    }
    check_units(path, &unchecked, &dropped)?;
    let cloud = PointCloud {
        frames,
        frame_period_s: FRAME_PERIOD_S,
        range_bin_m: RANGE_BIN_M,
        velocity_bin_mps: VELOCITY_BIN_MPS,
        doppler_bins: DOPPLER_BINS,
    };
    Ok((cloud, dropped))
}

/// A file most of whose points contradict themselves was made with another range step: nothing of it can be trusted.
fn check_units(path: &Path, points: &[RadharPoint], dropped: &Dropped) -> Result<(), RecordingError> {
    if 2 * dropped.total() <= points.len() || points.len() < 10 {
        return Ok(());
    }
    let mut steps: Vec<f64> = points
        .iter()
        .filter(|p| p.range_bin > 0)
        .map(|p| Vec3::from(p.away_right_up).norm() / f64::from(p.range_bin))
        .collect();
    steps.sort_by(f64::total_cmp);
    let median = steps.get(steps.len() / 2).copied().unwrap_or(f64::NAN);
    let what = format!(
        "{} of {} points are corrupt: their range bins are {median:.4} m (median distance over bin), RadHAR's are {RANGE_BIN_M:.4} m; \
         a recording of another sensor or in another unit",
        dropped.total(),
        points.len()
    );
    Err(RecordingError::file(path, what))
}
