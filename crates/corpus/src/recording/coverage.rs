//! Whether a recording of points has the frames that its length holds.

use super::RecordingError;
use crate::signal::PointCloud;
use std::path::Path;

/// Fewer frames than this share of what the duration holds are a recording with frames missing.
const LEAST_COVERAGE: f64 = 0.9;

/// Refuses a recording with many frames missing.
pub(super) fn check(path: &Path, points: &PointCloud) -> Result<(), RecordingError> {
    let (Some(first), Some(last)) = (points.frames.first(), points.frames.last()) else {
        return Err(RecordingError::file(path, "no frames"));
    };
    if points.frames.iter().all(|frame| frame.points.is_empty()) {
        let what =
            format!("{} frames without a single usable point: there is nothing to tell apart", points.frames.len());
        return Err(RecordingError::file(path, what));
    }
    let (found, seconds) = (points.frames.len(), last.time_s - first.time_s);
    let expected = (seconds / points.frame_period_s).round() + 1.0;
    if found as f64 >= LEAST_COVERAGE * expected {
        return Ok(());
    }
    let what = format!(
        "{found} frames, but its {seconds:.1} s at {:.2} frames/s make {expected}: frames are missing",
        1.0 / points.frame_period_s
    );
    Err(RecordingError::file(path, what))
}
