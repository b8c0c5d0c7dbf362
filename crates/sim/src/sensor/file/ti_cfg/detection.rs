//! The lines that set the sensor's own detection.

use super::super::Faults;
use super::Note;
use super::commands::Command;
use super::known::{Role, find};

/// A threshold of CFAR as the file has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// SDK 3.x: dB.
    Db(f64),
    /// SDK 1.x and 2.x: in the number format of the device's detection matrix.
    Scale(f64),
}

/// A `cfarCfg`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CfarLine {
    /// The line, from 1.
    pub line: usize,
    /// Along range; along Doppler otherwise.
    pub along_range: bool,
    /// 0 averages both sides, 1 takes the greater, 2 the smaller.
    pub mode: u8,
    /// Noise cells on each side.
    pub noise_cells: usize,
    /// Guard cells on each side.
    pub guard_cells: usize,
    /// Power of two that the sum of noise cells is divided by.
    pub shift: u32,
    /// Whether the axis is a circle.
    pub cyclic: bool,
    /// The threshold.
    pub threshold: Threshold,
    /// Whether only local maxima count; none where another line says so.
    pub grouped: Option<bool>,
}

/// What the file says of the sensor's own detection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DetectionLines {
    /// Along range, then along Doppler, each at most once.
    pub cfar: Vec<CfarLine>,
    /// Whether the mean over the chirps of a frame is subtracted.
    pub clutter_removal: Option<bool>,
    /// Least and greatest azimuth, degrees.
    pub azimuth_deg: Option<[f64; 2]>,
    /// Least and greatest elevation, degrees.
    pub elevation_deg: Option<[f64; 2]>,
    /// Least and greatest range, m.
    pub range_m: Option<[f64; 2]>,
    /// Least and greatest velocity, m/s.
    pub velocity_mps: Option<[f64; 2]>,
    /// Whether only local maxima along range and along Doppler count, and the first and last range bin (SDK 1.x, 2.x).
    pub peak_grouping: Option<(bool, bool, usize, usize)>,
    /// Share of the first direction's power that makes a second one a point; none when switched off.
    pub second_direction: Option<Option<f64>>,
    /// The line from 1, and whether velocities beyond the unambiguous one are resolved.
    pub extended_max_velocity: Option<(usize, bool)>,
}

impl DetectionLines {
    /// Whether the file has none of these lines.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

pub(super) fn read(commands: &[Command], notes: &mut Vec<Note>, faults: &mut Faults) -> DetectionLines {
    let mut out = DetectionLines::default();
    let detecting = commands.iter().filter(|c| find(c.name).is_some_and(|k| k.role == Role::Detection));
    for command in detecting {
        // Frames of several kinds are refused elsewhere; files without them say -1 or 0.
        if command.has("subFrameIdx") && ![-1.0, 0.0].contains(&command.get("subFrameIdx")) {
            let (line, name) = (command.line, command.name.to_owned());
            let what = format!("for subframe {}, of which there is none: passed over", command.get("subFrameIdx"));
            notes.push(Note { line, command: name, role: Some(Role::Detection), what });
            continue;
        }
        line(command, &mut out, notes, faults);
    }
    out
}

fn line(command: &Command, out: &mut DetectionLines, notes: &mut Vec<Note>, faults: &mut Faults) {
    let on = |parameter: &str| command.get(parameter) != 0.0;
    let mut pass = |what: &str| {
        let (command, what) = (command.name.to_owned(), what.to_owned());
        notes.push(Note { line: 0, command, role: Some(Role::Detection), what });
    };
    match command.name {
        "cfarCfg" => {
            if let Some(cfar) = cfar(command, faults) {
                match out.cfar.iter_mut().find(|c| c.along_range == cfar.along_range) {
                    // The device keeps the last.
                    Some(other) => *other = cfar,
                    None => out.cfar.push(cfar),
                }
                out.cfar.sort_by_key(|c| !c.along_range);
            }
        }
        "clutterRemoval" => out.clutter_removal = Some(on("enabled")),
        "aoaFovCfg" => {
            out.azimuth_deg = span(command, ["minAzimuth", "maxAzimuth"], faults);
            out.elevation_deg = span(command, ["minElevation", "maxElevation"], faults);
        }
        "cfarFovCfg" => {
            let found = span(command, ["min", "max"], faults);
            match command.get("procDirection") {
                0.0 => out.range_m = found,
                1.0 => out.velocity_mps = found,
                other => {
                    let message = format!("{other} given, must be 0 (range) or 1 (Doppler)");
                    faults.add(command.line, "cfarFovCfg.procDirection", message);
                }
            }
        }
        "peakGrouping" => {
            let mut bin = |parameter: &str| command.whole(parameter, 65_535.0, faults);
            let (first, last) = (bin("startRangeIdx"), bin("endRangeIdx"));
            out.peak_grouping = Some((on("rangeDirection"), on("dopplerDirection"), first, last));
        }
        "multiObjBeamForming" => {
            let share = command.get("threshold");
            if on("enabled") && !(share > 0.0 && share < 1.0) {
                let message = format!("{share} given, must be between 0 and 1");
                faults.add(command.line, "multiObjBeamForming.threshold", message);
            }
            out.second_direction = Some(on("enabled").then_some(share));
        }
        "calibDcRangeSig" => {
            let enabled = command.values.get(if command.values.len() >= 5 { 1 } else { 0 });
            if enabled.is_some_and(|v| *v != 0.0) {
                pass("the leakage of the first range bins is not measured and subtracted");
            }
        }
        "extendedMaxVelocity" => out.extended_max_velocity = Some((command.line, on("enabled"))),
        "nearFieldCfg" => pass("no correction near the antennas"),
        _ => {}
    }
    if let Some(note) = notes.last_mut().filter(|n| n.line == 0) {
        note.line = command.line;
    }
}

fn span(command: &Command, [low, high]: [&str; 2], faults: &mut Faults) -> Option<[f64; 2]> {
    let span = [command.get(low), command.get(high)];
    if span[0] < span[1] {
        return Some(span);
    }
    let message = format!("{} given, must be more than {low}, {}", span[1], span[0]);
    faults.add(command.line, &command.key(high), message);
    None
}

fn cfar(command: &Command, faults: &mut Faults) -> Option<CfarLine> {
    let before = faults.found.len();
    let mut number = |parameter: &str, most: f64| command.whole(parameter, most, faults);
    let (along, mode) = (number("procDirection", 1.0), number("mode", 2.0));
    let (noise_cells, guard_cells) = (number("noiseWin", 256.0), number("guardLen", 256.0));
    let (shift, cyclic) = (number("divShift", 16.0), number("cyclicMode", 1.0));
    let parameter = if command.has("threshold") { "threshold" } else { "thresholdScale" };
    let value = command.get(parameter);
    if !(0.0..=1e6).contains(&value) {
        faults.add(
            command.line,
            &command.key(parameter),
            format!("{value} given, must be 0 to 100 dB, or a scale to 1000000"),
        );
    }
    // The first releases of SDK 3 had peak grouping on the line and counted the threshold as SDK 2 does; dB end at 100.
    let in_db = parameter == "threshold" && value <= 100.0;
    (faults.found.len() == before).then(|| CfarLine {
        line: command.line,
        along_range: along == 0,
        mode: mode as u8,
        noise_cells,
        guard_cells,
        shift: shift as u32,
        cyclic: cyclic == 1,
        threshold: if in_db { Threshold::Db(value) } else { Threshold::Scale(value) },
        grouped: command.has("peakGroupingEn").then(|| command.get("peakGroupingEn") != 0.0),
    })
}
