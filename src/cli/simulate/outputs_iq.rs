//! The files that the I/Q signal of a CW radar is written to, each whole or not at all.

use super::output_kind::OutputKind;
use super::spec::SimulateFile;
use super::spectrogram;
use crate::dsp::micro_doppler::micro_doppler;
use crate::recording::npy_iq;
use crate::recording::npy_spectrogram::Sampled;
use crate::sensor::Sensor;
use crate::signal::Iq;
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
        let sampled = (settings.filled_for_iq(&iq.info), Sampled::Iq(iq.info.clone()));
        written.insert("micro_doppler".into(), spectrogram::write(folder, &map, sampled, &outputs.pictures)?);
    }
    Ok(Value::Object(written))
}
