//! WiAR: CSI of sixteen activities (L. Guo et al., Healthcom 2017): an Intel 5300 with three antennas, about 30 packets/s.
//!
//! `COND/aAA_SS.npz` with `csi_iq` `[packet, subcarrier, rx, 2]`, the antennas already in the order of their letters, `time_us`, `rssi`,
//! `agc`, `noise`, `ntx`, `rate`. Conditions are heights of the antennas (`h60`, `h90`, `h120`) and distances (`d1`, `d3`, `d6`): groups that
//! must not be mixed between training and test.

use super::files::{checked, named_files};
use super::reader::Reader;
use crate::base::Complex32;
use crate::recording::arrays::Archive;
use crate::recording::csi::intel_kind;
use crate::recording::csi::packets::{Packet, Packets};
use crate::recording::{Dropped, Recording, RecordingError};
use crate::signal::{Signal, Strength};
use ndarray::{Array1, Array2, Array4};
use rayon::prelude::*;
use std::path::Path;

/// Activities by number, from 1.
const ACTIVITIES: [&str; 16] = [
    "horizontal arm wave",
    "high arm wave",
    "two hands wave",
    "high throw",
    "draw x",
    "draw tick",
    "toss paper",
    "forward kick",
    "side kick",
    "bend",
    "hand clap",
    "walk",
    "phone call",
    "drink water",
    "sit down",
    "squat",
];

/// The reader.
pub(super) struct Wiar;

impl Reader for Wiar {
    fn read(&self, dir: &Path) -> Result<Vec<Recording>, RecordingError> {
        let files = named_files(dir, "npz", "expected COND/aAA_SS.npz")?;
        checked(dir, &files)?;
        let read = |(path, parts): &(std::path::PathBuf, Vec<String>)| {
            let condition = parts.len().checked_sub(2).map(|i| parts[i].clone());
            let name = parts.last().cloned().unwrap_or_default();
            let number = name.strip_prefix('a').and_then(|n| n.split('_').next()?.parse::<usize>().ok());
            let Some(activity) = number.and_then(|n| ACTIVITIES.get(n.checked_sub(1)?)) else {
                return Err(RecordingError::file(path, "is not called aAA_SS.npz, with AA from 01 to 16"));
            };
            let (signal, dropped) = self.read_file(path)?;
            Ok(Recording {
                name: parts.join("/"),
                activity: (*activity).to_owned(),
                session: condition,
                subject: None,
                room: None,
                official_split: None,
                signal,
                dropped,
            })
        };
        files.par_iter().map(read).collect()
    }

    fn sniff(&self, file: &Path) -> bool {
        let name = file.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        name.ends_with(".npz") && Archive::open(file).is_ok_and(|npz| npz.has("csi_iq"))
    }

    fn read_file(&self, file: &Path) -> Result<(Signal, Dropped), RecordingError> {
        let mut npz = Archive::open(file)?;
        let samples: Array4<i8> = npz.array("csi_iq")?;
        let time_us: Array1<i64> = npz.array("time_us")?;
        let rssi: Array2<i16> = npz.array("rssi")?;
        let agc: Array1<i16> = npz.array("agc")?;
        let noise: Array1<i16> = npz.array("noise")?;
        let senders: Array1<i8> = npz.array("ntx")?;
        let rate: Array1<i32> = npz.array("rate")?;
        let packets = time_us.len();
        let lengths = [samples.dim().0, rssi.nrows(), agc.len(), noise.len(), senders.len(), rate.len()];
        if lengths.iter().any(|n| *n != packets) || samples.dim() != (packets, 30, 3, 2) || rssi.ncols() != 3 {
            let what = format!("shape {:?} with {packets} times; expected [packet, 30, 3, 2]", samples.shape());
            return Err(RecordingError::array(file, "csi_iq", what));
        }
        // The tool's counter of 32 bits was kept as it was.
        let mut all = Packets::new(Some(4_294.967_296));
        for p in 0..packets {
            // Of packets with two streams the first alone was kept; they are of another sender.
            let senders = usize::try_from(senders[p]).unwrap_or(0);
            if senders != 1 {
                all.dropped.lose(1, format!("packets of {senders} transmit antennas, most have 1"));
                continue;
            }
            let kind = all.kind(intel_kind(3, 1, rate[p] & 0x0800 != 0));
            let part = |k: usize, rx: usize, i: usize| f32::from(samples[[p, k, rx, i]]);
            let samples = (0..30).flat_map(|k| (0..3).map(move |rx| (k, rx)));
            let samples = samples.map(|(k, rx)| Complex32::new(part(k, rx, 0), part(k, rx, 1))).collect();
            let gain = f32::from(agc[p]);
            let dbm = |v: &i16| if *v == 0 { f32::NAN } else { f32::from(*v) - 44.0 - gain };
            let strength = Strength {
                rssi_dbm: rssi.row(p).iter().map(dbm).collect(),
                agc_db: Some(gain),
                noise_dbm: (noise[p] != -127).then(|| f32::from(noise[p])),
            };
            let stamp_s = time_us[p] as f64 * 1e-6;
            all.packets.push(Packet { record: p + 1, stamp_s, kind, samples, strength: Some(strength) });
        }
        let (longest, dropped) = all.recordings(file)?.longest();
        let longest = longest.ok_or_else(|| RecordingError::file(file, "holds no packet"))?;
        Ok((Signal::Csi(longest), dropped))
    }
}
