//! XRF55 (F. Wang et al., IMWUT 2024): 55 actions of 39 people in four scenes, WiFi and RFID beside each other, 5 s a recording.
//!
//! `SCENE/WiFi/UU_AA_RR.npy` `[270, 1000]`: amplitudes of three Intel 5300 with three antennas and thirty subcarriers each, one behind the
//! other, 200 packets/s. `SCENE/RFID/UU_AA_RR.npy` `[23, 148]`: phases of 23 tags. There are no time stamps.

use super::files::named_files;
use super::reader::Reader;
use crate::base::Complex32;
use crate::base::cube::BARE;
use crate::base::npy;
use crate::recording::csi::grids::{INTEL_20, SPACING_HZ};
use crate::recording::{Dropped, Recording, RecordingError};
use crate::signal::{Csi, CsiInfo, RfidInfo, RfidRead, RfidReads, Signal};
use ndarray::{Array4, ArrayD};
use rayon::prelude::*;
use std::f64::consts::TAU;
use std::path::Path;

/// Length of a recording, s.
const LENGTH_S: f64 = 5.0;
/// Receivers times antennas, and subcarriers of each.
const WIFI: (usize, usize) = (9, 30);
const TAGS: usize = 23;

/// The readers of its WiFi and of its RFID.
pub(super) struct Xrf55 {
    /// Whether RFID is read.
    pub(super) rfid: bool,
}

impl Reader for Xrf55 {
    fn read(&self, dir: &Path) -> Result<Vec<Recording>, RecordingError> {
        let folder = if self.rfid { "RFID" } else { "WiFi" };
        let expected = "expected SCENE/WiFi/UU_AA_RR.npy and SCENE/RFID/UU_AA_RR.npy";
        let mut files = named_files(dir, "npy", expected)?;
        files.retain(|(_, parts)| parts.iter().rev().nth(1).is_some_and(|p| p.eq_ignore_ascii_case(folder)));
        if files.is_empty() {
            return Err(RecordingError::Nothing { path: dir.to_owned(), expected });
        }
        let read = |(path, parts): &(std::path::PathBuf, Vec<String>)| {
            let name = parts.last().cloned().unwrap_or_default();
            let [user, action, _] = name.split('_').collect::<Vec<_>>()[..] else {
                return Err(RecordingError::file(path, "is not called UU_AA_RR.npy: user, action, repetition"));
            };
            let Ok(number) = action.parse::<u32>() else {
                return Err(RecordingError::file(path, format!("its action `{action}` is no number")));
            };
            let scene = parts.len().checked_sub(3).map(|i| parts[i].clone());
            let (signal, dropped) = self.read_file(path)?;
            Ok(Recording {
                name: parts.join("/"),
                activity: format!("activity {number}"),
                session: scene.clone(),
                subject: Some(user.to_owned()),
                room: scene,
                official_split: None,
                signal,
                dropped,
            })
        };
        files.par_iter().map(read).collect()
    }

    /// An array of numbers says nothing of where it comes from, unless it has this shape.
    fn sniff(&self, file: &Path) -> bool {
        if !file.extension().is_some_and(|e| e.eq_ignore_ascii_case("npy")) {
            return false;
        }
        let mut head = Vec::new();
        use std::io::Read;
        let read = std::fs::File::open(file).and_then(|f| f.take(1 << 16).read_to_end(&mut head));
        let shape = read.ok().and_then(|_| npy::Header::parse(&head).ok()).map(|header| header.shape);
        shape.is_some_and(|shape| shape == if self.rfid { [TAGS, 148] } else { [WIFI.0 * WIFI.1, 1000] })
    }

    fn read_file(&self, file: &Path) -> Result<(Signal, Dropped), RecordingError> {
        let bytes = std::fs::read(file).map_err(RecordingError::read(file))?;
        let array = npy::numbers(&bytes).map_err(|what| RecordingError::file(file, what))?.values;
        if let Some((at, value)) = array.indexed_iter().find(|(_, v)| !v.is_finite()) {
            let what = format!("row {}, column {} is {value}", at[0], at[array.ndim() - 1]);
            return Err(RecordingError::file(file, what));
        }
        let mut dropped = Dropped::default();
        dropped.say("no time stamps: columns are spread over 5 s");
        let signal = if self.rfid { Signal::Rfid(reads(file, &array)?) } else { Signal::Csi(csi(file, &array)?) };
        Ok((signal, dropped))
    }
}

fn csi(path: &Path, array: &ArrayD<f64>) -> Result<Csi, RecordingError> {
    let &[rows, packets] = array.shape() else {
        return Err(RecordingError::file(path, format!("shape {:?}; expected [270, packets]", array.shape())));
    };
    if rows != WIFI.0 * WIFI.1 || packets == 0 {
        return Err(RecordingError::file(path, format!("shape {:?}; expected [270, packets]", array.shape())));
    }
    let sample = |(p, k, rx, _): (usize, usize, usize, usize)| Complex32::new(array[[rx * WIFI.1 + k, p]] as f32, 0.0);
    let info = CsiInfo {
        device: "xrf55".into(),
        centre_hz: None,
        bandwidth_hz: 20e6,
        spacing_hz: SPACING_HZ,
        subcarriers: INTEL_20.to_vec(),
        phase: false,
        nominal_clock: true,
    };
    let time_s = (0..packets).map(|p| LENGTH_S * p as f64 / packets as f64).collect();
    let data = Array4::from_shape_fn((packets, WIFI.1, WIFI.0, 1), sample);
    Ok(Csi { data, time_s, strength: Vec::new(), info, unit: BARE.into() })
}

fn reads(path: &Path, array: &ArrayD<f64>) -> Result<RfidReads, RecordingError> {
    let &[tags, columns] = array.shape() else {
        return Err(RecordingError::file(path, format!("shape {:?}; expected [23, columns]", array.shape())));
    };
    if tags != TAGS || columns == 0 {
        return Err(RecordingError::file(path, format!("shape {:?}; expected [23, columns]", array.shape())));
    }
    let read = |column: usize, tag: usize| RfidRead {
        time_s: LENGTH_S * column as f64 / columns as f64,
        tag,
        antenna: 1,
        channel: None,
        frequency_hz: None,
        phase_rad: array[[tag, column]].rem_euclid(TAU),
        rssi_dbm: f64::NAN,
        doppler_hz: None,
    };
    let reads = (0..columns).flat_map(|c| (0..TAGS).map(move |t| (c, t))).map(|(c, t)| read(c, t)).collect();
    let info = RfidInfo { device: "xrf55".into(), nominal_clock: true, ..RfidInfo::default() };
    Ok(RfidReads { reads, tags: (1..=TAGS).map(|t| format!("{t:02}")).collect(), info })
}
