//! Byte streams of TI's demos, as their data port sends them: the out-of-box demo of the mmWave SDK 1.x, 2.x and 3.x, and the compressed
//! points of the 3D people counting demos.
//!
//! **Axes:** x to the right seen from the sensor, y away from it, z up, as here; velocities are positive for what recedes. TI's
//! `dpif_pointcloud.h` says so of velocities ("positive velocity means target is moving away from the sensor"); of the axes MathWorks'
//! "Coordinate System for Object Detection Using mmWaveRadar" says that TI's azimuth turns about the negative z axis from y on, and turns
//! it into its own frame of y to the left by a minus sign.
//!
//! **Clock:** frames are numbered, and those without detections are sent too. A number that is missing is a frame that was lost on the
//! way: it is counted, and time goes on over it.

mod decode;
mod packets;

use super::points::{Steps, step};
use super::{Dropped, Recording, RecordingError, coverage, listing};
use crate::sensor::FmcwRadar;
use crate::signal::{Point, PointCloud, PointFrame, Signal};
use decode::{Detection, Measure, decode};
use packets::{Framing, split};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Further points are damage, m.
const LARGEST_RANGE_M: f64 = 300.0;
/// Faster points are damage, m/s.
const LARGEST_SPEED_MPS: f64 = 150.0;
/// A velocity step of the recording may differ by this share from that of the `.cfg`.
const STEP_TOLERANCE: f64 = 0.03;

/// How the steps of the sensor are stated.
const HOW: &str = "--cfg FILE or a .cfg of the same name beside it";

/// What a stream does not say of itself.
#[derive(Clone, Debug, Default)]
pub struct UartSettings {
    /// The radar by its `.cfg`: steps of range and velocity, and the time between frames.
    pub radar: Option<FmcwRadar>,
    /// Time between frames, s.
    pub frame_period_s: Option<f64>,
}

/// What became of the bytes of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UartReport {
    /// Frames that were read.
    pub frames: usize,
    /// Numbers of frames that are missing.
    pub lost_frames: usize,
    /// Packets cut short by the next one or by the end.
    pub truncated_packets: usize,
    /// Packets of the right length whose items contradict it.
    pub damaged_packets: usize,
    /// Bytes between packets.
    pub stray_bytes: usize,
    /// Frames whose points have no strength: the demo was not asked for side info.
    pub frames_without_side_info: usize,
    /// Items that hold no points, by type.
    pub skipped_items: BTreeMap<u32, usize>,
}

impl UartReport {
    /// Adds the report of another stream.
    pub fn add(&mut self, other: &Self) {
        self.frames += other.frames;
        self.lost_frames += other.lost_frames;
        self.truncated_packets += other.truncated_packets;
        self.damaged_packets += other.damaged_packets;
        self.stray_bytes += other.stray_bytes;
        self.frames_without_side_info += other.frames_without_side_info;
        for (kind, count) in &other.skipped_items {
            *self.skipped_items.entry(*kind).or_default() += count;
        }
    }
}

/// A stream whose points have units, before the steps of its sensor are known.
struct Streamed {
    frames: Vec<PointFrame>,
    period_s: f64,
    dropped: Dropped,
    report: UartReport,
    steps: Steps,
}

/// The recordings of a folder, and what became of their bytes.
#[derive(Clone, Debug)]
pub struct ReadStreams {
    /// The recordings in order of the list.
    pub recordings: Vec<Recording>,
    /// All reports in one.
    pub report: UartReport,
    /// What was not said and had to be measured, one line each.
    pub measured: Vec<String>,
}

/// Where the configuration of one stream stands: `NAME.dat` → `NAME.cfg`.
pub fn config_path(stream: &Path) -> PathBuf {
    stream.with_extension("cfg")
}

/// Reads the streams that `recordings.csv` of a folder names; settings are those of all, or a `NAME.cfg` beside each.
pub fn read_folder(dir: &Path, settings: &UartSettings) -> Result<ReadStreams, RecordingError> {
    let listed = listing::read(dir)?;
    let streams: Vec<(PathBuf, Streamed)> = listed
        .par_iter()
        .map(|row| {
            let path = dir.join(&row.file);
            let streamed = read_stream(&path, settings)?;
            Ok((path, streamed))
        })
        .collect::<Result<_, RecordingError>>()?;
    // Steps that are measured are measured on all: each alone might miss the fastest points.
    let all: Vec<&PointFrame> = streams.iter().flat_map(|(_, s)| &s.frames).collect();
    let (common, measured) = match streams.iter().all(|(_, s)| s.steps.velocity_bin_mps.is_some()) {
        true => (None, Vec::new()),
        false => {
            let (sensor, measured) = Steps::default().sensor(dir, &all, HOW)?;
            (Some(sensor), measured)
        }
    };
    let mut report = UartReport::default();
    let mut recordings = Vec::with_capacity(streams.len());
    let said = |text: String| Some(text).filter(|t| !t.is_empty());
    for (row, (path, streamed)) in listed.into_iter().zip(streams) {
        report.add(&streamed.report);
        let sensor = match &common {
            Some(sensor) if streamed.steps.velocity_bin_mps.is_none() => sensor.without_frames(),
            _ => streamed.steps.sensor(&path, &[], HOW)?.0,
        };
        let (name, dropped) = (row.name(), streamed.dropped);
        let points = PointCloud { frames: streamed.frames, frame_period_s: streamed.period_s, ..sensor };
        coverage::check(&path, &points)?;
        recordings.push(Recording {
            name,
            activity: row.label,
            session: said(row.session),
            subject: said(row.subject),
            room: None,
            official_split: said(row.split),
            signal: Signal::Points(points),
            dropped,
        });
    }
    Ok(ReadStreams { recordings, report, measured })
}

