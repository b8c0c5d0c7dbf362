//! A micro-Doppler spectrogram on disk: the picture, the array, and what it is.

use super::spec::PictureSpec;
use crate::base::atomic_file;
use crate::base::cube::ROOT_WATT;
use crate::dsp::micro_doppler::{MicroDoppler, MicroDopplerConfig};
use crate::recording::npy_spectrogram::{self, Sampled};
use crate::viz::{AxesPicture, ColourMap};
use serde_json::{Value, json};
use std::path::Path;

/// Writes `micro_doppler.png`, `.npy` and `.json` into `folder`; says so.
pub(super) fn write(
    folder: &Path,
    map: &MicroDoppler,
    (settings, sampled): (MicroDopplerConfig, Sampled),
    unit: &str,
    pictures: &PictureSpec,
) -> anyhow::Result<Value> {
    npy_spectrogram::write(&folder.join("micro_doppler.npy"), map, &settings, sampled)?;
    let unit = if unit == ROOT_WATT { "dBW" } else { "dB" };
    atomic_file::write(&folder.join("micro_doppler.png"), &picture(map, unit, pictures.dynamic_range_db)?)?;
    Ok(json!({"files": ["micro_doppler.png", "micro_doppler.npy", "micro_doppler.json"]}))
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
