//! A stretch of a recording.

use super::super::error::MotionError;
use std::ops::Range;

/// Which part of a motion file is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Excerpt {
    /// Start, s from the first frame; at least 0.
    pub start_s: f64,
    /// Length, s; `None` to the end.
    pub length_s: Option<f64>,
}

/// Most frames that are read at once: an hour at 120 Hz.
pub(super) const MOST_FRAMES: usize = 432_000;

/// Frame times are written with few digits (0.0083333 s): a length that is whole frames but for this share is whole.
const ROUNDING: f64 = 1e-2;

/// Frames that are read beyond either end of a stretch. The curves between frames are splines, in which a frame tells on its neighbours by 0.27
/// a frame (2 − √3): with these, what a stretch shows depends by less than 1e-9 on where it ends.
const BESIDE: usize = 16;

/// Numbers of frames of a file.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    /// Those that are to be read.
    pub(super) read: Range<usize>,
    /// Those of the excerpt, counted from the first that is read.
    pub(super) shown: Range<usize>,
}

impl Excerpt {
    /// Frames at the end that a motion without an end must have beyond an excerpt.
    pub(super) const BEYOND: usize = BESIDE + 2;

    /// The whole file.
    pub const WHOLE: Self = Self { start_s: 0.0, length_s: None };

    /// From `start_s` for `length_s`; an infinite length goes to the end.
    pub fn new(start_s: f64, length_s: f64) -> Self {
        Self { start_s, length_s: (length_s != f64::INFINITY).then_some(length_s) }
    }

    /// The frames of `count` at `rate_hz` that lie in the stretch, with those beside it that tell how it moves at its ends.
    pub(super) fn stretch(self, origin: &str, count: usize, rate_hz: f64) -> Result<Stretch, MotionError> {
        let Range { start, end } = self.frames(origin, count, rate_hz)?;
        let read = start.saturating_sub(BESIDE)..(end + BESIDE).min(count);
        Ok(Stretch { shown: start - read.start..end - read.start, read })
    }

    /// The frames of `count` at `rate_hz` that lie in the stretch, and one more at its end; at least one.
    pub(super) fn frames(self, origin: &str, count: usize, rate_hz: f64) -> Result<Range<usize>, MotionError> {
        if !(rate_hz.is_finite() && rate_hz > 0.0 && rate_hz <= 10_000.0) {
            let message = format!("{rate_hz} frames per second; expected above 0, at most 10000");
            return Err(MotionError::file(origin, message));
        }
        if count == 0 {
            return Err(MotionError::file(origin, "has no frames; expected at least one"));
        }
        let last = (count - 1) as f64 / rate_hz;
        if !(0.0..=last).contains(&self.start_s) || self.length_s.is_some_and(|l| !(l >= 0.0 && l.is_finite())) {
            let message = format!("asked for a stretch from {} s, but it is {last:.3} s long", self.start_s);
            return Err(MotionError::file(origin, message));
        }
        let first = ((self.start_s * rate_hz).round() as usize).min(count - 1);
        let end = match self.length_s {
            Some(length) => (first + (length * rate_hz - ROUNDING).ceil() as usize + 1).min(count),
            None => count,
        };
        if end - first > MOST_FRAMES {
            let message = format!("{} frames are more than {MOST_FRAMES}; read it in parts", end - first);
            return Err(MotionError::file(origin, message));
        }
        Ok(first..end)
    }
}
