//! A micro-Doppler spectrogram on disk: the picture, the array, and what it is.

use super::pictures;
use super::spec::PictureSpec;
use crate::chain::View;
use crate::dsp::micro_doppler::{MicroDoppler, MicroDopplerConfig};
use crate::recording::npy_spectrogram::{self, Sampled};
use serde_json::{Value, json};
use std::path::Path;

const NAME: &str = "micro_doppler";

/// Writes `micro_doppler.png`, `.npz`, `.npy` and `.json` into `folder`; says so.
pub(super) fn write(
    folder: &Path,
    map: &MicroDoppler,
    (settings, sampled): (MicroDopplerConfig, Sampled),
    pictures: &PictureSpec,
) -> anyhow::Result<Value> {
    npy_spectrogram::write(&folder.join("micro_doppler.npy"), map, &settings, sampled)?;
    let axes = vec![map.velocity.clone(), map.time.clone()];
    let view = View { quantity: "power".into(), unit: map.unit.into(), axes, data: map.data.clone().into_dyn() };
    let mut files = pictures::write(folder, NAME, "Micro-Doppler spectrogram", view, pictures.dynamic_range_db)?;
    files.extend([format!("{NAME}.npy"), format!("{NAME}.json")]);
    Ok(json!({"files": files}))
}
