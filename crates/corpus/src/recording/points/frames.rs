//! From columns to frames of points in our frame and units.

use super::super::{Dropped, RecordingError};
use super::PointLayout;
use super::clock::RawFrame;
use super::columns::TableColumns;
use super::mapping::{Field, Mapped, Source};
use crate::base::Vec3;
use crate::signal::Point;
use std::path::Path;

/// Further points are a wrong unit or damage, m.
const LARGEST_RANGE_M: f64 = 300.0;
/// Faster points are a wrong unit or damage, m/s.
const LARGEST_SPEED_MPS: f64 = 150.0;

/// One recording before its clock: the frames, and what the columns say of it.
#[derive(Clone, Debug, Default)]
pub(super) struct RawRecording {
    /// Value of the group column.
    pub(super) group: Option<String>,
    pub(super) label: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) session: Option<String>,
    pub(super) frames: Vec<RawFrame>,
    pub(super) dropped: Dropped,
}

/// The recordings of one file, in order of their first rows.
pub(super) fn of_columns(path: &Path, layout: &PointLayout) -> Result<Vec<RawRecording>, RecordingError> {
    let wanted: Vec<(Field, &str)> = layout.mapping.columns().collect();
    let columns = TableColumns::read(path, &wanted, &layout.columns)?;
    let table = Rows::new(path, layout, &columns)?;
    let groups = columns.words(Field::Group);
    let mut found: Vec<RawRecording> = Vec::new();
    for row in 0..columns.rows {
        let group = groups.map(|words| words[row].as_str());
        let at = match found.last().is_some_and(|r| r.group.as_deref() == group) {
            true => found.len() - 1,
            false => found.iter().position(|r| r.group.as_deref() == group).unwrap_or_else(|| {
                found.push(RawRecording { group: group.map(str::to_owned), ..RawRecording::default() });
                found.len() - 1
            }),
        };
        table.add(row, &mut found[at])?;
    }
    // An array without rows is a frame without detections.
    if found.is_empty() && layout.is_frame_a_file() {
        found.push(RawRecording { frames: vec![RawFrame::default()], ..RawRecording::default() });
    }
    match found.is_empty() {
        true => Err(RecordingError::file(path, "it holds no points")),
        false => Ok(found),
    }
}

/// A table and how its rows become points.
struct Rows<'a> {
    path: &'a Path,
    layout: &'a PointLayout,
    columns: &'a TableColumns,
}

impl<'a> Rows<'a> {
    fn new(path: &'a Path, layout: &'a PointLayout, columns: &'a TableColumns) -> Result<Self, RecordingError> {
        let by_axis = layout.mapping.get(Field::Frame).is_some_and(|m| m.source == Source::Axis);
        if by_axis != columns.points_a_frame.is_some() {
            let what = match by_axis {
                true => "frame=@axis, but its points have no axis of frames: expected an array [frame, point, column]",
                false => "its points have an axis of frames, [frame, point, column]: map frame=@axis",
            };
            return Err(RecordingError::file(path, what));
        }
        Ok(Self { path, layout, columns })
    }

    /// Adds a row to its recording.
    fn add(&self, row: usize, recording: &mut RawRecording) -> Result<(), RecordingError> {
        for (field, kept) in [
            (Field::Label, &mut recording.label),
            (Field::Subject, &mut recording.subject),
            (Field::Session, &mut recording.session),
        ] {
            let Some(words) = self.columns.words(field) else { continue };
            match kept {
                None => *kept = Some(words[row].clone()),
                Some(first) if *first != words[row] => {
                    let what = format!(
                        "{field} `{}` within a recording of {field} `{first}`; give each stretch a group of its own (group=COLUMN)",
                        words[row]
                    );
                    return Err(self.columns.fault(row, what));
                }
                Some(_) => {}
            }
        }
        let number = self.number(row)?;
        let time_s = self.value(Field::Time, row)?;
        let begins = recording.frames.last().is_none_or(|last| match number {
            Some(_) => last.number != number,
            None => last.time_s != time_s,
        });
        if begins {
            let place = self.columns.place(row);
            recording.frames.push(RawFrame { number, time_s, points: Vec::new(), place });
        }
        if let Some(point) = self.point(row, &mut recording.dropped)?
            && let Some(frame) = recording.frames.last_mut()
        {
            frame.points.push(point);
        }
        Ok(())
    }