/// Reads one stream; what is not said is measured on it.
pub fn read_points(path: &Path, settings: &UartSettings) -> Result<(PointCloud, Dropped, UartReport), RecordingError> {
    let streamed = read_stream(path, settings)?;
    let all: Vec<&PointFrame> = streamed.frames.iter().collect();
    let (sensor, _) = streamed.steps.sensor(path, &all, HOW)?;
    let points = PointCloud { frames: streamed.frames, frame_period_s: streamed.period_s, ..sensor };
    Ok((points, streamed.dropped, streamed.report))
}

/// The settings of one stream: those that are given, or its own `.cfg`.
fn settings_of(path: &Path, given: &UartSettings) -> Result<UartSettings, RecordingError> {
    let beside = config_path(path);
    let mut settings = given.clone();
    if settings.radar.is_none() && beside.is_file() {
        let radar = FmcwRadar::read_file(&beside, None).map_err(|e| RecordingError::file(path, e.to_string()))?;
        settings.radar = Some(radar);
    }
    Ok(settings)
}

fn read_stream(path: &Path, given: &UartSettings) -> Result<Streamed, RecordingError> {
    let fail = |what: String| RecordingError::file(path, what);
    let settings = settings_of(path, given)?;
    let period_s = match (settings.frame_period_s, settings.radar.as_ref().map(|r| r.frame_period_s)) {
        (Some(stated), Some(radar)) if (stated / radar - 1.0).abs() > 1e-3 => {
            return Err(fail(format!("--frame-period-s is {stated}, its .cfg says {radar}")));
        }
        (Some(period), _) | (None, Some(period)) if period > 0.0 && period.is_finite() => period,
        (Some(period), _) => return Err(fail(format!("--frame-period-s is {period}, expected above 0"))),
        _ => {
            let beside = config_path(path);
            return Err(fail(format!(
                "nothing says how long a frame lasts: give --cfg FILE or --frame-period-s, or put {} beside it",
                beside.display()
            )));
        }
    };
    let bytes = std::fs::read(path).map_err(RecordingError::read(path))?;
    let stream = split(&bytes);
    let mut report =
        UartReport { truncated_packets: stream.truncated, stray_bytes: stream.stray_bytes, ..UartReport::default() };
    let Some(framing) = Framing::of(&stream.packets) else {
        let what = format!(
            "{} bytes with {} whole packets (magic word 02 01 04 03 06 05 08 07), none of whose items fill it: no stream of TI's \
             out-of-box or people counting demo",
            bytes.len(),
            stream.packets.len()
        );
        return Err(fail(what));
    };
    let steps = settings.radar.as_ref().map(steps_of).unwrap_or_default();
    let mut numbered: Vec<(u32, Vec<Point>)> = Vec::new();
    let (mut dropped, mut complaint, mut with_points) = (Dropped::default(), None, false);
    for packet in &stream.packets {
        let (items, number) = (framing.items(packet), framing.frame(packet));
        let decoded = items
            .ok_or_else(|| "its items do not fill it".to_owned())
            .and_then(|items| decode(framing, packet, &items, &mut report.skipped_items));
        let (decoded, number) = match (decoded, number) {
            (Ok(decoded), Some(number)) => (decoded, number),
            (Ok(_), None) => continue,
            (Err(what), _) => {
                report.damaged_packets += 1;
                complaint.get_or_insert(what);
                continue;
            }
        };
        if let Some(sub) = framing.subframe(packet).filter(|sub| *sub > 0) {
            let what = format!("frame {number} has a subframe {sub}: frames of several subframes are not read");
            return Err(fail(what));
        }
        if let Some((last, _)) = numbered.last().filter(|(last, _)| number <= *last) {
            let what =
                format!("frame {number} comes after {last}: two recordings one after another? cut the file there");
            return Err(fail(what));
        }
        with_points |= decoded.has_points;
        report.frames_without_side_info += usize::from(decoded.without_strength);
        let mut points = Vec::with_capacity(decoded.detections.len());
        for detection in decoded.detections {
            points.extend(measured(&detection, &steps, &mut dropped).map_err(|what| fail(what.into()))?);
        }
        numbered.push((number, points));
    }
    if let Some(what) = complaint.as_ref().filter(|_| report.damaged_packets * 10 > stream.packets.len()) {
        let (damaged, packets) = (report.damaged_packets, stream.packets.len());
        return Err(fail(format!("{damaged} of {packets} packets contradict themselves, the first: {what}")));
    }
    if numbered.is_empty() || !with_points {
        let kinds: Vec<String> = report.skipped_items.iter().map(|(kind, n)| format!("{n} of type {kind}")).collect();
        let why = complaint.unwrap_or_else(|| format!("there are items {}", kinds.join(", ")));
        let packets = stream.packets.len();
        return Err(fail(format!("{packets} packets without points that can be read (types 1 and 1020): {why}")));
    }
    let first = numbered[0].0;
    let span = numbered.last().map_or(0, |(last, _)| last - first) as usize + 1;
    report.frames = numbered.len();
    report.lost_frames = span - numbered.len();
    let frames: Vec<PointFrame> = numbered
        .into_iter()
        .map(|(number, points)| PointFrame { time_s: f64::from(number - first) * period_s, points })
        .collect();
    let kept: usize = frames.iter().map(|f| f.points.len()).sum();
    if dropped.contradictory > kept {
        let what = format!(
            "{} of {} points have a range that is not the length of x, y, z: another configuration than that of the recording?",
            dropped.contradictory,
            dropped.total() + kept
        );
        return Err(fail(what));
    }
    if let Some(stated) = steps.velocity_bin_mps {
        same_step(path, &frames, stated)?;
    }
    Ok(Streamed { frames, period_s, dropped, report, steps })
}

