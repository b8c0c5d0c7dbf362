//! MM-Fi (J. Yang et al., NeurIPS 2023): CSI of an Atheros at 5 GHz and 40 MHz, three receive antennas, forty subjects, 27 actions.
//!
//! `EEE/SSS/AAA/wifi-csi/frameNNN.mat` with `CSIamp` and `CSIphase` `[antenna, subcarrier, packet]`, 3 × 114 × 10 a frame of 0.1 s. Lost
//! packets are `-inf` or NaN there: they are left out and counted. A folder of frames is a recording.

use super::files::named_files;
use super::reader::Reader;
use crate::base::Complex32;
use crate::base::cube::BARE;
use crate::recording::csi::grids::{SPACING_HZ, symmetric};
use crate::recording::{Dropped, Recording, RecordingError, matlab};
use crate::signal::{Csi, CsiInfo, Signal};
use ndarray::{Array3, Array4, Ix3};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Length of a frame, s.
const FRAME_S: f64 = 0.1;
/// Antennas and subcarriers of a frame.
const SHAPE: (usize, usize) = (3, 114);

/// The reader.
pub(super) struct MmFi;

impl Reader for MmFi {
    fn read(&self, dir: &Path) -> Result<Vec<Recording>, RecordingError> {
        let mut takes: BTreeMap<Vec<String>, Vec<PathBuf>> = BTreeMap::new();
        for (path, mut parts) in named_files(dir, "mat", "expected EEE/SSS/AAA/wifi-csi/frameNNN.mat")? {
            parts.pop();
            takes.entry(parts).or_default().push(path);
        }
        let takes: Vec<(Vec<String>, Vec<PathBuf>)> = takes.into_iter().collect();
        let read = |(parts, frames): &(Vec<String>, Vec<PathBuf>)| {
            let part = |letter: char| parts.iter().find(|p| p.starts_with(letter) && p[1..].parse::<u32>().is_ok());
            let Some(action) = part('A') else {
                return Err(RecordingError::file(&frames[0], "lies in no folder A01 to A27"));
            };
            let (csi, dropped) = joined(frames)?;
            Ok(Recording {
                name: parts.join("/"),
                activity: format!("activity {}", action.trim_start_matches(['A', '0'])),
                session: part('E').cloned(),
                subject: part('S').cloned(),
                room: part('E').cloned(),
                official_split: None,
                signal: Signal::Csi(csi),
                dropped,
            })
        };
        takes.par_iter().map(read).collect()
    }

    /// A single frame is a tenth of a second.
    fn sniff(&self, file: &Path) -> bool {
        file.extension().is_some_and(|e| e.eq_ignore_ascii_case("mat")) && matlab::array(file, "CSIamp").is_ok()
    }

    fn read_file(&self, file: &Path) -> Result<(Signal, Dropped), RecordingError> {
        let (csi, dropped) = joined(&[file.to_owned()])?;
        Ok((Signal::Csi(csi), dropped))
    }
}

fn numbers(path: &Path, name: &str) -> Result<Array3<f64>, RecordingError> {
    let array = matlab::array(path, name)?;
    let shape = array.shape().to_vec();
    let wrong = || RecordingError::array(path, name, format!("shape {shape:?}; expected [3, 114, packets]"));
    array
        .into_dimensionality::<Ix3>()
        .ok()
        .filter(|a| (a.dim().0, a.dim().1) == SHAPE && a.dim().2 > 0)
        .ok_or_else(wrong)
}

/// Frames behind each other.
fn joined(frames: &[PathBuf]) -> Result<(Csi, Dropped), RecordingError> {
    let (mut samples, mut time_s, mut dropped) = (Vec::new(), Vec::new(), Dropped::default());
    for (i, path) in frames.iter().enumerate() {
        let (amplitude, phase) = (numbers(path, "CSIamp")?, numbers(path, "CSIphase")?);
        if amplitude.dim() != phase.dim() {
            let what = format!("shape {:?}, but CSIamp has {:?}", phase.shape(), amplitude.shape());
            return Err(RecordingError::array(path, "CSIphase", what));
        }
        let packets = amplitude.dim().2;
        for p in 0..packets {
            let pairs = (0..SHAPE.1).flat_map(|k| (0..SHAPE.0).map(move |rx| [rx, k, p]));
            let packet: Vec<Complex32> = pairs
                .map(|at| {
                    let (a, angle) = (amplitude[at], phase[at]);
                    Complex32::new((a * angle.cos()) as f32, (a * angle.sin()) as f32)
                })
                .collect();
            if packet.iter().any(|z| !(z.re.is_finite() && z.im.is_finite())) {
                dropped.lose(1, "packets with a value that is no number");
                continue;
            }
            samples.extend(packet);
            time_s.push(FRAME_S * (i as f64 + p as f64 / packets as f64));
        }
    }
    let path = &frames[0];
    if time_s.is_empty() {
        return Err(RecordingError::file(
            path,
            format!("not one packet of {} frames: {}", frames.len(), dropped.reasons()),
        ));
    }
    dropped.say("no time stamps: packets are spread over frames of 0.1 s");
    let data = Array4::from_shape_vec((time_s.len(), SHAPE.1, SHAPE.0, 1), samples);
    let info = CsiInfo {
        device: "mm_fi".into(),
        centre_hz: None,
        bandwidth_hz: 40e6,
        spacing_hz: SPACING_HZ,
        subcarriers: symmetric(2, 58),
        phase: true,
        nominal_clock: true,
    };
    let data = data.map_err(|e| RecordingError::file(path, e.to_string()))?;
    Ok((Csi { data, time_s, strength: Vec::new(), info, unit: BARE.into() }, dropped))
}