    fn number(&self, row: usize) -> Result<Option<i64>, RecordingError> {
        if let Some(points) = self.columns.points_a_frame {
            return Ok(Some((row / points.max(1)) as i64));
        }
        let Some(values) = self.columns.numbers(Field::Frame) else { return Ok(None) };
        let value = values[row];
        if value.fract() != 0.0 || value.abs() > 1e15 {
            return Err(self.columns.fault(row, format!("frame {value}, expected a whole number")));
        }
        Ok(Some(value as i64))
    }

    /// A value in our unit, where the field has a column.
    fn value(&self, field: Field, row: usize) -> Result<Option<f64>, RecordingError> {
        let Some(values) = self.columns.numbers(field) else { return Ok(None) };
        let convert = |mapped: &Mapped| mapped.convert(values[row]);
        let value = self.layout.mapping.get(field).map(convert).transpose();
        value.map_err(|what| self.columns.fault(row, format!("{field} is {what}")))
    }

    /// The point of a row; rows of zeros alone are padding, no point.
    fn point(&self, row: usize, dropped: &mut Dropped) -> Result<Option<Point>, RecordingError> {
        let raw = |field| self.columns.numbers(field).map_or(0.0, |values| values[row]);
        let fields = [Field::X, Field::Y, Field::Z, Field::Range, Field::Doppler];
        if fields.iter().all(|field| raw(*field) == 0.0) {
            dropped.padding += 1;
            return Ok(None);
        }
        let value = |field| Ok::<f64, RecordingError>(self.value(field, row)?.unwrap_or(0.0));
        let (mut position, range) = if self.layout.mapping.has(Field::X) {
            let position = self.layout.axes.place([value(Field::X)?, value(Field::Y)?, value(Field::Z)?]);
            (position, self.value(Field::Range, row)?.unwrap_or_else(|| position.norm()))
        } else {
            let range = value(Field::Range)?;
            let side = if self.layout.azimuth_left { -1.0 } else { 1.0 };
            let (azimuth, elevation) = (side * value(Field::Azimuth)?, value(Field::Elevation)?);
            let level = range * elevation.cos();
            (Vec3::new(level * azimuth.sin(), level * azimuth.cos(), range * elevation.sin()), range)
        };
        // A zero is a zero, whatever way its axis points.
        position.iter_mut().for_each(|v| *v += 0.0);
        let bin = match self.layout.mapping.get(Field::Doppler).and_then(|m| m.unit) {
            Some("bin") => self.layout.velocity_bin_mps.ok_or_else(|| {
                RecordingError::file(self.path, "velocities are bins: give their step with --velocity-bin-mps")
            })?,
            _ => 1.0,
        };
        let sign = if self.layout.approaching == Some(true) { -1.0 } else { 1.0 };
        let velocity_mps = sign * bin * value(Field::Doppler)? + 0.0;
        if !(0.0..=LARGEST_RANGE_M).contains(&range) || position.norm() > LARGEST_RANGE_M {
            dropped.beyond_range += 1;
        } else if velocity_mps.abs() > LARGEST_SPEED_MPS {
            dropped.beyond_velocity += 1;
        } else if (position.norm() - range).abs() > 0.1 + 0.02 * range {
            // Fixed-point rounding and directions outside the unit circle explain 2 % and 0.1 m, as with RadHAR.
            dropped.contradictory += 1;
        } else {
            let intensity_db = value(Field::Intensity)?;
            return Ok(Some(Point { position, range_m: range, velocity_mps, intensity_db }));
        }
        Ok(None)
    }
}