/// The steps of a radar as TI's demos have them: FFTs of the next power of two.
fn steps_of(radar: &FmcwRadar) -> Steps {
    let bins = radar.loops_per_frame.next_power_of_two();
    Steps {
        range_bin_m: Some(radar.cube_info().range_bin_m(radar.samples_per_chirp.next_power_of_two())),
        velocity_bin_mps: Some(radar.cube_info().doppler_bin_mps(bins, radar.samples_per_chirp)),
        doppler_bins: Some(bins),
    }
}

/// A point in metres and metres a second; none where it is damage.
fn measured(detection: &Detection, steps: &Steps, dropped: &mut Dropped) -> Result<Option<Point>, &'static str> {
    const WITHOUT: &str = "SDK 1 and 2 send bins of range and velocity: their steps are in the .cfg, which is expected by --cfg FILE or beside it";
    let with = |measure: Measure, step: Option<f64>| match measure {
        Measure::Value(value) => Ok(value),
        Measure::Bin(bin) => step.map(|step| bin * step).ok_or(WITHOUT),
    };
    let range_m = with(detection.range, steps.range_bin_m)?;
    let velocity_mps = with(detection.velocity, steps.velocity_bin_mps)?;
    let position = detection.position;
    let outside = |bin: f64| steps.doppler_bins.is_some_and(|n| bin.abs() > n as f64 / 2.0);
    if !(position.iter().all(|v| v.is_finite()) && range_m.is_finite() && velocity_mps.is_finite()) {
        dropped.not_finite += 1;
    } else if range_m > LARGEST_RANGE_M {
        dropped.beyond_range += 1;
    } else if velocity_mps.abs() > LARGEST_SPEED_MPS || matches!(detection.velocity, Measure::Bin(bin) if outside(bin))
    {
        dropped.beyond_velocity += 1;
    } else if (position.norm() - range_m).abs() > 0.1 + 0.02 * range_m {
        dropped.contradictory += 1;
    } else {
        return Ok(Some(Point { position, range_m, velocity_mps, intensity_db: detection.intensity_db }));
    }
    Ok(None)
}

/// Refuses a `.cfg` that is not that of the recording: its velocities lie on multiples of another step.
fn same_step(path: &Path, frames: &[PointFrame], stated: f64) -> Result<(), RecordingError> {
    let velocities = || frames.iter().flat_map(|f| &f.points).map(|p| p.velocity_mps);
    let Some(found) = step(velocities()) else { return Ok(()) };
    // A recording may show every second step only.
    let ratio = found / stated;
    if ratio > 0.5 && (ratio / ratio.round() - 1.0).abs() < STEP_TOLERANCE {
        return Ok(());
    }
    let what = format!(
        "its velocities are multiples of {found:.5} m/s, those of the .cfg of {stated:.5} m/s: another configuration"
    );
    Err(RecordingError::file(path, what))
}
