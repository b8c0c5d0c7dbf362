//! The files that the I/Q signal of a CW radar is written to, each whole or not at all.

use super::output_kind::OutputKind;
use super::spec::SimulateFile;
use crate::base::atomic_file;
use crate::base::cube::ROOT_WATT;
use crate::dsp::micro_doppler::{MicroDoppler, micro_doppler};
use crate::recording::npy_iq;
use crate::sensor::Sensor;
use crate::signal::Iq;
use crate::viz::{AxesPicture, ColourMap};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Writes all that is asked for into `folder`; says which files, by kind.
pub(super) fn write(folder: &Path, iq: &Iq, file: &SimulateFile, sensor: &Sensor) -> anyhow::Result<Value> {
    let outputs = &file.outputs;
    let kinds = outputs.kinds(sensor);
    let mut written = Map::new();
    if kinds.contains(&OutputKind::Iq) {
        npy_iq::write(&folder.join("iq.npy"), iq)?;
        written.insert("iq".into(), json!({"files": ["iq.npy", "iq.json"]}));
    }
    if kinds.contains(&OutputKind::IqWav) {
        npy_iq::write_sound(&folder.join("iq_sound.wav"), iq, outputs.iq_wav.rx)?;
        written.insert("iq_wav".into(), json!({"files": ["iq_sound.wav", "iq_sound.json"]}));
    }
    if kinds.contains(&OutputKind::MicroDoppler) {
        let settings = file.spectrogram();
        let map = micro_doppler(iq, &settings)?;
        npy_iq::write_spectrogram(&folder.join("micro_doppler.npy"), &map, &settings, &iq.info)?;
        let unit = if iq.unit == ROOT_WATT { "dBW" } else { "dB" };
        let png = picture(&map, unit, outputs.pictures.dynamic_range_db)?;
        atomic_file::write(&folder.join("micro_doppler.png"), &png)?;
        let files = ["micro_doppler.png", "micro_doppler.npy", "micro_doppler.json"];
        written.insert("micro_doppler".into(), json!({"files": files}));
    }
    Ok(Value::Object(written))
}

/// The spectrogram with its axes, from the strongest cell downwards.
fn picture(map: &MicroDoppler, unit: &str, dynamic_range_db: f64) -> anyhow::Result<Vec<u8>> {
    let high = map.data.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let limits = (high - dynamic_range_db as f32, high);
    let (rows, columns) = (&map.velocity, &map.time);
    let title = "Micro-Doppler, positive velocity = receding";
    let picture =
        AxesPicture { title, data: map.data.view(), rows, columns, colours: ColourMap::Inferno, limits, unit };
    Ok(picture.png()?)
}
