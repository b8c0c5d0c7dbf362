//! CSI of one person over 90 minutes (M. Matey-Sanz et al., IPIN 2023): an ESP32-S2 at 2.4 GHz, channel 6, about 100 packets/s.
//!
//! `DX/eNN_DIR-x.npz` with `amplitude` `[subcarrier, packet]` and `DX/eNN_DIR-y.npy` with a label a packet. A passage (NN, DIR) holds six
//! activities behind each other: each stretch of one label is a recording, `DX/eNN_DIR LABEL`. There are no time stamps and no phases.

use super::files::named_files;
use super::reader::Reader;
use crate::base::Complex32;
use crate::base::cube::BARE;
use crate::base::npy::Header;
use crate::recording::arrays::Archive;
use crate::recording::csi::grids::{SPACING_HZ, channel_hz, symmetric};
use crate::recording::{Dropped, Recording, RecordingError};
use crate::signal::{Csi, CsiInfo, Signal};
use ndarray::{Array2, Array4};
use std::path::Path;

/// Packets a second that the transmitter was pinged with.
const RATE_HZ: f64 = 100.0;
/// Longest label, letters.
const LONGEST_LABEL: usize = 64;

/// The reader.
pub(super) struct CsiTimeStability;

impl Reader for CsiTimeStability {
    fn read(&self, dir: &Path) -> Result<Vec<Recording>, RecordingError> {
        let files = named_files(dir, "npz", "expected DX/eNN_DIR-x.npz with DX/eNN_DIR-y.npy")?;
        let mut recordings = Vec::new();
        for (path, parts) in &files {
            let Some(stem) = parts.last().and_then(|name| name.strip_suffix("-x")) else {
                return Err(RecordingError::file(path, "is not called eNN_DIR-x.npz"));
            };
            let csi = read(path)?;
            let labels = labels(&path.with_file_name(format!("{stem}-y.npy")))?;
            if labels.len() != csi.packets() {
                let what = format!("{} labels for {} packets", labels.len(), csi.packets());
                return Err(RecordingError::file(path, what));
            }
            let session = parts.len().checked_sub(2).map(|i| parts[i].clone());
            let passage = parts.join("/");
            let passage = passage.trim_end_matches("-x");
            let mut first = 0;
            while first < labels.len() {
                let same = labels[first..].iter().take_while(|l| **l == labels[first]).count();
                let piece = csi.range(first..first + same);
                let start = piece.time_s[0];
                let time_s = piece.time_s.iter().map(|t| t - start).collect();
                let activity = labels[first].to_ascii_lowercase().replace('_', " ");
                recordings.push(Recording {
                    name: format!("{passage} {activity}"),
                    activity,
                    session: session.clone(),
                    subject: Some("1".into()),
                    room: None,
                    official_split: None,
                    signal: Signal::Csi(Csi { time_s, ..piece }),
                    dropped: Dropped::default(),
                });
                first += same;
            }
        }
        if let Some(first) = recordings.first_mut() {
            first.dropped.say(format!("no time stamps: packets are put at {RATE_HZ} a second, the rate of the pings"));
        }
        Ok(recordings)
    }

    fn sniff(&self, file: &Path) -> bool {
        let name = file.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        name.ends_with(".npz") && Archive::open(file).is_ok_and(|npz| npz.has("amplitude"))
    }

    fn read_file(&self, file: &Path) -> Result<(Signal, Dropped), RecordingError> {
        let mut dropped = Dropped::default();
        dropped.say(format!("no time stamps: packets are put at {RATE_HZ} a second, the rate of the pings"));
        Ok((Signal::Csi(read(file)?), dropped))
    }
}

fn read(path: &Path) -> Result<Csi, RecordingError> {
    let amplitude: Array2<f32> = Archive::open(path)?.array("amplitude")?;
    let (subcarriers, packets) = amplitude.dim();
    if subcarriers != 56 || packets == 0 {
        let what = format!("shape {:?}; expected [56 subcarriers, packets]", amplitude.shape());
        return Err(RecordingError::array(path, "amplitude", what));
    }
    let data = Array4::from_shape_fn((packets, subcarriers, 1, 1), |(p, k, ..)| Complex32::new(amplitude[[k, p]], 0.0));
    let info = CsiInfo {
        device: "esp32".into(),
        centre_hz: channel_hz(false, 6),
        bandwidth_hz: 20e6,
        spacing_hz: SPACING_HZ,
        subcarriers: symmetric(1, 28),
        phase: false,
        nominal_clock: true,
    };
    let time_s = (0..packets).map(|p| p as f64 / RATE_HZ).collect();
    let csi = Csi { data, time_s, strength: Vec::new(), info, unit: BARE.into() };
    match csi.problem() {
        Some(problem) => Err(RecordingError::array(path, "amplitude", problem)),
        None => Ok(csi),
    }
}

/// Labels of an array of text.
fn labels(path: &Path) -> Result<Vec<String>, RecordingError> {
    let bytes = std::fs::read(path).map_err(RecordingError::read(path))?;
    let wrong = |what: String| RecordingError::file(path, what);
    let header = Header::parse(&bytes).map_err(wrong)?;
    header.require_whole(&bytes).map_err(wrong)?;
    let width = header.element_bytes().unwrap_or(0);
    if !header.kind.starts_with('U') || !(4..=4 * LONGEST_LABEL).contains(&width) {
        return Err(wrong(format!("holds `{}`; expected labels as text", header.kind)));
    }
    let letter = |b: &[u8]| {
        let b = [b[0], b[1], b[2], b[3]];
        let code = if header.big_endian { u32::from_be_bytes(b) } else { u32::from_le_bytes(b) };
        char::from_u32(code).filter(|c| *c != '\0')
    };
    let text = |element: &[u8]| element.chunks_exact(4).map_while(letter).collect::<String>();
    Ok(bytes[header.start..].chunks_exact(width).map(text).collect())
}
