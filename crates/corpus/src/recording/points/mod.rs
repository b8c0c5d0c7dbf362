//! Point clouds of any data set, by the names of their columns.
//!
//! A [`PointLayout`] says which column is what, in which unit, and where the axes point to. What it leaves open is measured on the
//! points (steps of range and velocity) or refused. Frames without detections are put in, so that time goes on.

mod axes;
mod clock;
mod columns;
mod folder;
mod frames;
mod mapping;
mod names;
mod sense;
mod steps;

pub use axes::Axes;
pub use mapping::{Field, Mapped, Mapping, Source};
pub use names::{NamePattern, Named};
pub(super) use steps::{Steps, step};

use super::{Dropped, Recording, RecordingError};
use crate::dsp::point_maps::{Centre, PointMap, PointMapConfig, PointWeight};
use crate::signal::{PointCloud, PointFrame, Signal};
use std::path::Path;

/// How a data set writes its points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PointLayout {
    /// Which column is what.
    pub mapping: Mapping,
    /// Names of columns where the file has none.
    pub columns: Vec<String>,
    /// Where x, y and z point to.
    pub axes: Axes,
    /// Positive azimuths lie to the left, not to the right.
    pub azimuth_left: bool,
    /// Whether positive velocities approach; taken as receding where nothing is said, and held against the ranges.
    pub approaching: Option<bool>,
    /// Time between frames, s.
    pub frame_period_s: Option<f64>,
    /// Nothing for this long begins another recording, s.
    pub cut_gap_s: Option<f64>,
    /// Frame numbers or time stamps that begin anew begin another recording.
    pub cut_at_restart: bool,
    /// Range step of the sensor, m.
    pub range_bin_m: Option<f64>,
    /// Velocity step of the sensor, m/s.
    pub velocity_bin_mps: Option<f64>,
    /// Doppler bins of the sensor.
    pub doppler_bins: Option<usize>,
}

impl PointLayout {
    /// Whether every frame is a file of its own.
    pub fn is_frame_a_file(&self) -> bool {
        self.mapping.get(Field::Frame).is_some_and(|m| m.source == Source::File)
    }

    /// What keeps maps from being made of such points: quantities that they do not have.
    pub fn problem_with(&self, maps: &PointMapConfig) -> Option<String> {
        let lacks_velocity = !self.mapping.has(Field::Doppler);
        if lacks_velocity
            && (maps.maps.contains(&PointMap::TimeDoppler)
                || maps.centre == Centre::Moving
                || maps.static_radius_m.is_some())
        {
            return Some(
                "points without a velocity neither move nor stand still; expected maps without time_doppler, of all points: --set \
                 chain.points.maps.maps=[time_range,time_azimuth] --set chain.points.maps.centre=all --set \
                 chain.points.maps.static_radius_m=null"
                    .into(),
            );
        }
        if !self.mapping.has(Field::Intensity) && maps.weight == PointWeight::Amplitude {
            return Some("points without an intensity have no amplitude: expected maps.weight count".into());
        }
        (!self.mapping.has(Field::Z)
            && !self.mapping.has(Field::Elevation)
            && maps.maps.contains(&PointMap::TimeHeight))
        .then(|| "points without z have no height: expected maps without time_height".into())
    }
}

/// The recordings of a data set, and what was measured on them.
#[derive(Clone, Debug)]
pub struct ReadPoints {
    /// The recordings, in order of their files and of time.
    pub recordings: Vec<Recording>,
    /// What was not said and had to be measured, one line each.
    pub measured: Vec<String>,
}

/// A recording without the steps of its sensor.
#[derive(Clone, Debug)]
struct Clocked {
    name: String,
    named: Named,
    frames: Vec<PointFrame>,
    period_s: f64,
    dropped: Dropped,
}

/// Reads points that kinecho wrote (`simulate --write points_csv,points_npz`), one file or all of a folder; labels as [`read`] takes them.
pub fn read_own(
    path: &Path,
    names: Option<&NamePattern>,
    label: Option<&str>,
) -> Result<Vec<Recording>, RecordingError> {
    folder::read_own(path, names, label)
}

/// Reads one file, or a folder of them.
///
/// What is done is said by `recordings.csv` (a folder), by `names` on the path without ending and relative to the folder, by columns, or by
/// `label` for all. Subject and session are taken from the same places.
pub fn read(
    path: &Path,
    layout: &PointLayout,
    names: Option<&NamePattern>,
    label: Option<&str>,
) -> Result<ReadPoints, RecordingError> {
    for (name, value) in [
        ("--frame-period-s", layout.frame_period_s),
        ("--cut-gap-s", layout.cut_gap_s),
        ("--range-bin-m", layout.range_bin_m),
        ("--velocity-bin-mps", layout.velocity_bin_mps),
    ] {
        if let Some(value) = value.filter(|v| !(*v > 0.0 && v.is_finite())) {
            return Err(RecordingError::file(path, format!("{name} is {value}, expected above 0")));
        }
    }
    if let Some(bins) = layout.doppler_bins.filter(|n| !(2..=4096).contains(n)) {
        return Err(RecordingError::file(path, format!("--doppler-bins is {bins}, expected 2 to 4096")));
    }
    let clocked = folder::read(path, layout, names, label)?;
    let all: Vec<&PointFrame> = clocked.iter().flat_map(|r| &r.frames).collect();
    sense::check(path, layout, &clocked)?;
    let stated = Steps {
        range_bin_m: layout.range_bin_m,
        // Nothing is asked of a step where there are no velocities.
        velocity_bin_mps: layout.velocity_bin_mps.or((!layout.mapping.has(Field::Doppler)).then_some(1.0)),
        doppler_bins: layout.doppler_bins,
    };
    let (sensor, measured) = stated.sensor(path, &all, "--velocity-bin-mps and --doppler-bins")?;
    let recordings = clocked
        .into_iter()
        .map(|r| Recording {
            name: r.name,
            activity: r.named.label.unwrap_or_default(),
            session: r.named.session,
            subject: r.named.subject,
            room: None,
            official_split: r.named.split,
            signal: Signal::Points(PointCloud {
                frames: r.frames,
                frame_period_s: r.period_s,
                ..sensor.without_frames()
            }),
            dropped: r.dropped,
        })
        .collect();
    Ok(ReadPoints { recordings, measured })
}
