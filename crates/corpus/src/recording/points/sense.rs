//! Whether velocities and ranges of a data set are what they are said to be: by each other.

use super::super::RecordingError;
use super::{Clocked, Field, PointLayout};
use crate::signal::PointFrame;
use std::path::Path;

/// Fewer frames with motion tell nothing.
const FEWEST_FRAMES: usize = 100;
/// Velocities that run this much against the ranges have the other sign.
const CLEARLY_AGAINST: f64 = -0.3;

/// Refuses data most of whose points had to be left out, and velocities of the wrong sign where nobody stated one.
pub(super) fn check(path: &Path, layout: &PointLayout, recordings: &[Clocked]) -> Result<(), RecordingError> {
    let kept: usize = recordings.iter().flat_map(|r| &r.frames).map(|f| f.points.len()).sum();
    let sum = |count: fn(&Clocked) -> usize| recordings.iter().map(count).sum::<usize>();
    for (count, what) in [
        (sum(|r| r.dropped.beyond_range), "are further than 300 m: is the unit of length right?"),
        (sum(|r| r.dropped.beyond_velocity), "are faster than 150 m/s: is the unit of the velocity right?"),
        (
            sum(|r| r.dropped.contradictory),
            "have a range that is not the length of x, y, z: are units and columns right?",
        ),
    ] {
        if count > kept {
            return Err(RecordingError::file(path, format!("{count} of {} points {what}", count + kept)));
        }
    }
    if kept == 0 {
        return Err(RecordingError::file(path, "not a single usable point"));
    }
    if layout.approaching.is_none() && layout.mapping.has(Field::Doppler) {
        let (frames, correlation) = agreement(recordings);
        if frames >= FEWEST_FRAMES && correlation < CLEARLY_AGAINST {
            let what = format!(
                "velocities are negative where ranges grow (correlation {correlation:.2} over {frames} frames): positive seems to mean \
                 approaching. State it: --velocity-sign approaching (or receding)"
            );
            return Err(RecordingError::file(path, what));
        }
    }
    Ok(())
}

/// Frames that could be compared, and the correlation of their mean velocity with the change of their mean range.
fn agreement(recordings: &[Clocked]) -> (usize, f64) {
    let moving = |frame: &PointFrame| {
        let points: Vec<_> = frame.points.iter().filter(|p| p.velocity_mps != 0.0).collect();
        let n = points.len() as f64;
        (!points.is_empty()).then(|| {
            (points.iter().map(|p| p.velocity_mps).sum::<f64>() / n, points.iter().map(|p| p.range_m).sum::<f64>() / n)
        })
    };
    let mut pairs: Vec<(f64, f64)> = Vec::new();
    for recording in recordings {
        for three in recording.frames.windows(3) {
            if let (Some((_, before)), Some((velocity, _)), Some((_, after))) =
                (moving(&three[0]), moving(&three[1]), moving(&three[2]))
            {
                pairs.push((velocity, (after - before) / (three[2].time_s - three[0].time_s)));
            }
        }
    }
    let n = pairs.len() as f64;
    let mean = |value: fn(&(f64, f64)) -> f64| pairs.iter().map(value).sum::<f64>() / n;
    let (v, r) = (mean(|p| p.0), mean(|p| p.1));
    let sum = |value: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|p| value(p.0 - v, p.1 - r)).sum::<f64>();
    let scale = (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt();
    (pairs.len(), if scale > 0.0 { sum(&|a, b| a * b) / scale } else { 0.0 })
}
