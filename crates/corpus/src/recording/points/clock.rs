//! Frames on a clock: from frame numbers or time stamps, with every frame that is missing put in as one without detections.

use super::super::RecordingError;
use crate::signal::{Point, PointFrame};
use std::path::Path;

/// A longer stretch without detections is a part that is missing, s.
const LONGEST_SILENCE_S: f64 = 30.0;
/// The stated and the stamped time between frames may differ by this share.
const CLOCK_TOLERANCE: f64 = 0.05;

/// What a number that falls is.
const RESTART: &str =
    "frames are not in order; recordings that begin anew one after another are cut apart with --cut-at-restart";

/// A frame as a file has it.
#[derive(Clone, Debug, Default)]
pub(super) struct RawFrame {
    /// Its number, where frames are numbered.
    pub(super) number: Option<i64>,
    /// Its time stamp, s.
    pub(super) time_s: Option<f64>,
    /// The detections.
    pub(super) points: Vec<Point>,
    /// Where it stands in the file, for errors.
    pub(super) place: String,
}

/// A stretch of frames with its time between frames, s.
pub(super) type TimedFrames = (Vec<PointFrame>, f64);

/// Where one recording ends and another begins.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cuts {
    /// Where nothing comes for this long, s.
    pub(super) gap_s: Option<f64>,
    /// Where numbers or stamps begin anew.
    pub(super) at_restart: bool,
}

/// Puts frames on a clock that starts at 0, and cuts them where one recording ends.
///
/// Numbers and stamps must rise within a recording. Without stamps `period_s` is the time between frames; without it the median of the
/// stamps is.
pub(super) fn stretches(
    path: &Path,
    frames: Vec<RawFrame>,
    period_s: Option<f64>,
    cuts: Cuts,
) -> Result<Vec<TimedFrames>, RecordingError> {
    let falls = |a: &RawFrame, b: &RawFrame| match a.number.zip(b.number) {
        Some((a, b)) => b < a,
        None => a.time_s.zip(b.time_s).is_some_and(|(a, b)| b < a),
    };
    let mut rest = frames;
    let mut found = Vec::new();
    while let Some(at) = (1..rest.len()).find(|&i| cuts.at_restart && falls(&rest[i - 1], &rest[i])) {
        let next = rest.split_off(at);
        found.extend(continuous(path, std::mem::replace(&mut rest, next), period_s, cuts.gap_s)?);
    }
    found.extend(continuous(path, rest, period_s, cuts.gap_s)?);
    Ok(found)
}

fn continuous(
    path: &Path,
    frames: Vec<RawFrame>,
    period_s: Option<f64>,
    cut_s: Option<f64>,
) -> Result<Vec<TimedFrames>, RecordingError> {
    let fail = |what: String| RecordingError::file(path, what);
    rising(path, &frames)?;
    let period = period(path, &frames, period_s)?;
    if frames.is_empty() {
        return Err(fail("no frames".into()));
    }
    let mut found: Vec<TimedFrames> = Vec::new();
    let mut current: Vec<PointFrame> = Vec::new();
    // Number and time at which the stretch begins, and number and time of its last frame.
    let (mut first, mut last) = ((0, 0.0), (0, 0.0));
    for frame in frames {
        let number = frame.number.unwrap_or(0);
        let time = frame.time_s.unwrap_or(number as f64 * period);
        if !current.is_empty() {
            let slots = match (frame.number, frame.time_s) {
                (Some(n), _) => n.saturating_sub(last.0),
                (None, _) => (((time - last.1) / period).round() as i64).max(1),
            };
            let silence = slots as f64 * period;
            if cut_s.is_some_and(|cut| silence >= cut) {
                found.push((std::mem::take(&mut current), period));
            } else if silence > LONGEST_SILENCE_S {
                let what = format!(
                    "{}: nothing for {silence:.1} s, at most {LONGEST_SILENCE_S} s can be frames without detections; recordings \
                     one after another are cut apart with --cut-gap-s",
                    frame.place
                );
                return Err(fail(what));
            } else {
                let step = (time - last.1) / slots as f64;
                let begin = last.1 - first.1;
                current.extend((1..slots).map(|i| PointFrame { time_s: begin + i as f64 * step, points: Vec::new() }));
            }
        }
        if current.is_empty() {
            first = (number, time);
        }
        current.push(PointFrame { time_s: time - first.1, points: frame.points });
        last = (number, time);
    }
    found.push((current, period));
    Ok(found)
}

/// Refuses numbers and stamps that do not rise.
fn rising(path: &Path, frames: &[RawFrame]) -> Result<(), RecordingError> {
    for pair in frames.windows(2) {
        let (before, after) = (&pair[0], &pair[1]);
        let what = match (before.number.zip(after.number), before.time_s.zip(after.time_s)) {
            (Some((a, b)), _) if b == a => format!("frame {b} comes again: the points of a frame stand together"),
            (Some((a, b)), _) if b < a => format!("frame {b} after {a}: {RESTART}"),
            (_, Some((a, b))) if b < a => format!("time {b} s after {a} s: {RESTART}"),
            (_, Some((a, b))) if b == a => format!(
                "the clock stands still at {b} s from one frame to the next; with frame numbers leave the time out and give \
                 --frame-period-s"
            ),
            _ => continue,
        };
        return Err(RecordingError::file(path, format!("{}: {what}", after.place)));
    }
    Ok(())
}

