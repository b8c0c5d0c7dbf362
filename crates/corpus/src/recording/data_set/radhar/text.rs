//! RadHAR's original text form: one record a point, as `rostopic echo` prints it, plain or gzip.
//!
//! Records stand between `---` lines; a `point_id` of 0 starts a new frame, whose time is the stamp of that point.

use super::raw::{RECORDED_RANGE_BIN_M, RadharFrames, RadharPoint, VELOCITY_BIN_MPS};
use crate::recording::RecordingError;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// The fields of one record, as far as they have been seen.
#[derive(Default)]
struct Record {
    line: u64,
    secs: Option<i64>,
    nsecs: Option<i64>,
    point_id: Option<i64>,
    x: Option<f64>,
    y: Option<f64>,
    z: Option<f64>,
    range: Option<f64>,
    velocity: Option<f64>,
    intensity: Option<f64>,
}

pub(super) fn read(path: &Path) -> Result<RadharFrames, RecordingError> {
    let file = File::open(path).map_err(RecordingError::read(path))?;
    let is_gzip = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz"));
    let reader: Box<dyn Read> =
        if is_gzip { Box::new(flate2::read::MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut frames = RadharFrames::default();
    let mut record = Record::default();
    let mut number = 0;
    for line in BufReader::new(reader).lines() {
        number += 1;
        let line =
            line.map_err(|e| RecordingError::line(path, number, format!("{e}; the file is cut short or not text")))?;
        let line = line.trim();
        if line == "---" {
            finish(path, std::mem::take(&mut record), &mut frames)?;
            continue;
        }
        let Some((key, value)) = line.split_once(':') else {
            if line.is_empty() {
                continue;
            }
            return Err(RecordingError::line(path, number, format!("`{}` is not `key: value`", clip(line))));
        };
        let value = value.trim();
        let whole = || value.parse::<i64>().map(Some).map_err(|_| not_a(path, number, key, value, "a whole number"));
        let real = || {
            let number_or = value.parse::<f64>().ok().filter(|x| x.is_finite());
            number_or.map(Some).ok_or_else(|| not_a(path, number, key, value, "a finite number"))
        };
        record.line = number;
        match key {
            "secs" => record.secs = whole()?,
            "nsecs" => record.nsecs = whole()?,
            "point_id" => record.point_id = whole()?,
            "x" => record.x = real()?,
            "y" => record.y = real()?,
            "z" => record.z = real()?,
            "range" => record.range = real()?,
            "velocity" => record.velocity = real()?,
            "intensity" => record.intensity = real()?,
            "header" | "seq" | "stamp" | "frame_id" | "doppler_bin" | "bearing" => {}
            _ => {
                let what = format!("`{}` is not a field of a RadHAR record (x, y, z, range, …)", clip(key));
                return Err(RecordingError::line(path, number, what));
            }
        }
    }
    if record.line > 0 {
        // The origin's files may lack the last `---`; a record cut in the middle is an error all the same.
        finish(path, record, &mut frames)?;
    }
    if frames.time_ns.is_empty() {
        return Err(RecordingError::file(path, "no records: expected RadHAR's `header: … ---` text"));
    }
    Ok(frames)
}

fn finish(path: &Path, record: Record, frames: &mut RadharFrames) -> Result<(), RecordingError> {
    if record.line == 0 {
        return Ok(());
    }
    let need = |value: Option<f64>, field: &str| {
        value.ok_or_else(|| {
            RecordingError::line(path, record.line, format!("the record that ends here has no `{field}`"))
        })
    };
    let whole = |value: Option<i64>, field: &str| {
        value.ok_or_else(|| {
            RecordingError::line(path, record.line, format!("the record that ends here has no `{field}`"))
        })
    };
    let point = RadharPoint {
        range_bin: (need(record.range, "range")? / RECORDED_RANGE_BIN_M).round() as i32,
        velocity_bin: (need(record.velocity, "velocity")? / VELOCITY_BIN_MPS).round() as i32,
        away_right_up: [need(record.x, "x")?, need(record.y, "y")?, need(record.z, "z")?],
        // The sensor message has 32 bits; the text shows more digits than that.
        intensity_db: f64::from(need(record.intensity, "intensity")? as f32),
    };
    let seconds = whole(record.secs, "secs")?;
    let time_ns = seconds.checked_mul(1_000_000_000).and_then(|ns| ns.checked_add(record.nsecs.unwrap_or(0)));
    let time_ns =
        time_ns.ok_or_else(|| RecordingError::line(path, record.line, "a time stamp beyond the year 2262"))?;
    if whole(record.point_id, "point_id")? == 0 || frames.points.is_empty() {
        frames.time_ns.push(time_ns);
        frames.points.push(Vec::new());
    }
    if let Some(frame) = frames.points.last_mut() {
        frame.push(point);
    }
    Ok(())
}

fn not_a(path: &Path, line: u64, key: &str, value: &str, expected: &str) -> RecordingError {
    RecordingError::line(path, line, format!("{key} is `{}`, expected {expected}", clip(value)))
}

fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}