/// Time between frames: the one that is stated, held against the stamps where there are some, or their median.
fn period(path: &Path, frames: &[RawFrame], stated: Option<f64>) -> Result<f64, RecordingError> {
    let fail = |what: String| Err(RecordingError::file(path, what));
    let stamped = frames.first().is_some_and(|f| f.time_s.is_some());
    let numbered = frames.first().is_some_and(|f| f.number.is_some());
    let mut steps: Vec<f64> = frames
        .windows(2)
        .filter_map(|pair| {
            let slots = pair[0].number.zip(pair[1].number).map_or(1, |(a, b)| b.saturating_sub(a));
            Some((pair[1].time_s? - pair[0].time_s?) / slots as f64)
        })
        .collect();
    steps.sort_by(f64::total_cmp);
    let median = steps.get(steps.len() / 2).copied();
    match (stated, median) {
        // Stamps alone leave frames without detections out, so that their median may be longer than the period.
        (Some(stated), Some(median))
            if numbered
                && (median / stated - 1.0).abs().partial_cmp(&CLOCK_TOLERANCE) != Some(std::cmp::Ordering::Less) =>
        {
            fail(format!("its stamps are {median:.6} s a frame (median), --frame-period-s is {stated}"))
        }
        (Some(stated), _) => Ok(stated),
        (None, Some(median)) => Ok(median),
        (None, None) if stamped => fail("a single time stamp: the clock stands still, or give --frame-period-s".into()),
        (None, None) => fail("nothing says how long a frame lasts: map `time`, or give --frame-period-s".into()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn numbered(numbers: &[i64]) -> Vec<RawFrame> {
        numbers.iter().map(|&n| RawFrame { number: Some(n), ..RawFrame::default() }).collect()
    }

    fn stamped(times: &[f64]) -> Vec<RawFrame> {
        times.iter().map(|&t| RawFrame { time_s: Some(t), ..RawFrame::default() }).collect()
    }

    fn clocks(frames: Vec<RawFrame>, period: Option<f64>, cut: Option<f64>) -> Result<Vec<Vec<f64>>, String> {
        cut_clocks(frames, period, Cuts { gap_s: cut, at_restart: false })
    }

    fn cut_clocks(frames: Vec<RawFrame>, period: Option<f64>, cut: Cuts) -> Result<Vec<Vec<f64>>, String> {
        let cut = stretches(Path::new("a.csv"), frames, period, cut).map_err(|e| e.to_string())?;
        Ok(cut.into_iter().map(|(frames, _)| frames.iter().map(|f| (f.time_s * 1e6).round() / 1e6).collect()).collect())
    }

    #[test]
    fn numbers_and_stamps_keep_the_clock() {
        assert_eq!(clocks(numbered(&[7, 8, 11]), Some(0.1), None).unwrap(), [vec![0.0, 0.1, 0.2, 0.3, 0.4]]);
        assert_eq!(clocks(stamped(&[5.0, 5.1, 5.2, 5.4]), None, None).unwrap(), [vec![0.0, 0.1, 0.2, 0.3, 0.4]]);
        assert_eq!(clocks(numbered(&[1, 2, 50, 51]), Some(0.1), Some(2.0)).unwrap(), [vec![0.0, 0.1], vec![0.0, 0.1]]);
    }

    #[test]
    fn numbers_may_begin_anew_where_that_is_said() {
        let cut = Cuts { gap_s: Some(1.0), at_restart: true };
        let clocks = |frames| cut_clocks(frames, Some(0.1), cut);
        assert_eq!(
            clocks(numbered(&[7, 8, 50, 3, 4, 5, 1])).unwrap().iter().map(Vec::len).collect::<Vec<_>>(),
            [2, 1, 3, 1]
        );
        assert!(clocks(numbered(&[7, 8, 8])).unwrap_err().contains("frame 8 comes again"));
    }

    #[test]
    fn what_is_no_clock_is_refused() {
        for (frames, period, expected) in [
            (numbered(&[1, 2]), None, "give --frame-period-s"),
            (numbered(&[1, 3, 2]), Some(0.1), "frame 2 after 3"),
            (numbered(&[1, 2, 2]), Some(0.1), "frame 2 comes again"),
            (numbered(&[1, 1000]), Some(0.1), "nothing for 99.9 s"),
            (numbered(&[i64::MIN, i64::MAX]), Some(0.1), "nothing for"),
            (stamped(&[1.0, 2.0, 1.5]), None, "time 1.5 s after 2 s"),
            (stamped(&[1.0]), None, "the clock stands still"),
            (vec![], Some(0.1), "no frames"),
        ] {
            let message = clocks(frames, period, None).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
        let both = |times: [f64; 3]| {
            (0..3)
                .map(|i| RawFrame { number: Some(i), time_s: Some(times[i as usize]), ..RawFrame::default() })
                .collect()
        };
        assert!(clocks(both([0.0, 0.1, 0.1]), None, None).unwrap_err().contains("stands still at 0.1 s"));
        assert!(clocks(both([0.0, 0.1, 0.2]), Some(0.05), None).unwrap_err().contains("0.100000 s a frame"));
    }
}
